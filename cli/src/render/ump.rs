//! Universal MIDI Packets as text.

use alsa_seq::Printable;
use alsa_seq::ump::{
    Attribute, Form, Midi1, Midi2, MixedDataSet, Packet, Sysex7, Sysex8, System, U7, Ump, Utility,
};

mod flex;
mod stream;

pub(crate) use flex::text_name;

use super::{Style, View};

/// The text of a packet, after the column of its group.
pub(super) fn of(packet: Packet, style: Style) -> String {
    let group = |text: String| {
        let group = packet
            .group()
            .map_or(0, |group| group.number() + style.first());
        format!("Group {group:>2}, {text}")
    };
    let groupless = |text: String| format!("{:10}{text}", "");
    match packet.decode() {
        Ump::Utility(message) => groupless(utility(message)),
        Ump::System(_, message) => group(system(message)),
        Ump::Midi1(_, channel, message) => group(midi1(message, channel.number(), style)),
        Ump::Sysex7(_, message) => group(sysex7(message)),
        Ump::Midi2(_, channel, message) => group(midi2(message, channel.number(), style)),
        Ump::Sysex8(_, message) => group(sysex8(message)),
        Ump::MixedDataSet(_, message) => group(mixed_data_set(message)),
        Ump::Flex(_, _, message) => group(flex::of(message)),
        Ump::Stream(message) => groupless(stream::of(message)),
        // A reserved packet, or one that a later version defines.
        other => {
            let words = packet.words().iter().map(|word| format!("{word:08x}"));
            let words = words.collect::<Vec<_>>().join(" ");
            let text = column("UMP", &words);
            match other {
                Ump::Other(_) if packet.group().is_some() => group(text),
                _ => groupless(text),
            }
        }
    }
}

/// Data after a name.
fn column(name: &str, data: &str) -> String {
    format!("{name:<22} {data}")
}

fn utility(message: Utility) -> String {
    match message {
        Utility::NoOp => "Noop".to_owned(),
        Utility::JrClock(time) => column("JR Clock", &format!("value {time}")),
        Utility::JrTimestamp(time) => column("JR Timestamp", &format!("value {time}")),
        Utility::TicksPerQuarter(ticks) => column("DCTPQ", &format!("value {ticks}")),
        Utility::DeltaClockstamp(ticks) => column("DC Ticks", &format!("value {}", ticks.get())),
        other => format!("{other:?}"),
    }
}

fn system(message: System) -> String {
    let with = |name, value: u16| column(name, &format!("value {value}"));
    match message {
        System::QuarterFrame(value) => with("MIDI Time Code", value.get().into()),
        System::SongPosition(beats) => with("Song position pointer", beats.get()),
        System::SongSelect(song) => with("Song select", song.get().into()),
        System::TuneRequest => "Tune request".to_owned(),
        System::Clock => "Timing clock".to_owned(),
        System::Start => "Start".to_owned(),
        System::Continue => "Continue".to_owned(),
        System::Stop => "Stop".to_owned(),
        System::ActiveSensing => "Active sensing".to_owned(),
        System::Reset => "Reset".to_owned(),
        other => format!("{other:?}"),
    }
}

fn voice(name: &str, channel: u8, style: Style, data: &str) -> String {
    format!("{name:<22} {:>2}, {data}", channel + style.first())
}

fn midi1(message: Midi1, channel: u8, style: Style) -> String {
    let of = |name: &str, data: String| voice(name, channel, style, &data);
    let key = |name: &str, note: U7, what: &str, value: U7| {
        let (note, value) = (note.get(), style.seven_bits(value.get().into()));
        of(name, format!("note {note}, {what} {value}"))
    };
    match message {
        Midi1::NoteOff { note, velocity } => key("Note off", note, "velocity", velocity),
        Midi1::NoteOn { note, velocity } => key("Note on", note, "velocity", velocity),
        Midi1::PolyPressure { note, pressure } => key("Poly pressure", note, "value", pressure),
        Midi1::ControlChange { controller, value } => of(
            "Control change",
            format!("controller {}, value {}", controller.get(), value.get()),
        ),
        Midi1::ProgramChange { program } => {
            of("Program change", format!("program {}", program.get()))
        }
        Midi1::ChannelPressure { pressure } => of(
            "Channel pressure",
            format!("value {}", style.seven_bits(pressure.get().into())),
        ),
        Midi1::PitchBend { bend } => of(
            "Pitchbend",
            format!("value {}", style.bend(i64::from(bend.get()) - 8192)),
        ),
        other => format!("{other:?}"),
    }
}

