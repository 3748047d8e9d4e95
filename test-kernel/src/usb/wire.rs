//! Requests for keyboards. Only root may create them, and programs run as the user of the test
//! kernel. So the first process creates them.
//!
//! A request is a connection to [`SOCKET`]. Both directions have lines of text, `KEY=VALUE`, until
//! the writer shuts its side down. The first line of a request has the version. The last line of an
//! answer shows that the answer is complete.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Keyboard, Made, Plugged};

/// The first process listens at this name of the abstract namespace, which is not a path of the
/// host.
pub(crate) const SOCKET: &str = "test-kernel/usb";

const VERSION: &str = "usb=1";
const WHOLE: &str = "end=";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Make(Keyboard),
    Plug(String, Option<u8>),
    Unplug(String),
    Replug(String),
    Remove(String),
    List,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Made(Vec<Made>),
    Failed(String),
}

pub(super) fn plugged(request: &Request) -> Result<Plugged> {
    let made = made(request)?;
    let plugged = made.into_iter().find_map(|made| made.plugged);
    plugged.context("the answer has no keyboard")
}

pub(super) fn done(request: &Request) -> Result<()> {
    made(request).map(drop)
}

pub(super) fn made(request: &Request) -> Result<Vec<Made>> {
    let mut stream = SocketAddr::from_abstract_name(SOCKET)
        .and_then(|address| UnixStream::connect_addr(&address))
        .map_err(|cause| match cause.kind() {
            ErrorKind::ConnectionRefused => anyhow!(
                "this works only inside a test kernel: `test-kernel run -- PROGRAM` starts one"
            ),
            _ => anyhow::Error::new(cause).context("ask the process that plugs in keyboards"),
        })?;
    stream.write_all(request.encode()?.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    match Answer::decode(&text)? {
        Answer::Made(made) => Ok(made),
        Answer::Failed(why) => bail!(why),
    }
}

/// Reads a request, handles it, and writes the answer.
pub(super) fn serve(mut stream: UnixStream, answer: impl FnOnce(Request) -> Result<Vec<Made>>) {
    let mut text = String::new();
    let answer = match stream.read_to_string(&mut text) {
        Ok(_) => match Request::decode(&text).and_then(answer) {
            Ok(made) => Answer::Made(made),
            Err(e) => Answer::Failed(format!("{e:#}")),
        },
        Err(e) => Answer::Failed(e.to_string()),
    };
    // The client may have ended.
    let _ = stream.write_all(answer.encode().as_bytes());
}

/// Returns the lines of a message.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('='))
}

fn put(text: &mut String, key: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{key}={value}");
}

impl Request {
    fn encode(&self) -> Result<String> {
        let mut text = format!("{VERSION}\n");
        let (what, name) = match self {
            Self::Make(keyboard) => ("make", keyboard.name.as_str()),
            Self::Plug(name, _) => ("plug", name.as_str()),
            Self::Unplug(name) => ("unplug", name.as_str()),
            Self::Replug(name) => ("replug", name.as_str()),
            Self::Remove(name) => ("remove", name.as_str()),
            Self::List => ("list", ""),
        };
        if !matches!(self, Self::List) {
            check_name(name)?;
        }
        put(&mut text, "request", what);
        put(&mut text, "name", name);
        let socket = match self {
            Self::Make(keyboard) => keyboard.socket,
            Self::Plug(_, socket) => *socket,
            _ => None,
        };
        if let Some(socket) = socket {
            put(&mut text, "socket", socket);
        }
        if let Self::Make(keyboard) = self {
            for (what, value) in [
                ("serial", &keyboard.serial),
                ("manufacturer", &keyboard.manufacturer),
                ("title", &keyboard.title),
            ] {
                check_string(what, value)?;
                put(&mut text, what, value);
            }
            if !super::PORTS.contains(&keyboard.ports) {
                bail!("a keyboard has 1 to 16 ports, not {}", keyboard.ports);
            }
            put(&mut text, "vendor", keyboard.vendor);
            put(&mut text, "product", keyboard.product);
            put(&mut text, "ports", keyboard.ports);
            put(&mut text, "midi2", keyboard.midi2);
        }
        Ok(text)
    }

    fn decode(text: &str) -> Result<Self> {
        let rest = text.strip_prefix(VERSION).context(
            "the program in the test kernel has another version than the one that started it",
        )?;
        let mut what = "";
        let mut keyboard = Keyboard::new("");
        for (key, value) in pairs(rest) {
            match key {
                "request" => what = value,
                "name" => value.clone_into(&mut keyboard.name),
                "serial" => value.clone_into(&mut keyboard.serial),
                "manufacturer" => value.clone_into(&mut keyboard.manufacturer),
                "title" => value.clone_into(&mut keyboard.title),
                "vendor" => keyboard.vendor = value.parse()?,
                "product" => keyboard.product = value.parse()?,
                "ports" => keyboard.ports = value.parse()?,
                "midi2" => keyboard.midi2 = value.parse()?,
                "socket" => keyboard.socket = Some(value.parse()?),
                _ => bail!("a request with an unknown {key}"),
            }
        }
        if what != "list" {
            // The name becomes a path.
            check_name(&keyboard.name)?;
        }
        Ok(match what {
            "make" => Self::Make(keyboard),
            "plug" => Self::Plug(keyboard.name, keyboard.socket),
            "unplug" => Self::Unplug(keyboard.name),
            "replug" => Self::Replug(keyboard.name),
            "remove" => Self::Remove(keyboard.name),
            "list" => Self::List,
            _ => bail!("an unknown request: {what}"),
        })
    }
}

