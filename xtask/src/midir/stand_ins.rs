//! The stand-ins for `alsa-sys`: runs published releases of `alsa` and `midir` on them, with their
//! own tests and examples, in a test kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use super::examples::{self, On};
use crate::capi;
use crate::kernel::{self, Wanted};
use crate::steps::{self, Gauge};
use crate::{published, workspace};

/// A release, and the stand-in that its `Cargo.lock` requires.
struct Release {
    version: &'static str,
    stand_in: &'static str,
    /// Changes of its `Cargo.lock`: the arguments of `cargo update`.
    updates: &'static [&'static [&'static str]],
}

/// The newest releases, which every run checks.
const MIDIR: Release = Release {
    version: "0.11.1",
    stand_in: "0.6",
    // Its own lock file has an older `alsa`.
    updates: &[
        &["alsa", "--precise", "0.12.1"],
        &["alsa-sys", "--precise", "0.6.1"],
    ],
};

const ALSA: Release = Release {
    version: "0.12.1",
    stand_in: "0.6",
    updates: &[],
};

/// These crates are too old for the sequencer.
const OLD: &[&[&str]] = &[&["quote@1.0.6", "proc-macro2@1.0.18"]];

const OLDER_MIDIR: [Release; 5] = [
    Release {
        version: "0.7.0",
        stand_in: "0.3",
        updates: &[&["quote@1.0.6", "proc-macro2@1.0.18", "libc", "alsa-sys"]],
    },
    Release {
        version: "0.8.0",
        stand_in: "0.3",
        updates: OLD,
    },
    Release {
        version: "0.9.1",
        stand_in: "0.3",
        updates: OLD,
    },
    Release {
        version: "0.10.4",
        stand_in: "0.3",
        updates: &[],
    },
    Release {
        version: "0.11.1",
        stand_in: "0.3",
        updates: &[],
    },
];

const OLDER_ALSA: [Release; 3] = [
    Release {
        version: "0.9.1",
        stand_in: "0.3",
        updates: &[],
    },
    Release {
        version: "0.10.0",
        stand_in: "0.3",
        updates: &[],
    },
    Release {
        version: "0.11.0",
        stand_in: "0.4",
        updates: &[],
    },
];

/// Least number of tests of the sequencer in `alsa`.
const TESTS: usize = 9;

/// Keeps unused functions, and defines the functions of PCM and mixers.
const DEAD_CODE: &str = "-C link-dead-code --cfg alsa_seq_absent";

/// A program that needs libasound.
const SOUND: &str = "fn main() {
    alsa::pcm::PCM::new(\"default\", alsa::Direction::Playback, false).unwrap();
}
";

/// Checks the newest releases.
pub(super) fn newest(kernel: &Wanted, home: &Path) -> Result<ExitCode> {
    Checker::new(kernel, home)?.all(&[MIDIR], &[ALSA])
}

/// Checks the older releases.
pub(super) fn older(kernel: &Wanted, home: &Path) -> Result<ExitCode> {
    Checker::new(kernel, home)?.all(&OLDER_MIDIR, &OLDER_ALSA)
}

struct Checker<'a> {
    kernel: &'a Wanted,
    home: PathBuf,
    root: PathBuf,
}

impl<'a> Checker<'a> {
    fn new(kernel: &'a Wanted, home: &Path) -> Result<Self> {
        kernel::obtain(kernel, None, false)?;
        Ok(Self {
            kernel,
            home: home.join("stand-ins"),
            root: workspace::root()?,
        })
    }

