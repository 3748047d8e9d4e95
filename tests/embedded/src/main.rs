//! The first process of a system that has only the programs to test: no shell, no `/proc`, no
//! library. The programs list, connect, play and dump, and this process prints whether all of them
//! succeeded. `cargo xtask boards`, `cargo xtask musl`, `cargo xtask capi static` and `cargo xtask
//! journey` boot it.

mod alsa_utils;
mod aseq;
mod commands;
mod journey;
mod modules;
mod records;
mod tests;

use std::path::Path;
use std::process::Command;
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
    // The program that booted the system ends it. If the first process ended, the kernel would
    // panic.
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// Tests the programs that the image contains.
fn run() -> Result<(), Failure> {
    if Path::new("/proc/self").exists() {
        return Err("there is a /proc".into());
    }
    modules::load()?;
    if Path::new(journey::RULES).exists() {
        journey::run()
    } else if Path::new("/tests").exists() {
        tests::run()
    } else if Path::new("/arguments").exists() {
        commands::run()
    } else if Path::new("/aseq").exists() {
        aseq::run()
    } else {
        alsa_utils::run()
    }
}

/// Returns the output of a successful call.
fn call(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program).args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?;
    println!("# {program} {}\n{text}", arguments.join(" "));
    if output.status.success() && output.stderr.is_empty() {
        Ok(text)
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!("{program} {arguments:?}: {}: {stderr}", output.status).into())
    }
}

fn expect(text: &str, part: &str) -> Result<(), Failure> {
    if text.contains(part) {
        Ok(())
    } else {
        Err(format!("no {part:?} in what was printed").into())
    }
}
