//! Process 1 of the test kernel.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::mount::{MsFlags, mount};
use nix::sys::reboot::{RebootMode, reboot};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, sendto, socket,
};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::Pid;
use rustix::process::{WaitOptions, wait};

use crate::node::{self, Node};

/// Sets up the machine, starts the agent, waits for its end and switches the machine off. If this
/// returns, the kernel panics and prints the error on its console.
pub(crate) fn init(args: impl Iterator<Item = OsString>) -> ExitCode {
    match run(args) {
        Ok(never) => match never {},
        Err(e) => {
            // `<3>` is the priority of an error. The console prints such messages.
            let report = format!("<3>test-kernel: guest init: {e:#}\n");
            let logged = OpenOptions::new()
                .write(true)
                .open("/dev/kmsg")
                .and_then(|mut log| log.write_all(report.as_bytes()));
            if logged.is_err() {
                eprint!("{report}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible> {
    let args: Vec<String> = args.filter_map(|arg| arg.into_string().ok()).collect();
    let all = |prefix: &'static str| {
        let args = args.iter();
        args.filter_map(move |arg| arg.strip_prefix(prefix).map(str::to_owned))
    };
    mount_all(&all(super::KEEP).collect::<Vec<_>>())?;
    for module in all(super::MODULE) {
        let file = File::open(&module).with_context(|| format!("open {module}"))?;
        finit_module(&file, c"", ModuleInitFlags::empty())
            .with_context(|| format!("load the module {module}"))?;
    }
    open_devices()?;
    if let Some(node) = args.iter().find_map(|arg| Node::of_argument(arg)) {
        set_node(node).with_context(|| format!("make the sequencer's node {node}"))?;
    }
    loopback_up().context("bring up the loopback device")?;
    super::service::start()?;
    let null = || -> Result<Stdio> { Ok(File::open("/dev/null")?.into()) };
    // The agent's messages go to the console. If the kernel fails, the runner prints the end of the
    // console's output.
    let console =
        || -> Result<Stdio> { Ok(OpenOptions::new().write(true).open("/dev/console")?.into()) };
    // This path works even if a mount hides the binary's usual path.
    let agent = Command::new("/proc/self/exe")
        .arg(super::AGENT)
        .env_clear()
        .stdin(null()?)
        .stdout(console()?)
        .stderr(console()?)
        .spawn()
        .context("start the agent")?;
    let agent = i32::try_from(agent.id())?;
    loop {
        let ended = wait(WaitOptions::empty()).context("wait for processes")?;
        // Other processes are orphans, which init inherits.
        if let Some((pid, status)) = ended {
            if pid.as_raw_nonzero().get() == agent {
                match status.exit_status() {
                    Some(0) => break,
                    _ => bail!("the agent failed ({status:?})"),
                }
            }
        }
    }
    // Remaining processes of the program end with the machine.
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
    nix::unistd::sync();
    Ok(reboot(RebootMode::RB_POWER_OFF)?)
}

fn mount_all(keep: &[String]) -> Result<()> {
    let fs = |source: &str, target: &str, kind: &str, data: Option<&str>| {
        mount(Some(source), target, Some(kind), MsFlags::empty(), data)
            .with_context(|| format!("mount {kind} on {target}"))
    };
    let dir = |path: &str| match fs::create_dir(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(e).with_context(|| format!("create {path}"))
        }
        _ => Ok(()),
    };
    fs("proc", "/proc", "proc", None)?;
    fs("sysfs", "/sys", "sysfs", None)?;
    fs("devtmpfs", "/dev", "devtmpfs", None)?;
    // Both are for USB keyboards and faults. The kernel provides their mount points.
    if super::kernel_has("configfs") {
        fs("configfs", "/sys/kernel/config", "configfs", None)?;
    }
    if super::kernel_has("debugfs") {
        fs("debugfs", "/sys/kernel/debug", "debugfs", None)?;
        prepare_faults().context("prepare faults")?;
    }
    dir("/dev/pts")?;
    if super::kernel_has("devpts") {
        fs(
            "devpts",
            "/dev/pts",
            "devpts",
            Some("mode=620,ptmxmode=666"),
        )?;
    }
    dir("/dev/shm")?;
    let kept = |dir: &str| keep.iter().any(|kept| kept == dir);
    if kept("/dev/shm") {
        fs("none", "/dev/shm", "hostfs", Some("/dev/shm"))?;
    } else {
        fs("tmpfs", "/dev/shm", "tmpfs", Some("mode=1777"))?;
    }
    if Path::new("/run").is_dir() && !kept("/run") {
        fs("tmpfs", "/run", "tmpfs", Some("mode=755"))?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        symlink(target, Path::new("/dev").join(name))
            .with_context(|| format!("create /dev/{name}"))?;
    }
    Ok(())
}

/// Every user who may run the kernel may use its sequencer, if it has one.
fn open_devices() -> Result<()> {
    let devices = match fs::read_dir("/dev/snd") {
        Ok(devices) => devices,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e).context("read /dev/snd"),
    };
    for entry in devices {
        fs::set_permissions(entry?.path(), Permissions::from_mode(0o666))?;
    }
    Ok(())
}

/// Makes the sequencer's node in the requested state.
fn set_node(node: Node) -> Result<()> {
    let path = node::PATH;
    match node {
        Node::Mode(mode) => fs::set_permissions(path, Permissions::from_mode(mode))?,
        Node::Missing => fs::remove_file(path)?,
        Node::Denied => {
            // A mode does not restrict root, but a mount that forbids devices does.
            let none = None::<&str>;
            mount(Some(path), path, none, MsFlags::MS_BIND, none)?;
            let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_NODEV;
            mount(none, path, none, flags, none)?;
        }
        // The kernel's command line has disabled the drivers already.
        Node::NoDriver => {}
        Node::NoModule => {
            let mode = Mode::from_bits_retain(0o666);
            mknod(
                path,
                SFlag::S_IFCHR,
                mode,
                makedev(node::MAJOR, node::MINOR),
            )?;
            // The umask has changed the mode.
            fs::set_permissions(path, Permissions::from_mode(mode.bits()))?;
        }
    }
    Ok(())
}

/// Makes the kernel count all allocations of a call, also those that can wait, but not page faults.
/// Keeps the messages about faults off the console.
fn prepare_faults() -> Result<()> {
    for (setting, value) in [
        ("failslab/ignore-gfp-wait", "N"),
        ("failslab/verbose", "0"),
        ("fail_page_alloc/ignore-gfp-wait", "N"),
        ("fail_page_alloc/min-order", "1"),
        ("fail_page_alloc/verbose", "0"),
        ("fail_usercopy/verbose", "0"),
    ] {
        match fs::write(format!("/sys/kernel/debug/{setting}"), value) {
            // The kernel was built without faults.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

/// `ip link set lo up`, without needing iproute2 on the host.
fn loopback_up() -> Result<()> {
    const RTM_NEWLINK: u16 = 16;
    const NLM_F_REQUEST: u16 = 1;
    const IFF_UP: u32 = 1;
    let mut message = Vec::new();
    // struct nlmsghdr
    message.extend_from_slice(&32_u32.to_ne_bytes());
    message.extend_from_slice(&RTM_NEWLINK.to_ne_bytes());
    message.extend_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    message.extend_from_slice(&[0; 8]);
    // struct ifinfomsg: family, padding, type, index, flags, change mask
    message.extend_from_slice(&[0; 4]);
    message.extend_from_slice(&1_i32.to_ne_bytes());
    message.extend_from_slice(&IFF_UP.to_ne_bytes());
    message.extend_from_slice(&IFF_UP.to_ne_bytes());
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    sendto(
        netlink.as_raw_fd(),
        &message,
        &NetlinkAddr::new(0, 0),
        MsgFlags::empty(),
    )?;
    Ok(())
}
