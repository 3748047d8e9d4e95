//! Gets QEMU and kernels while the programs are being built. The builds do not use the network, and
//! sometimes leave a processor idle.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::table::{Board, Place};
use crate::{kernel as test_kernel, musl, own, steps};

/// The option that makes this program get QEMU and kernels.
pub(super) const OPTION: &str = "fetch-only";

/// A process of this program that gets QEMU and kernels. Dropping this value ends it.
#[derive(Debug)]
pub(super) struct Beside(Child);

impl Beside {
    /// Starts the process for these boards.
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
        // Prints lines, because a live line would disturb cargo's output.
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    eprintln!("{line}");
                }
            });
        }
        Ok(Self(child))
    }

    /// Waits for the process. If a file is still missing, the next user of the file tries to get
    /// it, and reports the reason.
    pub(super) fn finish(mut self) -> Result<()> {
        self.0.wait().context("wait for kernels")?;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // The process ends everything that it has started.
            if let Ok(pid) = i32::try_from(self.0.id()) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
            let _ = self.0.wait();
        }
    }
}

/// Gets the files for these boards, without building anything.
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
