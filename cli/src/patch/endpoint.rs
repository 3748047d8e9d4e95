//! One end of a connection, described by names and device.

use std::fmt::Write as _;

use alsa_seq::{Card, PortType, Printable};

use super::pattern::Pattern;
use super::world::{Client, Port, World};
use crate::graph::{is_input, is_output};
use crate::people::printable;

/// The properties of a matching port. A property that is `None` does not matter, except for the
/// port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) client: Option<Pattern>,
    pub(crate) port: Option<PortChoice>,
    pub(crate) kind: Option<PortKind>,
    /// The card's id or name.
    pub(crate) card: Option<Pattern>,
    /// Vendor and product number.
    pub(crate) usb: Option<(u16, u16)>,
    pub(crate) serial: Option<Pattern>,
    pub(crate) usb_port: Option<Pattern>,
}

/// The selected ports of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PortChoice {
    Number(u8),
    Named(Pattern),
}

impl PortChoice {
    pub(super) fn fits(&self, client: &Client, port: &Port) -> bool {
        match self {
            Self::Number(number) => port.address.port.number() == *number,
            Self::Named(pattern) => {
                pattern.fits(&port.name) || pattern.fits(short_name(&client.name, &port.name))
            }
        }
    }
}

/// The kind of a port, as its owner declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortKind {
    Hardware,
    Program,
}

/// The direction of the connection at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Sender,
    Receiver,
}

impl Endpoint {
    /// Returns the matching ports of a client: only the first one, if the endpoint names no port.
    pub(super) fn ports<'w>(
        &'w self,
        client: &'w Client,
        side: Side,
    ) -> impl Iterator<Item = &'w Port> {
        let limit = match self.port {
            None => 1,
            Some(_) => usize::MAX,
        };
        let ports: &[Port] = if self.fits_client(client) {
            &client.ports
        } else {
            &[]
        };
        ports
            .iter()
            .filter(move |port| side.is_open(port) && self.fits_port(client, port))
            .take(limit)
    }

    /// Returns whether the port has all properties of the endpoint. If the endpoint names no port,
    /// each port of the client matches.
    pub(super) fn fits(&self, client: &Client, port: &Port, side: Side) -> bool {
        side.is_open(port) && self.fits_client(client) && self.fits_port(client, port)
    }

    /// The reason why no port matches, if a client fits in part.
    pub(super) fn near_miss(&self, world: &World, side: Side) -> Option<String> {
        let fits = |client: &&Client| self.fits_client(client);
        if let Some(client) = world.clients.iter().find(fits) {
            let name = printable(&client.name);
            return Some(match side {
                Side::Sender => format!("client {name:?} matches, but none of its ports that send"),
                Side::Receiver => {
                    format!("client {name:?} matches, but none of its ports that receive")
                }
            });
        }
        let begins = format!("{}*", self.client.as_ref()?.text().to_lowercase());
        let begins = Pattern::new(&begins);
        let mut clients = world.clients.iter();
        let client = clients.find(|client| begins.fits(&client.name.to_lowercase()))?;
        let name = printable(&client.name);
        Some(format!(
            "did you mean {name:?}? Write the whole name with its capital letters; * stands for \
             any characters"
        ))
    }

    fn fits_client(&self, client: &Client) -> bool {
        // The kernel's own client. Its events are not music.
        let is_named = self.client.as_ref().is_some_and(Pattern::is_plain);
        if client.is_system && !is_named {
            return false;
        }
        let name_fits = |pattern: &Pattern| pattern.fits(&client.name);
        self.client.as_ref().is_none_or(name_fits) && self.fits_card(client.card.as_ref())
    }

    fn fits_card(&self, card: Option<&Card>) -> bool {
        if !self.needs_card() {
            return true;
        }
        let Some(card) = card else {
            return false;
        };
        let card_fits = |pattern: &Pattern| {
            pattern.fits(card.id()) || card.name().is_some_and(|name| pattern.fits(name))
        };
        if !self.card.as_ref().is_none_or(card_fits) {
            return false;
        }
        let usb = card.usb();
        let fits = |pattern: Option<&Pattern>, text: Option<&str>| match (pattern, text) {
            (Some(pattern), text) => text.is_some_and(|text| pattern.fits(text)),
            (None, _) => true,
        };
        let number = usb.map(|usb| (usb.vendor(), usb.product()));
        self.usb.is_none_or(|wanted| number == Some(wanted))
            && fits(self.serial.as_ref(), usb.and_then(|usb| usb.serial()))
            && fits(self.usb_port.as_ref(), usb.and_then(|usb| usb.port()))
    }

    fn fits_port(&self, client: &Client, port: &Port) -> bool {
        let choice = self.port.as_ref();
        let choice = choice.is_none_or(|choice| choice.fits(client, port));
        let kind = match self.kind {
            None => true,
            Some(PortKind::Hardware) => port.kind.contains(PortType::HARDWARE),
            Some(PortKind::Program) => port.kind.contains(PortType::APPLICATION),
        };
        choice && kind
    }

    /// Returns whether the client's card must be known to decide whether the client matches.
    pub(crate) fn needs_card(&self) -> bool {
        self.card.is_some()
            || self.usb.is_some()
            || self.serial.is_some()
            || self.usb_port.is_some()
    }

    /// Returns whether only clients of a single name can match.
    pub(super) fn is_one_client(&self) -> bool {
        self.client.as_ref().is_some_and(Pattern::is_plain)
    }

    /// Returns whether only one port of one client can match.
    pub(super) fn is_one_port(&self) -> bool {
        let is_one = match &self.port {
            None => false,
            Some(PortChoice::Number(_)) => true,
            Some(PortChoice::Named(pattern)) => pattern.is_plain(),
        };
        is_one && self.is_one_client()
    }

    /// Returns the inline table of TOML for this endpoint.
    pub(crate) fn toml(&self) -> String {
        let mut parts = Vec::new();
        let mut text = |key: &str, pattern: Option<&Pattern>| {
            if let Some(pattern) = pattern {
                parts.push(format!("{key} = {}", quoted(pattern.text())));
            }
        };
        text("client", self.client.as_ref());
        text("card", self.card.as_ref());
        if let Some((vendor, product)) = self.usb {
            let usb = format!("{vendor:04x}:{product:04x}");
            text("usb", Some(&Pattern::new(&usb)));
        }
        text("serial", self.serial.as_ref());
        text("usb_port", self.usb_port.as_ref());
        match self.kind {
            None => {}
            Some(PortKind::Hardware) => text("kind", Some(&Pattern::new("hardware"))),
            Some(PortKind::Program) => text("kind", Some(&Pattern::new("program"))),
        }
        match &self.port {
            None => {}
            Some(PortChoice::Number(number)) => parts.push(format!("port = {number}")),
            Some(PortChoice::Named(pattern)) => text("port", Some(pattern)),
        }
        format!("{{ {} }}", parts.join(", "))
    }
}

