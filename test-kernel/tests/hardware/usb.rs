//! Keyboards that are plugged in and unplugged.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use test_kernel::{Session, Signal, Stdio};

use super::{PROGRAM, command, machine, output, output_of, session, text};

/// Returns a machine, if its kernel has MIDI gadgets.
fn with_usb() -> Option<Session> {
    let session = session()?;
    output_of(&session, &command(&["usb", "list"]));
    Some(session)
}

/// The output of `usb plug`.
struct Plugged(HashMap<String, String>);

impl Plugged {
    fn of(session: &Session, arguments: &[&str]) -> Self {
        let said = output_of(session, &command(&[&["usb"], arguments].concat()));
        let pair = |line: &str| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self(said.lines().map(pair).collect())
    }

    fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    /// Returns the serial number that programs see.
    fn serial(&self, session: &Session) -> String {
        let path = format!("/sys/class/sound/card{}/device/../serial", self.get("card"));
        output_of(session, &["cat", &path]).trim().to_owned()
    }
}

fn clients(session: &Session) -> String {
    output_of(session, &["cat", "/proc/asound/seq/clients"])
}

/// Returns whether the sequencer has a client with this number and name.
fn is_there(session: &Session, number: &str, name: &str) -> bool {
    let line = format!("Client {number:>3} : \"{name}\"");
    clients(session).contains(&line)
}

/// Expects a failure with this message.
fn refused(session: &Session, arguments: &[&str], why: &str) {
    let output = output(session, &command(&[&["usb"], arguments].concat()));
    let stderr = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(stderr.contains(why), "{arguments:?}: {stderr}");
}

#[test]
fn keyboards_of_the_same_model_swap_their_numbers() {
    let Some(session) = with_usb() else {
        return;
    };
    let make = |name, serial| {
        let look = [
            "--title",
            "Loop Keyboard",
            "--serial",
            serial,
            "--ports",
            "2",
        ];
        Plugged::of(&session, &[&["plug", name], &look[..]].concat())
    };
    let a = make("a", "SN42");
    let b = make("b", "SN43");
    assert_eq!([a.serial(&session), b.serial(&session)], ["SN42", "SN43"]);
    assert_ne!(a.get("client"), b.get("client"));
    for plugged in [&a, &b] {
        assert!(is_there(&session, plugged.get("client"), "Loop Keyboard"));
    }
    assert!(clients(&session).contains("\"Loop Keyboard MIDI 2\""));

    for name in ["a", "b"] {
        output_of(&session, &command(&["usb", "unplug", name]));
    }
    assert!(!clients(&session).contains("Loop Keyboard"));

    let b_again = Plugged::of(&session, &["plug", "b"]);
    let a_again = Plugged::of(&session, &["plug", "a"]);
    assert_eq!(b_again.get("client"), a.get("client"));
    assert_eq!(a_again.get("client"), b.get("client"));
    assert_eq!(b_again.serial(&session), "SN43");
    assert_eq!(a_again.serial(&session), "SN42");
}

#[test]
fn a_pressed_key_comes_from_the_keyboards_client() {
    let Some(session) = with_usb() else {
        return;
    };
    let keys = Plugged::of(&session, &["plug", "keys"]);
    let mut dump = session
        .command("stdbuf")
        .args(["-oL", "aseqdump", "-p", keys.get("client")])
        .stdin(Stdio::Null)
        .stdout(Stdio::Piped)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(dump.stdout.take().unwrap()).lines();
    // Now the reader is connected.
    assert!(lines.any(|line| line.unwrap().contains("Source")));
    let press = format!("printf '\\220\\100\\177' >{}", keys.get("device"));
    output_of(&session, &["sh", "-c", &press]);
    let heard = lines.next().unwrap().unwrap();
    assert!(
        heard
            .trim_start()
            .starts_with(&format!("{}:0", keys.get("client"))),
        "{heard}"
    );
    assert!(
        heard.contains("Note on") && heard.contains("64") && heard.contains("127"),
        "{heard}"
    );
    dump.signal(Signal::TERMINATE).unwrap();
    dump.wait().unwrap();
}

