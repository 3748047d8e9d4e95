use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;

/// A `/proc/asound` and a sysfs for the test's files.
struct Fake {
    root: tempfile::TempDir,
    places: Places,
}

impl Fake {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            proc: root.path().join("proc"),
            sys: root.path().join("sys/class/sound"),
        };
        fs::create_dir_all(&places.proc).unwrap();
        fs::create_dir_all(&places.sys).unwrap();
        Self { root, places }
    }

    fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// A keyboard with the files of the kernel.
    fn keyboard(&self, card: u32, port: &str, serial: &[u8]) {
        let usb = format!("sys/devices/dummy_hcd.0/usb1/{port}");
        self.write("sys/devices/dummy_hcd.0/usb1/idVendor", "1d6b\n");
        self.write("sys/devices/dummy_hcd.0/usb1/idProduct", "0002\n");
        self.write(&format!("{usb}/idVendor"), "0582\n");
        self.write(&format!("{usb}/idProduct"), "01aF\n");
        self.write(&format!("{usb}/product"), "Loop Keyboard\n");
        self.write(&format!("{usb}/serial"), serial);
        let device = format!("{usb}/{port}:1.0/sound/card{card}");
        self.write(&format!("{device}/id"), "Keyboard\n");
        // The interface; its directory contains `sound`.
        symlink("../..", self.root.path().join(&device).join("device")).unwrap();
        symlink(
            self.root.path().join(&device),
            self.places.sys.join(format!("card{card}")),
        )
        .unwrap();
        self.write(&format!("proc/card{card}/id"), "Keyboard\n");
        self.write(&format!("proc/card{card}/usbid"), "0582:01af\n");
    }
}

const CARDS: &str = " 0 [Dummy          ]: Dummy - Dummy
                      Dummy 1
 2 [Keyboard       ]: USB-Audio - Loop - Keyboard
                      Loop Keyboard at usb-dummy_hcd.0-1, high speed
";

#[test]
fn a_usb_card_has_the_attributes_of_its_device_not_of_the_hub() {
    let fake = Fake::new();
    fake.keyboard(2, "1-1.4", b"SN42\n");
    fake.write("proc/cards", CARDS);
    let card = fake.places.card(2).unwrap();
    assert_eq!((card.number(), card.id()), (2, "Keyboard"));
    assert_eq!(card.driver(), Some("USB-Audio"));
    assert_eq!(card.name(), Some("Loop - Keyboard"));
    assert_eq!(
        card.long_name(),
        Some("Loop Keyboard at usb-dummy_hcd.0-1, high speed")
    );
    assert!(card.device().unwrap().ends_with("usb1/1-1.4/1-1.4:1.0"));
    let usb = card.usb().unwrap();
    assert_eq!((usb.vendor(), usb.product()), (0x0582, 0x01af));
    assert_eq!(usb.serial(), Some("SN42"));
    assert_eq!(usb.port(), Some("1-1.4"));
    assert_eq!(usb.product_name(), Some("Loop Keyboard"));
    assert_eq!(usb.manufacturer(), None);
}

#[test]
fn without_sysfs_the_numbers_of_the_device_remain() {
    let fake = Fake::new();
    fake.keyboard(2, "1-1", b"SN42\n");
    fs::remove_dir_all(fake.root.path().join("sys")).unwrap();
    let usb = fake.places.card(2).unwrap().usb().unwrap().clone();
    assert_eq!((usb.vendor(), usb.product()), (0x0582, 0x01af));
    assert_eq!((usb.serial(), usb.port()), (None, None));
}

#[test]
fn without_proc_the_names_are_missing() {
    let fake = Fake::new();
    fake.keyboard(2, "1-1", b"SN42\n");
    fs::remove_dir_all(fake.root.path().join("proc")).unwrap();
    let card = fake.places.card(2).unwrap();
    assert_eq!((card.id(), card.name()), ("Keyboard", None));
    assert_eq!(card.usb().unwrap().serial(), Some("SN42"));
}

