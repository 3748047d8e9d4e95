//! `aseq play`: a MIDI file through a queue of the kernel.
//!
//! The kernel keeps the time. This program only has to put the events into the
//! queue before they are due, and to wait for the last one.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::{
    Address, ClientOptions, ErrorKind, Event, EventData, Port, PortCaps, PortOptions, PortType,
    Queue, SequencerClient, Tempo, Time,
};
use nix::poll::PollFlags;

use crate::address::parse_all;
use crate::complain;
use crate::failure::Failure;
use crate::input;
use crate::signals::Signals;
use crate::smf::{Content, Item, Song};
use crate::sounding::Sounding;

/// Play a standard MIDI file
///
/// Formats 0 and 1, also within RIFF. If the file names ports (meta event 21h),
/// its port N is the Nth ADDRESS, over and over. Ctrl+C stops it, and all notes
/// with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file, or - for standard input
    file: PathBuf,
    /// Send to these ports
    #[arg(short, long, value_name = "ADDRESS", required = true)]
    port: Vec<String>,
    /// Wait so long after the end before disconnecting, for notes to fade
    #[arg(short = 'd', long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    end_delay: Duration,
    /// Play so many times as fast
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = factor)]
    tempo_scale: f64,
    /// The name of this client, for others to see
    #[arg(long, default_value = "aseq play")]
    name: String,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (1e-3..=1e6).contains(&factor) => Ok(factor),
        _ => Err("not a number from 0.001 to 1000000".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let song = read(&arguments.file)?.sped_up(arguments.tempo_scale);
    let signals = Signals::block()?;
    let client = ClientOptions::new(&*arguments.name)
        // The further ahead of its time the song is in the queue, the longer
        // this program may be kept from running. But when the whole machine was
        // busy, all that is late by then goes out at once, and the receiver
        // should have room for it: the largest input pool holds 2000.
        .output_pool(1000)
        .input_pool(2000)
        .open()?;
    // What is lost on the way comes back.
    client.set_error_bounce(true)?;
    // Written to by the kernel alone: no `SUBS` capability.
    let options = PortOptions::new("output")
        .caps(PortCaps::READ | PortCaps::WRITE)
        .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
    let port = client.create_port(options)?;
    let dests = parse_all(&client, &arguments.port)?;
    for (index, dest) in dests.iter().enumerate() {
        // Hardware plays only for those who are connected to it.
        if !dests.iter().take(index).any(|earlier| earlier == dest) {
            port.connect_to(*dest)?;
        }
    }
    let queue = client.create_queue("aseq play")?;
    queue.set_tempo(song.tempo)?;

    let mut player = Player {
        client,
        port,
        queue,
        dests,
        song,
        next: 0,
        is_over: false,
        lost: Lost::default(),
    };
    let result = player.play(&signals, arguments.end_delay);
    player.fall_silent();
    result.and_then(|()| player.lost.check())
}

fn read(path: &Path) -> Result<Song, Failure> {
    let file = input::read(path)?;
    Song::read(&file).map_err(Failure::song(path))
}

/// What the last event carries, so that it is not mistaken for another's.
const END: [u8; 12] = *b"aseq: ended\0";

/// A song on its way.
struct Player {
    client: SequencerClient,
    port: Port,
    queue: Queue,
    /// Where the file's port 0, 1, … are.
    dests: Vec<Address>,
    song: Song,
    /// The first item that is not in the output buffer yet; one more than
    /// there are items when the mark behind the last one is.
    next: usize,
    /// Whether everything was delivered.
    is_over: bool,
    lost: Lost,
}

/// How far a round of feeding came.
enum Fed {
    /// One buffer further.
    Further,
    /// The queue holds as much as it can.
    Full,
    /// The queue holds all that is left of the song.
    All,
}

impl Player {
    fn play(&mut self, signals: &Signals, end_delay: Duration) -> Result<(), Failure> {
        let mut is_running = false;
        while !self.is_over {
            let (events, timeout) = match self.feed()? {
                // Only to see whether anything has come.
                Fed::Further => (PollFlags::POLLIN, Some(Duration::ZERO)),
                Fed::Full => (PollFlags::POLLIN | PollFlags::POLLOUT, None),
                Fed::All => (PollFlags::POLLIN, None),
            };
            if timeout.is_none() && !is_running {
                // Not `start`, which would empty the queue.
                self.queue.continue_()?;
                is_running = true;
            }
            let woken = signals.wait(self.client.as_fd(), events, timeout)?;
            if let Some(signal) = woken.signal {
                return Err(Failure::Signal(signal));
            }
            if woken.readable {
                self.receive()?;
            }
        }
        let rest = signals.wait(self.client.as_fd(), PollFlags::empty(), Some(end_delay))?;
        match rest.signal {
            Some(signal) => Err(Failure::Signal(signal)),
            None => Ok(()),
        }
    }

