//! Development tasks: `cargo xtask --help`.

mod api;
mod bench;
mod boards;
mod book;
mod cache;
mod capi;
mod check_32;
mod debian;
mod demo;
mod deny;
mod dist;
mod files;
mod front_page;
mod fuzz;
mod kernel;
mod kernel_bugs;
mod kernel_options;
mod midir;
mod mips;
mod msrv;
mod musl;
mod no_panic;
mod own;
mod packaging;
mod page;
mod peers;
mod projects;
mod published;
mod python;
mod setups;
mod songs;
mod sum;
mod test;
mod tools;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use test_kernel::runner;
use test_kernel::workshop::steps;

use kernel::{Origin, Wanted};

/// Development tasks of alsa-seq.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", after_help = ENVIRONMENT)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

const ENVIRONMENT: &str = "\
Environment:
  TEST_KERNEL          the kernel for cargo's programs: 6.1, 6.12, 6.12-no-ump,
                       newest, host, or the path of a kernel
  TEST_KERNEL_TIMEOUT  time limit of a program in a test kernel in seconds, 0 for no
                       limit; default: 1200 for tests, no limit for other programs
  TEST_KERNEL_MEMORY   memory of a test kernel in MiB; default: 512
  XDG_CACHE_HOME       kernels are in its subdirectory test-kernel, songs and tools
                       in alsa-seq

Exit status of a program in a test kernel: the program's own. If a signal ends the
program, it ends this, too. 124: the time limit was reached. 125: the kernel failed.
126: the program could not be run. 127: it was not found.";

