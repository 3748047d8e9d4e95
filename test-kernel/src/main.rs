//! The command: `test-kernel --help`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use test_kernel::kernel::{self, Origin, Wanted};
use test_kernel::runner;
use test_kernel::workshop::steps;

/// Runs programs on a Linux kernel of their own, without root.
#[derive(Parser)]
#[command(name = "test-kernel", after_help = ENVIRONMENT)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

const ENVIRONMENT: &str = "\
Environment:
  TEST_KERNEL          the kernel: 6.1, 6.12, 6.12-no-ump, newest, host, or the path
                       of one
  TEST_KERNEL_TIMEOUT  seconds a program may run under `runner`, 0 for ever; unless
                       set 1200 for tests, for ever for others
  TEST_KERNEL_MEMORY   MiB of memory of a kernel, 512 unless set
  XDG_CACHE_HOME       kernels are in test-kernel there

Exit status of `run` and `runner`: the program's own; a signal that ends it ends
this, too. 124: the time was up. 125: the kernel failed. 126, 127: the program
could not be run, or found.";

#[derive(Subcommand)]
enum Task {
    /// Run a program on a kernel of its own
    ///
    /// On this machine's own sequencer if you may open it and no kernel is named.
    Run {
        /// 6.1, 6.12, 6.12-no-ump, newest, host, or the path of a kernel
        #[arg(long, value_name = "KERNEL")]
        kernel: Option<Wanted>,
        /// End it after this many seconds
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// The program and its arguments
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Kernels: get, build
    #[command(subcommand)]
    Kernel(Kernel),
    /// What cargo calls for each test, example, benchmark and binary
    Runner {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Subcommand)]
enum Kernel {
    /// Print the path of a kernel, which is built if the cache does not have it
    ///
    /// The source comes from Debian's archive, through the mirror this machine uses.
    Get {
        /// 6.1, 6.12, 6.12-no-ump or newest
        #[arg(default_value = "6.12")]
        version: Wanted,
        #[command(flatten)]
        from: From,
    },
    /// Build a kernel of a source of yours
    Build {
        /// 6.1, 6.12, 6.12-no-ump or newest
        #[arg(default_value = "6.12")]
        version: Wanted,
        /// Build this kernel source, a directory or a tarball
        #[arg(long, value_name = "DIR|TARBALL")]
        source: Option<PathBuf>,
    },
}

#[derive(Args)]
struct From {
    /// Take this finished User-Mode Linux kernel into the cache
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

fn main() -> ExitCode {
    // The roles around the kernel come first: they are part of every program start there.
    if let Some(code) = test_kernel::role() {
        return code;
    }
    match task(Cli::parse().task) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("test-kernel: {e:#}");
            match e.downcast_ref::<steps::Interrupted>() {
                Some(steps::Interrupted(signal)) => runner::die(*signal),
                // Not a code that a program run by us might give.
                None => ExitCode::from(runner::FAILED),
            }
        }
    }
}

fn task(task: Task) -> Result<ExitCode> {
    match task {
        Task::Run {
            kernel,
            timeout,
            command,
        } => {
            let timeout = timeout.filter(|s| *s > 0).map(Duration::from_secs);
            runner::run(kernel, timeout, command)
        }
        Task::Runner { command } => runner::cargo_runner(command),
        Task::Kernel(Kernel::Get { version, from }) => {
            obtain(&version, from.from.map(Origin::Kernel))
        }
        Task::Kernel(Kernel::Build { version, source }) => {
            obtain(&version, source.map(Origin::Source))
        }
    }
}

fn obtain(wanted: &Wanted, origin: Option<Origin>) -> Result<ExitCode> {
    let kernel = kernel::obtain(wanted, origin.as_ref(), true, &|_| Ok(()))?;
    println!("{}", kernel.display());
    Ok(ExitCode::SUCCESS)
}
