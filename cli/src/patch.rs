//! Connections by what their ports are, not by their numbers: rules in a file, and what
//! they mean for the clients and ports that there are.

mod atomic;
mod endpoint;
mod file;
mod keeper;
mod learned;
mod lock;
mod notify;
mod pattern;
mod plan;
mod saved;
mod sorted;
mod world;

pub(crate) use atomic::replace;
pub use file::check as check_text;
pub(crate) use file::{Rules, read_all};
pub(crate) use keeper::Keeper;
pub(crate) use learned::Learned;
pub(crate) use lock::Lock;
pub(crate) use plan::Pair;
pub(crate) use saved::saved;
pub(crate) use world::{Cards, World};
