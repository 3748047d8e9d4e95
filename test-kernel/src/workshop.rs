//! How kernels are made: long work in steps, the cache, Debian's archive.
//!
//! The tasks of the repository that this crate is developed in use it, too. It is no part of
//! the crate's interface, and may change with each version.

pub mod cache;
pub mod debian;
pub mod ignored;
pub mod own;
pub mod steps;
