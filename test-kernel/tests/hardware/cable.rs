//! A raw MIDI device that is read slowly, or not at all.

use std::time::{Duration, Instant};

use test_kernel::ExitStatus;

use super::{command, output, output_of, session};

/// The keyboard's raw MIDI devices on the computer's side and on the keyboard's own side.
fn keyboard(session: &test_kernel::Session) -> (String, String) {
    let said = output_of(session, &command(&["usb", "plug", "keys"]));
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
fn a_cable_carries_bytes_at_its_speed() {
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
    // In both directions, and with a higher speed.
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
        output_of(&session, &command(&cable));
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs_f64(least * 0.99), "{took:?}");
        assert_eq!(std::fs::read(out).unwrap(), bytes, "{options:?}");
    }
}

#[test]
fn a_stalled_cable_opens_the_device_and_reads_nothing() {
    let Some(session) = session() else {
        return;
    };
    let (computer, device) = keyboard(&session);
    // The kernel drops the data that does not fit, so the writer continues. The cable returns the
    // program's status.
    let write = format!("head -c 100000 /dev/zero | tr '\\0' '\\370' >{device}; exit 3");
    let stalled = command(&["cable", "--stalled", &computer, "--", "sh", "-c", &write]);
    assert_eq!(output(&session, &stalled).status, ExitStatus::Exited(3));
}

#[test]
fn a_missing_device_is_an_error() {
    let Some(session) = session() else {
        return;
    };
    let output = output(&session, &command(&["cable", "/dev/snd/midiC9D9"]));
    assert_eq!(output.status, ExitStatus::Exited(125));
    assert!(super::text(&output.stderr).contains("open /dev/snd/midiC9D9"));
}
