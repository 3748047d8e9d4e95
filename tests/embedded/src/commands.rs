//! Commands of `aseq` on a kernel that has the sequencer but not Midi Through: `cargo xtask
//! kernel-options` boots it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use crate::{Failure, SONG, call, expect};

/// The notes of the song, and the two events that are sent as words.
const RECORDED: &str = "8";

pub(crate) fn run() -> Result<(), Failure> {
    expect(&aseq(&["list"])?, "System")?;
    let (mut recorder, port) = waiting(&["record", "--events", RECORDED, "/take.mid"])?;
    // The system's timer port, which sends nothing on its own.
    aseq(&["connect", "0:0", &port])?;
    expect(&aseq(&["list"])?, &format!("-> {port}"))?;
    aseq(&["disconnect", "0:0", &port])?;
    play(&port)?;
    aseq(&[
        "send", "-p", &port, "note-on", "1", "67", "100", "wait", "5ms", "note-off", "1", "67",
        "0", "note", "1", "72", "100", "5ms",
    ])?;
    if !recorder.wait()?.success() {
        return Err("aseq record failed".into());
    }
    expect(&aseq(&["info", "/take.mid"])?, "notes: 4,")?;
    // `aseq panic` uses every port to which other clients may write.
    aseq(&["panic"]).map(drop)
}

/// Starts a command that waits, and returns it with the port that it prints on standard error.
fn waiting(arguments: &[&str]) -> Result<(Child, String), Failure> {
    let mut child = Command::new("/aseq")
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?);
    let mut said = String::new();
    loop {
        let before = said.len();
        if lines.read_line(&mut said)? == 0 {
            return Err(format!("/aseq {arguments:?}: {said}").into());
        }
        let line = said.get(before..).unwrap_or_default();
        println!("# {line}");
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let port = line.split_whitespace().find(|word| {
            word.split_once(':')
                .is_some_and(|(client, port)| is_number(client) && is_number(port))
        });
        if let Some(port) = port.map(str::to_owned) {
            // The command's later output must not block it.
            std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
            return Ok((child, port));
        }
    }
}

fn play(port: &str) -> Result<(), Failure> {
    let mut player = Command::new("/aseq")
        .args(["play", "-", "--port", port, "--end-delay", "0"])
        .stdin(Stdio::piped())
        .spawn()?;
    player.stdin.take().ok_or("no stdin")?.write_all(SONG)?;
    match player.wait()?.success() {
        true => Ok(()),
        false => Err("aseq play failed".into()),
    }
}

fn aseq(arguments: &[&str]) -> Result<String, Failure> {
    call("/aseq", arguments)
}