    fn all(&self, midir: &[Release], alsa: &[Release]) -> Result<ExitCode> {
        for release in midir {
            let code = self
                .midir(release)
                .with_context(|| format!("midir {} fails", release.version))?;
            if code != ExitCode::SUCCESS {
                return Ok(code);
            }
        }
        for release in alsa {
            self.alsa(release)
                .with_context(|| format!("alsa {} fails", release.version))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Runs midir's tests and examples.
    fn midir(&self, release: &Release) -> Result<ExitCode> {
        let package = self.package("midir", release)?;
        let output = steps::run(
            &format!("testing midir {}", release.version),
            &Gauge::Time,
            package.cargo("test")?.args(["--test", "virtual"]),
        )?;
        package.is_patched()?;
        if passed(&output) != 1 {
            bail!("its test did not run:\n{output}");
        }
        steps::run(
            &format!("building the examples of midir {}", release.version),
            &Gauge::Time,
            package.cargo("build")?.arg("--examples"),
        )?;
        let examples = package.target.join("debug/examples");
        let needed = capi::needed_libraries(&examples.join("test_play"))?;
        if let Some(library) = needed.iter().find(|name| name.contains("asound")) {
            bail!("test_play needs {library}");
        }
        println!(
            "midir {} on alsa-sys/{}: its test passes",
            release.version, release.stand_in
        );
        examples::start(self.kernel, &examples, On::Midir(release.version))
    }

    /// Runs the sequencer's tests of `alsa`. Its tests of PCM are not linked, or abort.
    fn alsa(&self, release: &Release) -> Result<()> {
        let package = self.package("alsa", release)?;
        let mut cargo = package.cargo("test")?;
        cargo.env("RUSTFLAGS", DEAD_CODE).args(["--lib", "seq::"]);
        let title = format!("testing alsa {}", release.version);
        let output = steps::run(&title, &Gauge::Time, &mut cargo)?;
        package.is_patched()?;
        let count = passed(&output);
        if count < TESTS {
            bail!("only {count} tests of its sequencer pass, of {TESTS}:\n{output}");
        }
        let mut cargo = package.cargo("test")?;
        cargo
            .env("RUSTFLAGS", DEAD_CODE)
            .args(["--lib", "pcm::drop"]);
        let output = failure(&mut cargo)?;
        if !output.contains("alsa-seq: snd_pcm_open does not exist here") {
            bail!("the abort of PCM does not print the function's name:\n{output}");
        }
        self.sound(release)?;
        println!(
            "alsa {} on alsa-sys/{}: {count} tests of its sequencer pass with link-dead-code; for \
             a program that plays sound, the linker names snd_pcm_open",
            release.version, release.stand_in
        );
        Ok(())
    }

    /// Checks that a program that plays sound is not linked, and that the linker names the reason.
    fn sound(&self, release: &Release) -> Result<()> {
        let stand_in = self.root.join("alsa-sys").join(release.stand_in);
        let manifest = fs::read_to_string(stand_in.join("Cargo.toml"))?;
        let version = manifest
            .lines()
            .find_map(|line| line.strip_prefix("version = "))
            .context("the stand-in has no version")?;
        let package = Package {
            checker: self,
            stand_in,
            target: self.home.join("build"),
            directory: self.home.join("sound"),
        };
        // For a newer alsa-sys, no stand-in exists.
        let dependencies = format!(
            "[dependencies]\nalsa = \"={}\"\nalsa-sys = {}\n",
            release.version,
            version.replacen('"', "\"=", 1)
        );
        super::write_package(&package.directory, &dependencies)?;
        super::write(&package.directory.join("src/main.rs"), SOUND)?;
        let output = failure(&mut package.cargo("build")?)?;
        package.is_patched()?;
        // GNU ld and LLVM's linker word the message differently.
        let mut undefined = output.lines().filter(|line| line.contains("undefined "));
        if !undefined.any(|line| line.contains("snd_pcm_open")) {
            bail!("the linker does not name snd_pcm_open:\n{output}");
        }
        Ok(())
    }

    /// Copies a release, and changes its `Cargo.lock`.
    fn package(&self, name: &str, release: &Release) -> Result<Package<'_>> {
        let label = format!("{name}-{}-on-{}", release.version, release.stand_in);
        let directory = self.home.join(label);
        let source = published::source(name, release.version)?;
        published::copy(&source, &directory, "")?;
        for update in release.updates {
            let mut cargo = workspace::cargo()?;
            cargo.current_dir(&directory).arg("update").args(*update);
            steps::run("updating its Cargo.lock", &Gauge::Time, &mut cargo)?;
        }
        Ok(Package {
            checker: self,
            stand_in: self.root.join("alsa-sys").join(release.stand_in),
            target: self.home.join("build"),
            directory,
        })
    }
}

/// A release that is built by cargo.
struct Package<'a> {
    checker: &'a Checker<'a>,
    stand_in: PathBuf,
    directory: PathBuf,
    target: PathBuf,
}

impl Package<'_> {
    /// Returns a cargo command that uses the stand-in.
    fn cargo(&self, command: &str) -> Result<Command> {
        let mut cargo = workspace::cargo()?;
        cargo
            .current_dir(&self.directory)
            .arg(command)
            .arg("--config")
            .arg(format!("patch.crates-io.alsa-sys.path={:?}", self.stand_in))
            .arg("--target-dir")
            .arg(&self.target)
            .env(kernel::VARIABLE, self.checker.kernel.to_string());
        Ok(cargo)
    }

    /// Checks that the stand-in was used: a lock file has no source for a path.
    fn is_patched(&self) -> Result<()> {
        let lock = fs::read_to_string(self.directory.join("Cargo.lock"))?;
        let mut packages = lock.split("[[package]]");
        let alsa_sys = packages.find(|package| package.contains("name = \"alsa-sys\""));
        let alsa_sys = alsa_sys.context("it does not depend on alsa-sys")?;
        if alsa_sys.contains("source = ") {
            bail!("the stand-in was not used:{alsa_sys}");
        }
        Ok(())
    }
}

/// Returns the output of a command that must fail.
fn failure(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("start {command:?}"))?;
    let said = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .join("\n");
    if output.status.success() {
        bail!("it succeeds:\n{said}");
    }
    Ok(said)
}

/// Returns the number of tests that have passed.
fn passed(output: &str) -> usize {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "))
        .filter_map(|rest| rest.split(' ').next()?.parse::<usize>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted() {
        let output = "running 2 tests\ntest a ... ok\n\
                      test result: ok. 2 passed; 0 failed; 0 ignored\n\n\
                      test result: FAILED. 3 passed; 1 failed\n";
        assert_eq!(passed(output), 2);
        assert_eq!(passed("running 0 tests\n"), 0);
    }
}
