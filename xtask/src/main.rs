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
  TEST_KERNEL          which kernel cargo's programs run on: 6.1, 6.12,
                       6.12-no-ump, newest, host, or the path of a kernel
  TEST_KERNEL_TIMEOUT  seconds one of them may run in a test kernel, 0 for ever;
                       unless set 1200 for tests, for ever for others
  TEST_KERNEL_MEMORY   MiB of memory of a test kernel, 512 unless set
  XDG_CACHE_HOME       kernels are in test-kernel there, songs and tools in alsa-seq

Exit status of a program run in a test kernel: its own; a signal that ends it
ends this, too. 124: the time was up. 125: the kernel failed. 126, 127: the
program could not be run, or found.";

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
    /// Build kernels that lack one option each of packaging/alsa-seq.config, and show
    /// what fails on them
    KernelOptions(kernel_options::Options),
    /// Run the reproductions of docs/kernel-bugs.md, and see that the kernel has those defects
    #[command(name = "kernel-bugs")]
    KernelBugs {
        /// 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
        #[arg(default_value = "6.12")]
        kernel: Wanted,
    },
    /// Run any program on a real sequencer
    ///
    /// On this machine's own if you may open it and no kernel is named, else
    /// inside a test kernel.
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
    /// Run every test on a test kernel, which is built first if need be
    ///
    /// What the tests run besides (alsa-utils, a C compiler, python-alsa-midi, mido,
    /// songs) is installed or fetched where that needs no question.
    Test {
        /// 6.1, 6.12, 6.12-no-ump, newest, host, or the path of a kernel
        #[arg(long, value_name = "KERNEL", default_value = "6.12")]
        kernel: Wanted,
        /// Arguments for cargo test, instead of all tests
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Get what the tests run besides our own code
    ///
    /// alsa-utils, of this machine and the newest, C compilers, python-alsa-midi, mido.
    Peers,
    /// Play a song through the sequencer and show it arriving
    Demo {
        /// 6.1, 6.12, 6.12-no-ump, newest, host, or the path of a kernel
        #[arg(long, value_name = "KERNEL")]
        kernel: Option<Wanted>,
    },
    /// Measure this library beside others, and beside the bare system calls
    ///
    /// In the newest test kernel, on one CPU, everything in turns. Figures are
    /// nanoseconds for each event (or each time); a ratio below 1 is better.
    Bench(bench::Options),
    /// Fetch the songs that tests play from Debian's archive
    Songs,
    /// Fuzz everything that reads bytes or texts, from the committed seeds
    Fuzz(fuzz::Options),
    /// Build aseq as one small static file, try it in an image that has nothing
    /// else, and measure it beside what it replaces
    Musl {
        /// 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
        #[arg(long, value_name = "KERNEL")]
        kernel: Option<Wanted>,
    },
    /// Build aseq for other processors, and try it on their kernels in QEMU
    ///
    /// Everything is fetched into the cache from Debian's archive: nothing is installed.
    Boards(boards::Options),
    /// Build the documents as one book, and check its links
    Book,
    /// Run the lines of the README that install each part, in a new clone, and build its program
    #[command(name = "front-page")]
    FrontPage,
    /// Check the licences, sources and versions of the crates that we build from: deny.toml
    Deny {
        /// Ask for known defects of theirs as well: needs the network
        #[arg(long)]
        advisories: bool,
    },
    /// Boot a box in QEMU that has `aseq`, its rules for connections and a disk: plug a
    /// keyboard in, record it, cut the power, and boot it again
    Journey,
    /// Make what is released: archives of the sources, static programs, and what they are
    /// made of: docs/release.md
    Dist(dist::Options),
    /// Check what packaging/ has: packages, init scripts, units and rules
    Packaging(packaging::Options),
    /// Test the page of aseq graph --serve in Debian's headless Chromium, in a test kernel
    Page(page::Options),
    /// Run the projects of test-kernel/projects by the commands on their page, as they are and
    /// broken
    Projects(projects::Options),
    /// Run the steps of the set-ups in test-kernel/ci, each in a new Debian
    Setups(setups::Options),
    /// Build libasound's sequencer for C programs, in every form: docs/libasound.md
    Capi(capi::Options),
    /// Compare alsa-seq-midir with the newest midir, and run that one's tests and examples
    /// on ours
    Midir(midir::Options),
    /// Build the Python package and check it: its tests, the suites of others, its wheels
    Python(python::Options),
    /// Check that the oldest supported compiler builds everything
    Msrv,
    /// Check that the libraries and aseq compile for 32-bit machines
    #[command(name = "check-32")]
    Check32,
    /// Check that no function of the codec has code that can panic
    ///
    /// For x86-64 and x86: what the linker keeps of a program that reaches all of them.
    NoPanic,
    /// Compare the public API of the libraries with its record in `api/`
    Api {
        /// Write the record instead
        #[arg(long)]
        bless: bool,
    },
    /// What cargo calls for each test, example, benchmark and binary
    #[command(hide = true)]
    Runner {
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Args)]
#[group(multiple = false)]
struct OriginArgs {
    /// Build this kernel source, a directory or a tarball
    #[arg(long, value_name = "DIR|TARBALL")]
    source: Option<PathBuf>,
    /// Take this finished User-Mode Linux kernel into the cache
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
    // The roles around the test kernel come first: they are part of every
    // program start there.
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
    // Only to save time: `runner.sh` builds what is missing.
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
                // Not a code that a program run by us might give.
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
        Task::Musl { kernel } => musl::run(&kernel.unwrap_or_else(musl::default_kernel)),
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
