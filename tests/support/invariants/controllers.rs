//! Joins single controllers to parameters.

use std::collections::BTreeMap;

use alsa_seq::controllers::{Assembler, split};
use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::{Address, Event, EventData, QueueId};

use super::input::Input;

/// Checks a case: the number of channels with room, whether parts wait, and steps of three bytes:
/// the source, the controller, and its value.
pub fn check(case: &[u8]) {
    let mut input = Input::new(case);
    let options = input.u8();
    let waits = options & 0x80 == 0;
    let wide = options & 0x40 == 0;
    let steps = input.rest();
    match options % 5 {
        0 => means_the_same::<0>(waits, wide, steps),
        1 => means_the_same::<1>(waits, wide, steps),
        2 => means_the_same::<2>(waits, wide, steps),
        3 => means_the_same::<3>(waits, wide, steps),
        _ => means_the_same::<16>(waits, wide, steps),
    }
    is_the_inverse(steps);
}

/// Returns an event of two sources, two destinations and two channels.
pub(super) fn step([who, which, value]: [u8; 3]) -> Event<'static> {
    let source = Address::new(20, who & 1);
    let dest = Address::new(128, who >> 1 & 1);
    let channel = who >> 2 & 1;
    let number = u32::from(value & 0x1f);
    let wide = i32::from(value) << 5;
    let data = match which {
        0..=127 => EventData::ControlChange {
            channel,
            controller: which.into(),
            value: i32::from(value & 0x7f),
        },
        128 => EventData::Control14Bit {
            channel,
            controller: number,
            value: wide,
        },
        129 => EventData::Nrpn {
            channel,
            parameter: number,
            value: wide,
        },
        130 => EventData::Rpn {
            channel,
            parameter: number,
            value: wide,
        },
        131 => EventData::Clock(QueueId::new(0)),
        132 => EventData::Sysex(&[0xf0, 1, 0xf7]),
        133 => EventData::Reset,
        134 => EventData::Echo([value; 12]),
        135 => EventData::Ump([0x20b0_0640, 0, 0, 0].into()),
        // Controllers that have no MIDI bytes.
        136 => EventData::ControlChange {
            channel,
            controller: 6 + (u32::from(value) << 7),
            value: wide,
        },
        137 => EventData::Nrpn {
            channel,
            parameter: number,
            value: -1,
        },
        138 => EventData::Control14Bit {
            channel,
            controller: value.into(),
            value: wide,
        },
        _ => {
            return Event::note_on(channel, value & 0x7f, 1)
                .unwrap()
                .from_port(source)
                .to(dest);
        }
    };
    Event::new(data).with_tag(value).from_port(source).to(dest)
}

pub(super) fn is_control(event: &Event<'_>) -> bool {
    matches!(
        event.data(),
        EventData::ControlChange { .. }
            | EventData::Control14Bit { .. }
            | EventData::Nrpn { .. }
            | EventData::Rpn { .. }
    )
}

/// A receiver has the same state whether it gets the events or the joined events.
fn means_the_same<const N: usize>(waits: bool, wide: bool, steps: &[u8]) {
    let mut input = Input::new(steps);
    let mut assembler = Assembler::<N>::with_slots()
        .with_waiting(waits)
        .with_14_bit(wide);
    let (mut wanted, mut got) = (Receivers::default(), Receivers::default());
    let mut apart = Receivers::default();
    while !input.is_empty() {
        let event = step(input.array());
        wanted.receive(&event);
        split(&event).for_each(|single| apart.receive(&single));
        assert_eq!(apart, wanted);
        let complete: Vec<_> = assembler.push(&event).map(Event::into_owned).collect();
        complete.iter().for_each(|event| got.receive(event));
        let is_wide = |event: &Event<'_>| matches!(event.data(), EventData::Control14Bit { .. });
        assert!(wide || is_wide(&event) || !complete.iter().any(is_wide));

        if !is_control(&event) {
            // Such an event is never kept back, and comes after the events that waited.
            assert_eq!(complete.last(), Some(&event));
            let place = (event.source(), event.dest());
            match (event.data(), event.channel()) {
                (EventData::Clock(_) | EventData::Ump(_), _) => assert_eq!(complete.len(), 1),
                (_, channel) => assert_eq!(got.of(place, channel), wanted.of(place, channel)),
            }
        } else if N == 0 {
            assert_eq!(complete, std::slice::from_ref(&event));
        }
        assert!(complete.len() <= 5 || event.channel().is_none());

        let mut at_rest = assembler.clone();
        let mut flushed = got.clone();
        let waiting: Vec<_> = at_rest.flush().collect();
        assert_eq!(assembler.is_waiting(), !waiting.is_empty());
        assert!(waiting.len() <= 2 * N);
        assert!(!at_rest.is_waiting());
        waiting.iter().for_each(|event| flushed.receive(event));
        assert_eq!(flushed, wanted);
    }
    assembler.forget(|source| source.port.number() == 0);
    let left = assembler.flush();
    left.for_each(|event| assert_eq!(event.source().port.number(), 1));
}

