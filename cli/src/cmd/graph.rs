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
    /// Serve a page that shows the picture, at a TCP port of this machine: PORT,
    /// 127.0.0.1:PORT or [::1]:PORT; without a value, at any free port
    #[cfg(feature = "serve")]
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0", conflicts_with = "dot")]
    serve: Option<crate::serve::Place>,
    /// Let the page connect and disconnect, if it is opened at the printed address
    #[cfg(feature = "serve")]
    #[arg(long, requires = "serve")]
    allow_edit: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    #[cfg(feature = "serve")]
    if let Some(place) = arguments.serve {
        return crate::serve::run(&crate::serve::Options {
            place,
            may_edit: arguments.allow_edit,
            with_all: arguments.all,
        });
    }
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