    /// Puts as many events into the queue as there is room for, but no more
    /// than a buffer full.
    fn feed(&mut self) -> Result<Fed, Failure> {
        while let Some(event) = self.event(self.next)? {
            match self.client.event_output_buffer(&event) {
                Ok(()) => self.next += 1,
                Err(error) if error.kind() == ErrorKind::BufferFull => break,
                Err(error) => return Err(error.into()),
            }
        }
        match self.client.drain_output_timeout(Duration::ZERO) {
            Ok(()) if self.next > self.song.items.len() => Ok(Fed::All),
            Ok(()) => Ok(Fed::Further),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(Fed::Full),
            Err(error) => Err(error.into()),
        }
    }

    /// The item with this index, or the mark behind the last one, as an event
    /// on the queue.
    fn event(&self, index: usize) -> Result<Option<Event<'static>>, Failure> {
        let items = &self.song.items;
        let (event, tick) = match items.get(index) {
            Some(item) => {
                let event = match &item.content {
                    Content::Event { port, event } => event.clone().to(self.dest(*port)),
                    Content::Tempo(micros) => {
                        let tempo = Tempo::from_micros(*micros).map_err(alsa_seq::Error::from)?;
                        Event::queue_tempo(&self.queue, tempo)
                    }
                };
                (event, item.tick)
            }
            None if index == items.len() => {
                let mark = Event::new(EventData::Echo(END)).to(&self.port);
                (mark, self.song.end)
            }
            None => return Ok(None),
        };
        let event = event
            .from_port(&self.port)
            .at(&self.queue, Time::Tick(tick));
        Ok(Some(event))
    }

    /// Where the file's port `number` is.
    fn dest(&self, number: u8) -> Address {
        let mut dests = self.dests.iter().cycle();
        // There is at least one: the arguments require it.
        *dests.nth(number.into()).unwrap_or(&Address::SUBSCRIBERS)
    }

    /// Takes notice of what has come: the end, and what could not be
    /// delivered. Whatever else others may send is not for us.
    fn receive(&mut self) -> Result<(), Failure> {
        loop {
            match self.client.try_event_input() {
                Ok(None) => return Ok(()),
                Ok(Some(event)) => match event.data() {
                    EventData::Echo(END) if event.source() == self.port.address() => {
                        self.is_over = true;
                    }
                    EventData::Bounce(bounce) if event.source() == Address::ANNOUNCE => {
                        if let Some(event) = bounce.event() {
                            self.lost(event.dest(), Some(event.time()))?;
                        }
                    }
                    // What Linux 6.1 says in its place.
                    EventData::KernelError(quote) if event.source() == Address::ANNOUNCE => {
                        self.lost(quote.origin, None)?;
                    }
                    _ => {}
                },
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    // The end may have been among what was dropped, so it is
                    // sent again. It comes when its time has come.
                    self.next = self.next.min(self.song.items.len());
                    self.lost.perhaps_more = true;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes notice of an event that did not arrive.
    fn lost(&mut self, dest: Address, time: Option<Time>) -> Result<(), Failure> {
        self.lost.events += 1;
        self.lost.first.get_or_insert((dest, time));
        match self.client.port_info(dest) {
            // Nobody waits for the rest of the song.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Failure::Other(format!("port {dest} is gone")))
            }
            _ => Ok(()),
        }
    }

    /// Ends every note that sounds, and sees to it that none begins. After the
    /// whole song there is something to do only if the file forgot a note.
    fn fall_silent(&mut self) {
        if let Err(error) = self.try_to_fall_silent() {
            complain(&format!("a note may still sound: {error}"));
        }
    }

    fn try_to_fall_silent(&mut self) -> Result<(), Failure> {
        let mut reached = self.song.end;
        if !self.is_over {
            self.queue.stop()?;
            reached = self.queue.status()?.tick();
            self.client.drop_output()?;
        }
        let mut sounding = Sounding::default();
        for item in self.song.items.iter().take(self.next) {
            if let Item {
                tick,
                content: Content::Event { port, event },
            } = item
            {
                if *tick <= reached {
                    sounding.hear(self.dest(*port), &event.data());
                }
            }
        }
        let mut ending: Vec<_> = sounding.note_offs().collect();
        if !self.is_over {
            ending.extend(sounding.resets());
        }
        let mut result = Ok(());
        for event in ending {
            let sent = self
                .client
                .event_output_direct(&event.from_port(&self.port));
            match sent {
                // Nothing sounds where nobody is.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // The others are still to be told.
                Err(error) => result = Err(error.into()),
                Ok(()) => {}
            }
        }
        result
    }
}

/// What did not arrive.
#[derive(Default)]
struct Lost {
    events: u64,
    first: Option<(Address, Option<Time>)>,
    /// Whether there may be more that nobody counted.
    perhaps_more: bool,
}

impl Lost {
    /// A song that did not arrive in full was not played.
    fn check(&self) -> Result<(), Failure> {
        let Some((dest, time)) = self.first else {
            return Ok(());
        };
        let at_least = if self.perhaps_more { "at least " } else { "" };
        let when = time.map_or_else(String::new, |time| format!(" at tick {time}"));
        Err(Failure::Other(format!(
            "{at_least}{} events could not be delivered, the first to {dest}{when}",
            self.events
        )))
    }
}
