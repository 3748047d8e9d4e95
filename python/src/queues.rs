//! The ioctls of queues, and the removal of events.

use alsa_seq::abi::consts;
use alsa_seq::abi::event as abi;
use alsa_seq::abi::flags::{QueueFlags, RemoveMode};
use alsa_seq::abi::info::{
    QueueClient, QueueInfo, QueueStatus, QueueTempo, QueueTimer, RemoveEvents, TimerId,
};
use alsa_seq::abi::ioctl::{Errno, SeqFd};
use alsa_seq::abi::zerocopy::IntoBytes;
use alsa_seq::{Operation, QueueId, Subject};
use pyo3::prelude::*;
use std::task::Poll;

use crate::client::failed;
use crate::control::{Control, text};
use crate::convert::{address_of, argument};
use crate::error;
use crate::output::put_or_drain;
use crate::time::RealTime;

/// The calls of a client for queues.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct Queues {
    control: Control,
}

/// The tuple of a queue's information.
type InfoTuple = (i32, String, i32, bool, u32);

/// A tempo, ticks per quarter note, and a skew with its base.
type TempoTuple = (u32, i32, u32, u32);

fn info_tuple(info: &QueueInfo) -> InfoTuple {
    (
        info.queue,
        text(&info.name),
        info.owner,
        info.locked(),
        info.flags.bits(),
    )
}

fn subject(queue: i32) -> Subject {
    u8::try_from(queue).map_or(Subject::None, |queue| Subject::Queue(QueueId::new(queue)))
}

/// Returns whether a queue runs.
fn is_running(fd: &SeqFd, queue: i32) -> Result<bool, Errno> {
    let mut status = QueueStatus::zeroed();
    status.queue = queue;
    fd.get_queue_status(&mut status)?;
    Ok(status.running & 1 != 0)
}

impl Queues {
    pub(crate) const fn new(control: Control) -> Self {
        Self { control }
    }

    fn ioctl<T: Send>(
        &self,
        py: Python<'_>,
        operation: Operation,
        queue: i32,
        call: impl FnOnce(&SeqFd) -> Result<T, Errno> + Send,
    ) -> PyResult<T> {
        self.control.ioctl(py, operation, subject(queue), call)
    }

    /// The record that controls a queue.
    fn event(&self, queue: u8, event_type: u8, value: i32) -> abi::Event {
        let mut event = abi::Event::zeroed();
        event.header.event_type = event_type;
        event.header.queue = consts::QUEUE_DIRECT;
        event.header.source = abi::Address::new(self.control.shared.id.number(), 0);
        event.header.dest = abi::Address::new(consts::CLIENT_SYSTEM, consts::PORT_SYSTEM_TIMER);
        event.set_payload(&abi::QueueControl::new(queue).with_value(value));
        event
    }

    fn usage(fd: &SeqFd, queue: i32, used: i32) -> Result<bool, Errno> {
        let mut client = QueueClient::zeroed();
        client.queue = queue;
        client.used = used;
        fd.get_queue_client(&mut client)?;
        Ok(client.used != 0)
    }
}

#[pymethods]
impl Queues {
    /// Creates a queue and returns its number.
    fn create(&self, py: Python<'_>, name: &str, locked: bool, flags: u32) -> PyResult<i32> {
        let mut info = QueueInfo::zeroed();
        info.name.set(name);
        info.set_locked(locked);
        info.flags = QueueFlags::from_bits_retain(flags);
        info.owner = i32::from(self.control.shared.id.number());
        self.ioctl(py, Operation::CreateQueue, -1, |fd| {
            fd.create_queue(&mut info)?;
            Ok(info.queue)
        })
    }

    /// Deletes a queue of this client and the events in it.
    fn delete(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
    ) -> PyResult<()> {
        let mut info = QueueInfo::zeroed();
        info.queue = queue;
        self.ioctl(py, Operation::DeleteQueue, queue, |fd| {
            fd.delete_queue(&info)
        })
    }

    fn info(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
    ) -> PyResult<InfoTuple> {
        let mut info = QueueInfo::zeroed();
        info.queue = queue;
        self.ioctl(py, Operation::QueueInfo, queue, |fd| {
            fd.get_queue_info(&mut info)?;
            Ok(info_tuple(&info))
        })
    }

