//! `aplaymidi2`.

use alsa_seq::{ClientOptions, ErrorKind, EventType, MidiVersion, PortOptions};

use crate::compare::{Program, Said, beside_others};
use support::files::{data_dir, temporary};
use support::{PATIENCE, need_sequencer, unique};

const TICKS_96: [u32; 2] = [0x0040_0000, 0x0030_0060];
const START: [u32; 5] = [0x0040_0000, 0xf020_0000, 0, 0, 0];
const END: [u32; 5] = [0x0040_0000, 0xf021_0000, 0, 0, 0];

fn clip(words: &[Vec<u32>]) -> tempfile::NamedTempFile {
    let mut bytes = b"SMF2CLIP".to_vec();
    let words = [&TICKS_96[..], &START, &words.concat(), &END].concat();
    for word in words {
        bytes.extend(word.to_be_bytes());
    }
    temporary(&bytes)
}

fn text(bank: u32, status: u32, form: u32, text: &str) -> Vec<u32> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(12, 0);
    let mut words = vec![0x0040_0000, 0xd010_0000 | form << 22 | bank << 8 | status];
    for word in bytes.chunks(4) {
        words.push(u32::from_be_bytes(word.try_into().unwrap()));
    }
    words
}

fn texts() -> tempfile::NamedTempFile {
    let mut words: Vec<_> = (1..3)
        .flat_map(|bank| (0..16).map(move |status| text(bank, status, 0, &status.to_string())))
        .collect();
    for (form, part) in [
        (1, "aaaaaaaaaaaa"),
        (2, "bbbbbbbbbbbb"),
        (3, "c"),
        (1, "d"),
        (0, "e"),
        (3, "f"),
        (2, "g"),
        (0, ""),
    ] {
        words.push(text(2, 1, form, part));
    }
    clip(&words)
}

/// Without UMP in the kernel, neither program works.
pub(crate) fn has_ump() -> bool {
    let client = ClientOptions::new(unique("ump")).midi_version(MidiVersion::Ump2);
    match client.open() {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => {
            let said = Program::ours("aplaymidi2").run(&["-p", "14:0", "-d0", "x"]);
            assert_eq!(said.code, Some(1));
            assert!(said.stderr.contains("UMP"), "{said:?}");
            false
        }
        result => result.is_ok(),
    }
}

#[test]
fn answers_and_texts_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    if !has_ump() {
        return;
    }
    let texts = texts();
    let texts = texts.path().to_str().unwrap();
    let empty = clip(&[]);
    let empty = empty.path().to_str().unwrap();
    let ours = Program::ours("aplaymidi2");
    for theirs in Program::theirs("aplaymidi2") {
        for arguments in [
            &["-p", "14:0"] as &[&str],
            &[],
            &["-p", "99:0", empty],
            &["-p", "nobody", empty],
            &["-p", "14:0", "-d", "0", empty],
            &["-p", "14:0", "-d", "0", texts],
            &["--port=14:0", "--delay=0", "--silent", texts],
            &["-p"],
            &["-l"],
            &["-h"],
        ] {
            assert_eq!(
                ours.run(arguments).without_usage(),
                theirs.run(arguments).without_usage(),
                "{arguments:?}"
            );
        }
        let song = data_dir().join("empty.mid");
        for file in ["/no/such/file", song.to_str().unwrap(), "-"] {
            let arguments = ["-p", "14:0", "-d", "0", file];
            let mut said = ours.run(&arguments);
            assert_eq!(said.code, Some(1));
            said.code = Some(0);
            assert_eq!(said, theirs.run(&arguments), "{file}");
        }
    }
}

/// The packets that two ports receive.
fn received(program: &Program, arguments: &[&str]) -> (Vec<(u8, String)>, Said) {
    let mut client = ClientOptions::new(unique("clip"))
        .midi_version(MidiVersion::Ump2)
        .input_pool(2000)
        .open()
        .unwrap();
    client.set_ump_conversion(false).unwrap();
    let ports = ["first", "second"].map(|name| {
        let options = PortOptions::receiver(name);
        client.create_port(options).unwrap()
    });
    let [first, second] = ports.each_ref().map(|port| port.address().to_string());
    let ports = format!("{first},{second}");
    let said = program.run(&[&["-p", &ports, "-d", "0"], arguments].concat());
    let mut packets = Vec::new();
    let mut gone = 0;
    while gone < 2 {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        gone += u32::from(event.event_type() == EventType::PORT_UNSUBSCRIBED);
        let port = u8::from(event.dest().to_string() == second);
        packets.extend(event.packet().map(|packet| (port, packet.to_string())));
    }
    (packets, said)
}

#[test]
fn clips_are_played_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    if !has_ump() {
        return;
    }
    let mut words = vec![
        vec![0x0040_0000, 0x4090_3c00, 0xc000_0000],
        vec![0x0040_0008, 0x4080_3c00, 0],
        vec![0x0040_0000, 0x3016_0102, 0x0304_0506],
        vec![0x0040_0000, 0xd010_0000, 25_000_000, 0, 0],
        vec![0x0040_0000, 0xd000_0001, 0x0402_2000, 0, 0],
        text(2, 1, 0, "la"),
        vec![0x0040_0010, 0x40b0_0700, 0x8000_0000],
    ];
    for group in 0..16_u32 {
        words.push(vec![0x0040_0001, 0x2090_3c40 | group << 24]);
        words.push(vec![0x0040_0001, 0x2080_3c00 | group << 24]);
    }
    let clip = clip(&words);
    let path = clip.path().to_str().unwrap();
    let ours = Program::ours("aplaymidi2");
    for theirs in Program::theirs("aplaymidi2") {
        for arguments in [&[path] as &[&str], &["-s", path], &["-a", "-s", path]] {
            assert_eq!(
                received(&ours, arguments),
                received(&theirs, arguments),
                "{arguments:?}"
            );
        }
    }
}
