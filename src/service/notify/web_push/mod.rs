//! The cryptography of Web Push: sealing what is sent, and showing who sends it.

pub mod seal;
pub mod vapid;
