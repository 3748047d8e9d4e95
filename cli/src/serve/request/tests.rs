use alsa_seq::Address;

use super::{Edit, EditKind, MOST_BYTES, Refusal, Request, Rules, check};
use crate::serve::secret::Token;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn rules(may_edit: bool) -> Rules {
    Rules {
        hosts: ["127.0.0.1:8000".to_owned(), "localhost:8000".to_owned()],
        token: may_edit.then(|| Token::new(TOKEN)),
    }
}

/// Reads a request with these lines.
fn asked(may_edit: bool, lines: &[&str]) -> Result<Request, Refusal> {
    let text = lines.join("\r\n") + "\r\n\r\n";
    check(&[&[128], text.as_bytes()].concat());
    rules(may_edit).read(text.as_bytes()).expect("it is whole")
}

const HOST: &str = "Host: 127.0.0.1:8000";
const ORIGIN: &str = "Origin: http://127.0.0.1:8000";
const CONNECT: &str = "POST /connect?from=20:0&to=128:1 HTTP/1.1";

fn token() -> String {
    format!("X-Aseq-Token: {TOKEN}")
}

#[test]
fn requests_for_pages_are_read() {
    let page = |path: &str| asked(false, &[&format!("GET {path} HTTP/1.1"), HOST]);
    assert_eq!(page("/"), Ok(Request::Page));
    assert_eq!(page("/?a=b"), Ok(Request::Page));
    assert_eq!(page("/graph.svg"), Ok(Request::Picture));
    assert_eq!(page("/events"), Ok(Request::Events));
    for path in ["/../etc/passwd", "//", "/Events", "http:/events", "*"] {
        assert_eq!(page(path), Err(Refusal::NotFound), "{path}");
    }
    // The target contains the host, as in requests to a proxy.
    let own = "http://127.0.0.1:8000";
    assert_eq!(page(own), Ok(Request::Page));
    assert_eq!(page(&format!("{own}/?a=b")), Ok(Request::Page));
    assert_eq!(page(&format!("{own}/events")), Ok(Request::Events));
    for wrong in [
        "http://evil.example:8000/",
        "http://localhost:8000/",
        "http://127.0.0.1:8000@evil.example/",
        "http://",
    ] {
        assert_eq!(page(wrong), Err(Refusal::Host), "{wrong}");
    }
    assert_eq!(page("/connect"), Err(Refusal::Method("")));
    let connect = asked(true, &["GET /connect HTTP/1.1", HOST]);
    assert_eq!(connect, Err(Refusal::Method("POST")));
    for method in ["HEAD", "PUT", "OPTIONS", "TRACE", "get"] {
        let line = format!("{method} / HTTP/1.1");
        assert_eq!(
            asked(true, &[&line, HOST]),
            Err(Refusal::Method("GET")),
            "{method}"
        );
    }
}

/// Names in other domains may lead to this machine.
#[test]
fn a_request_for_another_host_is_refused() {
    let host = |lines: &[&str]| asked(true, &[&["GET / HTTP/1.1"], lines].concat());
    assert_eq!(host(&["HOST:localhost:8000"]), Ok(Request::Page));
    assert_eq!(host(&["Host: LocalHost:8000"]), Ok(Request::Page));
    for wrong in [
        "Host: evil.example:8000",
        "Host: 127.0.0.1",
        "Host: 127.0.0.1:80000",
        "Host: 127.0.0.1:8000.evil.example",
        "Host:",
        "X: y",
    ] {
        assert_eq!(host(&[wrong]), Err(Refusal::Host), "{wrong}");
    }
    assert_eq!(host(&[HOST, HOST]), Err(Refusal::Malformed));
}

