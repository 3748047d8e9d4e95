//! `aseq graph`: a picture of the connections.

use std::io::{self, Write as _};

use alsa_seq::SequencerClient;

use crate::failure::Failure;
use crate::graph;
use crate::picture::{Picture, dot, svg};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print the text of a DOT file for Graphviz
    #[arg(short, long)]
    dot: bool,
    /// Also show the kernel's own client, clients without ports, and ports that ask not to
    /// be shown
    #[arg(short, long)]
    all: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let control = SequencerClient::open("aseq graph")?;
    let picture = Picture::of(&graph::clients(&control, |_| true)?, arguments.all);
    let text = if arguments.dot {
        dot(&picture)
    } else {
        svg(&picture)
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}
