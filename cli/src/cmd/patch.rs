//! `aseq patch`: connections by what their ports are, from a file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use alsa_seq::{ClientControl, ConnectOptions, ErrorKind, SequencerClient, Topology};

use crate::failure::Failure;
use crate::patch::{Cards, Keeper, Learned, Lock, Pair, Rules, World, read_all, replace, saved};
use crate::people::complain;
use crate::refusal::{explained, undo};
use crate::signals::{Catch, Signals};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write rules for the connections that there are
    Save(Save),
    /// Show what `apply` would do, without doing it
    Check(Files),
    /// Make the connections now
    ///
    /// It names each rule that connects nothing; the exit status is then 1.
    Apply(Files),
    /// Make the connections, and hold them as devices and programs come and go
    ///
    /// A signal ends it; the connections stay. A connection that somebody else undoes is
    /// not made again until one of its ports has gone and come.
    Keep(Keep),
}

#[derive(Debug, clap::Args)]
struct Files {
    /// The file; or a directory, whose files *.toml are read
    #[arg(required = true)]
    file: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Save {
    /// The file, or - for standard output
    file: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct Keep {
    #[command(flatten)]
    files: Files,
    /// Remember in this file which ports are connected and disconnected by others
    ///
    /// It is read at the start, and written anew when that changes.
    #[arg(long, value_name = "FILE")]
    learn: Option<PathBuf>,
    /// Report failures only
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Action::Save(arguments) => save(arguments),
        Action::Check(files) => check(files),
        Action::Apply(files) => apply(files),
        Action::Keep(arguments) => keep(arguments),
    }
}

fn look(control: &ClientControl, needs_cards: bool) -> Result<(Topology, World), Failure> {
    let topology = Topology::snapshot(control)?;
    let world = World::new(&topology, control.id(), &mut Cards::default(), needs_cards);
    Ok((topology, world))
}

fn save(arguments: &Save) -> Result<(), Failure> {
    let path = &arguments.file;
    let control = SequencerClient::open("aseq patch")?;
    let (topology, world) = look(&control, true)?;
    let (text, problems) = saved(&topology, &world);
    for problem in problems {
        complain(&problem);
    }
    if path == Path::new("-") {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        return written.map_err(Failure::Output);
    }
    if !arguments.force && path.symlink_metadata().is_ok() {
        let path = path.display();
        let message = format!("{path}: the file exists; --force replaces it");
        return Err(Failure::Other(message));
    }
    replace(path, text.as_bytes()).map_err(Failure::file(path))
}

fn check(files: &Files) -> Result<(), Failure> {
    let rules = read_all(&files.file)?;
    let control = SequencerClient::open("aseq patch")?;
    let (_, world) = look(&control, rules.need_cards())?;
    show(&rules, &world, &mut io::stdout().lock()).map_err(Failure::Output)
}

/// What would be done: `+` connects, `=` is so already, `-` disconnects, `?` does nothing.
fn show(rules: &Rules, world: &World, out: &mut impl Write) -> io::Result<()> {
    let plan = rules.plan(world);
    for pair in plan.wanted.iter() {
        let mark = if world.is_connected(*pair) { '=' } else { '+' };
        writeln!(out, "{mark} {}", world.described_pair(*pair))?;
    }
    for pair in &rules.forbidden(world) {
        let pair_text = world.described_pair(*pair);
        match rules.forbidding(world, *pair) {
            Some(rule) => writeln!(out, "- {pair_text} ({})", rule.place)?,
            None => writeln!(out, "- {pair_text}")?,
        }
    }
    for unmet in &plan.unmet {
        writeln!(out, "? {}: {}", unmet.place, unmet.reason)?;
    }
    out.flush()
}

fn apply(files: &Files) -> Result<(), Failure> {
    let rules = read_all(&files.file)?;
    let control = SequencerClient::open("aseq patch")?;
    let (_, world) = look(&control, rules.need_cards())?;
    let plan = rules.plan(&world);
    let mut failures = 0_usize;
    let mut fail = |message: &dyn std::fmt::Display| {
        failures += 1;
        complain(message);
    };
    for pair in &rules.forbidden(&world) {
        let connection = alsa_seq::Connection::new(pair.sender, pair.receiver);
        if let Err(failure) = undo(&control, &connection) {
            fail(&failure);
        }
    }
    for pair in plan.wanted.iter() {
        if world.is_connected(*pair) {
            continue;
        }
        if let Err(failure) = connect(&control, *pair, plan.exclusive.contains(pair)) {
            fail(&failure);
        }
    }
    for unmet in &plan.unmet {
        fail(&format_args!("{}: {}", unmet.place, unmet.reason));
    }
    match failures {
        0 => Ok(()),
        1 => Err(Failure::Other("one rule or connection failed".to_owned())),
        many => Err(Failure::Other(format!(
            "{many} rules or connections failed"
        ))),
    }
}

fn connect(control: &ClientControl, pair: Pair, exclusive: bool) -> Result<(), Failure> {
    let options = ConnectOptions::new().exclusive(exclusive);
    match control.connect(pair.sender, pair.receiver, options) {
        // Somebody else was faster.
        Err(error)
            if error.kind() == ErrorKind::Busy
                && control.connection(pair.sender, pair.receiver).is_ok() =>
        {
            Ok(())
        }
        Err(error) => Err(explained(control, error)),
        Ok(()) => Ok(()),
    }
}

fn keep(arguments: &Keep) -> Result<(), Failure> {
    let mut locks = Vec::new();
    for path in &arguments.files.file {
        locks.push(Lock::of(path)?);
    }
    let rules = read_all(&arguments.files.file)?;
    let learned = match &arguments.learn {
        Some(path) => {
            locks.push(Lock::beside(path)?);
            Some(Learned::read(path)?)
        }
        None => None,
    };
    let signals = Signals::block(Catch::Usual)?;
    Keeper::new(rules, learned, arguments.quiet)?.run(&signals)
}
