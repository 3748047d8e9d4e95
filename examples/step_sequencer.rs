//! A step sequencer that schedules one bar ahead. Pausing or stopping leaves no notes sounding.
//! Enter pauses and continues, and Ctrl+D ends.
//!
//! ```sh
//! cargo run --example step_sequencer -- 128:0
//! ```

use std::{io, sync::mpsc, thread, time::Duration};

use alsa_seq::{Address, ErrorKind, Event, EventData, EventType, Port, Queue, RemoveEvents};
use alsa_seq::{Result, SequencerClient, Tempo, Time};

const STEP: u32 = 24;
const BAR: u32 = 16 * STEP;
/// A drum's note number, and the steps at which it is played.
const PATTERN: [(u8, &str); 2] = [(36, "x...x...x...x..."), (42, "x.x.x.x.x.x.x.xx")];

fn main() -> Result<()> {
    let dest: Address = std::env::args().nth(1).unwrap_or_default().parse()?;
    let mut client = SequencerClient::open("step_sequencer")?;
    let port = client.create_port("pattern")?;
    client.set_source(&port);
    port.connect_to(dest)?;
    client.set_event_filter(EventType::ECHO)?;
    let queue = client.create_queue("pattern")?;
    queue.set_tempo(Tempo::from_bpm(120.0)?.with_ppq(4 * STEP)?)?;
    let interrupter = client.interrupter()?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for is_line in io::stdin().lines().map(|_| true).chain([false]) {
            let _ = sender.send(is_line);
            interrupter.interrupt();
        }
    });

    // The queue is started before the events are sent, because the start removes all waiting
    // events.
    queue.start()?;
    let (mut bar, mut running) = (0, true);
    schedule(&mut client, &port, &queue, bar)?;
    'play: loop {
        match client.event_input() {
            // The program's own mark at the beginning of a bar: it schedules the next bar.
            Ok(event) if event.source() == port.address() => {
                bar += 1;
                schedule(&mut client, &port, &queue, bar)?;
            }
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for is_line in lines.try_iter() {
            running = !running;
            if !is_line {
                break 'play;
            } else if running {
                queue.continue_()?;
            } else {
                queue.stop()?;
                // The note-offs of sounding notes do not come while the queue is stopped.
                client.event_output_direct(&Event::control_change(9, 123, 0)?)?;
            }
        }
    }
    // Removes the notes that have not begun. The others end at their time.
    client.remove_events(RemoveEvents::new().keep_note_offs(true))?;
    queue.continue_()?;
    client.sync_output_queue_timeout(Duration::from_secs(10))
}

/// Schedules a bar, and a mark that comes back when the bar begins.
fn schedule(client: &mut SequencerClient, port: &Port, queue: &Queue, bar: u32) -> Result<()> {
    let mark = Event::new(EventData::Echo([0; 12])).to(port);
    client.event_output(&mark.at(queue, Time::Tick(bar * BAR)))?;
    for (note, steps) in PATTERN {
        for (step, _) in (0..).zip(steps.chars()).filter(|step| step.1 == 'x') {
            let event = Event::note(9, note, 100, STEP / 2)?;
            client.event_output(&event.at(queue, Time::Tick(bar * BAR + step * STEP)))?;
        }
    }
    client.drain_output()
}
