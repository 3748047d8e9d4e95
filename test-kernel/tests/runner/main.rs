//! Tests of the runner from the host. Each test boots its own test kernels.
//!
//! Without a cached test kernel, these tests are skipped and print a message.
//! `TEST_KERNEL_REQUIRED=1` makes that a failure.

// The lints do not know that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
#![allow(clippy::cast_possible_truncation)]

mod command;
mod ends;
mod failures;
mod inherited;
#[path = "../shared/program.rs"]
mod program;
mod signals;
mod streams;
mod support;
mod terminal;
