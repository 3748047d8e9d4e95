//! Somebody who is played to, and what is heard.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use alsa_seq::{
    ClientOptions, Event, EventData, EventType, Port, PortOptions, SequencerClient, Time,
};

use crate::support::{PATIENCE, unique};

/// Something that arrives: its tick, and what it is. Bytes of system-exclusive
/// at one tick are one, however they were cut.
pub(crate) type Heard = (u32, String);

/// Adds an event to those that were heard.
pub(crate) fn hear(heard: &mut Vec<Heard>, tick: u32, data: &EventData<'_>) {
    let EventData::Sysex(bytes) = data else {
        heard.push((tick, format!("{data:?}")));
        return;
    };
    if heard
        .last()
        .is_none_or(|(at, text)| *at != tick || !text.starts_with("sysex"))
    {
        heard.push((tick, "sysex".to_owned()));
    }
    let (_, text) = heard.last_mut().unwrap();
    for byte in bytes.iter() {
        write!(text, " {byte:02x}").unwrap();
    }
}

/// Lets this thread run before all others, if that is allowed.
pub(crate) fn go_first() {
    let thread = nix::unistd::gettid().to_string();
    let _ = Command::new("chrt")
        .args(["--reset-on-fork", "--fifo", "--pid", "1", &thread])
        .stderr(Stdio::null())
        .status();
}

/// Somebody who listens to a player.
pub(crate) struct Listener {
    pub(crate) client: SequencerClient,
    pub(crate) port: Port,
}

impl Listener {
    pub(crate) fn new() -> Self {
        let client = ClientOptions::new(unique("listener"))
            .input_pool(2000)
            .open()
            .unwrap();
        let port = client.create_port(PortOptions::receiver("in")).unwrap();
        Self { client, port }
    }

    pub(crate) fn address(&self) -> String {
        self.port.address().to_string()
    }

    /// Lets this thread run before all others, if that is allowed. When the
    /// machine was busy with other things, the player is late, and then it must
    /// not run for longer than it takes to fill the listener's pool.
    pub(crate) fn goes_first(&self) {
        go_first();
    }

    /// Listens until the player is gone. An overrun would be an error.
    pub(crate) fn listen(&mut self, mut hear: impl FnMut(&Event<'_>)) {
        loop {
            // A song may begin with a long rest.
            let event = self.client.event_input_timeout(PATIENCE * 6).unwrap();
            match event.event_type() {
                EventType::PORT_SUBSCRIBED => {}
                EventType::PORT_UNSUBSCRIBED => return,
                _ => hear(&event),
            }
        }
    }
}

pub(crate) fn tick(event: &Event<'_>) -> u32 {
    match event.time() {
        Time::Tick(tick) => tick,
        Time::Real(time) => panic!("{time}"),
    }
}
