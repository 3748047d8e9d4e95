//! Plays a song through a queue.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alsa_seq::{Address, ClientKind, ErrorKind, Event, EventData, Queue, Tempo, Time};
use nix::poll::PollFlags;

use super::pace::Paced;
use super::progress::Bar;
use super::report::{PlayerState, Report};
use super::rescue::{Flight, Rescue};
use super::sequence::{Changes, Position, Sequence};
use super::state::State;
use super::{Options, Output};
use crate::arrivals::{self, Arrival};
use crate::deliver::{PATIENCE, Pace, Stop, cut_short, end_notes, send_all, stopped_reading};
use crate::failure::Failure;
use crate::long::Cut;
use crate::people::{self, complain, printable};
use crate::render::text_name;
use crate::signals::{Signals, Woken};
use crate::song::{Content, Item};
use crate::sounding::Sounding;

/// The data of the event that marks the end, to distinguish it from other programs'
/// events.
const END: [u8; 12] = *b"aseq: ended\0";

/// The data of an event that marks the time of a text.
const TEXT: [u8; 12] = *b"aseq: text\0\0";

/// The interval between updates of the progress.
const BLINK: Duration = Duration::from_millis(200);

pub(super) struct Player<'p> {
    output: &'p mut Output,
    queue: Arc<Queue>,
    song: Paced<Sequence<'p>>,
    /// The events to send before the rest of the song: one for which the output buffer
    /// had no room, and those that a pause took out of the queue.
    next: VecDeque<Event<'static>>,
    /// The long messages that a pause has ended early.
    cut: Cut<Address>,
    /// Whether the mark after the last event is in the output buffer.
    is_marked: bool,
    /// Whether everything was delivered.
    is_over: bool,
    flight: Arc<Flight>,
    /// The texts to show when their time comes.
    texts: VecDeque<String>,
    lost: Lost,
    /// The ports that are no longer connected.
    unplugged: Vec<Address>,
    /// Whether the queue runs while the program is not paused.
    is_running: bool,
    options: &'p Options,
    path: &'p Path,
    report: Option<Report>,
}

/// The result of one call of `feed`.
enum FeedResult {
    /// It has filled one buffer.
    Further,
    /// The queue is full.
    Full,
    /// The queue has all remaining events of the song.
    All,
}

impl<'p> Player<'p> {
    pub(super) fn new(
        output: &'p mut Output,
        sequence: Sequence<'p>,
        options: &'p Options,
        path: &'p Path,
    ) -> Result<Self, Failure> {
        // The previous song's mark of its end may have arrived too late.
        output.client.drop_input()?;
        // The dropped input may have contained a notice about a connection.
        output.check()?;
        let queue = Arc::new(output.client.create_queue(&*options.name)?);
        let tempo = sequence.tempo;
        queue.set_tempo(tempo)?;
        let song = Paced::new(sequence, tempo, output.routes());
        Ok(Self {
            flight: Arc::new(Flight::new(Arc::clone(&queue))),
            output,
            queue,
            song,
            next: VecDeque::new(),
            cut: Cut::default(),
            is_marked: false,
            is_over: false,
            texts: VecDeque::new(),
            lost: Lost::default(),
            unplugged: Vec::new(),
            is_running: false,
            options,
            path,
            report: options.json.then(|| Report::new(path)),
        })
    }

    /// Sends the state that the song needs at its beginning, as fast as the receivers
    /// have room. `before` is the state of the receivers.
    pub(super) fn set_up(&mut self, before: &State, signals: &Signals) -> Result<(), Failure> {
        let result = self.try_to_set_up(before, signals);
        if result.is_err() {
            self.fall_silent();
        }
        result
    }

    fn try_to_set_up(&mut self, before: &State, signals: &Signals) -> Result<(), Failure> {
        let mut pace = Pace::default();
        for (port, event) in self.song.source().prelude(before) {
            let dest = self.output.dest(port);
            let event = event.to(dest);
            let client = &mut self.output.client;
            if client.client_info(dest.client)?.kind() == ClientKind::Kernel {
                let pause = pace.pause(&event);
                self.wait(signals, PollFlags::empty(), Some(pause))?;
                self.output.client.event_output_direct(&event)?;
            } else {
                self.send_patiently(&event, signals)?;
            }
            self.flight.update(&event);
        }
        // The cables are empty when the song begins.
        self.wait(signals, PollFlags::empty(), Some(pace.left()))?;
        Ok(())
    }

