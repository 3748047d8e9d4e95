//! `aseq graph --serve` while nothing changes, and after announcements were lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use alsa_seq::{Address, PortOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::activity::{Seconds, activity, rest, stop};
use crate::alone;
use support::{PATIENCE, client, need_sequencer};

/// A server, and a browser that reads events.
struct Page {
    child: Child,
    events: BufReader<TcpStream>,
}

impl Page {
    fn serve() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aseq"))
            .args(["graph", "--serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let host = line.trim_start_matches("http://").trim_end_matches("/\n");
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        Self {
            child,
            events: BufReader::new(stream),
        }
    }

    /// Reads until a line of a picture has the text.
    fn shows(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.events.read_line(&mut line).unwrap(), 0);
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server sleeps, also while a browser waits for events.
#[test]
fn a_page_needs_no_processor_time_while_nothing_changes() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let mut page = Page::serve();
    page.shows("</svg>");
    let mut clock = Seconds::new();
    page.shows(">clock</text>");
    let before = rest(page.child.id());
    for second in 1..=2 {
        clock.until(second);
    }
    assert_eq!(activity(page.child.id()), before);
}

/// The picture is correct again after announcements were lost.
#[test]
fn a_page_is_correct_after_lost_announcements() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let mut page = Page::serve();
    page.shows("</svg>");
    stop(page.pid());
    let busy = client("busy");
    // Its input pool has room for 2000 announcements.
    for _ in 0..1100 {
        drop(
            busy.create_port(PortOptions::new("comes and goes"))
                .unwrap(),
        );
    }
    let last = busy.create_port(PortOptions::new("the last")).unwrap();
    let through = Address::new(14, 0);
    last.connect_to(through).unwrap();
    kill(page.pid(), Signal::SIGCONT).unwrap();
    page.shows(&format!(
        "data-sender=\"{}\" data-receiver=\"{through}\"",
        last.address()
    ));
    page.shows(">the last</text>");
    // Later changes are shown, too.
    last.disconnect_to(through).unwrap();
    drop(last);
    let _more = busy.create_port(PortOptions::new("one more")).unwrap();
    page.shows(">one more</text>");
}

/// The time of a picture does not grow with the square of the number of ports.
#[test]
fn a_page_with_all_ports_is_drawn_soon() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let clients: Vec<_> = (0..55).map(|_| client("large")).collect();
    let mut ports = Vec::new();
    for client in &clients {
        let own: Vec<_> = (0..250)
            .map(|_| client.create_port(PortOptions::new("port")).unwrap())
            .collect();
        for (sender, receiver) in own.iter().zip(&own[1..]) {
            sender.connect_to(receiver).unwrap();
        }
        ports.extend(own);
    }
    assert_eq!(ports.len(), 13_750);
    let mut page = Page::serve();
    page.shows("</svg>");
    let begun = Instant::now();
    let changes = client("changes");
    for number in 0..5 {
        let name = format!("change {number}");
        let _port = changes.create_port(PortOptions::sender(&*name)).unwrap();
        page.shows(&format!(">{name}</text>"));
        page.shows("</svg>");
        println!("{:?}", begun.elapsed());
    }
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}
