//! Packets and their meanings.

use arbitrary::{Arbitrary, Result, Unstructured, size_hint};

use super::{Hint, enums, exactly, structs, valid};
use crate::ump::{
    Alteration, Attribute, Bank, Bass, BlockDirection, BlockInfo, Channel, ChordName, ChordType,
    Configuration, Flex, Form, Group, MessageType, Midi1, Midi1Port, Midi2, MixedDataSet, Packet,
    Sharps, Stream, Sysex7, Sysex8, System, TextKind, Tonic, U4, U7, U14, U20, UiHint, Ump,
    UmpVersion, Utility,
};

/// Numbers with fewer bits than their type.
macro_rules! numbers {
    ($($name:ident: $bytes:literal,)+) => { $(
        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
                valid(Self::new(u.int_in_range(0..=Self::MAX.into())?))
            }

            fn size_hint(_depth: usize) -> Hint {
                exactly($bytes)
            }
        }
    )+ };
}

numbers! {
    Group: 1,
    Channel: 1,
    U4: 1,
    U7: 1,
    U14: 2,
    U20: 3,
}

structs! {
    Attribute { kind: u8, data: u16 }
    Bank { msb: U7, lsb: U7 }
    Bass { note: Tonic, sharps: Sharps, kind: ChordType, alterations: [Alteration; 2] }
    BlockInfo {
        block: U7,
        active: bool,
        direction: BlockDirection,
        midi1: Midi1Port,
        hint: UiHint,
        first_group: Group,
        groups: u8,
        ci_version: u8,
        sysex8_streams: u8
    }
    ChordName {
        tonic: Tonic,
        sharps: Sharps,
        kind: ChordType,
        alterations: [Alteration; 4],
        bass: Bass
    }
    Configuration { protocol: u8, receives_jr: bool, sends_jr: bool }
    UmpVersion { major: u8, minor: u8 }
}

enums! { 'a;
    Ump => decoded {
        Midi2(Group, Channel, Midi2),
        Midi1(Group, Channel, Midi1),
        Sysex7(Group, Sysex7),
        System(Group, System),
        Utility(Utility),
        Sysex8(Group, Sysex8),
        MixedDataSet(Group, MixedDataSet),
        Flex(Group, Option<Channel>, Flex),
        Stream(Stream),
        Other(Words),
    }

    Midi1 {
        NoteOn { note: U7, velocity: U7 },
        NoteOff { note: U7, velocity: U7 },
        PolyPressure { note: U7, pressure: U7 },
        ControlChange { controller: U7, value: U7 },
        ProgramChange { program: U7 },
        ChannelPressure { pressure: U7 },
        PitchBend { bend: U14 },
    }

    Midi2 {
        NoteOn { note: U7, velocity: u16, attribute: Attribute },
        NoteOff { note: U7, velocity: u16, attribute: Attribute },
        PolyPressure { note: U7, pressure: u32 },
        ControlChange { controller: U7, value: u32 },
        ProgramChange { program: U7, bank: Option<Bank> },
        ChannelPressure { pressure: u32 },
        PitchBend { bend: u32 },
        RegisteredPerNote { note: U7, controller: u8, value: u32 },
        AssignablePerNote { note: U7, controller: u8, value: u32 },
        Rpn { bank: U7, index: U7, value: u32 },
        Nrpn { bank: U7, index: U7, value: u32 },
        RelativeRpn { bank: U7, index: U7, change: i32 },
        RelativeNrpn { bank: U7, index: U7, change: i32 },
        PerNotePitchBend { note: U7, bend: u32 },
        PerNoteManagement { note: U7, detach: bool, reset: bool },
    }

    System {
        Clock,
        Start,
        Continue,
        Stop,
        ActiveSensing,
        Reset,
        QuarterFrame(U7),
        SongPosition(U14),
        SongSelect(U7),
        TuneRequest,
    }

    Utility {
        NoOp,
        JrClock(u16),
        JrTimestamp(u16),
        TicksPerQuarter(u16),
        DeltaClockstamp(U20),
    }

    MixedDataSet {
        Header {
            id: U4,
            valid_bytes: u16,
            chunks: u16,
            chunk: u16,
            manufacturer: u16,
            device: u16,
            sub_id_1: u16,
            sub_id_2: u16
        },
        Payload { id: U4, bytes: [u8; 14] },
    }

    Flex {
        Tempo(u32),
        TimeSignature { numerator: u8, denominator: u8, thirty_seconds: u8 },
        Metronome { clocks_per_click: u8, bar_accents: [u8; 3], subdivisions: [u8; 2] },
        KeySignature { sharps: Sharps, tonic: Tonic },
        ChordName(ChordName),
        Text { kind: TextKind, form: Form, text: [u8; 12] },
    }

    Stream {
        EndpointDiscovery {
            version: UmpVersion,
            info: bool,
            identity: bool,
            name: bool,
            product_id: bool,
            configuration: bool
        },
        EndpointInfo {
            version: UmpVersion,
            static_blocks: bool,
            blocks: U7,
            midi2: bool,
            midi1: bool,
            receives_jr: bool,
            sends_jr: bool
        },
        DeviceIdentity { manufacturer: [U7; 3], family: U14, model: U14, software: [U7; 4] },
        EndpointName { form: Form, text: [u8; 14] },
        ProductInstanceId { form: Form, text: [u8; 14] },
        ConfigurationRequest(Configuration),
        Configuration(Configuration),
        BlockDiscovery { block: u8, info: bool, name: bool },
        BlockInfo(BlockInfo),
        BlockName { block: u8, form: Form, text: [u8; 13] },
        StartOfClip,
        EndOfClip,
    }

    Form {
        Complete,
        Start,
        Continue,
        End,
    }

    BlockDirection {
        Input,
        Output,
        Bidirectional,
    }

    Midi1Port {
        No,
        Yes,
        Slow,
    }

    UiHint {
        Unknown,
        Receiver,
        Sender,
        Both,
    }

    Tonic {
        Unknown,
        A,
        B,
        C,
        D,
        E,
        F,
        G,
    }

    Alteration {
        None,
        Add(U4),
        Subtract(U4),
        Raise(U4),
        Lower(U4),
    }
}

