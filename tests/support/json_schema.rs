//! Looks into the schemas of the `OpenAPI` document.

use std::collections::BTreeSet;

use serde_json::Value;

use super::openapi_check::DOCUMENT;

/// Returns every value inside `value`, itself included.
pub fn everything(value: &Value) -> Vec<&Value> {
    let mut all = vec![value];
    let mut next = 0;
    while let Some(value) = all.get(next).copied() {
        match value {
            Value::Array(items) => all.extend(items),
            Value::Object(fields) => all.extend(fields.values()),
            _ => {}
        }
        next += 1;
    }
    all
}

/// Returns the schema that a reference leads to.
pub fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(target) => resolved(DOCUMENT.pointer(target.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// Returns true if the schema, or one that it is composed of, has an example.
pub fn exemplified(schema: &Value) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        for part in everything(schema) {
            if !part["example"].is_null() || !part["examples"].is_null() {
                return true;
            }
            if let Some(target) = part["$ref"].as_str().filter(|target| seen.insert(*target)) {
                open.push(DOCUMENT.pointer(target.trim_start_matches('#')).unwrap());
            }
        }
    }
    false
}
