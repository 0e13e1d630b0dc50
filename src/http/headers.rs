//! Headers that every answer has: they keep secrets out of caches, referrers, other sites' hands.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Site;

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// What a page of chats needs of a device is nothing but what it always may: to copy, to share, to show a notification.
const NO_PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// Two years, as browsers' lists ask for. Sub-domains are not ours to speak for.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Adds them to an answer. They are the same for what is there and what is not, but for what a page needs.
pub(super) fn add(headers: &mut HeaderMap, site: &Site) {
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
