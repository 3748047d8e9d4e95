//! The first process of a system that has nothing else than `/aseq`: no shell,
//! no `/proc`, no library. It lists, connects, plays and dumps, and says whether
//! all went well. `cargo xtask musl` boots it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A song: C, and then E.
const SONG: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x14\
    \0\x90\x3c\x64\x08\x80\x3c\x40\0\x90\x40\x64\x08\x80\x40\x40\0\xff\x2f\0";

type Failure = Box<dyn std::error::Error>;

fn main() {
    match run() {
        Ok(()) => println!("embedded: passed"),
        Err(error) => println!("embedded: FAILED: {error}"),
    }
    // Whoever booted this ends it; a first process that ends is a panic.
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

fn run() -> Result<(), Failure> {
    if Path::new("/proc/self").exists() {
        return Err("there is a /proc".into());
    }
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
    let failed = output(&["disconnect", "14:0", "14:0"])?;
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

fn output(arguments: &[&str]) -> Result<Output, Failure> {
    Ok(Command::new("/aseq").args(arguments).output()?)
}

/// What a call that works prints.
fn aseq(arguments: &[&str]) -> Result<String, Failure> {
    let output = output(arguments)?;
    let text = String::from_utf8(output.stdout)?;
    println!("# aseq {}\n{text}", arguments.join(" "));
    if output.status.success() && output.stderr.is_empty() {
        Ok(text)
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!("aseq {arguments:?}: {}: {stderr}", output.status).into())
    }
}

fn expect(text: &str, part: &str) -> Result<(), Failure> {
    if text.contains(part) {
        Ok(())
    } else {
        Err(format!("no {part:?} in what was printed").into())
    }
}
