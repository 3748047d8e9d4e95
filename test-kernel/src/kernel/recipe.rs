//! The changes that every kernel's source gets, if the source needs them.

use sha2::{Digest as _, Sha256};

/// Increased when the way of building kernels changes.
pub const REVISION: u8 = 6;

/// Returns a name for the joined content of these parts.
pub fn hash_of(parts: &[&[u8]]) -> String {
    let digest = Sha256::digest(parts.concat());
    digest.iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// The file with the option for ALSA.
pub const SOUND: &str = "sound/Kconfig";

/// Up to 6.1, sound/Kconfig excludes ALSA from User-Mode Linux with one `if !UML` … `endif`.
/// Returns the file without these lines, or None if it does not have them.
pub fn open_sound(kconfig: &str) -> Option<String> {
    let lines: Vec<&str> = kconfig.lines().collect();
    let start = lines.iter().position(|line| line.trim() == "if !UML")?;
    // The block contains other blocks. Its own `endif` has the condition in a comment, or matches
    // its `if`.
    let mut depth = 0_usize;
    let mut end = None;
    for (n, line) in lines.iter().enumerate().skip(start) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("if") => depth += 1,
            Some("endif") => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = Some(n);
                    break;
                }
            }
            _ => {}
        }
    }
    let end = end?;
    let mut open = String::new();
    for (n, line) in lines.iter().enumerate() {
        if n != start && n != end {
            open.push_str(line);
            open.push('\n');
        }
    }
    Some(open)
}

/// The file with the rate of the kernel's timer interrupt.
pub const RATE: &str = "arch/um/Kconfig";

/// User-Mode Linux has 100 timer interrupts a second, and no configuration option for another rate.
/// ALSA's timers may use the length of one interrupt as their resolution. They read the resolution
/// at a moment of the boot when the kernel may or may not have a finer clock already. With the
/// length of an interrupt, queues step at 10 ms. With 1000 interrupts a second, a queue steps at 1
/// ms on each boot, as on real machines. Returns the changed file, or None if its default is not
/// 100.
pub fn quicken(kconfig: &str) -> Option<String> {
    let mut lines = Vec::new();
    let mut in_rate = false;
    let mut changed = false;
    for line in kconfig.lines() {
        if let Some(name) = line.strip_prefix("config ") {
            in_rate = name.trim() == "HZ";
        }
        if in_rate && line.split_whitespace().eq(["default", "100"]) {
            lines.push("\tdefault 1000");
            changed = true;
        } else {
            lines.push(line);
        }
    }
    changed.then(|| lines.join("\n") + "\n")
}

/// The file that sets the vector registers of the kernel's user processes.
pub const REGISTERS: &str = "arch/x86/um/os-Linux/registers.c";