impl Side {
    fn is_open(self, port: &Port) -> bool {
        match self {
            Self::Sender => is_input(&port.info),
            Self::Receiver => is_output(&port.info),
        }
    }
}

/// Returns the port's name without the client's name, which drivers and programs write before it.
fn short_name<'n>(client: &str, port: &'n str) -> &'n str {
    let mut short = port;
    while let Some(rest) = short.strip_prefix(client) {
        if client.is_empty() {
            break;
        }
        short = rest.trim_start();
    }
    // The port's name is the client's name, so nothing would be left.
    if short.is_empty() { port } else { short }
}

/// Writes a TOML string. Characters that [`Printable`] replaces are written as numbers, so that a
/// terminal shows the file safely.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            plain if Printable::shows(plain) => quoted.push(plain),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(other));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of rules is shown on terminals, and read again as it was.
    #[test]
    fn a_quoted_name_has_no_character_that_disturbs_a_terminal() {
        let name = "a\u{1b}\u{202e}b\u{2066}\"\\é";
        let text = quoted(name);
        assert_eq!(text, r#""a\u001B\u202Eb\u2066\"\\é""#);
        let table = format!("name = {text}");
        let table = toml::de::DeTable::parse(&table).unwrap();
        let read = table.get_ref().get("name").unwrap();
        assert_eq!(read.get_ref().as_str(), Some(name));
    }

    #[test]
    fn a_port_is_named_without_its_client() {
        for (client, port, short) in [
            ("Pure Data", "Pure Data Midi-In", "Midi-In"),
            ("nano", "nano nano _ CTRL", "_ CTRL"),
            ("keys", "keys", "keys"),
            ("", "out", "out"),
            ("synth", "in", "in"),
        ] {
            assert_eq!(short_name(client, port), short);
        }
    }
}
