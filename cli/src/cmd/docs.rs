//! `aseq docs`: manual pages, and completions for shells. Packagers run it; it is
//! in no program that is installed.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::{Shell, generate_to};

use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The directory, which is created if need be
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
    page(&command, "aseq", &pages)?;
    for subcommand in command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        let name = subcommand.get_name();
        if name != "help" {
            page(subcommand, &format!("aseq-{name}"), &pages)?;
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
