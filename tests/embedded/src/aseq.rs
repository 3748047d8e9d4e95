//! `aseq`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::{Failure, SONG, call, expect};

pub(crate) fn run() -> Result<(), Failure> {
    expect(&aseq(&["list"])?, "14:0    io  Midi Through Port-0")?;

    // It says where it waits, and ends after so many events.
    let mut dump = Command::new("/aseq")
        .args(["dump", "--time", "none", "--events", "5"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let stderr = dump.stderr.take().ok_or("no stderr")?;
    BufReader::new(stderr).read_line(&mut line)?;
    let port = line
        .strip_prefix("Waiting for data at port ")
        .and_then(|rest| rest.strip_suffix(". Press Ctrl+C to end.\n"))
        .ok_or(line.clone())?;

    aseq(&["connect", "14:0", port])?;
    expect(&aseq(&["list"])?, &format!("-> {port} (aseq dump:input)"))?;
    play()?;
    let mut text = String::new();
    let mut stdout = dump.stdout.take().ok_or("no stdout")?;
    stdout.read_to_string(&mut text)?;
    if !dump.wait()?.success() {
        return Err("aseq dump failed".into());
    }
    print!("{text}");
    let shown: Vec<&str> = text.lines().collect();
    let connected = format!("  0:1    Port subscribed            sender 14:0, receiver {port}");
    let expected = [
        "Source   Event                  Ch  Data",
        &*connected,
        " 14:0    Note on                 1, note 60, velocity 100",
        " 14:0    Note off                1, note 60, velocity 64",
        " 14:0    Note on                 1, note 64, velocity 100",
        " 14:0    Note off                1, note 64, velocity 64",
    ];
    if shown != expected {
        return Err(format!("{expected:?} was expected").into());
    }
    // What fails, says so.
    let failed = Command::new("/aseq")
        .args(["disconnect", "14:0", "14:0"])
        .output()?;
    let said = String::from_utf8_lossy(&failed.stderr);
    if failed.status.code() != Some(1) || !said.contains("not connected") {
        return Err(format!("{failed:?}").into());
    }
    Ok(())
}

fn play() -> Result<(), Failure> {
    let mut player = Command::new("/aseq")
        .args(["play", "-", "--port", "14:0", "--end-delay", "0"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut stdin = player.stdin.take().ok_or("no stdin")?;
    stdin.write_all(SONG)?;
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
