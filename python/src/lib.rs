//! The native part of the Python package `alsa_sequencer`: event classes, the codec, and
//! the steps and waits of input and output. Code that need not be fast is in Python, in
//! `alsa_sequencer/`.
//!
//! | module | contents |
//! |---|---|
//! | `core` | the content of an event object, and the kernel's record of it |
//! | `event`, `event_type` | the class `Event`, the attribute `type` |
//! | `shapes`, `queue_events` | the classes of one form of data |
//! | `classes` | the classes of the event types, and the choice of an event's class |
//! | `ump` | the class of MIDI 2.0 packets |
//! | `time` | the class `RealTime` |
//! | `convert`, `error` | arguments from Python, errors for it |
//! | `shared` | an open client: steps, waits, closing, forks |
//! | `client`, `input`, `output` | the methods that send and receive |
//! | `control`, `queues` | the ioctls |
//! | `signals` | waits that a signal ends |
//! | `hub` | the native part of the back-end for mido |
//! | `watch` | changes of clients, ports and connections |
//!
//! A lock of `shared` is held for one step, and never while a thread waits for the
//! interpreter. A thread that waits for events has released the interpreter.
#![forbid(unsafe_code)]

mod classes;
mod client;
mod control;
mod convert;
mod core;
mod error;
mod event;
mod event_type;
mod hub;
mod input;
mod output;
mod queue_events;
mod queues;
mod shapes;
mod shared;
mod signals;
mod stream;
mod time;
mod ump;
mod watch;

use pyo3::prelude::*;

#[pymodule(gil_used = true)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    classes::add_all(module)?;
    module.add_class::<time::RealTime>()?;
    module.add_class::<client::Client>()?;
    module.add_class::<output::PackedEvents>()?;
    module.add_class::<hub::Hub>()?;
    module.add_class::<hub::Inbox>()?;
    module.add_class::<hub::Outbox>()?;
    module.add_class::<control::Control>()?;
    module.add_class::<queues::Queues>()?;
    module.add_class::<watch::Watch>()
}
