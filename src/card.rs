//! Sound cards, and the devices behind them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use alsa_seq_kernel_abi::ioctl::Errno;

use crate::error::{Error, ErrorKind, Operation, Result, Subject};

mod text;

use text::{CardLines, hexadecimal, line};

/// No attribute of a device is longer: sysfs gives one page.
const ATTRIBUTE: u64 = 4096;

/// `/proc/asound/cards` has about 100 bytes for each of 32 cards, and a device chooses
/// some of them.
const CARDS: u64 = 64 * 1024;

/// How often a card is read again when another one took its number meanwhile.
const ATTEMPTS: usize = 3;

/// A sound card, as `/proc/asound` and sysfs describe it.
///
/// Numbers of clients and cards change when devices are plugged in another order. A card
/// that is a USB device says which device it is, and where it is plugged in:
///
/// ```no_run
/// use alsa_seq::{Card, SequencerClient};
///
/// # fn main() -> alsa_seq::Result<()> {
/// let control = SequencerClient::open("cards")?;
/// for client in control.clients() {
///     let client = client?;
///     let Some(number) = client.card() else { continue };
///     let card = Card::read(number)?;
///     if let Some(usb) = card.usb() {
///         println!("{}: {:?} at {:?}", client.name(), usb.serial(), usb.port());
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Reading a card opens no device and takes no right beyond that to read `/proc` and
/// `/sys`. Where one of the two is missing, that of a card which only it tells is missing.
///
/// The device chooses most of these texts. They may have control characters: show them
/// with [`Printable`](crate::Printable). Bytes that are not UTF-8 are replaced. No text
/// is longer than 4096 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "snd_ctl_card_info_t")]
pub struct Card {
    number: u32,
    id: String,
    driver: Option<String>,
    name: Option<String>,
    long_name: Option<String>,
    device: Option<PathBuf>,
    usb: Option<UsbDevice>,
}

/// The USB device that a sound card is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbDevice {
    vendor: u16,
    product: u16,
    manufacturer: Option<String>,
    product_name: Option<String>,
    serial: Option<String>,
    port: Option<String>,
}

impl Card {
    /// Reads what the kernel tells of a card, by its number.
    ///
    /// # Errors
    /// `NotFound` if there is no such card, or if neither `/proc/asound` nor
    /// `/sys/class/sound` is there.
    #[doc(alias = "snd_card_get_name")]
    #[doc(alias = "snd_ctl_card_info")]
    pub fn read(number: u32) -> Result<Self> {
        Places::real().card(number)
    }

    /// The card's number, from 0. Another card may have it after this one is unplugged.
    #[doc(alias = "snd_ctl_card_info_get_card")]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The card's short text, at most 15 characters, which no other card has at the same
    /// time. The kernel makes it from the card's name and appends a number where two
    /// cards would have the same: then it depends on the order in which they come.
    #[doc(alias = "snd_ctl_card_info_get_id")]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The driver's own name, such as `USB-Audio`, at most 15 characters; from
    /// `/proc/asound/cards`.
    #[doc(alias = "snd_ctl_card_info_get_driver")]
    pub fn driver(&self) -> Option<&str> {
        self.driver.as_deref()
    }

    /// The card's name; from `/proc/asound/cards`.
    #[doc(alias = "snd_ctl_card_info_get_name")]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The card's name with the place of its device; from `/proc/asound/cards`.
    #[doc(alias = "snd_ctl_card_info_get_longname")]
    #[doc(alias = "snd_card_get_longname")]
    pub fn long_name(&self) -> Option<&str> {
        self.long_name.as_deref()
    }

    /// The directory of the card's device in sysfs, without symbolic links, such as
    /// `/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0`. Cards of software have none.
    pub fn device(&self) -> Option<&Path> {
        self.device.as_deref()
    }

    /// The USB device, if the card is one.
    pub const fn usb(&self) -> Option<&UsbDevice> {
        self.usb.as_ref()
    }
}

impl UsbDevice {
    /// The number of the vendor (`idVendor`).
    pub const fn vendor(&self) -> u16 {
        self.vendor
    }

    /// The vendor's number of the product (`idProduct`).
    pub const fn product(&self) -> u16 {
        self.product
    }

