//! `aseq play`: songs.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::{Address, ClientControl, SequencerClient};

use crate::address::parse_all;
use crate::channels::Channels;
use crate::failure::Failure;
use crate::graph::{is_output, is_public};
use crate::number;
use crate::people::{complain, printable, shown};
use crate::play::{self, Changes, Options, Session};
use crate::refusal::described;
use crate::song::{self, Song};
use crate::times;

const AFTER: &str = "\
Ctrl+Z (SIGTSTP) ends all notes and pauses the song. SIGCONT (fg) sets pedals, pitch bend and
other controllers again, and the song continues at the same place; notes that the pause ended
do not start again. Each signal that ends the program also ends all notes, except for two that
a program cannot catch: after SIGKILL, notes sound on; after SIGSTOP, the kernel still plays the
events in its queue.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER)]
pub(crate) struct Arguments {
    /// The files, or - for standard input
    #[arg(required = true)]
    file: Vec<PathBuf>,
    /// Send to these ports
    #[arg(short, long, value_name = "ADDRESS", required = true)]
    port: Vec<String>,
    /// Wait until the ports exist
    #[cfg(feature = "wait")]
    #[arg(short, long)]
    wait: bool,
    /// Begin at this time of the song, such as 90, 1:30.5 or 1:00:00
    ///
    /// Before the song begins, the command sends the state that the song has at that
    /// time, as fast as the receivers allow: the last value of each program with its
    /// bank, controller, parameter (RPN and NRPN), pitch bend and pressure. It does not
    /// send earlier system-exclusive messages, because it cannot find out which of them
    /// still have an effect.
    #[arg(long, value_name = "TIME", default_value = "0", allow_negative_numbers = true, value_parser = times::parse)]
    from: Duration,
    /// End at this time of the song
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, value_parser = times::parse)]
    to: Option<Duration>,
    /// Repeat each file: the number of times, or forever
    ///
    /// Each repetition begins like the first. Before it, the command ends all notes,
    /// resets the controllers, and restores each value that the song had set at its
    /// beginning. If the song changed a value later only, that becomes the value of a
    /// General MIDI reset (volume 100, expression 127, pan and balance in the middle, a
    /// bend range of 2 semitones). Values that such a reset does not change stay.
    #[arg(short, long, value_name = "TIMES", default_value = "1", allow_negative_numbers = true, value_parser = passes)]
    r#loop: u64,
    /// Wait this long after the end before disconnecting, so that notes can fade
    #[arg(short = 'd', long, value_name = "TIME", default_value = "2", allow_negative_numbers = true, value_parser = times::parse)]
    end_delay: Duration,
    /// Multiply the speed by this factor
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = factor)]
    tempo_scale: f64,
    /// Transpose by this many semitones, except for the drums on channel 10
    #[arg(long, value_name = "SEMITONES", default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-127..=127))]
    transpose: i8,
    /// Play only these channels, such as 1-9,11
    #[arg(short, long, value_name = "LIST", value_parser = Channels::parse)]
    channel: Vec<Channels>,
    /// Show no progress on a terminal
    #[arg(short, long)]
    quiet: bool,
    /// Print the position in the song as JSON Lines (docs/json.md)
    ///
    /// A line is printed at the start, each second, and when the song pauses, continues,
    /// begins again or ends. If the reader is too slow, lines are left out: the music
    /// does not wait.
    #[cfg(feature = "json")]
    #[arg(short, long)]
    json: bool,
    /// Play nothing; show the length, the number of events and the ports
    #[arg(long)]
    dry_run: bool,
    /// The name of this client, as other programs see it
    #[arg(long, default_value = "aseq play")]
    name: String,
}

/// The number of times that a song is played, in the form of [`Changes`]: 0 is for ever.
fn passes(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(times) if times > 0 => Ok(times),
        _ if text == "forever" => Ok(0),
        _ => Err("write a number from 1, or forever".to_owned()),
    }
}