    /// Changes only the name and the lock.
    fn set_info(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
        name: &str,
        owner: i32,
        locked: bool,
    ) -> PyResult<()> {
        let own = i32::from(self.control.shared.id.number());
        self.ioctl(py, Operation::SetQueueInfo, queue, |fd| {
            let mut info = QueueInfo::zeroed();
            info.queue = queue;
            fd.get_queue_info(&mut info)?;
            if info.owner != own && info.locked() {
                return Err(Errno::EPERM);
            }
            // The kernel stops the queue and forgets its tempo.
            if is_running(fd, queue)? {
                return Err(Errno::EBUSY);
            }
            let mut tempo = QueueTempo::zeroed();
            tempo.queue = queue;
            fd.get_queue_tempo(&mut tempo)?;
            info.name.set(name);
            info.set_locked(locked);
            info.owner = if owner == 0 { own } else { owner };
            fd.set_queue_info(&info)?;
            fd.set_queue_tempo(&tempo)
        })
    }

    /// The number of the queue with this name.
    fn find(&self, py: Python<'_>, name: &str) -> PyResult<i32> {
        let mut info = QueueInfo::zeroed();
        info.name.set(name);
        let subject = Subject::Name(name.into());
        self.control.ioctl(py, Operation::FindQueue, subject, |fd| {
            fd.get_named_queue(&mut info)?;
            Ok(info.queue)
        })
    }

    fn status(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
    ) -> PyResult<(i32, i32, u32, RealTime, i32)> {
        let mut status = QueueStatus::zeroed();
        status.queue = queue;
        self.ioctl(py, Operation::QueueStatus, queue, |fd| {
            fd.get_queue_status(&mut status)?;
            let time = RealTime::from_abi(status.time);
            Ok((
                status.queue,
                status.events,
                status.tick,
                time,
                status.running,
            ))
        })
    }

    fn tempo(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
    ) -> PyResult<TempoTuple> {
        let mut tempo = QueueTempo::zeroed();
        tempo.queue = queue;
        self.ioctl(py, Operation::QueueTempo, queue, |fd| {
            fd.get_queue_tempo(&mut tempo)?;
            Ok((tempo.tempo, tempo.ppq, tempo.skew_value, tempo.skew_base))
        })
    }

    /// Sets the tempo. A skew with base 0 changes nothing.
    fn set_tempo(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
        #[pyo3(from_py_with = argument::tempo)] new: TempoTuple,
    ) -> PyResult<()> {
        let mut tempo = QueueTempo::zeroed();
        tempo.queue = queue;
        (tempo.tempo, tempo.ppq, tempo.skew_value, tempo.skew_base) = new;
        self.ioctl(py, Operation::SetQueueTempo, queue, |fd| {
            fd.set_queue_tempo(&tempo)
        })
    }

    fn timer(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
    ) -> PyResult<(i32, i32, [i32; 5], u32)> {
        let mut timer = QueueTimer::zeroed();
        timer.queue = queue;
        self.ioctl(py, Operation::QueueTimer, queue, |fd| {
            fd.get_queue_timer(&mut timer)?;
            let TimerId {
                dev_class,
                dev_sclass,
                card,
                device,
                subdevice,
            } = timer.id;
            let id = [dev_class, dev_sclass, card, device, subdevice];
            Ok((timer.queue, timer.timer_type, id, timer.resolution))
        })
    }

