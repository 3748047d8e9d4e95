//! The runner, driven from the host: each test boots test kernels of its own.
//!
//! Without a cached test kernel they skip, and say so;
//! `TEST_KERNEL_REQUIRED=1` makes that a failure.

// Helpers of tests are tests as well, which the lints cannot know.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
#![allow(clippy::cast_possible_truncation)]

mod command;
mod ends;
mod failures;
mod inherited;
mod signals;
mod streams;
mod support;
mod terminal;
