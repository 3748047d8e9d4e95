//! The subcommands.

use clap::Parser;

use crate::failure::Failure;

mod connect;
#[cfg(feature = "docs")]
mod docs;
#[cfg(feature = "doctor")]
mod doctor;
mod dump;
#[cfg(feature = "graph")]
mod graph;
mod hint;
#[cfg(feature = "info")]
mod info;
mod list;
#[cfg(feature = "panic")]
mod panic;
#[cfg(feature = "patch")]
mod patch;
mod play;
#[cfg(feature = "record")]
mod record;
#[cfg(feature = "record")]
mod repair;
#[cfg(feature = "send")]
mod send;
#[cfg(feature = "watch")]
mod watch;

pub(crate) use hint::with_hint;

const EXIT_STATUS: &str = "\
Exit status: 0 for success; 1 if something failed (a port or file does not exist, an
event was not delivered); 2 if the arguments are wrong on any system;
128 + N if signal N ended the program (130 for Ctrl+C).";

const OLD_NAMES: &str = "\
If this program is called aconnect, aseqdump, aplaymidi, arecordmidi, aseqsend, aseqnet,
aplaymidi2 or arecordmidi2 (by a link, for example), it works as that program of
alsa-utils. `aseq aconnect -l` does the same without a link.\n\n";

/// The commands and options of features, and whether this build has them.
const FEATURES: [(&str, bool); 12] = [
    ("doctor", cfg!(feature = "doctor")),
    ("graph", cfg!(feature = "graph")),
    ("graph --serve", cfg!(feature = "serve")),
    ("info", cfg!(feature = "info")),
    ("panic", cfg!(feature = "panic")),
    ("patch", cfg!(feature = "patch")),
    ("record", cfg!(feature = "record")),
    ("repair", cfg!(feature = "record")),
    ("send", cfg!(feature = "send")),
    ("watch", cfg!(feature = "watch")),
    ("--json", cfg!(feature = "json")),
    ("--wait", cfg!(feature = "wait")),
];

/// The end of the program's help.
fn after_help() -> String {
    let old_names = if cfg!(feature = "old-names") {
        OLD_NAMES
    } else {
        ""
    };
    let missing = FEATURES.iter().filter(|(_, is_there)| !is_there);
    let missing: Vec<&str> = missing.map(|(name, _)| *name).collect();
    let missing = match missing.join(", ") {
        names if names.is_empty() => names,
        names => format!(
            "This build lacks {names}.\nA build with the feature `full` has all of them.\n\n"
        ),
    };
    format!("{old_names}{missing}{EXIT_STATUS}")
}

/// Play, record, route and show MIDI through the ALSA sequencer
///
///   aseq list                       show all ports and their connections
///   aseq connect keys synth         by name, or 20:0 128:0 by number
///   aseq dump -p keys               show the events of a keyboard
///   aseq play song.mid -p synth
///
/// An ADDRESS is CLIENT:PORT, each by name or number (128:0, 'Midi Through:0'),
/// or a client alone, which means its port 0. You can shorten a name as long as
/// it fits only one client or port.
#[derive(Debug, Parser)]
#[command(name = "aseq", version, after_help = after_help(), verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