fn midi2(message: Midi2, channel: u8, style: Style) -> String {
    let of = |name: &str, data: String| voice(name, channel, style, &data);
    let controller = |name, note: U7, index, value| {
        of(
            name,
            format!("note {}, index {index}, value {value:#x}", note.get()),
        )
    };
    let parameter = |name, bank: U7, index: U7, value: u32| {
        let (bank, index) = (bank.get(), index.get());
        of(name, format!("bank {bank}:{index}, value {value:#x}"))
    };
    let key = |name: &str, note: U7, velocity: u16, attribute: Attribute| {
        let (note, velocity) = (note.get(), wide_velocity(velocity, style));
        let Attribute { kind, data } = attribute;
        let data =
            format!("note {note}, velocity {velocity}, attr type = {kind}, data = {data:#x}");
        of(name, data)
    };
    match message {
        Midi2::RegisteredPerNote {
            note,
            controller: index,
            value,
        } => controller("Per-note RCC", note, index, value),
        Midi2::AssignablePerNote {
            note,
            controller: index,
            value,
        } => controller("Per-note ACC", note, index, value),
        Midi2::Rpn { bank, index, value } => parameter("RPN", bank, index, value),
        Midi2::Nrpn { bank, index, value } => parameter("NRPN", bank, index, value),
        Midi2::RelativeRpn {
            bank,
            index,
            change,
        } => parameter("relative RPN", bank, index, bits(change)),
        Midi2::RelativeNrpn {
            bank,
            index,
            change,
        } => parameter("relative NRPN", bank, index, bits(change)),
        Midi2::PerNotePitchBend { note, bend } => of(
            "Per-note pitchbend",
            format!("note {}, value {}", note.get(), wide_bend(bend, style)),
        ),
        Midi2::NoteOff {
            note,
            velocity,
            attribute,
        } => key("Note off", note, velocity, attribute),
        Midi2::NoteOn {
            note,
            velocity,
            attribute,
        } => key("Note on", note, velocity, attribute),
        Midi2::PolyPressure { note, pressure } => of(
            "Poly pressure",
            format!("note {}, value {}", note.get(), wide(pressure, style)),
        ),
        Midi2::ControlChange { controller, value } => of(
            "Control change",
            format!("controller {}, value {value:#x}", controller.get()),
        ),
        Midi2::ProgramChange { program, bank } => of("Program change", {
            let bank = bank.map_or_else(String::new, |bank| {
                format!(", Bank select {}:{}", bank.msb.get(), bank.lsb.get())
            });
            format!("program {}{bank}", program.get())
        }),
        Midi2::ChannelPressure { pressure } => of(
            "Channel pressure",
            format!("value {}", wide(pressure, style)),
        ),
        Midi2::PitchBend { bend } => of("Pitchbend", format!("value {}", wide_bend(bend, style))),
        Midi2::PerNoteManagement {
            note,
            detach,
            reset,
        } => of("Per-note management", {
            let flags = u8::from(detach) << 1 | u8::from(reset);
            // The original does not show the note.
            if style.old {
                format!("value {flags:#x}")
            } else {
                format!("note {}, value {flags:#x}", note.get())
            }
        }),
        other => format!("{other:?}"),
    }
}

fn bits(value: i32) -> u32 {
    u32::from_ne_bytes(value.to_ne_bytes())
}

