//! Parsers for the texts in `/proc/asound` and sysfs. Devices choose parts of them.

/// The contents of the two lines for a card in `/proc/asound/cards`:
///
/// ```text
///  2 [Keyboard       ]: USB-Audio - Loop Keyboard
///                       Loop Loop Keyboard at usb-dummy_hcd.0-1, high speed
/// ```
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CardLines {
    pub(super) driver: String,
    pub(super) name: String,
    pub(super) long_name: String,
}

impl CardLines {
    /// Finds the lines of the card with this number and this id.
    ///
    /// A device whose name contains a newline can write lines that look like those of
    /// another card. If several lines begin with the card's number, this returns none of
    /// them.
    pub(super) fn find(cards: &[u8], number: u32, id: &str) -> Option<Self> {
        let text = String::from_utf8_lossy(cards);
        let start = format!("{number:>2} [");
        let mut lines = text.split('\n');
        let rest = lines.find_map(|line| line.strip_prefix(&start))?;
        if lines.clone().any(|line| line.starts_with(&start)) {
            return None;
        }
        let rest = rest.strip_prefix(&*format!("{id:<15}]: "))?;
        let (driver, name) = rest.split_once(" - ")?;
        Some(Self {
            driver: driver.to_owned(),
            name: name.to_owned(),
            long_name: lines.next()?.trim().to_owned(),
        })
    }
}

/// The text of a file with a single line.
pub(super) fn line(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads a number of a USB device: up to four hexadecimal digits.
pub(super) fn hexadecimal(text: &str) -> Option<u16> {
    let is_number = text.len() <= 4 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number.then(|| u16::from_str_radix(text, 16).ok())?
}
