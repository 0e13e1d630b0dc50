//! The `OpenAPI` document: it matches the router in both directions and is complete.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use parlor::http::respond::problem::Code;
use reqwest::Method;
use serde_json::Value;
use support::files::files;
use support::json_schema::{everything, exemplified, resolved};
use support::openapi_check::DOCUMENT;
use support::{Person, TestServer};

/// The methods to try; no path takes `CONNECT`.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Returns every operation: its path, its method in capitals, its description.
fn operations() -> Vec<(&'static str, String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let of_path = |(path, item): (&'static String, &'static Value)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path.as_str(), method.to_uppercase(), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

fn name(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

async fn asks(person: &Person, method: &str, path: &str) -> (u16, String) {
    let request = person.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    let response = support::within(request.send()).await.unwrap();
    let allow = response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), allow.unwrap_or_default())
}

#[test]
fn the_kept_document_is_the_one_that_the_program_prints() {
    let kept = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/parlor.json")).unwrap();
    let told = format!("{}\n", serde_json::to_string_pretty(&parlor::http::router::document()).unwrap());
    assert!(kept == told.as_bytes(), "stale: run `parlor openapi > openapi/parlor.json`");
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_parlor")).arg("openapi").output().unwrap();
    assert!(printed.status.success() && printed.stdout == kept);
}

#[tokio::test]
async fn the_served_document_is_the_same() {
    let server = TestServer::start().await;
    let served = server.person().gets("/openapi.json").await.is(200);
    assert_eq!(served.json, *DOCUMENT);
    assert_eq!(served.header("content-type"), Some("application/json"));
}

#[test]
fn no_reference_dangles() {
    let references: BTreeSet<&str> = everything(&DOCUMENT).iter().filter_map(|value| value["$ref"].as_str()).collect();
    assert!(references.len() > 20);
    for target in references {
        let pointer = target.strip_prefix('#').expect("references stay inside the document");
        assert!(DOCUMENT.pointer(pointer).is_some(), "{target} does not exist");
    }
}

/// The router lists the methods of a path in `Allow` when it refuses one.
#[tokio::test]
async fn every_route_is_documented_and_every_operation_is_routed() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let somebody = server.person();
    let mut methods: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations() {
        methods.entry(path).or_default().insert(method);
    }
    for (pattern, mut documented) in methods {
        let path = pattern.replace(['{', '}'], "");
        if documented.contains("GET") {
            documented.insert("HEAD".into());
        }
        for method in METHODS {
            let (status, allow) = asks(&somebody, method, &path).await;
            let allowed: BTreeSet<String> = allow.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
            if documented.contains(method) {
                assert!(status != 405 && allowed.is_empty(), "{method} {pattern} is documented and not routed");
            } else {
                assert_eq!((status, &allowed), (405, &documented), "{method} {pattern}: the router and the document differ");
            }
        }
    }
}

#[test]
fn routes_of_the_api_stand_in_the_list_alone() {
    let source = files("src/http");
    assert!(source.iter().any(|path| path.ends_with("http/router.rs")), "the router's source was found");
    for path in source {
        let text = std::fs::read_to_string(&path).unwrap();
        let bare: Vec<&str> = text.lines().filter(|line| line.contains(".route(") && line.contains("\"/v1")).collect();
        assert!(bare.is_empty(), "{} adds undocumented routes: {bare:?}", path.display());
        if path.ends_with("http/router.rs") {
            assert!(!text.contains(".route(") && !text.contains(".nest("), "the router has more routes than its list");
        }
    }
}

#[test]
fn every_operation_says_what_it_is() {
    let tags: BTreeSet<&str> = list(&DOCUMENT["tags"]).iter().filter_map(|tag| tag["name"].as_str()).collect();
    let schemes = &DOCUMENT["components"]["securitySchemes"];
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations() {
        let place = format!("{method} {path}");
        assert!(names.insert(name(operation)) && !name(operation).is_empty(), "{place} has no unique operationId");
        for word in ["summary", "description"] {
            assert!(operation[word].as_str().is_some_and(|text| !text.is_empty()), "{place} has no {word}");
        }
        assert!(!list(&operation["tags"]).is_empty(), "{place} has no tag");
        assert!(list(&operation["tags"]).iter().all(|tag| tags.contains(tag.as_str().unwrap())), "{place} has a tag that is not declared");
        let security = operation["security"].as_array().unwrap_or_else(|| panic!("{place} does not state its security requirement"));
        for scheme in security.iter().flat_map(|one| one.as_object().unwrap().keys()) {
            assert!(!schemes[scheme].is_null(), "{place} requires {scheme}, which is not declared");
        }
        let of_accounts = [
            "read_instance",
            "read_push_key",
            "sign_up",
            "sign_in",
            "refresh_session",
            "verify_email",
            "request_password_reset",
            "confirm_password_reset",
        ];
        let public = ["healthz", "readyz"].into_iter().chain(of_accounts).any(|public| public == name(operation));
        assert_eq!(security.is_empty(), public, "{place}");
    }
}

