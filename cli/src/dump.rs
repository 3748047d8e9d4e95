//! Prints arriving events, for `aseq dump` and for `aseqdump`.

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

pub(crate) use filter::{Filter, TypeFilter};
#[cfg(feature = "json")]
pub(crate) use line::monotonic_text;
pub(crate) use line::{Clock, Shape, TextShape};

/// The client that receives.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) client: SequencerClient,
    pub(crate) port: Port,
    /// The queue that stamps the events.
    _queue: Option<Queue>,
}

/// The time that is written into arriving events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamps {
    Real,
    Ticks,
    None,
}

impl Receiver {
    /// Opens the client. With `convert`, the kernel converts between UMP and other
    /// events, as `version` requires.
    pub(crate) fn open(
        name: &str,
        port: &str,
        version: MidiVersion,
        convert: bool,
        stamps: Stamps,
    ) -> alsa_seq::Result<Self> {
        let client = ClientOptions::new(name)
            .midi_version(version)
            // The largest pool, because standard output may be slow.
            .input_pool(alsa_seq::abi::limits::MAX_POOL)
            .open()?;
        // This is done before the port exists, so that no event arrives earlier.
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

    /// Shows arriving events until a signal arrives, which is returned, or until `count`
    /// events were shown. It first writes `heads`, and then calls `greet`.
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
                // Reports only that the reader has closed the pipe.
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

    /// Formats all available events, and then writes them at once. So no line is delayed,
    /// and a burst needs only one write.
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
                Arrival::Event(event) if filter.accepts(&event) => {
                    *left = left.map(|left| left - 1);
                    shape.event(&event, &mut out.waiting)
                }
                Arrival::Event(_) => Ok(()),
                // The following events will be shown again.
                Arrival::Overrun(_) => shape.overrun(&mut out.waiting),
            };
            shown.map_err(Failure::Output)?;
            out.write_if_many()?;
        }
        out.write()
    }
}
