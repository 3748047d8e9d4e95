//! Answers to browsers: HTTP, and server-sent events.

use std::fmt::Write as _;

use super::request::Refusal;

/// The page. A browser runs its script because the script has the same random text as a
/// header of the answer. It runs no script in the picture.
const PAGE: &str = include_str!("page.html");

/// The place of that text in the page.
const NONCE: &str = "NONCE";

/// The headers of all answers. Other pages may not read an answer or show it in a frame, and
/// browsers do not store it.
const ALWAYS: &str = "Cache-Control: no-store\r\n\
Connection: close\r\n\
Cross-Origin-Resource-Policy: same-origin\r\n\
Referrer-Policy: no-referrer\r\n\
X-Content-Type-Options: nosniff\r\n\
X-Frame-Options: DENY\r\n";

/// Makes an answer with a body.
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

/// Makes the answer with the page. `nonce` is a random text for this answer only.
pub(super) fn page(nonce: &str) -> Vec<u8> {
    let policy = format!(
        "Content-Security-Policy: default-src 'none'; connect-src 'self'; \
         img-src data:; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n"
    );
    whole("200 OK", "text/html", &policy, &PAGE.replace(NONCE, nonce))
}

/// Makes the answer with the present picture.
pub(super) fn picture(svg: &str) -> Vec<u8> {
    let policy = "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n";
    whole("200 OK", "image/svg+xml", policy, svg)
}

/// Makes the beginning of an answer that lasts until the browser closes its connection.
pub(super) fn events() -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{ALWAYS}\r\nretry: 1000\n\n")
        .into_bytes()
}

/// Makes a server-sent event with a picture.
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

/// Makes the answer to a change that was made.
pub(super) fn done() -> Vec<u8> {
    whole("200 OK", "text/plain", "", "")
}

/// Makes the answer to a request that is granted and fails.
pub(super) fn failed(status: &str, why: &str) -> Vec<u8> {
    whole(status, "text/plain", "", &format!("{why}\n"))
}

/// Makes the answer to a request that is refused.
pub(super) fn refused(refusal: Refusal) -> Vec<u8> {
    let allow = match refusal {
        Refusal::ReadOnly(allowed) | Refusal::Method(allowed) => format!("Allow: {allowed}\r\n"),
        _ => String::new(),
    };
    let body = format!("{refusal}\n");
    whole(refusal.status(), "text/plain", &allow, &body)
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

    /// The page loads nothing else, and only its script has the random text.
    #[test]
    fn the_page_loads_no_other_files() {
        let text = String::from_utf8(page("0123")).unwrap();
        assert_eq!(PAGE.matches(NONCE).count(), 1);
        assert!(text.contains("script-src 'nonce-0123'") && text.contains("nonce=\"0123\""));
        assert!(!PAGE.contains(" src=") && !PAGE.contains("url("));
        // The namespace of SVG is an address, but browsers do not load it.
        assert_eq!(
            PAGE.matches("//www.w3.org/2000/svg").count(),
            PAGE.matches("//www.").count()
        );
    }
}
