//! The subcommands.

pub(crate) mod connect;
pub(crate) mod dump;
pub(crate) mod list;
pub(crate) mod play;
pub(crate) mod record;
pub(crate) mod send;
