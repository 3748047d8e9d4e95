//! What goes on in a machine in which a program hangs.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;

/// What has the kernel show stacks on its console. It is opened while the agent may.
#[derive(Debug)]
pub(super) struct Stacks(Option<File>);

impl Stacks {
    pub(super) fn open() -> Self {
        let trigger = "/proc/sysrq-trigger";
        Self(OpenOptions::new().write(true).open(trigger).ok())
    }

    /// Shows the stacks of what waits and hears no signal.
    pub(super) fn show(&mut self) {
        // All that is said goes to the console from now on, too: it is quiet else.
        for command in ["8", "w"] {
            if let Some(file) = &mut self.0 {
                // The list of processes says something without it.
                let _ = file.write_all(command.as_bytes());
            }
        }
    }
}

/// A line for each process: its number, its state, its name, and the function of the kernel
/// in which it sleeps. Threads of the kernel are left out.
pub(super) fn processes(room: usize) -> String {
    let mut numbers: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let mut text = String::new();
    for number in numbers {
        let Some(line) = process(number) else {
            continue;
        };
        if text.len() + line.len() > room {
            break;
        }
        text.push_str(&line);
    }
    text
}

fn process(number: u32) -> Option<String> {
    const KTHREADD: &str = "2";
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name may hold anything.
    let (start, rest) = stat.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let mut words = rest.split_whitespace();
    let (state, parent) = (words.next()?, words.next()?);
    if parent == KTHREADD || number.to_string() == KTHREADD {
        return None;
    }
    let place = fs::read_to_string(format!("/proc/{number}/wchan")).unwrap_or_default();
    let place = match place.as_str() {
        "" | "0" => "-",
        place => place,
    };
    Some(format!("{number} {state} {name}: {place}\n"))
}
