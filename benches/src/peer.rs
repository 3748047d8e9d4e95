//! The compared programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::Options;
use crate::workload::THRU;

/// The argument in whose place the harness puts the number of its client.
pub const PROBE: &str = "PROBE";

/// The exit status of a program without this workload.
const NOT_APPLICABLE: i32 = 3;
/// A program that needs this time hangs.
const PATIENCE: &str = "60";

/// The variable with the directory in which a program looks for libraries first.
const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";
/// The library that the C interface replaces.
const SONAME: &str = "libasound.so.2";

/// A program with workloads.
#[derive(Clone, Debug)]
pub struct Peer {
    pub name: &'static str,
    program: PathBuf,
    script: Option<PathBuf>,
    /// The program that plays the other side.
    harness: PathBuf,
    /// The directory of its libasound, if that is not the system's.
    library: Option<PathBuf>,
}

/// A program with its arguments and its libasound.
#[derive(Clone, Debug)]
pub struct Call {
    pub argv: Vec<String>,
    library: Option<PathBuf>,
}

impl Call {
    pub fn new(program: &str, arguments: &[&str]) -> Self {
        let words = std::iter::once(&program).chain(arguments);
        Self {
            argv: words.map(|word| (*word).to_owned()).collect(),
            library: None,
        }
    }

    /// Returns the same command with another libasound.
    pub fn on(mut self, library: &Path) -> Self {
        self.library = Some(library.to_owned());
        self
    }

    /// Makes another program start it. That program gets these options.
    pub fn by(&self, program: impl AsRef<OsStr>, options: &[&str]) -> Command {
        let mut command = self.command(program);
        command.args(options).args(&self.argv);
        command
    }

    /// Returns a program with the same libasound.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some(library) = &self.library {
            command.env(LIBRARY_PATH, library);
        }
        command
    }
}

/// A program's output after a workload.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Nanoseconds; allocations in the program that counts them.
    pub amount: f64,
    pub ops: f64,
}

impl Sample {
    pub fn per_op(&self) -> f64 {
        self.amount / self.ops
    }
}

impl Peer {
    fn new(name: &'static str, program: PathBuf, harness: &Path) -> Self {
        Self {
            name,
            program,
            script: None,
            harness: harness.to_owned(),
            library: None,
        }
    }

    /// Returns the same program with the libasound of a directory.
    fn on(&self, library: &Path) -> Result<Self> {
        let peer = Self {
            library: Some(library.to_owned()),
            ..self.clone()
        };
        // This prevents measuring the same library twice by mistake.
        let output = peer
            .call("first", 1)
            .by("timeout", &[PATIENCE])
            .env("LD_DEBUG", "files")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start {}", peer.name))?;
        let file = library.join(SONAME);
        let loaded = format!("calling init: {}\n", file.display());
        if !String::from_utf8_lossy(&output.stderr).contains(&loaded) {
            bail!("{} does not load {}", peer.name, file.display());
        }
        Ok(peer)
    }

    /// Returns whether it uses the C interface.
    pub fn is_face(&self) -> bool {
        self.library.is_some()
    }

    /// Returns the whole command of a workload.
    pub fn call(&self, workload: &str, rounds: u64) -> Call {
        let mut argv = Vec::new();
        let mut rounds = rounds.to_string();
        if workload == THRU {
            let harness = self.harness.display().to_string();
            argv = vec![harness, THRU.to_owned(), rounds];
            rounds = PROBE.to_owned();
        }
        argv.push(self.program.display().to_string());
        argv.extend(self.script.iter().map(|path| path.display().to_string()));
        argv.extend([workload.to_owned(), rounds]);
        Call {
            argv,
            library: self.library.clone(),
        }
    }

