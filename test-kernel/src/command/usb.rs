//! `test-kernel usb`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use test_kernel::usb::{self, Keyboard, Made, Plugged};

#[derive(Subcommand)]
pub(crate) enum Usb {
    /// Plug in a keyboard, and wait until the sequencer has its client
    ///
    /// Makes it if there is none with this name. Prints NAME=VALUE lines:
    /// card and client (what programs see as the keyboard), device_card and
    /// device_client (its own side), socket, and device, the raw MIDI device of its own
    /// side: bytes written there come from the keyboard's client.
    Plug {
        /// Letters, digits, `-` and `_`
        name: String,
        /// The socket, from 0 (default: the first that is free)
        #[arg(long, value_name = "NUMBER")]
        socket: Option<u8>,
        #[command(flatten)]
        look: Look,
    },
    /// Unplug a keyboard, and wait until its clients are gone
    Unplug {
        /// Its name
        name: String,
    },
    /// Unplug a keyboard and plug it in again, in the same socket
    Replug {
        /// Its name
        name: String,
    },
    /// Unplug a keyboard and forget it
    Remove {
        /// Its name
        name: String,
    },
    /// Show the keyboards: a line each
    List,
}

/// A keyboard that is made.
#[derive(Args)]
pub(crate) struct Look {
    /// The vendor's number, 4 hexadecimal digits (default: 1d6b)
    #[arg(long, value_name = "HEX", value_parser = hex)]
    vendor: Option<u16>,
    /// The product's number, 4 hexadecimal digits (default: 0104)
    #[arg(long, value_name = "HEX", value_parser = hex)]
    product: Option<u16>,
    /// The serial number (default: the name)
    #[arg(long, value_name = "TEXT")]
    serial: Option<String>,
    /// The manufacturer's name (default: test-kernel)
    #[arg(long, value_name = "TEXT")]
    manufacturer: Option<String>,
    /// The product's name, which its client gets (default: the name)
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The number of ports, 1 to 16 (default: 1)
    #[arg(long, value_name = "NUMBER")]
    ports: Option<u8>,
    /// A keyboard that speaks MIDI 2.0
    #[arg(long)]
    midi2: bool,
}

fn hex(text: &str) -> Result<u16, String> {
    u16::from_str_radix(text, 16).map_err(|_| "not 4 hexadecimal digits".to_owned())
}

impl Look {
    fn is_given(&self) -> bool {
        self.vendor.is_some()
            || self.product.is_some()
            || self.serial.is_some()
            || self.manufacturer.is_some()
            || self.title.is_some()
            || self.ports.is_some()
            || self.midi2
    }

    fn keyboard(self, name: String, socket: Option<u8>) -> Keyboard {
        let mut keyboard = Keyboard::new(name).midi2(self.midi2);
        if let Some(vendor) = self.vendor {
            keyboard = keyboard.vendor(vendor);
        }
        if let Some(product) = self.product {
            keyboard = keyboard.product(product);
        }
        if let Some(serial) = self.serial {
            keyboard = keyboard.serial(serial);
        }
        if let Some(manufacturer) = self.manufacturer {
            keyboard = keyboard.manufacturer(manufacturer);
        }
        if let Some(title) = self.title {
            keyboard = keyboard.title(title);
        }
        if let Some(ports) = self.ports {
            keyboard = keyboard.ports(ports);
        }
        if let Some(socket) = socket {
            keyboard = keyboard.socket(socket);
        }
        keyboard
    }
}

impl Usb {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::Plug { name, socket, look } => {
                let again = !look.is_given() && usb::list()?.iter().any(|made| made.name == name);
                let plugged = match (again, socket) {
                    (true, Some(socket)) => usb::plug_into(&name, socket),
                    (true, None) => usb::plug(&name),
                    (false, _) => look.keyboard(name, socket).plug(),
                };
                print(&plugged?);
            }
            Self::Unplug { name } => usb::unplug(&name)?,
            Self::Replug { name } => print(&usb::replug(&name)?),
            Self::Remove { name } => usb::remove(&name)?,
            Self::List => {
                for made in usb::list()? {
                    println!("{}", line(&made));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(plugged: &Plugged) {
    println!("socket={}", plugged.socket);
    println!("card={}", plugged.card);
    println!("client={}", plugged.client);
    println!("device_card={}", plugged.device_card);
    println!("device_client={}", plugged.device_client);
    println!("device={}", plugged.device().display());
}

fn line(made: &Made) -> String {
    let place = made.plugged.as_ref().map_or_else(
        || "unplugged".to_owned(),
        |plugged| {
            format!(
                "socket {}, client {}, its own side {}",
                plugged.socket, plugged.client, plugged.device_client
            )
        },
    );
    format!(
        "{}: {:?}, serial {}; {place}",
        made.name, made.title, made.serial
    )
}
