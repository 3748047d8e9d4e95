//! Data of events that are gone.

use alsa_seq::{Event, EventData};

/// What an event meant, for tests that collect it from many events and compare
/// it as a whole. Data borrows from its event, which is therefore never freed;
/// the few events of a test may cost that.
pub(crate) fn kept(event: Event<'_>) -> EventData<'static> {
    let event: &'static Event<'static> = Box::leak(Box::new(event.into_owned()));
    event.data()
}
