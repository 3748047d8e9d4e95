//! `cargo xtask fuzz`: runs every fuzz target for some time from the committed seeds, or all of
//! them until a number of executions is reached.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::debian::{in_path, provide};

use crate::{cache, peers, tools, workspace};

mod long;

/// Compares with libasound's codec, in a separate program. The feature has the same name. Without
/// it, nothing that compares with libasound is built.
const DIFFERENTIAL: &str = "libasound";

/// Beginning of the targets that compare `capi` with libasound.
const CAPI: &str = "capi_";

/// The example in `docs/fuzzing.md`. A short run shows that it works.
const EXAMPLE: &str = "octave_up";

/// End of the name of a target's fast form.
const FAST: &str = "_fast";

/// Size limit of a short case. It has room for three events.
const SHORT: u32 = 128;

/// Short cases get one part in this number of the time.
const SHORT_SHARE: u32 = 5;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Seconds for each target
    #[arg(default_value_t = 60)]
    seconds: u32,
    /// Run only these targets
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// Compare `capi` with Debian's newest libasound in place of the installed one
    #[arg(long)]
    newest: bool,
    /// Run until each target has made this number of executions, counted over all runs
    ///
    /// You can interrupt it at any time. The next run continues.
    #[arg(long, value_name = "EXECUTIONS", conflicts_with = "seconds")]
    until: Option<u64>,
    /// The directory for the found inputs and the totals of --until; default: the cache
    #[arg(long, value_name = "DIR", requires = "until")]
    corpus: Option<PathBuf>,
    /// The number of targets that --until runs at the same time
    #[arg(long, value_name = "COUNT", default_value = "1", requires = "until")]
    jobs: NonZeroUsize,
}

/// Fuzzes the targets. An input that makes a check fail is stored, and its path is printed.
pub(crate) fn run(options: Options) -> Result<ExitCode> {
    let root = workspace::root()?;
    let all = targets(&root.join("fuzz/fuzz_targets"))?;
    for name in &options.targets {
        if !all.iter().any(|target| target.name == *name) {
            let names: Vec<&str> = all.iter().map(|target| &*target.name).collect();
            bail!(
                "the fuzz target {name} does not exist; the targets are {}",
                names.join(", ")
            );
        }
    }
    let wanted = |target: &Target| match &*options.targets {
        // Targets that compare with libasound run only on request.
        [] if target.is_differential() => false,
        [] => target.name != EXAMPLE || options.until.is_none(),
        only => only.contains(&target.name),
    };
    let targets: Vec<Target> = all.into_iter().filter(wanted).collect();
    let mut fuzzer = Fuzzer::build(root, &targets, options.targets.is_empty())?;
    if options.newest {
        fuzzer.newest = Some(peers::newest()?);
    }
    match options.until {
        Some(goal) => {
            let dir = match options.corpus {
                Some(dir) => dir,
                None => cache::dir()?.join("fuzz"),
            };
            long::run(&fuzzer, &targets, goal, &dir, options.jobs)
        }
        None => moments(&fuzzer, &targets, options.seconds),
    }
}

/// Runs each target for this number of seconds. Found inputs are not kept.
fn moments(fuzzer: &Fuzzer, targets: &[Target], seconds: u32) -> Result<ExitCode> {
    let found = tempfile::tempdir()?;
    let short = seconds.div_ceil(SHORT_SHARE);
    for target in targets {
        let grown = found.path().join(&target.name);
        std::fs::create_dir(&grown)?;
        for (cases, seconds) in [
            (Cases::Short, short),
            (Cases::Any, seconds.saturating_sub(short)),
        ] {
            if seconds == 0 || !target.takes(cases) {
                continue;
            }
            println!("fuzzing {} with {cases} for {seconds} s", target.name);
            let status = fuzzer
                .command(target, cases, &grown, seconds)?
                .status()
                .with_context(|| format!("run {}", target.name))?;
            if !status.success() {
                bail!(fuzzer.failure(target, cases));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The kind of cases for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cases {
    /// Short cases, checked without a model. So there are many of them.
    Short,
    /// Cases of all sizes, with all checks.
    Any,
}

impl std::fmt::Display for Cases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Short => "short cases",
            Self::Any => "any cases",
        })
    }
}

#[derive(Debug)]
struct Target {
    name: String,
    /// Whether the target has a fast form. Without one, the target itself is fast with short cases.
    has_fast: bool,
}

impl Target {
    fn program(&self, cases: Cases) -> String {
        if cases == Cases::Short && self.has_fast {
            format!("{}{FAST}", self.name)
        } else {
            self.name.clone()
        }
    }

    fn is_differential(&self) -> bool {
        self.name == DIFFERENTIAL || self.name.starts_with(CAPI)
    }

