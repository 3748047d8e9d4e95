//! `test-kernel usb`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use test_kernel::usb::{self, Keyboard, Made, Plugged};

#[derive(Subcommand)]
pub(crate) enum Usb {
    /// Plug in a keyboard, and wait until the sequencer has its client
    ///
    /// If no keyboard has this name, the command creates it. It prints NAME=VALUE lines. `card` and
    /// `client` are the keyboard as other programs see it. `device_card` and `device_client` are
    /// the keyboard's own end of the cable. `socket` is its socket. `device` is the raw MIDI device
    /// of the keyboard's own end: bytes that are written to it come from the keyboard's client.
    Plug {
        /// Letters, digits, `-` and `_`
        name: String,
        /// The socket, from 0 (default: the first free one)
        #[arg(long, value_name = "NUMBER")]
        socket: Option<u8>,
        #[command(flatten)]
        look: Look,
    },
    /// Unplug a keyboard, and wait until its clients were removed
    Unplug {
        /// The keyboard's name
        name: String,
    },
    /// Unplug a keyboard and plug it into the same socket again
    Replug {
        /// The keyboard's name
        name: String,
    },
    /// Unplug a keyboard and delete its description
    Remove {
        /// The keyboard's name
        name: String,
    },
    /// Print a line for each keyboard
    List,
}

/// A keyboard to create.
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
    /// Make a keyboard of MIDI 2.0
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
                "socket {}, client {}, its own end of the cable {}",
                plugged.socket, plugged.client, plugged.device_client
            )
        },
    );
    format!(
        "{}: {:?}, serial {}; {place}",
        made.name, made.title, made.serial
    )
}
