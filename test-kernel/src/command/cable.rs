//! `test-kernel cable`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use test_kernel::cable;

#[derive(Args)]
pub(crate) struct Cable {
    /// The raw MIDI device, such as /dev/snd/midiC0D0
    device: PathBuf,
    /// The speed in bytes per second
    #[arg(long, value_name = "BYTES", default_value_t = cable::RATE)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Open the device, but read nothing
    #[arg(long, conflicts_with_all = ["rate", "output"])]
    stalled: bool,
    /// Write the bytes to this file, not to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End after this number of bytes
    #[arg(long, value_name = "NUMBER", conflicts_with = "stalled")]
    bytes: Option<usize>,
    /// A program to run while the cable is open. The cable ends after the program, when no byte has
    /// arrived for 0.2 s, or when --bytes bytes were carried
    #[arg(last = true)]
    command: Vec<OsString>,
}

impl Cable {
    pub(crate) fn run(self) -> Result<ExitCode> {
        cable::run(&cable::Cable {
            device: self.device,
            rate: if self.stalled { 0 } else { self.rate },
            output: self.output,
            bytes: self.bytes,
            command: self.command,
        })
    }
}
