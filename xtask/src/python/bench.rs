//! Measures the package, python-alsa-midi and python-rtmidi.

use anyhow::{Result, bail};

use super::package::{Package, Profile};
use super::{Session, interpreter, venv};
use crate::debian::provide;
use crate::{peers, workspace};

const PACKAGES: [&str; 3] = ["alsa-midi==1.0.4", "python-rtmidi==1.5.8", "mido==1.3.3"];

/// Time limit for all measurements, in seconds.
const SECONDS: u32 = 1800;

pub(super) fn run(session: &Session, arguments: &[String]) -> Result<()> {
    // For Pythons without a wheel of python-rtmidi.
    provide("measuring python-rtmidi, too", &peers::LIBASOUND)?;
    let venv = venv::with("bench", &interpreter::own()?, &PACKAGES)?;
    let package = Package::build(session, Profile::Release)?;
    let mut command = session.in_kernel(SECONDS)?;
    command
        .current_dir(&session.target)
        .env("PYTHONPATH", &package.site)
        // Only the first import compiles a package.
        .env_remove("PYTHONDONTWRITEBYTECODE")
        .arg(venv.program("python3"))
        .arg(session.source.join("benches/beside.py"))
        .args(arguments);
    if !workspace::status(&mut command)?.success() {
        bail!("the measurements failed");
    }
    Ok(())
}
