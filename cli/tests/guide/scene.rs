//! The environment of a terminal: a keyboard with its player, and a synthesizer.

use std::fs::OpenOptions;
use std::io::Write as _;

use alsa_seq::{PortOptions, SequencerClient};
use test_kernel::usb::{self, Keyboard};

/// The keyboard's name in the test kernel.
const KEYS: &str = "guide";

#[derive(Debug, Default)]
pub(crate) struct Scene {
    synth: Option<SequencerClient>,
}

impl Scene {
    /// Performs an action of a person. Returns false for other actions.
    pub(crate) fn does(&mut self, action: &str) -> bool {
        match action.split_once(' ').unwrap_or((action, "")) {
            ("plug", "") => plug(),
            ("unplug", "") => usb::unplug(KEYS).unwrap(),
            ("replug", "") => drop(usb::replug(KEYS).unwrap()),
            ("press", keys) => keys.split(' ').for_each(|key| press(key.parse().unwrap())),
            ("synth", "starts") => self.synth = Some(synth()),
            ("synth", "ends") => self.synth = None,
            _ => return false,
        }
        true
    }
}

fn plug() {
    if usb::list().unwrap().iter().any(|made| made.name == KEYS) {
        usb::plug(KEYS).unwrap();
        return;
    }
    Keyboard::new(KEYS)
        .vendor(0x0582)
        .product(0x01af)
        .title("Studio Keys")
        .serial("SN42")
        .socket(0)
        .plug()
        .unwrap();
}

/// Presses a key of the keyboard, and releases it.
fn press(key: u8) {
    let made = usb::list().unwrap();
    let keys = made.iter().find(|made| made.name == KEYS).unwrap();
    let device = keys.plugged.as_ref().unwrap().device();
    let mut device = OpenOptions::new().write(true).open(device).unwrap();
    device.write_all(&[0x90, key, 100, 0x80, key, 64]).unwrap();
}

/// FluidSynth, as the sequencer sees it.
fn synth() -> SequencerClient {
    let client = SequencerClient::open("FLUID Synth (1234)").unwrap();
    let port = PortOptions::receiver("Synth input port (1234:0)");
    client.create_port(port).unwrap().keep();
    client
}
