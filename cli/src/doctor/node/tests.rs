//! Tests each reason with the files of such a machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use alsa_seq::abi::ioctl::Errno;
use alsa_seq::{Operation, Subject};
use tempfile::TempDir;

use super::*;

/// A machine with these files.
fn machine(files: &[(&str, &str)]) -> (TempDir, Machine) {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "/proc/self/status",
        "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t4 1000 \n",
    );
    for (path, text) in files {
        write(root.path(), path, text);
    }
    let machine = Machine::at(root.path());
    (root, machine)
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn explained(machine: &Machine, errno: Errno) -> Finding {
    explain(
        &Error::of_ioctl(Operation::Open, Subject::None, errno),
        machine,
    )
}

const RELEASE: (&str, &str) = ("/proc/sys/kernel/osrelease", "6.12.0-test\n");
const SEQ: (&str, &str) = ("/proc/asound/seq/clients", "");

fn finding(files: &[(&str, &str)], errno: Errno) -> (&'static str, String) {
    let (_root, machine) = machine(files);
    let finding = explained(&machine, errno);
    (
        finding.code,
        [finding.text, finding.remedies.join("\n")].join("\n"),
    )
}

/// A list of modules that contains this one.
fn list(module: &str) -> String {
    format!("kernel/sound/core/snd.ko.xz:\n{module}: kernel/sound/core/snd.ko.xz\n")
}

#[test]
fn without_a_node_the_kernel_is_asked() {
    let enoent = |files: &[(&str, &str)]| finding(files, Errno::ENOENT);
    let (code, text) = enoent(&[SEQ]);
    assert_eq!(code, "no-node");
    assert!(text.contains("mknod -m 660 /dev/snd/seq c 116 1"), "{text}");

    let dep = list("kernel/sound/core/seq/snd-seq.ko.xz");
    let dep = ("/lib/modules/6.12.0-test/modules.dep", dep.as_str());
    let (code, text) = enoent(&[RELEASE, dep]);
    assert_eq!(code, "no-module");
    assert!(text.contains("sudo modprobe snd-seq\n"), "{text}");

    // The module's name is also the beginning of other names.
    let other = list("kernel/sound/core/seq/snd-seq-device.ko");
    let other = ("/lib/modules/6.12.0-test/modules.dep", other.as_str());
    let (code, text) = enoent(&[RELEASE, other]);
    assert_eq!(code, "no-driver");
    assert!(text.contains("CONFIG_SND_SEQUENCER"), "{text}");

    let built_in = (
        "/lib/modules/6.12.0-test/modules.builtin",
        "kernel/sound/core/seq/snd-seq.ko\n",
    );
    let (code, text) = enoent(&[RELEASE, other, built_in]);
    assert_eq!(code, "no-driver");
    assert!(text.contains("dmesg"), "{text}");

    // The lists of another kernel are ignored.
    let (code, text) = enoent(&[("/proc/sys/kernel/osrelease", "6.1.0\n"), dep]);
    assert_eq!(code, "no-driver");
    assert!(
        text.contains("modprobe snd-seq") && text.contains("CONFIG_SND_SEQUENCER"),
        "{text}"
    );

    let empty = tempfile::tempdir().unwrap();
    let finding = explained(&Machine::at(empty.path()), Errno::ENOENT);
    assert_eq!(finding.code, "no-proc");
}

#[test]
fn a_node_without_a_driver_is_a_module_to_load() {
    let dep = list("kernel/sound/core/seq/snd-seq.ko.zst");
    let dep = ("/lib/modules/6.12.0-test/modules.dep", dep.as_str());
    for errno in [Errno::ENXIO, Errno::ENODEV] {
        assert_eq!(finding(&[RELEASE, dep], errno).0, "no-module");
    }
}

#[test]
fn each_container_has_a_way_to_let_the_device_in() {
    for (file, text, remedy) in [
        ("/.dockerenv", "", "docker run --device /dev/snd"),
        (
            "/run/.containerenv",
            "engine=\"podman-5\"",
            "podman run --device /dev/snd",
        ),
        (
            "/.flatpak-info",
            "[Application]\nname=org.example.Synth\n",
            "flatpak override --user --device=all org.example.Synth",
        ),
        (
            "/run/systemd/container",
            "systemd-nspawn\n",
            "systemd-nspawn --bind=/dev/snd",
        ),
        ("/run/systemd/container", "lxc", "c 116:* rwm"),
        (
            "/run/systemd/container",
            "odd",
            "let the container use /dev/snd",
        ),
    ] {
        for (errno, code) in [(Errno::ENOENT, "no-node"), (Errno::EPERM, "not-permitted")] {
            let (found, said) = finding(&[SEQ, (file, text)], errno);
            assert_eq!(found, code, "{file}");
            assert!(said.contains(remedy), "{file}: {said}");
        }
        // Modules cannot be loaded inside a container.
        let (_, said) = finding(&[(file, text)], Errno::ENOENT);
        assert!(
            said.contains("on the machine and not in the container"),
            "{said}"
        );
    }
    let (_root, machine) = machine(&[SEQ]);
    let snap = |name: &str| (name == "SNAP_NAME").then(|| "synth".to_owned());
    let finding = explained(&machine.with_environment(snap), Errno::ENOENT);
    assert_eq!(finding.remedies, ["sudo snap connect synth:alsa"]);
}

