//! A page that shows the picture of the connections and follows each change: a small HTTP
//! server for browsers on this machine.
//!
//! One thread waits in one `poll` for the kernel's announcements, for signals and for
//! browsers. It sets a timeout only while a browser has to do something in time. So it needs
//! no processor time while nothing changes.
//!
//! Pages of other sites run in the same browser. The server refuses their requests by the
//! headers `Host` and `Origin`. A request changes connections only if it has the token.

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

/// The options of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) place: Place,
    /// Whether the page may connect and disconnect.
    pub(crate) may_edit: bool,
    /// Whether the picture shows the clients and ports that it usually leaves out.
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
