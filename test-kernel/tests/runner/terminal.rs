//! Terminals: the program has a terminal if the runner has one.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};

use super::support::{kernel, read_until, runner, text};

const SIZE: Winsize = Winsize {
    ws_row: 33,
    ws_col: 77,
    ws_xpixel: 0,
    ws_ypixel: 0,
};

/// A runner with its own terminal.
struct Terminal {
    master: File,
    slave: OwnedFd,
    child: Child,
    seen: Vec<u8>,
}

impl Terminal {
    /// Starts a script. The flags select the streams that are the terminal; the others are
    /// /dev/null.
    fn start(text: &str, which: [bool; 3]) -> Self {
        Self::start_program(&runner(["sh", "-c", text]), which)
    }

    fn start_program(inner: &Command, [stdin, stdout, stderr]: [bool; 3]) -> Self {
        let pty = openpty(Some(&SIZE), None).unwrap();
        // Children of this or another test must not inherit it.
        for fd in [&pty.master, &pty.slave] {
            fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        // setsid makes the terminal the session's controlling terminal, as a login does.
        let mut command = Command::new("setsid");
        if stdin {
            command.arg("--ctty");
        }
        command.arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap());
        }
        let end = |terminal: bool| -> Stdio {
            if terminal {
                pty.slave.try_clone().unwrap().into()
            } else {
                Stdio::null()
            }
        };
        command
            .stdin(end(stdin))
            .stdout(end(stdout))
            .stderr(end(stderr));
        let child = command.spawn().unwrap();
        Self {
            master: pty.master.into(),
            slave: pty.slave,
            child,
            seen: Vec::new(),
        }
    }

    fn wait_for(&mut self, wanted: &str) {
        if let Err(why) = read_until(&mut self.master, &mut self.seen, wanted) {
            panic!("{why} before {wanted:?}: {:?}", text(&self.seen));
        }
    }

    fn type_keys(&mut self, keys: &[u8]) {
        self.master.write_all(keys).unwrap();
    }

    fn finish(mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        // The runner restores the terminal, whatever the program has done.
        let termios = tcgetattr(&self.slave).unwrap();
        let cooked = LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
        assert!(termios.local_flags.contains(cooked));
        status
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const WHICH: &str = "for fd in 0 1 2; do test -t $fd && t=$t$fd; done; echo \"tty: $t.\" ";

#[test]
fn each_descriptor_has_the_same_type_inside() {
    if !kernel() {
        return;
    }
    for (which, expected, to) in [
        ([true, true, true], "012", ">&2"),
        ([false, true, true], "12", ">&2"),
        ([false, false, true], "2", ">&2"),
        ([false, true, false], "1", ""),
        ([true, true, false], "01", ""),
    ] {
        let mut terminal = Terminal::start(&format!("{WHICH}{to}"), which);
        terminal.wait_for(&format!("tty: {expected}.\r\n"));
        assert!(terminal.finish().success());
    }
}

#[test]
fn a_terminal_only_for_input_works() {
    if !kernel() {
        return;
    }
    let mut terminal = Terminal::start(
        "test -t 0 && ! test -t 1 && read line && test \"$line\" = typed && exit 9",
        [true, false, false],
    );
    terminal.type_keys(b"typed\r");
    assert_eq!(terminal.finish().code(), Some(9));
}

#[test]
fn keys_are_echoed_edited_and_read() {
    if !kernel() {
        return;
    }
    let mut terminal = Terminal::start(
        "echo ready; read line; echo \"<$line>\"; exit 4",
        [true, true, true],
    );
    terminal.wait_for("ready\r\n");
    terminal.type_keys(b"typox\x7f\x7fed\r");
    terminal.wait_for("<typed>\r\n");
    assert_eq!(terminal.finish().code(), Some(4));
}

#[test]
fn the_interrupt_key_interrupts() {
    if !kernel() {
        return;
    }
    let mut terminal = Terminal::start(
        "trap 'echo got INT; exit 5' INT; echo ready; sleep 1000 & wait",
        [true, true, true],
    );
    terminal.wait_for("ready\r\n");
    terminal.type_keys(b"\x03");
    terminal.wait_for("got INT\r\n");
    assert_eq!(terminal.finish().code(), Some(5));
}

#[test]
fn the_end_of_file_key_ends_the_input() {
    if !kernel() {
        return;
    }
    let mut terminal = Terminal::start("echo ready; cat; exit 6", [true, true, true]);
    terminal.wait_for("ready\r\n");
    terminal.type_keys(b"a line\r");
    terminal.wait_for("a line\r\na line\r\n");
    terminal.type_keys(b"\x04");
    assert_eq!(terminal.finish().code(), Some(6));
}

#[test]
fn the_window_size_is_passed_on_and_updated() {
    if !kernel() {
        return;
    }
    let mut terminal = Terminal::start(
        "stty size; trap 'stty size; exit 0' WINCH; echo ready; sleep 1000 & wait",
        [true, true, true],
    );
    terminal.wait_for("33 77\r\n");
    terminal.wait_for("ready\r\n");
    rustix::termios::tcsetwinsize(
        terminal.master.as_fd(),
        rustix::termios::Winsize {
            ws_row: 12,
            ws_col: 34,
            ws_xpixel: 0,
            ws_ypixel: 0,
        },
    )
    .unwrap();
    terminal.wait_for("12 34\r\n");
    assert!(terminal.finish().success());
}

#[test]
fn the_program_may_change_its_terminal() {
    if !kernel() {
        return;
    }
    let mut terminal = Terminal::start(
        "stty raw -echo; echo ready; dd bs=1 count=3 2>/dev/null | od -An -tx1",
        [true, true, true],
    );
    terminal.wait_for("ready");
    terminal.type_keys(b"\x03\x1a\xff");
    terminal.wait_for("03 1a ff");
    assert!(terminal.finish().success());
}

#[test]
fn a_hang_up_ends_the_program() {
    if !kernel() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ended");
    let mut terminal = Terminal::start(
        &format!(
            "trap 'echo hung up > {}; exit 0' HUP; echo ready; sleep 1000 & wait",
            file.display()
        ),
        [true, true, true],
    );
    terminal.wait_for("ready\r\n");
    // Closes both of our ends. Then only the runner's end is left, and the terminal hangs up.
    let null = File::open("/dev/null").unwrap();
    terminal.master = null.try_clone().unwrap();
    terminal.slave = null.into();
    terminal.child.wait().unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), "hung up\n");
}

