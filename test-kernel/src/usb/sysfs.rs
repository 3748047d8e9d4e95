//! Reads the state of sockets from sysfs.

use std::fs;
use std::path::{Path, PathBuf};

use super::Plugged;

/// A socket of the virtual USB controller, dummy_hcd. Both ends have the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Socket(pub(super) u8);

impl Socket {
    /// Returns all sockets of this kernel.
    pub(super) fn all() -> Vec<Self> {
        let names = entries(Path::new("/sys/class/udc"), "dummy_udc.");
        let mut all: Vec<Self> = names
            .iter()
            .filter_map(|path| Self::of_path(path))
            .collect();
        all.sort();
        all
    }

    fn of_path(path: &Path) -> Option<Self> {
        Self::of(path.file_name()?.to_str()?)
    }

    /// Returns the socket with this name of its controller.
    pub(super) fn of(controller: &str) -> Option<Self> {
        let number = controller.strip_prefix("dummy_udc.")?;
        number.parse().ok().map(Self)
    }

    /// Returns the name of its controller.
    pub(super) fn controller(self) -> String {
        format!("dummy_udc.{}", self.0)
    }

    /// Returns the number of the card on the keyboard's own side.
    fn device_card(self) -> Option<u32> {
        let platform = format!("/sys/devices/platform/{}", self.controller());
        let gadgets = entries(Path::new(&platform), "gadget");
        gadgets.iter().find_map(|gadget| card(gadget))
    }

    /// Returns the USB device that the computer sees in the socket.
    fn usb_device(self) -> Option<PathBuf> {
        let controller = format!("/sys/devices/platform/dummy_hcd.{}", self.0);
        let buses = entries(Path::new(&controller), "usb");
        buses.iter().find_map(|bus| {
            let number = bus.file_name()?.to_str()?.strip_prefix("usb")?;
            let device = bus.join(format!("{number}-1"));
            device.is_dir().then_some(device)
        })
    }

    /// Returns the number of the keyboard's card, if the card is complete.
    fn card(self) -> Option<u32> {
        let device = self.usb_device()?;
        let name = device.file_name()?.to_str()?.to_owned();
        let interfaces = entries(&device, &format!("{name}:"));
        interfaces.iter().find_map(|interface| card(interface))
    }

    /// Returns the keyboard that is plugged in here, if programs can use it.
    pub(super) fn plugged(self) -> Option<Plugged> {
        let (card, device_card) = (self.card()?, self.device_card()?);
        let (client, device_client) = (client_of(card), client_of(device_card));
        let clients = clients();
        let there = clients.contains(&client) && clients.contains(&device_client);
        there.then_some(Plugged {
            socket: self.0,
            card,
            client,
            device_card,
            device_client,
        })
    }

    /// Returns whether the last keyboard in this socket was removed completely.
    pub(super) fn is_empty(self, was: Option<&Plugged>) -> bool {
        let clients = clients();
        let left = was.is_some_and(|was| {
            clients.contains(&was.client) || clients.contains(&was.device_client)
        });
        !left && self.usb_device().is_none()
    }
}

/// Returns the number of a device's sound card. The kernel registers the card's control device
/// last.
fn card(device: &Path) -> Option<u32> {
    entries(&device.join("sound"), "card")
        .iter()
        .find_map(|card| {
            let number: u32 = card
                .file_name()?
                .to_str()?
                .strip_prefix("card")?
                .parse()
                .ok()?;
            card.join(format!("controlC{number}"))
                .exists()
                .then_some(number)
        })
}

/// Returns the number of the client of a card's first device. The first 16 numbers are the kernel's
/// own, and each card has four.
fn client_of(card: u32) -> u32 {
    16 + 4 * card
}

/// Returns the numbers of the sequencer's clients.
fn clients() -> Vec<u32> {
    fs::read_to_string("/proc/asound/seq/clients")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| {
            line.strip_prefix("Client ")?
                .split(':')
                .next()?
                .trim()
                .parse()
                .ok()
        })
        .collect()
}

/// Returns the entries of a directory whose names begin with this text. A device may be removed
/// while its directory is read.
pub(super) fn entries(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect()
}