// `defer`: clap builds the arguments of a subcommand only if the user calls it.
// Building all of them takes longer than listing all ports. So the descriptions of
// the subcommands have to be here, where the program's own help finds them.
#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List clients, their ports and their connections
    ///
    ///   aseq list           all clients
    ///   aseq list keys      one client
    ///   aseq list --input   the ports that you can connect from
    ///
    /// The letters of a port show its directions: with `i` you can connect from it,
    /// with `o` you can connect to it. `->` marks a port that it sends to, `<-` a port
    /// that it receives from.
    #[command(verbatim_doc_comment)]
    List(list::Arguments),
    /// Connect two ports: RECEIVER gets the events that SENDER sends
    ///
    ///   aseq connect keys synth
    ///   aseq connect 20:0 'FLUID Synth:Input'
    ///   aseq connect --real 0 keys recorder   stamped with the time of queue 0
    ///
    /// If the ports are already connected with the same options, the command prints a
    /// note, and the exit status is 0. If another connection uses one of the ports
    /// exclusively, the exit status is 1.
    #[command(verbatim_doc_comment)]
    Connect(connect::ConnectArguments),
    /// Disconnect two ports, or many
    ///
    ///   aseq disconnect keys synth
    ///   aseq disconnect --all synth   all connections from and to synth's ports
    ///   aseq disconnect --all 20:1    all connections from and to this port
    ///   aseq disconnect --all         all connections
    ///
    /// Some connections may be undone only by their owners. The command names these, and
    /// the exit status is then 1. `--all` without a name keeps the hidden connections
    /// through which programs receive the kernel's announcements.
    #[command(verbatim_doc_comment)]
    Disconnect(connect::DisconnectArguments),
    /// Show the events that arrive, one on each line
    ///
    /// Without --port, it waits until others connect to its own port. It prints the
    /// address of that port on standard error. Ctrl+C ends it with status 0.
    ///
    ///   aseq dump -p keys                     the events of a keyboard
    ///   aseq dump -p 0:1                      new and removed ports and connections
    ///   aseq dump -p keys --type notes --channel 1-9,11
    ///   aseq dump -p keys --json | jq .event  for other programs
    #[command(verbatim_doc_comment)]
    Dump(dump::Arguments),
    /// Find out why the sequencer is missing, or why you hear nothing
    ///
    /// It checks the device, its permissions, the kernel's modules and the container,
    /// then the clients, ports, connections and queues. For each problem it suggests
    /// commands. It changes nothing. If it finds a problem, the exit status is 1.
    #[cfg(feature = "doctor")]
    Doctor(doctor::Arguments),
    /// Draw a picture of the connections, as SVG
    ///
    ///   aseq graph > connections.svg
    ///   aseq graph --dot | dot -Tpng > connections.png
    #[cfg_attr(
        feature = "serve",
        doc = "   aseq graph --serve                a page that follows each change",
        doc = "   aseq graph --serve --allow-edit   a page that also connects and disconnects"
    )]
    ///
    /// Events go from left to right. Hardware, programs and the kernel's clients have
    /// different colours; a dashed line is an exclusive connection.
    #[cfg_attr(
        feature = "serve",
        doc = "",
        doc = " The page is for browsers on this machine. aseq prints its address. With --allow-edit,",
        doc = " the address ends with a token, and nobody can change anything without it. Ctrl+C ends",
        doc = " the command, with exit status 0."
    )]
    #[cfg(feature = "graph")]
    #[command(verbatim_doc_comment)]
    Graph(graph::Arguments),
    /// Show the contents of a file: its length, tempo, ports, events and texts
    ///
    /// It reads every kind of file that `aseq play` plays. It counts ports from 1:
    /// `aseq play` sends the events of port N to its Nth ADDRESS.
    #[cfg(feature = "info")]
    Info(info::Arguments),
    /// Play songs
    ///
    /// It plays standard MIDI files, also within RIFF, of formats 0, 1 and 2. The tracks
    /// of format 2 follow one another. It plays MIDI clips (SMF2CLIP) on Linux 6.5 and
    /// newer. It sends system-exclusive messages (.syx) as fast as a MIDI cable can.
    ///
    /// If a file names ports (meta event 21h), its port N goes to the Nth ADDRESS.
    /// Further ports start again with the first ADDRESS. The groups of a clip are
    /// treated in the same way; its packets without a group go to the first ADDRESS.
    ///
    /// Ctrl+C stops the song and all its notes. If a file is cut off, the command plays
    /// the part before the cut, and its exit status is 1.
    Play(play::Arguments),
    /// Record a standard MIDI file
    ///
    /// Ctrl+C or --events ends it. It records channel messages (notes, controllers and
    /// so on) and system-exclusive messages. It does not record clocks and other
    /// real-time messages.
    ///
    /// Until the end, the recording of take.mid is in take.recording.mid in the same
    /// directory. You can play that file at any moment: it contains everything up to
    /// half a second ago. After a crash or a power cut it stays until you move or
    /// remove it. Later recordings use other names.
    ///
    /// An existing file stays as it is without --force. With --force, it stays until
    /// the recording is complete. If the command cannot create a file in that
    /// directory, it records in the directory for temporary files until the end.
    ///
    /// If a port disappears and a port of the same name appears later, the recording
    /// continues from that port.
    #[cfg(feature = "record")]
    Record(record::Arguments),
    /// Silence everything: end all notes, and reset the controllers of every channel
    ///
    ///   aseq panic              every port that others may write to
    ///   aseq panic synth 20:1   all writable ports of a client, and one port
    ///
    /// On each of the 16 channels it releases the pedals, ends all notes and sounds, and
    /// resets controllers, pitch bend and pressure. On MIDI 2.0 endpoints it does this
    /// in each group. Volume, pan and program stay. It sends to hardware no faster than
    /// a MIDI cable can. It names each port that did not get every message; the exit
    /// status is then 1.
    #[cfg(feature = "panic")]
    #[command(verbatim_doc_comment)]
    Panic(panic::Arguments),
    /// Connect ports by rules in a file, and hold the connections
    ///
    ///   aseq patch save studio.toml    write rules for the existing connections
    ///   aseq patch check studio.toml   show the connections that the file wants
    ///   aseq patch apply studio.toml   connect, once
    ///   aseq patch keep studio.toml    connect, and hold as devices come and go
    ///
    /// The file has rules:
    ///
    ///   [[connect]]
    ///   from = { usb = "0582:01af", serial = "SN42", port = "MIDI 1" }
    ///   to = ["FLUID Synth*", "ZynAddSubFX"]   the first of these that exists
    ///
    ///   [[forbid]]
    ///   from = "*"
    ///   to = { kind = "hardware" }
    ///
    /// An end is "CLIENT", "CLIENT:PORT", or a table of client, port, kind ("hardware" or
    /// "program"), card (id or name), usb ("VENDOR:PRODUCT"), serial and usb_port. In
    /// names, * stands for any characters and ? for one. Without a port, `connect` means
    /// the first, and `forbid` all. Every port that fits is connected. A pair of ports that
    /// a rule forbids is disconnected.
    #[cfg(feature = "patch")]
    #[command(verbatim_doc_comment)]
    Patch(patch::Arguments),
    /// Save the intact part of a damaged file
    ///
    /// Each track of a MIDI file is kept up to the first event that is cut off or
    /// invalid. A clip is kept up to the first such packet, a .syx file up to the first
    /// such message. The damaged file stays as it is. If the file is not damaged and you
    /// name a second file, the second becomes a copy.
    ///
    ///   aseq repair take.mid           to take.repaired.mid
    ///   aseq repair take.mid new.mid
    #[cfg(feature = "record")]
    #[command(verbatim_doc_comment)]
    Repair(repair::Arguments),
    /// Send events, written as words or as bytes
    ///
    /// WORDS are names with numbers, hexadecimal bytes, and pauses:
    ///
    ///   aseq send -p synth note-on 1 60 100 wait 0.5 note-off 1 60 0
    ///   aseq send -p synth note 1 60 100 500ms
    ///   aseq send -p synth f0 7e 7f 06 01 f7
    ///   aseq send -p synth --file patch.syx
    ///   aseq send -p synth - < script
    ///
    /// Names: note-on, note-off CHANNEL NOTE VELOCITY; note CHANNEL NOTE VELOCITY
    /// TIME; key-pressure CHANNEL NOTE PRESSURE; control-change, control-14bit
    /// CHANNEL CONTROLLER VALUE; program-change CHANNEL PROGRAM; channel-pressure
    /// CHANNEL PRESSURE; pitch-bend CHANNEL BEND (-8192 to 8191); rpn, nrpn CHANNEL
    /// PARAMETER VALUE; all-notes-off CHANNEL; song-position BEATS; song-select
    /// SONG; quarter-frame VALUE; tune-request, clock, tick, start, continue, stop,
    /// active-sensing, reset; sysex BYTES; wait TIME. Channels are 1 to 16.
    ///
    /// If a line of standard input is wrong, the command reports it and sends the
    /// following lines. The exit status is then 1.
    ///
    /// The command fails if an event does not reach its port. It sends to hardware no
    /// faster than a MIDI cable can. It waits for a program whose input is full.
    #[cfg(feature = "send")]
    #[command(verbatim_doc_comment)]
    Send(send::Arguments),
    /// Show clients, ports and connections, and follow their changes
    ///
    /// The first lines are the present state. A line for each change follows:
    ///
    ///   + client 128: synth [user, pid 4242]
    ///   + port 128:0 -o synth:in
    ///   + 20:0 (keys:MIDI 1) -> 128:0 (synth:in)
    ///
    /// `+` means added, `~` changed, `-` removed. A line without a mark is part of the
    /// present state. `!` means that the command read too slowly and lost announcements;
    /// the differences follow. Ctrl+C ends it with status 0.
    ///
    ///   aseq watch --json | jq .      for other programs
    #[cfg(feature = "watch")]
    #[command(verbatim_doc_comment)]
    Watch(watch::Arguments),
    /// Write manual pages (man1) and completions (completions) into a directory
    #[cfg(feature = "docs")]
    #[command(hide = true)]
    Docs(docs::Arguments),
}

