//! The actions of the traced programs.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result};

use super::super::place::{Form, Place, Unpacked};
use super::traced::Traced;

/// The place of the programs, and the library that they run on.
pub(super) struct Stage<'a> {
    pub(super) home: &'a Path,
    pub(super) place: &'a Unpacked,
    pub(super) form: Form,
    /// The directory of the programs' files.
    pub(super) directory: &'a Path,
}

/// Runs the programs of a scene, and returns their calls.
type Play = dyn Fn(&Stage<'_>) -> Result<Vec<String>>;

/// A sequence of actions of programs.
pub(super) struct Scene {
    pub(super) name: String,
    /// Whether the scene needs UMP.
    pub(super) with_ump: bool,
    pub(super) play: Box<Play>,
}

/// The kernel's port that [`keyboard`] plays to, and another port.
const KEYBOARD: &str = "20:0";
const OTHER: &str = "21:0";

/// The messages of a keyboard, each in a separate write.
const MESSAGES: [&[u8]; 9] = [
    // Later in the list, it would depend on earlier messages in the kernel.
    b"\xf8",
    b"\x90\x3c\x40",
    b"\x80\x3c\x40",
    b"\xb3\x07\x64",
    b"\xc1\x05",
    b"\xd2\x22",
    b"\xe4\x01\x42",
    b"\xa5\x30\x11",
    b"\xf0\x7e\x7f\x06\x01\x02\x03\x04\xf7",
];

impl Stage<'_> {
    fn start(&self, words: &[&str]) -> Result<Traced> {
        let (program, arguments) = words.split_first().context("no program")?;
        let mut command = self.place.command(self.home, self.form, program);
        command.args(arguments);
        Traced::start(program, self.form, Stdio::null(), &mut command)
    }

    fn file(&self, name: &str) -> Result<String> {
        let path = self.directory.join(name);
        Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
    }
}

/// Runs programs one after the other, each to its end. `FILE:` stands for the directory.
fn runs(lines: &'static [&'static str]) -> Scene {
    Scene {
        name: lines.join("; "),
        with_ump: false,
        play: Box::new(move |stage| {
            let mut all = Vec::new();
            for line in lines {
                let words: Vec<String> = line
                    .split(' ')
                    .map(|word| match word.strip_prefix("FILE:") {
                        Some(name) => stage.file(name),
                        None => Ok(word.to_owned()),
                    })
                    .collect::<Result<_>>()?;
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                all.extend(stage.start(&words)?.finish()?);
            }
            Ok(all)
        }),
    }
}

/// A scene of programs that fail or do not wait without UMP.
fn ump(scene: Scene) -> Scene {
    Scene {
        with_ump: true,
        ..scene
    }
}

/// The other end of the kernel's virtual MIDI cable.
fn keyboard() -> Result<File> {
    let device = "/dev/snd/midiC1D0";
    OpenOptions::new()
        .write(true)
        .open(device)
        .with_context(|| format!("open {device}"))
}

/// A program that listens until it is interrupted.
fn listens(line: &'static str) -> Scene {
    Scene {
        name: line.to_owned(),
        with_ump: false,
        play: Box::new(move |stage| {
            let output = stage.file("recorded.mid")?;
            let words: Vec<&str> = line
                .split(' ')
                .map(|word| match word {
                    "FILE" => output.as_str(),
                    word => word,
                })
                .collect();
            let mut keyboard = keyboard()?;
            let mut program = stage.start(&words)?;
            program.until_it_waits()?;
            for message in MESSAGES {
                keyboard.write_all(message)?;
                program.until_it_waits()?;
            }
            program.interrupt()?;
            program.finish()
        }),
    }
}

/// Two programs that send events to each other over the network.
fn network() -> Scene {
    Scene {
        name: "aseqnet".to_owned(),
        with_ump: false,
        play: Box::new(|stage| {
            let mut keyboard = keyboard()?;
            let mut server = stage.start(&["aseqnet", "-p", "40404", "-d", OTHER])?;
            server.until_it_waits()?;
            let mut client =
                stage.start(&["aseqnet", "-p", "40404", "-s", KEYBOARD, "127.0.0.1"])?;
            client.until_it_waits()?;
            server.until_it_waits()?;
            for message in MESSAGES {
                keyboard.write_all(message)?;
                client.until_it_waits()?;
                server.until_it_waits()?;
            }
            let mut calls = Vec::new();
            client.interrupt()?;
            calls.extend(client.finish()?);
            // The program ends with its last connection.
            calls.extend(server.finish()?);
            Ok(calls)
        }),
    }
}

