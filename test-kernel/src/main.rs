//! The command: `test-kernel --help`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

mod command;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use test_kernel::kernel::{self, Description, Origin, Wanted};
use test_kernel::runner::{self, How};
use test_kernel::workshop::steps;
use test_kernel::{Error, Node};

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
        #[command(flatten)]
        machine: MachineArgs,
        /// End it after this many seconds
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// The program and its arguments
        #[arg(trailing_var_arg = true, required = true, value_name = "PROGRAM")]
        command: Vec<OsString>,
    },
    /// Get, build, find and pack kernels
    #[command(subcommand)]
    Kernel(Kernel),
    /// USB MIDI keyboards, for programs in a test kernel: plug in, unplug
    ///
    /// The command works in the test kernel alone: `test-kernel run -- PROGRAM` starts the
    /// program or script that calls it.
    #[command(subcommand)]
    Usb(command::usb::Usb),
    /// Let the nth allocation or copy in the kernel fail, of a program in a test kernel
    ///
    /// Says on standard error in which system call it was and what that returned, and ends as
    /// the program does. A table ends with status 1 if a run hung or was ended by a signal.
    /// Works in the test kernel alone.
    Fault(command::fault::Fault),
    /// Read a raw MIDI device as slowly as a MIDI cable carries bytes, or not at all
    Cable(command::cable::Cable),
    /// What cargo calls for each test, example, benchmark and binary
    Runner {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Args)]
struct MachineArgs {
    /// 6.1, 6.12, 6.12-no-ump, newest, another series, host, or the path of a kernel or of a
    /// description (FILE.toml)
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<Wanted>,
    /// Options of the kernel in addition: a file with lines such as CONFIG_INPUT_UINPUT=y, with
    /// which it was built
    #[arg(long, value_name = "FRAGMENT", requires = "kernel")]
    config: Vec<PathBuf>,
    /// MiB of memory
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// Run the program as the machine's root, who may mount; on the host's files it may do no
    /// more than you
    #[arg(long)]
    root: bool,
    /// An option for the kernel's command line, such as dummy_hcd.num=2
    #[arg(long, value_name = "OPTION")]
    option: Vec<String>,
    /// How /dev/snd/seq is there: `missing`, `denied` (to root as well), `no-driver` (a kernel
    /// without a sequencer), `no-module` (the same, with a node) or a mode such as 0600
    #[arg(long, value_name = "STATE|MODE")]
    node: Option<Node>,
}

#[derive(Subcommand)]
enum Kernel {
    /// Print the path of a kernel, which is made if the cache does not have it
    ///
    /// It is built from Debian's source package, through the mirror that this machine uses,
    /// or taken from elsewhere with --from.
    Get {
        #[command(flatten)]
        which: Which,
        /// Take a ready-made kernel: a directory, an archive or its URL, as `pack` makes them,
        /// or the file of a finished User-Mode Linux kernel
        #[arg(long, value_name = "DIR|FILE|URL")]
        from: Option<String>,
        /// The archive's checksum; a URL needs it
        #[arg(long, value_name = "HEX", requires = "from")]
        sha256: Option<String>,
    },
    /// Build a kernel of a source of yours
    Build {
        #[command(flatten)]
        which: Which,
        /// A directory, or a tarball; without it, as `get`
        #[arg(long, value_name = "DIR|TARBALL")]
        source: Option<PathBuf>,
    },
    /// Print the path of a kernel if the cache has it
    Path {
        #[command(flatten)]
        which: Which,
    },
    /// List the kernels of the cache, and those that could be there
    List,
    /// Pack a kernel for other machines, with what its licence asks for: the options, the
    /// changes of the source, and where the source is
    ///
    /// Prints the archive's path and its SHA-256.
    Pack {
        #[command(flatten)]
        which: Which,
        /// Write the archive into this directory
        #[arg(long, value_name = "DIR", default_value = ".")]
        into: PathBuf,
    },
}

/// A kernel that is built here.
#[derive(Args)]
struct Which {
    /// 6.1, 6.12, 6.12-no-ump, newest, another series, or the path of a description
    /// (FILE.toml)
    #[arg(value_name = "KERNEL", default_value = "6.12")]
    kernel: Wanted,
    /// Options in addition: a file with lines such as CONFIG_INPUT_UINPUT=y
    #[arg(long, value_name = "FRAGMENT")]
    config: Vec<PathBuf>,
}

impl Which {
    fn wanted(self) -> Result<Wanted> {
        self.kernel.with_config(&self.config)
    }
}

fn main() -> ExitCode {
    // The roles around the kernel come first: they are part of every program start there.
    if let Some(code) = test_kernel::role() {
        return code;
    }
    match task(Cli::parse().task) {
        Ok(code) => code,
        Err(e) => {
            runner::complain(&e);
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
            machine,
            timeout,
            command,
        } => {
            let kernel = machine.kernel;
            let how = How {
                kernel: kernel
                    .map(|kernel| kernel.with_config(&machine.config))
                    .transpose()?,
                timeout: timeout.filter(|s| *s > 0).map(Duration::from_secs),
                root: machine.root,
                memory_mib: machine.memory,
                options: machine.option,
                node: machine.node,
                measured: false,
            };
            runner::run_as(how, command)
        }
        Task::Usb(usb) => usb.run(),
        Task::Fault(fault) => fault.run(),
        Task::Cable(cable) => cable.run(),
        Task::Runner { command } => runner::cargo_runner(command),
        Task::Kernel(task) => kernel_task(task),
    }
}

fn kernel_task(task: Kernel) -> Result<ExitCode> {
    let make = |wanted: &Wanted, origin: Option<Origin>| {
        kernel::obtain(wanted, origin.as_ref(), true, &|_| Ok(()))
    };
    match task {
        Kernel::Get {
            which,
            from,
            sha256,
        } => {
            let origin = from.map(|from| origin(from, sha256));
            println!("{}", make(&which.wanted()?, origin)?.display());
        }
        Kernel::Build { which, source } => {
            let kernel = make(&which.wanted()?, source.map(Origin::Source))?;
            println!("{}", kernel.display());
        }
        Kernel::Path { which } => println!("{}", there(&which.wanted()?)?.display()),
        Kernel::List => list()?,
        Kernel::Pack { which, into } => {
            let (archive, sum) = kernel::pack(&there(&which.wanted()?)?, &into)?;
            println!("{}\n{sum}", archive.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What `--from` means: a program is a finished kernel.
fn origin(from: String, sha256: Option<String>) -> Origin {
    let path = Path::new(&from);
    let is_archive = path.extension().is_some_and(|extension| extension == "xz");
    if sha256.is_none() && !from.contains("://") && !path.is_dir() && !is_archive {
        return Origin::Kernel(path.to_owned());
    }
    Origin::Ready { from, sha256 }
}

/// The path of a kernel that the cache has.
fn there(wanted: &Wanted) -> Result<PathBuf> {
    let name = wanted.to_string();
    Ok(kernel::find(wanted)?.ok_or(Error::NoKernel { name })?)
}

fn list() -> Result<()> {
    let all = kernel::list()?;
    for kernel in &all {
        let manifest = &kernel.manifest;
        let note = match kernel.is_current {
            true => "",
            false => "  (another recipe)",
        };
        println!(
            "{}  {}  {}{note}",
            manifest.name,
            manifest.release,
            kernel.dir.join("linux").display()
        );
    }
    for name in Description::names() {
        if kernel::find(&name.parse()?)?.is_none() {
            println!("{name}  not there: `test-kernel kernel get {name}` gets it");
        }
    }
    Ok(())
}
