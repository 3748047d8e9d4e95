//! Development tasks: `cargo xtask --help`.

mod cache;
mod fdio;
mod guest;
mod place;
mod proto;
mod runner;
mod session;
mod terminal;
mod uml;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about, version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run a program on a real sequencer, in the test kernel.
    Run {
        #[arg(long, env = "ALSA_SEQ_KERNEL")]
        kernel: PathBuf,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// What cargo calls for each test, example, benchmark and binary.
    #[command(hide = true)]
    Runner {
        #[arg(long, env = "ALSA_SEQ_KERNEL")]
        kernel: Option<PathBuf>,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    // The roles around the test kernel come first: they are part of every
    // program start there.
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    match args.next() {
        Some(role) if role == guest::INIT => return guest::init(program),
        Some(role) if role == guest::AGENT => return guest::agent(),
        Some(role) if role == uml::EXEC => {
            let Err(e) = uml::exec(args);
            eprintln!("xtask: {e:#}");
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    match Cli::parse().task {
        Task::Run { kernel, command } => runner::run(
            &runner::Options {
                kernel,
                timeout: None,
            },
            command,
        ),
        Task::Runner { kernel, command } => match kernel {
            Some(kernel) => runner::run(
                &runner::Options {
                    kernel,
                    timeout: Some(Duration::from_secs(600)),
                },
                command,
            ),
            None => {
                eprintln!("xtask: no sequencer here; `cargo xtask kernel` provides one");
                runner::run_directly(&command)
            }
        },
    }
}
