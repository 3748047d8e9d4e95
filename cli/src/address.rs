//! Reads lists of ports. [`ClientControl::parse_address`] defines the form of a single
//! address.

use alsa_seq::{Address, ClientControl, ClientId, ErrorKind};

use crate::failure::Failure;
use crate::people::printable;

/// Reads the ports of arguments. An argument may have several addresses, separated by
/// commas.
pub(crate) fn parse_all(
    control: &ClientControl,
    arguments: &[String],
) -> Result<Vec<Address>, Failure> {
    arguments
        .iter()
        .flat_map(|argument| split(argument))
        .map(|address| parse(control, address))
        .collect()
}

/// Reads an address.
pub(crate) fn parse(control: &ClientControl, text: &str) -> Result<Address, Failure> {
    control
        .parse_address(text)
        .map_err(|error| match error.kind() {
            // This is wrong on any system.
            ErrorKind::InvalidInput => Failure::Usage(format!("{error:#}")),
            ErrorKind::NotFound => not_found(control, text, error),
            _ => error.into(),
        })
}

/// Returns the failure to find a name, with a name that the user may have meant.
fn not_found(control: &ClientControl, text: &str, error: alsa_seq::Error) -> Failure {
    let hint = match meant(control, text) {
        Ok(Some(name)) => format!(
            "did you mean {name:?}? Write the beginning of a name, with its capital letters"
        ),
        _ => format!("{SEE_LIST}; a name may be shortened"),
    };
    Failure::NotFound { error, hint }
}

/// The hint for an address or a name that does not exist.
pub(crate) const SEE_LIST: &str = "aseq list shows the clients and ports";

/// Returns a name of a client or a port that contains the text, in small or capital letters.
/// A name that begins with the text is better.
fn meant(control: &ClientControl, text: &str) -> Result<Option<String>, Failure> {
    let wanted = text.replace(['"', '\''], "").to_lowercase();
    let mut other = None;
    for client in control.clients() {
        let client = client?;
        if client.id() == control.id() {
            continue;
        }
        let name = client.name();
        match name.to_lowercase().find(&wanted) {
            Some(0) => return Ok(Some(printable(&name))),
            Some(_) => other = other.or_else(|| Some(printable(&name))),
            None => {}
        }
        // A name may contain colons.
        for (colon, _) in wanted.match_indices(':') {
            let (wanted_client, wanted_port) = wanted.split_at(colon);
            if !name.to_lowercase().starts_with(wanted_client)
                && client.id().to_string() != wanted_client
            {
                continue;
            }
            for port in control.ports_of(client.id()) {
                let port = format!(":{}", port?.name());
                if port.to_lowercase().starts_with(wanted_port) {
                    return Ok(Some(printable(&format!("{name}{port}"))));
                }
            }
        }
    }
    Ok(other)
}

/// A client with all its ports, or one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Client(ClientId),
    Port(Address),
}

impl Place {
    /// Reads places like [`parse_all`].
    pub(crate) fn parse_all(
        control: &ClientControl,
        arguments: &[String],
    ) -> Result<Vec<Self>, Failure> {
        arguments
            .iter()
            .flat_map(|argument| split(argument))
            .map(|text| Self::parse(control, text))
            .collect()
    }

    /// Reads `CLIENT` or `CLIENT:PORT`, each a number or a name. A name of a client, in
    /// full or shortened, means the client.
    pub(crate) fn parse(control: &ClientControl, text: &str) -> Result<Self, Failure> {
        if let Ok(number) = text.parse::<u8>() {
            return Ok(Self::Client(ClientId::new(number)));
        }
        let quoted = text
            .strip_prefix(['"', '\''])
            .and_then(|rest| rest.strip_suffix(['"', '\'']));
        let (mut whole, mut shortened) = (Vec::new(), Vec::new());
        for client in control.clients() {
            let client = client?;
            let name = client.name();
            if client.id() == control.id() || text.is_empty() {
                continue;
            }
            if name == quoted.unwrap_or(text) {
                whole.push((client.id(), name.into_owned()));
            } else if quoted.is_none() && name.starts_with(text) {
                shortened.push((client.id(), name.into_owned()));
            }
        }
        // A port's full name has priority over the beginning of a client's name.
        if whole.is_empty() && (shortened.is_empty() || text.contains(':')) {
            match parse(control, text) {
                Err(_) if !shortened.is_empty() => {}
                found => return found.map(Self::Port),
            }
        }
        let found = if whole.is_empty() { shortened } else { whole };
        match &*found {
            [(client, _)] => Ok(Self::Client(*client)),
            several => {
                let several = several.iter().map(|(id, name)| format!("{id} ({name})"));
                let several = printable(&several.collect::<Vec<_>>().join(", "));
                Err(Failure::Other(format!(
                    "{text:?} means several clients: {several}; use a number"
                )))
            }
        }
    }

    /// Fails if the place does not exist. [`parse`](Self::parse) does not look up numbers.
    pub(crate) fn check(self, control: &ClientControl) -> Result<(), Failure> {
        let found = match self {
            Self::Client(client) => control.client_info(client).map(drop),
            Self::Port(port) => control.port_info(port).map(drop),
        };
        found.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::NotFound {
                error,
                hint: SEE_LIST.to_owned(),
            },
            _ => error.into(),
        })
    }

    /// Returns whether the port is this place, or a part of it.
    pub(crate) fn contains(self, port: Address) -> bool {
        match self {
            Self::Client(client) => port.client == client,
            Self::Port(place) => port == place,
        }
    }
}

/// Splits a text at commas outside quotes, because a name may contain commas. A quote
/// begins only at the start of a name: `Tom's,14:0` is two addresses.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut previous = ',';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if matches!(previous, ',' | ':') => quote = Some(c),
            (None, ',') => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
        previous = c;
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_outside_of_quotes() {
        for (text, parts) in [
            ("14:0", vec!["14:0"]),
            ("14:0,128,synth:in", vec!["14:0", "128", "synth:in"]),
            (r#""a,b":'c,d',14"#, vec![r#""a,b":'c,d'"#, "14"]),
            ("Tom's,Ann's", vec!["Tom's", "Ann's"]),
            (r#""Tom's",14"#, vec![r#""Tom's""#, "14"]),
            ("é,ü", vec!["é", "ü"]),
            // Invalid, but other code refuses it.
            ("", vec![""]),
            ("14,,15,", vec!["14", "", "15", ""]),
            (r#""a,14"#, vec![r#""a,14"#]),
        ] {
            assert_eq!(split(text), parts);
        }
    }
}
