//! The programs that are compared.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::Options;

/// A program has no such workload.
const NOT_APPLICABLE: i32 = 3;
/// After so long a program hangs.
const PATIENCE: &str = "60";

/// A program that does workloads.
#[derive(Clone, Debug)]
pub struct Peer {
    pub name: &'static str,
    program: PathBuf,
    script: Option<PathBuf>,
}

/// What a program says after a workload.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Nanoseconds; allocations, of the program that counts them.
    pub amount: f64,
    pub ops: f64,
}

impl Sample {
    pub fn per_op(&self) -> f64 {
        self.amount / self.ops
    }
}

impl Peer {
    fn new(name: &'static str, program: PathBuf) -> Self {
        Self {
            name,
            program,
            script: None,
        }
    }

    /// The whole command that does a workload.
    pub fn argv(&self, workload: &str, rounds: u64) -> Vec<String> {
        let mut argv = vec![self.program.display().to_string()];
        argv.extend(self.script.iter().map(|path| path.display().to_string()));
        argv.extend([workload.to_owned(), rounds.to_string()]);
        argv
    }

    /// `None` if the program has no such workload.
    pub fn run(&self, workload: &str, rounds: u64) -> Result<Option<Sample>> {
        let argv = self.argv(workload, rounds);
        let output = Command::new("timeout")
            .arg(PATIENCE)
            .args(&argv)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("start {}", argv[0]))?;
        if output.status.code() == Some(NOT_APPLICABLE) {
            return Ok(None);
        }
        if !output.status.success() {
            bail!("{} {workload}: {}", self.name, output.status);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut words = text.split_whitespace().map(str::parse::<f64>);
        let mut next = || words.next().transpose();
        match (next()?, next()?) {
            (Some(amount), Some(ops)) if ops > 0.0 => Ok(Some(Sample { amount, ops })),
            _ => bail!("{} {workload} said {text:?}", self.name),
        }
    }
}

/// All programs, as far as they are there.
#[derive(Debug)]
pub struct Peers {
    pub ours: Peer,
    /// Ours once more, which counts allocations instead of nanoseconds.
    pub allocations: Peer,
    pub bare: Peer,
    others: Vec<Peer>,
    missing: Vec<String>,
}

impl Peers {
    pub fn find(options: &Options) -> Result<Self> {
        let here = std::env::current_exe().context("find this program's own file")?;
        let here = here.parent().unwrap_or(Path::new("")).to_owned();
        let mut all = vec![
            Peer::new("libasound", options.programs.join("libasound")),
            Peer::new("alsa crate", here.join("alsa_crate")),
            Peer::new("midir", here.join("midir_crate")),
            Peer::new("rtmidi", options.programs.join("rtmidi")),
        ];
        let python = options.python.clone().unwrap_or_else(|| "(none)".into());
        let mut python = Peer::new("python-alsa-midi", python);
        python.script = Some(options.scripts.join("python_alsa_midi.py"));
        all.push(python);
        let (others, missing): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|peer| peer.program.is_file());
        Ok(Self {
            ours: Peer::new("ours", here.join("ours")),
            allocations: Peer::new("allocations", here.join("allocations")),
            bare: Peer::new("bare", options.programs.join("bare")),
            others,
            missing: missing
                .into_iter()
                .map(|peer| format!("{} ({})", peer.name, peer.program.display()))
                .collect(),
        })
    }

    /// Everybody but us, the limit first.
    pub fn others(&self) -> impl Iterator<Item = &Peer> {
        std::iter::once(&self.bare).chain(&self.others)
    }

    pub fn get(&self, name: &str) -> Option<&Peer> {
        self.others().find(|peer| peer.name == name)
    }

    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Many clients with many ports, as long as the answer lives.
    pub fn world(&self, clients: u32, ports: u32) -> Result<World> {
        let mut child = Command::new(&self.bare.program)
            .args(["world", &clients.to_string(), &ports.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the many clients")?;
        let mut line = String::new();
        let stdout = child.stdout.as_mut().context("no output")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line)?;
        if line.trim() != "ready" {
            bail!("the many clients did not come");
        }
        Ok(World(child))
    }

    /// Runs any program: nanoseconds, and KiB of memory at its peak.
    pub fn spawn(&self, argv: &[String]) -> Result<(f64, f64)> {
        let output = Command::new(&self.bare.program)
            .arg("spawn")
            .args(argv)
            .output()
            .with_context(|| format!("start {}", argv.join(" ")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        match numbers[..] {
            [ns, kib, 0.0] => Ok((ns, kib)),
            [_, _, status] => bail!("{} ended with {status}", argv.join(" ")),
            _ => bail!("{} cannot be started", argv.join(" ")),
        }
    }
}

/// Many clients with many ports.
#[derive(Debug)]
pub struct World(Child);

impl Drop for World {
    fn drop(&mut self) {
        // They end with their input.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
