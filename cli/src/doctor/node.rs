//! Finds out why the sequencer's device cannot be opened.

use std::collections::BTreeMap;

use alsa_seq::{Error, ErrorKind};
use nix::errno::Errno;

use super::container::Container;
use super::machine::{Machine, Module, Node};
use super::{DEVICE, Finding};

/// The kernel's list of clients, which needs no device.
const CLIENTS: &str = "/proc/asound/seq/clients";

/// Explains why the device cannot be opened, from the error and from the machine's files.
pub(super) fn explain(error: &Error, machine: &Machine) -> Finding {
    let errno = error.raw_os_error().map(Errno::from_raw);
    match (error.kind(), errno) {
        (ErrorKind::NotFound, Some(Errno::ENOENT)) => no_node(machine),
        (ErrorKind::NotFound, _) => no_driver(machine, "the device has no driver"),
        (ErrorKind::PermissionDenied, Some(Errno::EPERM)) => refused_by_rules(machine),
        (ErrorKind::PermissionDenied, _) => refused(machine),
        (ErrorKind::LimitReached, _) => full(machine),
        _ => Finding::problem("device", format!("{error:#}")),
    }
}

fn no_node(machine: &Machine) -> Finding {
    if !machine.exists("/proc/self") {
        return Finding::problem(
            "no-proc",
            format!("{DEVICE} does not exist; to find out why, /proc must be mounted"),
        )
        .try_this("mount -t proc proc /proc, and then aseq doctor again");
    }
    if !machine.exists("/proc/asound/seq") {
        return no_driver(machine, "the kernel has no sequencer");
    }
    let has = format!("the kernel has a sequencer, but {DEVICE} does not exist");
    match Container::of(machine) {
        Some(container) => {
            let text = format!("{has} in {}", container.name());
            Finding::problem("no-node", text).try_these(container.remedies())
        }
        None => Finding::problem("no-node", has)
            .try_this("mount devtmpfs at /dev, or start udev or mdev")
            .try_this("mkdir -p /dev/snd && mknod -m 660 /dev/snd/seq c 116 1"),
    }
}

fn no_driver(machine: &Machine, found: &str) -> Finding {
    let problem = |code, why: &str| Finding::problem(code, format!("{found}: {why}"));
    let container = Container::of(machine);
    let place = if container.is_some() {
        ", on the machine and not in the container"
    } else {
        ""
    };
    let load = [
        format!("sudo modprobe snd-seq{place}"),
        format!("echo snd-seq | sudo tee /etc/modules-load.d/snd-seq.conf{place}, for each start"),
    ];
    match machine.module("snd-seq") {
        Module::Loadable => problem("no-module", "its module is not loaded").try_these(load),
        Module::BuiltIn => problem(
            "no-driver",
            "it is built in, but it did not start; see the kernel's messages",
        )
        .try_this("dmesg | grep -i -e alsa -e snd"),
        Module::Absent => problem("no-driver", "the kernel was built without it").try_this(
            "build the kernel with CONFIG_SOUND, CONFIG_SND and CONFIG_SND_SEQUENCER, or install \
             a kernel or a package of modules that has snd-seq",
        ),
        Module::Unknown => problem(
            "no-driver",
            "its module is not loaded, or the kernel was built without it (CONFIG_SND_SEQUENCER)",
        )
        .try_these(load),
    }
}

fn refused_by_rules(machine: &Machine) -> Finding {
    let text = format!("a container or a security policy does not allow programs to open {DEVICE}");
    let finding = Finding::problem("not-permitted", text);
    match Container::of(machine) {
        Some(container) => finding.try_these(container.remedies()),
        None => finding.try_this("DeviceAllow=char-alsa rw, in the unit of a systemd service"),
    }
}

fn refused(machine: &Machine) -> Finding {
    let (Some(node), Some(identity)) = (machine.node(DEVICE), machine.identity()) else {
        return refused_by_rules(machine);
    };
    if identity.user == 0 {
        return refused_by_rules(machine);
    }
    let Node { mode, group } = node;
    let (group_name, members) = machine
        .group(group)
        .unwrap_or_else(|| (group.to_string(), Vec::new()));
    let user = machine.user_name(identity.user);
    let user = user.unwrap_or_else(|| identity.user.to_string());
    let text = format!(
        "user {user} may not open {DEVICE}, which has group {group_name} and mode {mode:03o}"
    );
    let finding = |code| Finding::problem(code, text);
    if mode & 0o060 != 0o060 || group == 0 {
        return finding("mode").try_this(
            "set group audio and mode 660 by a udev rule: SUBSYSTEM==\"sound\", \
             GROUP=\"audio\", MODE=\"0660\"",
        );
    }
    if let Some(container) = Container::of(machine) {
        return finding("group").try_these(container.remedies());
    }
    if identity.groups.contains(&group) {
        // The user's group may open it, so another rule forbids it.
        return refused_by_rules(machine);
    }
    if members.contains(&user) {
        return finding("group-later")
            .try_this("log in again: the user was added to the group after this login")
            .try_this(format!("newgrp {group_name}"));
    }
    finding("group")
        .try_this(format!(
            "sudo usermod --append --groups {group_name} {user}, and log in again"
        ))
        .try_this(format!(
            "adduser {user} {group_name}, with BusyBox, and log in again"
        ))
}

/// All clients are in use. Lists the three programs that have the most.
fn full(machine: &Machine) -> Finding {
    let mut programs: BTreeMap<String, usize> = BTreeMap::new();
    for name in machine
        .read(CLIENTS)
        .as_deref()
        .unwrap_or_default()
        .lines()
        .filter_map(program)
    {
        *programs.entry(name.to_owned()).or_default() += 1;
    }
    let mut programs: Vec<_> = programs.into_iter().collect();
    programs.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let most: Vec<_> = programs
        .iter()
        .take(3)
        .map(|(name, number)| format!("{name} ({number})"))
        .collect();
    let most = if most.is_empty() {
        String::new()
    } else {
        format!("; most are of {}", most.join(", "))
    };
    Finding::problem(
        "clients-full",
        format!("all 64 clients of programs are in use{most}"),
    )
    .try_this("close programs that use the sequencer")
    .try_this(format!("grep '^Client' {CLIENTS}"))
}

/// The name of a program's client in the kernel's list:
/// `Client 128 : "name" [User Legacy]`.
fn program(line: &str) -> Option<&str> {
    let (name, kind) = line
        .strip_prefix("Client ")?
        .split_once(" : \"")?
        .1
        .rsplit_once("\" [")?;
    kind.starts_with("User").then_some(name)
}

#[cfg(test)]
mod tests;