#[test]
fn a_card_that_is_not_there_is_not_found() {
    let fake = Fake::new();
    fake.write("proc/cards", CARDS);
    let error = fake.places.card(7).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.operation(), Operation::ReadCard);
    assert!(error.to_string().contains("card7"), "{error}");
}

#[test]
fn a_device_cannot_give_another_card_a_name() {
    let line = "\n 2 [Keyboard       ]: Evil - Evil";
    let cards = format!(" 1 [Other          ]: USB-Audio - Nasty{line}\n  Nasty\n{CARDS}");
    assert_eq!(CardLines::find(cards.as_bytes(), 2, "Keyboard"), None);
    assert!(CardLines::find(cards.as_bytes(), 0, "Dummy").is_some());
    assert!(CardLines::find(CARDS.as_bytes(), 2, "Keyboard").is_some());
}

#[test]
fn hostile_texts_are_bounded_and_harmless() {
    let fake = Fake::new();
    let mut serial = vec![b'x'; 1 << 20];
    serial[..4].copy_from_slice(b"\xff\x00\x1b\n");
    fake.keyboard(2, "1-1", &serial);
    fake.write("proc/cards", vec![b' '; 1 << 20]);
    let usb = fake.places.card(2).unwrap().usb().unwrap().clone();
    let read = usb.serial().unwrap();
    assert!(read.starts_with("\u{fffd}\0\u{1b}\nx"));
    assert!(read.len() <= 4096 + 2, "{}", read.len());

    for vendor in ["", "+123", "12345", "00001", "0x12", "-1", "g"] {
        fake.write("sys/devices/dummy_hcd.0/usb1/1-1/idVendor", vendor);
        fake.write("sys/devices/dummy_hcd.0/usb1/idVendor", vendor);
        let card = fake.places.card(2).unwrap();
        // From /proc.
        assert_eq!(card.usb().unwrap().serial(), None, "{vendor:?}");
    }
    fake.write("proc/card2/usbid", "no numbers");
    assert_eq!(fake.places.card(2).unwrap().usb(), None);
}

#[test]
fn links_that_lead_in_a_circle_and_directories_in_place_of_files_are_passed_over() {
    let fake = Fake::new();
    fake.write("proc/card2/id", "Keyboard\n");
    let card = fake.root.path().join("sys/class/sound/card2");
    fs::create_dir_all(&card).unwrap();
    symlink(card.join("device"), card.join("device")).unwrap();
    fs::create_dir_all(fake.root.path().join("proc/cards")).unwrap();
    fs::create_dir_all(fake.root.path().join("proc/card2/usbid")).unwrap();
    let read = fake.places.card(2).unwrap();
    assert_eq!((read.id(), read.name()), ("Keyboard", None));
    assert_eq!((read.device(), read.usb()), (None, None));

    let loops = fake.root.path().join("proc/card3");
    symlink(&loops, &loops).unwrap();
    let error = fake.places.card(3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[test]
fn two_equal_keyboards_differ_in_their_ports() {
    let fake = Fake::new();
    fake.keyboard(1, "1-1", b"\n");
    fake.keyboard(2, "1-2", b"\n");
    let usb = |card| fake.places.card(card).unwrap().usb().unwrap().clone();
    let (one, two) = (usb(1), usb(2));
    assert_eq!(one.serial(), None);
    assert_eq!((one.port(), two.port()), (Some("1-1"), Some("1-2")));
}

#[test]
fn real_cards_are_read_if_there_are_any() {
    let Ok(cards) = fs::read_dir("/proc/asound") else {
        return;
    };
    for card in cards {
        let name = card.unwrap().file_name();
        let number = name.to_str().unwrap().strip_prefix("card");
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            let card = Card::read(number).unwrap();
            assert!(card.name().is_some(), "{card:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_card_has_its_own_lines_or_none(
        case in "(( ?[0-2] \\[|\\]: | - |[a-z]{0,4}|\r|\t|\n| ){0,24})",
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        check::check(case.as_bytes());
        check::check(&bytes);
    }
}
