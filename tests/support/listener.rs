//! A receiver of a player, and its received events.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use alsa_seq::{
    ClientOptions, Event, EventData, EventType, Port, PortOptions, Result, SequencerClient, Time,
};

use crate::{PATIENCE, unique};

/// A received event: its tick and its content. Pieces of system-exclusive messages at one tick are
/// joined.
pub type Heard = (u32, String);

/// Adds a received event.
pub fn hear(heard: &mut Vec<Heard>, tick: u32, data: &EventData<'_>) {
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

/// Gives this thread the highest priority, if that is allowed.
pub fn go_first() {
    let thread = nix::unistd::gettid().to_string();
    let _ = Command::new("chrt")
        .args(["--reset-on-fork", "--fifo", "--pid", "1", &thread])
        .stderr(Stdio::null())
        .status();
}

/// A receiver of a player.
#[derive(Debug)]
pub struct Listener {
    /// The client.
    pub client: SequencerClient,
    /// Its only port.
    pub port: Port,
}

impl Listener {
    /// Opens the client, with the largest input pool.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let client = ClientOptions::new(unique("listener"))
            .input_pool(2000)
            .open()
            .unwrap();
        let port = client.create_port(PortOptions::receiver("in")).unwrap();
        Self { client, port }
    }

    /// The address of its port.
    pub fn address(&self) -> String {
        self.port.address().to_string()
    }

    /// Gives this thread the highest priority, if that is allowed. After a busy time of the
    /// machine, the player is late. Then it must not run longer than it needs to fill the
    /// listener's pool.
    pub fn goes_first(&self) {
        go_first();
    }

    /// Listens until the player has ended. Panics if events are lost.
    pub fn listen(&mut self, hear: impl FnMut(&Event<'_>)) {
        self.try_listen(hear).unwrap();
    }

    /// Listens until the player has ended.
    ///
    /// # Errors
    /// `Overrun` if the player was so late that its events filled the listener's pool at once.
    pub fn try_listen(&mut self, mut hear: impl FnMut(&Event<'_>)) -> Result<()> {
        loop {
            // A song may begin with a long pause.
            let event = self.client.event_input_timeout(PATIENCE * 6)?;
            match event.event_type() {
                EventType::PORT_SUBSCRIBED => {}
                EventType::PORT_UNSUBSCRIBED => return Ok(()),
                _ => hear(&event),
            }
        }
    }
}

/// The tick of an event.
pub fn tick(event: &Event<'_>) -> u32 {
    match event.time() {
        Time::Tick(tick) => tick,
        Time::Real(time) => panic!("{time}"),
    }
}
