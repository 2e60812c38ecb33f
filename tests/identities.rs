//! Identities between models, families and covers: each side is computed by a different route.

#[path = "identities/glm.rs"]
mod glm;
#[path = "identities/models.rs"]
mod models;
#[path = "identities/serial.rs"]
mod serial;
