//! Compares the device's records, as bytes, with the input and output of `aseq`. If `aseq` writes
//! and reads records in the same wrong way, its events to itself look right.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;

use alsa_seq_kernel_abi::flags::PortCaps;
use alsa_seq_kernel_abi::info::PortInfo;
use alsa_seq_kernel_abi::ioctl::SeqFd;
use nix::libc::O_NONBLOCK;

use crate::Failure;
use crate::aseq::{Dump, play};

const CONTROLLER: u8 = 10;
const PITCH_BEND: u8 = 13;
const SONG_POSITION: u8 = 20;
const SYSEX: u8 = 130;

/// The flag of a record with data after it. The record contains the length of the data.
const VARIABLE: u8 = 1 << 2;

/// The queue number of events that are delivered at once.
const DIRECT: u8 = 253;

const RECORD: usize = 28;

/// A song: a controller, a pitch bend, and a message of six bytes.
const SONG: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x14\
    \0\xb0\x07\x64\0\xe0\x01\0\0\xf0\x05\x7e\x7f\x09\x01\xf7\0\xff\x2f\0";

/// A client that writes and reads records without the library's events.
struct Client {
    device: SeqFd,
    number: u8,
    port: u8,
}

pub(crate) fn run() -> Result<(), Failure> {
    let client = Client::open()?;
    client.is_understood()?;
    client.understands()
}

impl Client {
    fn open() -> Result<Self, Failure> {
        let file = File::options()
            .read(true)
            .write(true)
            .custom_flags(O_NONBLOCK)
            .open("/dev/snd/seq")?;
        let device = SeqFd::new(file.into())?;
        let number = u8::try_from(device.client_id()?)?;
        let mut info = PortInfo::zeroed();
        info.addr.client = number;
        info.capability = PortCaps::WRITE | PortCaps::SUBS_WRITE;
        device.create_port(&mut info)?;
        Ok(Self {
            device,
            number,
            port: info.addr.port,
        })
    }

    /// Writes events, and checks that `aseq dump` shows them.
    fn is_understood(&self) -> Result<(), Failure> {
        let dump = Dump::start(4)?;
        let (client, port) = dump.port.split_once(':').ok_or("no port")?;
        let to = [client.parse()?, port.parse()?];
        self.write(CONTROLLER, to, &control(2, 7, 99))?;
        self.write(PITCH_BEND, to, &control(15, 0, -8191))?;
        self.write(SONG_POSITION, to, &control(0, 0, 1234))?;
        let bytes = [0xf0, 0x7e, 0xf7];
        let mut sysex = (bytes.len() as u32).to_ne_bytes().to_vec();
        sysex.resize(12, 0);
        sysex.extend(bytes);
        self.write(SYSEX, to, &sysex)?;
        let of = format!("{:>3}:{:<3}  ", self.number, self.port);
        dump.shows(&[
            format!("{of}Control change          3, controller 7, value 99"),
            format!("{of}Pitch bend             16, bend -8191"),
            format!("{of}Song position              beats 1234"),
            format!("{of}Sysex                      F0 7E F7"),
        ])
    }

    /// Reads the events that `aseq play` writes.
    fn understands(&self) -> Result<(), Failure> {
        play(SONG, &format!("{}:{}", self.number, self.port))?;
        let mut bytes = vec![0; 64 << 10];
        let mut found = Vec::new();
        while let Ok(length) = self.device.read(&mut bytes) {
            let mut rest = bytes.get(..length).unwrap_or_default();
            while let Some((record, after)) = rest.split_first_chunk::<RECORD>() {
                let [kind, flags, ..] = record;
                let data = record[16..].to_vec();
                rest = after;
                let mut extra = Vec::new();
                if flags & (VARIABLE | VARIABLE << 1) == VARIABLE {
                    let [a, b, c, d, ..] = data[..] else {
                        continue;
                    };
                    let length = u32::from_ne_bytes([a, b, c, d]) as usize;
                    extra = rest.get(..length).ok_or("a record is too long")?.to_vec();
                    let padded = length.next_multiple_of(RECORD);
                    rest = rest.get(padded..).unwrap_or_default();
                }
                match *kind {
                    CONTROLLER | PITCH_BEND => found.push((*kind, data)),
                    SYSEX => found.push((*kind, extra)),
                    _ => {}
                }
            }
        }
        let expected = [
            (CONTROLLER, control(0, 7, 100).to_vec()),
            (PITCH_BEND, control(0, 0, -8191).to_vec()),
            (SYSEX, vec![0xf0, 0x7e, 0x7f, 0x09, 0x01, 0xf7]),
        ];
        if !found.starts_with(&expected) {
            return Err(format!("aseq play wrote {found:?}, not {expected:?}").into());
        }
        println!("# records are in this machine's byte order");
        Ok(())
    }

    /// Writes a record to a port, with its data of variable length.
    fn write(&self, kind: u8, [client, port]: [u8; 2], data: &[u8]) -> Result<(), Failure> {
        let flags = if kind == SYSEX { VARIABLE } else { 0 };
        let mut record = vec![kind, flags, 0, DIRECT];
        record.extend([0; 8]);
        record.extend([self.number, self.port, client, port]);
        record.extend(data);
        let written = self.device.write(&record)?;
        match written == record.len() {
            true => Ok(()),
            false => Err(format!("{written} of {} bytes are written", record.len()).into()),
        }
    }
}

/// Returns the data of a controller or a similar event.
fn control(channel: u8, parameter: u32, value: i32) -> [u8; 12] {
    let [a, b, c, d] = parameter.to_ne_bytes();
    let [e, f, g, h] = value.to_ne_bytes();
    [channel, 0, 0, 0, a, b, c, d, e, f, g, h]
}
