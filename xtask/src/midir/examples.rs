//! Runs midir's examples in a test kernel, with lines of input as from a user. They must print the
//! same as on midir.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::child::{Running, shortened};
use crate::kernel::Wanted;
use crate::runner;

/// The argument that makes this binary run them.
pub(crate) const ROLE: &str = "midir-examples";

/// Time limit for all examples.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The port that connects the examples with each other.
const THROUGH: &str = "Midi Through:Midi Through Port-0 14:0";

/// A port that is connected with nothing.
const ELSEWHERE: &str = "Virtual Raw MIDI";

/// The library of the examples.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// `alsa-seq-midir`.
    Ours,
    /// This release of midir.
    Midir(&'static str),
}

/// Runs all examples in a kernel.
pub(super) fn start(kernel: &Wanted, examples: &Path, on: On) -> Result<ExitCode> {
    let own = crate::own::file()?;
    let mut command = vec![own.into(), ROLE.into(), examples.into()];
    if let On::Midir(version) = on {
        command.push(version.into());
    }
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command)
}

/// `xtask midir-examples DIRECTORY [VERSION]`: with the version of a midir, the examples use that
/// midir, otherwise alsa-seq-midir.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let directory = arguments.next().context("an argument is missing")?;
    let version = arguments.next().map(|version| version.into_string());
    let version = version
        .transpose()
        .ok()
        .context("the version is not UTF-8")?;
    let examples = Examples {
        directory: directory.into(),
        version,
    };
    let ports = examples.list_ports()?;
    examples.reuse(&ports)?;
    examples.sysex()?;
    examples.play_read_and_forward(&ports)?;
    println!("the examples print the same as on midir");
    Ok(ExitCode::SUCCESS)
}

struct Examples {
    directory: PathBuf,
    /// The version of midir, unless the library is alsa-seq-midir.
    version: Option<String>,
}

/// The numbers of ports in the examples' lists.
struct Ports {
    from_through: String,
    to_through: String,
    to_elsewhere: String,
}

impl Examples {
    fn start(&self, name: &str) -> Result<Running> {
        Running::start(name, &mut Command::new(self.directory.join(name)))
    }

    /// Returns the output of an example for these lines of input.
    fn output(&self, name: &str, lines: &[&str]) -> Result<String> {
        let mut example = self.start(name)?;
        for line in lines {
            example.give(line)?;
        }
        let said = example.end()?;
        // The program also ends with success then.
        if said.contains("Error: ") {
            bail!("{name} says\n{}", shortened(&said));
        }
        Ok(said)
    }

    fn list_ports(&self) -> Result<Ports> {
        let said = self.output("test_list_ports", &[])?;
        let (inputs, outputs) = said
            .split_once("Available output ports:")
            .with_context(|| format!("test_list_ports prints\n{said}"))?;
        let place = |list: &str, port: &str| {
            let line = list.lines().find(|line| line.contains(port));
            let place = line.and_then(|line| line.split_once(':'));
            place
                .map(|(number, _)| number.to_owned())
                .with_context(|| format!("{port} is not among the ports:\n{list}"))
        };
        let is_older = |version: &String| !version.starts_with("0.11.");
        let id = match self.version.as_ref().is_some_and(is_older) {
            // In this version, ports had no identifier.
            true => "",
            false => " (ID: \"14:0\")",
        };
        if !inputs.contains(&format!("{THROUGH}{id}\n")) {
            bail!("test_list_ports prints\n{said}");
        }
        Ok(Ports {
            from_through: place(inputs, THROUGH)?,
            to_through: place(outputs, THROUGH)?,
            to_elsewhere: place(outputs, ELSEWHERE)?,
        })
    }

    /// Connects twice with the same objects, and receives its own messages.
    fn reuse(&self, ports: &Ports) -> Result<()> {
        let lines = [&ports.from_through, &ports.to_through, "x", "q", "x", "q"];
        let said = self.output("test_reuse", &lines)?;
        let received = match self.version {
            // The example may close its input before the last message arrives.
            Some(_) => "Received bytes: [144, 60, 1",
            None => "Received bytes: [144, 60, 1, 144, 60, 0]\n",
        };
        if said.matches(received).count() != 2 {
            bail!("test_reuse prints\n{said}");
        }
        Ok(())
    }

    /// Sends a message of 5572 bytes, in one call and in pieces of four bytes. midir refuses the
    /// pieces, and the example ends there.
    fn sysex(&self) -> Result<()> {
        let (said, counts) = match self.version {
            Some(_) => (self.start("test_sysex")?.end()?, [1, 1, 1]),
            None => (self.output("test_sysex", &[])?, [1, 2, 2]),
        };
        let lengths = ["(len = 3)", "(len = 12)", "(len = 5572)"];
        let refused = said.contains("(chunked)...\nError: ");
        if lengths.map(|length| said.matches(length).count()) != counts
            || refused != self.version.is_some()
        {
            bail!("test_sysex prints\n{}", shortened(&said));
        }
        Ok(())
    }

    /// One example plays, one prints the messages, and one forwards them.
    fn play_read_and_forward(&self, ports: &Ports) -> Result<()> {
        let mut read = self.start("test_read_input")?;
        read.give(&ports.from_through)?;
        read.wait_for("Connection open, reading input from")?;
        let mut forward = self.start("test_forward")?;
        forward.give(&ports.from_through)?;
        forward.give(&ports.to_elsewhere)?;
        forward.wait_for("Connections open, forwarding from")?;
        let played = self.output("test_play", &[&ports.to_through])?;
        if !played.ends_with("Connection closed\n") {
            bail!("test_play prints\n{played}");
        }
        for mut example in [read, forward] {
            example.wait_for(": [128, 54, 100] (len = 3)")?;
            example.give("")?;
            let name = example.name().to_owned();
            let said = example.end()?;
            let notes = said.matches("100] (len = 3)").count();
            if notes != 16 || said.contains("Error") {
                bail!("{name} prints\n{said}");
            }
        }
        Ok(())
    }
}
