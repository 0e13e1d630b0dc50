//! Security headers of every response: they keep secrets out of caches, referrers and other sites.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::http::site::settings::PublicSite;

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// The pages need no device permissions: copying, sharing and notifications are allowed without one.
const NO_PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// Two years, as the browsers' preload lists require. Sub-domains are not included.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Adds the headers to a response. They do not depend on whether what was requested exists.
pub(in crate::http) fn add(headers: &mut HeaderMap, site: &PublicSite) {
    let same_origin = || HeaderValue::from_static("same-origin");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex, nofollow, noarchive"));
    headers.insert(RESOURCE_POLICY, same_origin());
    if site.has_tls() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        headers.insert(OPENER_POLICY, same_origin());
        headers.insert(PERMISSIONS, NO_PERMISSIONS);
    }
}