    /// The manufacturer's name, if the device tells it; from sysfs.
    pub fn manufacturer(&self) -> Option<&str> {
        self.manufacturer.as_deref()
    }

    /// The name of the product, if the device tells it; from sysfs.
    pub fn product_name(&self) -> Option<&str> {
        self.product_name.as_deref()
    }

    /// The serial number, if the device has one; from sysfs. Some vendors give all their
    /// devices the same.
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// The place where the device is plugged in, as the kernel writes it: the number of
    /// the bus, and a port for each hub on the way, such as `1-2` or `1-2.4`; from sysfs.
    /// Two equal keyboards differ in it. The numbers of buses may change when the machine
    /// starts again.
    pub fn port(&self) -> Option<&str> {
        self.port.as_deref()
    }
}

/// Where the kernel tells of cards.
struct Places {
    proc: PathBuf,
    sys: PathBuf,
}

impl Places {
    fn real() -> Self {
        Self {
            proc: "/proc/asound".into(),
            sys: "/sys/class/sound".into(),
        }
    }

    fn card(&self, number: u32) -> Result<Card> {
        let mut card = self.card_once(number)?;
        for _ in 1..ATTEMPTS {
            let again = self.card_once(number)?;
            if again == card {
                break;
            }
            // Another card has the number now, or this one was not whole yet.
            card = again;
        }
        Ok(card)
    }

    fn card_once(&self, number: u32) -> Result<Card> {
        let name = format!("card{number}");
        let (proc, sys) = (self.proc.join(&name), self.sys.join(&name));
        let id = match attribute(&proc.join("id")) {
            Ok(id) => id,
            Err(_) => attribute(&sys.join("id")).map_err(|error| missing(&proc, &error))?,
        };
        let device = fs::canonicalize(sys.join("device")).ok();
        let lines = contents(&self.proc.join("cards"), CARDS)
            .ok()
            .and_then(|cards| CardLines::find(&cards, number, &id));
        let (driver, name, long_name) = lines.map_or((None, None, None), |lines| {
            (Some(lines.driver), Some(lines.name), Some(lines.long_name))
        });
        let usb = device
            .as_deref()
            .and_then(usb_of_sysfs)
            .or_else(|| usb_of_proc(&proc));
        Ok(Card {
            number,
            id,
            driver,
            name,
            long_name,
            device,
            usb,
        })
    }
}

/// The nearest USB device above a directory in sysfs. (Above that are hubs.)
fn usb_of_sysfs(device: &Path) -> Option<UsbDevice> {
    let (directory, vendor) = device.ancestors().find_map(|directory| {
        let vendor = attribute(&directory.join("idVendor")).ok()?;
        Some((directory, hexadecimal(&vendor)?))
    })?;
    let text = |name: &str| {
        attribute(&directory.join(name))
            .ok()
            .filter(|text| !text.is_empty())
    };
    Some(UsbDevice {
        vendor,
        product: hexadecimal(&text("idProduct")?)?,
        manufacturer: text("manufacturer"),
        product_name: text("product"),
        serial: text("serial"),
        port: directory
            .file_name()
            .map(|name| name.to_string_lossy().into_owned()),
    })
}

/// What the driver of USB cards tells in `/proc/asound/cardN`, where there is no sysfs.
fn usb_of_proc(card: &Path) -> Option<UsbDevice> {
    let id = attribute(&card.join("usbid")).ok()?;
    let (vendor, product) = id.split_once(':')?;
    Some(UsbDevice {
        vendor: hexadecimal(vendor)?,
        product: hexadecimal(product)?,
        manufacturer: None,
        product_name: None,
        serial: None,
        port: None,
    })
}

/// The one line of a file.
fn attribute(path: &Path) -> io::Result<String> {
    contents(path, ATTRIBUTE).map(|bytes| line(&bytes))
}

/// The beginning of a file.
fn contents(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn missing(card: &Path, error: &io::Error) -> Error {
    let subject = Subject::Device(card.into());
    match error.raw_os_error() {
        Some(errno) => Error::of_ioctl(Operation::ReadCard, subject, Errno::from_raw(errno)),
        None => Error::new(Operation::ReadCard, ErrorKind::Other).about(subject),
    }
}

#[cfg(any(test, fuzzing))]
pub(crate) mod check;
#[cfg(test)]
mod tests;
