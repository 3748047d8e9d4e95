//! `aseq repair`: saves the intact part of a damaged file.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::input;
use crate::people::{complain, shown};
use crate::record::{Existing, Target, with_suffix};
use crate::signals::{Catch, Signals};
use crate::song::{self, Song};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The damaged file, or - for standard input
    file: PathBuf,
    /// The repaired file, or - for standard output [default: take.repaired.mid for
    /// take.mid]
    out: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let path = &arguments.file;
    let signals = Signals::block(Catch::Usual)?;
    let file = input::read(&signals, path, song::is_known)?;
    let name = shown(path);
    let damage = Song::read(&file).err();
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None if path == Path::new("-") => path.clone(),
        None if damage.is_none() => {
            complain(&format_args!("{name} is not damaged"));
            return Ok(());
        }
        None => with_suffix(path, ".repaired"),
    };
    let repaired = match damage {
        Some(_) => song::repair(&file, false).map_err(Failure::song(path))?,
        // A script that names the second file expects it to exist afterwards.
        None => file.clone(),
    };
    let existing = if arguments.force {
        Existing::Replace
    } else {
        Existing::Refuse("--force replaces it")
    };
    let write = || {
        let (mut target, mut file) = Target::open(&out, existing, &signals)?;
        let written = file.write_all(&repaired).and_then(|()| file.sync_all());
        written.inspect_err(|_| target.abandon())?;
        target.install_journal(&file, &signals)
    };
    write().map_err(Failure::file(&out))?;
    let (kept, of, out) = (repaired.len(), file.len(), shown(&out));
    match damage {
        Some(damage) => complain(&format_args!(
            "{name}: {damage}; the intact part is in {out} ({kept} bytes of {of})"
        )),
        None => complain(&format_args!("{name} is not damaged; a copy is in {out}")),
    }
    Ok(())
}
