//! Leaves the unwind tables out of a program that is made small.
//!
//! Nothing unwinds: the release profile aborts at a panic. Yet the standard library, which
//! comes with the compiler, brings its tables, and with them a seventh of the program. No
//! flag of the compiler drops them, so the linker does.

use std::env;

/// Options with which a caller needs the tables, or a linker that does not read this script.
const OTHERWISE: [&str; 7] = [
    "debuginfo",
    "force-unwind-tables",
    "panic=unwind",
    "linker-flavor",
    "mold",
    "gold",
    "wild",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if !is_small() || !is_known() {
        return;
    }
    println!("cargo::rerun-if-changed=unwind-tables.ld");
    let directory = variable("CARGO_MANIFEST_DIR");
    for argument in [
        "--no-eh-frame-hdr".to_owned(),
        format!("-T,{directory}/unwind-tables.ld"),
    ] {
        println!("cargo::rustc-link-arg-bins=-Wl,{argument}");
    }
}

/// Returns whether the profile asks for size, and for nothing that a debugger reads. Only the
/// workspace's own release profile does: a dependent's or an installed crate's does not.
fn is_small() -> bool {
    ["s", "z"].contains(&&*variable("OPT_LEVEL")) && variable("DEBUG") == "false"
}

/// Returns whether this is the linker of a system where this has been tried. (The tables of 32-bit
/// ARM are others.)
fn is_known() -> bool {
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    variable("CARGO_CFG_TARGET_OS") == "linux"
        && variable("CARGO_CFG_TARGET_ENV") == "gnu"
        && variable("CARGO_CFG_TARGET_ARCH") != "arm"
        && !OTHERWISE.iter().any(|word| flags.contains(word))
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
