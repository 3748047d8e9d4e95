//! `aconnect`, `aseqdump` and `aplaymidi` of alsa-utils.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Failure, SONG, call, expect};

/// The longest time in which `aseqdump` starts.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run() -> Result<(), Failure> {
    expect(
        &aconnect(&["-l"])?,
        "client 14: 'Midi Through' [type=kernel]",
    )?;
    expect(&aconnect(&["-i"])?, "    0 'Midi Through Port-0'")?;
    let mut dump = Killed(Command::new("/aseqdump").stdout(Stdio::piped()).spawn()?);
    let client = client("aseqdump")?;
    let port = format!("{client}:0");

    aconnect(&["14:0", &port])?;
    let listed = aconnect(&["-l"])?;
    expect(&listed, &format!("\tConnecting To: {port}\n"))?;
    expect(&listed, "\tConnected From: 14:0\n")?;
    std::fs::write("/song.mid", SONG)?;
    call("/aplaymidi", &["-d", "0", "-p", "14:0", "/song.mid"])?;
    aconnect(&["-d", "14:0", &port])?;
    if aconnect(&["-l"])?.contains("Connecting To") {
        return Err("still connected".into());
    }

    let connected = format!("  0:1   Port subscribed            14:0 -> {port}");
    let disconnected = format!("  0:1   Port unsubscribed          14:0 -> {port}");
    let waiting = format!("Waiting for data at port {port}. Press Ctrl+C to end.");
    let expected = [
        &*waiting,
        "Source  Event                  Ch  Data",
        &*connected,
        " 14:0   Note on                 0, note 60, velocity 100",
        " 14:0   Note off                0, note 60, velocity 64",
        " 14:0   Note on                 0, note 64, velocity 100",
        " 14:0   Note off                0, note 64, velocity 64",
        &*disconnected,
    ];
    let output = BufReader::new(dump.0.stdout.take().ok_or("no stdout")?);
    let mut shown = Vec::new();
    for line in output.lines().take(expected.len()) {
        let line = line?;
        println!("{line}");
        shown.push(line);
    }
    if shown != expected {
        return Err(format!("{expected:?} was expected").into());
    }
    // A failed program prints its error.
    let failed = Command::new("/aconnect")
        .args(["-d", "14:0", "14:0"])
        .output()?;
    let said = String::from_utf8_lossy(&failed.stderr);
    if failed.status.code() != Some(1) || !said.contains("No subscription is found") {
        return Err(format!("{failed:?}").into());
    }
    Ok(())
}

/// A program that is killed when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn aconnect(arguments: &[&str]) -> Result<String, Failure> {
    call("/aconnect", arguments)
}

/// Returns the number of a client that is starting. `aseqdump` prints nothing before its first
/// event, and the system has no `/proc`. So `aconnect` finds the number.
fn client(name: &str) -> Result<u8, Failure> {
    let end = Instant::now() + PATIENCE;
    loop {
        let listed = aconnect(&["-o"])?;
        // client 128: 'aseqdump' [type=user]
        let number = listed.lines().find_map(|line| {
            let (number, rest) = line.strip_prefix("client ")?.split_once(": '")?;
            rest.starts_with(name).then(|| number.parse())?.ok()
        });
        match number {
            // A client has a name before it has a port.
            Some(number) if listed.contains(&format!("    0 '{name}")) => return Ok(number),
            _ if Instant::now() > end => return Err(format!("no {name} in\n{listed}").into()),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
