//! USB MIDI keyboards, plugged in on command.
//!
//! The test kernel is both ends of a virtual USB cable: the computer, whose driver is the one
//! of real keyboards (snd-usb-audio), and the keyboard itself (a gadget). A program that runs
//! in the kernel makes keyboards, plugs them in and unplugs them, and the programs under
//! test see an ordinary hot-plugged keyboard. Nothing here works outside of a test kernel.
//!
//! A keyboard that is plugged in has two sound cards, each with a client of the sequencer:
//!
//! - [`card`](Plugged::card) and [`client`](Plugged::client), the computer's side: what
//!   programs know as the keyboard. It has the keyboard's title, and sysfs tells its serial
//!   number.
//! - [`device_card`](Plugged::device_card) and [`device_client`](Plugged::device_client), the
//!   keyboard's own side. MIDI that goes in here comes out of the keyboard's client, as if a
//!   key were pressed; MIDI that programs send to the keyboard comes out here. The simplest
//!   way in and out is the raw MIDI device, [`Plugged::device`].
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use test_kernel::usb::{self, Keyboard};
//!
//! let keys = Keyboard::new("keys").title("Loop Keyboard").serial("SN42").plug()?;
//! println!("client {} is the keyboard", keys.client);
//! // Middle C.
//! std::fs::write(keys.device(), [0x90, 60, 100])?;
//! usb::unplug("keys")?;
//! let keys = usb::plug("keys")?;
//! # let _ = keys;
//! usb::remove("keys")?;
//! # Ok(())
//! # }
//! ```

mod gadget;
mod sysfs;
mod uevents;
mod wire;

use std::path::PathBuf;

use crate::Error;

pub(crate) use gadget::answer;
use wire::Request;
pub(crate) use wire::SOCKET;

/// How many ports a keyboard may have.
pub const PORTS: std::ops::RangeInclusive<u8> = 1..=16;

/// A keyboard to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyboard {
    name: String,
    vendor: u16,
    product: u16,
    serial: String,
    manufacturer: String,
    title: String,
    ports: u8,
    midi2: bool,
    socket: Option<u8>,
}

impl Keyboard {
    /// One with this name, which the functions of this module know it by: letters, digits,
    /// `-` and `_`.
    ///
    /// Title and serial number are the name unless given, it has one port, and the numbers
    /// of vendor and product are those that Linux's gadgets use, 1d6b and 0104.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            vendor: 0x1d6b,
            product: 0x0104,
            serial: name.clone(),
            manufacturer: "test-kernel".into(),
            title: name.clone(),
            ports: 1,
            midi2: false,
            socket: None,
            name,
        }
    }

    /// The vendor's number, `idVendor`.
    #[must_use]
    pub fn vendor(mut self, vendor: u16) -> Self {
        self.vendor = vendor;
        self
    }

    /// The product's number, `idProduct`.
    #[must_use]
    pub fn product(mut self, product: u16) -> Self {
        self.product = product;
        self
    }

    /// The serial number, which tells keyboards of one make apart.
    #[must_use]
    pub fn serial(mut self, serial: impl Into<String>) -> Self {
        self.serial = serial.into();
        self
    }

    /// The manufacturer's name.
    #[must_use]
    pub fn manufacturer(mut self, manufacturer: impl Into<String>) -> Self {
        self.manufacturer = manufacturer.into();
        self
    }

    /// The product's name, which the keyboard's client gets.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The number of ports, each for both directions, within [`PORTS`].
    #[must_use]
    pub fn ports(mut self, ports: u8) -> Self {
        self.ports = ports;
        self
    }

    /// Whether it speaks MIDI 2.0: its title is its endpoint's name, its serial number the
    /// product ID, and each port is a function block of one group. Linux has such gadgets
    /// since 6.6.
    #[must_use]
    pub fn midi2(mut self, midi2: bool) -> Self {
        self.midi2 = midi2;
        self
    }

    /// The socket to plug it into, from 0. Without this it takes the first that is free.
    #[must_use]
    pub fn socket(mut self, socket: u8) -> Self {
        self.socket = Some(socket);
        self
    }

    /// Makes the keyboard and plugs it in. Returns once the sequencer has its client.
    ///
    /// # Errors
    ///
    /// There is a keyboard with this name; the socket is taken, or all are; this is not a
    /// test kernel, or one without USB.
    pub fn plug(&self) -> Result<Plugged, Error> {
        Ok(wire::plugged(&Request::Make(self.clone()))?)
    }
}

/// A keyboard that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plugged {
    /// Its socket.
    pub socket: u8,
    /// The number of the keyboard's card.
    pub card: u32,
    /// The number of the keyboard's client.
    pub client: u32,
    /// The number of the card that is the keyboard's own side.
    pub device_card: u32,
    /// The number of the client that is the keyboard's own side. MIDI for its ports comes
    /// from the ports of [`client`](Self::client).
    pub device_client: u32,
}

impl Plugged {
    /// The raw MIDI device of the keyboard's own side, `/dev/snd/midiC…D0`. Bytes that are
    /// written there come from the first port of the keyboard's client, and what programs
    /// send to that port can be read there.
    ///
    /// The next ports are that device's next subdevices.
    #[must_use]
    pub fn device(&self) -> PathBuf {
        format!("/dev/snd/midiC{}D0", self.device_card).into()
    }
}

/// A keyboard that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// Its name.
    pub name: String,
    /// Its serial number.
    pub serial: String,
    /// Its title.
    pub title: String,
    /// Where it is, if it is plugged in.
    pub plugged: Option<Plugged>,
}

/// Plugs in a keyboard that was unplugged, into the first socket that is free. Returns once
/// the sequencer has its client.
///
/// # Errors
///
/// There is no such keyboard, or it is plugged in; all sockets are taken.
pub fn plug(name: &str) -> Result<Plugged, Error> {
    Ok(wire::plugged(&Request::Plug(name.into(), None))?)
}

/// The same, into this socket.
///
/// # Errors
///
/// Those of [`plug`]; the socket is taken, or there is no such socket.
pub fn plug_into(name: &str, socket: u8) -> Result<Plugged, Error> {
    Ok(wire::plugged(&Request::Plug(name.into(), Some(socket)))?)
}

/// Unplugs a keyboard. Returns once the sequencer has neither of its clients. Its
/// description stays: [`plug`] plugs it in again.
///
/// # Errors
///
/// There is no such keyboard, or it is not plugged in.
pub fn unplug(name: &str) -> Result<(), Error> {
    Ok(wire::done(&Request::Unplug(name.into()))?)
}

/// Unplugs a keyboard and plugs it in again, in the same socket.
///
/// # Errors
///
/// Those of [`unplug`] and [`plug`].
pub fn replug(name: &str) -> Result<Plugged, Error> {
    Ok(wire::plugged(&Request::Replug(name.into()))?)
}

/// Forgets a keyboard; unplugs it first if need be.
///
/// # Errors
///
/// There is no such keyboard.
pub fn remove(name: &str) -> Result<(), Error> {
    Ok(wire::done(&Request::Remove(name.into()))?)
}

/// All keyboards that were made, by name.
///
/// # Errors
///
/// This is not a test kernel, or one without USB.
pub fn list() -> Result<Vec<Made>, Error> {
    Ok(wire::made(&Request::List)?)
}