#[derive(Subcommand)]
enum Task {
    /// Build and cache a test kernel: User-Mode Linux with the ALSA sequencer
    ///
    /// The source comes from Debian's archive, through the mirror this machine
    /// uses. Elsewhere, give a source or a finished kernel.
    Kernel {
        /// 6.1, 6.12, 6.12-no-ump or newest
        #[arg(default_value = "6.12")]
        version: Wanted,
        #[command(flatten)]
        origin: OriginArgs,
    },
    /// Build kernels that each lack one option of packaging/alsa-seq.config, and show the failures
    /// on them
    KernelOptions(kernel_options::Options),
    /// Run the reproductions of docs/kernel-bugs.md, and check that the kernel has those defects
    #[command(name = "kernel-bugs")]
    KernelBugs {
        /// 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
        #[arg(default_value = "6.12")]
        kernel: Wanted,
    },
    /// Run any program on a real sequencer
    ///
    /// If you may open this machine's own sequencer and name no kernel, the program runs on this
    /// machine, otherwise in a test kernel.
    Run {
        /// 6.1, 6.12, 6.12-no-ump, newest, host, or the path of a kernel
        #[arg(long, value_name = "KERNEL")]
        kernel: Option<Wanted>,
        /// End the program after this number of seconds
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// The program and its arguments
        #[arg(trailing_var_arg = true, required = true, value_name = "PROGRAM")]
        command: Vec<OsString>,
    },
    /// Run every test on a test kernel, which is built first if necessary
    ///
    /// Other programs for the tests (alsa-utils, a C compiler, python-alsa-midi, mido, songs) are
    /// installed or fetched if that needs no question.
    Test {
        /// 6.1, 6.12, 6.12-no-ump, newest, host, or the path of a kernel
        #[arg(long, value_name = "KERNEL", default_value = "6.12")]
        kernel: Wanted,
        /// Arguments for cargo test, in place of all tests
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Get the other projects' programs for the tests
    ///
    /// alsa-utils, of this machine and the newest, C compilers, python-alsa-midi, mido.
    Peers,
    /// Play a song through the sequencer, and print its events
    Demo {
        /// 6.1, 6.12, 6.12-no-ump, newest, host, or the path of a kernel
        #[arg(long, value_name = "KERNEL")]
        kernel: Option<Wanted>,
    },
    /// Measure this library, other libraries and bare system calls
    ///
    /// Everything runs in turns in the newest test kernel, on one CPU. Figures are nanoseconds for
    /// each event (or each repetition). A ratio below 1 is better.
    Bench(bench::Options),
    /// Fetch songs for the tests from Debian's archive
    Songs,
    /// Fuzz all code that reads bytes or texts, from the committed seeds
    Fuzz(fuzz::Options),
    /// Build aseq as one small static file, try it in an image that contains nothing else, and
    /// compare its size and speed with alsa-utils
    Musl {
        /// 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
        #[arg(long, value_name = "KERNEL")]
        kernel: Option<Wanted>,
        /// Build it only with these features of aseq, such as patch,record,wait (see
        /// cli/README.md), and do not compare
        #[arg(long, value_name = "LIST")]
        features: Option<String>,
    },
    /// Build aseq for other processors, and try it on their kernels in QEMU
    ///
    /// All files are downloaded into the cache from Debian's archive. Nothing is installed.
    Boards(boards::Options),
    /// Build the documents as one book, and check its links
    Book,
    /// Run the lines of the README that install each part, in a new clone, and build the README's
    /// program
    #[command(name = "front-page")]
    FrontPage,
    /// Check the licences, sources and versions of the crates that we use: deny.toml
    Deny {
        /// Also check for known defects of the crates; this needs the network
        #[arg(long)]
        advisories: bool,
    },
    /// Boot a box in QEMU that has `aseq`, its rules for connections and a disk: plug a
    /// keyboard in, record it, cut the power, and boot it again
    Journey,
    /// Make the files of a release: archives of the sources, static programs, and their bills of
    /// materials: docs/release.md
    Dist(dist::Options),
    /// Check the files in packaging/: packages, init scripts, units and rules
    Packaging(packaging::Options),
    /// Test the page of aseq graph --serve in Debian's headless Chromium, in a test kernel
    Page(page::Options),
    /// Run the projects of test-kernel/projects with the commands on their page, unchanged and with
    /// a mistake
    Projects(projects::Options),
    /// Run the steps of the set-ups in test-kernel/ci, each in a new Debian
    Setups(setups::Options),
    /// Build libasound's sequencer for C programs, in every form: docs/libasound.md
    Capi(capi::Options),
    /// Compare alsa-seq-midir with the newest midir, and run midir's tests and examples on it
    Midir(midir::Options),
    /// Build the Python package and check it: its tests, the suites of other projects, its wheels
    Python(python::Options),
    /// Check that the oldest supported compiler builds everything
    Msrv,
    /// Check that the libraries and aseq compile for 32-bit machines
    #[command(name = "check-32")]
    Check32,
    /// Check that no function of the codec has code that can panic
    ///
    /// For x86-64 and x86. The check links a program that uses all functions, and looks for panics
    /// in it.
    NoPanic,
    /// Compare the public API of the libraries with its record in `api/`
    Api {
        /// Write the record
        #[arg(long)]
        bless: bool,
    },
    /// Run a test, example, benchmark or binary for cargo
    #[command(hide = true)]
    Runner {
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Args)]
#[group(multiple = false)]
struct OriginArgs {
    /// Build a kernel from this source, a directory or a tarball
    #[arg(long, value_name = "DIR|TARBALL")]
    source: Option<PathBuf>,
    /// Add this finished User-Mode Linux kernel to the cache
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
}

impl OriginArgs {
    fn origin(self) -> Option<Origin> {
        self.source
            .map(Origin::Source)
            .or(self.kernel.map(Origin::Kernel))
    }
}

fn main() -> ExitCode {
    // The roles around the test kernel come first, because every start of a program uses them.
    if let Some(code) = test_kernel::role() {
        return code;
    }
    let mut args = std::env::args_os();
    args.next();
    match args.next() {
        Some(role) if role == musl::MEASURE => {
            return musl::measure(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == capi::PROGRAMS => {
            return capi::programs(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == capi::DEBIAN => {
            return capi::debian(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == capi::WORK => {
            return capi::work(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == capi::CALLS => {
            return capi::calls(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == midir::EXAMPLES => {
            return midir::examples(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == midir::FIGURES => {
            return midir::figures(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == midir::PROGRAMS => {
            return midir::programs(args).unwrap_or_else(|e| {
                eprintln!("xtask: {e:#}");
                ExitCode::FAILURE
            });
        }
        Some(role) if role == dist::EMPTY_ROOT => {
            let Err(e) = dist::empty_root(args);
            eprintln!("xtask: {e:#}");
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    let cli = Cli::parse();
    // Only to save time: `runner.sh` builds the missing program.
    let _ = own::become_runner();
    match task(cli.task) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("xtask: {e:#}");
            if let Some(hint) = e.downcast_ref().and_then(test_kernel::Error::hint) {
                eprintln!("hint: {hint}");
            }
            match e.downcast_ref::<steps::Interrupted>() {
                Some(steps::Interrupted(signal)) => runner::die(*signal),
                // A status that programs in the kernel rarely return.
                None => ExitCode::from(runner::FAILED),
            }
        }
    }
}

fn task(task: Task) -> Result<ExitCode> {
    match task {
        Task::Kernel { version, origin } => {
            let kernel = kernel::obtain(&version, origin.origin().as_ref(), true)?;
            println!("{}", kernel.display());
            Ok(ExitCode::SUCCESS)
        }
        Task::KernelOptions(options) => kernel_options::run(&options),
        Task::KernelBugs { kernel } => kernel_bugs::run(&kernel),
        Task::Run {
            kernel,
            timeout,
            command,
        } => {
            let timeout = timeout.filter(|s| *s > 0).map(Duration::from_secs);
            runner::run(kernel, timeout, command)
        }
        Task::Test { kernel, args } => test::run(&kernel, &args),
        Task::Peers => {
            peers::obtain()?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Demo { kernel } => demo::run(kernel),
        Task::Bench(options) => bench::run(options),
        Task::Songs => {
            println!("{}", songs::obtain()?.display());
            Ok(ExitCode::SUCCESS)
        }
        Task::Fuzz(options) => fuzz::run(options),
        Task::Musl { kernel, features } => {
            let kernel = kernel.unwrap_or_else(musl::default_kernel);
            match features {
                Some(features) => musl::run_chosen(&kernel, &features),
                None => musl::run(&kernel),
            }
        }
        Task::Boards(options) => boards::run(&options),
        Task::Book => book::run(),
        Task::FrontPage => front_page::run(),
        Task::Deny { advisories } => deny::run(advisories),
        Task::Journey => boards::journey(),
        Task::Dist(options) => dist::run(&options),
        Task::Packaging(options) => packaging::run(&options),
        Task::Page(options) => page::run(&options),
        Task::Projects(options) => projects::run(&options),
        Task::Setups(options) => setups::run(&options),
        Task::Capi(options) => capi::run(&options),
        Task::Midir(options) => midir::run(&options),
        Task::Python(options) => python::run(&options),
        Task::Msrv => msrv::run(),
        Task::Check32 => check_32::run(),
        Task::NoPanic => no_panic::run(),
        Task::Api { bless } => api::run(bless),
        Task::Runner { command } => runner::cargo_runner(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_needs_no_dashes_before_it() {
        for words in [
            &["xtask", "run", "--timeout", "5", "aconnect", "-l", "--help"][..],
            &[
                "xtask",
                "run",
                "--timeout",
                "5",
                "--",
                "aconnect",
                "-l",
                "--help",
            ],
        ] {
            let Task::Run {
                timeout, command, ..
            } = Cli::try_parse_from(words).unwrap().task
            else {
                unreachable!("another task");
            };
            assert_eq!(timeout, Some(5));
            assert_eq!(command, ["aconnect", "-l", "--help"]);
        }
    }
}
