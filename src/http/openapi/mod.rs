//! The `OpenAPI` document, and Swagger UI at `/docs`.

pub(super) mod document;
mod constraints;
mod links;
