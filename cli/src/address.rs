//! Which port the user means: numbers, names, and both mixed.

use std::fmt;

use alsa_seq::{Address, ClientControl, ClientId, PortId};

use crate::failure::Failure;
use crate::printable;

/// What the user means by `text`.
///
/// Numbers are taken as they are; whether there is such a port is for the
/// kernel to say. Names are looked up among the other clients' names.
pub(crate) fn resolve(control: &ClientControl, text: &str) -> Result<Address, Failure> {
    if let Some(address) = numeric(text)? {
        return Ok(address);
    }
    let mut clients = Vec::new();
    for client in control.clients() {
        let client = client?;
        if client.id() == control.id() {
            continue;
        }
        let ports = control.ports(client.id()).map(|port| {
            let port = port?;
            Ok((port.address().port, port.name().into_owned()))
        });
        clients.push(Client {
            id: client.id(),
            name: client.name().into_owned(),
            ports: ports.collect::<Result<_, alsa_seq::Error>>()?,
        });
    }
    Ok(find(&clients, text)?)
}

/// What each of several texts means, none of them twice.
pub(crate) fn resolve_all(
    control: &ClientControl,
    texts: &[String],
) -> Result<Vec<Address>, Failure> {
    texts.iter().map(|text| resolve(control, text)).collect()
}

/// Why a text stands for no port.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("{0:?} is no address: clients and ports have numbers from 0 to 255")]
    Number(String),
    #[error("there is no client or port {0:?} (`aseq list` shows what there is)")]
    NotFound(String),
    #[error("{text:?} can be {}", List(candidates))]
    Ambiguous {
        text: String,
        candidates: Vec<(Address, String)>,
    },
}

/// `128:0 (synth), 129:0 (synth)`
struct List<'a>(&'a [(Address, String)]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (address, name)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{address} ({})", printable(name))?;
        }
        Ok(())
    }
}

/// A client as far as its names go.
struct Client {
    id: ClientId,
    name: String,
    ports: Vec<(PortId, String)>,
}

/// `128:0`, or `128` for `128:0`. `None` if it is not made of digits.
fn numeric(text: &str) -> Result<Option<Address>, LookupError> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parsed = match text.split_once(':') {
        Some((client, port)) if is_number(client) && is_number(port) => text.parse(),
        None if is_number(text) => format!("{text}:0").parse(),
        _ => return Ok(None),
    };
    match parsed {
        Ok(address) => Ok(Some(address)),
        Err(_) => Err(LookupError::Number(text.to_owned())),
    }
}

/// Looks a name up. Whole names go before beginnings of names, the client's
/// before the port's; a name that fits several ports equally well is refused,
/// for a guess would be worse than a question.
fn find(clients: &[Client], text: &str) -> Result<Address, LookupError> {
    for client_fits in [is, begins_with] {
        for port_fits in [is, begins_with] {
            let mut candidates = Vec::new();
            for client in clients {
                candidates.extend(client.meant_by(text, client_fits, port_fits));
            }
            match &*candidates {
                [] => {}
                [(address, _)] => return Ok(*address),
                _ => {
                    let text = text.to_owned();
                    return Err(LookupError::Ambiguous { text, candidates });
                }
            }
        }
    }
    Err(LookupError::NotFound(text.to_owned()))
}

type Fits = fn(&str, &str) -> bool;

fn is(name: &str, text: &str) -> bool {
    name == text
}

fn begins_with(name: &str, text: &str) -> bool {
    !text.is_empty() && name.starts_with(text)
}

impl Client {
    /// The ports of this client that `text` can mean, each once.
    fn meant_by(&self, text: &str, client_fits: Fits, port_fits: Fits) -> Vec<(Address, String)> {
        let mut ports = Vec::new();
        if client_fits(&self.name, text) {
            ports.push(PortId::new(0));
        }
        // Names may hold colons, so any of them may be the one between client
        // and port.
        for (at, _) in text.match_indices(':') {
            let (client, port) = text.split_at(at);
            let port = port.trim_start_matches(':');
            if client_fits(&self.name, client) || client == self.id.to_string() {
                ports.extend(self.ports_meant_by(port, port_fits));
            }
        }
        ports.sort_unstable();
        ports.dedup();
        let named = |port: PortId| (Address::from((self.id, port)), self.full_name(port));
        ports.into_iter().map(named).collect()
    }

