//! `cargo xtask musl`: builds `aseq` as one static file, tries it in an image that contains nothing
//! else, and compares it with the programs that it replaces.

mod builder;
mod compiler;
mod cpio;
mod elf;
pub(crate) mod gcc;
mod image;
mod library;
mod measure;
pub(crate) mod target;

use std::process::ExitCode;

use anyhow::Result;

use crate::kernel::{self, Wanted};

pub(crate) use builder::{Builder, check};
pub(crate) use compiler::{Compiler, STD, obtain as compiler, obtain_target};
pub(crate) use image::{BOOT, Contents, boot, boot_image, test_kernel, watch};
pub(crate) use measure::{ROLE as MEASURE, run as measure};
pub(crate) use target::{Target, X86_64};

/// Builds both programs, checks their files, boots them, and measures them.
pub(crate) fn run(wanted: &Wanted) -> Result<ExitCode> {
    let builder = Builder::obtain(&X86_64)?;
    let minimal = builder.minimal()?;
    let program = builder.aseq()?;
    let init = builder.init()?;

    let size = check(&program, &X86_64, builder.allowed(X86_64.limit))?;
    let minimal_size = check(&minimal, &X86_64, builder.allowed(X86_64.minimal_limit))?;
    let kernel = kernel::obtain(wanted, None, false)?;
    for program in [&program, &minimal] {
        boot(&kernel, &init, &[("aseq", program)])?;
    }
    println!("{} bytes  {}", size, program.display());
    println!("{} bytes  {}", minimal_size, minimal.display());
    measure::report(wanted, &program)
}

/// Builds the program with these features only, checks its file, and boots it.
pub(crate) fn run_chosen(wanted: &Wanted, features: &str) -> Result<ExitCode> {
    let builder = Builder::obtain(&X86_64)?;
    let program = builder.chosen(features)?;
    let size = check(&program, &X86_64, builder.allowed(X86_64.limit))?;
    let kernel = kernel::obtain(wanted, None, false)?;
    boot(&kernel, &builder.init()?, &[("aseq", &program)])?;
    println!("{} bytes  {}", size, program.display());
    Ok(ExitCode::SUCCESS)
}

/// The default kernel.
pub(crate) fn default_kernel() -> Wanted {
    Wanted::usual()
}
