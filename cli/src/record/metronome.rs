//! [`Metronome`], which plays beats.

use alsa_seq::{Event, EventData, Port, Queue, SequencerClient, Time};

use crate::deliver::LAST_PATIENCE;
use crate::failure::Failure;
use crate::song::smf::write::Division;
use crate::tempo::TimeSignature;

const CHANNEL: u8 = 9;
/// Metronome bell and metronome click of GM2's drum map.
const BELL: u8 = 34;
const CLICK: u8 = 33;

/// The data of the event that marks the end of a bar.
const BAR: [u8; 12] = *b"aseq: bar...";

/// A metronome. It sends to the subscribers of its port.
pub(super) struct Metronome {
    signature: TimeSignature,
    /// The length of a beat is a fraction of ticks; this is its numerator.
    ticks: u64,
    beats_per_ticks: u64,
    /// The first beat that is not scheduled.
    next: u64,
    has_ended: bool,
}

impl Metronome {
    /// Makes a metronome with the beats of the time signature. If the file counts ticks
    /// within frames, `bpm` gives the length of a quarter note.
    pub(super) fn new(
        signature: TimeSignature,
        division: Division,
        bpm: f64,
    ) -> Result<Self, Failure> {
        let (ticks, beats_per_ticks) = match division {
            // A whole note has four quarters.
            Division::Quarter(ppq) => (u64::from(ppq) * 4, 1 << signature.unit),
            Division::Frame(..) => {
                let tempo = division
                    .tempo()
                    .map_err(|e| Failure::Other(e.to_string()))?;
                let per_second =
                    1e6 / f64::from(tempo.micros_per_quarter()) * f64::from(tempo.ppq());
                let quarter = per_second * 60.0 / bpm;
                // In 1024ths of a tick; the range of `bpm` keeps it small.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let whole = (quarter * 4.0 * 1024.0).round() as u64;
                (whole, 1024 << signature.unit)
            }
        };
        Ok(Self {
            signature,
            ticks,
            beats_per_ticks,
            next: 0,
            has_ended: false,
        })
    }

    /// Schedules the first two bars.
    pub(super) fn start(
        &mut self,
        client: &mut SequencerClient,
        port: &Port,
        queue: &Queue,
    ) -> Result<(), Failure> {
        let bank = Event::program_change(CHANNEL, 0).map_err(alsa_seq::Error::from)?;
        client.event_output(&bank.to_subscribers().at(queue, Time::Tick(0)))?;
        self.bar(client, port, queue)?;
        self.bar(client, port, queue)
    }

    /// Handles an event. If a bar has ended, schedules another one.
    pub(super) fn update(
        &mut self,
        event: &Event<'_>,
        client: &mut SequencerClient,
        port: &Port,
        queue: &Queue,
    ) -> Result<(), Failure> {
        if event.source() == port.address() && event.data() == EventData::Echo(BAR) {
            self.bar(client, port, queue)?;
        }
        Ok(())
    }

    fn bar(
        &mut self,
        client: &mut SequencerClient,
        port: &Port,
        queue: &Queue,
    ) -> Result<(), Failure> {
        for beat in 0..self.signature.beats {
            let note = if beat == 0 { BELL } else { CLICK };
            let (Some(start), Some(end)) = (self.tick(self.next), self.tick(self.next + 1)) else {
                if !self.has_ended {
                    crate::people::complain(&"the metronome ends: the queue counts no further");
                }
                self.has_ended = true;
                break;
            };
            let half = start + (end - start) / 2;
            let on = Event::new(on(note, 100)).to_subscribers();
            let off = Event::new(off(note, 100)).to_subscribers();
            let mark = Event::new(EventData::Echo(BAR)).to(port);
            let events = [(on, start), (off, half), (mark, start)];
            let events = events.into_iter().take(if beat == 0 { 3 } else { 2 });
            for (event, tick) in events {
                client.event_output(&event.at(queue, Time::Tick(tick)))?;
            }
            self.next += 1;
        }
        client.drain_output()?;
        Ok(())
    }

    /// The tick at which a beat begins. The kernel would treat an event after 2^32 ticks
    /// as late.
    fn tick(&self, beat: u64) -> Option<u32> {
        u32::try_from(beat * self.ticks / self.beats_per_ticks).ok()
    }

    /// Ends the note of the present beat.
    pub(super) fn end(&self, client: &mut SequencerClient) -> Result<(), Failure> {
        client.drop_output()?;
        let all_off = EventData::ControlChange {
            channel: CHANNEL,
            controller: 123,
            value: 0,
        };
        for data in [off(BELL, 0), off(CLICK, 0), all_off] {
            let event = Event::new(data).to_subscribers();
            client.event_output_patient(&event, LAST_PATIENCE)?;
        }
        Ok(())
    }
}

fn on(note: u8, velocity: u8) -> EventData<'static> {
    EventData::NoteOn {
        channel: CHANNEL,
        note,
        velocity,
    }
}

fn off(note: u8, velocity: u8) -> EventData<'static> {
    EventData::NoteOff {
        channel: CHANNEL,
        note,
        velocity,
    }
}
