//! Finding clients and ports by names and addresses that users write.

use std::borrow::Cow;

use crate::address::{Address, ClientId, PortId};
use crate::control::ClientControl;
use crate::error::{Candidate, Error, ErrorKind, Operation, Result, Subject};
use crate::info::ClientInfo;
use crate::port::PortInfo;

#[cfg(any(test, fuzzing))]
pub(crate) mod check;
#[cfg(test)]
mod tests;

/// Finding other clients and their ports by name.
impl ClientControl {
    /// Finds another client by its exact name.
    ///
    /// # Errors
    /// - `NotFound` if no client has this name;
    /// - `Ambiguous` if several clients have it; [`Error::candidates`] lists them.
    pub fn find_client(&self, name: &str) -> Result<ClientInfo> {
        let id = resolve_client(name, self)?;
        self.client_info(id)
            .map_err(|error| removed_meanwhile(error, Operation::FindClient, name))
    }

    /// Reads an address that a user wrote: numbers, names, or one of each.
    ///
    /// | written | means |
    /// |---|---|
    /// | `128:0` | port 0 of client 128 |
    /// | `128` | port 0 of client 128 |
    /// | `FLUID Synth:1` | port 1 of the client of this name |
    /// | `FLUID Synth` | port 0 of the client of this name |
    /// | `FLUID Synth:Input`, `128:Input` | the port of this name |
    /// | `FLU:In` | the same, shortened |
    /// | `"a:b":"8"` | port `8` of client `a:b`, by their names |
    ///
    /// ```text
    /// address = client [ ":" port ]
    /// client  = number | quoted | name
    /// port    = number | quoted | name
    /// number  = decimal digits, 0 to 255
    /// quoted  = '"' any but '"' '"'  |  "'" any but "'" "'"
    /// name    = any text that is not a number, does not begin with a quote, and
    ///           does not begin or end with ":"
    /// ```
    ///
    /// - Digits are always a number. A name that consists of digits needs quotes.
    /// - A *quoted* name must be a whole name. Any other text is first compared with
    ///   whole names. If it equals none of them, it may be the beginning of a name. A
    ///   client with the exact name has priority over other clients; the same is true
    ///   for the port.
    /// - Names may contain colons: each colon is tried as the separator.
    /// - Only the names of other clients are used. A user who writes "piano" does not
    ///   mean the asking program, although its name may be "pianist".
    /// - A name must fit exactly one client or port. If it fits several, that is an
    ///   error.
    /// - If the address has only numbers, they are not looked up, and the port need not
    ///   exist.
    /// - Spaces are not trimmed, and case is significant.
    ///
    /// [`PortInfo::lookup_name`] is the inverse. For addresses in numbers, you can also
    /// use `text.parse::<Address>()`.
    ///
    /// # Errors
    /// - `InvalidInput` if the text is not of this form, or a number is above 255;
    /// - `NotFound` if no client or port fits;
    /// - `Ambiguous` if several fit; [`Error::candidates`] lists them.
    #[doc(alias = "snd_seq_parse_address")]
    pub fn parse_address(&self, text: &str) -> Result<Address> {
        resolve_port(text, self)
    }

    /// Finds the port at an address that a user wrote. The result has the name of its
    /// client.
    ///
    /// # Errors
    /// The errors of [`ClientControl::parse_address`]. A port that is given by numbers
    /// must also exist.
    pub fn find_port(&self, text: &str) -> Result<PortInfo> {
        let address = resolve_port(text, self)?;
        let find = || {
            let client = self.client_info(address.client)?;
            Ok(self.port_info(address)?.with_client_name(&client.name()))
        };
        find().map_err(|error| removed_meanwhile(error, Operation::FindPort, text))
    }
}

impl PortInfo {
    /// The port's name in the form of [`ClientControl::parse_address`], with quotes if
    /// necessary: `FLUID Synth:Input`. `None` without [`client_name`](Self::client_name).
    ///
    /// If the name is not unique, `parse_address` returns an error for it.
    pub fn lookup_name(&self) -> Option<String> {
        let client = self.client_name()?;
        let Address { client: id, port } = self.address();
        let (client, name) = (address_part(client, id.number()), self.name());
        Some(format!("{client}:{}", address_part(&name, port.number())))
    }
}

/// A name in the form of an address, or the number if the name cannot be written.
fn address_part(name: &str, number: u8) -> Cow<'_, str> {
    if matches!(Part::parse(name), Some(Part::Name(_))) && !name.contains(':') {
        return Cow::Borrowed(name);
    }
    QUOTES
        .into_iter()
        .find(|quote| !name.is_empty() && !name.contains(*quote))
        .map_or_else(
            || number.to_string(),
            |quote| format!("{quote}{name}{quote}"),
        )
        .into()
}

/// The error for an object that was removed after it was found.
fn removed_meanwhile(error: Error, operation: Operation, text: &str) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::new(operation, ErrorKind::NotFound),
        _ => error,
    }
    .about(Subject::Name(text.into()))
}

/// A source of names.
pub(crate) trait Directory {
    fn client_names(&self) -> Result<Vec<(ClientId, String)>>;
    fn port_names(&self, client: ClientId) -> Result<Vec<(PortId, String)>>;
}

impl Directory for ClientControl {
    fn client_names(&self) -> Result<Vec<(ClientId, String)>> {
        self.clients()
            .filter(|client| !client.as_ref().is_ok_and(|found| found.id() == self.id()))
            .map(|client| client.map(|client| (client.id(), client.name().into_owned())))
            .collect()
    }

