//! Writes an event as a line of text or of JSON.

use std::io::{self, Write};
use std::time::Duration;

use alsa_seq::{Event, EventData, Time};
use nix::time::{ClockId, clock_gettime};

use crate::render::{HEADS, Style, Text};

/// The form of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Text(TextShape),
    /// An object on each line, as `docs/json.md` describes it.
    #[cfg(feature = "json")]
    Json,
}

/// The columns of a line of text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextShape {
    pub(crate) clock: Clock,
    /// Whether to show the columns that are usually the same for all events.
    pub(crate) long: bool,
    /// Whether to show a column for groups.
    pub(crate) groups: bool,
    pub(crate) style: Style,
}

/// The clock whose time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The event's own time, in seconds.
    Real,
    /// The event's own time, in ticks.
    Ticks,
    /// The machine's time since its start, at the moment when the event was read.
    Monotonic,
    None,
}

impl Shape {
    /// The head line, if the form has one.
    pub(crate) fn heads(self) -> Option<String> {
        match self {
            Self::Text(shape) => Some(shape.heads()),
            #[cfg(feature = "json")]
            Self::Json => None,
        }
    }

    pub(crate) fn event(self, event: &Event<'_>, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Text(shape) => shape.event(event, out),
            #[cfg(feature = "json")]
            Self::Json => json(&Line::Event(event), out),
        }
    }

    /// Reports that events were lost.
    pub(crate) fn overrun(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            // The original program has no such line.
            Self::Text(shape) if shape.style.old => {
                out.flush()?;
                crate::people::say(&"Overrun: events were lost");
                Ok(())
            }
            Self::Text(shape) => {
                let width = shape.time_width();
                writeln!(out, "{:width$}--       Overrun: events were lost here", "")
            }
            #[cfg(feature = "json")]
            Self::Json => json(&Line::Overrun(true), out),
        }
    }
}

/// The width of a port in characters.
const PORT: usize = 7;

impl TextShape {
    pub(crate) fn heads(self) -> String {
        let time = match self.clock {
            Clock::Real | Clock::Monotonic => format!("{:>14}  ", "Time"),
            Clock::Ticks => format!("{:>10}  ", "Tick"),
            Clock::None => String::new(),
        };
        let long = if self.long {
            format!("{:<PORT$}  Queue  Tag  Flags      ", "Dest")
        } else {
            String::new()
        };
        let groups = if self.groups { "Group    " } else { "" };
        // The original program has no space between its first columns.
        let source = if self.style.old {
            "Source  "
        } else {
            "Source   "
        };
        format!("{time}{source}{long}{groups}{HEADS}")
    }

    fn time_width(self) -> usize {
        match self.clock {
            Clock::Real | Clock::Monotonic => 16,
            Clock::Ticks => 12,
            Clock::None => 0,
        }
    }

    fn event(self, event: &Event<'_>, out: &mut impl Write) -> io::Result<()> {
        match (self.clock, event.time()) {
            (Clock::None, _) => {}
            (Clock::Monotonic, _) => {
                let now = monotonic();
                write!(out, "{:>7}.{:06}  ", now.as_secs(), now.subsec_micros())?;
            }
            (_, Time::Real(time)) => {
                let micros = time.subsec_nanos() / 1000;
                write!(out, "{:>7}.{micros:06}  ", time.secs())?;
            }
            (_, Time::Tick(tick)) => write!(out, "{tick:>10}  ")?,
        }
        let source = event.source();
        let space = if self.style.old { " " } else { "  " };
        write!(out, "{:>3}:{:<3}{space}", source.client, source.port)?;
        if self.long {
            let dest = event.dest().to_string();
            let queue = event.queue().to_string();
            let flags = [
                (event.is_relative(), "relative"),
                (event.is_high_priority(), "priority"),
            ];
            let flags: Vec<&str> = flags
                .iter()
                .filter(|(on, _)| *on)
                .map(|(_, f)| *f)
                .collect();
            write!(
                out,
                "{dest:<PORT$}  {queue:>5}  {:>3}  {:<9}  ",
                event.tag(),
                flags.join(",")
            )?;
        }
        let data = event.data();
        if self.groups && !self.style.old && !matches!(data, EventData::Ump(_)) {
            write!(out, "{:10}", "")?;
        }
        writeln!(out, "{}", Text::of(&data, source, self.style))
    }
}

/// The time since the machine was started.
fn monotonic() -> Duration {
    // Every Linux kernel has this clock.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from)
}

/// The same as text, to keep all digits.
#[cfg(feature = "json")]
pub(crate) fn monotonic_text() -> String {
    let now = monotonic();
    format!("{}.{:09}", now.as_secs(), now.subsec_nanos())
}

/// The contents of a line of JSON.
#[cfg(feature = "json")]
#[derive(serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Line<'a> {
    Event(&'a Event<'a>),
    Overrun(bool),
}

#[cfg(feature = "json")]
fn json(line: &Line<'_>, out: &mut impl Write) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Stamped<'a> {
        /// The time when the event was read.
        monotonic: String,
        #[serde(flatten)]
        line: &'a Line<'a>,
    }

    let monotonic = monotonic_text();
    serde_json::to_writer(&mut *out, &Stamped { monotonic, line })?;
    writeln!(out)
}
