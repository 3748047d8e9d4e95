//! The functions that need an allocator.

use alsa_seq::{Address, Bytes, Event, EventView, sysex, ump, wire};

use crate::reach;

pub fn reach_all() {
    reach(Bytes::into_owned as fn(_) -> _);
    reach(Event::into_owned as fn(_) -> _);
    reach(sysex::Reassembler::held as fn(_) -> _);
    reach(sysex::Reassembler::new as fn() -> _);
    reach(sysex::Reassembler::push as fn(_, _, _) -> _);
    reach(sysex::Reassembler::remove as fn(_, fn(Address) -> bool) -> _);
    reach(sysex::Reassembler::with_limit as fn(_, _) -> _);
    reach(sysex::Reassembler::with_max_sources as fn(_, _) -> _);
    reach(ump::Reassembler::held as fn(_) -> _);
    reach(ump::Reassembler::new as fn() -> _);
    reach(ump::Reassembler::push as fn(_, Address, _) -> _);
    reach(ump::Reassembler::remove as fn(_, fn(ump::SysexOrigin) -> bool) -> _);
    reach(ump::Reassembler::with_limit as fn(_, _) -> _);
    reach(ump::Reassembler::with_max_messages as fn(_, _) -> _);
    reach(wire::EventBatch::clear as fn(_));
    reach(wire::EventBatch::events as fn(_) -> _);
    reach(wire::EventBatch::is_empty as fn(_) -> _);
    reach(wire::EventBatch::len as fn(_) -> _);
    reach(wire::EventBatch::new as fn() -> _);
    reach(wire::EventBatch::push as fn(_, EventView<'static>) -> _);
    reach(wire::EventBatch::skip_first as fn(_));
    reach(wire::EventBatch::unsent as fn(_) -> _);
    reach(wire::EventBatch::with_capacity as fn(_) -> _);
    implements!(Bytes<'static>: From<Vec<u8>>);
    implements!(sysex::Abandoned<'static>: Clone, Debug, PartialEq);
    implements!(sysex::Outcome<'static>: Clone, Debug, PartialEq);
    implements!(sysex::Reason: Clone, Debug, Hash, PartialEq);
    implements!(sysex::Reassembler: Clone, Debug, Default);
    implements!(ump::Abandoned: Clone, Debug, PartialEq);
    implements!(ump::Reassembled: Clone, Debug, Default, PartialEq);
    implements!(ump::Reassembler: Clone, Debug, Default);
    implements!(ump::SysexOrigin: Clone, Debug, Hash, PartialEq);
    implements!(wire::EventBatch: Clone, Debug, Default);
    // This function returns an iterator whose type has no name.
    reach(sources as fn(_, _));
}

fn sources(reassembler: &sysex::Reassembler, each: &mut dyn FnMut(Address)) {
    sysex::Reassembler::sources(reassembler).for_each(each);
}
