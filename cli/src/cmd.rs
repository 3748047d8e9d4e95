//! The subcommands.

pub(crate) mod connect;
#[cfg(feature = "docs")]
pub(crate) mod docs;
pub(crate) mod dump;
pub(crate) mod list;
pub(crate) mod play;
#[cfg(feature = "record")]
pub(crate) mod record;
#[cfg(feature = "send")]
pub(crate) mod send;
