//! What a command or its HTTP operation answers, so that both can be compared.

use serde_json::{Value, json};

use super::Reply;

/// What a request or a command answers: the body, or the problem without its `request_id`.
pub type Answer = Result<Value, Value>;

/// Returns what a reply over HTTP answers.
pub fn answer(reply: Reply) -> Answer {
    match reply.status {
        204 => Ok(json!({})),
        status if status < 300 => Ok(reply.json),
        _ => Err(without_id(reply.json)),
    }
}

/// Returns a problem without the id of its request.
pub fn without_id(mut problem: Value) -> Value {
    assert!(problem["request_id"].is_string(), "{problem}");
    problem.as_object_mut().unwrap().remove("request_id");
    problem
}
