//! The thread that writes.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::clip::Clip;
use super::file::Recording;
use super::other;
use super::target::Target;
use super::waiting::Waiting;
use crate::failure::Failure;
use crate::signals::{Signals, without_signals};

/// How many bytes may wait for the disk.
const MOST_WAITING: usize = 16 << 20;

/// What is written to.
#[derive(Debug)]
pub(super) enum Take {
    Song(Recording),
    Clip(Clip),
}

impl Take {
    /// Lets it be the file that was asked for, which ends at this tick.
    pub(super) fn finish(self, end: u64, signals: &Signals) -> io::Result<()> {
        match self {
            Self::Song(recording) => recording.finish(end, signals),
            Self::Clip(clip) => clip.finish(signals),
        }
    }

    pub(super) const fn target(&self) -> &Target {
        match self {
            Self::Song(recording) => recording.target(),
            Self::Clip(clip) => clip.target(),
        }
    }
}

/// The thread that writes.
pub(super) struct Writer {
    sender: SyncSender<Message>,
    thread: JoinHandle<io::Result<Option<Take>>>,
}

enum Message {
    Begin(Take),
    Events(Vec<u8>),
}

impl Writer {
    /// Starts the thread. It has nothing to write to yet: that there may be no
    /// thread should be known before anything is made.
    pub(super) fn start() -> Result<Self, Failure> {
        let (sender, receiver) = sync_channel(1);
        let start = || std::thread::Builder::new().spawn(move || write(&receiver));
        let thread = without_signals(start)
            .map_err(|error| other(format!("cannot start a thread: {error}")))?;
        Ok(Self { sender, thread })
    }

    /// What is written to.
    pub(super) fn begin(&self, take: Take) {
        // It waits for nothing else.
        let _ = self.sender.send(Message::Begin(take));
    }

    /// Hands over what waits. If the disk is not ready, it waits on. Returns whether
    /// there is a point in going on; if not, `finish` tells why.
    pub(super) fn write(&self, waiting: &mut Waiting) -> Result<bool, Failure> {
        match self.sender.try_send(Message::Events(waiting.take())) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(Message::Events(events))) => {
                let is_much = events.len() > MOST_WAITING;
                waiting.put_back(events);
                if is_much {
                    return Err(other("the disk is too slow"));
                }
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    /// Waits until all is written.
    pub(super) fn finish(self, mut waiting: Waiting) -> io::Result<Option<Take>> {
        let rest = waiting.take();
        if !rest.is_empty() {
            // If nobody is there to take it, the thread's result says why.
            let _ = self.sender.send(Message::Events(rest));
        }
        drop(self.sender);
        let joined = self.thread.join();
        joined.unwrap_or_else(|_| Err(io::Error::other("the program has a bug")))
    }
}

fn write(receiver: &Receiver<Message>) -> io::Result<Option<Take>> {
    let mut take = None;
    for message in receiver {
        match (message, &mut take) {
            (Message::Begin(begun), _) => take = Some(begun),
            (Message::Events(events), Some(Take::Song(song))) => song.commit(&events)?,
            (Message::Events(events), Some(Take::Clip(clip))) => clip.commit(&events)?,
            (Message::Events(_), None) => {}
        }
    }
    Ok(take)
}
