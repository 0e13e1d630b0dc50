//! QR codes: the URL of a link's page as an SVG image that a phone can scan.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use fast_qr::convert::Builder as _;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};

use super::pages::POLICY;
use crate::http::app::AppState;
use crate::http::extract::Path;
use crate::http::extract::path::LinkPath;
use crate::http::respond::problem::{Code, Problem};

/// Light modules on each side: ISO/IEC 18004 asks for four.
const QUIET_ZONE: usize = 4;

const SVG: HeaderValue = HeaderValue::from_static("image/svg+xml");

/// The route of the image, below that of the page it leads to.
pub(in crate::http) fn routes() -> Router<AppState> {
    Router::new().route("/l/{link_id}/qr.svg", get(qr_code))
}

/// Answers every well-formed id without looking it up, so that the image says nothing about which links exist. The default `no-store` applies: the image
/// holds a capability, as the page's URL does.
async fn qr_code(State(app): State<AppState>, Path(path): Path<LinkPath>) -> Result<Response, Problem> {
    let id = path.exact_id().ok_or(Problem::new(Code::NotFound))?;
    let svg = encode(&app.present.link_url(id)).ok_or(Problem::new(Code::Internal))?;
    Ok(([(header::CONTENT_TYPE, SVG), (header::CONTENT_SECURITY_POLICY, POLICY)], svg).into_response())
}

/// Draws a text with error correction level M; None if it exceeds the 2,331 bytes that the largest symbol holds.
fn encode(text: &str) -> Option<String> {
    let symbol = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    Some(SvgBuilder::default().margin(QUIET_ZONE).to_str(&symbol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_scales_and_has_a_quiet_zone() {
        let svg = encode("https://chat.example.org/l/p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4").unwrap();
        assert!(svg.starts_with("<svg viewBox=\"0 0 41 41\""), "version 4 has 33 modules, and four on each side: {svg}");
        let (root, _) = svg.split_once('>').unwrap();
        assert!(!root.contains("width") && !root.contains("height"), "{root}");
    }

    #[test]
    fn a_text_that_no_symbol_holds_is_refused() {
        assert!(encode(&"x".repeat(2_331)).is_some());
        assert!(encode(&"x".repeat(2_332)).is_none());
    }
}
