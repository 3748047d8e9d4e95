//! Reports the processes of a machine in which a program hangs.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;

/// Makes the kernel print stacks on its console. Opened while the agent is still root.
#[derive(Debug)]
pub(super) struct Stacks(Option<File>);

impl Stacks {
    pub(super) fn open() -> Self {
        let trigger = "/proc/sysrq-trigger";
        Self(OpenOptions::new().write(true).open(trigger).ok())
    }

    /// Prints the stacks of processes that wait and ignore signals.
    pub(super) fn show(&mut self) {
        // From now on, all kernel messages go to the console, which usually shows only errors.
        for command in ["8", "w"] {
            if let Some(file) = &mut self.0 {
                // The list of processes is useful without the stacks.
                let _ = file.write_all(command.as_bytes());
            }
        }
    }
}

/// Returns a line for each process: its number, its state, its name, and the function of the kernel
/// in which it sleeps. Leaves out threads of the kernel.
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
    // The name may contain any character.
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
