//! Requests of browsers, and the rules by which they are refused.

use alsa_seq::Address;

use super::secret::Token;

/// The largest head of a request, in bytes.
pub(super) const MOST_BYTES: usize = 8 << 10;

/// The largest number of headers. Browsers send about 15.
const MOST_HEADERS: usize = 48;

/// The header that has the token.
const TOKEN: &str = "x-aseq-token";

/// A request that is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Page,
    /// The present picture.
    Picture,
    /// The present picture, and each later one.
    Events,
    Edit(Edit),
}

/// A change of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) kind: EditKind,
    pub(super) sender: Address,
    pub(super) receiver: Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EditKind {
    Connect,
    Disconnect,
}

/// The method that an address allows. It is empty if the address allows none.
type Allowed = &'static str;

/// The reason why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("this is not an HTTP request")]
    Malformed,
    #[error("the request is for another host than this page's")]
    Host,
    #[error("the request comes from another page")]
    Origin,
    #[error("the token is missing or wrong: open the address that aseq has printed")]
    Token,
    #[error("this page does not exist")]
    NotFound,
    #[error("connections can be changed here only if aseq graph has --allow-edit")]
    ReadOnly(Allowed),
    #[error("this address does not allow this method")]
    Method(Allowed),
    #[error("requests to this address must not have a body")]
    Body,
    #[error("the head of the request is too long")]
    TooLong,
}

impl Refusal {
    pub(super) const fn status(self) -> &'static str {
        match self {
            Self::Malformed => "400 Bad Request",
            Self::Host | Self::Origin | Self::Token => "403 Forbidden",
            Self::NotFound => "404 Not Found",
            Self::ReadOnly(_) | Self::Method(_) => "405 Method Not Allowed",
            Self::Body => "413 Content Too Large",
            Self::TooLong => "431 Request Header Fields Too Large",
        }
    }
}

/// The rules for requests.
#[derive(Debug)]
pub(super) struct Rules {
    /// The names by which browsers reach the page, each with the port.
    pub(super) hosts: [String; 2],
    /// The token that allows changes. `None` if the page may not change anything.
    pub(super) token: Option<Token>,
}

impl Rules {
    /// Reads a request from the bytes that have arrived. Returns `None` if the head of the
    /// request is incomplete.
    pub(super) fn read(&self, bytes: &[u8]) -> Option<Result<Request, Refusal>> {
        let most = bytes.get(..MOST_BYTES).unwrap_or(bytes);
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(most) {
            Ok(httparse::Status::Complete(_)) => Some(self.examine(&request)),
            Ok(httparse::Status::Partial) if bytes.len() < MOST_BYTES => None,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                Some(Err(Refusal::TooLong))
            }
            Err(_) => Some(Err(Refusal::Malformed)),
        }
    }

    fn examine(&self, request: &httparse::Request<'_, '_>) -> Result<Request, Refusal> {
        let header = |name: &str| single_value(request.headers, name);
        // The owner of another domain can let a name of it lead to this machine. For the
        // browser, pages of that domain and this page would then have the same origin.
        let host = header("host")?.ok_or(Refusal::Host)?;
        let is_host = |own: &&String| own.as_bytes().eq_ignore_ascii_case(host);
        let host = self.hosts.iter().find(is_host).ok_or(Refusal::Host)?;
        let is_own = |origin: &[u8]| origin.strip_prefix(b"http://") == Some(host.as_bytes());
        let origin = header("origin")?;
        if origin.is_some_and(|origin| !is_own(origin)) {
            return Err(Refusal::Origin);
        }
        let target = without_host(request.path.unwrap_or_default(), host)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let wanted = match path {
            "/" => Target::Plain(Request::Page),
            "/graph.svg" => Target::Plain(Request::Picture),
            "/events" => Target::Plain(Request::Events),
            "/connect" => Target::Edit(EditKind::Connect),
            "/disconnect" => Target::Edit(EditKind::Disconnect),
            _ if request.method == Some("POST") && self.token.is_none() => {
                return Err(Refusal::ReadOnly(""));
            }
            _ => return Err(Refusal::NotFound),
        };
        let allowed = match (&wanted, &self.token) {
            (Target::Plain(_), _) => "GET",
            (Target::Edit(_), Some(_)) => "POST",
            (Target::Edit(_), None) => "",
        };
        match (request.method, wanted) {
            (Some("POST"), _) if self.token.is_none() => Err(Refusal::ReadOnly(allowed)),
            (Some("POST"), Target::Edit(kind)) => {
                let token = self.token.as_ref().ok_or(Refusal::ReadOnly(allowed))?;
                origin.ok_or(Refusal::Origin)?;
                if !header(TOKEN)?.is_some_and(|said| token.is(said)) {
                    return Err(Refusal::Token);
                }
                let length = header("content-length")?.unwrap_or(b"0");
                if length != b"0" || header("transfer-encoding")?.is_some() {
                    return Err(Refusal::Body);
                }
                let (sender, receiver) = ends(query).ok_or(Refusal::Malformed)?;
                Ok(Request::Edit(Edit {
                    kind,
                    sender,
                    receiver,
                }))
            }
            (Some("GET"), Target::Plain(request)) => Ok(request),
            _ => Err(Refusal::Method(allowed)),
        }
    }
}

