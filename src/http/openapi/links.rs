//! The links of the `OpenAPI` document: operations that use values of another operation's response.

use serde_json::{Map, Value, json};

use crate::http::operations::{Link, Operation};

/// Adds the links of an operation to its 201 response.
pub(super) fn add(operation: &Operation, described: &mut Value) {
    if operation.links.is_empty() {
        return;
    }
    let links = operation.links.iter().map(|link| (link.operation.to_owned(), object(link)));
    described["responses"]["201"]["links"] = Value::Object(links.collect());
}

fn object(link: &Link) -> Value {
    let fields = |of: &[(&str, &str)]| of.iter().map(|(name, from)| ((*name).to_owned(), json!(from))).collect::<Map<_, _>>();
    let mut object = json!({"operationId": link.operation});
    if !link.parameters.is_empty() {
        object["parameters"] = Value::Object(fields(link.parameters));
    }
    if !link.body.is_empty() {
        object["requestBody"] = Value::Object(fields(link.body));
    }
    object
}
