//! `aseq docs`: writes manual pages and completions for shells. Packagers run it;
//! installed programs do not contain it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::{Shell, generate_to};

use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The directory, which is created if it does not exist
    directory: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let pages = arguments.directory.join("man1");
    let completions = arguments.directory.join("completions");
    for directory in [&pages, &completions] {
        fs::create_dir_all(directory).map_err(Failure::file(directory))?;
    }
    let mut command = super::Arguments::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish] {
        generate_to(shell, &mut command, "aseq", &completions)
            .map_err(Failure::file(&completions))?;
    }
    command.build();
    pages_of(&command, "aseq", &pages)
}

/// Writes the page of a command and the pages of its subcommands.
fn pages_of(command: &clap::Command, name: &str, directory: &Path) -> Result<(), Failure> {
    page(command, name, directory)?;
    let shown = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    for subcommand in shown {
        let of = subcommand.get_name();
        if of != "help" {
            pages_of(subcommand, &format!("{name}-{of}"), directory)?;
        }
    }
    Ok(())
}

fn page(command: &clap::Command, name: &str, directory: &Path) -> Result<(), Failure> {
    let file = directory.join(format!("{name}.1"));
    let mut text = Vec::new();
    let command = command.clone().display_name(name.to_owned());
    clap_mangen::Man::new(command)
        .render(&mut text)
        .and_then(|()| fs::write(&file, text))
        .map_err(Failure::file(&file))
}
