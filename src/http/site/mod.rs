//! The website: pages, assets, service worker, well-known files, and the settings of the public site.

pub(super) mod assets;
pub(super) mod pages;
pub(super) mod qr;
pub(super) mod service_worker;
pub mod settings;
pub(super) mod well_known;
