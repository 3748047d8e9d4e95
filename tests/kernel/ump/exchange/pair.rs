//! Two clients that exchange messages, and the messages in three protocols.

use alsa_seq::ump::Packet;
use alsa_seq::{Event, EventData, MidiVersion, QueueId, SequencerClient};

use super::super::{packet, speaker};
use MidiVersion::{Legacy, Ump1, Ump2};
use support::kept;
use support::next_event;

/// One message in each of the three protocols.
pub(super) struct Message {
    pub(super) name: &'static str,
    legacy: Vec<EventData<'static>>,
    ump1: Vec<Packet>,
    ump2: Vec<Packet>,
}

impl Message {
    pub(super) fn new(
        name: &'static str,
        legacy: impl Into<Vec<EventData<'static>>>,
        ump1: &[&str],
        ump2: &[&str],
    ) -> Self {
        Self {
            name,
            legacy: legacy.into(),
            ump1: ump1.iter().map(|text| packet(text)).collect(),
            ump2: ump2.iter().map(|text| packet(text)).collect(),
        }
    }

    pub(super) fn said_by(&self, version: MidiVersion) -> Vec<EventData<'static>> {
        let packets = match version {
            Legacy => return self.legacy.clone(),
            Ump1 => &self.ump1,
            _ => &self.ump2,
        };
        packets.iter().copied().map(EventData::Ump).collect()
    }
}

/// Two clients that exchange messages. Each exchange uses a new port, because the kernel stores
/// banks and parameters of a port.
pub(super) struct Pair {
    pub(super) sender: SequencerClient,
    pub(super) receiver: SequencerClient,
}

impl Pair {
    pub(super) fn new(from: MidiVersion, to: MidiVersion) -> Self {
        let pair = Self {
            sender: speaker("sender", from),
            receiver: speaker("receiver", to),
        };
        pair.receiver.set_input_pool(2000).unwrap();
        pair
    }

    pub(super) fn exchange(&mut self, sent: &[EventData<'_>]) -> Vec<EventData<'static>> {
        let input = self.receiver.create_port("in").unwrap();
        for data in sent {
            let event = Event::new(*data).to(&input);
            self.sender.event_output(&event).unwrap();
        }
        // This event arrives unchanged in every protocol.
        let mark = Event::new(EventData::Echo(*b"end of these")).to(&input);
        self.sender.event_output(&mark).unwrap();
        self.sender.drain_output().unwrap();
        let mut received = Vec::new();
        loop {
            let event = next_event(&mut self.receiver);
            if event.data() == mark.data() {
                return received;
            }
            assert_eq!(event.source().client, self.sender.id());
            received.push(kept(event));
        }
    }
}

/// Calls `check` with all nine pairs.
pub(super) fn with_all_pairs(mut check: impl FnMut(MidiVersion, MidiVersion, &mut Pair)) {
    for from in [Legacy, Ump1, Ump2] {
        for to in [Legacy, Ump1, Ump2] {
            check(from, to, &mut Pair::new(from, to));
        }
    }
}

/// Returns the part of an event that the test can compare. In a real-time message that was a
/// packet, the kernel leaves the queue undefined, and it has no meaning. The same is true of a
/// packet's reserved bits.
pub(super) fn comparable(data: EventData<'static>) -> EventData<'static> {
    let queue = QueueId::new(0);
    match data {
        EventData::Ump(packet) => EventData::Ump(packet.decode().into()),
        EventData::Start(_) => EventData::Start(queue),
        EventData::Continue(_) => EventData::Continue(queue),
        EventData::Stop(_) => EventData::Stop(queue),
        EventData::Clock(_) => EventData::Clock(queue),
        other => other,
    }
}

pub(super) fn check(
    name: &str,
    from: MidiVersion,
    to: MidiVersion,
    got: Vec<EventData<'static>>,
    expected: &[EventData<'_>],
) {
    let got: Vec<_> = got.into_iter().map(comparable).collect();
    assert_eq!(got, expected, "{name}, from {from:?} to {to:?}");
}

pub(super) fn control(number: u8, value: u8) -> EventData<'static> {
    EventData::control_change(5, number, value).unwrap()
}

pub(super) fn bend(value: i16) -> EventData<'static> {
    EventData::pitch_bend(5, value).unwrap()
}