/// A value of 16 bits, in the range of MIDI 1.0, or as a percentage.
fn wide_velocity(value: u16, style: Style) -> String {
    let (most, number) = (f64::from(u16::MAX), f64::from(value));
    match style.view {
        View::Raw => format!("{value:#x}"),
        View::Normalized => format!("{:.2}", halves(number, (32768.0, most), (64.0, 127.0))),
        View::Percent => format!("{:.2}%", number * 100.0 / most),
    }
}

/// The same for 32 bits. The ends of the scale have no fraction.
fn wide(value: u32, style: Style) -> String {
    match (style.view, value) {
        (View::Raw, _) => format!("{value:#x}"),
        (View::Normalized, 0) => "0".to_owned(),
        (View::Normalized, u32::MAX) => "127".to_owned(),
        (View::Normalized, _) => format!("{:.2}", halves(value.into(), WIDE, (64.0, 127.0))),
        (View::Percent, _) => format!("{:.2}%", f64::from(value) * 100.0 / WIDE.1),
    }
}

/// The same around the middle value.
fn wide_bend(value: u32, style: Style) -> String {
    match (style.view, value) {
        (View::Raw, _) => format!("{value:#x}"),
        (View::Normalized, 0) => "-8192".to_owned(),
        (View::Normalized, u32::MAX) => "8191".to_owned(),
        (View::Normalized, _) => {
            let bend = halves(value.into(), WIDE, (8192.0, 16383.0)) - 8192.0;
            format!("{bend:.2}")
        }
        (View::Percent, _) => format!("{:.2}%", f64::from(value) * 100.0 / WIDE.1 - 50.0),
    }
}

/// The middle and the end of 32 bits.
const WIDE: (f64, f64) = (2_147_483_648.0, 4_294_967_295.0);

/// Converts a value from one scale to another, and keeps the middle.
fn halves(value: f64, (middle, most): (f64, f64), (new_middle, new_most): (f64, f64)) -> f64 {
    if value <= middle {
        value * new_middle / middle
    } else {
        new_middle + (value - middle) * (new_most - new_middle) / (most - middle)
    }
}

/// The name of a packet's position in its message.
fn part(form: Form) -> &'static str {
    match form {
        Form::Complete => "Single",
        Form::Start => "Start",
        Form::Continue => "Continue",
        Form::End => "End",
    }
}

fn bytes(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(":")
}

fn sysex7(message: Sysex7) -> String {
    let data = message.bytes();
    format!(
        "SysEx {:<8} length {} {}",
        part(message.form()),
        data.len(),
        bytes(data)
    )
}

fn sysex8(message: Sysex8) -> String {
    let data = message.bytes();
    // The length includes the number of the stream.
    let length = data.len() + 1;
    let (part, stream) = (part(message.form()), message.stream());
    format!(
        "SysEx8 {part:<8} length {length}  stream {stream} {}",
        bytes(data)
    )
}

fn mixed_data_set(message: MixedDataSet) -> String {
    match message {
        MixedDataSet::Header {
            id,
            valid_bytes,
            chunks,
            chunk,
            manufacturer,
            device,
            sub_id_1,
            sub_id_2,
        } => format!(
            "MDS Header id={:#x}, bytes={valid_bytes}, chunk={chunk}/{chunks}, \
             manufacturer={manufacturer:#x}, device={device:#x}, \
             sub_id={sub_id_1:#x} {sub_id_2:#x}",
            id.get()
        ),
        MixedDataSet::Payload { id, bytes: data } => {
            format!("MDS Payload id={:#x}, {}", id.get(), bytes(&data))
        }
    }
}

/// A text up to its first NUL. Dots replace characters that could disturb a terminal.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = String::from_utf8_lossy(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default());
    text.chars()
        .map(|c| if Printable::shows(c) { c } else { '.' })
        .collect()
}

/// A part of a text, after its name.
fn named_text(name: &str, form: Form, bytes: &[u8]) -> String {
    let part = match form {
        Form::Continue => "Cont",
        form => part(form),
    };
    format!("{name}{part:>6}: {}", text(bytes))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_text_cannot_disturb_a_terminal() {
        assert_eq!(text("a\u{1b}[2J\u{202e}é\0b".as_bytes()), "a.[2J.é");
    }
}
