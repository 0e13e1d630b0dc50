//! Checks every response that a test receives against the `OpenAPI` document.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The document that the program serves.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(parlor::http::router::document);

/// Returns the operation for this method and path, with the path template of the document.
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

/// Fails unless the document describes this response and the body matches its schema.
pub fn check_response(method: &str, path: &str, status: u16, content_type: Option<&str>, body: &Value) {
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
        check_schema(&media["schema"], body, &place);
        if let Some(code) = body["code"].as_str().filter(|_| essence.contains("problem")) {
            assert!(!media["examples"][code].is_null(), "{place} does not document {code}");
        }
    }
}

/// Validators by schema text: building one takes longer than all its uses.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Fails unless `body` matches the schema; `place` names it in the failure.
pub fn check_schema(schema: &Value, body: &Value, place: &str) {
    let faults = faults(schema, body);
    assert!(faults.is_empty(), "{place} does not match its schema: {faults:?}\n{body}");
}

/// Returns in what `body` does not match the schema.
pub fn faults(schema: &Value, body: &Value) -> Vec<String> {
    let validator = VALIDATORS.lock().unwrap().entry(schema.to_string()).or_insert_with(|| Arc::new(validator(schema))).clone();
    validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

fn validator(schema: &Value) -> Validator {
    let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], "allOf": [schema]});
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

/// Fails unless `data` matches the schema with this name in the document.
pub fn check_named_schema(name: &str, data: &Value) {
    assert!(!DOCUMENT["components"]["schemas"][name].is_null(), "the document has no schema {name}");
    check_schema(&json!({"$ref": format!("#/components/schemas/{name}")}), data, name);
}
