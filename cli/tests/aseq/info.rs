//! Tests of `aseq info`, which describes a file. It needs no sequencer.

use crate::{output, printed};
use support::files::{self, song};

#[test]
fn a_song_is_described() {
    let song = song(&[
        (0, b"\xff\x03\x05Piano"),
        (0, b"\xff\x02\x0a(c) \x1b[2Jme"),
        (0, &[0xff, 0x51, 3, 0x09, 0x27, 0xc0]),
        (0, &[0x90, 60, 100]),
        (96, &[0x80, 60, 0]),
        (0, &[0xff, 0x51, 3, 0x07, 0xa1, 0x20]),
        (0, &[0xff, 0x21, 1, 2]),
        (0, &[0x93, 60, 100]),
        (0, &[0x94, 60, 100]),
        (96, &[0x93, 60, 0]),
        (0, b"\xff\x05\x02la"),
        (0, b"\xff\x01\x02  "),
        (0, b"\xff\x01\x00"),
        (0, &[0xf0, 3, 1, 2, 0xf7]),
    ]);
    let path = song.path().to_str().unwrap();
    let expected = format!(
        "{path}: MIDI file, format 0, 1 track\n  length    0:01.100 (192 ticks, 96 a \
         quarter note)\n  tempo     100 bpm, 100 to 120 bpm in 1 change\n  events    6 (notes: \
         3, system-exclusive: 1)\n  ports     1,3\n  channels  1,4-5\n  track name Piano\n  \
         copyright (c) \u{fffd}[2Jme\n  lyric     la\n"
    );
    assert_eq!(printed(&["info", path]), expected);
}

#[cfg(feature = "json")]
#[test]
fn json_has_an_object_for_each_file() {
    let directory = files::data_dir();
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let (first, second) = (path("three-tracks.mid"), path("smpte.mid"));
    let shown = printed(&["info", "--json", &first, &second]);
    let objects: Vec<serde_json::Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let tempo = |tick, bpm: f64| serde_json::json!({"tick": tick, "bpm": bpm});
    assert_eq!(
        objects,
        [
            serde_json::json!({
                "file": first, "kind": "MIDI file", "format": 1, "tracks": 4,
                "length": 5.5, "ticks": 768, "ticks_per_quarter": 96,
                "tempos": [tempo(0, 120.0), tempo(192, 240.0), tempo(384, 60.0)],
                "ports": [0], "channels": [0, 1],
                "events": 32, "notes": 16, "sysex": 0, "texts": [],
            }),
            serde_json::json!({
                "file": second, "kind": "MIDI file", "format": 0, "tracks": 1,
                "length": 1.0, "ticks": 1000, "tempos": [],
                "ports": [0], "channels": [0],
                "events": 2, "notes": 1, "sysex": 0, "texts": [],
            }),
        ]
    );
}

/// The program reports a file that cannot be read, and describes the others.
#[test]
fn unreadable_files_are_reported() {
    let good = files::data_dir().join("empty.mid");
    let bad = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bad.path(), b"hello").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.path().to_str().unwrap());
    let said = output(&["info", "/no/such/file", bad, good]);
    assert_eq!(said.status.code(), Some(1));
    let (out, err) = (
        String::from_utf8(said.stdout).unwrap(),
        String::from_utf8(said.stderr).unwrap(),
    );
    assert!(out.starts_with(&format!("{good}: MIDI file")), "{out}");
    let lines: Vec<_> = err.lines().collect();
    assert!(lines[0].starts_with("aseq: /no/such/file: "), "{err}");
    assert!(
        lines[1].starts_with(&format!("aseq: {bad}: neither")),
        "{err}"
    );
    assert_eq!(lines[2..], ["aseq: 2 of 3 files cannot be read"]);
    assert_eq!(crate::complaint(&["info"]).0, 2);
}
