//! Somebody who is played to, and what sounds there.

use std::collections::{BTreeMap, BTreeSet};

use alsa_seq::{ClientOptions, Event, EventData, Port, PortOptions, SequencerClient};

use crate::support::{PATIENCE, unique};

/// Controllers that are at rest at 0: modulation and the pedals.
const CONTROLLERS: [u32; 5] = [1, 64, 66, 67, 69];

/// What a synthesizer would do now.
#[derive(Debug, Default)]
pub(crate) struct State {
    keys: BTreeSet<(u8, u8)>,
    /// What is not at rest: a channel with a controller, or with something that is
    /// none.
    values: BTreeMap<(u8, u32), i32>,
    /// How many notes have begun.
    pub(crate) notes: usize,
}

const BEND: u32 = 1000;
const PRESSURE: u32 = 1001;

impl State {
    fn hear(&mut self, event: &Event<'_>) {
        match event.data() {
            EventData::NoteOn(key) if key.velocity > 0 => {
                self.keys.insert((key.channel, key.note));
                self.notes += 1;
            }
            EventData::NoteOn(key) | EventData::NoteOff(key) => {
                self.keys.remove(&(key.channel, key.note));
            }
            EventData::ControlChange(c) if CONTROLLERS.contains(&c.param) => {
                self.value(c.channel, c.param, c.value);
            }
            EventData::ControlChange(c) if c.param == 120 => {
                self.keys.retain(|(channel, _)| *channel != c.channel);
            }
            EventData::ControlChange(c) if c.param == 121 => {
                self.values.retain(|(channel, _), _| *channel != c.channel);
            }
            EventData::PitchBend(bend) => self.value(bend.channel, BEND, bend.value),
            EventData::ChannelPressure(p) => self.value(p.channel, PRESSURE, p.value),
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

/// A client with a port to be played to.
pub(crate) struct Receiver {
    // It goes first, and at once: a command that is just being started may have the
    // client's file open for a moment longer.
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
        let options = PortOptions::new("in").caps(PortOptions::WRITE);
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

    /// Connects to the first port of a process.
    pub(crate) fn connect_from(&self, pid: u32) -> Result<(), String> {
        let mut clients = self.client.clients().filter_map(Result::ok);
        let found = clients.find(|client| client.pid() == Some(pid));
        let found = found.ok_or("it has no client")?;
        let address = alsa_seq::Address::new(found.id().into(), 0);
        let connected = self.port.connect_from(address);
        connected.map_err(|error| error.to_string())
    }

    /// Waits until so many notes were played.
    pub(crate) fn hear_notes(&mut self, notes: usize) -> Result<(), String> {
        while self.state.notes < notes {
            let event = self.client.event_input_timeout(PATIENCE);
            let event = event.map_err(|error| format!("nothing is played: {error}"))?;
            self.state.hear(&event);
        }
        Ok(())
    }

    /// Whether all is silent, now that whoever played has ended.
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