/// Returns the request for a path.
enum Target {
    Plain(Request),
    Edit(EditKind),
}

/// Returns the value of a header that may occur once.
fn single_value<'h>(
    headers: &[httparse::Header<'h>],
    name: &str,
) -> Result<Option<&'h [u8]>, Refusal> {
    let mut all = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name));
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(header), None) => Ok(Some(header.value)),
        (Some(_), Some(_)) => Err(Refusal::Malformed),
    }
}

/// Returns the path and the query of a target. A target may name the host, too:
/// `http://127.0.0.1:8000/graph.svg`.
fn without_host<'t>(target: &'t str, host: &str) -> Result<&'t str, Refusal> {
    let Some(absolute) = target.strip_prefix("http://") else {
        return Ok(target);
    };
    let end = absolute.find('/').unwrap_or(absolute.len());
    let (authority, path) = absolute.split_at(end);
    match path {
        _ if !authority.eq_ignore_ascii_case(host) => Err(Refusal::Host),
        "" => Ok("/"),
        path => Ok(path),
    }
}

/// `from=20:0&to=128:0`
fn ends(query: &str) -> Option<(Address, Address)> {
    let (sender, receiver) = query.strip_prefix("from=")?.split_once("&to=")?;
    Some((sender.parse().ok()?, receiver.parse().ok()?))
}

/// Checks for the fuzzer that the rules hold for any bytes. The first byte is the share of the
/// others that arrives first.
///
/// # Panics
/// If a rule is broken.
#[doc(hidden)]
#[allow(clippy::panic)]
pub fn check(case: &[u8]) {
    let Some((&first, bytes)) = case.split_first() else {
        return;
    };
    let (host, token) = ("127.0.0.1:8000", "0123456789abcdef0123456789abcdef");
    let rules = |token: Option<&str>| Rules {
        hosts: [host.to_owned(), "localhost:8000".to_owned()],
        token: token.map(Token::new),
    };
    let (all, read_only) = (rules(Some(token)), rules(None));
    let read = all.read(bytes);
    let has = |words: &str| {
        let words = words.as_bytes();
        let mut windows = bytes.windows(words.len());
        windows.any(|window| window.eq_ignore_ascii_case(words))
    };
    if let Some(Ok(request)) = read {
        assert!(has(host) || has("localhost:8000"));
        if let Request::Edit(_) = request {
            assert!(has(token) && has("http://") && has("POST "));
        }
    }
    // A page without a token grants nothing more.
    match read_only.read(bytes) {
        Some(Ok(Request::Edit(_))) => panic!("a change without a token"),
        Some(Ok(request)) => assert_eq!(read, Some(Ok(request))),
        Some(Err(_)) => assert!(read.is_some()),
        None => assert!(read.is_none()),
    }
    // Later bytes do not change the meaning of a complete request.
    let arrived = bytes.len() * usize::from(first) / 256;
    if let Some(early) = bytes.get(..arrived).and_then(|early| all.read(early)) {
        assert_eq!(Some(early), read);
    }
    assert!(bytes.len() < MOST_BYTES || read.is_some());
}

#[cfg(test)]
mod tests;
