//! `aseq graph --serve`: answers to requests, also to hostile and slow ones. `cargo xtask page`
//! tests the page in a browser.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use alsa_seq::{ConnectOptions, PortOptions, SequencerClient};
use nix::sys::signal::Signal;

use crate::{Running, complaint};
use support::{PATIENCE, client, need_sequencer, unique};

/// A running server.
struct Page {
    running: Running,
    /// `127.0.0.1:8000`
    host: String,
    token: Option<String>,
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Page {
    fn serve(arguments: &[&str]) -> Self {
        let arguments = [&["graph", "--serve"], arguments].concat();
        Self::of(Running::start(&arguments))
    }

    fn of(running: Running) -> Self {
        let line = running.stdout();
        let said = running.stderr();
        assert_eq!(said, "Open this address in a browser. Press Ctrl+C to end.");
        let address = line.strip_prefix("http://").unwrap();
        let (host, end) = address.split_once('/').unwrap();
        let token = end.strip_prefix("#token=").map(str::to_owned);
        assert_eq!(token.is_none(), end.is_empty(), "{line}");
        Self {
            running,
            host: host.to_owned(),
            token,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes, and reads the answer until the server closes the connection.
    fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        // Other pages may not read an answer or show it.
        let lower = head.to_lowercase();
        assert!(!lower.contains("access-control"), "{head}");
        assert!(lower.contains("x-frame-options: deny"), "{head}");
        Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    fn ask(&self, line: &str, headers: &[&str]) -> Answer {
        let host = format!("Host: {}", self.host);
        let lines = [&[line, &host], headers].concat().join("\r\n");
        self.send(format!("{lines}\r\n\r\n").as_bytes())
    }

    /// Changes a connection as the page does.
    fn change(&self, what: &str, sender: &str, receiver: &str) -> Answer {
        let line = format!("POST /{what}?from={sender}&to={receiver} HTTP/1.1");
        let origin = format!("Origin: http://{}", self.host);
        let token = format!("X-Aseq-Token: {}", self.token.as_deref().unwrap());
        self.ask(&line, &[&origin, &token, "Content-Length: 0"])
    }

    fn follow(&self) -> Events {
        let mut stream = self.connect();
        let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        stream.write_all(request.as_bytes()).unwrap();
        Events(BufReader::new(stream))
    }

    /// Waits until the server has this number of connections.
    fn has_sockets(&self, number: usize) {
        let files = format!("/proc/{}/fd", self.running.child.id());
        let is_socket = |file: &std::fs::DirEntry| {
            std::fs::read_link(file.path())
                .is_ok_and(|to| to.to_string_lossy().starts_with("socket"))
        };
        // Except for the listening socket.
        let count = || {
            let files = std::fs::read_dir(&files).unwrap().filter_map(Result::ok);
            files.filter(is_socket).count() - 1
        };
        let begun = std::time::Instant::now();
        while count() != number {
            assert!(begun.elapsed() < PATIENCE, "{} and not {number}", count());
            std::thread::yield_now();
        }
    }
}

/// The events that a browser reads.
struct Events(BufReader<TcpStream>);

impl Events {
    /// Reads pictures until one passes the check. Other tests change the picture, too.
    fn until(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        let mut picture = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "it has ended");
            match line.strip_prefix("data: ") {
                Some(data) => picture.push_str(data),
                None if picture.ends_with("</svg>\n") && is_it(&picture) => return picture,
                None => picture.clear(),
            }
        }
    }
}

fn name_of(client: &SequencerClient) -> String {
    client.info().unwrap().name().into_owned()
}

/// Returns the attributes of the line of a connection.
fn line(sender: &str, receiver: &str) -> String {
    format!("data-sender=\"{sender}\" data-receiver=\"{receiver}\"")
}

#[test]
fn the_picture_follows_changes() {
    need_sequencer!();
    let a = client("a");
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let page = Page::serve(&[]);
    let answer = page.ask("GET / HTTP/1.1", &[]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.starts_with("<!DOCTYPE html>"), "{answer:?}");
    assert!(answer.head.contains("default-src 'none'"), "{answer:?}");
    let once = page.ask("GET /graph.svg HTTP/1.1", &[]);
    assert!(
        once.head.contains("Content-Type: image/svg+xml"),
        "{once:?}"
    );
    assert!(once.body.ends_with("</svg>\n"), "{once:?}");

    let mut events = page.follow();
    let mut others = page.follow();
    let a_name = format!(">{}</text>", name_of(&a));
    let first = events.until(|picture| picture.contains(&a_name));
    assert!(
        once.body.contains(&a_name) && !first.contains("aseq graph"),
        "{first}"
    );
    let b = client("b");
    let b_name = format!(">{}</text>", name_of(&b));
    assert!(!first.contains(&b_name));
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    events.until(|picture| picture.contains(&b_name));
    let line = line(&out.address().to_string(), &input.address().to_string());
    out.connect_to(&input).unwrap();
    events.until(|picture| picture.contains(&line));
    out.disconnect_to(&input).unwrap();
    events.until(|picture| picture.contains(&b_name) && !picture.contains(&line));
    out.connect_to(&input).unwrap();
    drop((input, b));
    events.until(|picture| picture.contains(&a_name) && !picture.contains(&b_name));
    // A second browser gets these pictures, too.
    others.until(|picture| picture.contains(&b_name));
    others.until(|picture| !picture.contains(&b_name));

    page.running.signal(Signal::SIGINT);
    assert_eq!(page.running.end(), (0, vec![]));
}

#[test]
fn connections_are_changed_with_the_token() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let other = a.create_port(PortOptions::sender("other")).unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    let (from, to) = (out.address().to_string(), input.address().to_string());
    let page = Page::serve(&["[::1]:0", "--allow-edit"]);
    assert!(page.host.starts_with("[::1]:"), "{}", page.host);

