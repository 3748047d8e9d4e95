//! QEMU and kernels are got beside the builds of the programs: those leave the network
//! idle, and now and then a processor.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::table::{Board, Place};
use crate::{kernel as test_kernel, musl, own, steps};

/// The option by which this program is told to get them.
pub(super) const OPTION: &str = "fetch-only";

/// This program, which gets them. It ends when this value goes.
#[derive(Debug)]
pub(super) struct Beside(Child);

impl Beside {
    /// Starts it for these boards.
    pub(super) fn start(boards: &[&Board]) -> Result<Self> {
        let mut command = Command::new(own::file()?);
        command
            .arg("boards")
            .arg(format!("--{OPTION}"))
            .args(boards.iter().map(|board| board.name));
        let mut child = steps::tied(&command)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("start getting kernels")?;
        // As lines: it must not draw where cargo does.
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    eprintln!("{line}");
                }
            });
        }
        Ok(Self(child))
    }

    /// Waits for it. What it did not get is tried again by whoever needs it, and that says
    /// why it is not there.
    pub(super) fn finish(mut self) -> Result<()> {
        self.0.wait().context("wait for kernels")?;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // It ends what it has started.
            if let Ok(pid) = i32::try_from(self.0.id()) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
            let _ = self.0.wait();
        }
    }
}

/// Gets what these boards need, and builds nothing for them.
pub(super) fn fetch(boards: &[&Board]) -> Result<ExitCode> {
    let mut all_well = true;
    let mut tried = |result: Result<()>| match result {
        Err(error) if error.is::<steps::Interrupted>() => Err(error),
        Err(error) => {
            steps::note(&format!("{error:#}"));
            all_well = false;
            Ok(())
        }
        Ok(()) => Ok(()),
    };
    for board in boards {
        tried(match board.place {
            Place::Qemu(kernel, machine) => {
                machine.obtain().and_then(|_| kernel.obtain()).map(drop)
            }
            Place::TestKernel => {
                test_kernel::obtain(&musl::default_kernel(), None, false).map(drop)
            }
        })?;
    }
    Ok(match all_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
