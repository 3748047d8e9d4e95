//! Connections by names, devices and sockets of their ports, not by numbers: rules in a
//! file, and their meaning for the clients and ports that there are.

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

pub(crate) use atomic::{replace, resolve};
pub use file::check as check_text;
pub(crate) use file::{Rules, is_read_with, open_all, read_all};
pub(crate) use keeper::{Keeper, Pause};
pub(crate) use learned::Learned;
pub(crate) use lock::{Lock, Locks};
pub(crate) use plan::Pair;
pub(crate) use saved::saved;
pub(crate) use world::{Cards, World};
