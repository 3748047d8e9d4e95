//! A raw MIDI device that is read slowly, or not at all.

use std::time::{Duration, Instant};

use test_kernel::ExitStatus;

use super::{command, output, said, session};

/// The keyboard's raw MIDI device on the computer's side, and on its own.
fn keyboard(session: &test_kernel::Session) -> (String, String) {
    let said = said(session, &command(&["usb", "plug", "keys"]));
    let value = |name: &str| {
        said.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
    };
    (
        format!("/dev/snd/midiC{}D0", value("card=")),
        value("device=").to_owned(),
    )
}

#[test]
fn a_cable_takes_its_time() {
    let Some(session) = session() else {
        return;
    };
    let (computer, device) = keyboard(&session);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    let bytes: Vec<u8> = (0..1000_u16)
        .flat_map(|n| [0x90, n.to_le_bytes()[0] & 0x7f, 64])
        .collect();
    let song = dir.path().join("song");
    std::fs::write(&song, &bytes).unwrap();
    let song = song.to_str().unwrap();
    // Either way, and a faster one.
    for (from, to, options, least) in [
        (&device, &computer, &[][..], 3000.0 / 3125.0),
        (
            &computer,
            &device,
            &["--bytes", "3000"][..],
            3000.0 / 3125.0,
        ),
        (&computer, &device, &["--rate", "6000"], 3000.0 / 6000.0),
    ] {
        let begun = Instant::now();
        let cable = [
            &["cable", to, "--output", out],
            options,
            &["--", "cp", song, from],
        ]
        .concat();
        said(&session, &command(&cable));
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs_f64(least * 0.99), "{took:?}");
        assert_eq!(std::fs::read(out).unwrap(), bytes, "{options:?}");
    }
}

#[test]
fn a_stalled_one_listens_and_takes_nothing() {
    let Some(session) = session() else {
        return;
    };
    let (computer, device) = keyboard(&session);
    // The kernel drops what does not fit: whoever writes goes on. The program's status is ours.
    let write = format!("head -c 100000 /dev/zero | tr '\\0' '\\370' >{device}; exit 3");
    let stalled = command(&["cable", "--stalled", &computer, "--", "sh", "-c", &write]);
    assert_eq!(output(&session, &stalled).status, ExitStatus::Exited(3));
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    let Some(session) = session() else {
        return;
    };
    let output = output(&session, &command(&["cable", "/dev/snd/midiC9D9"]));
    assert_eq!(output.status, ExitStatus::Exited(125));
    assert!(super::text(&output.stderr).contains("open /dev/snd/midiC9D9"));
}
