//! What is in a socket, as sysfs tells.

use std::fs;
use std::path::{Path, PathBuf};

use super::Plugged;

/// A socket of the virtual USB controller, dummy_hcd. Both ends have the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Socket(pub(super) u8);

impl Socket {
    /// All that this kernel has.
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

    /// The socket with this name of a controller.
    pub(super) fn of(controller: &str) -> Option<Self> {
        let number = controller.strip_prefix("dummy_udc.")?;
        number.parse().ok().map(Self)
    }

    /// The name of its controller.
    pub(super) fn controller(self) -> String {
        format!("dummy_udc.{}", self.0)
    }

    /// The card of the keyboard's own side.
    fn device_card(self) -> Option<u32> {
        let platform = format!("/sys/devices/platform/{}", self.controller());
        let gadgets = entries(Path::new(&platform), "gadget");
        gadgets.iter().find_map(|gadget| card(gadget))
    }

    /// The USB device that the computer sees in it.
    fn usb_device(self) -> Option<PathBuf> {
        let controller = format!("/sys/devices/platform/dummy_hcd.{}", self.0);
        let buses = entries(Path::new(&controller), "usb");
        buses.iter().find_map(|bus| {
            let number = bus.file_name()?.to_str()?.strip_prefix("usb")?;
            let device = bus.join(format!("{number}-1"));
            device.is_dir().then_some(device)
        })
    }

    /// The keyboard's card, once all of it is there.
    fn card(self) -> Option<u32> {
        let device = self.usb_device()?;
        let name = device.file_name()?.to_str()?.to_owned();
        let interfaces = entries(&device, &format!("{name}:"));
        interfaces.iter().find_map(|interface| card(interface))
    }

    /// What is plugged in here, once programs can use it.
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

    /// Whether nothing is left of what was plugged in here.
    pub(super) fn is_empty(self, was: Option<&Plugged>) -> bool {
        let clients = clients();
        let left = was.is_some_and(|was| {
            clients.contains(&was.client) || clients.contains(&was.device_client)
        });
        !left && self.usb_device().is_none()
    }
}

/// The number of the sound card of a device. Its control is what the kernel registers last.
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

/// The number of the client of a card's first device: 16 are the kernel's own, and each card
/// has four.
fn client_of(card: u32) -> u32 {
    16 + 4 * card
}

/// The numbers of the sequencer's clients.
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

/// The entries of a directory whose names begin with this. A device may go while it is read.
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
