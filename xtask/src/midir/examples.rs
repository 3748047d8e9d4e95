//! midir's examples, in a test kernel: they are given lines, as by somebody who sits there,
//! and have to say what they say on midir.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::child::{Running, shortened};
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

/// On what the examples are built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// `alsa-seq-midir`.
    Ours,
    /// This release of midir.
    Midir(&'static str),
}

/// Runs all of it in a kernel.
pub(super) fn start(kernel: &Wanted, examples: &Path, on: On) -> Result<ExitCode> {
    let own = crate::own::file()?;
    let mut command = vec![own.into(), ROLE.into(), examples.into()];
    if let On::Midir(version) = on {
        command.push(version.into());
    }
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command)
}

/// `xtask midir-examples DIRECTORY [VERSION]`; without the version of a midir, they are on
/// ours.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let directory = arguments.next().context("an argument is missing")?;
    let version = arguments.next().map(|version| version.into_string());
    let version = version.transpose().ok().context("a version is no text")?;
    let examples = Examples {
        directory: directory.into(),
        version,
    };
    let ports = examples.list_ports()?;
    examples.reuse(&ports)?;
    examples.sysex()?;
    examples.play_read_and_forward(&ports)?;
    println!("the examples do what they do on midir");
    Ok(ExitCode::SUCCESS)
}

struct Examples {
    directory: PathBuf,
    /// That of midir, unless it is ours.
    version: Option<String>,
}

/// The places of ports in the lists that the examples show.
struct Ports {
    from_through: String,
    to_through: String,
    to_elsewhere: String,
}

impl Examples {
    fn start(&self, name: &str) -> Result<Running> {
        Running::start(name, &mut Command::new(self.directory.join(name)))
    }

    /// Everything that an example says when it is given these lines.
    fn said(&self, name: &str, lines: &[&str]) -> Result<String> {
        let mut example = self.start(name)?;
        for line in lines {
            example.give(line)?;
        }
        let said = example.end()?;
        // It ends with success then, too.
        if said.contains("Error: ") {
            bail!("{name} says\n{}", shortened(&said));
        }
        Ok(said)
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
        let is_older = |version: &String| !version.starts_with("0.11.");
        let id = match self.version.as_ref().is_some_and(is_older) {
            // Ports had no identity.
            true => "",
            false => " (ID: \"14:0\")",
        };
        if !inputs.contains(&format!("{THROUGH}{id}\n")) {
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
        let received = match self.version {
            // It may close its input before the last message comes.
            Some(_) => "Received bytes: [144, 60, 1",
            None => "Received bytes: [144, 60, 1, 144, 60, 0]\n",
        };
        if said.matches(received).count() != 2 {
            bail!("test_reuse says\n{said}");
        }
        Ok(())
    }

    /// A message of 5572 bytes, whole and in pieces of four. midir refuses the pieces, and
    /// the example ends there.
    fn sysex(&self) -> Result<()> {
        let (said, counts) = match self.version {
            Some(_) => (self.start("test_sysex")?.end()?, [1, 1, 1]),
            None => (self.said("test_sysex", &[])?, [1, 2, 2]),
        };
        let lengths = ["(len = 3)", "(len = 12)", "(len = 5572)"];
        let refused = said.contains("(chunked)...\nError: ");
        if lengths.map(|length| said.matches(length).count()) != counts
            || refused != self.version.is_some()
        {
            bail!("test_sysex says\n{}", shortened(&said));
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
            let name = example.name().to_owned();
            let said = example.end()?;
            let notes = said.matches("100] (len = 3)").count();
            if notes != 16 || said.contains("Error") {
                bail!("{name} says\n{said}");
            }
        }
        Ok(())
    }
}
