//! Every error of this crate becomes an [`Error`].

use std::fs;
use std::path::Path;

use super::{Error, ErrorKind, Operation};
use crate::ump::{Packet, Packets};
use crate::wire::{Events, Framing, encode};
use crate::{Address, Event, EventData, QueueId, RealTime, Tempo};

/// An error of each type, with the file of the type.
fn one_of_each() -> Vec<(&'static str, Error)> {
    let tick = Event::new(EventData::Tick(QueueId::new(0)));
    let cut = Events::new(&[0; 3], Framing::Packed).next().unwrap();
    let too_small = encode(&tick, &mut []);
    vec![
        (
            "address.rs ParseAddressError",
            "x".parse::<Address>().unwrap_err().into(),
        ),
        (
            "midi/encode.rs EncodeError",
            tick.to_midi().unwrap_err().into(),
        ),
        (
            "midi/single.rs DecodeError",
            Event::from_midi(&[]).unwrap_err().into(),
        ),
        (
            "time.rs ParseTimeError",
            "x".parse::<RealTime>().unwrap_err().into(),
        ),
        (
            "ump/packet.rs ParsePacketError",
            "x".parse::<Packet>().unwrap_err().into(),
        ),
        (
            "ump/packets.rs TruncatedPacket",
            Packets::new(&[0x4000_0000])
                .next()
                .unwrap()
                .unwrap_err()
                .into(),
        ),
        (
            "value.rs ValueError",
            Tempo::from_micros(0).unwrap_err().into(),
        ),
        ("wire.rs DecodeError", cut.unwrap_err().into()),
        ("wire/encode.rs EncodeError", too_small.unwrap_err().into()),
    ]
}

#[test]
fn every_error_of_this_crate_converts() {
    let mut listed = Vec::new();
    for (place, error) in one_of_each() {
        listed.push(place.to_owned());
        let source = std::error::Error::source(&error).expect(place);
        assert!(error.to_string().ends_with(&source.to_string()), "{place}");
        assert_eq!(format!("{source:?}"), source.to_string(), "{place}");
        let from_the_kernel = place == "wire.rs DecodeError";
        assert_eq!(error.kind() == ErrorKind::Other, from_the_kernel, "{place}");
        let argument = error.operation() == Operation::Argument;
        assert_eq!(argument, !from_the_kernel, "{place}");
    }
    let mut defined = Vec::new();
    find(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        "",
        &mut defined,
    );
    defined.sort();
    // This error contains two halves, which need a sequencer. `tests/kernel` converts
    // it.
    defined.retain(|place| place != "client/reunite.rs ReuniteError");
    assert_eq!(
        defined, listed,
        "list each public error, and let it convert"
    );
}

/// The public types that derive `Error` in the files of a directory.
fn find(directory: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let place = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            find(&entry.path(), &format!("{place}/"), found);
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let mut derives = false;
        for line in text.lines() {
            derives |= line.contains("thiserror::Error") && !line.trim().starts_with("//");
            let name = ["pub struct ", "pub enum "]
                .iter()
                .find_map(|start| line.strip_prefix(start))
                .and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
            if let Some(name) = name.filter(|_| std::mem::take(&mut derives)) {
                found.push(format!("{place} {name}"));
            }
        }
    }
}
