//! The clients on the page: a keyboard and programs; and the program that serves the page.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use alsa_seq::{Address, ConnectOptions, Port, PortOptions, SequencerClient};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use test_kernel::usb;

/// The name of the keyboard in the test kernel.
const KEYS: &str = "keys";

/// A small studio.
pub(crate) struct Studio {
    sequencer: Program,
    synth: Program,
    drums: Option<Program>,
    keys: Address,
}

/// A program with ports.
struct Program {
    client: SequencerClient,
    ports: Vec<Port>,
}

impl Program {
    fn open(name: &str, ports: Vec<PortOptions>) -> Self {
        let client = SequencerClient::open(name).unwrap();
        let ports = ports
            .into_iter()
            .map(|port| client.create_port(port).unwrap());
        let ports = ports.collect();
        Self { client, ports }
    }

    fn port(&self, number: usize) -> String {
        self.ports[number].address().to_string()
    }
}

impl Studio {
    /// Plugs in the keyboard, and starts the programs.
    pub(crate) fn open() -> Self {
        for made in usb::list().unwrap() {
            usb::remove(&made.name).unwrap();
        }
        let keyboard = usb::Keyboard::new(KEYS)
            .title("Keystation 61")
            .plug()
            .unwrap();
        // Usual machines have neither virtual raw MIDI devices nor the keyboard's own side.
        for (driver, device) in [
            ("platform/drivers/snd_virmidi", "snd_virmidi.0".to_owned()),
            (
                "snd_seq/drivers/snd_seq_midi",
                format!("seq-midi-{}-0", keyboard.device_card),
            ),
        ] {
            let unbind = format!("/sys/bus/{driver}/unbind");
            // An earlier test has removed it.
            if let Err(error) = std::fs::write(unbind, device) {
                assert_eq!(error.raw_os_error(), Some(nix::libc::ENODEV));
            }
        }
        let keys = Address::new(u8::try_from(keyboard.client).unwrap(), 0);
        let sequencer = Program::open(
            "Sequencer",
            vec![
                PortOptions::receiver("Record in"),
                PortOptions::sender("Track 1"),
                PortOptions::sender("Track 2"),
            ],
        );
        let synth = Program::open("FLUID Synth", vec![PortOptions::receiver("Synth input")]);
        Self {
            sequencer,
            synth,
            drums: None,
            keys,
        }
    }

    pub(crate) fn open_drums(&mut self) {
        let ports = vec![
            PortOptions::receiver("Pads"),
            PortOptions::receiver("Clock"),
        ];
        self.drums = Some(Program::open("Drum Machine", ports));
    }

    pub(crate) fn close_drums(&mut self) {
        self.drums = None;
    }

    pub(crate) fn unplug(&self) {
        usb::unplug(KEYS).unwrap();
    }

    pub(crate) fn keys(&self) -> String {
        self.keys.to_string()
    }

    pub(crate) fn sequencer_in(&self) -> String {
        self.sequencer.port(0)
    }

    pub(crate) fn sequencer_out(&self) -> String {
        self.sequencer.port(1)
    }

    pub(crate) fn sequencer_second(&self) -> String {
        self.sequencer.port(2)
    }

    pub(crate) fn synth(&self) -> String {
        self.synth.port(0)
    }

    pub(crate) fn drums(&self) -> String {
        self.drums.as_ref().unwrap().port(0)
    }

    /// Makes an exclusive connection to a port.
    pub(crate) fn take_exclusively(&self) {
        let drums = self.drums.as_ref().unwrap();
        let through = Address::new(14, 0);
        let exclusive = ConnectOptions::new().exclusive(true);
        let client = &drums.client;
        client.connect(through, &drums.ports[1], exclusive).unwrap();
    }

    pub(crate) fn taken(&self) -> String {
        self.drums.as_ref().unwrap().port(1)
    }

    /// Returns whether the kernel has connected two ports.
    pub(crate) fn is_connected(&self, sender: &str, receiver: &str) -> bool {
        let [sender, receiver]: [Address; 2] = [sender, receiver].map(|port| port.parse().unwrap());
        self.synth.client.connection(sender, receiver).is_ok()
    }
}

/// Answers one request at the address of a page that has ended, as `aseq` does with 32 pages.
pub(crate) fn refuse_once(host: &str) {
    let listener = TcpListener::bind(host).unwrap();
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        // A browser may connect without a request.
        if line.starts_with("GET /events ") {
            let answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
            return;
        }
    }
}

/// Draws the picture of the documents, or compares the recorded picture.
pub(crate) fn draw(name: &str) {
    let drawn = Command::new(env!("CARGO_BIN_EXE_aseq"))
        .arg("graph")
        .output()
        .unwrap();
    assert!(drawn.status.success(), "{drawn:?}");
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    match std::env::var_os("ALSA_SEQ_PICTURES") {
        Some(directory) => std::fs::write(Path::new(&directory).join(name), drawn.stdout).unwrap(),
        None => {
            let recorded = std::fs::read_to_string(recorded.join(name)).unwrap();
            let drawn = String::from_utf8(drawn.stdout).unwrap();
            assert_eq!(
                drawn, recorded,
                "cargo xtask page --pictures draws it again"
            );
        }
    }
}

/// The program that serves the page.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
}

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut arguments = arguments.to_vec();
        let place = arguments.iter().position(|word| word.contains(':'));
        let place = place.map(|at| arguments.remove(at));
        let mut child = Command::new(env!("CARGO_BIN_EXE_aseq"))
            .args(["graph", "--serve"])
            .args(place)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut address).unwrap();
        let address = address.trim_end().to_owned();
        Self { child, address }
    }

    /// Ends it. Returns the host of its address.
    pub(crate) fn end(mut self) -> String {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, Signal::SIGINT).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let host = self.address.trim_start_matches("http://").split('/').next();
        host.unwrap().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
