//! Whole events: objects in text formats, records in binary formats.

use alloc::vec::Vec;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{self, Serialize, Serializer};

use super::fields::Fields;
use super::text::BytesVisitor;
use crate::wire::{EventBatch, Events, Framing};
use crate::{Address, Event, EventData, EventView, QueueId, Time};

impl Serialize for EventView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&record::<S::Error>(*self)?);
        }
        let mut fields = Fields::of(self.data());
        fields.source = Some(self.source());
        fields.dest = Some(self.dest());
        let queue = self.queue();
        fields.header_queue = (queue != QueueId::DIRECT).then_some(queue);
        let timed =
            fields.header_queue.is_some() || self.time() != Time::Tick(0) || self.is_relative();
        fields.header_time = timed.then(|| self.time());
        fields.relative = self.is_relative().then_some(true);
        fields.tag = Some(self.tag()).filter(|tag| *tag != 0);
        fields.high_priority = self.is_high_priority().then_some(true);
        fields.serialize(serializer)
    }
}

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_view().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let bytes = deserializer.deserialize_byte_buf(BytesVisitor)?;
            return event(&bytes);
        }
        let mut fields = Fields::deserialize(deserializer)?;
        let source = fields.source.take().unwrap_or(Address::UNKNOWN);
        let dest = fields.dest.take().unwrap_or(Address::SUBSCRIBERS);
        let queue = fields.header_queue.take().unwrap_or(QueueId::DIRECT);
        let time = fields.header_time.take().unwrap_or(Time::Tick(0));
        let relative = fields.relative.take().unwrap_or(false);
        let tag = fields.tag.take().unwrap_or(0);
        let high_priority = fields.high_priority.take().unwrap_or(false);

        let event = Event::new(fields.data()?)
            .into_owned()
            .from_port(source)
            .to(dest)
            .with_tag(tag);
        let event = if relative {
            event.after(queue, time)
        } else {
            event.at(queue, time)
        };
        Ok(event.with_high_priority(high_priority))
    }
}

impl Serialize for EventData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Fields::of(*self).serialize(serializer)
        } else {
            Event::new(*self).serialize(serializer)
        }
    }
}

/// The event in the form for `write`.
fn record<E: ser::Error>(event: EventView<'_>) -> Result<Vec<u8>, E> {
    let mut batch = EventBatch::new();
    batch.push(event).map_err(E::custom)?;
    Ok(batch.unsent().to_vec())
}

/// The single event in `bytes`.
fn event<E: Error>(bytes: &[u8]) -> Result<Event<'static>, E> {
    let mut events = Events::new(bytes, Framing::Packed);
    let event = match events.next() {
        Some(event) => event.map_err(E::custom)?.to_event().into_owned(),
        None => return Err(E::invalid_length(0, &"the bytes of an event")),
    };
    if events.remainder().is_empty() {
        Ok(event)
    } else {
        Err(E::invalid_length(bytes.len(), &"the bytes of one event"))
    }
}
