//! Simulated USB MIDI keyboards, which are plugged in on command.
//!
//! The test kernel is both ends of a virtual USB cable: the computer, which uses the driver of real
//! keyboards (snd-usb-audio), and the keyboard itself (a gadget). A program in the kernel creates
//! keyboards, plugs them in and unplugs them. The programs under test see ordinary keyboards. All
//! functions work only in a test kernel.
//!
//! A keyboard that is plugged in has two sound cards, each with a client of the sequencer:
//!
//! - [`card`](Plugged::card) and [`client`](Plugged::client), the computer's side: the keyboard, as
//!   programs see it. It has the keyboard's title, and sysfs has its serial number.
//! - [`device_card`](Plugged::device_card) and [`device_client`](Plugged::device_client), the
//!   keyboard's own side. MIDI that is sent to this client comes from the keyboard's client, as if
//!   a key were pressed. MIDI that programs send to the keyboard comes from this client. The
//!   simplest access is the raw MIDI device, [`Plugged::device`].
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

/// The possible numbers of ports of a keyboard.
pub const PORTS: std::ops::RangeInclusive<u8> = 1..=16;

/// A keyboard to create.
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
    /// Describes a keyboard with this name: letters, digits, `-` and `_`. The functions of this
    /// module find the keyboard by its name.
    ///
    /// By default, the title and the serial number are the name, the keyboard has one port, and the
    /// vendor and product are those of Linux's gadgets, 1d6b and 0104.
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

    /// Sets the vendor's number, `idVendor`.
    #[must_use]
    pub fn vendor(mut self, vendor: u16) -> Self {
        self.vendor = vendor;
        self
    }

    /// Sets the product's number, `idProduct`.
    #[must_use]
    pub fn product(mut self, product: u16) -> Self {
        self.product = product;
        self
    }

    /// Sets the serial number, which distinguishes keyboards of the same model.
    #[must_use]
    pub fn serial(mut self, serial: impl Into<String>) -> Self {
        self.serial = serial.into();
        self
    }

    /// Sets the manufacturer's name.
    #[must_use]
    pub fn manufacturer(mut self, manufacturer: impl Into<String>) -> Self {
        self.manufacturer = manufacturer.into();
        self
    }

    /// Sets the product's name. The keyboard's client gets this name.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the number of ports, within [`PORTS`]. Each port is for both directions.
    #[must_use]
    pub fn ports(mut self, ports: u8) -> Self {
        self.ports = ports;
        self
    }

    /// Sets whether the keyboard uses MIDI 2.0. Then the title is the name of its endpoint, the
    /// serial number is the product ID, and each port is a function block of one group. Linux has
    /// such gadgets since 6.6.
    #[must_use]
    pub fn midi2(mut self, midi2: bool) -> Self {
        self.midi2 = midi2;
        self
    }

    /// Sets the socket, from 0. The default is the first free socket.
    #[must_use]
    pub fn socket(mut self, socket: u8) -> Self {
        self.socket = Some(socket);
        self
    }

    /// Creates the keyboard and plugs it in. Returns when the sequencer has its client.
    ///
    /// # Errors
    ///
    /// A keyboard with this name exists; the socket is taken, or all sockets are; this is not a
    /// test kernel, or its kernel has no USB.
    pub fn plug(&self) -> Result<Plugged, Error> {
        Ok(wire::plugged(&Request::Make(self.clone()))?)
    }
}

/// A keyboard that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plugged {
    /// The number of its socket.
    pub socket: u8,
    /// The number of the keyboard's sound card, on the computer's side.
    pub card: u32,
    /// The number of the keyboard's client, on the computer's side.
    pub client: u32,
    /// The number of the sound card on the keyboard's own side.
    pub device_card: u32,
    /// The number of the client on the keyboard's own side. MIDI that is sent to its ports comes
    /// from the ports of [`client`](Self::client).
    pub device_client: u32,
}

impl Plugged {
    /// Returns the path of the raw MIDI device on the keyboard's own side, `/dev/snd/midiC…D0`.
    /// Bytes that are written to it come from the first port of the keyboard's client. It returns
    /// the data that programs send to that port.
    ///
    /// Further ports are further subdevices of this device.
    #[must_use]
    pub fn device(&self) -> PathBuf {
        format!("/dev/snd/midiC{}D0", self.device_card).into()
    }
}

/// A keyboard that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// Its name.
    pub name: String,
    /// Its serial number.
    pub serial: String,
    /// Its title.
    pub title: String,
    /// The keyboard's place, if it is plugged in.
    pub plugged: Option<Plugged>,
}

/// Plugs in a keyboard that was unplugged, into the first free socket. Returns when the sequencer
/// has its client.
///
/// # Errors
///
/// The keyboard does not exist, or is plugged in already; all sockets are taken.
pub fn plug(name: &str) -> Result<Plugged, Error> {
    Ok(wire::plugged(&Request::Plug(name.into(), None))?)
}

/// Does the same as [`plug`], with this socket.
///
/// # Errors
///
/// Those of [`plug`]; the socket is taken, or does not exist.
pub fn plug_into(name: &str, socket: u8) -> Result<Plugged, Error> {
    Ok(wire::plugged(&Request::Plug(name.into(), Some(socket)))?)
}

/// Unplugs a keyboard. Returns when the sequencer has removed both of its clients. The keyboard's
/// description stays, and [`plug`] plugs it in again.
///
/// # Errors
///
/// The keyboard does not exist, or is not plugged in.
pub fn unplug(name: &str) -> Result<(), Error> {
    Ok(wire::done(&Request::Unplug(name.into()))?)
}

/// Unplugs a keyboard and plugs it into the same socket again.
///
/// # Errors
///
/// Those of [`unplug`] and [`plug`].
pub fn replug(name: &str) -> Result<Plugged, Error> {
    Ok(wire::plugged(&Request::Replug(name.into()))?)
}

/// Deletes a keyboard's description. If the keyboard is plugged in, unplugs it first.
///
/// # Errors
///
/// The keyboard does not exist.
pub fn remove(name: &str) -> Result<(), Error> {
    Ok(wire::done(&Request::Remove(name.into()))?)
}

/// Returns all keyboards that were created, by name.
///
/// # Errors
///
/// This is not a test kernel, or its kernel has no USB.
pub fn list() -> Result<Vec<Made>, Error> {
    Ok(wire::made(&Request::List)?)
}