#[test]
fn a_keyboard_has_the_described_properties() {
    let Some(session) = with_usb() else {
        return;
    };
    let look = [
        "--vendor",
        "1235",
        "--product",
        "0a4b",
        "--manufacturer",
        "The Makers",
        "--title",
        "Grand",
        "--socket",
        "2",
    ];
    let keys = Plugged::of(&session, &[&["plug", "keys"], &look[..]].concat());
    assert_eq!(keys.get("socket"), "2");
    let device = format!("/sys/class/sound/card{}/device/..", keys.get("card"));
    for (attribute, value) in [
        ("idVendor", "1235"),
        ("idProduct", "0a4b"),
        ("manufacturer", "The Makers"),
        ("product", "Grand"),
        ("serial", "keys"),
    ] {
        let path = format!("{device}/{attribute}");
        assert_eq!(output_of(&session, &["cat", &path]).trim(), value);
    }
    let line = output_of(&session, &command(&["usb", "list"]));
    assert!(
        line.starts_with("keys: \"Grand\", serial keys; socket 2, client "),
        "{line}"
    );
    // The keyboard is in the same socket, so it has the same numbers.
    let again = Plugged::of(&session, &["replug", "keys"]);
    assert_eq!(again.0, keys.0);
    output_of(&session, &command(&["usb", "remove", "keys"]));
    assert_eq!(output_of(&session, &command(&["usb", "list"])), "");
    assert!(!is_there(&session, keys.get("client"), "Grand"));
}

#[test]
fn a_keyboard_uses_midi_2() {
    let Some(session) = with_usb() else {
        return;
    };
    let look = [
        "plug",
        "new",
        "--midi2",
        "--title",
        "My Endpoint",
        "--ports",
        "2",
    ];
    let output = output(&session, &command(&[&["usb"], &look[..]].concat()));
    if !output.status.success() {
        // Kernels before 6.6, and kernels without UMP.
        let release = output_of(&session, &["uname", "-r"]);
        let has_ump = clients(&session).contains("UMP");
        let stderr = text(&output.stderr);
        assert!(
            !has_ump && stderr.contains("no gadgets of MIDI 2.0"),
            "{release} {stderr}"
        );
        assert_eq!(output_of(&session, &command(&["usb", "list"])), "");
        return;
    }
    let clients = clients(&session);
    assert_eq!(
        clients
            .matches("\"My Endpoint\" [Kernel UMP MIDI2]")
            .count(),
        2,
        "{clients}"
    );
    assert!(clients.contains("UMP Block 1: \"Port 2\""), "{clients}");
    output_of(&session, &command(&["usb", "remove", "new"]));
}

#[test]
fn several_keyboards_are_plugged_in_at_the_same_time() {
    let Some(session) = with_usb() else {
        return;
    };
    let start = |name| {
        let arguments = command(&["usb", "plug", name]);
        let started = session.command(arguments[0]).args(&arguments[1..]);
        started
            .stdin(Stdio::Null)
            .stdout(Stdio::Null)
            .spawn()
            .unwrap()
    };
    let all = ["a", "b", "c"].map(start);
    for child in all {
        assert!(child.wait().unwrap().success());
    }
    let list = output_of(&session, &command(&["usb", "list"]));
    for socket in 0..3 {
        assert!(list.contains(&format!("socket {socket}")), "{list}");
    }
    refused(&session, &["plug", "d"], "all 3 sockets are taken");
    assert_eq!(output_of(&session, &command(&["usb", "list"])), list);
}

