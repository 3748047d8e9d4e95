//! The targets of static programs.

use object::elf::{EM_386, EM_AARCH64, EM_ARM, EM_MIPS, EM_PPC64, EM_RISCV, EM_S390, EM_X86_64};

use super::elf::Machine;

/// A processor, as Rust and Debian name it.
#[derive(Debug)]
pub(crate) struct Target {
    /// Rust's name.
    pub(crate) triple: &'static str,
    /// Debian's architecture.
    pub(crate) debian: &'static str,
    /// The origin of the C library.
    pub(crate) library: Library,
    /// Size limits of `aseq` with every command, and with the fewest, in bytes: about 5 % above
    /// the sizes in `docs/testing.md`.
    pub(crate) limit: u64,
    pub(crate) minimal_limit: u64,
    /// The machine in the ELF headers of its programs.
    pub(crate) machine: Machine,
    /// Further flags for rustc.
    pub(crate) flags: &'static [&'static str],
}

/// The origin of musl for a target.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Library {
    /// Debian's musl, in this directory of libraries.
    Debian(&'static str),
    /// Debian's musl needs a floating point unit, which Rust's target does not have. So musl is
    /// compiled for MIPS, with this flag for the byte order.
    Mips(&'static str),
}

pub(crate) const X86_64: Target = Target {
    triple: "x86_64-unknown-linux-musl",
    debian: "amd64",
    library: Library::Debian("x86_64-linux-musl"),
    limit: 1_430_000,
    minimal_limit: 665_000,
    machine: Machine::little(EM_X86_64, 64),
    flags: &[],
};

pub(crate) const I686: Target = Target {
    triple: "i686-unknown-linux-musl",
    debian: "i386",
    library: Library::Debian("i386-linux-musl"),
    limit: 1_370_000,
    minimal_limit: 620_000,
    machine: Machine::little(EM_386, 32),
    flags: &[],
};

pub(crate) const ARM64: Target = Target {
    triple: "aarch64-unknown-linux-musl",
    debian: "arm64",
    library: Library::Debian("aarch64-linux-musl"),
    limit: 1_230_000,
    minimal_limit: 590_000,
    machine: Machine::little(EM_AARCH64, 64),
    flags: &[],
};

/// Every ARMv7 has the short instructions of Thumb-2. `docs/embedded.md` has the saved size.
pub(crate) const ARMV7: Target = Target {
    triple: "armv7-unknown-linux-musleabihf",
    debian: "armhf",
    library: Library::Debian("arm-linux-musleabihf"),
    limit: 1_005_000,
    minimal_limit: 465_000,
    machine: Machine::little(EM_ARM, 32),
    flags: &["-C", "target-feature=+thumb-mode"],
};

pub(crate) const ARMEL: Target = Target {
    triple: "arm-unknown-linux-musleabi",
    debian: "armel",
    library: Library::Debian("arm-linux-musleabi"),
    limit: 1_455_000,
    minimal_limit: 665_000,
    machine: Machine::little(EM_ARM, 32),
    flags: &[],
};

pub(crate) const RISCV64: Target = Target {
    triple: "riscv64gc-unknown-linux-musl",
    debian: "riscv64",
    library: Library::Debian("riscv64-linux-musl"),
    limit: 1_205_000,
    minimal_limit: 565_000,
    machine: Machine::little(EM_RISCV, 64),
    flags: &[],
};

pub(crate) const PPC64LE: Target = Target {
    triple: "powerpc64le-unknown-linux-musl",
    debian: "ppc64el",
    library: Library::Debian("powerpc64le-linux-musl"),
    limit: 1_695_000,
    minimal_limit: 795_000,
    machine: Machine::little(EM_PPC64, 64),
    flags: &[],
};

pub(crate) const S390X: Target = Target {
    triple: "s390x-unknown-linux-musl",
    debian: "s390x",
    library: Library::Debian("s390x-linux-musl"),
    limit: 1_620_000,
    minimal_limit: 750_000,
    machine: Machine::big(EM_S390, 64),
    flags: &[],
};

/// OpenWrt's programs for this processor use no floating point unit either.
pub(crate) const MIPS: Target = Target {
    triple: "mips-unknown-linux-musl",
    debian: "mips",
    library: Library::Mips("-EB"),
    limit: 1_915_000,
    minimal_limit: 900_000,
    machine: Machine::big(EM_MIPS, 32),
    flags: &[],
};

pub(crate) const MIPSEL: Target = Target {
    triple: "mipsel-unknown-linux-musl",
    debian: "mipsel",
    library: Library::Mips("-EL"),
    limit: 1_920_000,
    minimal_limit: 900_000,
    machine: Machine::little(EM_MIPS, 32),
    flags: &[],
};

impl Target {
    /// Returns the name of cargo's environment variable for this target.
    pub(super) fn variable(&self, name: &str) -> String {
        let triple = self.triple.replace('-', "_").to_uppercase();
        format!("CARGO_TARGET_{triple}_{name}")
    }
}
