//! The test kernels, and this project's check of each kernel that it builds.

pub(crate) mod mips;
mod numbers;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use test_kernel::kernel::{
    Origin, Tree, VARIABLE, Wanted, find_any, host_sequencer, pack, tree, version_of,
};

/// Gets a kernel: see [`test_kernel::kernel::obtain`].
pub(crate) fn obtain(wanted: &Wanted, origin: Option<&Origin>, look: bool) -> Result<PathBuf> {
    test_kernel::kernel::obtain(wanted, origin, look, &numbers::check)
}