/// Decodes `Other` again: it must have no other meaning.
fn decoded(ump: Ump) -> Ump {
    match ump {
        Ump::Other(packet) => packet.decode(),
        known => known,
    }
}

/// A packet of any words.
struct Words(Packet);

impl From<Words> for Packet {
    fn from(words: Words) -> Self {
        words.0
    }
}

impl<'a> Arbitrary<'a> for Words {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut words = [u.arbitrary()?, 0, 0, 0];
        let [first, behind @ ..] = &mut words;
        for word in behind.iter_mut().take(MessageType::of(*first).words() - 1) {
            *word = u.arbitrary()?;
        }
        Ok(Self(words.into()))
    }

    fn size_hint(_depth: usize) -> Hint {
        (4, Some(16))
    }
}

/// Mostly a message with a meaning, otherwise any words.
impl<'a> Arbitrary<'a> for Packet {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        match u.int_in_range(0..=3)? {
            0..3_u8 => Ump::arbitrary(u).map(Self::from),
            _ => Words::arbitrary(u).map(Self::from),
        }
    }

    fn size_hint(depth: usize) -> Hint {
        let kinds = size_hint::or(Ump::size_hint(depth), Words::size_hint(depth));
        size_hint::and(exactly(1), kinds)
    }
}

impl<'a> Arbitrary<'a> for MessageType {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        U4::arbitrary(u).map(|number| Self::of(u32::from(number.get()) << 28))
    }

    fn size_hint(depth: usize) -> Hint {
        U4::size_hint(depth)
    }
}

impl<'a> Arbitrary<'a> for Sysex7 {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let form = u.arbitrary()?;
        let bytes = <[u8; 6]>::arbitrary(u)?.map(|byte| byte & 0x7f);
        valid(Self::new(form, some(u, &bytes)?))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(8)
    }
}

impl<'a> Arbitrary<'a> for Sysex8 {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (form, stream) = u.arbitrary()?;
        let bytes = <[u8; 13]>::arbitrary(u)?;
        valid(Self::new(form, stream, some(u, &bytes)?))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(16)
    }
}

/// Returns the first bytes; their number is arbitrary.
fn some<'b>(u: &mut Unstructured<'_>, bytes: &'b [u8]) -> Result<&'b [u8]> {
    let count = u.choose_index(bytes.len() + 1)?;
    Ok(bytes.get(..count).unwrap_or(bytes))
}

impl<'a> Arbitrary<'a> for Sharps {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        valid(Self::new(u.int_in_range(-8..=7)?))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(1)
    }
}

impl<'a> Arbitrary<'a> for ChordType {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.arbitrary().map(Self)
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(1)
    }
}

impl<'a> Arbitrary<'a> for TextKind {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        valid(Self::new(u.int_in_range(1..=2)?, u.arbitrary()?))
    }

    fn size_hint(_depth: usize) -> Hint {
        exactly(2)
    }
}
