//! `aseq`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use crate::{Failure, SONG, call, expect, records};

pub(crate) fn run() -> Result<(), Failure> {
    expect(&aseq(&["list"])?, "14:0    io  Midi Through Port-0")?;

    let dump = Dump::start(5)?;
    let port = &dump.port;
    aseq(&["connect", "14:0", port])?;
    expect(&aseq(&["list"])?, &format!("-> {port} (aseq dump:input)"))?;
    play(SONG, "14:0")?;
    let connected = format!("  0:1    Port subscribed            sender 14:0, receiver {port}");
    dump.shows(&[
        connected,
        " 14:0    Note on                 1, note 60, velocity 100".into(),
        " 14:0    Note off                1, note 60, velocity 64".into(),
        " 14:0    Note on                 1, note 64, velocity 100".into(),
        " 14:0    Note off                1, note 64, velocity 64".into(),
    ])?;
    // A failed command prints its error.
    let failed = Command::new("/aseq")
        .args(["disconnect", "14:0", "14:0"])
        .output()?;
    let said = String::from_utf8_lossy(&failed.stderr);
    if failed.status.code() != Some(1) || !said.contains("not connected") {
        return Err(format!("{failed:?}").into());
    }
    records::run()
}

/// An `aseq dump` that waits for events.
pub(crate) struct Dump {
    program: Child,
    pub(crate) port: String,
}

impl Dump {
    /// Starts the command. It prints the port where it waits, and ends after this number of events.
    pub(crate) fn start(events: u32) -> Result<Self, Failure> {
        let mut program = Command::new("/aseq")
            .args(["dump", "--time", "none", "--events", &events.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stderr = program.stderr.take().ok_or("no stderr")?;
        BufReader::new(stderr).read_line(&mut line)?;
        let port = line
            .strip_prefix("Waiting for data at port ")
            .and_then(|rest| rest.strip_suffix(". Press Ctrl+C to end.\n"))
            .ok_or(&*line)?
            .to_owned();
        Ok(Self { program, port })
    }

    /// Fails unless the command shows these events and ends.
    pub(crate) fn shows(mut self, events: &[String]) -> Result<(), Failure> {
        let mut text = String::new();
        let mut stdout = self.program.stdout.take().ok_or("no stdout")?;
        stdout.read_to_string(&mut text)?;
        if !self.program.wait()?.success() {
            return Err("aseq dump failed".into());
        }
        print!("{text}");
        let (title, shown) = text.split_once('\n').unwrap_or_default();
        expect(title, "Source   Event                  Ch  Data")?;
        let shown: Vec<&str> = shown.lines().collect();
        if shown != events {
            return Err(format!("{events:?} was expected").into());
        }
        Ok(())
    }
}

/// Plays a song to a port.
pub(crate) fn play(song: &[u8], port: &str) -> Result<(), Failure> {
    let mut player = Command::new("/aseq")
        .args(["play", "-", "--port", port, "--end-delay", "0"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut stdin = player.stdin.take().ok_or("no stdin")?;
    stdin.write_all(song)?;
    drop(stdin);
    if player.wait()?.success() {
        Ok(())
    } else {
        Err("aseq play failed".into())
    }
}

fn aseq(arguments: &[&str]) -> Result<String, Failure> {
    call("/aseq", arguments)
}
