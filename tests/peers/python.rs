//! python-alsa-midi, which is libasound in Python. `peer.py` is a client made with it that carries
//! out the requests of these tests.

mod events;
mod objects;

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use alsa_seq::{Address, ClientId, PortCaps, PortOptions, PortType};

use support::{python_interpreter, skip, unique};

/// Returns whether python-alsa-midi is installed. If not, prints which test is skipped. Under
/// `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails instead.
pub(crate) fn python() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found = *FOUND.get_or_init(|| {
        Command::new(python_interpreter())
            .args(["-c", "import alsa_midi"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if !found {
        let message = "python-alsa-midi is not installed: run tests/peers/setup.sh, or name a \
                       Python that has it in ALSA_SEQ_PYTHON";
        skip(message);
    }
    found
}

macro_rules! need_python {
    () => {
        support::need_sequencer!();
        if !crate::python::python() {
            return;
        }
    };
}

use need_python;

/// A client made with python-alsa-midi.
struct Peer {
    child: Child,
    /// `None` after the client was asked to end.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    name: String,
    id: ClientId,
}

type Rows = Vec<Vec<String>>;

impl Peer {
    fn start(name: &str) -> Self {
        let name = unique(name);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/peer.py");
        let mut child = Command::new(python_interpreter())
            .args([script, &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        Self {
            requests: child.stdin.take(),
            child,
            answers,
            name,
            id: ClientId::new(line.trim().parse().unwrap()),
        }
    }

    /// Sends a request, and returns the answer or the exception.
    fn ask(&mut self, request: &[&dyn Display]) -> Result<Rows, String> {
        let request: Vec<String> = request.iter().map(ToString::to_string).collect();
        let requests = self.requests.as_mut().unwrap();
        writeln!(requests, "{}", request.join("\t")).unwrap();
        let mut rows = Rows::new();
        loop {
            let mut line = String::new();
            let length = self.answers.read_line(&mut line).unwrap();
            assert!(length > 0, "peer.py has ended");
            let line = line.trim_end_matches('\n');
            if line == "." {
                return Ok(rows);
            }
            if let Some(exception) = line.strip_prefix("!\t") {
                return Err(exception.to_owned());
            }
            rows.push(line.split('\t').map(str::to_owned).collect());
        }
    }

    /// Creates a port, and returns its address.
    fn port(&mut self, name: &str, caps: PortCaps) -> Address {
        let bits = PortType::APPLICATION.bits();
        let answer = ask!(self, "port", name, caps.bits(), bits);
        address(&answer[0][0])
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The client closes when its input ends.
        self.requests = None;
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

macro_rules! ask {
    ($peer:expr, $($part:expr),+) => {
        $peer.ask(&[$(&$part),+]).unwrap()
    };
}
use ask;

/// Returns an address in the format of `peer.py`.
fn at(address: impl Into<Address>) -> String {
    format!("@{}", address.into())
}

fn address(text: &str) -> Address {
    text.strip_prefix('@').unwrap().parse().unwrap()
}

/// Returns the options of a port that no list of MIDI ports contains.
fn quiet(name: &str) -> PortOptions {
    PortOptions::new(name).port_type(PortType::APPLICATION)
}
