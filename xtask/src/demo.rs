//! `cargo xtask demo`: a song through the sequencer.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::kernel::{self, Flavour, Wanted};
use crate::{runner, steps, workspace};

/// Plays a song, shows its events arriving and who is connected to whom.
pub(crate) fn run(wanted: Option<Wanted>) -> Result<ExitCode> {
    let wanted = match wanted {
        Some(wanted) => wanted,
        None => match (Wanted::from_env()?, kernel::host_sequencer()) {
            (Some(wanted), _) => wanted,
            (None, Ok(())) => Wanted::Host,
            (None, Err(_)) => match kernel::find_any()? {
                Some(kernel) => Wanted::File(kernel),
                None => {
                    steps::note("no sequencer here: a test kernel comes first");
                    Wanted::Named(Flavour::DEFAULT)
                }
            },
        },
    };
    let place = match wanted {
        Wanted::Host => Wanted::Host,
        wanted => Wanted::File(kernel::obtain(&wanted, None, false)?),
    };
    let root = workspace::root()?;
    let aseq = build_aseq()?;
    let script = root.join("xtask/demo.sh");
    let song = root.join("tests/data/three-tracks.mid");
    runner::run(
        Some(place),
        None,
        vec![script.into(), aseq.into(), song.into()],
    )
}

/// Builds the command line tool and says where it is.
fn build_aseq() -> Result<String> {
    let output = workspace::cargo()?
        .args(["build", "--quiet", "--package", "aseq"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("run cargo build")?;
    if !output.status.success() {
        bail!("building aseq failed ({})", output.status);
    }
    // One message a line; the one about the program names its file.
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    messages
        .lines()
        .filter_map(|line| line.split_once("\"executable\":\""))
        .filter_map(|(_, rest)| rest.split_once('"'))
        .map(|(path, _)| path.to_owned())
        .find(|path| path.ends_with("/aseq"))
        .context("cargo does not say where it put aseq")
}
