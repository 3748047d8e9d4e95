//! The picture of the connections as a page that follows them: a small HTTP server, for this
//! machine's browsers alone.
//!
//! One thread does everything, in one `poll`: the announcements of the kernel, the signals,
//! the browsers. It has a timer only while somebody has to be waited for, so it takes no
//! processor time while nothing changes.
//!
//! Pages of other sites run in the same browser. Requests from them are refused by their
//! headers `Host` and `Origin`; and only somebody who knows the token changes connections.

mod answer;
mod browser;
mod edit;
mod place;
mod request;
mod secret;
mod server;

use std::io;
use std::os::fd::AsFd as _;

use crate::failure::Failure;
use crate::lines::Lines;
use crate::people::say;
use crate::signals::{Catch, Signals};
use secret::{Random, Token};
use server::Server;

pub(crate) use place::Place;
pub use request::check as check_request;

/// What is served, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) place: Place,
    /// Whether the page may connect and disconnect.
    pub(crate) may_edit: bool,
    /// What a picture leaves out, too.
    pub(crate) with_all: bool,
}

/// Serves the page until a signal comes. Prints the page's address.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let signals = Signals::block(Catch::Usual)?;
    let random = Random::open()?;
    let token = options.may_edit.then(|| random.token()).transpose()?;
    let mut server = Server::open(options, random, token.clone())?;
    let stdout = io::stdout();
    let mut out = Lines::new(&signals, stdout.as_fd());
    let fragment = token.as_ref().map(Token::fragment).unwrap_or_default();
    let address = server.address();
    out.waiting
        .extend_from_slice(format!("http://{address}/{fragment}\n").as_bytes());
    out.write()?;
    say(&"Open this address in a browser. Press Ctrl+C to end.");
    server.serve(&signals)
}