#[test]
fn a_node_without_access_is_reported_with_a_remedy() {
    // The owner of the node is the user who runs this test.
    let own = Machine::this().identity().unwrap().groups;
    let (root, machine) = machine(&[
        (DEVICE, ""),
        ("/etc/passwd", "root:x:0:0::/:\numa:x:1000:1000::/:\n"),
    ]);
    let node = machine.node(DEVICE).unwrap();
    assert!(own.contains(&node.group), "{own:?} {node:?}");
    let refused = |mode: u32, group: &str, status: &str| {
        let file = root.path().join("dev/snd/seq");
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        write(root.path(), "/etc/group", group);
        write(root.path(), "/proc/self/status", status);
        let finding = explained(&machine, Errno::EACCES);
        (
            finding.code,
            [finding.text, finding.remedies.join("\n")].join("\n"),
        )
    };
    let status = "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t4 \n";
    let group = |members: &str| format!("audio:x:{}:{members}\n", node.group);
    // A user is not advised to join root's group.
    let expected = |code: &'static str| if node.group == 0 { "mode" } else { code };

    let (code, text) = refused(0o660, &group("pulse"), status);
    assert_eq!(code, expected("group"));
    assert!(
        text.contains("user uma may not open /dev/snd/seq"),
        "{text}"
    );
    let (code, _) = refused(0o660, &group("pulse,uma"), status);
    assert_eq!(code, expected("group-later"));
    let (code, text) = refused(0o600, &group("pulse"), status);
    assert_eq!(code, "mode");
    assert!(text.contains("GROUP=\"audio\", MODE=\"0660\""), "{text}");
    let root_status = status.replace("1000", "0");
    assert_eq!(refused(0o660, &group(""), &root_status).0, "not-permitted");
    // No file has useful contents.
    assert_eq!(refused(0o660, "", "nonsense").0, "not-permitted");
}

#[test]
fn the_programs_that_have_all_clients_are_named() {
    let clients = "Client info\n  cur  clients : 70\n\nClient   0 : \"System\" [Kernel Legacy]\n\
                   Client 128 : \"leak\" [User Legacy]\n  Port   0 : \"User\" (RWe-)\n\
                   Client 129 : \"leak\" [User UMP MIDI2]\nClient 130 : \"a \"quote\" []\" [User Legacy]\n\
                   Client 131 : \u{1b}[0m\n";
    let (_root, machine) = machine(&[("/proc/asound/seq/clients", clients)]);
    let finding = full(&machine);
    assert_eq!(finding.code, "clients-full");
    assert!(
        finding
            .text
            .ends_with("most are of leak (2), a \"quote\" [] (1)"),
        "{}",
        finding.text
    );
    let empty = tempfile::tempdir().unwrap();
    let finding = full(&Machine::at(empty.path()));
    assert_eq!(finding.text, "all 64 clients of programs are in use");
}

/// Hostile files are read in part, and never end the program.
#[test]
fn hostile_files_do_not_end_the_program() {
    let long = "x".repeat(100_000);
    let bytes = "\u{0}\u{1b}[31m:::::\n".repeat(2000);
    for text in [
        long.as_str(),
        bytes.as_str(),
        "",
        ":",
        "Client ",
        "Client  : \"\" [",
    ] {
        let names = [
            "/proc/asound/seq/clients",
            "/etc/group",
            "/etc/passwd",
            "/proc/self/status",
            "/proc/sys/kernel/osrelease",
            "/run/systemd/container",
            "/.flatpak-info",
            DEVICE,
        ];
        let files = names.map(|name| (name, text));
        for errno in [
            Errno::ENOENT,
            Errno::ENODEV,
            Errno::EACCES,
            Errno::EPERM,
            Errno::ENOMEM,
        ] {
            let (_, said) = finding(&files, errno);
            assert!(said.len() < 300_000, "{said:?}");
        }
    }
}