fn factor(text: &str) -> Result<f64, String> {
    match number::parse(text) {
        Some(factor) if (1e-3..=1e6).contains(&factor) => Ok(factor),
        _ => Err("not a number from 0.001 to 1000000".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.to.is_some_and(|to| to <= arguments.from) {
        return Err(Failure::Usage(
            "nothing to play: --to is not after --from".to_owned(),
        ));
    }
    let options = Options {
        name: arguments.name.clone(),
        port_name: "output".to_owned(),
        changes: Changes {
            speed: arguments.tempo_scale,
            transpose: arguments.transpose,
            channels: Channels::of_all(&arguments.channel).unwrap_or(Channels::ALL),
            from: arguments.from,
            to: arguments.to,
            times: arguments.r#loop,
            ..Changes::default()
        },
        end_delay: arguments.end_delay,
        progress: !arguments.quiet,
        #[cfg(feature = "json")]
        json: arguments.json,
        #[cfg(not(feature = "json"))]
        json: false,
        only: None,
    };
    let session = Session::new(&options)?;
    if arguments.dry_run {
        return show_plan(arguments, &options, &session);
    }
    let mut connected = None;
    let mut damaged = None;
    for path in &arguments.file {
        let (file, is_whole) = read(&session, path)?;
        if !is_whole {
            damaged.get_or_insert(path);
        }
        let song = Song::read(&file).map_err(Failure::song(path))?;
        let connected = match &mut connected {
            Some(connected) => connected,
            None => {
                #[cfg(feature = "wait")]
                if arguments.wait {
                    session.wait_for(&arguments.port)?;
                }
                let control = SequencerClient::open(&*arguments.name)?;
                let dests = parse_all(&control, &arguments.port)?;
                drop(control);
                connected.insert(session.open(song.is_ump(), dests)?)
            }
        };
        connected.play(&song, path)?;
    }
    damaged.map_or(Ok(()), |path| Err(not_whole(path)))
}

/// Reads a song. Returns its bytes, and whether the file is complete. If the file is cut
/// off, the bytes are a repaired file of the part before the cut.
fn read(session: &Session<'_>, path: &Path) -> Result<(Vec<u8>, bool), Failure> {
    let file = session.read(path)?;
    let error = match Song::read(&file) {
        Ok(_) => return Ok((file, true)),
        Err(error) => error,
    };
    if !error.is_cut() {
        return Err(Failure::song(path)(error));
    }
    let whole = song::repair(&file, true).map_err(Failure::song(path))?;
    complain(&format_args!(
        "{}: {error}; the part before that is played",
        shown(path)
    ));
    Ok((whole, false))
}

fn not_whole(path: &Path) -> Failure {
    Failure::Other(format!("{} is incomplete", shown(path)))
}

/// Shows the files' lengths, events and receivers, and connects to nothing.
fn show_plan(
    arguments: &Arguments,
    options: &Options,
    session: &Session<'_>,
) -> Result<(), Failure> {
    let mut dests = Vec::new();
    let mut control = None;
    let mut out = io::stdout().lock();
    let mut is_ump = None;
    let mut damaged = None;
    for path in &arguments.file {
        let (file, is_whole) = read(session, path)?;
        if !is_whole {
            damaged.get_or_insert(path);
        }
        let song = Song::read(&file).map_err(Failure::song(path))?;
        let control = match &control {
            Some(control) => control,
            None => {
                #[cfg(feature = "wait")]
                if arguments.wait {
                    session.wait_for(&arguments.port)?;
                }
                let opened = SequencerClient::open(&*arguments.name)?;
                dests = receivers(&opened, arguments)?;
                control.insert(opened)
            }
        };
        if *is_ump.get_or_insert(song.is_ump()) != song.is_ump() {
            return Err(play::two_kinds());
        }
        let plan = play::plan(&song, &options.changes, &dests)?;
        let length = times::shown(plan.length);
        let times = match arguments.r#loop {
            0 => ", forever".to_owned(),
            1 => String::new(),
            times => format!(", {times} times"),
        };
        let mut text = format!("{}: {length}{times}\n", printable(&path.to_string_lossy()));
        for (dest, events) in plan.events {
            let s = if events == 1 { "" } else { "s" };
            let dest = described(control, dest);
            let _ = writeln!(text, "  {events} event{s} to {dest}");
        }
        out.write_all(text.as_bytes()).map_err(Failure::Output)?;
    }
    damaged.map_or(Ok(()), |path| Err(not_whole(path)))
}

/// The ports of the arguments. Fails if one of them does not let others send to it.
fn receivers(control: &ClientControl, arguments: &Arguments) -> Result<Vec<Address>, Failure> {
    let dests = parse_all(control, &arguments.port)?;
    for dest in &dests {
        let port = control.port_info(*dest)?;
        if !is_public(&port) || !is_output(&port) {
            return Err(Failure::Other(format!(
                "port {} does not let others send to it",
                described(control, *dest)
            )));
        }
    }
    Ok(dests)
}