    fn port_names(&self, client: ClientId) -> Result<Vec<(PortId, String)>> {
        self.ports_of(client)
            .map(|port| port.map(|port| (port.address().port, port.name().into_owned())))
            .collect()
    }
}

/// Finds the only client of this name.
pub(crate) fn resolve_client(name: &str, directory: &impl Directory) -> Result<ClientId> {
    let candidates = directory
        .client_names()?
        .into_iter()
        .filter(|(_, found)| found == name)
        .map(|(id, found)| Candidate::new(id, None, found))
        .collect();
    single(candidates, Operation::FindClient, name).map(|found| found.client())
}

/// Reads an address; see [`ClientControl::parse_address`].
pub(crate) fn resolve_port(text: &str, directory: &impl Directory) -> Result<Address> {
    let invalid =
        |message| Error::invalid(Operation::FindPort, message).about(Subject::Name(text.into()));
    let (client, port) = text.split_once(':').unwrap_or((text, "0"));
    if is_digits(client) && is_digits(port) {
        return match (client.parse(), port.parse()) {
            (Ok(client), Ok(port)) => Ok(Address::new(client, port)),
            _ => Err(invalid("a number in an address is 0 to 255")),
        };
    }
    let readings = readings(text);
    if readings.is_empty() {
        return Err(invalid("expected CLIENT or CLIENT:PORT"));
    }

    let mut found = Vec::new();
    for (id, client_name) in directory.client_names()? {
        // Most clients match no reading. For these, this does not list the ports.
        let readings: Vec<_> = readings
            .iter()
            .filter_map(|(client, port)| {
                let rank = client.rank(id.number(), &client_name)?;
                Some((rank, port))
            })
            .collect();
        if readings.is_empty() {
            continue;
        }
        for (port_id, port_name) in directory.port_names(id)? {
            let best = readings
                .iter()
                .filter_map(|(rank, port)| Some((*rank, port.rank(port_id.number(), &port_name)?)))
                .min();
            if let Some(rank) = best {
                let name = format!("{client_name}:{port_name}");
                found.push((rank, Candidate::new(id, Some(port_id), name)));
            }
        }
    }
    let best = found.iter().map(|(rank, _)| *rank).min();
    found.retain(|(rank, _)| Some(*rank) == best);
    let candidates = found.into_iter().map(|(_, candidate)| candidate).collect();
    let found = single(candidates, Operation::FindPort, text)?;
    found
        .address()
        .ok_or_else(|| Error::new(Operation::FindPort, ErrorKind::NotFound))
}

/// Returns the only candidate.
///
/// # Errors
/// `NotFound` without a candidate; `Ambiguous` if there are several.
fn single(candidates: Vec<Candidate>, operation: Operation, name: &str) -> Result<Candidate> {
    let mut candidates = candidates;
    let error = match (candidates.pop(), candidates.is_empty()) {
        (Some(single), true) => return Ok(single),
        (Some(last), false) => {
            candidates.push(last);
            Error::ambiguous(operation, candidates)
        }
        (None, _) => Error::new(operation, ErrorKind::NotFound),
    };
    Err(error.about(Subject::Name(name.into())))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

const QUOTES: [char; 2] = ['"', '\''];

/// The part of an address for the client or the port.
#[derive(Clone, Copy, Debug)]
enum Part<'t> {
    /// Not written: port 0.
    Default,
    Number(u8),
    Quoted(&'t str),
    Name(&'t str),
}

impl<'t> Part<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        if is_digits(text) {
            return text.parse().ok().map(Self::Number);
        }
        match text.chars().next()? {
            quote if QUOTES.contains(&quote) => {
                let (name, rest) = unquote(text, quote)?;
                rest.is_empty().then_some(Self::Quoted(name))
            }
            _ if text.starts_with(':') || text.ends_with(':') => None,
            _ => Some(Self::Name(text)),
        }
    }

    /// The quality of the match; a smaller rank is better.
    fn rank(self, number: u8, name: &str) -> Option<u8> {
        match self {
            Self::Default => (number == 0).then_some(0),
            Self::Number(wanted) => (number == wanted).then_some(0),
            Self::Quoted(wanted) => (name == wanted).then_some(0),
            Self::Name(wanted) if name == wanted => Some(0),
            Self::Name(wanted) => name.starts_with(wanted).then_some(1),
        }
    }
}

/// The quoted name at the start of the text, and the rest.
fn unquote(text: &str, quote: char) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix(quote)?.split_once(quote)?;
    (!name.is_empty()).then_some((name, rest))
}

/// Every way to split the text into a client and a port.
fn readings(text: &str) -> Vec<(Part<'_>, Part<'_>)> {
    if let Some(quote) = text.chars().next().filter(|first| QUOTES.contains(first)) {
        // The quote marks the end of the client.
        let reading = unquote(text, quote).and_then(|(name, rest)| {
            let port = match rest.strip_prefix(':') {
                Some(port) => Part::parse(port)?,
                None => rest.is_empty().then_some(Part::Default)?,
            };
            Some((Part::Quoted(name), port))
        });
        return reading.into_iter().collect();
    }
    let whole = Part::parse(text).map(|client| (client, Part::Default));
    let split = text.match_indices(':').filter_map(|(colon, _)| {
        let (client, port) = (text.get(..colon)?, text.get(colon + 1..)?);
        Some((Part::parse(client)?, Part::parse(port)?))
    });
    whole.into_iter().chain(split).collect()
}