/// Up to 6.12, User-Mode Linux stores 2696 bytes of a process's vector registers, which includes
/// all registers up to AVX-512. A host whose processor has AMX has 11008 bytes, and refuses to set
/// only a part of them. Then the kernel ends with its first process. No process here uses AMX, so
/// the remaining bytes are zero. The change sets the registers from a buffer that is as large as
/// any host's. Returns the changed file, or None if it sets the registers in another way.
pub fn set_all_registers(source: &str) -> Option<String> {
    const INCLUDES: &str = "#include <linux/elf.h>\n";
    const BUFFER: &str = "#include <string.h>\n\nstatic char all_registers[1 << 16];\n";
    const PART: &str = "\
\t\tiov.iov_base = fp_regs;
\t\tiov.iov_len = FP_SIZE * sizeof(unsigned long);
\t\tif (ptrace(PTRACE_SETREGSET, ";
    const ALL: &str = "\
\t\tmemcpy(all_registers, fp_regs, FP_SIZE * sizeof(unsigned long));
\t\tiov.iov_base = all_registers;
\t\tiov.iov_len = sizeof(all_registers);
\t\tif (ptrace(PTRACE_SETREGSET, ";
    if !source.contains(PART) {
        return None;
    }
    Some(
        source
            .replace(PART, ALL)
            .replacen(INCLUDES, &format!("{INCLUDES}{BUFFER}"), 1),
    )
}

/// The file that traces the kernel's user processes.
pub const TRACER: &str = "arch/um/os-Linux/skas/process.c";

/// Each process inside is a traced process outside. Up to 6.10, most of these processes survive
/// when the kernel is killed, and continue as programs of the host. The change ends them with their
/// tracer. Returns the changed file, or None if it does not trace processes.
pub fn tie_processes(source: &str) -> Option<String> {
    const OPTION: &str = "PTRACE_O_TRACESYSGOOD";
    const BOTH: &str = "(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)";
    let tied = source.replace(OPTION, BOTH);
    (tied != source).then_some(tied)
}

/// The file that passes the host's signals on as interrupts.
pub const SIGNALS: &str = "arch/um/os-Linux/signal.c";

/// While interrupts are disabled, User-Mode Linux stores incoming interrupts. When it enables them
/// again, it sets the stored value to zero and then disables interrupts, with two plain stores.
/// Compilers exchange these stores, and an interrupt of the timer that arrives between them is
/// lost. After that, no timer runs, and a kernel that waits for one hangs. This happens
/// occasionally on a busy host. Returns the file with a fixed order, or None if it does not have
/// these stores.
pub fn keep_interrupts(source: &str) -> Option<String> {
    const STORE: &str = "\t\tsignals_pending = 0;\n";
    const IN_ORDER: &str = "\t\tsignals_pending = 0;\n\t\tbarrier();\n";
    let kept = source.replace(STORE, IN_ORDER);
    (kept != source).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_uml_condition_is_removed() {
        let kconfig = "menuconfig SOUND\n\nif SOUND\nif !UML\nconfig A\nif B\nconfig C\nendif # B\n\
                       endif # !UML\nconfig D\nendif # SOUND\n";
        assert_eq!(
            open_sound(kconfig).as_deref(),
            Some(
                "menuconfig SOUND\n\nif SOUND\nconfig A\nif B\nconfig C\nendif # B\nconfig D\nendif # SOUND\n"
            )
        );
        assert_eq!(open_sound("if SOUND\nendif\n"), None);
        assert_eq!(open_sound("if !UML\n"), None);
    }

    #[test]
    fn only_the_rate_of_the_timer_changes() {
        let kconfig = "config A\n\tint\n\tdefault 100\n\nconfig HZ\n\tint\n\tdefault 100\n\nconfig B\n\tdefault 100\n";
        assert_eq!(
            quicken(kconfig).as_deref(),
            Some(
                "config A\n\tint\n\tdefault 100\n\nconfig HZ\n\tint\n\tdefault 1000\n\nconfig B\n\tdefault 100\n"
            )
        );
        assert_eq!(quicken("config HZ\n\tint\n\tdefault 250\n"), None);
    }

    #[test]
    fn all_registers_are_set_in_place_of_a_part() {
        let source = "#include <linux/elf.h>\nget\n\
                      \t\tiov.iov_base = fp_regs;\n\
                      \t\tiov.iov_len = FP_SIZE * sizeof(unsigned long);\n\
                      \t\tif (ptrace(PTRACE_GETREGSET, pid)\nset\n\
                      \t\tiov.iov_base = fp_regs;\n\
                      \t\tiov.iov_len = FP_SIZE * sizeof(unsigned long);\n\
                      \t\tif (ptrace(PTRACE_SETREGSET, pid)\n";
        let changed = set_all_registers(source).unwrap();
        assert_eq!(changed.matches("all_registers").count(), 4);
        let (get, set) = changed.split_once("set\n").unwrap();
        assert!(get.contains("iov.iov_base = fp_regs;"), "{get}");
        assert!(set.contains("iov.iov_base = all_registers;"), "{set}");
        assert_eq!(set_all_registers("iov.iov_len = host_fp_size;"), None);
    }

    #[test]
    fn interrupts_are_disabled_after_the_stored_ones_are_read() {
        let source = "\t\tsave_pending = signals_pending;\n\n\t\tsignals_pending = 0;\n\n\t\tsignals_enabled = 0;\n";
        assert_eq!(
            keep_interrupts(source).as_deref(),
            Some(
                "\t\tsave_pending = signals_pending;\n\n\t\tsignals_pending = 0;\n\t\tbarrier();\n\n\t\tsignals_enabled = 0;\n"
            )
        );
        assert_eq!(keep_interrupts("\tsignals_pending = 0;\n"), None);
    }
}
