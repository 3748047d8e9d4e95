//! Opens nodes that do not exist, that may not be opened, or that are not a sequencer.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, thread};

use alsa_seq::{ClientOptions, Direction, Error, ErrorKind, Operation, SequencerClient, Subject};
use nix::errno::Errno;
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::{Gid, Uid, geteuid, setfsgid, setfsuid};
use tempfile::TempDir;

use super::{OURS, assert_error};
use support::{need_sequencer, say_skipped, unique};

fn open(device: &Path) -> Result<SequencerClient, Error> {
    ClientOptions::new(unique("opener")).device(device).open()
}

#[track_caller]
fn fails(device: &Path, kind: ErrorKind, errno: Errno, text: &str) {
    let error = open(device).unwrap_err();
    assert_error(&error, kind, errno, text);
    assert_eq!(error.operation(), Operation::Open);
    assert_eq!(error.subject(), &Subject::Device(device.into()));
}

/// Returns a directory for device nodes that every user may enter. Only root can make one.
fn directory() -> Option<TempDir> {
    if !geteuid().is_root() {
        say_skipped("only root may make device nodes");
        return None;
    }
    let directory = tempfile::tempdir_in("/dev").unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Some(directory)
}

fn node(directory: &TempDir, major: u64, minor: u64, mode: u32) -> PathBuf {
    let path = directory.path().join(format!("{major}:{minor}"));
    mknod(&path, SFlag::S_IFCHR, Mode::empty(), makedev(major, minor)).unwrap();
    // The mode must not depend on the umask.
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn a_node_that_does_not_exist() {
    let to_do = "load the kernel's sequencer (modprobe snd-seq, the option CONFIG_SND_SEQUENCER), or \
                 pass the device into the container";
    fails(
        Path::new("/dev/snd/no-such-node"),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!("open /dev/snd/no-such-node: no such file or directory (ENOENT); {to_do}"),
    );
    fails(
        Path::new("/dev/null/seq"),
        ErrorKind::NotFound,
        Errno::ENOTDIR,
        "open /dev/null/seq: not a directory (ENOTDIR)",
    );
}

/// A path can have an untrusted origin.
#[test]
fn a_path_cannot_command_the_terminal() {
    let error = open(Path::new("/no\x1b[2J/such\nnode")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "open /no\u{fffd}[2J/such\u{fffd}node: no such file or directory (ENOENT)"
    );
}

#[test]
fn other_devices_and_directories_are_refused() {
    let mut others = vec!["/dev/null", "/dev/zero"];
    // `/dev/snd/timer` is another device of the same driver.
    if fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/snd/timer")
        .is_ok()
    {
        others.push("/dev/snd/timer");
    }
    for device in others {
        let text = format!("open {device}: not an ALSA sequencer");
        fails(Path::new(device), ErrorKind::InvalidInput, OURS, &text);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    fails(
        directory.path(),
        ErrorKind::InvalidInput,
        Errno::EISDIR,
        &format!("open {path}: is a directory (EISDIR)"),
    );
    let error = ClientOptions::new("x")
        .direction(Direction::Input)
        .device(directory.path())
        .open()
        .unwrap_err();
    let text = format!("open {path}: not an ALSA sequencer");
    assert_error(&error, ErrorKind::InvalidInput, OURS, &text);
}

/// Major 116 belongs to ALSA, which has no such minor. Major 42 belongs to no driver.
#[test]
fn a_node_without_a_driver() {
    let Some(directory) = directory() else {
        return;
    };
    for (major, minor, errno, says) in [
        (116, 250, Errno::ENODEV, "no such device (ENODEV)"),
        (42, 1, Errno::ENXIO, "no such device or address (ENXIO)"),
    ] {
        let path = node(&directory, major, minor, 0o666);
        fails(
            &path,
            ErrorKind::NotFound,
            errno,
            &format!(
                "open {}: {says}; the kernel has no sequencer driver: load it (modprobe snd-seq), \
                 or build the kernel with CONFIG_SND_SEQUENCER",
                path.display()
            ),
        );
    }
}

/// Calls `call` in a thread with the rights of "nobody". The rights on files belong to each thread,
/// so the other threads stay root.
fn as_nobody<T: Send>(call: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let nobody = scope.spawn(|| {
            setfsgid(Gid::from_raw(65_534));
            setfsuid(Uid::from_raw(65_534));
            call()
        });
        nobody.join().unwrap()
    })
}

#[test]
fn a_node_that_may_not_be_opened() {
    need_sequencer!();
    let Some(directory) = directory() else {
        return;
    };
    let path = node(&directory, 116, 1, 0o660);
    as_nobody(|| {
        fails(
            &path,
            ErrorKind::PermissionDenied,
            Errno::EACCES,
            &format!(
                "open {}: permission denied (EACCES); add the user to the 'audio' group, or let \
                 the container use the device",
                path.display()
            ),
        );
    });
    open(&path).unwrap();
    // The mode alone was the reason for the error.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    as_nobody(|| open(&path).unwrap());
}

#[test]
fn options_out_of_range_are_refused() {
    need_sequencer!();
    for cells in [0, 2001, usize::MAX] {
        for options in [
            ClientOptions::new("x").input_pool(cells),
            ClientOptions::new("x").output_pool(cells),
        ] {
            assert_error(
                &options.open().unwrap_err(),
                ErrorKind::InvalidInput,
                OURS,
                "set client pool: a pool has 1 to 2000 cells",
            );
        }
    }
    for (name, says) in [
        ("", "a name must not be empty"),
        (&*"x".repeat(64), "a name has at most 63 bytes, and no NUL"),
        ("a\0b", "a name has at most 63 bytes, and no NUL"),
    ] {
        let error = SequencerClient::open(name).unwrap_err();
        let text = format!("set client info: {says}");
        assert_error(&error, ErrorKind::InvalidInput, OURS, &text);
    }
}
