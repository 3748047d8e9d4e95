//! Files of Debian's archive for the tasks of this project, in the cache.

pub(crate) mod age;
mod clean;
mod root;
mod source;

pub(crate) use test_kernel::workshop::debian::{Apt, Tool, here, in_path, provide, sources};

pub(crate) use clean::clean;
pub(crate) use root::obtain as root;
pub(crate) use source::source;
