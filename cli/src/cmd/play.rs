//! `aseq play`: songs.

use std::path::PathBuf;
use std::time::Duration;

use alsa_seq::SequencerClient;

use crate::address::parse_all;
use crate::failure::Failure;
use crate::play::{Changes, Channels, Options, Session};
use crate::song::{self, Song};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The files, or - for standard input
    #[arg(required = true)]
    file: Vec<PathBuf>,
    /// Send to these ports
    #[arg(short, long, value_name = "ADDRESS", required = true)]
    port: Vec<String>,
    /// Begin at this time of the song, such as 90 or 1:30.5
    ///
    /// Programs, controllers and the like are set as if it had been played from
    /// its beginning.
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time)]
    from: Duration,
    /// End at this time of the song
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<Duration>,
    /// Play it so often, or without a number for ever
    #[arg(short, long, value_name = "TIMES", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    r#loop: Option<u64>,
    /// Wait so long after the end before disconnecting, for notes to fade
    #[arg(short = 'd', long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    end_delay: Duration,
    /// Play so many times as fast
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = factor)]
    tempo_scale: f64,
    /// Play so many semitones higher; the drums on channel 10 stay as they are
    #[arg(long, value_name = "SEMITONES", default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-127..=127))]
    transpose: i8,
    /// Play these channels alone, such as 1-9,11
    #[arg(short, long, value_name = "LIST", default_value = "1-16", value_parser = channels)]
    channels: Channels,
    /// Show no progress on a terminal
    #[arg(short, long)]
    quiet: bool,
    /// The name of this client, for others to see
    #[arg(long, default_value = "aseq play")]
    name: String,
}

/// Reads a number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// Reads `1:30.5`: minutes, if there is a colon, and seconds.
fn time(text: &str) -> Result<Duration, String> {
    let Some((minutes, rest)) = text.split_once(':') else {
        return seconds(text);
    };
    let minutes: u32 = minutes.parse().map_err(|_| "not a number of minutes")?;
    let rest = seconds(rest)?;
    let minutes = Duration::from_secs(60).saturating_mul(minutes);
    Ok(minutes.saturating_add(rest))
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (1e-3..=1e6).contains(&factor) => Ok(factor),
        _ => Err("not a number from 0.001 to 1000000".to_owned()),
    }
}

/// Reads `1-9,11`.
fn channels(text: &str) -> Result<Channels, String> {
    let number = |text: &str| match text.parse() {
        Ok(number @ 1..=16_u32) => Ok(number - 1),
        _ => Err(format!("{text:?} is no channel: they are 1 to 16")),
    };
    let mut set = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(format!("{part:?} begins behind its end"));
        }
        for channel in first..=last {
            set |= 1 << channel;
        }
    }
    Ok(Channels(set))
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let options = Options {
        name: arguments.name.clone(),
        port_name: "output".to_owned(),
        changes: Changes {
            speed: arguments.tempo_scale,
            transpose: arguments.transpose,
            channels: arguments.channels,
            from: arguments.from,
            to: arguments.to,
            times: arguments.r#loop.unwrap_or(1),
            ..Changes::default()
        },
        end_delay: arguments.end_delay,
        progress: !arguments.quiet,
        wanted: song::is_known,
        connect_failure: |_, error| error.into(),
    };
    let mut session = Session::new(&options)?;
    let mut is_open = false;
    for path in &arguments.file {
        let file = session.read(path)?;
        let song = Song::read(&file).map_err(Failure::song(path))?;
        if !is_open {
            let control = SequencerClient::open(&*arguments.name)?;
            let dests = parse_all(&control, &arguments.port)?;
            drop(control);
            session.open(song.is_ump(), dests)?;
            is_open = true;
        }
        session.play_song(&song, path)?;
    }
    Ok(())
}
