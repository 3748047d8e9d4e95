//! Runs the examples, with the clients that the tests use beside them.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Mutex;

use alsa_seq::{Address, Event, EventData, Port, PortOptions, PortType, SequencerClient};
use support::PATIENCE;

/// Returns the program of an example. Cargo puts it beside the directory of the tests, but does not
/// build it if it builds only these tests.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join(name);
    if let Err(problem) = is_new(&program) {
        panic!("{problem}: run `cargo build --examples` first");
    }
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Returns whether a program is as new as all files that it was built from. Cargo lists these files
/// beside it.
fn is_new(program: &Path) -> Result<(), String> {
    let time = |file: &Path| {
        let metadata = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?;
        metadata.modified().map_err(|e| e.to_string())
    };
    let built = time(program)?;
    let list = fs::read_to_string(program.with_extension("d")).map_err(|e| e.to_string())?;
    let (_, sources) = list.trim_end().split_once(": ").ok_or("an empty list")?;
    // A space in a name has a backslash before it.
    for source in sources.replace("\\ ", "\0").split(' ') {
        let source = source.replace('\0', " ");
        if time(source.as_ref())? > built {
            return Err(format!("{} is older than {source}", program.display()));
        }
    }
    Ok(())
}

pub(crate) fn run(name: &str, arguments: &[&str]) -> Output {
    example(name).args(arguments).output().unwrap()
}

/// Returns the output of an example that ends successfully.
pub(crate) fn lines(name: &str, arguments: &[&str]) -> Vec<String> {
    let output = run(name, arguments);
    assert!(output.status.success(), "{name}: {output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Returns the standard error of an example that fails.
pub(crate) fn failure(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    assert!(!output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Creates a port that no list of MIDI ports contains, so that the examples that choose a port do
/// not choose this one.
pub(crate) fn quiet_port(client: &SequencerClient, name: &str) -> Port {
    let options = PortOptions::new(name).port_type(PortType::APPLICATION);
    client.create_port(options).unwrap()
}

/// An example that continues until it is stopped.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        Self::spawn(example(name).args(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Waits until the example ends without a signal, and returns the rest of its output.
    pub(crate) fn rest(mut self) -> Vec<String> {
        let rest = self.lines.by_ref().map(Result::unwrap).collect();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until another client has connected to a port of this client, and returns that port.
pub(crate) fn await_connection(client: &mut SequencerClient) -> Address {
    let event = client.event_input_timeout(PATIENCE).unwrap();
    let EventData::PortSubscribed { sender, receiver } = event.data() else {
        panic!("{event:?}");
    };
    // The kernel informs the sender shortly before the receiver's side is connected too, and no
    // event is delivered until then.
    let is_this = |connection: alsa_seq::Connection| connection.sender == sender;
    while !client
        .connections_to(receiver)
        .unwrap()
        .into_iter()
        .any(is_this)
    {
        std::thread::yield_now();
    }
    receiver
}

pub(crate) fn send(client: &mut SequencerClient, event: Event<'_>, port: &Port) {
    client.event_output_direct(&event.from_port(port)).unwrap();
}

/// Returns the port that an example prints as its own.
pub(crate) fn port_of(running: &mut Running, before: &str) -> Address {
    let line = running.line();
    let rest = line.strip_prefix(before).unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

/// The examples that make a GM synthesizer, or look for one.
pub(crate) static SYNTHS: Mutex<()> = Mutex::new(());
