//! A MIDI cable: a virtual device of the kernel, which is read at the speed of a cable.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alsa_seq::{Address, PortId};

use support::{PATIENCE, client, skip};

/// The speed of a cable in bytes per second.
const RATE: u128 = 3125;

/// The devices that this process uses.
static TAKEN: Mutex<Vec<Address>> = Mutex::new(Vec::new());

/// An unused virtual device.
pub(crate) struct Device {
    pub(crate) port: Address,
    path: String,
}

impl Device {
    /// Returns a free device. Skips the test if all are in use.
    pub(crate) fn free() -> Option<Self> {
        let found = Self::find();
        if found.is_none() {
            skip("there is no free virtual MIDI device (snd-virmidi)");
        }
        found
    }

    /// Returns a free device, if there is one.
    pub(crate) fn find() -> Option<Self> {
        let client = client("looking");
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        for found in client.clients() {
            let found = found.unwrap();
            let name = found.name().into_owned();
            // "Virtual Raw MIDI 1-3": card 1, device 3.
            let Some((card, device)) = name
                .strip_prefix("Virtual Raw MIDI ")
                .and_then(|numbers| numbers.split_once('-'))
            else {
                continue;
            };
            let port = Address::from((found.id(), PortId::new(0)));
            let info = client.port_info(port).unwrap();
            if info.num_receivers() == 0 && info.num_senders() == 0 && !taken.contains(&port) {
                taken.push(port);
                let path = format!("/dev/snd/midiC{card}D{device}");
                return Some(Self { port, path });
            }
        }
        None
    }

    /// Opens its other end. The device then holds 4096 bytes before it drops data.
    pub(crate) fn open(&self) -> File {
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits())
            .open(&self.path)
            .unwrap();
        // The device accepts data when a program reads from it.
        let nothing_yet = file.read(&mut [0]).unwrap_err();
        assert_eq!(nothing_yet.kind(), ErrorKind::WouldBlock);
        file
    }
}

impl Device {
    /// Opens its other end for sending.
    pub(crate) fn open_to_send(&self) -> File {
        OpenOptions::new().write(true).open(&self.path).unwrap()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|port| *port != self.port);
    }
}

/// The bytes that a cable has carried.
pub(crate) struct Carried {
    pub(crate) bytes: Vec<u8>,
    /// The longest time for which the machine has delayed the reader.
    pub(crate) longest_gap: Duration,
}

/// A cable that carries the bytes of the device.
pub(crate) struct Cable {
    device: Device,
    ends: Arc<AtomicBool>,
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<Duration>,
}

impl Cable {
    pub(crate) fn new(device: Device) -> Self {
        let file = device.open();
        let ends = Arc::new(AtomicBool::new(false));
        let when = Arc::clone(&ends);
        let bytes = Arc::default();
        let carried = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || read(file, &when, &carried));
        Self {
            device,
            ends,
            bytes,
            reader,
        }
    }

    pub(crate) fn port(&self) -> String {
        self.device.port.to_string()
    }

    /// Waits until it has carried at least one byte.
    pub(crate) fn wait_until(&self, has_carried: impl Fn(&[u8]) -> bool) {
        let started = Instant::now();
        while !has_carried(&self.bytes.lock().unwrap()) {
            assert!(started.elapsed() < PATIENCE, "it does not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns all bytes that were sent until now.
    pub(crate) fn end(self) -> Carried {
        self.ends.store(true, Ordering::Release);
        let longest_gap = self.reader.join().unwrap();
        let bytes = std::mem::take(&mut *self.bytes.lock().unwrap());
        Carried { bytes, longest_gap }
    }
}

/// Reads at most as fast as a cable, until no more bytes arrive.
fn read(mut file: File, ends: &AtomicBool, bytes: &Mutex<Vec<u8>>) -> Duration {
    support::listener::go_first();
    let mut longest_gap = Duration::ZERO;
    // The start of its busy time, and the number of bytes since then.
    let (mut since, mut carried) = (Instant::now(), 0);
    let mut last = since;
    loop {
        // Everything was sent before this is set.
        let is_last = ends.load(Ordering::Acquire);
        let now = Instant::now();
        longest_gap = longest_gap.max(now - last);
        last = now;
        let due = usize::try_from((now - since).as_nanos() * RATE / 1_000_000_000).unwrap();
        let mut buffer = vec![0; due - carried];
        let length = match file.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => panic!("{error}"),
        };
        bytes.lock().unwrap().extend_from_slice(&buffer[..length]);
        carried += length;
        if length < buffer.len() {
            if is_last {
                return longest_gap;
            }
            // No data is waiting.
            (since, carried) = (now, 0);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the bytes with a status before each message, as in a file without running status.
pub(crate) fn with_status(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len() * 3 / 2);
    let (mut status, mut missing) = (0, 0);
    for byte in bytes {
        match byte {
            0xf8.. => {}
            0x80..=0xef => {
                (status, missing) = (*byte, length(*byte));
            }
            0xf0..=0xf7 => status = 0,
            _ if status > 0 && missing == 0 => {
                all.push(status);
                missing = length(status) - 1;
            }
            _ if status > 0 => missing -= 1,
            _ => {}
        }
        all.push(*byte);
    }
    all
}

/// Returns the number of data bytes of a channel message.
fn length(status: u8) -> usize {
    if matches!(status, 0xc0..=0xdf) { 1 } else { 2 }
}
