//! The state that a song has set: the last value of each lasting setting. With it, a song
//! can begin in the middle, or begin again, as if it had been played from its beginning.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use alsa_seq::Event;

use crate::channel::{Channel, Message, Parameter, control};

use parameters::Parameters;

mod parameters;

/// The settings of all channels of the song's ports.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    channels: BTreeMap<(u8, Channel), Settings>,
}

/// The settings of a channel.
#[derive(Clone, Debug, Default)]
struct Settings {
    program: Option<Program>,
    values: BTreeMap<Setting, u32>,
    parameters: Parameters,
}

/// A program, with the bank that was selected when it was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Program {
    number: u8,
    /// The values of controllers 0 and 32.
    banks: [Option<u32>; 2],
    /// The bank in a MIDI 2.0 program change.
    bank: Option<[u8; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Setting {
    Control(u8),
    Parameter(Parameter),
    /// The changes of a parameter since its last value.
    Step(Parameter),
    Pressure,
    Bend,
}

impl State {
    /// Records an event that is sent.
    pub(super) fn update(&mut self, port: u8, event: &Event<'_>) {
        let Some((channel, message)) = Message::of(event) else {
            return;
        };
        if !matches!(message, Message::NoteOn(_) | Message::NoteOff(_)) {
            let settings = self.channels.entry((port, channel)).or_default();
            settings.update(channel, message);
        }
    }

    /// Returns the events that change this state to `target`.
    ///
    /// A setting that `target` does not contain was not set before. It becomes the value
    /// after a reset of a General MIDI synthesizer, if that is defined: volume 100,
    /// expression 127, pan and balance in the middle, a bend range of two semitones, and
    /// pedals, modulation, pitch bend and pressure at rest.
    pub(super) fn toward(&self, target: &Self) -> Vec<(u8, Event<'static>)> {
        let nothing = Settings::default();
        let mut events = Vec::new();
        for key in keys(&self.channels, &target.channels) {
            let (port, channel) = *key;
            let from = self.channels.get(key).unwrap_or(&nothing);
            let to = target.channels.get(key).unwrap_or(&nothing);
            let messages = from.toward(to, channel);
            events.extend(messages.into_iter().map(|it| (port, channel.event(it))));
        }
        events
    }
}

/// The keys of both maps, each once, in order. (To sort them would take another 3 kB of
/// the program for each type.)
fn keys<'m, K: Ord, V>(
    one: &'m BTreeMap<K, V>,
    other: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = &'m K> {
    let (mut one, mut other) = (one.keys().peekable(), other.keys().peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(first), Some(second)) => match first.cmp(second) {
            Ordering::Less => one.next(),
            Ordering::Greater => other.next(),
            Ordering::Equal => {
                one.next();
                other.next()
            }
        },
        (Some(_), None) => one.next(),
        (None, _) => other.next(),
    })
}

impl Settings {
    fn update(&mut self, channel: Channel, message: Message) {
        match message {
            Message::Control(control::RESET_ALL, _) => {
                for (setting, value) in Setting::reset(channel) {
                    self.values.insert(setting, value);
                }
                self.parameters.deselect();
            }
            // These messages have no lasting effect.
            Message::Control(120 | control::ALL_NOTES_OFF, _) => {}
            Message::Control(number, value) => {
                if !channel.is_midi2() && self.parameters.update(number, value) {
                    return;
                }
                // Only one of omni on and off is in effect, and only one of mono and
                // poly.
                if let 124..=127 = number {
                    self.values.remove(&Setting::Control(number ^ 1));
                }
                self.values.insert(Setting::Control(number), value);
            }
            Message::Program(number, bank) => {
                let before = self.program.and_then(|program| program.bank);
                self.program = Some(Program {
                    number,
                    banks: control::BANK.map(|number| self.value(Setting::Control(number))),
                    bank: bank.or(before),
                });
            }
            Message::Pressure(value) => {
                self.values.insert(Setting::Pressure, value);
            }
            Message::Bend(value) => {
                self.values.insert(Setting::Bend, value);
            }
            Message::Parameter(parameter, value) => {
                self.values.insert(Setting::Parameter(parameter), value);
                self.values.remove(&Setting::Step(parameter));
            }
            Message::Step(parameter, by) => {
                let sum = self.values.entry(Setting::Step(parameter)).or_default();
                *sum = sum.wrapping_add(by);
            }
            // These belong to a note, and no note begins in its middle.
            Message::KeyPressure(..) | Message::NoteOn(_) | Message::NoteOff(_) => {}
        }
    }

    fn value(&self, setting: Setting) -> Option<u32> {
        self.values.get(&setting).copied()
    }

    fn toward(&self, target: &Self, channel: Channel) -> Vec<Message> {
        let mut messages = Vec::new();
        let bank = |number, value: Option<u32>| value.map(|value| Message::Control(number, value));
        let mut banks = control::BANK.map(|number| self.value(Setting::Control(number)));
        if let Some(program) = target
            .program
            .filter(|program| self.program != Some(*program))
        {
            for (number, value) in control::BANK.into_iter().zip(program.banks) {
                messages.extend(bank(number, value));
            }
            messages.push(Message::Program(program.number, program.bank));
            banks = program.banks;
        }
        // The bank for the next program.
        for (number, now) in control::BANK.into_iter().zip(banks) {
            let value = target.value(Setting::Control(number));
            if value != now {
                messages.extend(bank(number, value));
            }
        }
        let is_bank = |setting: &Setting| matches!(setting, Setting::Control(number) if control::BANK.contains(number));
        let settings = keys(&self.values, &target.values);
        for setting in settings.filter(|setting| !is_bank(setting)) {
            let value = target.value(*setting).or_else(|| setting.initial(channel));
            match value {
                Some(value) if self.value(*setting) != Some(value) => {
                    messages.extend(setting.message(value, self));
                }
                _ => {}
            }
        }
        let parameters = self.parameters.toward(&target.parameters);
        messages.extend(
            parameters
                .into_iter()
                .map(|(number, value)| Message::Control(number, value)),
        );
        messages
    }
}

impl Setting {
    /// The settings that `Reset All Controllers` changes, and their values.
    fn reset(channel: Channel) -> impl Iterator<Item = (Self, u32)> {
        let zero = [1, 64, 65, 66, 67].map(|number| (Self::Control(number), 0));
        let rest = [
            (Self::Control(11), channel.scaled(127)),
            (Self::Pressure, 0),
            (Self::Bend, channel.center()),
        ];
        zero.into_iter().chain(rest)
    }

    /// The initial value, if it is the same on all devices.
    fn initial(self, channel: Channel) -> Option<u32> {
        match self {
            Self::Control(7) => Some(channel.scaled(100)),
            Self::Control(8 | 10) => Some(channel.scaled(64)),
            Self::Control(11) => Some(channel.scaled(127)),
            Self::Control(number)
                if control::PEDALS.contains(&number) || control::MODULATION.contains(&number) =>
            {
                Some(0)
            }
            Self::Pressure => Some(0),
            Self::Bend => Some(channel.center()),
            _ => None,
        }
    }

    fn message(self, value: u32, now: &Settings) -> Option<Message> {
        Some(match self {
            Self::Control(number) => Message::Control(number, value),
            Self::Parameter(parameter) => Message::Parameter(parameter, value),
            Self::Step(parameter) => {
                // The remaining number of steps.
                let steps = now.value(self).unwrap_or(0);
                Message::Step(parameter, value.wrapping_sub(steps))
            }
            Self::Pressure => Message::Pressure(value),
            Self::Bend => Message::Bend(value),
        })
    }
}

#[cfg(test)]
mod tests;