/// The assembler joins the events that the encoder splits.
fn is_the_inverse(steps: &[u8]) {
    let mut input = Input::new(steps);
    let mut assembler = Assembler::new();
    let mut encoder = Encoder::new();
    let mut parser = Parser::new([0; 8]);
    let (mut events, mut again) = (Vec::new(), Vec::new());
    while !input.is_empty() {
        let [kind, channel, msb, lsb, param] = input.array();
        let channel = channel & 0x0f;
        let parameter = u16::from(param) << 3;
        let value = u16::from(msb & 0x7f) << 7 | u16::from(lsb & 0x7f);
        let data = match kind % 4 {
            0 => EventData::nrpn(channel, parameter, value).unwrap(),
            1 => EventData::rpn(channel, parameter, value).unwrap(),
            2 if param % 32 != 6 => EventData::control_14bit(channel, param % 32, value).unwrap(),
            _ => EventData::TuneRequest,
        };
        let event = Event::new(data).with_tag(msb).to(Address::new(128, param));
        events.push(Event::new(data));
        let mut alone = Assembler::<1>::with_slots();
        let mut joined = Vec::new();
        for single in split(&event) {
            let is_single = matches!(single.data(), EventData::ControlChange { .. });
            assert!(is_single || data == EventData::TuneRequest);
            joined.extend(alone.push(&single).map(Event::into_owned));
        }
        assert_eq!(joined, [event]);
        let bytes = encoder.encode(&data).unwrap();
        let mut rest = &*bytes;
        while let Some(Parsed::Event(single)) = parser.parse(&mut rest) {
            again.extend(assembler.push(&Event::new(single)).map(Event::into_owned));
        }
    }
    again.extend(assembler.flush());
    assert_eq!(again, events);
}

/// A receiver for each source, destination and channel.
#[derive(Clone, Debug, Default, PartialEq)]
struct Receivers(BTreeMap<(Address, Address, u8), Receiver>);

impl Receivers {
    fn receive(&mut self, event: &Event<'_>) {
        let (source, dest) = (event.source(), event.dest());
        if event.data() == EventData::Reset {
            self.0
                .retain(|place, _| (place.0, place.1) != (source, dest));
        }
        if !is_control(event) {
            return;
        }
        let Ok(bytes) = event.to_midi() else { return };
        for message in bytes.chunks(3) {
            let [status, controller, value] = message else {
                panic!("{message:?}");
            };
            let place = (source, dest, status & 0x0f);
            let receiver = self.0.entry(place).or_default();
            receiver.receive(*controller, *value);
        }
    }

    fn of(&self, (source, dest): (Address, Address), channel: Option<u8>) -> Vec<&Receiver> {
        let all = self.0.iter().filter(|(place, _)| {
            (place.0, place.1) == (source, dest) && channel.is_none_or(|c| c == place.2)
        });
        all.map(|(_, receiver)| receiver).collect()
    }
}

/// The state of a receiver for one channel, as the MIDI 1.0 specification defines it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Receiver {
    controllers: BTreeMap<u8, u8>,
    /// The selected parameter: whether it is registered, and its number.
    selected: (bool, Option<u8>, Option<u8>),
    values: BTreeMap<(bool, Option<u8>, Option<u8>), u16>,
}

impl Receiver {
    fn receive(&mut self, controller: u8, value: u8) {
        let (registered, msb, lsb) = self.selected;
        match controller {
            98 | 100 if registered == (controller == 100) => {
                self.selected = (registered, msb, Some(value));
            }
            99 | 101 if registered == (controller == 101) => {
                self.selected = (registered, Some(value), lsb);
            }
            98 | 100 => self.selected = (!registered, None, Some(value)),
            99 | 101 => self.selected = (!registered, Some(value), None),
            6 | 38 | 96 | 97 => {
                let held = self.values.entry(self.selected).or_default();
                *held = match controller {
                    6 => u16::from(value) << 7,
                    38 => *held & 0x3f80 | u16::from(value),
                    96 => held.wrapping_add(1) & 0x3fff,
                    _ => held.wrapping_sub(1) & 0x3fff,
                };
            }
            121 => *self = Self::default(),
            _ => {
                self.controllers.insert(controller, value);
                if controller < 32 {
                    // The upper half sets the lower half to 0.
                    self.controllers.insert(controller + 32, 0);
                }
            }
        }
    }
}
