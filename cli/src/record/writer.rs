//! The thread that writes.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::clip::Clip;
use super::file::Recording;
use super::other;
use super::waiting::Waiting;
use crate::failure::Failure;

/// How many bytes may wait for the disk.
const MOST_WAITING: usize = 16 << 20;

/// What is written to.
#[derive(Debug)]
pub(super) enum Take {
    Song(Recording),
    Clip(Clip),
}

/// The thread that writes.
pub(super) struct Writer {
    sender: SyncSender<Vec<u8>>,
    thread: JoinHandle<io::Result<Take>>,
}

impl Writer {
    pub(super) fn start(take: Take) -> Self {
        let (sender, receiver) = sync_channel(1);
        let thread = std::thread::spawn(move || write(take, &receiver));
        Self { sender, thread }
    }

    /// Hands over what waits. If the disk is not ready, it waits on.
    pub(super) fn write(&self, waiting: &mut Waiting) -> Result<(), Failure> {
        match self.sender.try_send(std::mem::take(&mut waiting.events)) {
            Ok(()) => {
                waiting.take();
                Ok(())
            }
            Err(TrySendError::Full(events)) => {
                waiting.events = events;
                waiting.since = Some(Instant::now());
                if waiting.events.len() > MOST_WAITING {
                    return Err(other("the disk is too slow"));
                }
                Ok(())
            }
            // It has ended with an error, which `finish` will tell.
            Err(TrySendError::Disconnected(_)) => Err(other("the file cannot be written")),
        }
    }

    /// Waits until all is written.
    pub(super) fn finish(self, mut waiting: Waiting) -> io::Result<Take> {
        let rest = waiting.take();
        if !rest.is_empty() {
            // If nobody is there to take it, the thread's result says why.
            let _ = self.sender.send(rest);
        }
        drop(self.sender);
        let joined = self.thread.join();
        joined.unwrap_or_else(|_| Err(io::Error::other("the program has a bug")))
    }
}

fn write(mut take: Take, receiver: &Receiver<Vec<u8>>) -> io::Result<Take> {
    for events in receiver {
        match &mut take {
            Take::Song(recording) => recording.commit(&events)?,
            Take::Clip(clip) => clip.commit(&events)?,
        }
    }
    Ok(take)
}
