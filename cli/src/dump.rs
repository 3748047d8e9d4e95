//! What arrives, line by line: for `aseq dump` and for `aseqdump`.

mod filter;
mod line;

use std::io;
use std::os::fd::AsFd;

use alsa_seq::{
    Address, ClientOptions, MidiVersion, Port, PortOptions, PortType, Queue, SequencerClient,
};
use nix::poll::{PollFd, PollFlags};

use crate::arrivals::{self, Arrival};
use crate::failure::{Ending, Failure};
use crate::lines::Lines;
use crate::signals::Signals;

pub(crate) use filter::{Filter, Kind};
#[cfg(feature = "json")]
pub(crate) use line::monotonic_text;
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
            .input_pool(alsa_seq::abi::limits::MAX_POOL)
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
        let options =
            PortOptions::receiver(port).port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
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
    /// events are shown. First come `heads`, and when they are out, `greet` is
    /// called.
    pub(crate) fn show(
        &mut self,
        signals: &Signals,
        shape: Shape,
        filter: &Filter,
        count: Option<u64>,
        heads: &str,
        greet: impl FnOnce(),
    ) -> Result<Option<Ending>, Failure> {
        let stdout = io::stdout();
        let mut out = Lines::new(signals, stdout.as_fd());
        out.waiting.extend_from_slice(heads.as_bytes());
        out.write()?;
        greet();
        let mut left = count;
        while left != Some(0) {
            let mut fds = vec![
                PollFd::new(self.client.as_fd(), PollFlags::POLLIN),
                // Only whether its reader is gone.
                PollFd::new(stdout.as_fd(), PollFlags::empty()),
            ];
            let woken = signals.wait_all(&mut fds, None)?;
            let reader = fds.get(1).and_then(PollFd::revents);
            let is_reader_gone = reader.is_some_and(|found| !found.is_empty());
            self.show_waiting(shape, filter, &mut left, &mut out)?;
            if woken.signal.is_some() {
                return Ok(woken.signal);
            }
            if is_reader_gone {
                return Err(Failure::Output(io::ErrorKind::BrokenPipe.into()));
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
        out: &mut Lines<'_>,
    ) -> Result<(), Failure> {
        while *left != Some(0) {
            let Some(arrival) = arrivals::next(&mut self.client)? else {
                break;
            };
            let shown = match arrival {
                Arrival::Event(event) if filter.lets_pass(&event) => {
                    *left = left.map(|left| left - 1);
                    shape.event(&event, &mut out.waiting)
                }
                Arrival::Event(_) => Ok(()),
                // The following events are shown again.
                Arrival::Overrun(_) => shape.overrun(&mut out.waiting),
            };
            shown.map_err(Failure::Output)?;
            out.write_if_many()?;
        }
        out.write()
    }
}
