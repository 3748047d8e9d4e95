//! midir's examples, in a test kernel: they are given lines, as by somebody who sits there,
//! and have to say what they say on midir.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::kernel::Wanted;
use crate::runner;

/// The argument by which this binary is told to run them.
pub(crate) const ROLE: &str = "midir-examples";

/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The port through which the examples hear each other.
const THROUGH: &str = "Midi Through:Midi Through Port-0 14:0";

/// A port that leads nowhere.
const ELSEWHERE: &str = "Virtual Raw MIDI";

/// Runs all of it in a kernel.
pub(super) fn start(kernel: &Wanted, examples: &Path) -> Result<ExitCode> {
    let own = std::env::current_exe().context("find this program's own file")?;
    let command = vec![own.into(), ROLE.into(), examples.into()];
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command)
}

/// `xtask midir-examples DIRECTORY`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let directory = arguments.next().context("an argument is missing")?;
    let examples = Examples(directory.into());
    let ports = examples.list_ports()?;
    examples.reuse(&ports)?;
    examples.sysex()?;
    examples.play_read_and_forward(&ports)?;
    println!("the examples do what they do on midir");
    Ok(ExitCode::SUCCESS)
}

struct Examples(PathBuf);

/// The places of ports in the lists that the examples show.
struct Ports {
    from_through: String,
    to_through: String,
    to_elsewhere: String,
}

impl Examples {
    fn start(&self, name: &str) -> Result<Example> {
        let mut child = Command::new(self.0.join(name))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let output = child.stdout.take().context("no output")?;
        Ok(Example {
            name: name.into(),
            child,
            output: BufReader::new(output),
            said: String::new(),
        })
    }

    /// Everything that an example says when it is given these lines.
    fn said(&self, name: &str, lines: &[&str]) -> Result<String> {
        let mut example = self.start(name)?;
        for line in lines {
            example.give(line)?;
        }
        example.end()
    }

    fn list_ports(&self) -> Result<Ports> {
        let said = self.said("test_list_ports", &[])?;
        let (inputs, outputs) = said
            .split_once("Available output ports:")
            .with_context(|| format!("test_list_ports says\n{said}"))?;
        let place = |list: &str, port: &str| {
            let line = list.lines().find(|line| line.contains(port));
            let place = line.and_then(|line| line.split_once(':'));
            place
                .map(|(number, _)| number.to_owned())
                .with_context(|| format!("{port} is not among the ports:\n{list}"))
        };
        if !inputs.contains(&format!("{THROUGH} (ID: \"14:0\")")) {
            bail!("test_list_ports says\n{said}");
        }
        Ok(Ports {
            from_through: place(inputs, THROUGH)?,
            to_through: place(outputs, THROUGH)?,
            to_elsewhere: place(outputs, ELSEWHERE)?,
        })
    }

    /// Connects twice with the same objects, and hears itself.
    fn reuse(&self, ports: &Ports) -> Result<()> {
        let lines = [&ports.from_through, &ports.to_through, "x", "q", "x", "q"];
        let said = self.said("test_reuse", &lines)?;
        let received = "Received bytes: [144, 60, 1, 144, 60, 0]\n";
        if said.matches(received).count() != 2 {
            bail!("test_reuse says\n{said}");
        }
        Ok(())
    }

    /// A message of 5572 bytes, whole and in pieces of four; midir refuses the pieces.
    fn sysex(&self) -> Result<()> {
        let said = self.said("test_sysex", &[])?;
        for (length, times) in [("(len = 3)", 1), ("(len = 12)", 2), ("(len = 5572)", 2)] {
            if said.matches(length).count() != times {
                bail!("test_sysex says\n{}", shortened(&said));
            }
        }
        Ok(())
    }

    /// One plays, one reads that, and one forwards it.
    fn play_read_and_forward(&self, ports: &Ports) -> Result<()> {
        let mut read = self.start("test_read_input")?;
        read.give(&ports.from_through)?;
        read.wait_for("Connection open, reading input from")?;
        let mut forward = self.start("test_forward")?;
        forward.give(&ports.from_through)?;
        forward.give(&ports.to_elsewhere)?;
        forward.wait_for("Connections open, forwarding from")?;
        let played = self.said("test_play", &[&ports.to_through])?;
        if !played.ends_with("Connection closed\n") {
            bail!("test_play says\n{played}");
        }
        for mut example in [read, forward] {
            example.wait_for(": [128, 54, 100] (len = 3)")?;
            example.give("")?;
            let name = example.name.clone();
            let said = example.end()?;
            let notes = said.matches("100] (len = 3)").count();
            if notes != 16 || said.contains("Error") {
                bail!("{name} says\n{said}");
            }
        }
        Ok(())
    }
}

/// The text with short lines, for people: a message may be long.
fn shortened(said: &str) -> String {
    let line = |line: &str| line.chars().take(100).chain(['\n']).collect::<String>();
    said.lines().map(line).collect()
}

/// A running example. It is not left running.
struct Example {
    name: String,
    child: Child,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Example {
    /// Gives it a line.
    fn give(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no input")?;
        writeln!(input, "{line}").with_context(|| format!("write to {}", self.name))
    }

    /// Reads until it says this.
    fn wait_for(&mut self, text: &str) -> Result<()> {
        loop {
            let before = self.said.len();
            if self.output.read_line(&mut self.said)? == 0 {
                bail!("{} ends, and has said\n{}", self.name, self.said);
            }
            if self
                .said
                .get(before..)
                .is_some_and(|line| line.contains(text))
            {
                return Ok(());
            }
        }
    }

    /// Reads all that is left. Returns everything that it has said.
    fn end(mut self) -> Result<String> {
        while self.output.read_line(&mut self.said)? > 0 {}
        let status = self.child.wait()?;
        if !status.success() || self.said.contains("Error: ") {
            bail!(
                "{} ends ({status}), and has said\n{}",
                self.name,
                shortened(&self.said)
            );
        }
        Ok(std::mem::take(&mut self.said))
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