#[test]
fn job_control_works_as_for_any_program() {
    if !kernel() {
        return;
    }
    let inner = runner([
        "sh",
        "-c",
        "echo ready; read x; echo \"got $x\"; exec sleep 1000",
    ]);
    let mut shell = Command::new("bash");
    shell
        .args(["--norc", "-i"])
        .env("PS1", "shell> ")
        .env("TERM", "dumb");
    for (name, value) in inner.get_envs() {
        shell.env(name, value.unwrap());
    }
    let mut terminal = Terminal::start_program(&shell, [true, true, true]);
    terminal.wait_for("shell> ");
    let words: Vec<String> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    terminal.type_keys(format!("{}\r", words.join(" ")).as_bytes());
    terminal.wait_for("\nready\r\n");
    // Stops the program and the runner. The shell gets its terminal back.
    terminal.seen.clear();
    terminal.type_keys(b"\x1a");
    terminal.wait_for("Stopped");
    terminal.wait_for("shell> ");
    terminal.type_keys(b"echo in the sh''ell\r");
    terminal.wait_for("in the shell");
    terminal.type_keys(b"fg\r");
    terminal.type_keys(b"typed\r");
    terminal.wait_for("got typed");
    terminal.seen.clear();
    terminal.type_keys(b"\x03");
    terminal.wait_for("shell> ");
    terminal.type_keys(b"exit $?\r");
    assert_eq!(terminal.finish().code(), Some(130));
}
