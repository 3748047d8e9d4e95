//! Messages that exist in all three protocols. The kernel translates them both ways without loss.

use alsa_seq::{EventData, QueueId};

use super::pair::{Message, bend, control};

/// Returns the messages that exist in all three protocols, and that the kernel translates both ways
/// without loss.
pub(super) fn common() -> Vec<Message> {
    use EventData as Data;
    let queue = QueueId::new(0);
    let voice = [
        Message::new(
            "note on",
            [Data::note_on(5, 60, 100).unwrap()],
            &["20953c64"],
            &["40953c00 c9240000"],
        ),
        Message::new(
            "softest note on",
            [Data::note_on(5, 0, 1).unwrap()],
            &["20950001"],
            &["40950000 02000000"],
        ),
        Message::new(
            "note off",
            [Data::note_off(5, 127, 64).unwrap()],
            &["20857f40"],
            &["40857f00 80000000"],
        ),
        Message::new(
            "note off, velocity 0",
            [Data::note_off(5, 1, 0).unwrap()],
            &["20850100"],
            &["40850100 00000000"],
        ),
        Message::new(
            "key pressure",
            [Data::key_pressure(5, 60, 127).unwrap()],
            &["20a53c7f"],
            &["40a53c00 ffffffff"],
        ),
        Message::new(
            "controller",
            [control(7, 127)],
            &["20b5077f"],
            &["40b50700 ffffffff"],
        ),
        Message::new(
            "controller, low",
            [control(74, 1)],
            &["20b54a01"],
            &["40b54a00 02000000"],
        ),
        Message::new(
            "all notes off",
            [control(123, 0)],
            &["20b57b00"],
            &["40b57b00 00000000"],
        ),
        Message::new(
            "program",
            [Data::program_change(5, 12).unwrap()],
            &["20c50c00"],
            &["40c50000 0c000000"],
        ),
        Message::new(
            "pressure",
            [Data::channel_pressure(5, 64).unwrap()],
            &["20d54000"],
            &["40d50000 80000000"],
        ),
        Message::new("no bend", [bend(0)], &["20e50040"], &["40e50000 80000000"]),
        Message::new(
            "bend up",
            [bend(8191)],
            &["20e57f7f"],
            &["40e50000 ffffffff"],
        ),
        Message::new(
            "bend down",
            [bend(-8192)],
            &["20e50000"],
            &["40e50000 00000000"],
        ),
        Message::new(
            "bend a little",
            [bend(1)],
            &["20e50140"],
            &["40e50000 80040020"],
        ),
    ];
    let system = [
        (
            "quarter frame",
            Data::QuarterFrame { value: 0x35 },
            "10f13500",
        ),
        (
            "song position",
            Data::SongPosition { beats: 0x0102 },
            "10f20202",
        ),
        (
            "last song position",
            Data::SongPosition { beats: 0x3fff },
            "10f27f7f",
        ),
        ("song", Data::SongSelect { song: 127 }, "10f37f00"),
        ("tune request", Data::TuneRequest, "10f60000"),
        ("clock", Data::Clock(queue), "10f80000"),
        ("start", Data::Start(queue), "10fa0000"),
        ("continue", Data::Continue(queue), "10fb0000"),
        ("stop", Data::Stop(queue), "10fc0000"),
        ("sensing", Data::ActiveSensing, "10fe0000"),
        ("reset", Data::Reset, "10ff0000"),
        (
            "identity request",
            Data::Sysex(&[0xf0, 0x7e, 0x7f, 6, 1, 0xf7]),
            "30047e7f 06010000",
        ),
        (
            "six bytes",
            Data::Sysex(&[0xf0, 1, 2, 3, 4, 5, 6, 0xf7]),
            "30060102 03040506",
        ),
        ("nothing", Data::Sysex(&[0xf0, 0xf7]), "30000000 00000000"),
    ];
    let system = system.map(|(name, legacy, text)| Message::new(name, [legacy], &[text], &[text]));
    voice.into_iter().chain(system).collect()
}