    fn send_patiently(&mut self, event: &Event<'_>, signals: &Signals) -> Result<(), Failure> {
        // The interval between checks for a signal.
        const LOOK: Duration = Duration::from_millis(100);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.client.event_output_patient(event, LOOK) {
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                result => return Ok(result?),
            }
            self.wait(signals, PollFlags::empty(), Some(Duration::ZERO))?;
            if Instant::now() >= deadline {
                return Err(stopped_reading(event.dest()));
            }
        }
    }

    /// Plays to the end, and ends the notes that sound then. Returns the rest of the song
    /// if it needs another queue.
    pub(super) fn play(mut self, signals: &Signals) -> Result<Option<(Changes, State)>, Failure> {
        let _rescue = Rescue::prepare(&self.flight);
        let result = self.feed_to_end(signals);
        self.fall_silent();
        if result.is_err() {
            self.report_state(PlayerState::Stopped)?;
        }
        result?;
        self.lost.check()?;
        Ok(self.song.into_source().rest())
    }

    fn feed_to_end(&mut self, signals: &Signals) -> Result<(), Failure> {
        let shown = self.options.progress.then_some(self.path);
        let bar = Bar::new(shown, self.song.source().duration());
        let is_shown = bar.is_some() || self.report.is_some();
        while !self.is_over {
            let (events, wait) = match self.feed()? {
                // Only checks whether an event has arrived.
                FeedResult::Further => (PollFlags::POLLIN, false),
                FeedResult::Full => (PollFlags::POLLIN | PollFlags::POLLOUT, true),
                FeedResult::All => (PollFlags::POLLIN, true),
            };
            if wait && !self.is_running {
                // `start` would empty the queue.
                self.queue.continue_()?;
                self.is_running = true;
                self.report_state(PlayerState::Started)?;
            }
            let timeout = match (wait, is_shown) {
                (false, _) => Some(Duration::ZERO),
                (true, true) => Some(BLINK),
                (true, false) => None,
            };
            let woken = self.wait(signals, events, timeout)?;
            if let (Some(bar), true) = (&bar, wait) {
                bar.show(self.queue.status()?.real_time());
            }
            if wait {
                let position = self.position()?;
                if let (Some(report), Some(position)) = (&mut self.report, position) {
                    report.update(position);
                }
            }
            if woken.readable {
                self.receive()?;
            }
        }
        self.report_state(PlayerState::Ended)?;
        let delay = Some(self.options.end_delay);
        // After a pause, the delay begins again.
        while !self.wait(signals, PollFlags::empty(), delay)?.timed_out {}
        Ok(())
    }

    /// The position in the song, if it is reported.
    fn position(&mut self) -> Result<Option<Position>, Failure> {
        if self.report.is_none() {
            return Ok(None);
        }
        let tick = self.queue.status()?.tick();
        Ok(Some(self.song.source_mut().position(tick)))
    }

    fn report_state(&mut self, state: PlayerState) -> Result<(), Failure> {
        let position = self.position()?;
        if let (Some(report), Some(position)) = (&mut self.report, position) {
            report.write_state(state, position);
        }
        Ok(())
    }

    /// Ends all notes, stops the program, and continues after SIGCONT.
    fn pause(&mut self, signals: &Signals) -> Result<(), Failure> {
        if !self.stop_queue(signals)? {
            return Ok(());
        }
        // If a receiver was removed, this prevents sending to another program with its
        // number.
        self.receive()?;
        let (mut silenced, restored) = self.flight.pause();
        self.forget_unplugged(&mut silenced);
        let client = &mut self.output.client;
        if let Err(error) = end_notes(client, &silenced, true) {
            complain(&format!("a note may still sound: {error}"));
        }
        if silenced.begun().next().is_some() {
            // Takes all waiting events out of the queue. Later they are put into the
            // queue again, without the rest of the long messages.
            self.lost.is_cut = true;
            self.cut.add(silenced.begun());
            self.output.client.drop_output()?;
            let mut again = self.flight.take()?;
            again.append(&mut self.next);
            self.next = again;
            self.feed()?;
        }
        self.report_state(PlayerState::Paused)?;
        people::flush();
        signals.stop()?;
        self.receive()?;
        let client = &mut self.output.client;
        send_all(client, restored.restores())?;
        if self.is_running {
            self.queue.continue_()?;
        }
        self.report_state(PlayerState::Resumed)
    }

    /// Stops the queue, if possible at a moment without an unfinished long message. The
    /// song continues until then, but not for long. Returns false if CONT arrives during
    /// that, and the song continues.
    fn stop_queue(&mut self, signals: &Signals) -> Result<bool, Failure> {
        const LOOK: Duration = Duration::from_millis(10);
        // The deliveries during the stop take less than this.
        const SETTLED: Duration = Duration::from_millis(1);
        let stop = Stop::soon();
        while self.is_running {
            while !stop.is_due(self.flight.has_begun()) {
                let fd = self.output.client.as_fd();
                let woken = signals.wait(fd, PollFlags::empty(), Some(LOOK))?;
                if let Some(signal) = woken.signal {
                    return Err(Failure::Signal(signal));
                }
                if signals.has_continued() {
                    return Ok(false);
                }
                self.receive()?;
                self.feed()?;
            }
            self.queue.stop()?;
            // Late events are delivered at once.
            match self.output.client.drain_output_timeout(Duration::ZERO) {
                Err(error) if error.kind() != ErrorKind::TimedOut => return Err(error.into()),
                _ => std::thread::sleep(SETTLED),
            }
            if stop.is_due(self.flight.has_begun()) {
                break;
            }
            self.queue.continue_()?;
        }
        Ok(true)
    }

    /// Forgets receivers that were removed, so that another program with the same number
    /// gets nothing.
    fn forget_unplugged(&self, sounding: &mut Sounding<Address>) {
        sounding.retain(|dest| !self.unplugged.contains(&dest) || !self.output.is_gone(dest));
    }

    fn wait(
        &mut self,
        signals: &Signals,
        events: PollFlags,
        timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        let woken = signals.wait(self.output.client.as_fd(), events, timeout)?;
        if let Some(signal) = woken.signal {
            return Err(Failure::Signal(signal));
        }
        if woken.stop {
            self.pause(signals)?;
        }
        Ok(woken)
    }

    /// Puts events into the queue until it is full, but no more than one buffer.
    fn feed(&mut self) -> Result<FeedResult, Failure> {
        while let Some(event) = self.next_event()? {
            if self.cut.holds(event.dest(), &event) {
                continue;
            }
            match self.output.client.event_output_buffer(&event) {
                Ok(()) => self.flight.add(event),
                Err(error) if error.kind() == ErrorKind::BufferFull => {
                    self.next.push_front(event);
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        match self.output.client.drain_output_timeout(Duration::ZERO) {
            Ok(()) if self.is_marked && self.next.is_empty() => Ok(FeedResult::All),
            Ok(()) => Ok(FeedResult::Further),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(FeedResult::Full),
            Err(error) => Err(error.into()),
        }
    }

    /// The next event of the song, or the mark after the last one, as an event on the
    /// queue.
    fn next_event(&mut self) -> Result<Option<Event<'static>>, Failure> {
        if let Some(event) = self.next.pop_front() {
            return Ok(Some(event));
        }
        let (event, tick) = match self.song.next() {
            Some(Item { tick, content }) => {
                let event = match content {
                    Content::Event { port, event } => event.to(self.output.dest(port)),
                    Content::Text { kind, text } => {
                        let line = format!("{}: {}", text_name(kind), printable(&text));
                        self.texts.push_back(line);
                        Event::new(EventData::Echo(TEXT)).to(&*self.output.port)
                    }
                    Content::Tempo(micros) => {
                        let tempo = Tempo::from_micros(micros).map_err(alsa_seq::Error::from)?;
                        Event::queue_tempo(&*self.queue, tempo)
                    }
                };
                (event, tick)
            }
            None if self.is_marked => return Ok(None),
            None => {
                self.is_marked = true;
                let mark = Event::new(EventData::Echo(END)).to(&*self.output.port);
                (mark, self.song.source().end().max(self.song.tick()))
            }
        };
        Ok(Some(event.at(&*self.queue, Time::Tick(tick))))
    }

    /// Handles the events that have arrived: the mark of the end, and events that could
    /// not be delivered. Ignores the events of other programs.
    fn receive(&mut self) -> Result<(), Failure> {
        while let Some(arrival) = arrivals::next(&mut self.output.client)? {
            match arrival {
                Arrival::Event(event) if event.source() == self.output.port.address() => {
                    self.hear_own(&event);
                }
                Arrival::Event(event) if event.source() == Address::ANNOUNCE => {
                    self.hear_notice(&event)?;
                }
                Arrival::Event(_) => {}
                Arrival::Overrun(_) => {
                    // The dropped events may have contained the mark of the end, so it is
                    // sent again. It arrives at its time.
                    self.is_marked = false;
                    self.lost.perhaps_more = true;
                    self.output.check()?;
                }
            }
        }
        Ok(())
    }

    /// Handles an event that this player has sent to itself.
    fn hear_own(&mut self, event: &Event<'_>) {
        match event.data() {
            EventData::Echo(END) => self.is_over = true,
            EventData::Echo(TEXT) => {
                if let Some(line) = self.texts.pop_front() {
                    people::show(format!("{line}\n"));
                }
            }
            _ => {}
        }
    }

    /// Handles a notice of the kernel.
    fn hear_notice(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        match event.data() {
            EventData::Bounce(bounce) => match bounce.event() {
                Some(event) => self.lost(event.dest(), Some(event.time())),
                None => Ok(()),
            },
            // That receiver does not need the rest of the song.
            EventData::PortUnsubscribed { sender, receiver }
                if sender == self.output.port.address() =>
            {
                self.unplugged.push(receiver);
                Err(self.output.unplugged(receiver))
            }
            // Linux 6.1 sends this in its place.
            EventData::KernelError { origin, .. } => self.lost(origin, None),
            _ => Ok(()),
        }
    }

    /// Records an event that was not delivered.
    fn lost(&mut self, dest: Address, time: Option<Time>) -> Result<(), Failure> {
        self.lost.events += 1;
        self.lost.first.get_or_insert((dest, time));
        match self.output.client.port_info(dest) {
            // The receiver does not exist, so the song ends.
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.output.unplugged(dest)),
            _ => Ok(()),
        }
    }

    /// Ends every note that sounds, and prevents that another one begins. After a
    /// complete song, this only has an effect if the file has left a note on.
    fn fall_silent(&mut self) {
        if let Err(error) = self.try_to_fall_silent() {
            complain(&format!("a note may still sound: {error}"));
        }
    }

    fn try_to_fall_silent(&mut self) -> Result<(), Failure> {
        if !self.is_over {
            // Also after an error, the events in the queue are dropped.
            let stopped = self.queue.stop();
            self.output.client.drop_output()?;
            stopped?;
        }
        let mut sounding = self.flight.sounding_at_end(self.is_over);
        self.forget_unplugged(&mut sounding);
        let client = &mut self.output.client;
        end_notes(client, &sounding, !self.is_over)
    }
}

/// The events that were not delivered.
#[derive(Default)]
struct Lost {
    events: u64,
    first: Option<(Address, Option<Time>)>,
    /// Whether more events may be lost than were counted.
    perhaps_more: bool,
    /// Whether a long message was ended early.
    is_cut: bool,
}

impl Lost {
    /// Fails if an event of the song was not delivered.
    fn check(&self) -> Result<(), Failure> {
        let Some((dest, time)) = self.first else {
            if self.is_cut {
                return Err(cut_short());
            }
            if self.perhaps_more {
                // Another program can cause this by flooding our port, so it is not a
                // failure.
                complain(&"error notices were lost: some events may not have been delivered");
            }
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
