//! What arrives, line by line: for `aseq dump` and for `aseqdump`.

mod filter;
mod line;

use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;

use alsa_seq::{
    Address, ClientOptions, ErrorKind, MidiVersion, Port, PortOptions, PortType, Queue,
    SequencerClient,
};
use nix::poll::PollFlags;
use nix::sys::signal::Signal;

use crate::failure::Failure;
use crate::signals::Signals;

pub(crate) use filter::{Filter, Kind};
pub(crate) use line::{Clock, Shape, TextShape};

/// The client that receives.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) client: SequencerClient,
    pub(crate) port: Port,
    /// Stamps events as long as it exists.
    _queue: Option<Queue>,
}

/// What stamps the events when they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamps {
    Real,
    Ticks,
    None,
}

impl Receiver {
    /// With `convert`, the kernel converts between UMP and other events, as
    /// `version` needs it.
    pub(crate) fn open(
        name: &str,
        port: &str,
        version: MidiVersion,
        convert: bool,
        stamps: Stamps,
    ) -> alsa_seq::Result<Self> {
        let client = ClientOptions::new(name)
            .midi_version(version)
            // The most there is: standard output may be slow.
            .input_pool(2000)
            .open()?;
        // Before there is a port that anything could arrive at.
        if !convert {
            client.set_ump_conversion(false)?;
        }
        let queue = match stamps {
            Stamps::None => None,
            Stamps::Real | Stamps::Ticks => {
                let queue = client.create_queue(name)?;
                queue.start()?;
                Some(queue)
            }
        };
        let options = PortOptions::new(port)
            .caps(PortOptions::WRITE)
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
        let options = match (&queue, stamps) {
            (Some(queue), Stamps::Real) => options.stamp_real_time(queue),
            (Some(queue), Stamps::Ticks) => options.stamp_ticks(queue),
            _ => options,
        };
        let port = client.create_port(options)?;
        Ok(Self {
            client,
            port,
            _queue: queue,
        })
    }

    pub(crate) fn address(&self) -> Address {
        self.port.address()
    }

    /// Shows what arrives, until a signal comes, which is returned, or `count`
    /// events are shown. `greet` says what comes before.
    pub(crate) fn show(
        &mut self,
        signals: &Signals,
        shape: Shape,
        filter: &Filter,
        count: Option<u64>,
        greet: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Option<Signal>, Failure> {
        let mut out = BufWriter::new(io::stdout().lock());
        greet(&mut out)
            .and_then(|()| out.flush())
            .map_err(Failure::Output)?;
        let mut left = count;
        while left != Some(0) {
            let woken = signals.wait(self.client.as_fd(), PollFlags::POLLIN, None)?;
            self.show_waiting(shape, filter, &mut left, &mut out)?;
            if woken.signal.is_some() {
                return Ok(woken.signal);
            }
        }
        Ok(None)
    }

    /// Shows all that is there, and then lets it out: nobody waits for a line,
    /// and yet a burst costs one write.
    fn show_waiting(
        &mut self,
        shape: Shape,
        filter: &Filter,
        left: &mut Option<u64>,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        while *left != Some(0) {
            match self.client.try_event_input() {
                Ok(None) => break,
                Ok(Some(event)) if filter.lets_pass(&event) => {
                    shape.event(&event, out).map_err(Failure::Output)?;
                    *left = left.map(|left| left - 1);
                }
                Ok(Some(_)) => {}
                // The kernel dropped all that was unread. What comes now is
                // shown again.
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    shape.overrun(out).map_err(Failure::Output)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        out.flush().map_err(Failure::Output)
    }
}
