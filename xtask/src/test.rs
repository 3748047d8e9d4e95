//! `cargo xtask test`: runs every test on a sequencer.

use std::ffi::OsString;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::kernel::{self, VARIABLE, Wanted};
use crate::{peers, songs, steps, workspace};

/// proptest's seed. Without it, proptest would ask the kernel for a random number, which Linux 6.1
/// has only minutes after its start.
const SEED: &str = "PROPTEST_RNG_SEED";

/// Gets everything that the tests need, and runs them.
pub(crate) fn run(wanted: &Wanted, args: &[OsString]) -> Result<ExitCode> {
    run_with(wanted, args, &[])
}

/// Does the same as [`run`], with these variables in the environment.
pub(crate) fn run_with(
    wanted: &Wanted,
    args: &[OsString],
    environment: &[(&str, OsString)],
) -> Result<ExitCode> {
    let (kernel, version) = match wanted {
        Wanted::Host => {
            kernel::host_sequencer()
                .context("open this machine's sequencer, /dev/snd/seq, to read and write")?;
            ("host".into(), "host".to_owned())
        }
        wanted => {
            let kernel = kernel::obtain(wanted, None, false)?;
            let version = kernel::version_of(&kernel)?;
            (kernel.into_os_string(), version)
        }
    };
    peers::obtain()?;
    let songs = match songs::obtain() {
        Ok(songs) => Some(songs),
        Err(e) if e.is::<steps::Interrupted>() => return Err(e),
        Err(e) => {
            steps::note(&format!("tests run without Debian's songs: {e:#}"));
            None
        }
    };
    let seed = std::env::var(SEED)
        .unwrap_or_else(|_| RandomState::new().build_hasher().finish().to_string());
    let cargo = || -> Result<Command> {
        let mut cargo = workspace::cargo()?;
        cargo
            .env(VARIABLE, &kernel)
            .env("ALSA_SEQ_KERNEL_VERSION", &version)
            .env("ALSA_SEQ_REQUIRE_KERNEL", "1")
            .env("TEST_KERNEL_REQUIRED", "1")
            .env(SEED, &seed);
        cargo.envs(environment.iter().map(|(name, value)| (name, value)));
        if let Some(songs) = &songs {
            cargo.env("ALSA_SEQ_SONGS", songs);
        }
        Ok(cargo)
    };
    steps::note(&format!("testing on {version}, {SEED}={seed}"));
    for targets in selections(args) {
        let status = workspace::status(cargo()?.arg("test").args(targets))?;
        if !status.success() {
            return Ok(workspace::end_as(status));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the arguments of each `cargo test`. `--all-targets` cannot be used, because it leaves
/// out documentation tests, and builds examples as tests and not as the programs that tests run. If
/// the caller gives arguments, only one run with these is made.
fn selections(args: &[OsString]) -> Vec<Vec<OsString>> {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    if args.is_empty() {
        return vec![
            words(&["--workspace", "--all-features", "--no-fail-fast"]),
            // One of its features disables the kernel's time stamps.
            words(&["--package", "alsa-seq-midir", "--tests", "--no-fail-fast"]),
            words(&["--workspace", "--all-features", "--benches", "--no-run"]),
        ];
    }
    // Only up to the arguments for the tests.
    let names_package = args
        .iter()
        .take_while(|arg| *arg != "--")
        .filter_map(|arg| arg.to_str())
        .any(|arg| arg.starts_with("-p") || arg.starts_with("--package") || arg == "--workspace");
    let mut all = if names_package {
        Vec::new()
    } else {
        words(&["--workspace"])
    };
    all.extend_from_slice(args);
    vec![all]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_arguments_are_the_only_ones() {
        let given = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            let mut runs = selections(&args);
            assert_eq!(runs.len(), 1);
            runs.remove(0)
        };
        assert_eq!(given(&["--doc"]), ["--workspace", "--doc"]);
        assert_eq!(given(&["-p", "aseq"]), ["-p", "aseq"]);
        assert_eq!(given(&["-paseq", "x"]), ["-paseq", "x"]);
        assert_eq!(given(&["x", "--", "-p"]), ["--workspace", "x", "--", "-p"]);
    }
}
