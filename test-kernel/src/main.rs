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

/// Runs programs on a separate Linux kernel, without root.
#[derive(Parser)]
#[command(name = "test-kernel", after_help = ENVIRONMENT)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

const ENVIRONMENT: &str = "\
Environment:
  TEST_KERNEL          the kernel: 6.1, 6.12, 6.12-no-ump, newest, host, or a path
  TEST_KERNEL_TIMEOUT  time limit of a program under `runner` in seconds, 0 for no
                       limit; default: 1200 for tests, no limit for other programs
  TEST_KERNEL_MEMORY   memory of a kernel in MiB; default: 512
  XDG_CACHE_HOME       kernels are in its subdirectory test-kernel

Exit status of `run` and `runner`: the program's own. If a signal ends the program,
it ends `run`, too. 124: the time limit was reached. 125: the kernel failed. 126: the
program could not be run. 127: it was not found.";

#[derive(Subcommand)]
enum Task {
    /// Run a program on a separate kernel
    ///
    /// If you may open this machine's own sequencer and name no kernel, the program runs on this
    /// machine.
    Run {
        #[command(flatten)]
        machine: MachineArgs,
        /// End the program after this number of seconds
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// The program and its arguments
        #[arg(trailing_var_arg = true, required = true, value_name = "PROGRAM")]
        command: Vec<OsString>,
    },
    /// Get, build, find and pack kernels
    #[command(subcommand)]
    Kernel(Kernel),
    /// Plug in and unplug USB MIDI keyboards, for programs in a test kernel
    ///
    /// The command works only in a test kernel: `test-kernel run -- PROGRAM` starts the program or
    /// script that calls it.
    #[command(subcommand)]
    Usb(command::usb::Usb),
    /// Make the nth allocation or copy in the kernel fail, for a program in a test kernel
    ///
    /// Prints on standard error the system call in which that happened, and its result. Then ends
    /// in the same way as the program. With a table, the status is 1 if a run hung or a signal
    /// ended it. The command works only in a test kernel.
    Fault(command::fault::Fault),
    /// Read a raw MIDI device as slowly as a MIDI cable carries bytes, or not at all
    Cable(command::cable::Cable),
    /// Run a test, example, benchmark or binary for cargo
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
    /// A file with additional options of the kernel, in lines such as CONFIG_INPUT_UINPUT=y. The
    /// kernel must have been built with them
    #[arg(long, value_name = "FRAGMENT", requires = "kernel")]
    config: Vec<PathBuf>,
    /// The memory in MiB
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// Run the program as root of the test kernel. It may mount there, but on the host's files it
    /// has only your own rights
    #[arg(long)]
    root: bool,
    /// An option for the kernel's command line, such as dummy_hcd.num=2
    #[arg(long, value_name = "OPTION")]
    option: Vec<String>,
    /// The state of /dev/snd/seq: `missing`, `denied` (also for root), `no-driver` (a kernel
    /// without a sequencer), `no-module` (the same, but the node exists) or a mode such as 0600
    #[arg(long, value_name = "STATE|MODE")]
    node: Option<Node>,
}

#[derive(Subcommand)]
enum Kernel {
    /// Print the path of a kernel. Build it if the cache does not have it
    ///
    /// The source is Debian's source package, from the mirror that this machine uses. With --from,
    /// the kernel comes from another place.
    Get {
        #[command(flatten)]
        which: Which,
        /// Get a ready-made kernel: a directory, an archive or its URL, as `pack` makes them, or
        /// the file of a finished User-Mode Linux kernel
        #[arg(long, value_name = "DIR|FILE|URL")]
        from: Option<String>,
        /// The archive's checksum; it is required for a URL
        #[arg(long, value_name = "HEX", requires = "from")]
        sha256: Option<String>,
    },
    /// Build a kernel from your own source
    Build {
        #[command(flatten)]
        which: Which,
        /// The source as a directory or a tarball; without it, the source is the same as for `get`
        #[arg(long, value_name = "DIR|TARBALL")]
        source: Option<PathBuf>,
    },
    /// Print the path of a kernel if the cache has it
    Path {
        #[command(flatten)]
        which: Which,
    },
    /// List the kernels in the cache, and those that can be built
    List,
    /// Pack a kernel for other machines, with the information that its licence requires: the
    /// options, the changes of the source, and the place of the source
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

/// A kernel to build here.
#[derive(Args)]
struct Which {
    /// 6.1, 6.12, 6.12-no-ump, newest, another series, or the path of a description
    /// (FILE.toml)
    #[arg(value_name = "KERNEL", default_value = "6.12")]
    kernel: Wanted,
    /// A file with additional options, in lines such as CONFIG_INPUT_UINPUT=y
    #[arg(long, value_name = "FRAGMENT")]
    config: Vec<PathBuf>,
}

impl Which {
    fn wanted(self) -> Result<Wanted> {
        self.kernel.with_config(&self.config)
    }
}

fn main() -> ExitCode {
    // The roles around the kernel come first, because every start of a program uses them.
    if let Some(code) = test_kernel::role() {
        return code;
    }
    match task(Cli::parse().task) {
        Ok(code) => code,
        Err(e) => {
            runner::complain(&e);
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

/// Returns the meaning of `--from`: a program is a finished kernel.
fn origin(from: String, sha256: Option<String>) -> Origin {
    let path = Path::new(&from);
    let is_archive = path.extension().is_some_and(|extension| extension == "xz");
    if sha256.is_none() && !from.contains("://") && !path.is_dir() && !is_archive {
        return Origin::Kernel(path.to_owned());
    }
    Origin::Ready { from, sha256 }
}

/// Returns the path of a kernel in the cache.
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
            println!("{name}  not built: run `test-kernel kernel get {name}`");
        }
    }
    Ok(())
}