/// All scenes for alsa-utils.
pub(super) fn alsa_utils() -> Vec<Scene> {
    vec![
        runs(&["aconnect -l"]),
        runs(&["aconnect -i -l"]),
        runs(&["aconnect -o -l"]),
        runs(&[
            "aconnect 20:0 21:0",
            "aconnect -e -r0 20:0 22:0",
            "aconnect -t0 20 14",
            "aconnect 20:0 21:0",
            "aconnect -l",
            "aconnect -d 20:0 21:0",
            "aconnect -d 20:0 21:0",
            "aconnect -x",
            "aconnect Virtual:0 14",
            "aconnect -l",
            "aconnect -x",
        ]),
        runs(&["aplaymidi -l"]),
        runs(&["aplaymidi -d 0 -p 14:0 FILE:song.mid"]),
        runs(&["aplaymidi -d 0 -p 20:0,21:0 FILE:long.mid"]),
        runs(&["arecordmidi -l"]),
        runs(&["aseqdump -l"]),
        runs(&["aseqsend -l"]),
        listens("aseqdump -p 20:0"),
        listens("arecordmidi -p 20:0 FILE"),
        listens("arecordmidi -f 25 -t 40 -p 20:0 FILE"),
        network(),
        ump(runs(&["aplaymidi2 -d 0 -p 14:0 FILE:clip.midi2"])),
        ump(runs(&[
            "aseqsend -p 14:0 904040 804040",
            "aseqsend -p 20:0 F07E7F0901F7",
            "aseqsend -u 1 -p 14:0 20904040",
            "aseqsend -u 2 -p 14:0 40904000C0000000",
        ])),
        ump(listens("aseqdump -u 1 -p 20:0")),
        ump(listens("aseqdump -u 2 -r -p 20:0")),
        ump(listens("arecordmidi2 -p 20:0 FILE")),
    ]
}

/// Scenes for programs that are not in alsa-utils.
pub(super) fn others() -> Vec<Scene> {
    vec![
        runs(&["pmidi -l"]),
        runs(&["pmidi -p 14:0 FILE:song.mid"]),
        runs(&["pmidi -d 0 -p 20:0 FILE:long.mid"]),
        runs(&[
            "aj-snapshot -ar FILE:connections.xml",
            "aj-snapshot -af FILE:saved.xml",
            "aj-snapshot -ax",
            "aj-snapshot -ar FILE:saved.xml",
            "aj-snapshot -ax",
        ]),
    ]
}

/// The events that `tests/peers/libasound.c` sends to its own client, which is the first: rows with
/// an event of each kind.
const ROWS: [&str; 40] = [
    "0 7 -1",
    "1 7 -1",
    "5 3 60 64 10 500",
    "6 3 60 64",
    "7 15 127 127",
    "8 0 0 1",
    "10 3 7 100",
    "11 3 99",
    "12 3 50",
    "13 3 -8192",
    "14 3 1 16383",
    "15 3 1000 16383",
    "16 3 2 8192",
    "20 16383",
    "21 9",
    "22 119",
    "23 1544",
    "24 253",
    "30 0",
    "31 0",
    "32 0",
    "33 0 4294967295",
    "34 0 5 999999999",
    "35 0 500000",
    "36 0",
    "37 0",
    "38 0 65536 65536",
    "39 0 960",
    "40",
    "41",
    "42",
    "50 x0102030405060708090a0b0c",
    "51 x0102030405060708090a0b0c",
    "60 14",
    "63 14 0",
    "66 14 0 20 0",
    "90 x0102030405060708090a0b0c",
    "130 xf07e7f0901f7",
    "130 xf0",
    "135 x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d",
];

/// A client that uses libasound. It sends to itself and to a client that does not exist.
pub(super) fn client(program: PathBuf) -> Scene {
    Scene {
        name: "libasound.c".to_owned(),
        with_ump: false,
        play: Box::new(move |stage| {
            let program = program.to_str().context("the path is not UTF-8")?;
            let mut command = stage.place.command(stage.home, stage.form, program);
            command.arg("client");
            let mut client = Traced::start(program, stage.form, Stdio::piped(), &mut command)?;
            let number = client.answer()?;
            // One row is longer than the output buffer, and one is longer than the largest event.
            let long = [600, 20_000].map(|size| format!("130 x{}", "5a".repeat(size)));
            for row in ROWS.iter().copied().chain(long.iter().map(String::as_str)) {
                for to in [number.trim(), "191 0"] {
                    client.ask(&format!("send {to} 77 {row}"))?;
                    // Some events are refused. No event arrives at a client that does not exist.
                    if client.answer()? == "ok\n" {
                        client.ask("receive")?;
                        client.answer()?;
                    }
                }
            }
            client.finish()
        }),
    }
}
