//! libasound's MIDI codec in a separate program, and the results on which it must agree with our
//! codec. "KNOWN DIFFERENCE" marks the intentional differences.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use alsa_seq::midi::{EncodeError, Encoder};
use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Event, EventData};
use arbitrary::Unstructured;

use super::input::Input;
use super::midi_bytes::{Item, parse};

/// `-ENOENT`: "no MIDI event".
const NOT_MIDI: &str = "-2";

/// The running program.
#[derive(Debug)]
pub struct Libasound {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Libasound {
    /// Builds the program and starts it.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("libasound");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut compiler = Command::new(compiler)
            .args(["-O1", "-Wall", "-Werror", "-x", "c", "-", "-lasound", "-o"])
            .arg(&program)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let source = include_bytes!("libasound.c");
        compiler.stdin.take().unwrap().write_all(source).unwrap();
        let built = compiler.wait().unwrap();
        assert!(built.success(), "is libasound2-dev installed?");
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            requests: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Returns the lines that answer a request.
    fn ask(&mut self, kind: u8, parameter: usize, count: usize, data: &[u8]) -> Vec<String> {
        let number = |n: usize| u32::try_from(n).unwrap().to_ne_bytes();
        let head = [&[kind], &number(parameter)[..], &number(count)].concat();
        self.requests.write_all(&[&head, data].concat()).unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let length = self.answers.read_line(&mut line).unwrap();
            assert!(length > 0, "libasound has ended");
            match line.trim_end() {
                "." => return lines,
                line => lines.push(line.to_owned()),
            }
        }
    }

    /// Checks a case: a buffer size and a stream of bytes. Both codecs must make the same events of
    /// it.
    pub fn bytes_to_events(&mut self, case: &[u8]) {
        let mut input = Input::new(case);
        // libasound fails with a buffer that is too small for a channel message.
        let buffer = 4 + usize::from(input.u8());
        let stream = input.rest();
        let theirs: Vec<_> = self
            .ask(b'P', buffer, stream.len(), stream)
            .iter()
            .map(|line| {
                let bytes = from_hex(line);
                let view = Events::new(&bytes, Framing::Packed).next().unwrap();
                Event::new(view.unwrap().data()).into_owned()
            })
            .collect();
        let ours: Vec<_> = parse([stream], buffer)
            .0
            .into_iter()
            .filter_map(|item| match item {
                Item::Event(event) => Some(event),
                // KNOWN DIFFERENCE: libasound does not report this.
                Item::Truncated(_) => None,
            })
            .collect();
        assert_eq!(ours, theirs, "buffer {buffer}, stream {stream:x?}");
    }

    /// Checks a case: whether to use running status, and decisions for events. Both codecs must
    /// make the same bytes of the events.
    pub fn events_to_bytes(&mut self, case: &[u8]) {
        let mut input = Input::new(case);
        let running_status = input.u8() % 2 == 1;
        let events = accepted_events(input.rest());
        let mut records = Vec::new();
        let mut encoder = Encoder::new().with_running_status(running_status);
        let mut ours = Vec::new();
        for event in &events {
            let start = records.len();
            records.resize(start + wire::encoded_len(event), 0);
            wire::encode(event, &mut records[start..]).unwrap();
            ours.push(match encoder.encode(&event.data()) {
                Ok(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
                Err(_) => NOT_MIDI.to_owned(),
            });
            // KNOWN DIFFERENCE: in libasound, these messages end running status.
            let ends = match event.data() {
                EventData::Clock(_)
                | EventData::Start(_)
                | EventData::Continue(_)
                | EventData::Stop(_)
                | EventData::ActiveSensing
                | EventData::Reset => true,
                EventData::Sysex(bytes) => bytes.is_empty(),
                _ => false,
            };
            if ends {
                encoder.reset();
            }
        }
        let every_status = usize::from(!running_status);
        let theirs = self.ask(b'E', every_status, events.len(), &records);
        assert_eq!(ours, theirs, "running status {running_status}: {events:x?}");
    }
}

impl Drop for Libasound {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn from_hex(line: &str) -> Vec<u8> {
    let digits = line.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Returns the events of a case, without the events of intentional differences.
fn accepted_events(case: &[u8]) -> Vec<Event<'_>> {
    let mut input = Unstructured::new(case);
    let mut events = Vec::new();
    while !input.is_empty() {
        let event = Event::new(input.arbitrary().unwrap());
        match Encoder::new().encode(&event.data()) {
            // KNOWN DIFFERENCE: libasound masks values that are out of range.
            Err(EncodeError::Value(_)) => {}
            // libasound has a separate function for packets, which another test covers.
            Err(EncodeError::Ump) => {}
            _ => events.push(event),
        }
    }
    events
}