impl Command {
    /// Runs the subcommand.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => list::run(arguments),
            Self::Connect(arguments) => connect::connect(arguments),
            Self::Disconnect(arguments) => connect::disconnect(arguments),
            Self::Dump(arguments) => dump::run(arguments),
            #[cfg(feature = "doctor")]
            Self::Doctor(arguments) => doctor::run(arguments),
            #[cfg(feature = "graph")]
            Self::Graph(arguments) => graph::run(arguments),
            #[cfg(feature = "info")]
            Self::Info(arguments) => info::run(arguments),
            #[cfg(feature = "patch")]
            Self::Patch(arguments) => patch::run(arguments),
            Self::Play(arguments) => play::run(arguments),
            #[cfg(feature = "panic")]
            Self::Panic(arguments) => panic::run(arguments),
            #[cfg(feature = "record")]
            Self::Record(arguments) => record::run(arguments),
            #[cfg(feature = "record")]
            Self::Repair(arguments) => repair::run(arguments),
            #[cfg(feature = "send")]
            Self::Send(arguments) => send::run(arguments),
            #[cfg(feature = "watch")]
            Self::Watch(arguments) => watch::run(arguments),
            #[cfg(feature = "docs")]
            Self::Docs(arguments) => docs::run(arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn every_subcommand_is_described_here_and_nowhere_else() {
        let short = super::Arguments::command();
        let mut whole = short.clone();
        // This runs clap's own checks of all arguments.
        whole.build();
        for subcommand in short.get_subcommands() {
            let name = subcommand.get_name();
            let built = whole.find_subcommand(name).unwrap();
            assert!(subcommand.get_about().is_some(), "{name}");
            let texts = |command: &clap::Command| {
                [command.get_about(), command.get_long_about()]
                    .map(|text| text.map(ToString::to_string))
            };
            assert_eq!(texts(subcommand), texts(built), "{name}");
        }
    }
}