    /// Returns `None` if the program does not have the workload.
    pub fn run(&self, workload: &str, rounds: u64) -> Result<Option<Sample>> {
        let output = self
            .call(workload, rounds)
            .by("timeout", &[PATIENCE])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("start {}", self.program.display()))?;
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

/// The available programs.
#[derive(Debug)]
pub struct Peers {
    pub ours: Peer,
    /// Our program that counts allocations in place of nanoseconds.
    pub allocations: Peer,
    pub bare: Peer,
    /// Starts other programs, and plays the other side.
    harness: PathBuf,
    /// Whether anything is compared with it.
    is_beside_bare: bool,
    others: Vec<Peer>,
    /// Some of the other programs a second time, with the C interface in place of libasound.
    faces: Vec<Peer>,
    missing: Vec<String>,
}

impl Peers {
    pub fn find(options: &Options) -> Result<Self> {
        let here = std::env::current_exe().context("find this program's own file")?;
        let here = here.parent().unwrap_or(Path::new("")).to_owned();
        let harness = options.programs.join("harness");
        let peer = |name, program| Peer::new(name, program, &harness);
        let mut all = vec![
            peer("libasound", options.programs.join("libasound")),
            peer("alsa crate", here.join("alsa_crate")),
            peer("midir", here.join("midir_crate")),
            peer("rtmidi", options.programs.join("rtmidi")),
        ];
        let python = options.python.clone().unwrap_or_else(|| "(none)".into());
        let mut python = peer("python-alsa-midi", python);
        python.script = Some(options.scripts.join("python_alsa_midi.py"));
        all.push(python);
        all.retain(|peer| options.is_beside(peer.name));
        let (others, missing): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|peer| peer.program.is_file());
        let mut faces = Vec::new();
        if let Some(library) = &options.face {
            // To check that it works, one is sufficient.
            let some = others
                .iter()
                .filter(|peer| !options.quick || peer.name == "libasound");
            for peer in some {
                faces.push(peer.on(library)?);
            }
        }
        Ok(Self {
            ours: peer("ours", here.join("ours")),
            allocations: peer("allocations", here.join("allocations")),
            bare: peer("bare", options.programs.join("bare")),
            harness: harness.clone(),
            is_beside_bare: options.is_beside("bare"),
            others,
            faces,
            missing: missing
                .into_iter()
                .map(|peer| format!("{} ({})", peer.name, peer.program.display()))
                .collect(),
        })
    }

    /// Returns all programs except ours, the limit first.
    pub fn others(&self) -> impl Iterator<Item = &Peer> {
        let bare = Some(&self.bare).filter(|_| self.is_beside_bare);
        bare.into_iter().chain(&self.others)
    }

    pub fn get(&self, name: &str) -> Option<&Peer> {
        self.others().find(|peer| peer.name == name)
    }

    /// Returns the same program with the C interface.
    pub fn face(&self, of: &Peer) -> Option<&Peer> {
        self.faces.iter().find(|peer| peer.name == of.name)
    }

    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Creates many clients with many ports. They exist until the result is dropped.
    pub fn world(&self, clients: u32, ports: u32) -> Result<World> {
        let mut child = Command::new(&self.harness)
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

    /// Runs any program. Returns nanoseconds, and the peak memory in KiB.
    pub fn spawn(&self, call: &Call) -> Result<(f64, f64)> {
        self.by_harness(call, &["spawn"])
    }

    /// Lets a program record. Returns nanoseconds of CPU time, and the peak memory in KiB.
    pub fn record(&self, call: &Call, events: u32) -> Result<(f64, f64)> {
        self.by_harness(call, &["record", &events.to_string()])
    }

    fn by_harness(&self, call: &Call, options: &[&str]) -> Result<(f64, f64)> {
        let argv = call.argv.join(" ");
        let output = call
            .by(&self.harness, options)
            .output()
            .with_context(|| format!("start {argv}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        match numbers[..] {
            [ns, kib, 0.0] => Ok((ns, kib)),
            [_, _, status] => bail!("{argv} ended with {status}"),
            _ => bail!("{argv} cannot be started"),
        }
    }
}

/// Many clients with many ports.
#[derive(Debug)]
pub struct World(Child);

impl Drop for World {
    fn drop(&mut self) {
        // They end when their input ends.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
