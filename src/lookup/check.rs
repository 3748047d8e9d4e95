//! Invariants of finding ports, for any text and any names; for property tests and the
//! fuzzer.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::{Directory, QUOTES, address_part, resolve_client, resolve_port};
use crate::address::{Address, ClientId, PortId};
use crate::error::{Candidate, Error, ErrorKind, Result};

/// Clients from 128 on, and ports from 0 on, with these names.
#[derive(Debug)]
struct Named(Vec<(String, Vec<String>)>);

impl Directory for Named {
    fn client_names(&self) -> Result<Vec<(ClientId, String)>> {
        let names = self.0.iter().map(|(name, _)| name.clone());
        Ok((128..).map(ClientId::new).zip(names).collect())
    }

    fn port_names(&self, client: ClientId) -> Result<Vec<(PortId, String)>> {
        let index = usize::from(client.number() - 128);
        let names = self.0.get(index).unwrap().1.iter().cloned();
        Ok((0..).map(PortId::new).zip(names).collect())
    }
}

impl Named {
    fn ports(&self) -> impl Iterator<Item = (Address, &str, &str)> {
        let clients = (128..).zip(&self.0);
        clients.flat_map(|(id, (client, ports))| {
            let ports = (0..).zip(ports);
            ports.map(move |(port, name)| (Address::new(id, port), &**client, &**name))
        })
    }
}

/// The case has a user's text on the first line. Each other line has a client and its
/// ports, separated by tabs.
#[allow(unreachable_pub, reason = "the fuzzer has it from `crate::fuzzing`")]
pub fn check(case: &[u8]) {
    let case = String::from_utf8_lossy(case);
    let mut lines = case.split('\n');
    let text = lines.next().unwrap();
    let clients = lines.take(64).map(|line| {
        let mut names = line.split('\t').map(str::to_owned);
        (names.next().unwrap(), names.take(254).collect())
    });
    check_text(text, &Named(clients.collect()));
}

/// Checks the same case without the grammar: a found port must exist.
#[allow(unreachable_pub, reason = "the fuzzer has it from `crate::fuzzing`")]
pub fn check_fast(case: &[u8]) {
    let case = String::from_utf8_lossy(case);
    let (text, names) = case.split_once('\n').unwrap_or((&*case, ""));
    let clients = names.split('\n').take(8).map(|line| {
        let mut names = line.split('\t').map(str::to_owned);
        (names.next().unwrap_or_default(), names.collect())
    });
    let directory = Named(clients.collect());
    let there = |address: &Address| directory.ports().any(|(found, ..)| found == *address);
    match outcome(&resolve_port(text, &directory)) {
        Outcome::Found(found) => assert!(there(&found) || text.split(':').all(is_number)),
        Outcome::Ambiguous(found) => assert!(found.len() > 1 && found.iter().all(there)),
        Outcome::NotFound | Outcome::Invalid => {}
    }
}

/// Checks that the text, and every port's own name, are read as the grammar requires.
fn check_text(text: &str, directory: &Named) {
    let found = resolve_port(text, directory);
    assert_eq!(outcome(&found), expected(text, directory), "{text:?}");

    for (address, client, port) in directory.ports() {
        let client = address_part(client, address.client.number());
        let text = format!("{client}:{}", address_part(port, address.port.number()));
        match outcome(&resolve_port(&text, directory)) {
            Outcome::Found(found) => assert_eq!(found, address, "{text:?}"),
            Outcome::Ambiguous(found) => assert!(found.contains(&address), "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    let named = |name: &str| directory.0.iter().filter(|client| client.0 == name).count();
    match (named(text), resolve_client(text, directory)) {
        (1, Ok(_)) => {}
        (0, Err(error)) => assert_eq!(error.kind(), ErrorKind::NotFound),
        (count, Err(error)) => assert_eq!(error.candidates().len(), count),
        (count, Ok(id)) => panic!("{text:?}: {id} of {count}"),
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Found(Address),
    Ambiguous(Vec<Address>),
    NotFound,
    Invalid,
}

fn outcome(found: &Result<Address, Error>) -> Outcome {
    let error = match found {
        Ok(address) => return Outcome::Found(*address),
        Err(error) => error,
    };
    let candidates = error.candidates().iter();
    match error.kind() {
        ErrorKind::Ambiguous => {
            Outcome::Ambiguous(candidates.filter_map(Candidate::address).collect())
        }
        ErrorKind::NotFound => Outcome::NotFound,
        ErrorKind::InvalidInput => Outcome::Invalid,
        other => panic!("{other:?}"),
    }
}

/// A second implementation of the grammar: it compares every port with each way to split
/// the text.
fn expected(text: &str, directory: &Named) -> Outcome {
    let cuts = || {
        let colons = text.match_indices(':');
        let cut = colons.filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
        cut.chain([(text, "0")])
    };
    if let Some((client, port)) = cuts().find(|(c, p)| is_number(c) && is_number(p)) {
        return match (client.parse(), port.parse()) {
            (Ok(client), Ok(port)) => Outcome::Found(Address::new(client, port)),
            _ => Outcome::Invalid,
        };
    }
    if !cuts().any(|(client, port)| is_part(client) && is_part(port)) {
        return Outcome::Invalid;
    }
    let mut best = u8::MAX;
    let mut found = Vec::new();
    for (address, client_name, port_name) in directory.ports() {
        let fits = cuts().filter_map(|(client, port)| {
            let client = fit(client, address.client.number(), client_name)?;
            // The client has more weight than the port.
            Some(2 * client + fit(port, address.port.number(), port_name)?)
        });
        let Some(rank) = fits.min() else {
            continue;
        };
        if rank < best {
            best = rank;
            found.clear();
        }
        if rank == best {
            found.push(address);
        }
    }
    match *found {
        [] => Outcome::NotFound,
        [only] => Outcome::Found(only),
        _ => Outcome::Ambiguous(found),
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())
}

/// The text between quotes.
fn quoted(part: &str) -> Option<&str> {
    let mut chars = part.chars();
    let quote = chars.next().filter(|first| QUOTES.contains(first))?;
    (chars.next_back() == Some(quote))
        .then_some(chars.as_str())
        .filter(|name| !name.is_empty() && !name.contains(quote))
}

fn is_part(part: &str) -> bool {
    match part.chars().next() {
        None => false,
        Some(first) if QUOTES.contains(&first) => quoted(part).is_some(),
        Some(_) if is_number(part) => part.parse::<u8>().is_ok(),
        Some(_) => !part.starts_with(':') && !part.ends_with(':'),
    }
}

/// Returns 0 if the part fits exactly, and 1 if it is the beginning of the name.
fn fit(part: &str, number: u8, name: &str) -> Option<u8> {
    if !is_part(part) {
        return None;
    }
    if is_number(part) {
        return (part.parse() == Ok(number)).then_some(0);
    }
    if let Some(whole) = quoted(part) {
        return (whole == name).then_some(0);
    }
    name.starts_with(part).then_some(u8::from(name != part))
}
