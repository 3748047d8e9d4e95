//! What browsers are told: HTTP, and server-sent events.

use std::fmt::Write as _;

use super::request::Refusal;

/// The page. Its scripts may run because they have the number that the header of its answer
/// has: what stands in the picture has not.
const PAGE: &str = include_str!("page.html");

/// Stands in the page for that number.
const NONCE: &str = "NONCE";

/// For all answers. No other page may read them, show them in a frame or keep them.
const ALWAYS: &str = "Cache-Control: no-store\r\n\
Connection: close\r\n\
Cross-Origin-Resource-Policy: same-origin\r\n\
Referrer-Policy: no-referrer\r\n\
X-Content-Type-Options: nosniff\r\n\
X-Frame-Options: DENY\r\n";

/// An answer that is whole.
fn whole(status: &str, kind: &str, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let mut text = String::with_capacity(length + 512);
    let _ = write!(
        text,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\n\
         {ALWAYS}{more}\r\n{body}"
    );
    text.into_bytes()
}

/// The page, with a number that is used once.
pub(super) fn page(nonce: &str) -> Vec<u8> {
    let policy = format!(
        "Content-Security-Policy: default-src 'none'; connect-src 'self'; \
         img-src data:; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n"
    );
    whole("200 OK", "text/html", &policy, &PAGE.replace(NONCE, nonce))
}

pub(super) fn picture(svg: &str) -> Vec<u8> {
    let policy = "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n";
    whole("200 OK", "image/svg+xml", policy, svg)
}

/// The begin of an answer that goes on for as long as somebody reads it.
pub(super) fn events() -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{ALWAYS}\r\nretry: 1000\n\n")
        .into_bytes()
}

/// A server-sent event: the picture as it is now.
pub(super) fn event(svg: &str) -> Vec<u8> {
    let mut text = String::with_capacity(svg.len() + svg.len() / 16 + 64);
    text.push_str("event: graph\n");
    for line in svg.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text.into_bytes()
}

/// The change is made.
pub(super) fn done() -> Vec<u8> {
    whole("200 OK", "text/plain", "", "")
}

/// Something else than the request keeps it from being answered.
pub(super) fn failed(status: &str, why: &str) -> Vec<u8> {
    whole(status, "text/plain", "", &format!("{why}\n"))
}

pub(super) fn refused(refusal: Refusal) -> Vec<u8> {
    let allow = match refusal {
        Refusal::ReadOnly | Refusal::Method => "Allow: GET\r\n",
        _ => "",
    };
    let body = format!("{refusal}\n");
    whole(refusal.status(), "text/plain", allow, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_whole_picture() {
        let event = String::from_utf8(event("<svg>\n<g/>\n</svg>\n")).unwrap();
        assert_eq!(
            event,
            "event: graph\ndata: <svg>\ndata: <g/>\ndata: </svg>\n\n"
        );
    }

    /// The page takes nothing from elsewhere, and its script alone has the number.
    #[test]
    fn the_page_stands_alone() {
        let text = String::from_utf8(page("0123")).unwrap();
        assert_eq!(PAGE.matches(NONCE).count(), 1);
        assert!(text.contains("script-src 'nonce-0123'") && text.contains("nonce=\"0123\""));
        assert!(!PAGE.contains(" src=") && !PAGE.contains("url("));
        // The name of SVG's elements is an address, and nothing is fetched from it.
        assert_eq!(
            PAGE.matches("//www.w3.org/2000/svg").count(),
            PAGE.matches("//www.").count()
        );
    }
}