#[test]
fn another_page_is_refused() {
    let from = |origin: &str| asked(true, &["GET /events HTTP/1.1", HOST, origin]);
    assert_eq!(from(ORIGIN), Ok(Request::Events));
    for wrong in [
        "Origin: null",
        "Origin: http://evil.example",
        "Origin: https://127.0.0.1:8000",
        "Origin: http://127.0.0.1:8001",
        // This machine, but another origin than the host of the request.
        "Origin: http://localhost:8000",
    ] {
        assert_eq!(from(wrong), Err(Refusal::Origin), "{wrong}");
        let post = [CONNECT, HOST, wrong, &token()];
        assert_eq!(asked(true, &post), Err(Refusal::Origin), "{wrong}");
    }
}

#[test]
fn only_the_token_allows_changes() {
    let edit = |kind| {
        Ok(Request::Edit(Edit {
            kind,
            sender: Address::new(20, 0),
            receiver: Address::new(128, 1),
        }))
    };
    let token = token();
    let post = |more: &[&str]| asked(true, &[&[CONNECT, HOST], more].concat());
    assert_eq!(post(&[ORIGIN, &token]), edit(EditKind::Connect));
    assert_eq!(
        post(&[ORIGIN, &token, "Content-Length: 0"]),
        edit(EditKind::Connect)
    );
    let disconnect = CONNECT.replace("connect", "disconnect");
    assert_eq!(
        asked(true, &[&disconnect, HOST, ORIGIN, &token]),
        edit(EditKind::Disconnect)
    );

    assert_eq!(post(&[ORIGIN]), Err(Refusal::Token));
    for wrong in [
        "",
        "0",
        &TOKEN.replace("f", ""),
        &format!("{TOKEN}0"),
        &TOKEN.to_uppercase(),
    ] {
        let wrong = format!("X-Aseq-Token: {wrong}");
        assert_eq!(post(&[ORIGIN, &wrong]), Err(Refusal::Token), "{wrong}");
    }
    // A browser sends the origin with each POST request.
    assert_eq!(post(&[&token]), Err(Refusal::Origin));
    assert_eq!(
        post(&[ORIGIN, &token, "Content-Length: 1"]),
        Err(Refusal::Body)
    );
    assert_eq!(
        post(&[ORIGIN, &token, "Transfer-Encoding: chunked"]),
        Err(Refusal::Body)
    );
    for ends in [
        "",
        "?from=20:0",
        "?from=20:0&to=128",
        "?to=1:1&from=2:2",
        "?from=+1:0&to=1:0",
    ] {
        let line = format!("POST /connect{ends} HTTP/1.1");
        let lines = [&line, HOST, ORIGIN, &token];
        assert_eq!(asked(true, &lines), Err(Refusal::Malformed), "{ends}");
    }
    // Without --allow-edit, every change is refused.
    for (path, allowed) in [
        ("/", "GET"),
        ("/connect?from=20:0&to=128:1", ""),
        ("/elsewhere", ""),
    ] {
        let line = format!("POST {path} HTTP/1.1");
        let lines = [&line, HOST, ORIGIN, &token];
        assert_eq!(
            asked(false, &lines),
            Err(Refusal::ReadOnly(allowed)),
            "{path}"
        );
    }
}

#[test]
fn the_size_of_heads_is_limited() {
    let rules = rules(false);
    let whole = format!("GET / HTTP/1.1\r\n{HOST}\r\n\r\n");
    for length in 0..whole.len() {
        assert_eq!(rules.read(&whole.as_bytes()[..length]), None, "{length}");
    }
    assert_eq!(rules.read(whole.as_bytes()), Some(Ok(Request::Page)));
    let long = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(2 * MOST_BYTES));
    assert_eq!(rules.read(&long.as_bytes()[..MOST_BYTES - 1]), None);
    let too_long = Some(Err(Refusal::TooLong));
    assert_eq!(rules.read(&long.as_bytes()[..MOST_BYTES]), too_long);
    assert_eq!(rules.read(long.as_bytes()), too_long);
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(100));
    assert_eq!(rules.read(many.as_bytes()), too_long);
    for wrong in [
        "\0",
        "GET\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "\x16\x03\x01\x02\0\x01",
    ] {
        let read = rules.read(wrong.as_bytes());
        assert_eq!(read, Some(Err(Refusal::Malformed)), "{wrong:?}");
    }
}
