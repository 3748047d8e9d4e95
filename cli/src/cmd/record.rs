//! `aseq record`: records events into a MIDI file.

use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::SequencerClient;

use crate::address::{parse, parse_all};
use crate::failure::Failure;
use crate::record::{self, Existing, FileKind, Layout, Options};
use crate::signals::{Catch, Signals};
use crate::song::smf::write::{Division, FrameRate};
use crate::tempo::{self, TimeSignature};
use crate::times;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file, or - for standard output, which gets the song at the end
    file: PathBuf,
    /// Record from these ports; without this, from the ports that others connect
    #[arg(short, long, value_name = "ADDRESS")]
    port: Vec<String>,
    /// Replace a file that exists
    ///
    /// The new file replaces the old one when the recording ends. If nothing was
    /// recorded, the old file stays, and the exit status is 1.
    #[arg(long)]
    force: bool,
    /// Record to a new file each time: take-1.mid, take-2.mid, ... for take.mid
    #[arg(long, conflicts_with = "force")]
    number: bool,
    /// Wait until the ports exist
    #[cfg(feature = "wait")]
    #[arg(short, long)]
    wait: bool,
    /// Quarter notes a minute
    #[arg(short, long, default_value = "120", value_parser = tempo::bpm)]
    bpm: f64,
    /// Count ticks within frames, and use this number of frames a second
    #[arg(long, value_name = "RATE")]
    fps: Option<Fps>,
    /// Ticks in a quarter note (1 to 32767, default 384), or in a frame (1 to 255,
    /// default 40)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=32767))]
    ticks: Option<u16>,
    /// Give each channel a track of its own
    #[arg(long)]
    split_channels: bool,
    /// The format of the file
    ///
    /// Format 0 has one track. Format 1 has a track for the tempo and a track for each
    /// port. The default is 0 for one port, and 1 for several.
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1), conflicts_with = "split_channels")]
    format: Option<u8>,
    /// Play a metronome on this port
    #[arg(short, long, value_name = "ADDRESS")]
    metronome: Option<String>,
    /// The time signature, such as 3:4
    #[arg(long, value_name = "N:D", value_parser = tempo::time_signature)]
    time_signature: Option<TimeSignature>,
    /// Follow the tempo of this MIDI file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bpm", "fps"])]
    tempo_map: Option<PathBuf>,
    /// End after this many events
    #[arg(short = 'n', long, value_name = "N")]
    events: Option<u64>,
    /// Write events to the disk within this time
    #[arg(long, value_name = "SECONDS", default_value = "0.4", value_parser = interval)]
    save_within: Duration,
    /// Print no messages about the recording
    #[arg(short, long)]
    quiet: bool,
    /// The name of this client, as other programs see it
    #[arg(long, default_value = "aseq record")]
    name: String,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Fps {
    #[value(name = "24")]
    Film,
    #[value(name = "25")]
    Pal,
    #[value(name = "29.97")]
    Ntsc,
    #[value(name = "30")]
    Thirty,
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = times::parse(text)?;
    if interval > Duration::from_secs(60) {
        return Err("at most 60 seconds".to_owned());
    }
    Ok(interval)
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.number && arguments.file == Path::new("-") {
        return Err(Failure::Usage(
            "--number: standard output has no numbers".to_owned(),
        ));
    }
    let division = match arguments.fps {
        None => Division::Quarter(arguments.ticks.unwrap_or(384)),
        Some(fps) => {
            let ticks = u8::try_from(arguments.ticks.unwrap_or(40)).ok();
            let Some(ticks) = ticks.and_then(NonZeroU8::new) else {
                return Err(Failure::Usage(
                    "--ticks: a frame has 1 to 255 ticks".to_owned(),
                ));
            };
            let rate = match fps {
                Fps::Film => FrameRate::Film,
                Fps::Pal => FrameRate::Pal,
                Fps::Ntsc => FrameRate::Ntsc,
                Fps::Thirty => FrameRate::Thirty,
            };
            Division::Frame(rate, ticks)
        }
    };
    #[cfg(feature = "wait")]
    if arguments.wait {
        crate::waiting::for_ports(arguments.port.iter().chain(&arguments.metronome))?;
    }
    let control = SequencerClient::open(&*arguments.name)?;
    let sources = parse_all(&control, &arguments.port)?;
    let metronome = arguments.metronome.as_ref();
    let metronome = metronome.map(|port| parse(&control, port)).transpose()?;
    drop(control);
    let signals = Signals::block(Catch::Ending)?;
    let options = Options {
        name: arguments.name.clone(),
        port_name: arguments.name.clone(),
        sources,
        path: arguments.file.clone(),
        existing: match (arguments.force, arguments.number) {
            (true, _) => Existing::Replace,
            (_, true) => Existing::Number,
            _ => Existing::Refuse("--force replaces it, --number creates a new file each time"),
        },
        interval: arguments.save_within,
        tells: !arguments.quiet,
        division,
        bpm: arguments.bpm,
        time_signature: arguments.time_signature,
        tempo_map: arguments.tempo_map.clone(),
        metronome,
        kind: FileKind::Song(match arguments.format {
            _ if arguments.split_channels => Layout::Channels,
            Some(0) => Layout::Single,
            Some(_) => Layout::TempoAndPorts,
            None => Layout::Ports,
        }),
        limit: arguments.events,
    };
    record::run(&options, &signals)?;
    signals.ended_well()
}