    fn takes(&self, cases: Cases) -> bool {
        match &*self.name {
            // A target that asks another program is never fast.
            DIFFERENTIAL => cases == Cases::Any,
            EXAMPLE => cases == Cases::Short,
            _ => true,
        }
    }

    /// The words of its dictionary.
    fn dictionary(&self) -> String {
        let words = match &*self.name {
            "midi_bytes" | "sysex" | "capi_midi" | DIFFERENTIAL => "midi",
            name => name,
        };
        format!("fuzz/{words}.dict")
    }
}

/// The built targets.
#[derive(Debug)]
struct Fuzzer {
    root: PathBuf,
    programs: PathBuf,
    /// The libasound to compare with, if it is not the installed one.
    newest: Option<peers::Newest>,
}

impl Fuzzer {
    fn build(root: PathBuf, targets: &[Target], all: bool) -> Result<Self> {
        let host = host()?;
        let differential = targets.iter().any(Target::is_differential);
        if differential {
            provide("comparing with libasound", &peers::LIBASOUND)?;
        }
        let mut programs = Vec::new();
        for target in targets {
            programs.push(Some(target.program(Cases::Any)));
            programs.push(Some(target.program(Cases::Short)));
        }
        programs.dedup();
        if all {
            programs = vec![None];
        }
        let cargo_fuzz = cargo_fuzz()?;
        for program in programs {
            let mut command = Command::new(&cargo_fuzz);
            command
                .current_dir(&root)
                // The codec has no `unsafe` for a sanitizer to check. Without a sanitizer, the
                // stable compiler is sufficient.
                .args(["fuzz", "build", "--sanitizer", "none", "--target", &host])
                .args(["--target-dir", "fuzz/target"]);
            if differential {
                command.args(["--features", DIFFERENTIAL]);
            }
            let status = command
                .args(program)
                .status()
                .context("run cargo fuzz build")?;
            if !status.success() {
                bail!("building the fuzz targets failed");
            }
        }
        let programs = root.join("fuzz/target").join(host).join("release");
        Ok(Self {
            root,
            programs,
            newest: None,
        })
    }

    /// New inputs go to `grown`. The seeds are only read.
    fn command(
        &self,
        target: &Target,
        cases: Cases,
        grown: &Path,
        seconds: u32,
    ) -> Result<Command> {
        let artifacts = self.artifacts(target, cases);
        std::fs::create_dir_all(&artifacts)
            .with_context(|| format!("create {}", artifacts.display()))?;
        let program = self.programs.join(target.program(cases));
        let mut command = match &self.newest {
            Some(newest) if target.name.starts_with(CAPI) => {
                // The library needs the C library that it was built for.
                let mut command = Command::new(&newest.loader);
                command
                    .arg("--library-path")
                    .arg(&newest.libraries)
                    .arg(program);
                command
            }
            _ => Command::new(program),
        };
        command
            .current_dir(&self.root)
            .arg(grown)
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(format!("-max_total_time={seconds}"))
            .args(["-print_final_stats=1", "-verbosity=0"]);
        let seeds = Path::new("fuzz/corpus").join(&target.name);
        if self.root.join(&seeds).is_dir() {
            command.arg(seeds);
        }
        if cases == Cases::Short {
            command.arg(format!("-max_len={SHORT}"));
        }
        let dictionary = target.dictionary();
        if self.root.join(&dictionary).is_file() {
            command.arg(format!("-dict={dictionary}"));
        }
        Ok(command)
    }

    /// The directory for inputs that make a check fail.
    fn artifacts(&self, target: &Target, cases: Cases) -> PathBuf {
        self.root.join("fuzz/artifacts").join(target.program(cases))
    }

    fn failure(&self, target: &Target, cases: Cases) -> String {
        let program = target.program(cases);
        format!(
            "{program} failed; the input is in {}, and this command runs it again:\ncargo fuzz run \
             --sanitizer none {program} FILE",
            self.artifacts(target, cases).display()
        )
    }
}

/// Returns the targets, by name.
fn targets(dir: &Path) -> Result<Vec<Target>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("read {}", dir.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        names.extend(stem.map(str::to_owned));
    }
    names.sort();
    let target = |name: &String| Target {
        has_fast: names.contains(&format!("{name}{FAST}")),
        name: name.clone(),
    };
    let whole = names.iter().filter(|name| !name.ends_with(FAST));
    Ok(whole.map(target).collect())
}

/// Returns the compiler's default target.
fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("-vV")
        .output()
        .context("run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not print its default target")
}

/// Returns the machine's cargo-fuzz, or installs one in the cache.
fn cargo_fuzz() -> Result<PathBuf> {
    if in_path("cargo-fuzz") {
        return Ok("cargo-fuzz".into());
    }
    tools::obtain("cargo-fuzz", "0.13.2", &[])
}