    /// Sets the timer of a queue. A running queue goes on.
    fn set_timer(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue)] queue: u8,
        timer_type: i32,
        id: [i32; 5],
        resolution: u32,
    ) -> PyResult<()> {
        let mut timer = QueueTimer::zeroed();
        timer.queue = i32::from(queue);
        timer.timer_type = timer_type;
        timer.resolution = resolution;
        let [dev_class, dev_sclass, card, device, subdevice] = id;
        timer.id = TimerId {
            dev_class,
            dev_sclass,
            card,
            device,
            subdevice,
        };
        let running = self.ioctl(py, Operation::SetQueueTimer, timer.queue, |fd| {
            is_running(fd, timer.queue)
        })?;
        let stop = alsa_seq::EventType::STOP.number();
        let go_on = alsa_seq::EventType::CONTINUE.number();
        // A running queue would stop with its new timer.
        if running {
            self.control_now(py, queue, stop)?;
        }
        let answer = self.ioctl(py, Operation::SetQueueTimer, timer.queue, |fd| {
            fd.set_queue_timer(&timer)
        });
        if running {
            self.control_now(py, queue, go_on)?;
        }
        answer
    }

    /// Returns whether this client uses the queue.
    fn is_used(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
    ) -> PyResult<bool> {
        self.ioctl(py, Operation::QueueUsage, queue, |fd| {
            Self::usage(fd, queue, 0)
        })
    }

    /// Starts or ends the use of the queue. -EBUSY if the use would end while there are events
    /// in the queue, because that would hang the kernel.
    fn set_used(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue_id)] queue: i32,
        used: bool,
    ) -> PyResult<()> {
        self.ioctl(py, Operation::SetQueueUsage, queue, |fd| {
            // A second call would reset the tempo.
            if Self::usage(fd, queue, 0)? == used {
                return Ok(());
            }
            let mut status = QueueStatus::zeroed();
            status.queue = queue;
            fd.get_queue_status(&mut status)?;
            if !used && status.events != 0 {
                return Err(Errno::EBUSY);
            }
            let mut client = QueueClient::zeroed();
            client.queue = queue;
            client.used = i32::from(used);
            fd.set_queue_client(&mut client)
        })
    }

    /// Controls a queue at once.
    fn control_now(&self, py: Python<'_>, queue: u8, event_type: u8) -> PyResult<()> {
        let event = self.event(queue, event_type, 0);
        let mut sent = 0;
        let step = py.detach(|| self.control.shared.send(event.as_bytes(), &mut sent));
        step.map(|_| ()).map_err(|failure| failed(py, failure))
    }

    /// Puts an event that controls a queue into the output buffer.
    fn control_later(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::queue)] queue: u8,
        #[pyo3(from_py_with = argument::event_type)] event_type: u8,
        #[pyo3(from_py_with = argument::value)] value: i32,
    ) -> PyResult<()> {
        let event = self.event(queue, event_type, value);
        let step = py.detach(|| put_or_drain(&self.control.shared, event.as_bytes()));
        match step.map_err(|failure| failed(py, failure))? {
            Poll::Ready(_) => Ok(()),
            Poll::Pending => {
                let message = "control queue: the output has no room; drain the output first";
                Err(error::alsa_error(py, message, Errno::EAGAIN))
            }
        }
    }

    /// Removes events that meet the conditions from the kernel and the output buffer.
    #[allow(clippy::too_many_arguments, reason = "they are the kernel's fields")]
    fn remove_events(
        &self,
        py: Python<'_>,
        mode: u32,
        #[pyo3(from_py_with = argument::queue)] queue: u8,
        time: Option<&Bound<'_, PyAny>>,
        dest: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = argument::channel)] channel: u8,
        #[pyo3(from_py_with = argument::event_type)] event_type: u8,
        #[pyo3(from_py_with = argument::tag)] tag: u8,
    ) -> PyResult<()> {
        let mut which = RemoveEvents::zeroed();
        which.remove_mode = RemoveMode::from_bits_retain(mode);
        which.queue = queue;
        which.dest = address_of(dest, "dest")?;
        which.channel = channel;
        which.event_type = i32::from(event_type);
        which.tag = tag;
        if let Some(time) = time {
            which.time = match time.extract::<u32>() {
                Ok(tick) => abi::Timestamp::from_tick(tick),
                Err(_) => abi::Timestamp::from_real(RealTime::of(time)?.to_abi()),
            };
        }
        let shared = &self.control.shared;
        let removed = py.detach(|| {
            if which.remove_mode.contains(RemoveMode::INPUT) {
                shared.with_input(|input| {
                    input.get_mut().drop_input_buffer();
                    Ok(())
                })?;
            }
            if which.remove_mode.contains(RemoveMode::OUTPUT) {
                let here = alsa_seq::RemoveEvents::from_raw(which);
                shared.with_output(|output| {
                    output.get_mut().remove_output_buffer(here);
                    Ok(())
                })?;
            }
            Ok(())
        });
        removed.map_err(|failure| failed(py, failure))?;
        let subject = Subject::Client(shared.id);
        self.control
            .ioctl(py, Operation::RemoveEvents, subject, |fd| {
                fd.remove_events(&which)
            })
    }
}
