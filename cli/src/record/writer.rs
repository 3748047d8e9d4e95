//! The thread that writes the recording.

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

/// The maximum number of bytes that wait for the disk.
const MOST_WAITING: usize = 16 << 20;

/// The file that is written.
#[derive(Debug)]
pub(super) enum RecordingFile {
    Song(Recording),
    Clip(Clip),
}

impl RecordingFile {
    /// Completes the requested file, which ends at this tick.
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

/// The thread that writes the recording.
pub(super) struct Writer {
    sender: SyncSender<Message>,
    thread: JoinHandle<io::Result<Option<RecordingFile>>>,
}

enum Message {
    Begin(RecordingFile),
    Events(Vec<u8>),
}

impl Writer {
    /// Starts the thread, without a file yet. So a failure to start a thread is noticed
    /// before a file is created.
    pub(super) fn start() -> Result<Self, Failure> {
        let (sender, receiver) = sync_channel(1);
        let start = || std::thread::Builder::new().spawn(move || write(&receiver));
        let thread = without_signals(start)
            .map_err(|error| other(format!("cannot start a thread: {error}")))?;
        Ok(Self { sender, thread })
    }

    /// Passes the file to the thread.
    pub(super) fn begin(&self, file: RecordingFile) {
        // The thread waits for this message.
        let _ = self.sender.send(Message::Begin(file));
    }

    /// Passes the waiting events to the thread. If the disk is not ready, they wait
    /// longer. Returns false if the thread has failed; `finish` then returns the reason.
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

    /// Waits until everything is written.
    pub(super) fn finish(self, mut waiting: Waiting) -> io::Result<Option<RecordingFile>> {
        let rest = waiting.take();
        if !rest.is_empty() {
            // If the thread has ended, its result contains the reason.
            let _ = self.sender.send(Message::Events(rest));
        }
        drop(self.sender);
        let joined = self.thread.join();
        joined.unwrap_or_else(|_| Err(io::Error::other("the program has a bug")))
    }
}

fn write(receiver: &Receiver<Message>) -> io::Result<Option<RecordingFile>> {
    let mut file = None;
    for message in receiver {
        match (message, &mut file) {
            (Message::Begin(begun), _) => file = Some(begun),
            (Message::Events(events), Some(RecordingFile::Song(song))) => song.commit(&events)?,
            (Message::Events(events), Some(RecordingFile::Clip(clip))) => clip.commit(&events)?,
            (Message::Events(_), None) => {}
        }
    }
    Ok(file)
}
