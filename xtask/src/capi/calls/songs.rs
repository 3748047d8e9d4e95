//! The songs for the programs.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::super::programs::SONG;

/// Number of notes in the long song. Its events do not fit into one buffer.
const NOTES: u16 = 700;

/// Connections of the kernel's ports, in aj-snapshot's format.
const CONNECTIONS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<aj-snapshot>
<alsa>
  <client name="Virtual Raw MIDI 1-0">
    <port id="0">
      <connection client="Virtual Raw MIDI 1-1" port="0"/>
      <connection client="Midi Through" port="0"/>
    </port>
  </client>
  <client name="Midi Through">
    <port id="0">
      <connection client="Virtual Raw MIDI 1-2" port="0"/>
    </port>
  </client>
</alsa>
</aj-snapshot>
"#;

/// Writes the files for the programs into a directory.
pub(super) fn write(directory: &Path) -> Result<()> {
    let files = [
        ("song.mid", SONG.to_owned()),
        ("long.mid", long()?),
        ("clip.midi2", clip()),
        ("connections.xml", CONNECTIONS.into()),
    ];
    for (name, bytes) in files {
        let file = directory.join(name);
        fs::write(&file, bytes).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

/// A song of 350 ms, with a long message between its notes.
fn long() -> Result<Vec<u8>> {
    // 50 ms for a quarter of 96 ticks.
    let mut track = b"\0\xff\x51\x03\0\xc3\x50".to_vec();
    for note in 0..NOTES {
        let key = u8::try_from(note % 128)?;
        track.extend([0, 0x90, key, 0x40, 1, 0x80, key, 0x40]);
        if note == NOTES / 2 {
            // 1000 bytes follow its start.
            track.extend([0, 0xf0, 0x87, 0x68]);
            track.extend([0x55; 999]);
            track.push(0xf7);
            // It sets the bytes in which the program has the pointer to the message. Notes do not
            // set these bytes.
            track.extend([0, 0xb0, 0x07, 0x64]);
        }
    }
    track.extend(b"\0\xff\x2f\0");
    let mut song = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    song.extend(u32::try_from(track.len())?.to_be_bytes());
    song.extend(track);
    Ok(song)
}

/// A clip of MIDI 2.0: two notes, a tempo and a long message.
fn clip() -> Vec<u8> {
    const WORDS: &[u32] = &[
        // The header: 96 ticks for a quarter.
        0x0040_0000,
        0x0030_0060,
        // The clip begins.
        0x0040_0000,
        0xf020_0000,
        0,
        0,
        0,
        // 50 ms for a quarter.
        0x0040_0000,
        0xd010_0000,
        5_000_000,
        0,
        0,
        0x0040_0000,
        0x4090_3c00,
        0xc000_0000,
        0x0040_0030,
        0x4080_3c00,
        0x8000_0000,
        0x0040_0000,
        0x20b0_0764,
        0x0040_0000,
        0x3005_7e7f,
        0x0901_0000,
        0x0040_0010,
        0x2091_4050,
        0x0040_0030,
        0x2081_4000,
        // The clip ends.
        0x0040_0000,
        0xf021_0000,
        0,
        0,
        0,
    ];
    let mut clip = b"SMF2CLIP".to_vec();
    clip.extend(WORDS.iter().flat_map(|word| word.to_be_bytes()));
    clip
}
