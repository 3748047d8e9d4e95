//! Machines: their options, and running machines.

mod child;
mod command;
mod driver;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

pub use child::{Child, ExitStatus, Output, Signal};
pub use command::{Command, Stdio};
use driver::Driver;

use crate::error::Error;
use crate::node::Node;
use crate::place::{self, Slot};
use crate::session::BOOT_TIMEOUT;
use crate::uml::{self, Process, Seccomp};
use crate::workshop::own;
use crate::{guest, kernel};

/// The variable with the path of the program `test-kernel`, if it is not in the PATH.
pub const PROGRAM_VARIABLE: &str = "TEST_KERNEL_PROGRAM";

/// Whether this process's own program can be the first process of a machine.
static HAS_ROLES: AtomicBool = AtomicBool::new(false);

/// Records that this program looks for a role at its start. So a new process of the same program
/// does, too.
pub(crate) fn has_roles() {
    HAS_ROLES.store(true, Ordering::Relaxed);
}

/// The options of a machine.
///
/// ```no_run
/// use test_kernel::Machine;
///
/// let machine = Machine::new().kernel("6.12")?.memory_mib(256);
/// let session = machine.boot()?;
/// let output = session.command("uname").arg("--kernel-release").output()?;
/// assert!(output.status.success());
/// assert!(output.stdout.starts_with(b"6.12."));
/// session.shut_down()?;
/// # Ok::<(), test_kernel::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Machine {
    kernel: Option<PathBuf>,
    memory_mib: Option<u64>,
    root: bool,
    options: Vec<String>,
    node: Option<Node>,
    visible: Vec<PathBuf>,
    program: Option<PathBuf>,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// Returns a machine with the kernel that the variable `TEST_KERNEL` names. Without the
    /// variable, the kernel is 6.12, or the newest one in the cache.
    #[must_use]
    pub fn new() -> Self {
        Self {
            kernel: None,
            memory_mib: None,
            root: false,
            options: Vec::new(),
            node: None,
            visible: Vec::new(),
            program: None,
        }
    }

    /// Sets the kernel: a name or series, such as `6.12` or `newest`, the path of a description, or
    /// the path of a kernel.
    ///
    /// # Errors
    ///
    /// The name does not exist. [`Error::NoKernel`]: the cache does not have the kernel.
    pub fn kernel(mut self, name: &str) -> Result<Self, Error> {
        self.kernel = Some(find(&name.parse()?)?);
        Ok(self)
    }

    /// Sets the memory. The host's memory is only used as the machine uses it. The default is the
    /// variable `TEST_KERNEL_MEMORY`, or 512 MiB, or less if the directory for the memory has less
    /// room.
    #[must_use]
    pub fn memory_mib(mut self, mib: u64) -> Self {
        self.memory_mib = Some(mib);
        self
    }

    /// Runs programs as root of the machine. They may mount and load modules there. On the host's
    /// files, they have only your own rights.
    #[must_use]
    pub fn root(mut self, root: bool) -> Self {
        self.root = root;
        self
    }

    /// Adds an option to the kernel's command line, such as `dummy_hcd.num=2`.
    #[must_use]
    pub fn option(mut self, option: impl Into<String>) -> Self {
        self.options.push(option.into());
        self
    }

    /// Sets the state of the sequencer's node.
    #[must_use]
    pub fn node(mut self, node: Node) -> Self {
        self.node = Some(node);
        self
    }

    /// Makes the host's files at this path visible inside, although the path is below `/run` or
    /// `/dev/shm`, which machines have of their own.
    #[must_use]
    pub fn visible(mut self, path: impl Into<PathBuf>) -> Self {
        self.visible.push(path.into());
        self
    }

    /// Sets the program that starts machines: `test-kernel` of this version. The default is the
    /// process's own program, if it calls [`role`](crate::role); or the path in the variable
    /// `TEST_KERNEL_PROGRAM`; or `test-kernel` in the PATH.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// Boots the machine in a fraction of a second. The machine runs on a processor that no other
    /// machine of this user uses, if one is free.
    ///
    /// # Errors
    ///
    /// - [`Error::UnsupportedHost`]: this is not Linux on x86-64.
    /// - [`Error::NoKernel`]: the cache has no kernel.
    /// - [`Error::NoHelper`]: the program `test-kernel` is not installed.
    /// - [`Error::Protocol`]: this program has another version.
    /// - [`Error::Crashed`]: the kernel does not start.
    pub fn boot(&self) -> Result<Session, Error> {
        let kernel = match &self.kernel {
            Some(kernel) => kernel.clone(),
            None => match kernel::Wanted::from_env()? {
                Some(wanted) => find(&wanted)?,
                None => kernel::find_any()?.ok_or_else(|| Error::NoKernel {
                    name: kernel::DEFAULT.to_owned(),
                })?,
            },
        };
        let mut places = vec![
            std::env::current_dir().context("find the working directory")?,
            std::env::temp_dir(),
        ];
        places.extend(self.visible.iter().cloned());
        let boot = Boot {
            kernel,
            memory_mib: self.memory_mib,
            seccomp: Seccomp::Auto,
            options: self.options.clone(),
            node: self.node,
            places,
            program: self.program.clone(),
        };
        Ok(Session {
            driver: Driver::start(boot, BOOT_TIMEOUT)?,
            root: self.root,
        })
    }
}

