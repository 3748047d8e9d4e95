//! A game without a window: it answers each note that its engine's MIDI plugin receives
//! with the same note an octave higher.

use std::time::Duration;

use bevy::app::{ScheduleRunnerPlugin, TaskPoolOptions, TaskPoolPlugin};
use bevy::prelude::*;
use bevy_midi::prelude::*;

/// The client to which the game connects.
const DEVICE: &str = "Joystick";

fn main() {
    let frames = ScheduleRunnerPlugin::run_loop(Duration::from_millis(5));
    // Each half of the plugin uses a thread for input and output permanently. Of eight threads, the
    // engine uses two for input and output.
    let threads = TaskPoolPlugin {
        task_pool_options: TaskPoolOptions::with_num_threads(8),
    };
    App::new()
        .add_plugins(MinimalPlugins.set(frames).set(threads))
        .add_plugins((MidiInputPlugin, MidiOutputPlugin))
        .add_systems(Update, (connect_input, connect_output, answer))
        .run();
}

fn connect_input(input: Res<MidiInput>) {
    if input.is_changed() {
        let port = input.ports().iter().find(|(name, _)| name.contains(DEVICE));
        if let Some((_, port)) = port {
            input.connect(port.clone());
        }
    }
}

fn connect_output(output: Res<MidiOutput>) {
    if output.is_changed() {
        let port = output
            .ports()
            .iter()
            .find(|(name, _)| name.contains(DEVICE));
        if let Some((_, port)) = port {
            output.connect(port.clone());
        }
    }
}

fn answer(mut messages: MessageReader<MidiData>, output: Res<MidiOutput>) {
    for MidiData { message, .. } in messages.read() {
        println!("received {:?}", message.msg);
        let [status, note, velocity] = message.msg;
        output.send([status, note + 12, velocity].into());
    }
}