    let answer = page.change("connect", &from, &to);
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(out.receivers().unwrap().len(), 1);
    let again = page.change("connect", &from, &to);
    assert_eq!(again.status, 409);
    assert!(again.body.contains("is already connected to"), "{again:?}");
    assert_eq!(out.receivers().unwrap().len(), 1);
    assert_eq!(page.change("disconnect", &from, &to).status, 200);
    assert_eq!(out.receivers().unwrap(), []);

    // The messages are those of the commands: EPERM, EBUSY, ENOENT, no such port.
    let is_said = |what: &str, from: &str, to: &str, errno: &str| {
        let answer = page.change(what, from, to);
        let (status, text) = complaint(&[what, from, to]);
        assert_eq!((answer.status, status), (409, 1), "{answer:?}");
        assert_eq!(format!("aseq: {}", answer.body), text);
        assert!(text.contains(errno), "{text}");
    };
    is_said("connect", &to, &from, "EPERM");
    a.connect(&out, &input, ConnectOptions::new().exclusive(true))
        .unwrap();
    is_said("connect", &other.address().to_string(), &to, "EBUSY");
    is_said("disconnect", &other.address().to_string(), &to, "ENOENT");
    is_said("connect", "191:9", &to, "there is no port 191:9");
}

#[test]
fn other_pages_can_neither_change_nor_read() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    let page = Page::serve(&["--allow-edit"]);
    let line = format!(
        "POST /connect?from={}&to={} HTTP/1.1",
        out.address(),
        input.address()
    );
    let token = format!("X-Aseq-Token: {}", page.token.as_deref().unwrap());
    let wrong = format!("X-Aseq-Token: {}", "0".repeat(32));
    let own = format!("Origin: http://{}", page.host);
    let foreign = "Origin: http://evil.example";
    let statuses = [
        page.ask(&line, &[&own]),
        page.ask(&line, &[&own, &wrong]),
        page.ask(&line, &[&token]),
        page.ask(&line, &[&token, foreign]),
        page.ask(&line, &[&token, "Origin: null"]),
        page.ask("GET /events HTTP/1.1", &[foreign]),
        page.send(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        page.send(b"GET /events HTTP/1.0\r\n\r\n"),
    ]
    .map(|answer| answer.status);
    assert_eq!(statuses, [403; 8]);
    // A browser sends this request before the change of another page, which it then blocks.
    let asks = ["Access-Control-Request-Method: POST", foreign];
    assert_eq!(page.ask("OPTIONS /connect HTTP/1.1", &asks).status, 403);
    assert_eq!(page.ask("OPTIONS /connect HTTP/1.1", &[]).status, 405);
    let body = ["Content-Length: 100000000", &own, &token];
    assert_eq!(page.ask(&line, &body).status, 413);
    // Without --allow-edit, no header allows a change.
    let reader = Page::serve(&[]);
    assert_eq!(reader.token, None);
    let own = format!("Origin: http://{}", reader.host);
    let answer = reader.ask(&line, &[&own, &token]);
    assert_eq!(answer.status, 405);
    assert!(answer.body.contains("--allow-edit"), "{answer:?}");
    assert_eq!(out.receivers().unwrap(), []);
}

#[test]
fn invalid_requests_are_refused() {
    need_sequencer!();
    let page = Page::serve(&[]);
    let long = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(500));
    for (bytes, status) in [
        (&b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"[..], 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET /\0 HTTP/1.1\r\n\r\n", 400),
        (long.as_bytes(), 431),
        (many.as_bytes(), 431),
    ] {
        assert_eq!(page.send(bytes).status, status);
    }
    // Some connections are closed without a request.
    for _ in 0..100 {
        drop(page.connect());
    }
    assert_eq!(page.ask("GET /elsewhere HTTP/1.1", &[]).status, 404);
}