/// A running machine. Dropping it ends the machine and all its programs at once.
#[derive(Debug)]
pub struct Session {
    driver: Driver,
    root: bool,
}

impl Session {
    /// Returns a command that runs a program in the machine. Several programs may run at the same
    /// time.
    ///
    /// The program sees the host's files at their usual paths. It gets this process's environment
    /// and working directory, unless the command changes them.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command<'_> {
        Command::new(&self.driver, self.root, program.as_ref())
    }

    /// Returns the end of the output on the kernel's console.
    #[must_use]
    pub fn console(&self) -> String {
        self.driver.console()
    }

    /// Waits for the ends of the programs, and switches the machine off.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`]: the kernel has failed.
    pub fn shut_down(self) -> Result<(), Error> {
        self.driver.shut_down()
    }
}

/// A booting kernel and its resources.
#[derive(Debug)]
pub(crate) struct Booted {
    pub(crate) kernel: Process,
    /// Reserves the processor for the machine until this is dropped.
    pub(crate) slot: Slot,
}

/// The arguments for the start of a machine.
pub(crate) struct Boot {
    pub(crate) kernel: PathBuf,
    pub(crate) memory_mib: Option<u64>,
    pub(crate) seccomp: Seccomp,
    pub(crate) options: Vec<String>,
    pub(crate) node: Option<Node>,
    /// Files that are visible inside.
    pub(crate) places: Vec<PathBuf>,
    pub(crate) program: Option<PathBuf>,
}

/// Starts a kernel.
pub(crate) fn start(boot: &Boot) -> Result<Booted, Error> {
    Error::check_host()?;
    let memory = place::memory_of(boot.memory_mib)?;
    let modules = kernel::modules::of(&boot.kernel)?;
    let mut init_args: Vec<OsString> = modules.iter().map(|file| guest::module(file)).collect();
    let mut places = boot.places.clone();
    places.extend(modules);
    let kept = guest::keep(places.iter().map(PathBuf::as_path));
    init_args.extend(kept.into_iter().map(OsString::from));
    init_args.extend(boot.node.map(|node| node.argument().into()));
    let mut more = boot.options.clone();
    more.extend(boot.node.and_then(Node::kernel_argument).map(Into::into));
    let slot = place::cpu();
    let kernel = Process::start(&uml::Options {
        kernel: boot.kernel.clone(),
        program: match &boot.program {
            Some(program) => std::path::absolute(program).context("find a program")?,
            None => helper()?,
        },
        cpu: slot.cpu,
        memory_mib: memory.mib,
        memory_dir: memory.dir,
        seccomp: boot.seccomp,
        more,
        init_args,
    })?;
    Ok(Booted { kernel, slot })
}

/// Finds the program that can be a machine's first process.
fn helper() -> Result<PathBuf, Error> {
    if HAS_ROLES.load(Ordering::Relaxed) {
        return Ok(own::file()?);
    }
    if let Some(program) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(std::path::absolute(program).context("find the program test-kernel")?);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join("test-kernel"))
        .find(|file| nix::unistd::access(file, nix::unistd::AccessFlags::X_OK).is_ok())
        .ok_or(Error::NoHelper)
}

fn find(wanted: &kernel::Wanted) -> Result<PathBuf, Error> {
    match kernel::find(wanted)? {
        Some(kernel) => Ok(kernel),
        None => Err(Error::NoKernel {
            name: wanted.to_string(),
        }),
    }
}