    fn ports_meant_by(&self, text: &str, fits: Fits) -> impl Iterator<Item = PortId> {
        // As an address, so that "+1" is no number here either.
        let number = format!("0:{text}").parse::<Address>().ok();
        self.ports
            .iter()
            .filter(move |(id, name)| {
                number.is_some_and(|number| number.port == *id) || fits(name, text)
            })
            .map(|(id, _)| *id)
    }

    fn full_name(&self, port: PortId) -> String {
        match self.ports.iter().find(|(id, _)| *id == port) {
            Some((_, name)) => format!("{}:{name}", self.name),
            None => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: u8, name: &str, ports: &[(u8, &str)]) -> Client {
        Client {
            id: ClientId::new(id),
            name: name.to_owned(),
            ports: ports
                .iter()
                .map(|(id, name)| (PortId::new(*id), (*name).to_owned()))
                .collect(),
        }
    }

    fn some_clients() -> Vec<Client> {
        vec![
            client(14, "Midi Through", &[(0, "Midi Through Port-0")]),
            client(20, "USB: Keys", &[(0, "Keys"), (1, "Control")]),
            client(24, "USB: Drums", &[(0, "Pads")]),
            client(128, "synth", &[(0, "in"), (1, "input 2"), (3, "out")]),
            client(129, "synth 2", &[(0, "in")]),
            client(130, "twin", &[(0, "in")]),
            client(131, "twin", &[(0, "in")]),
            client(132, "300", &[(0, "in")]),
        ]
    }

    #[test]
    fn numbers_need_no_client() {
        assert_eq!(numeric("128:1"), Ok(Some(Address::new(128, 1))));
        assert_eq!(numeric("128"), Ok(Some(Address::new(128, 0))));
        for text in ["256", "128:256", "300:0", "99999999999:0"] {
            let error = LookupError::Number(text.to_owned());
            assert_eq!(numeric(text), Err(error), "{text}");
        }
        for text in [
            "", ":", "128:", ":0", "a:0", "0:a", "-1:0", "+1", "1.0", "1:2:3",
        ] {
            assert_eq!(numeric(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn names_are_found() {
        for (text, address) in [
            ("Midi Through", "14:0"),
            ("Midi", "14:0"),
            ("M", "14:0"),
            ("Midi Through:0", "14:0"),
            ("Midi:Midi Through Port-0", "14:0"),
            ("USB: Keys", "20:0"),
            ("USB: Keys:1", "20:1"),
            ("USB: K:Con", "20:1"),
            ("USB: D", "24:0"),
            // The whole name goes before the longer one that begins so.
            ("synth", "128:0"),
            ("synth:in", "128:0"),
            ("synth:inp", "128:1"),
            ("synth:3", "128:3"),
            ("synth 2", "129:0"),
            ("synth ", "129:0"),
            ("128:out", "128:3"),
            ("131:in", "131:0"),
        ] {
            let expected = Ok(address.parse().unwrap());
            assert_eq!(find(&some_clients(), text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            ":",
            ":0",
            ":in",
            "synth:",
            "nobody",
            "synth:2",
            "synth:9",
            "SYNTH",
            "synth:+3",
            "synth:in:0",
            "USB: Keys:abc",
        ] {
            let error = LookupError::NotFound(text.to_owned());
            assert_eq!(find(&some_clients(), text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_fits_several_is_refused_with_all_of_them() {
        for (text, message) in [
            ("twin", r#""twin" can be 130:0 (twin:in), 131:0 (twin:in)"#),
            (
                "USB",
                r#""USB" can be 20:0 (USB: Keys:Keys), 24:0 (USB: Drums:Pads)"#,
            ),
            (
                "synth:i",
                r#""synth:i" can be 128:0 (synth:in), 128:1 (synth:input 2)"#,
            ),
        ] {
            let error = find(&some_clients(), text).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let candidates = vec![(Address::new(1, 2), "\x1b[2J".to_owned())];
        assert_eq!(List(&candidates).to_string(), "1:2 (\u{fffd}[2J)");
    }
}
