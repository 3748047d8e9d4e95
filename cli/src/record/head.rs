//! The beginning of files: tempo and time signature.

use alsa_seq::Tempo;
use alsa_seq::ump::{Flex, Group, Packet, Stream, Ump, Utility};

use super::waiting::Later;
use super::{Options, clip, other};
use crate::failure::Failure;
use crate::input;
use crate::signals::Signals;
use crate::song::smf::write::{self, Division};
use crate::song::{self, Song};
use crate::tempo::TimeSignature;

/// The tempo at the beginning, and its changes.
pub(super) fn tempos(options: &Options, signals: &Signals) -> Result<Vec<(u32, Tempo)>, Failure> {
    let Division::Quarter(ppq) = options.division else {
        return Ok(Vec::new());
    };
    let ppq = u32::from(ppq);
    let tempo = |tempo: Tempo| tempo.with_ppq(ppq).map_err(other);
    let Some(path) = &options.tempo_map else {
        let first = Tempo::from_bpm(options.bpm).map_err(other)?;
        return Ok(vec![(0, tempo(first)?)]);
    };
    let file = input::read(signals, path, song::is_known)?;
    let song = Song::read(&file).map_err(Failure::song(path))?;
    let mut tempos = vec![(0, tempo(song.tempo)?)];
    for (tick, change) in song.tempos() {
        let tick = u64::from(tick) * u64::from(ppq) / u64::from(song.tempo.ppq());
        // The queue cannot count further.
        if let Ok(tick) = u32::try_from(tick) {
            tempos.push((tick, tempo(change)?));
        }
    }
    Ok(tempos)
}

/// The tempos and the time signature for the file: at the beginning, and later.
pub(super) fn of_song(
    signature: Option<TimeSignature>,
    tempos: &[(u32, Tempo)],
) -> (Vec<u8>, Later) {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for (tick, tempo) in tempos {
        let [_, bytes @ ..] = tempo.micros_per_quarter().min(0xff_ffff).to_be_bytes();
        if *tick == 0 {
            first.push(0);
            write::meta(&mut first, 0x51, &bytes);
        } else {
            let mut meta = Vec::new();
            write::meta(&mut meta, 0x51, &bytes);
            later.push((*tick, meta));
        }
    }
    if let Some(TimeSignature { beats, unit }) = signature {
        first.push(0);
        // A click for each 24 clocks, and 8 thirty-second notes in 24 clocks.
        write::meta(&mut first, 0x58, &[beats, unit, 24, 8]);
    }
    (first, later)
}

/// The packets at the beginning of a clip.
pub(super) fn of_clip(
    options: &Options,
    before: &[Packet],
    tempos: &[(u32, Tempo)],
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut add = |packet: Packet| {
        clip::push_ticks(&mut bytes, 0);
        clip::push(&mut bytes, packet);
    };
    let Division::Quarter(ticks) = options.division else {
        return Err(other("a clip has quarter notes"));
    };
    add(Ump::Utility(Utility::TicksPerQuarter(ticks)).into());
    before.iter().copied().for_each(&mut add);
    add(Ump::Stream(Stream::StartOfClip).into());
    let group = Group::new(0).map_err(other)?;
    if let Some((_, tempo)) = tempos.first() {
        let steps = tempo.micros_per_quarter().saturating_mul(100);
        add(Ump::Flex(group, None, Flex::Tempo(steps)).into());
    }
    if let Some(TimeSignature { beats, unit }) = options.time_signature {
        let signature = Flex::TimeSignature {
            numerator: beats,
            denominator: unit,
            thirty_seconds: 8,
        };
        add(Ump::Flex(group, None, signature).into());
    }
    Ok(bytes)
}
