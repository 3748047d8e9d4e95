//! The boards.

use super::kernel::Kernel;
use super::qemu::Machine;
use crate::musl::Target;
use crate::musl::target::{ARM64, ARMEL, ARMV7, I686, PPC64LE, RISCV64, S390X, X86_64};

/// A processor, a kernel, and a machine in which it runs.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) name: &'static str,
    /// What our programs are built for.
    pub(super) target: &'static Target,
    pub(super) kernel: &'static Kernel,
    pub(super) machine: &'static Machine,
    /// What is new about it.
    pub(super) about: &'static str,
}

/// A kernel of Debian 13.
const fn debian_13(architecture: &'static str, flavour: &'static str) -> Kernel {
    Kernel {
        suite: "trixie",
        architecture,
        flavour,
    }
}

static ARM64_KERNEL: Kernel = debian_13("arm64", "arm64");
static ARMMP_KERNEL: Kernel = debian_13("armhf", "armmp");
static RISCV64_KERNEL: Kernel = debian_13("riscv64", "riscv64");
static PPC64LE_KERNEL: Kernel = debian_13("ppc64el", "powerpc64le");
static S390X_KERNEL: Kernel = debian_13("s390x", "s390x");
static AMD64_KERNEL: Kernel = debian_13("amd64", "amd64");
/// Debian 13 has no kernel of 32 bits for PCs.
static I686_KERNEL: Kernel = Kernel {
    suite: "bookworm",
    architecture: "i386",
    flavour: "686",
};

static ARM64_MACHINE: Machine = Machine {
    program: "aarch64",
    arguments: &["-M", "virt", "-cpu", "cortex-a57", "-m", "256"],
    console: "ttyAMA0",
};
static ARM_MACHINE: Machine = Machine {
    program: "arm",
    arguments: &["-M", "virt", "-m", "256"],
    console: "ttyAMA0",
};
static RISCV64_MACHINE: Machine = Machine {
    program: "riscv64",
    arguments: &["-M", "virt", "-m", "256"],
    console: "ttyS0",
};
static PPC64_MACHINE: Machine = Machine {
    program: "ppc64",
    arguments: &["-M", "pseries", "-m", "512"],
    console: "hvc0",
};
static S390X_MACHINE: Machine = Machine {
    program: "s390x",
    arguments: &["-M", "s390-ccw-virtio", "-m", "256"],
    console: "ttysclp0",
};
static I386_MACHINE: Machine = Machine {
    program: "i386",
    arguments: &["-M", "pc", "-m", "256"],
    console: "ttyS0",
};
static X86_64_MACHINE: Machine = Machine {
    program: "x86_64",
    arguments: &["-M", "pc", "-m", "512"],
    console: "ttyS0",
};

/// All of them. Boards with the same programs follow each other.
pub(super) static BOARDS: [Board; 10] = [
    Board {
        name: "arm64",
        target: &ARM64,
        kernel: &ARM64_KERNEL,
        machine: &ARM64_MACHINE,
        about: "64 bits",
    },
    Board {
        name: "armv7",
        target: &ARMV7,
        kernel: &ARMMP_KERNEL,
        machine: &ARM_MACHINE,
        about: "32 bits",
    },
    Board {
        name: "armv7-on-arm64",
        target: &ARMV7,
        kernel: &ARM64_KERNEL,
        machine: &ARM64_MACHINE,
        about: "programs of 32 bits on a kernel of 64 bits",
    },
    Board {
        name: "armel",
        target: &ARMEL,
        kernel: &ARMMP_KERNEL,
        machine: &ARM_MACHINE,
        about: "ARMv6, without a floating point unit",
    },
    Board {
        name: "riscv64",
        target: &RISCV64,
        kernel: &RISCV64_KERNEL,
        machine: &RISCV64_MACHINE,
        about: "64 bits",
    },
    Board {
        name: "i686",
        target: &I686,
        kernel: &I686_KERNEL,
        machine: &I386_MACHINE,
        about: "32 bits, numbers of 64 bits are aligned to 32",
    },
    Board {
        name: "i686-on-amd64",
        target: &I686,
        kernel: &AMD64_KERNEL,
        machine: &X86_64_MACHINE,
        about: "programs of 32 bits on a kernel of 64 bits",
    },
    Board {
        name: "ppc64le",
        target: &PPC64LE,
        kernel: &PPC64LE_KERNEL,
        machine: &PPC64_MACHINE,
        about: "64 bits, other numbers of ioctls",
    },
    Board {
        name: "s390x",
        target: &S390X,
        kernel: &S390X_KERNEL,
        machine: &S390X_MACHINE,
        about: "64 bits, big-endian",
    },
    Board {
        name: "amd64",
        target: &X86_64,
        kernel: &AMD64_KERNEL,
        machine: &X86_64_MACHINE,
        about: "64 bits",
    },
];
