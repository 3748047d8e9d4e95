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

macro_rules! exit_status {
    () => {
        "Exit status: 0 if all went well, 1 if something failed (a port or file that is not there,\n\
         an event that was not delivered), 2 if the arguments are wrong whatever is there,\n\
         128 + N if signal N ended it (130 for Ctrl+C)."
    };
}

/// Play, record, route and show MIDI through the ALSA sequencer
///
///   aseq list                       what there is, and what is connected
///   aseq connect keys synth         by name, or 20:0 128:0 by number
///   aseq dump -p keys               what a keyboard sends
///   aseq play song.mid -p synth
///
/// An ADDRESS is CLIENT:PORT in numbers (128:0), a client's number or name
/// alone, which stands for its port 0, or CLIENT:PORT by name or number
/// ('Midi Through:0'). A name may be shortened as long as it is still the only
/// one that fits.
#[derive(Debug, Parser)]
#[command(name = "aseq", version, after_help = AFTER, verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[cfg(not(all(
    feature = "doctor",
    feature = "graph",
    feature = "patch",
    feature = "watch"
)))]
macro_rules! left_out {
    () => {
        "This build is without some of the commands doctor, graph, patch and watch. A build with\n\
         the feature `full` has them all.\n\n"
    };
}
#[cfg(all(
    feature = "doctor",
    feature = "graph",
    feature = "patch",
    feature = "watch"
))]
macro_rules! left_out {
    () => {
        ""
    };
}

#[cfg(feature = "old-names")]
const AFTER: &str = concat!(
    "Called as (or through a link named) aconnect, aseqdump, aplaymidi, arecordmidi, aseqsend,\n\
     aseqnet, aplaymidi2 or arecordmidi2, it is that program of alsa-utils; so is, for example,\n\
     aseq aconnect -l.\n\n",
    left_out!(),
    exit_status!()
);
#[cfg(not(feature = "old-names"))]
const AFTER: &str = concat!(left_out!(), exit_status!());

