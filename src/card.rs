//! Sound cards, and the devices behind them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use alsa_seq_kernel_abi::ioctl::Errno;

use crate::error::{Error, ErrorKind, Operation, Result, Subject};

mod text;

use text::{CardLines, hexadecimal, line};

/// The maximum length of a device's attribute: sysfs returns one page.
const ATTRIBUTE: u64 = 4096;

/// The maximum length of `/proc/asound/cards`. It has about 100 bytes for each of 32
/// cards, and devices choose parts of it.
const CARDS: u64 = 64 * 1024;

/// The number of attempts to read a card, if another card gets its number during the
/// reading.
const ATTEMPTS: usize = 3;

/// A sound card, as `/proc/asound` and sysfs describe it.
///
/// The numbers of clients and cards depend on the order in which devices are plugged in.
/// If a card is a USB device, you can identify the device and its port:
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
/// Reading a card opens no device, and needs only the permission to read `/proc` and
/// `/sys`. If one of the two is missing, the values that only it contains are `None`.
///
/// The device chooses most of these texts. They may contain control characters, so show
/// them with [`Printable`](crate::Printable). Bytes that are not UTF-8 are replaced. No
/// text is longer than 4096 bytes.
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

/// The USB device of a sound card.
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
    /// Reads the kernel's description of the card with this number.
    ///
    /// # Errors
    /// `NotFound` if the card does not exist, or if neither `/proc/asound` nor
    /// `/sys/class/sound` exists.
    #[doc(alias = "snd_card_get_name")]
    #[doc(alias = "snd_ctl_card_info")]
    pub fn read(number: u32) -> Result<Self> {
        Places::real().card(number)
    }

    /// The card's number, from 0. After this card was unplugged, another card may get the
    /// number.
    #[doc(alias = "snd_ctl_card_info_get_card")]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The card's short name, at most 15 characters. No other card has the same at the
    /// same time. The kernel derives it from the card's name. If two cards would have the
    /// same, it appends a number, which then depends on the order in which they are
    /// plugged in.
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

    /// The card's name with the location of its device; from `/proc/asound/cards`.
    #[doc(alias = "snd_ctl_card_info_get_longname")]
    #[doc(alias = "snd_card_get_longname")]
    pub fn long_name(&self) -> Option<&str> {
        self.long_name.as_deref()
    }

    /// The directory of the card's device in sysfs, without symbolic links, such as
    /// `/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0`. Virtual cards have none.
    pub fn device(&self) -> Option<&Path> {
        self.device.as_deref()
    }

    /// The USB device, if the card is a USB device.
    pub const fn usb(&self) -> Option<&UsbDevice> {
        self.usb.as_ref()
    }
}

impl UsbDevice {
    /// The vendor's number (`idVendor`).
    pub const fn vendor(&self) -> u16 {
        self.vendor
    }

    /// The vendor's number of the product (`idProduct`).
    pub const fn product(&self) -> u16 {
        self.product
    }

    /// The manufacturer's name, if the device has one; from sysfs.
    pub fn manufacturer(&self) -> Option<&str> {
        self.manufacturer.as_deref()
    }

    /// The name of the product, if the device has one; from sysfs.
    pub fn product_name(&self) -> Option<&str> {
        self.product_name.as_deref()
    }

    /// The serial number, if the device has one; from sysfs. Some vendors use the same
    /// number for all their devices.
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// The port where the device is plugged in, in the kernel's form: the number of the
    /// bus, and a port number for each hub on the way, such as `1-2` or `1-2.4`; from
    /// sysfs. It distinguishes two identical keyboards. The numbers of buses may change
    /// when the machine boots.
    pub fn port(&self) -> Option<&str> {
        self.port.as_deref()
    }
}

/// The directories of the kernel's descriptions of cards.
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
            // Another card has the number now, or the kernel had not finished creating
            // this one.
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

/// The nearest USB device above a directory in sysfs. (Above that are hubs.) Every USB device
/// is below the directory of its bus, `usbN`.
fn usb_of_sysfs(device: &Path) -> Option<UsbDevice> {
    let is_bus = |part: &OsStr| part.as_encoded_bytes().starts_with(b"usb");
    if !device.iter().any(is_bus) {
        return None;
    }
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

/// The USB device from `/proc/asound/cardN`, which the driver of USB cards writes; for
/// machines without sysfs.
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

/// Reads the single line of a file.
fn attribute(path: &Path) -> io::Result<String> {
    contents(path, ATTRIBUTE).map(|bytes| line(&bytes))
}

/// Reads the beginning of a file.
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
