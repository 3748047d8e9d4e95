//! A client that receives notes, and stores which of them still sound.

use std::collections::{BTreeMap, BTreeSet};

use alsa_seq::{ClientOptions, Event, EventData, Port, PortOptions, SequencerClient};

use support::{PATIENCE, unique};

/// The controllers whose initial value is 0: modulation and the pedals.
const CONTROLLERS: [u32; 5] = [1, 64, 66, 67, 69];

/// The state of a synthesizer.
#[derive(Debug, Default)]
pub(crate) struct State {
    keys: BTreeSet<(u8, u8)>,
    /// The values that differ from their initial ones, by channel and controller. `BEND` and
    /// `PRESSURE` stand for pitch bend and channel pressure.
    values: BTreeMap<(u8, u32), i32>,
    /// The number of notes that have begun.
    pub(crate) notes: usize,
}

const BEND: u32 = 1000;
const PRESSURE: u32 = 1001;

impl State {
    fn hear(&mut self, event: &Event<'_>) {
        match event.data() {
            EventData::NoteOn {
                channel,
                note,
                velocity: 1..,
            } => {
                self.keys.insert((channel, note));
                self.notes += 1;
            }
            EventData::NoteOn { channel, note, .. } | EventData::NoteOff { channel, note, .. } => {
                self.keys.remove(&(channel, note));
            }
            EventData::ControlChange {
                channel,
                controller,
                value,
            } if CONTROLLERS.contains(&controller) => {
                self.value(channel, controller, value);
            }
            EventData::ControlChange {
                channel: silent,
                controller: 120,
                ..
            } => {
                self.keys.retain(|(channel, _)| *channel != silent);
            }
            EventData::ControlChange {
                channel: reset,
                controller: 121,
                ..
            } => {
                self.values.retain(|(channel, _), _| *channel != reset);
            }
            EventData::PitchBend { channel, bend } => self.value(channel, BEND, bend),
            EventData::ChannelPressure { channel, pressure } => {
                self.value(channel, PRESSURE, pressure);
            }
            _ => {}
        }
    }

    fn value(&mut self, channel: u8, what: u32, value: i32) {
        if value == 0 {
            self.values.remove(&(channel, what));
        } else {
            self.values.insert((channel, what), value);
        }
    }

    fn is_silent(&self) -> bool {
        self.keys.is_empty() && self.values.is_empty()
    }
}

/// A client with a port that receives notes.
pub(crate) struct Receiver {
    // The port is dropped first, so that it is removed at once. The client may last a moment
    // longer, because a command that is being started may have inherited its file.
    port: Port,
    client: SequencerClient,
    state: State,
}

impl Receiver {
    pub(crate) fn new(pool: usize) -> Self {
        let client = ClientOptions::new(unique("receiver"))
            .input_pool(pool)
            .open()
            .unwrap();
        let options = PortOptions::receiver("in");
        let port = client.create_port(options).unwrap();
        Self {
            client,
            port,
            state: State::default(),
        }
    }

    pub(crate) fn address(&self) -> String {
        self.port.address().to_string()
    }

    pub(crate) fn port(&self) -> &Port {
        &self.port
    }

    /// Connects this port to the first port of a process.
    pub(crate) fn connect_from(&self, pid: u32) -> Result<(), String> {
        let mut clients = self.client.clients().filter_map(Result::ok);
        let found = clients.find(|client| client.pid() == Some(pid));
        let found = found.ok_or("it has no client")?;
        let address = alsa_seq::Address::new(found.id().into(), 0);
        let connected = self.port.connect_from(address);
        connected.map_err(|error| error.to_string())
    }

    /// Waits until this number of notes have begun.
    pub(crate) fn hear_notes(&mut self, notes: usize) -> Result<(), String> {
        while self.state.notes < notes {
            let event = self.client.event_input_timeout(PATIENCE);
            let event = event.map_err(|error| format!("nothing is played: {error}"))?;
            self.state.hear(&event);
        }
        Ok(())
    }

    /// Checks that no note sounds, after the player has ended.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        while let Some(event) = self.client.try_event_input().unwrap() {
            self.state.hear(&event);
        }
        if self.state.is_silent() {
            Ok(())
        } else {
            Err(format!("it goes on: {:?}", self.state))
        }
    }
}
