//! Keyboards that are plugged in and unplugged.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use test_kernel::{Session, Signal, Stdio};

use super::{PROGRAM, command, machine, output, said, session, text};

/// A machine, if its kernel has gadgets of MIDI.
fn with_usb() -> Option<Session> {
    let session = session()?;
    said(&session, &command(&["usb", "list"]));
    Some(session)
}

/// What `usb plug` says.
struct Plugged(HashMap<String, String>);

impl Plugged {
    fn of(session: &Session, arguments: &[&str]) -> Self {
        let said = said(session, &command(&[&["usb"], arguments].concat()));
        let pair = |line: &str| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self(said.lines().map(pair).collect())
    }

    fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    /// The serial number that programs see.
    fn serial(&self, session: &Session) -> String {
        let path = format!("/sys/class/sound/card{}/device/../serial", self.get("card"));
        said(session, &["cat", &path]).trim().to_owned()
    }
}

fn clients(session: &Session) -> String {
    said(session, &["cat", "/proc/asound/seq/clients"])
}

/// Whether the sequencer has a client of this number and name.
fn is_there(session: &Session, number: &str, name: &str) -> bool {
    let line = format!("Client {number:>3} : \"{name}\"");
    clients(session).contains(&line)
}

/// Fails and says this.
fn refused(session: &Session, arguments: &[&str], why: &str) {
    let output = output(session, &command(&[&["usb"], arguments].concat()));
    let stderr = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(stderr.contains(why), "{arguments:?}: {stderr}");
}

#[test]
fn keyboards_of_one_make_swap_their_numbers() {
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
        said(&session, &command(&["usb", "unplug", name]));
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
fn a_key_that_is_pressed_comes_from_the_keyboards_client() {
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
    // By now it is connected.
    assert!(lines.any(|line| line.unwrap().contains("Source")));
    let press = format!("printf '\\220\\100\\177' >{}", keys.get("device"));
    said(&session, &["sh", "-c", &press]);
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
fn a_keyboard_is_as_it_was_described() {
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
        assert_eq!(said(&session, &["cat", &path]).trim(), value);
    }
    let line = said(&session, &command(&["usb", "list"]));
    assert!(
        line.starts_with("keys: \"Grand\", serial keys; socket 2, client "),
        "{line}"
    );
    // The same socket, and so the same numbers.
    let again = Plugged::of(&session, &["replug", "keys"]);
    assert_eq!(again.0, keys.0);
    said(&session, &command(&["usb", "remove", "keys"]));
    assert_eq!(said(&session, &command(&["usb", "list"])), "");
    assert!(!is_there(&session, keys.get("client"), "Grand"));
}

#[test]
fn a_keyboard_speaks_midi_2() {
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
        // Those of before 6.6, and those without UMP.
        let release = said(&session, &["uname", "-r"]);
        let has_ump = clients(&session).contains("UMP");
        let stderr = text(&output.stderr);
        assert!(
            !has_ump && stderr.contains("no gadgets of MIDI 2.0"),
            "{release} {stderr}"
        );
        assert_eq!(said(&session, &command(&["usb", "list"])), "");
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
    said(&session, &command(&["usb", "remove", "new"]));
}

#[test]
fn several_are_plugged_in_at_once() {
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
    let list = said(&session, &command(&["usb", "list"]));
    for socket in 0..3 {
        assert!(list.contains(&format!("socket {socket}")), "{list}");
    }
    refused(&session, &["plug", "d"], "all 3 sockets are taken");
    assert_eq!(said(&session, &command(&["usb", "list"])), list);
}

#[test]
fn refusals_say_why() {
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
        "there is a keyboard a already",
    );
    refused(
        &session,
        &["plug", "b", "--socket", "0"],
        "socket 0 is taken, by a",
    );
    refused(
        &session,
        &["plug", "b", "--socket", "9"],
        "there is no socket 9; there are 3",
    );
    refused(&session, &["plug", "b", "--ports", "17"], "1 to 16 ports");
    refused(&session, &["plug", "../b"], "is no name for a keyboard");
    refused(&session, &["unplug", "b"], "there is no keyboard b");
    said(&session, &command(&["usb", "unplug", "a"]));
    refused(&session, &["unplug", "a"], "a is not plugged in");
    said(&session, &command(&["usb", "remove", "a"]));
    refused(&session, &["remove", "a"], "there is no keyboard a");
}

/// The library's functions, in this program inside.
#[test]
fn a_program_plugs_keyboards_in_itself() {
    let Some(session) = session() else {
        return;
    };
    let test = std::env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", "--nocapture", "usb::inside"];
    let said = said(
        &session,
        &[&[test.to_str().unwrap()], &arguments[..]].concat(),
    );
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "runs in a machine, started by a_program_plugs_keyboards_in_itself"]
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
        // At once, with no time for the kernel to go on.
        assert!(!clients().contains("\"Grand\""));
        assert_eq!(usb::plug_into("keys", 1).unwrap(), plugged);
    }
    usb::remove("keys").unwrap();
    assert!(!clients().contains("\"Grand\""));
    assert!(
        usb::plug("keys")
            .unwrap_err()
            .to_string()
            .contains("no keyboard keys")
    );
}

#[test]
fn a_kernel_without_gadgets_says_so() {
    let Some(session) = super::boot(&machine().root(true)) else {
        return;
    };
    said(&session, &["umount", "/sys/kernel/config"]);
    refused(&session, &["list"], "has no USB gadgets");
}

#[test]
fn outside_of_a_test_kernel_nothing_is_plugged_in() {
    let output = Command::new(PROGRAM)
        .args(["usb", "plug", "a"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("test-kernel run"));
}

/// Only root may make gadgets, and yet everybody in the machine can.
#[test]
fn it_takes_no_root() {
    let Some(session) = super::boot(&machine().root(true)) else {
        return;
    };
    // Where nobody else may look in the way.
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
    let plugged = said(&session, &plug);
    let device = plugged
        .lines()
        .find_map(|line| line.strip_prefix("device="))
        .unwrap();
    said(&session, &[&drop[..], &["test", "-w", device]].concat());
}
