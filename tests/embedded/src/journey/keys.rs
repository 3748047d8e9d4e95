//! A USB keyboard: the kernel is both ends of its cable.

use std::fs;
use std::os::unix::fs::symlink;

use crate::Failure;

pub(super) const TITLE: &str = "Studio Keys";
/// The client of the keyboard's own side.
pub(super) const GADGET: &str = "f_midi";

const GADGETS: &str = "/sys/kernel/config/usb_gadget/keys";

/// The contents of the gadget's files. The rules name these numbers.
const FILES: [(&str, &str); 5] = [
    ("idVendor", "0x0582"),
    ("idProduct", "0x01af"),
    ("strings/0x409/serialnumber", "SN42"),
    ("strings/0x409/manufacturer", "The Makers"),
    ("strings/0x409/product", TITLE),
];

pub(super) struct Keys(());

impl Keys {
    /// Creates a keyboard that is not plugged in.
    pub(super) fn new() -> Result<Self, Failure> {
        for directory in ["", "strings/0x409", "configs/c.1", "functions/midi.usb0"] {
            let directory = format!("{GADGETS}/{directory}");
            fs::create_dir(&directory).map_err(|error| format!("{directory}: {error}"))?;
        }
        for (name, text) in FILES {
            fs::write(format!("{GADGETS}/{name}"), text)?;
        }
        let function = format!("{GADGETS}/functions/midi.usb0");
        symlink(function, format!("{GADGETS}/configs/c.1/midi.usb0"))?;
        Ok(Self(()))
    }

    pub(super) fn plug(&mut self) -> Result<(), Failure> {
        Ok(fs::write(format!("{GADGETS}/UDC"), "dummy_udc.0")?)
    }

    pub(super) fn unplug(&mut self) -> Result<(), Failure> {
        Ok(fs::write(format!("{GADGETS}/UDC"), "\n")?)
    }
}
