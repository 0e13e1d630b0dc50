//! The `OpenAPI` document, held against every answer that anybody in a test gets.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The document that the program says it has.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(parlor::http::router::document);

/// The operation that serves this method on this path, with the path as the document has it.
pub fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    let matches = |pattern: &str| {
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len() && pattern.iter().zip(&path).all(|(pattern, part)| pattern.starts_with('{') || pattern == part)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let (pattern, item) = paths.iter().find(|(pattern, _)| matches(pattern))?;
    Some((pattern, item.get(method.to_lowercase())?))
}

/// Fails unless the document knows of this answer, and the body fits what it says.
pub fn hold(method: &str, path: &str, status: u16, content_type: Option<&str>, body: &Value) {
    let Some((pattern, operation)) = operation(method, path) else { return };
    let place = format!("{method} {pattern} → {status}");
    let answer = operation["responses"].get(status.to_string()).unwrap_or_else(|| panic!("{place} is not in the document: {body}"));
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let Some(content) = answer["content"].as_object() else {
        assert!(body.is_null(), "{place} has a body: {body}");
        return;
    };
    let media = content.get(essence).unwrap_or_else(|| panic!("{place} is not documented as {essence:?}"));
    if essence.ends_with("json") && !body.is_null() {
        fits(&media["schema"], body, &place);
        if let Some(code) = body["code"].as_str().filter(|_| essence.contains("problem")) {
            assert!(!media["examples"][code].is_null(), "{place} does not document {code}");
        }
    }
}

/// Validators by their schema's text: each is built once, since that takes longer than all its uses.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Fails unless `body` fits the schema, of which `place` tells.
pub fn fits(schema: &Value, body: &Value, place: &str) {
    let validator = VALIDATORS.lock().unwrap().entry(schema.to_string()).or_insert_with(|| Arc::new(validator(schema))).clone();
    let faults: Vec<String> = validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{place} does not fit its schema: {faults:?}\n{body}");
}

fn validator(schema: &Value) -> Validator {
    let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], "allOf": [schema]});
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

/// Fails unless `data` fits the schema of this name in the document.
pub fn fits_named(name: &str, data: &Value) {
    assert!(!DOCUMENT["components"]["schemas"][name].is_null(), "the document has no schema {name}");
    fits(&json!({"$ref": format!("#/components/schemas/{name}")}), data, name);
}