#[test]
fn every_part_of_an_operation_that_is_needed_has_an_example() {
    for (path, method, operation) in operations() {
        let place = format!("{method} {path}");
        for parameter in list(&operation["parameters"]) {
            let words = parameter["description"].as_str().unwrap_or_default();
            assert!(!words.is_empty(), "{place}: {} is not described", parameter["name"]);
            let required = parameter["required"] == true;
            assert_eq!(
                exemplified(parameter),
                required,
                "{place}: {}: an optional parameter must have no example, since Swagger sends it",
                parameter["name"]
            );
        }
        let body = operation["requestBody"]["content"].as_object();
        for (kind, media) in body.into_iter().flatten() {
            assert!(exemplified(media), "{place}: no example of its body as {kind}");
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            assert!(!answer["description"].as_str().unwrap_or_default().is_empty(), "{place} → {status} is not described");
            for (kind, media) in answer["content"].as_object().into_iter().flatten() {
                assert!(exemplified(media), "{place} → {status}: no example as {kind}");
            }
        }
    }
}

#[test]
fn every_operation_names_the_problems_that_its_shape_brings() {
    for (path, method, operation) in operations() {
        let place = format!("{method} {path}");
        let mut needed = vec![Code::Internal];
        if !list(&operation["security"]).is_empty() {
            needed.extend([Code::Unauthenticated, Code::NotFound]);
        }
        if !operation["requestBody"].is_null() {
            needed.extend([Code::BadJson, Code::TooLarge, Code::UnsupportedMediaType, Code::Invalid]);
        }
        if list(&operation["parameters"]).iter().any(|parameter| parameter["in"] == "query" || parameter["name"] == "Idempotency-Key") {
            needed.push(Code::Invalid);
        }
        for code in needed {
            let answer = &operation["responses"][code.status().as_str()];
            assert!(!problem_examples(answer)[code.name()].is_null(), "{place} does not document {}", code.name());
        }
    }
}

fn problem_examples(answer: &Value) -> &Value {
    &answer["content"]["application/problem+json"]["examples"]
}

#[test]
fn every_kind_of_problem_is_some_operations() {
    let mut used = BTreeSet::new();
    for (path, method, operation) in operations() {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            for (code, example) in problem_examples(answer).as_object().into_iter().flatten() {
                let place = format!("{method} {path} → {status} {code}");
                let value = &example["value"];
                let known = Code::ALL.iter().find(|one| one.name() == code).unwrap_or_else(|| panic!("{place} is not a possible event"));
                assert_eq!((value["code"].as_str(), value["status"].to_string()), (Some(code.as_str()), status.clone()), "{place}");
                assert_eq!(status, known.status().as_str(), "{place}");
                support::openapi_check::check_named_schema("Problem", value);
                used.insert(known.name());
            }
        }
    }
    let of_the_router = [Code::MethodNotAllowed.name()];
    let unused: Vec<_> = Code::ALL.iter().map(|code| code.name()).filter(|code| !used.contains(code) && !of_the_router.contains(code)).collect();
    assert!(unused.is_empty(), "no operation returns {unused:?}");
}

/// Every link leads to an operation and sets parameters and fields that exist, from values of the response.
#[test]
fn what_follows_on_an_answer_is_really_there() {
    let all = operations();
    let mut links = 0;
    for (path, method, operation) in &all {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let has = &resolved(&answer["content"]["application/json"]["schema"])["properties"];
            for (name, link) in answer["links"].as_object().into_iter().flatten() {
                let place = format!("{method} {path} → {status} → {name}");
                let (_, _, target) = all.iter().find(|(.., one)| one["operationId"] == link["operationId"]).unwrap_or_else(|| panic!("{place}"));
                let takes: Vec<_> = list(&target["parameters"]).iter().map(|one| one["name"].as_str().unwrap()).collect();
                let body = &resolved(&target["requestBody"]["content"]["application/json"]["schema"])["properties"];
                for (field, from) in link["parameters"].as_object().into_iter().chain(link["requestBody"].as_object()).flatten() {
                    assert!(takes.contains(&field.as_str()) || !body[field].is_null(), "{place} sets {field}");
                    let from = from.as_str().unwrap();
                    let known = from.strip_prefix("$response.body#/").is_some_and(|field| !has[field].is_null());
                    let asked = from.strip_prefix("$request.path.").is_some_and(|field| path.contains(&format!("{{{field}}}")));
                    assert!(known || asked, "{place} takes {field} from {from}");
                }
                links += 1;
            }
        }
    }
    assert!(links > 15, "the document has links");
}

/// Fails if a schema does not have the form of `OpenAPI` 3.1, as far as our own schemas could break it.
#[test]
fn the_document_is_well_formed() {
    assert!(DOCUMENT["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(DOCUMENT["info"]["version"], env!("CARGO_PKG_VERSION"));
    for (path, method, operation) in operations() {
        let place = format!("{method} {path}");
        let parameters = list(&operation["parameters"]);
        let named: BTreeSet<(&str, &str)> = parameters.iter().map(|one| (one["in"].as_str().unwrap(), one["name"].as_str().unwrap())).collect();
        assert_eq!(named.len(), parameters.len(), "{place} has a parameter twice");
        let in_pattern: BTreeSet<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let in_path: BTreeSet<&str> = named.iter().filter(|(place, _)| *place == "path").map(|(_, name)| *name).collect();
        assert_eq!(in_pattern, in_path, "{place}");
        assert!(parameters.iter().all(|one| one["in"] != "path" || one["required"] == true), "{place}");
        assert!(parameters.iter().all(|one| one["schema"].is_object()), "{place}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2') || status == "101"), "{place} never succeeds");
        assert!(method != "GET" || operation["requestBody"].is_null(), "{place}");
    }
    for media in everything(&DOCUMENT).iter().filter(|value| value["schema"].is_object()) {
        assert!(resolved(&media["schema"]).is_object());
    }
}
