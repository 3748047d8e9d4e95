//! The kernel's reasons, in errors that have no room for them.
//!
//! midir's errors hold a `&'static str` or nothing. So each text that is made is kept for
//! ever, but only once, and there is a limit to their number.

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

/// More texts than a program meets; addresses are in some of them.
const MOST_TEXTS: usize = 1000;

/// Takes the error that this thread met last.
pub(crate) fn take_last() -> Option<Error> {
    LAST.with(RefCell::take)
}

/// Returns an error that the kernel has no part in, so that nobody takes an older one for
/// its reason.
pub(crate) fn without_errno<E>(error: E) -> E {
    LAST.take();
    error
}

pub(crate) fn init_reason() -> Option<&'static str> {
    *INIT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the error for [`take_last`], and returns `context` with its text.
fn text(context: &'static str, error: Error) -> &'static str {
    let text = kept(context, &format!("{error:#}"));
    LAST.set(Some(error));
    text
}

/// Keeps `context` with the text of its reason.
fn kept(context: &'static str, reason: &str) -> &'static str {
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

/// A thread could not be started, which the sequencer has no part in.
pub(crate) fn init_thread(error: &io::Error) -> InitError {
    let context = "MIDI support could not be initialized: could not start the thread";
    init_for(without_errno(kept(context, &error.to_string())))
}

fn init_for(text: &'static str) -> InitError {
    *INIT.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    InitError
}

/// The same of a connection.
pub(crate) fn thread(context: &'static str, error: &io::Error) -> ConnectErrorKind {
    without_errno(ConnectErrorKind::Other(kept(context, &error.to_string())))
}

/// A port that is to be connected could not be looked at.
pub(crate) fn no_port(error: Error) -> ConnectErrorKind {
    match error.kind() {
        ErrorKind::NotFound => {
            LAST.set(Some(error));
            ConnectErrorKind::InvalidPort
        }
        _ => connect("could not look at the port", error),
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