// `defer`: the arguments of a subcommand are built only if it is the one that is
// asked for. To build them all takes longer than to list what there is. What each
// is for has to stand here, then, where the program's own help finds it.
#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List clients, their ports, and what these are connected to
    ///
    /// Each port is shown with what others can do with it: `i`, connect from it;
    /// `o`, connect to it. Behind `->` stands a port that it sends to, behind `<-`
    /// one that it receives from.
    List(list::Arguments),
    /// Connect two ports: what SENDER sends goes to RECEIVER
    ///
    ///   aseq connect keys synth
    ///   aseq connect 20:0 'FLUID Synth:Input'
    ///   aseq connect --real 0 keys recorder   stamped with the time of queue 0
    ///
    /// Ports that are connected already, and in the way that is asked for, are no
    /// failure: it says so, and the exit status is 0. If another connection has one
    /// of the ports for itself, it is 1.
    #[command(verbatim_doc_comment)]
    Connect(connect::ConnectArguments),
    /// Disconnect two ports, or many
    ///
    ///   aseq disconnect keys synth
    ///   aseq disconnect --all synth   whatever synth's ports send or receive
    ///   aseq disconnect --all 20:1    whatever this port sends or receives
    ///   aseq disconnect --all         everything
    ///
    /// It names each connection that only its owners may undo; the exit status is
    /// then 1. Without a name, it passes over the hidden connections by which programs
    /// listen to the kernel's announcements.
    #[command(verbatim_doc_comment)]
    Disconnect(connect::DisconnectArguments),
    /// Show what arrives, one line for each event
    ///
    /// Without --port, it waits for others to connect to its own port, which it
    /// names on standard error. Ctrl+C ends it, which is no failure.
    ///
    ///   aseq dump -p keys                     what a keyboard sends
    ///   aseq dump -p 0:1                      who comes, goes, and is connected
    ///   aseq dump -p keys --type notes --channel 1-9,11
    ///   aseq dump -p keys --json | jq .event  for other programs
    #[command(verbatim_doc_comment)]
    Dump(dump::Arguments),
    /// Find out why there is no sequencer, or why nothing is heard
    ///
    /// It looks at the device, its permissions, the kernel's modules and the container;
    /// then at clients, ports, connections and queues. For each problem it names commands
    /// that help. It changes nothing. If it finds a problem, the exit status is 1.
    #[cfg(feature = "doctor")]
    Doctor(doctor::Arguments),
    /// Draw a picture of the connections, as SVG
    ///
    ///   aseq graph > connections.svg
    ///   aseq graph --dot | dot -Tpng > connections.png
    ///
    /// Events go from left to right. Hardware, programs and the kernel's clients have
    /// different colours; a dashed line is an exclusive connection.
    #[cfg(feature = "graph")]
    #[command(verbatim_doc_comment)]
    Graph(graph::Arguments),
    /// Show what is in a file: its length, tempo, ports, events and texts
    ///
    /// For every file that `aseq play` takes. Ports are counted from 1, as the
    /// addresses of `aseq play` that they stand for.
    #[cfg(feature = "info")]
    Info(info::Arguments),
    /// Play songs
    ///
    /// Standard MIDI files of formats 0, 1 and 2 (whose tracks are played one after
    /// the other), also within RIFF; MIDI clips (SMF2CLIP), for Linux 6.5 and newer;
    /// and system-exclusive messages (.syx), as fast as a MIDI cable carries them.
    ///
    /// If a file names ports (meta event 21h), its port N is the Nth ADDRESS, over
    /// and over; so are the groups of a clip, but those that have none go to the
    /// first. Ctrl+C stops it, and all notes with it. Of a file that is cut off, it plays
    /// what is whole, and fails.
    Play(play::Arguments),
    /// Record a standard MIDI file
    ///
    /// It ends with Ctrl+C, or after --events. Notes, controllers and the like are
    /// recorded, and system-exclusive messages; clocks and other messages about the
    /// present moment are not.
    ///
    /// Until it ends, the recording of take.mid is in take.recording.mid beside it.
    /// That is a song at every moment, of what was played until half a second ago: a
    /// crash or a power cut leaves something to play. It stays until somebody moves
    /// or removes it; later recordings take other names.
    ///
    /// A file that exists is not touched without --force, and with --force not before
    /// the recording is whole. Where nothing can be made beside the file, the
    /// recording is in the directory for temporary files until it ends.
    ///
    /// A port that goes away is recorded again when it returns under its name.
    #[cfg(feature = "record")]
    Record(record::Arguments),
    /// Silence everything: end all notes, and bring every channel to rest
    ///
    ///   aseq panic            every port that others may write to
    ///   aseq panic synth 20:1   all writable ports of a client, and one port
    ///
    /// On each of the 16 channels, pedals go up, all notes and sounds end, and
    /// controllers, pitch bend and pressure return to rest; on MIDI 2.0 endpoints in
    /// each group. Volume, pan and program stay. To hardware, it sends no faster than
    /// a MIDI cable. It names each port that did not get everything; the exit status
    /// is then 1.
    #[cfg(feature = "panic")]
    #[command(verbatim_doc_comment)]
    Panic(panic::Arguments),
    /// Connect ports by what they are, from a file, and hold the connections
    ///
    ///   aseq patch save studio.toml    what is connected now
    ///   aseq patch check studio.toml   what the file means now
    ///   aseq patch apply studio.toml   connect, once
    ///   aseq patch keep studio.toml    connect, and hold as devices come and go
    ///
    /// The file has rules:
    ///
    ///   [[connect]]
    ///   from = { usb = "0582:01af", serial = "SN42", port = "MIDI 1" }
    ///   to = ["FLUID Synth*", "ZynAddSubFX"]   the first of these that there is
    ///
    ///   [[forbid]]
    ///   from = "*"
    ///   to = { kind = "hardware" }
    ///
    /// An end is "CLIENT", "CLIENT:PORT", or a table of client, port, kind ("hardware" or
    /// "program"), card (id or name), usb ("VENDOR:PRODUCT"), serial and usb_port. In
    /// names, * stands for any characters and ? for one. Without a port, `connect` means
    /// the first, and `forbid` all. Every port that fits is connected. What a rule forbids
    /// is disconnected.
    #[cfg(feature = "patch")]
    #[command(verbatim_doc_comment)]
    Patch(patch::Arguments),
    /// Save what is whole of a damaged file
    ///
    /// Of each track of a MIDI file, what is before the first event that is cut off or
    /// is none; of a clip the packets, of a .syx file the messages before that. The
    /// damaged file stays as it is. A file that is whole is copied if the second file
    /// is named.
    ///
    ///   aseq repair take.mid           to take.repaired.mid
    ///   aseq repair take.mid new.mid
    #[cfg(feature = "record")]
    #[command(verbatim_doc_comment)]
    Repair(repair::Arguments),
    /// Send events, in words or in bytes
    ///
    /// WORDS are names with numbers, hexadecimal bytes, and times to wait:
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
    /// A wrong line of standard input is reported, and those behind it are sent; the
    /// exit status is 1 then.
    ///
    /// It fails if an event does not reach its port. To hardware, it sends no faster
    /// than a MIDI cable; a program is waited for until it has room.
    #[cfg(feature = "send")]
    #[command(verbatim_doc_comment)]
    Send(send::Arguments),
    /// Show clients, ports and connections as they come, change and go
    ///
    /// First come those that there are, and then each change:
    ///
    ///   + client 128: synth [user, pid 4242]
    ///   + port 128:0 -o synth:in
    ///   + 20:0 (keys:MIDI 1) -> 128:0 (synth:in)
    ///
    /// `+` is new, `~` has changed, `-` is gone; a line without a mark was there before.
    /// `!` says that announcements were lost because nobody read them in time; the
    /// differences follow. Ctrl+C ends it, which is no failure.
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
    /// Does what was asked for.
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
        // With clap's own checks of all arguments.
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
