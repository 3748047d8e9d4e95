//! Tools to build kernels: long work in steps, the cache, Debian's archive.
//!
//! The tasks of this crate's repository use them, too. They are not a part of the crate's
//! interface, and may change with each version.

pub mod cache;
pub mod debian;
pub mod ignored;
pub mod own;
pub mod steps;