impl Answer {
    fn encode(&self) -> String {
        let mut text = String::new();
        match self {
            Self::Failed(why) => put(&mut text, "error", why.replace('\n', "; ")),
            Self::Made(all) => {
                for made in all {
                    put(&mut text, "name", &made.name);
                    put(&mut text, "serial", &made.serial);
                    put(&mut text, "title", &made.title);
                    if let Some(plugged) = &made.plugged {
                        put(&mut text, "socket", plugged.socket);
                        put(&mut text, "card", plugged.card);
                        put(&mut text, "client", plugged.client);
                        put(&mut text, "device_card", plugged.device_card);
                        put(&mut text, "device_client", plugged.device_client);
                    }
                }
            }
        }
        text.push_str(WHOLE);
        text
    }

    fn decode(text: &str) -> Result<Self> {
        let text = text
            .strip_suffix(WHOLE)
            .context("the answer is incomplete: the test kernel's first process has failed")?;
        let mut all: Vec<Made> = Vec::new();
        for (key, value) in pairs(text) {
            if key == "error" {
                return Ok(Self::Failed(value.to_owned()));
            }
            if key == "name" {
                all.push(Made {
                    name: value.to_owned(),
                    serial: String::new(),
                    title: String::new(),
                    plugged: None,
                });
                continue;
            }
            let made = all.last_mut().context("an answer without a name")?;
            match key {
                "serial" => value.clone_into(&mut made.serial),
                "title" => value.clone_into(&mut made.title),
                _ => {
                    let plugged = made.plugged.get_or_insert(Plugged {
                        socket: 0,
                        card: 0,
                        client: 0,
                        device_card: 0,
                        device_client: 0,
                    });
                    match key {
                        "socket" => plugged.socket = value.parse()?,
                        "card" => plugged.card = value.parse()?,
                        "client" => plugged.client = value.parse()?,
                        "device_card" => plugged.device_card = value.parse()?,
                        "device_client" => plugged.device_client = value.parse()?,
                        _ => bail!("an answer with an unknown {key}"),
                    }
                }
            }
        }
        Ok(Self::Made(all))
    }
}

fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 32 || !name.chars().all(plain) {
        bail!(
            "{name:?} cannot be the name of a keyboard: use 1 to 32 letters, digits, `-` and `_`"
        );
    }
    Ok(())
}

/// Strings of USB have at most 126 units of UTF-16, and configfs ends a string at the end of a
/// line.
fn check_string(what: &str, value: &str) -> Result<()> {
    if value.encode_utf16().count() > 126 || value.chars().any(char::is_control) {
        bail!("the {what} {value:?} is not one line of at most 126 characters");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_back() {
        let keyboard = Keyboard::new("a-b_1")
            .vendor(0x1235)
            .product(7)
            .serial("S=N 42")
            .manufacturer("Us")
            .title("Löop Keyboard")
            .ports(16)
            .midi2(true)
            .socket(3);
        for request in [
            Request::Make(keyboard),
            Request::Make(Keyboard::new("b")),
            Request::Plug("c".into(), None),
            Request::Plug("c".into(), Some(2)),
            Request::Unplug("c".into()),
            Request::Replug("c".into()),
            Request::Remove("c".into()),
            Request::List,
        ] {
            let text = request.encode().unwrap();
            assert_eq!(Request::decode(&text).unwrap(), request);
        }
    }

    #[test]
    fn answers_come_back() {
        let plugged = Plugged {
            socket: 1,
            card: 2,
            client: 24,
            device_card: 3,
            device_client: 28,
        };
        let made = |name: &str, plugged| Made {
            name: name.into(),
            serial: "SN".into(),
            title: "A title = this".into(),
            plugged,
        };
        for answer in [
            Answer::Made(vec![]),
            Answer::Made(vec![made("a", None), made("b", Some(plugged))]),
            Answer::Failed("no".into()),
        ] {
            assert_eq!(Answer::decode(&answer.encode()).unwrap(), answer);
        }
        Answer::decode("name=a\n").unwrap_err();
    }

    #[test]
    fn wrong_values_are_refused() {
        for name in ["", "..", "a/b", "a b", "ä"] {
            Request::Plug(name.into(), None).encode().unwrap_err();
            Request::decode(&format!("{VERSION}\nrequest=plug\nname={name}\n")).unwrap_err();
        }
        for keyboard in [
            Keyboard::new("a").title("two\nlines"),
            Keyboard::new("a").serial("x".repeat(127)),
            Keyboard::new("a").ports(0),
            Keyboard::new("a").ports(17),
        ] {
            Request::Make(keyboard).encode().unwrap_err();
        }
        Request::decode("usb=2\nrequest=list\n").unwrap_err();
    }
}
