//! The boards.

use super::kernel::{Kernel, Modules, Package};
use super::qemu::Machine;
use crate::musl::Target;
use crate::musl::target::{
    ARM64, ARMEL, ARMV7, I686, MIPS, MIPSEL, PPC64LE, RISCV64, S390X, X86_64,
};

/// A processor, a kernel, and a machine in which it runs.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) name: &'static str,
    /// The target of our programs.
    pub(super) target: &'static Target,
    pub(super) place: Place,
    /// The difference from the other boards.
    pub(super) about: &'static str,
}

/// The place where a board's programs run.
#[derive(Debug)]
pub(super) enum Place {
    /// In a machine of QEMU.
    Qemu(&'static Kernel, &'static Machine),
    /// In the test kernel.
    TestKernel,
}

/// A kernel of Debian 13.
const fn debian_13(architecture: &'static str, flavour: &'static str) -> Kernel {
    Kernel::Debian(Package {
        suite: "trixie",
        architecture,
        flavour,
        modules: Modules::Sequencer,
    })
}

/// A kernel of Debian 12.
const fn debian_12(architecture: &'static str, flavour: &'static str) -> Kernel {
    Kernel::Debian(Package {
        suite: "bookworm",
        architecture,
        flavour,
        modules: Modules::Sequencer,
    })
}

static ARM64_KERNEL: Kernel = debian_13("arm64", "arm64");
/// A kernel of Debian 13 with modules for a keyboard and a disk.
pub(super) static JOURNEY_KERNEL: Kernel = Kernel::Debian(Package {
    suite: "trixie",
    architecture: "arm64",
    flavour: "arm64",
    modules: Modules::KeyboardAndDisk("virtio_mmio"),
});
static ARMMP_KERNEL: Kernel = debian_13("armhf", "armmp");
static RISCV64_KERNEL: Kernel = debian_13("riscv64", "riscv64");
static PPC64LE_KERNEL: Kernel = debian_13("ppc64el", "powerpc64le");
static S390X_KERNEL: Kernel = debian_13("s390x", "s390x");
static AMD64_KERNEL: Kernel = debian_13("amd64", "amd64");
/// Debian 13 has no kernel of 32 bits for PCs.
static I686_KERNEL: Kernel = debian_12("i386", "686");
/// Debian 13 has no kernel for MIPS either.
static MIPSEL_KERNEL: Kernel = debian_12("mipsel", "4kc-malta");
static MIPS_KERNEL: Kernel = Kernel::Mips;

pub(super) static ARM64_MACHINE: Machine = Machine {
    package: "qemu-system-arm",
    program: "aarch64",
    arguments: &["-M", "virt", "-cpu", "cortex-a57", "-m", "256"],
    console: "ttyAMA0",
};
static ARM_MACHINE: Machine = Machine {
    package: "qemu-system-arm",
    program: "arm",
    arguments: &["-M", "virt", "-m", "256"],
    console: "ttyAMA0",
};
static RISCV64_MACHINE: Machine = Machine {
    package: "qemu-system-riscv",
    program: "riscv64",
    arguments: &["-M", "virt", "-m", "256"],
    console: "ttyS0",
};
static PPC64_MACHINE: Machine = Machine {
    package: "qemu-system-ppc",
    program: "ppc64",
    arguments: &["-M", "pseries", "-m", "512"],
    console: "hvc0",
};
static S390X_MACHINE: Machine = Machine {
    package: "qemu-system-s390x",
    program: "s390x",
    arguments: &["-M", "s390-ccw-virtio", "-m", "256"],
    console: "ttysclp0",
};
static MIPS_MACHINE: Machine = Machine {
    package: "qemu-system-mips",
    program: "mips",
    arguments: &["-M", "malta", "-cpu", "24Kc", "-m", "128"],
    console: "ttyS0",
};
static MIPSEL_MACHINE: Machine = Machine {
    package: "qemu-system-mips",
    program: "mipsel",
    arguments: &["-M", "malta", "-cpu", "24Kf", "-m", "256"],
    console: "ttyS0",
};
static I386_MACHINE: Machine = Machine {
    package: "qemu-system-x86",
    program: "i386",
    arguments: &["-M", "pc", "-m", "256"],
    console: "ttyS0",
};
static X86_64_MACHINE: Machine = Machine {
    package: "qemu-system-x86",
    program: "x86_64",
    arguments: &["-M", "pc", "-m", "512"],
    console: "ttyS0",
};

/// All boards. Boards with the same programs follow each other.
pub(super) static BOARDS: [Board; 13] = [
    Board {
        name: "arm64",
        target: &ARM64,
        place: Place::Qemu(&ARM64_KERNEL, &ARM64_MACHINE),
        about: "64 bits",
    },
    Board {
        name: "armv7",
        target: &ARMV7,
        place: Place::Qemu(&ARMMP_KERNEL, &ARM_MACHINE),
        about: "32 bits",
    },
    Board {
        name: "armv7-on-arm64",
        target: &ARMV7,
        place: Place::Qemu(&ARM64_KERNEL, &ARM64_MACHINE),
        about: "programs of 32 bits on a kernel of 64 bits",
    },
    Board {
        name: "armel",
        target: &ARMEL,
        place: Place::Qemu(&ARMMP_KERNEL, &ARM_MACHINE),
        about: "ARMv6, without a floating point unit",
    },
    Board {
        name: "riscv64",
        target: &RISCV64,
        place: Place::Qemu(&RISCV64_KERNEL, &RISCV64_MACHINE),
        about: "64 bits",
    },
    Board {
        name: "i686",
        target: &I686,
        place: Place::Qemu(&I686_KERNEL, &I386_MACHINE),
        about: "32 bits, numbers of 64 bits are aligned to 32",
    },
    Board {
        name: "i686-on-amd64",
        target: &I686,
        place: Place::Qemu(&AMD64_KERNEL, &X86_64_MACHINE),
        about: "programs of 32 bits on a kernel of 64 bits",
    },
    Board {
        name: "ppc64le",
        target: &PPC64LE,
        place: Place::Qemu(&PPC64LE_KERNEL, &PPC64_MACHINE),
        about: "64 bits, other numbers of ioctls",
    },
    Board {
        name: "s390x",
        target: &S390X,
        place: Place::Qemu(&S390X_KERNEL, &S390X_MACHINE),
        about: "64 bits, big-endian",
    },
    Board {
        name: "mips",
        target: &MIPS,
        place: Place::Qemu(&MIPS_KERNEL, &MIPS_MACHINE),
        about: "32 bits, big-endian, without a floating point unit, UMP",
    },
    Board {
        name: "mipsel",
        target: &MIPSEL,
        place: Place::Qemu(&MIPSEL_KERNEL, &MIPSEL_MACHINE),
        about: "32 bits, without a floating point unit",
    },
    Board {
        name: "amd64",
        target: &X86_64,
        place: Place::Qemu(&AMD64_KERNEL, &X86_64_MACHINE),
        about: "64 bits",
    },
    Board {
        name: "uml",
        target: &X86_64,
        place: Place::TestKernel,
        about: "the test kernel, which has UMP",
    },
];
