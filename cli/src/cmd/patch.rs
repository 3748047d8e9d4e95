//! `aseq patch`: connections by rules in a file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use alsa_seq::{ClientControl, ConnectOptions, SequencerClient, Topology};

use crate::failure::Failure;
use crate::patch::{
    Cards, Keeper, Learned, Lock, Locks, Pair, Pause, Rules, World, is_read_with, open_all,
    read_all, replace, resolve, saved,
};
use crate::people::{complain, shown};
use crate::refusal::{self, explained, undo};
use crate::signals::{Catch, Signals};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write rules for the existing connections
    Save(Save),
    /// Show the work of `apply`, without doing it
    ///
    /// `+` marks a connection that `apply` would make, `=` a connection that exists already, `-` a
    /// connection that `apply` would undo, and `?` a rule that connects nothing. The exit
    /// status is 0 with all of these. It is 1 if a file has a mistake, or if this machine has no
    /// sequencer. The command checks the files first, so it finds mistakes without a sequencer, too.
    Check(Files),
    /// Make the connections now
    ///
    /// It names each rule that connects nothing; the exit status is then 1.
    Apply(Files),
    /// Make the connections, and hold them as devices and programs come and go
    ///
    /// INT, TERM and HUP end it; the connections stay. On USR1, it reads its files again. If
    /// somebody else undoes a connection, it makes the connection again only after one of the
    /// ports was removed and has returned.
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
    /// The file; or a directory, whose files *.toml are read
    #[arg(required_unless_present = "learn")]
    file: Vec<PathBuf>,
    /// Remember in this file the connections that others make and undo
    ///
    /// The command reads the file at the start, and writes it again after each such change.
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
        let path = shown(path);
        let message = format!("{path}: the file exists; --force replaces it");
        return Err(Failure::Other(message));
    }
    replace(path, text.as_bytes()).map_err(Failure::file(path))
}

fn check(files: &Files) -> Result<(), Failure> {
    let rules = read_all(&open_all(&files.file)?)?;
    let control = SequencerClient::open("aseq patch").map_err(|error| {
        Failure::Other(format!(
            "the rules have no mistakes, but they cannot be compared with the ports: {error:#}"
        ))
    })?;
    let (_, world) = look(&control, rules.need_cards())?;
    show(&rules, &world, &mut io::stdout().lock()).map_err(Failure::Output)
}

/// Shows the work of `apply`: `+` connects, `=` is so already, `-` disconnects, `?` does nothing.
fn show(rules: &Rules, world: &World, out: &mut impl Write) -> io::Result<()> {
    let plan = rules.plan(world);
    for pair in plan.wanted.iter() {
        if !world.is_connected(*pair) {
            writeln!(out, "+ {}", world.described_pair(*pair))?;
        } else if plan.exclusive.contains(pair) && !world.is_exclusive(*pair) {
            writeln!(out, "= {}", world.not_exclusive(*pair))?;
        } else {
            writeln!(out, "= {}", world.described_pair(*pair))?;
        }
    }
    for (pair, rule) in rules.forbidden(world) {
        writeln!(out, "- {} ({})", world.described_pair(pair), rule.place)?;
    }
    for unmet in &plan.unmet {
        writeln!(out, "? {}", rules.explain(unmet, world))?;
    }
    out.flush()
}

fn apply(files: &Files) -> Result<(), Failure> {
    let rules = read_all(&open_all(&files.file)?)?;
    let control = SequencerClient::open("aseq patch")?;
    let (_, world) = look(&control, rules.need_cards())?;
    let plan = rules.plan(&world);
    let mut failures = 0_usize;
    let mut fail = |message: &dyn std::fmt::Display| {
        failures += 1;
        complain(message);
    };
    for (pair, _) in rules.forbidden(&world) {
        let connection = alsa_seq::Connection::new(pair.sender, pair.receiver);
        if let Err(failure) = undo(&control, &connection) {
            fail(&failure);
        }
    }
    for pair in plan.wanted.iter() {
        let is_exclusive = plan.exclusive.contains(pair);
        if world.is_connected(*pair) {
            if is_exclusive && !world.is_exclusive(*pair) {
                fail(&world.not_exclusive(*pair));
            }
            continue;
        }
        if let Err(failure) = connect(&control, *pair, is_exclusive) {
            fail(&failure);
        }
    }
    for unmet in &plan.unmet {
        fail(&rules.explain(unmet, &world));
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
    refusal::connect(control, pair.sender, pair.receiver, options)
        .map_err(|error| explained(control, error))
}

fn keep(arguments: &Keep) -> Result<(), Failure> {
    // Before it reads its files: USR1 may come meanwhile.
    let signals = Signals::block(Catch::Reloading)?;
    let learn = match &arguments.learn {
        Some(path) => Some(resolve(path).map_err(Failure::file(path))?),
        None => None,
    };
    let _lock = learn.as_deref().map(Lock::beside).transpose()?;
    let mut locks = Locks::default();
    let mut read = || {
        let sources = open_all(&arguments.file)?;
        let rules = read_all(&sources)?;
        if let Some(path) = &learn {
            if is_read_with(path, &arguments.file, &sources) {
                let path = shown(path);
                let message =
                    format!("{path}: it is one of the files of rules; --learn needs another");
                return Err(Failure::Other(message));
            }
        }
        let learned = learn.as_deref().map(Learned::read).transpose()?;
        locks.change(sources)?;
        Ok((rules, learned))
    };
    let (rules, learned) = read()?;
    let mut keeper = Keeper::new(rules, learned, arguments.quiet)?;
    while keeper.run(&signals)? == Pause::Reload {
        // Rules that could not be written would be lost.
        match keeper.save().and_then(|()| read()) {
            Ok((rules, learned)) => keeper.change(rules, learned),
            Err(failure) => complain(&failure),
        }
    }
    keeper.save()
}
