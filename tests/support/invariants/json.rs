//! Events in JSON and in a binary format.

use std::fmt::Debug;

use alsa_seq::ump::Packet;
use alsa_seq::wire::{Events, Framing};
use alsa_seq::{Address, Bytes, Event, EventType, EventView, RealTime, Tempo, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Checks a case: a text, or bytes of an event in a binary format, or records, or arbitrary events.
pub fn check(case: &[u8]) {
    text::<Event<'static>>(case);
    text::<Time>(case);
    text::<RealTime>(case);
    text::<Tempo>(case);
    text::<Address>(case);
    text::<Packet>(case);
    text::<EventType>(case);

    machine::<Event<'static>>(case);
    machine::<RealTime>(case);
    machine::<Tempo>(case);
    machine::<Address>(case);
    machine::<Packet>(case);
    machine::<EventType>(case);
    machine::<Bytes<'static>>(case);

    for framing in [Framing::Legacy, Framing::Ump] {
        for view in Events::new(case, framing).map_while(Result::ok) {
            comes_back(view, &print(&view));
        }
    }

    arbitrary_events(case);
}

fn arbitrary_events(case: &[u8]) {
    let mut input = arbitrary::Unstructured::new(case);
    while !input.is_empty() {
        let event: Event<'_> = input.arbitrary().unwrap();
        comes_back(event.as_view(), &print(&event));
        let bytes = postcard::to_allocvec(&event).unwrap();
        assert_eq!(
            postcard::from_bytes::<Event<'static>>(&bytes).unwrap(),
            event
        );
        // The data alone is an event with default values for the rest.
        let plain = Event::new(event.data());
        let printed = print(&event.data());
        assert_eq!(
            read::<Event<'static>>(&printed).unwrap(),
            plain,
            "{printed}"
        );
        let bytes = postcard::to_allocvec(&event.data()).unwrap();
        assert_eq!(
            postcard::from_bytes::<Event<'static>>(&bytes).unwrap(),
            plain
        );
    }
}

/// A parsed value prints to a text that parses to the same value.
fn text<T: Serialize + DeserializeOwned + PartialEq + Debug>(case: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(case) {
        let printed = print(&value);
        let again = read::<T>(&printed).unwrap();
        assert_eq!(again, value, "{printed}");
        assert_eq!(print(&again), printed);
    }
}

fn machine<T: Serialize + DeserializeOwned>(case: &[u8]) {
    if let Ok(value) = postcard::from_bytes::<T>(case) {
        let bytes = postcard::to_allocvec(&value).unwrap();
        let again: T = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(postcard::to_allocvec(&again).unwrap(), bytes);
    }
}

fn print(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn read<T: DeserializeOwned>(printed: &str) -> Result<T, String> {
    serde_json::from_str(printed).map_err(|error| format!("{printed}: {error}"))
}

fn comes_back(view: EventView<'_>, printed: &str) {
    let event = read::<Event<'static>>(printed).unwrap();
    let again = event.as_view();
    assert_eq!(again.data(), view.data(), "{printed}");
    assert_eq!(again.tag(), view.tag(), "{printed}");
    assert_eq!(again.queue(), view.queue(), "{printed}");
    assert_eq!(again.time(), view.time(), "{printed}");
    assert_eq!(again.is_relative(), view.is_relative(), "{printed}");
    assert_eq!(
        again.is_high_priority(),
        view.is_high_priority(),
        "{printed}"
    );
    assert_eq!((again.source(), again.dest()), (view.source(), view.dest()));
    assert_eq!(print(&event), printed);
}
