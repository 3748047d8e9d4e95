//! How a measured program is asked: a line `WORKLOAD SIZE COUNT` on its input,
//! the nanoseconds on its output, or `none` for what it cannot do. With
//! arguments it does the one thing that they say, for a profiler.

use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::time::Instant;

/// Something that was prepared, and can be done any number of times.
pub type Run = Box<dyn FnMut(usize)>;

/// Answers until the input ends. `prepare` gets the workload and its size.
pub fn serve(mut prepare: impl FnMut(&str, usize) -> Option<Run>) {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.is_empty() {
        answer(&args.join(" "), &mut prepare);
        return;
    }
    for line in stdin().lock().lines() {
        let Ok(line) = line else { return };
        let said = answer(&line, &mut prepare);
        println!("{said}");
        let _ = stdout().flush();
    }
}

fn answer(line: &str, prepare: &mut impl FnMut(&str, usize) -> Option<Run>) -> String {
    let mut words = line.split(' ');
    let (Some(workload), Some(size), Some(count)) = (words.next(), words.next(), words.next())
    else {
        return "none".into();
    };
    let number = |word: &str| word.parse().unwrap_or(0);
    let (size, count) = (number(size), number(count));
    let Some(mut run) = prepare(workload, size) else {
        return "none".into();
    };
    let begun = Instant::now();
    run(count);
    begun.elapsed().as_nanos().to_string()
}

/// Three bytes of MIDI an event, with running status every second time, and a
/// short sysex now and then.
pub fn midi_bytes(events: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0..events {
        let key = u8::try_from(n % 100).unwrap_or(0);
        match n % 16 {
            15 => bytes.extend([0xf0, 1, 2, 3, 4, 0xf7]),
            n if n % 2 == 0 => bytes.extend([0x90, key, 100]),
            _ => bytes.extend([key, 0]),
        }
    }
    bytes
}
