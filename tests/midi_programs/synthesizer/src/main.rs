//! A synthesizer without a sound card. It has one voice, and prints the sound that it would play.

use std::error::Error;
use std::thread;
use std::time::Duration;

use caw_core::{Buf as _, SigCtx, SigT as _};
use caw_keyboard::{KeyEventsT as _, MonoVoice};
use caw_midi::MidiMessagesT as _;
use caw_midi_live::MidiLive;
use caw_modules::{Sine, oscillator};

/// The client to which the synthesizer connects.
const KEYBOARD: &str = "Keyboard";

/// The number of samples in a second.
const RATE: f32 = 48_000.0;

/// The number of samples that are made at once: a tenth of a second.
const BLOCK: usize = 4_800;

fn main() -> Result<(), Box<dyn Error>> {
    let live = MidiLive::new()?;
    let port = live
        .enumerate_port_names()
        .find(|(_, name)| name.contains(KEYBOARD))
        .map(|(index, _)| index)
        .ok_or("there is no keyboard")?;
    let connection = live.connect(port)?;
    let messages = connection.channel(0).shared();

    let volume = messages.clone().controllers().get_with_initial_value_01(7, 1.0);
    let bend = messages.clone().pitch_bend_freq_mult();
    let MonoVoice {
        note,
        key_down_gate,
        ..
    } = messages.key_events().mono_voice();
    let pitch = note.map(|note| note.freq_hz());
    let sound = oscillator(Sine, pitch * bend).build();
    let gate = key_down_gate.map(|down| if down { 1.0 } else { 0.0 });
    let mut sound = sound * gate * volume;

    let mut last = String::new();
    for batch_index in 0.. {
        let samples: Vec<f32> = sound
            .sample(&SigCtx {
                sample_rate_hz: RATE,
                batch_index,
                num_samples: BLOCK,
            })
            .iter()
            .collect();
        let heard = describe(&samples);
        if heard != last {
            println!("{heard}");
            last = heard;
        }
        // A sound card would play the samples at this speed.
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Returns a text with the pitch and the volume of a sine wave.
fn describe(samples: &[f32]) -> String {
    let peak = samples.iter().copied().fold(0.0, f32::max);
    // The wave rises through zero between two samples.
    let rises: Vec<f32> = samples
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(index, pair)| index as f32 + pair[0] / (pair[0] - pair[1]))
        .collect();
    match rises[..] {
        [first, .., last] => {
            let periods = (rises.len() - 1) as f32;
            let pitch = periods * RATE / (last - first);
            format!("{pitch:.0} Hz at {:.0} %", peak * 100.0)
        }
        _ => "silence".into(),
    }
}
