//! The kernel's reasons, for errors that have no room for them.
//!
//! midir's errors contain a `&'static str` or nothing. So each text is kept for ever, but only
//! once, and their number is limited.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, PoisonError};

use crate::errors::{ConnectErrorKind, InitError, PortInfoError, SendError};
use alsa_seq::{Error, ErrorKind};

thread_local! {
    static LAST: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// The text of the last [`InitError`].
static INIT: Mutex<Option<&'static str>> = Mutex::new(None);

/// All texts that were made.
static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// This is more than the number of texts in a program. Some texts contain addresses.
const MOST_TEXTS: usize = 1000;

/// Returns the last error of this thread, and removes it.
pub(crate) fn take_last() -> Option<Error> {
    LAST.with(RefCell::take)
}

/// Returns an error without a reason of the kernel. Removes an older error, which is not its
/// reason.
pub(crate) fn without_errno<E>(error: E) -> E {
    LAST.take();
    error
}

pub(crate) fn init_reason() -> Option<&'static str> {
    *INIT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stores the error for [`take_last`], and returns `context` with its text.
fn text(context: &'static str, error: Error) -> &'static str {
    let text = keep_text(context, &format!("{error:#}"));
    LAST.set(Some(error));
    text
}

/// Stores `context` with the text of its reason.
fn keep_text(context: &'static str, reason: &str) -> &'static str {
    let whole = format!("{context}: {reason}");
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(whole.as_str()) {
        return known;
    }
    if texts.len() == MOST_TEXTS {
        return context;
    }
    let kept: &'static str = Box::leak(whole.into_boxed_str());
    texts.insert(kept);
    kept
}

pub(crate) fn init(error: Error) -> InitError {
    init_for(text("MIDI support could not be initialized", error))
}

/// A thread could not be started. The sequencer is not the reason.
pub(crate) fn init_thread(error: &io::Error) -> InitError {
    let context = "MIDI support could not be initialized: could not start the thread";
    init_for(without_errno(keep_text(context, &error.to_string())))
}

fn init_for(text: &'static str) -> InitError {
    *INIT.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    InitError
}

/// Returns the error of a connection whose thread cannot start.
pub(crate) fn thread(context: &'static str, error: &io::Error) -> ConnectErrorKind {
    without_errno(ConnectErrorKind::Other(keep_text(
        context,
        &error.to_string(),
    )))
}

/// Information about a port for a connection could not be read.
pub(crate) fn no_port(error: Error) -> ConnectErrorKind {
    match error.kind() {
        ErrorKind::NotFound => {
            LAST.set(Some(error));
            ConnectErrorKind::InvalidPort
        }
        _ => connect("could not read the information of the port", error),
    }
}

pub(crate) fn connect(context: &'static str, error: Error) -> ConnectErrorKind {
    ConnectErrorKind::Other(text(context, error))
}

pub(crate) fn send(context: &'static str, error: Error) -> SendError {
    SendError::Other(text(context, error))
}

pub(crate) fn port_info(error: Error) -> PortInfoError {
    let kind = error.kind();
    LAST.set(Some(error));
    match kind {
        ErrorKind::NotFound => PortInfoError::InvalidPort,
        _ => PortInfoError::CannotRetrievePortName,
    }
}
