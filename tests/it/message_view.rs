//! A message as a client keeps it: what events change of it.

use serde_json::{Value, json};

/// Applies a reaction to a message.
pub(crate) fn react(message: &mut Value, data: &Value) {
    if message["kind"] == "deleted" {
        return;
    }
    let mut all = message["reactions"].as_array().cloned().unwrap_or_default();
    let index = all.iter().position(|one| one["emoji"] == data["emoji"]).unwrap_or_else(|| {
        all.push(json!({"emoji": data["emoji"], "count": 0, "members": []}));
        all.len() - 1
    });
    let members = all[index]["members"].as_array_mut().unwrap();
    members.retain(|id| *id != data["member"]["id"]);
    if data["added"] == true {
        members.push(data["member"]["id"].clone());
    }
    all[index]["count"] = data["count"].clone();
    all.retain(|one| one["count"] != 0);
    let message = message.as_object_mut().unwrap();
    message.remove("reactions");
    if !all.is_empty() {
        message.insert("reactions".into(), Value::Array(all));
    }
}
