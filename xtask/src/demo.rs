//! `cargo xtask demo`: a song through the sequencer.

use std::process::ExitCode;

use anyhow::Result;

use crate::kernel::{self, Wanted};
use crate::{runner, steps, workspace};

/// Plays a song, prints its arriving events, and prints the connections.
pub(crate) fn run(wanted: Option<Wanted>) -> Result<ExitCode> {
    let wanted = match wanted {
        Some(wanted) => wanted,
        None => match (Wanted::from_env()?, kernel::host_sequencer()) {
            (Some(wanted), _) => wanted,
            (None, Ok(())) => Wanted::Host,
            (None, Err(_)) => match kernel::find_any()? {
                Some(kernel) => Wanted::File(kernel),
                None => {
                    steps::note("this machine has no sequencer; getting a test kernel");
                    Wanted::usual()
                }
            },
        },
    };
    let place = match wanted {
        Wanted::Host => Wanted::Host,
        wanted => Wanted::File(kernel::obtain(&wanted, None, false)?),
    };
    let root = workspace::root()?;
    let aseq = workspace::build("aseq", &[])?;
    let script = root.join("xtask/demo.sh");
    let song = root.join("tests/data/three-tracks.mid");
    runner::run(
        Some(place),
        None,
        vec![script.into(), aseq.into(), song.into()],
    )
}