#[test]
fn refusals_have_a_reason() {
    let Some(session) = with_usb() else {
        return;
    };
    Plugged::of(&session, &["plug", "a"]);
    refused(
        &session,
        &["plug", "a"],
        "a is plugged in already, in socket 0",
    );
    refused(
        &session,
        &["plug", "a", "--title", "b"],
        "the keyboard a exists already",
    );
    refused(
        &session,
        &["plug", "b", "--socket", "0"],
        "a is in socket 0",
    );
    refused(
        &session,
        &["plug", "b", "--socket", "9"],
        "socket 9 does not exist; the kernel has 3 sockets",
    );
    refused(&session, &["plug", "b", "--ports", "17"], "1 to 16 ports");
    refused(
        &session,
        &["plug", "../b"],
        "cannot be the name of a keyboard",
    );
    refused(
        &session,
        &["unplug", "b"],
        "the keyboard b does not exist; `test-kernel usb list` prints the existing keyboards",
    );
    output_of(&session, &command(&["usb", "unplug", "a"]));
    refused(&session, &["unplug", "a"], "a is not plugged in");
    refused(
        &session,
        &["replug", "a"],
        "a is not plugged in; `test-kernel usb plug a` plugs it in",
    );
    output_of(&session, &command(&["usb", "remove", "a"]));
    refused(&session, &["remove", "a"], "the keyboard a does not exist");
}

/// Calls the library's functions in this test program, inside a machine.
#[test]
fn a_program_can_plug_in_keyboards() {
    let Some(session) = session() else {
        return;
    };
    let test = std::env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", "--nocapture", "usb::inside"];
    let said = output_of(
        &session,
        &[&[test.to_str().unwrap()], &arguments[..]].concat(),
    );
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "runs in a machine, started by a_program_can_plug_in_keyboards"]
fn inside() {
    use test_kernel::usb::{self, Keyboard};

    let clients = || std::fs::read_to_string("/proc/asound/seq/clients").unwrap();
    let grand = Keyboard::new("keys").title("Grand").serial("S").socket(1);
    let plugged = grand.plug().unwrap();
    assert_eq!(plugged.socket, 1);
    assert!(plugged.device().exists());
    let all = usb::list().unwrap();
    assert_eq!(
        (all[0].name.as_str(), all[0].serial.as_str()),
        ("keys", "S")
    );
    assert_eq!(all[0].plugged.as_ref(), Some(&plugged));
    for _ in 0..5 {
        assert!(clients().contains("\"Grand\""));
        usb::unplug("keys").unwrap();
        // Immediately, without a pause for the kernel.
        assert!(!clients().contains("\"Grand\""));
        assert_eq!(usb::plug_into("keys", 1).unwrap(), plugged);
    }
    usb::remove("keys").unwrap();
    assert!(!clients().contains("\"Grand\""));
    assert!(
        usb::plug("keys")
            .unwrap_err()
            .to_string()
            .contains("the keyboard keys does not exist")
    );
}

#[test]
fn a_kernel_without_gadgets_is_reported() {
    let Some(session) = super::boot(&machine().root(true)) else {
        return;
    };
    output_of(&session, &["umount", "/sys/kernel/config"]);
    refused(&session, &["list"], "has no USB gadgets");
}

#[test]
fn outside_of_a_test_kernel_plugging_in_fails() {
    let output = Command::new(PROGRAM)
        .args(["usb", "plug", "a"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let message = text(&output.stderr);
    assert!(message.contains("only inside a test kernel"), "{message}");
    // The cause helps nobody.
    assert!(!message.contains("os error"), "{message}");
}

/// Only root may create gadgets, but all users of the machine can request them.
#[test]
fn keyboards_do_not_need_root() {
    let Some(session) = super::boot(&machine().root(true)) else {
        return;
    };
    // A directory that other users may not read.
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("test-kernel");
    std::fs::copy(PROGRAM, &program).unwrap();
    for path in [dir.path(), &program] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let program = program.to_str().unwrap();
    let drop = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let plug = [&drop[..], &[program, "usb", "plug", "a"]].concat();
    let plugged = output_of(&session, &plug);
    let device = plugged
        .lines()
        .find_map(|line| line.strip_prefix("device="))
        .unwrap();
    output_of(&session, &[&drop[..], &["test", "-w", device]].concat());
}
