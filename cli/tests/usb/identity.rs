//! Tests of `Card`, and of the devices in the output of `aseq list`.

use alsa_seq::{Card, ErrorKind, UsbDevice};
use test_kernel::usb::{self, Keyboard, Plugged};

use crate::{printed, sockets};
use support::need_sequencer;

/// Keyboards of the same model.
fn keyboard(name: &str, serial: &str) -> Keyboard {
    Keyboard::new(name)
        .vendor(0x0582)
        .product(0x01af)
        .manufacturer("The Makers")
        .title("Loop Keyboard")
        .serial(serial)
}

fn usb_device(plugged: &Plugged) -> UsbDevice {
    let card = Card::read(plugged.card).unwrap();
    assert_eq!(card.driver(), Some("USB-Audio"));
    assert_eq!(card.number(), plugged.card);
    let device = card.device().unwrap();
    assert!(device.join("sound").is_dir(), "{}", device.display());
    card.usb().unwrap().clone()
}

#[test]
fn equal_keyboards_that_swap_numbers_keep_their_serials_and_ports() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    let a = keyboard("a", "SN42").socket(0).plug().unwrap();
    let b = keyboard("b", "SN43").socket(1).plug().unwrap();
    let before = [usb_device(&a), usb_device(&b)];
    for usb in &before {
        assert_eq!((usb.vendor(), usb.product()), (0x0582, 0x01af));
        assert_eq!(usb.product_name(), Some("Loop Keyboard"));
        assert_eq!(usb.manufacturer(), Some("The Makers"));
    }
    assert_eq!(before[0].serial(), Some("SN42"));
    assert_eq!(before[1].serial(), Some("SN43"));
    assert_ne!(before[0].port(), before[1].port());

    usb::unplug("a").unwrap();
    usb::unplug("b").unwrap();
    let error = Card::read(a.card).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let b_again = usb::plug_into("b", 1).unwrap();
    let a_again = usb::plug_into("a", 0).unwrap();
    assert_eq!((a_again.client, b_again.client), (b.client, a.client));
    assert_eq!([usb_device(&a_again), usb_device(&b_again)], before);

    // Each is in the socket of the other one: the serial numbers move with the devices, the sockets
    // do not.
    usb::unplug("a").unwrap();
    usb::unplug("b").unwrap();
    let a_swapped = usb_device(&usb::plug_into("a", 1).unwrap());
    let b_swapped = usb_device(&usb::plug_into("b", 0).unwrap());
    assert_eq!(a_swapped.serial(), before[0].serial());
    assert_eq!(a_swapped.port(), before[1].port());
    assert_eq!(b_swapped.port(), before[0].port());
}

#[test]
fn the_list_distinguishes_devices() {
    need_sequencer!();
    let Some(_lock) = sockets() else { return };
    let a = keyboard("a", "SN 42").plug().unwrap();
    let port = usb_device(&a).port().unwrap().to_owned();
    let card = Card::read(a.card).unwrap();
    let list = printed(&["list"]);
    let line = format!(
        "client {}: Loop Keyboard [card {} {}, USB 0582:01af at {port}, serial SN 42]\n",
        a.client,
        a.card,
        card.id()
    );
    assert!(list.contains(&line), "no {line} in {list}");
    #[cfg(feature = "json")]
    {
        let list: serde_json::Value = serde_json::from_str(&printed(&["list", "--json"])).unwrap();
        let clients = list["clients"].as_array().unwrap();
        let of = |number| clients.iter().find(|client| client["client"] == number);
        let keyboard = of(a.client).unwrap();
        let device = &keyboard["device"];
        assert_eq!(keyboard["card"], a.card);
        assert_eq!(device["id"], card.id());
        assert_eq!(device["driver"], "USB-Audio");
        assert_eq!(device["name"], card.name().unwrap());
        assert_eq!(device["long_name"], card.long_name().unwrap());
        assert_eq!(device["path"], card.device().unwrap().to_str().unwrap());
        let expected = serde_json::json!({
            "vendor": "0582", "product": "01af", "manufacturer": "The Makers",
            "product_name": "Loop Keyboard", "serial": "SN 42", "port": port,
        });
        assert_eq!(device["usb"], expected);
        // Without a sound card.
        assert_eq!(of(0).unwrap().get("device"), None);
        // Without a USB device: the virtual cables.
        let virtual_cables = clients
            .iter()
            .find(|client| client["device"]["id"] == "VirMIDI");
        if let Some(client) = virtual_cables {
            assert_eq!(client["device"]["usb"], serde_json::Value::Null);
        }
    }
}