/// Browsers that neither send nor read are dropped.
#[test]
fn silent_browsers_make_room() {
    need_sequencer!();
    let page = Page::serve(&[]);
    let a = client("a");
    // More than the server accepts. Each has sent another part of its request.
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", page.host);
    let silent: Vec<_> = (0..80)
        .map(|number| {
            let mut stream = page.connect();
            let bytes = &request.as_bytes()[..number % request.len()];
            stream.write_all(bytes).unwrap();
            stream
        })
        .collect();
    let mut events = page.follow();
    assert_eq!(page.ask("GET / HTTP/1.1", &[]).status, 200);
    // It has room for 32.
    for mut stream in silent {
        // The server has closed it, or does so after some seconds.
        match stream.read(&mut [0; 1]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("{other:?}"),
        }
    }
    page.has_sockets(1);

    // A browser that requests events and does not read them.
    let ports: Vec<_> = (0..240)
        .map(|_| {
            a.create_port(PortOptions::sender(&*unique("many")))
                .unwrap()
        })
        .collect();
    let mut deaf = page.connect();
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", page.host);
    deaf.write_all(request.as_bytes()).unwrap();
    page.has_sockets(2);
    // Some megabytes of pictures: more than the kernel buffers. The other browser reads each.
    for _ in 0..60 {
        let name = unique("changes");
        let port = a.create_port(PortOptions::sender(&*name)).unwrap();
        events.until(|picture| picture.contains(&format!(">{name}</text>")));
        drop(port);
    }
    page.has_sockets(1);
    drop((events, ports));
    page.has_sockets(0);
}

#[test]
fn too_many_pages_get_an_answer() {
    need_sequencer!();
    let page = Page::serve(&[]);
    let mut open: Vec<_> = (0..32).map(|_| page.follow()).collect();
    for events in &mut open {
        events.until(|_| true);
    }
    let answer = page.ask("GET / HTTP/1.1", &[]);
    assert_eq!(answer.status, 503, "{answer:?}");
    open.pop();
    page.has_sockets(31);
    assert_eq!(page.ask("GET / HTTP/1.1", &[]).status, 200);
    page.running.signal(Signal::SIGTERM);
    assert_eq!(page.running.end(), (0, vec![]));
}

/// A browser that reads events loses its place if the process has no file descriptor left.
#[test]
fn a_further_browser_is_served_without_file_descriptors() {
    need_sequencer!();
    let few = "ulimit -n 16; exec \"$0\" graph --serve";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", few, env!("CARGO_BIN_EXE_aseq")]);
    let page = Page::of(Running::spawn(&mut shell));
    let _readers: Vec<_> = (0..20).map(|_| page.follow()).collect();
    assert_eq!(page.ask("GET / HTTP/1.1", &[]).status, 200);
    assert_eq!(page.ask("GET /graph.svg HTTP/1.1", &[]).status, 200);
}

#[test]
fn a_refused_method_is_answered_with_the_allowed_one() {
    need_sequencer!();
    let page = Page::serve(&["--allow-edit"]);
    let allowed = |page: &Page, line: &str| {
        let answer = page.ask(line, &[]);
        assert_eq!(answer.status, 405);
        let mut lines = answer.head.lines();
        let allowed = lines.find_map(|line| line.strip_prefix("Allow:"));
        allowed.unwrap().trim().to_owned()
    };
    assert_eq!(allowed(&page, "GET /connect HTTP/1.1"), "POST");
    assert_eq!(allowed(&page, "POST / HTTP/1.1"), "GET");
    let reader = Page::serve(&[]);
    assert_eq!(allowed(&reader, "GET /connect HTTP/1.1"), "");
    assert_eq!(allowed(&reader, "POST /connect HTTP/1.1"), "");
    assert_eq!(allowed(&reader, "POST / HTTP/1.1"), "GET");
    // The form of a request to a proxy.
    let line = format!("GET http://{}/graph.svg HTTP/1.1", reader.host);
    assert_eq!(reader.ask(&line, &[]).status, 200);
}

#[test]
fn only_this_machine_is_served() {
    need_sequencer!();
    for place in ["0.0.0.0:0", "[::]:0", "192.168.0.1:8000"] {
        let (status, text) = complaint(&["graph", "--serve", place]);
        assert_eq!(status, 2, "{text}");
        assert!(text.contains("other machines can reach"), "{text}");
    }
    let page = Page::serve(&[]);
    let (status, text) = complaint(&["graph", "--serve", &page.host]);
    assert_eq!(status, 1);
    let start = format!("aseq: listen at {}: ", page.host);
    assert!(text.starts_with(&start), "{text}");
    assert_eq!(complaint(&["graph", "--allow-edit"]).0, 2);
    assert_eq!(complaint(&["graph", "--serve", "--dot"]).0, 2);
}
