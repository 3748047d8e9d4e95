//! The few changes of the source that every kernel gets where its source needs them.

use sha2::{Digest as _, Sha256};

/// Changes with the way kernels are built.
pub const REVISION: u8 = 6;

/// A name for what these parts together say.
pub fn hash_of(parts: &[&[u8]]) -> String {
    let digest = Sha256::digest(parts.concat());
    digest.iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// The file that offers ALSA.
pub const SOUND: &str = "sound/Kconfig";

/// Up to 6.1, sound/Kconfig shuts ALSA out of User-Mode Linux by one
/// `if !UML` … `endif`. Returns the file without those lines, None if it has
/// none.
pub fn open_sound(kconfig: &str) -> Option<String> {
    let lines: Vec<&str> = kconfig.lines().collect();
    let start = lines.iter().position(|line| line.trim() == "if !UML")?;
    // The block holds others; its own end carries its condition, or is the
    // one that balances.
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

/// The file that sets the rate of the kernel's timer interrupt.
pub const RATE: &str = "arch/um/Kconfig";

/// User-Mode Linux has 100 timer interrupts a second, without a question that
/// the configuration could answer. ALSA's timers may keep the length of one
/// interrupt as their resolution (they read it at a moment of the boot when the
/// kernel may or may not count more finely yet), and queues would then step at
/// 10 ms. With 1000 a second a queue steps at 1 ms on each boot, as on real
/// machines. Returns the file so changed, None if its default is another one.
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

/// Up to 6.12, User-Mode Linux keeps 2696 bytes of a process's vector registers,
/// which is all there is up to AVX-512. A host whose processor has AMX has 11008,
/// and refuses to set only a part of them: the kernel ends with its first
/// process. No process here uses AMX, so the rest is zero: this sets the registers
/// from a buffer that is as large as any host's. Returns the file so changed, None
/// if it sets them in another way.
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

/// Each process inside is a traced process outside. Up to 6.10 most of them
/// survive a kernel that is killed, and go on as programs of the host: ours
/// end with their tracer. Returns the file so changed, None if it traces
/// nothing.
pub fn tie_processes(source: &str) -> Option<String> {
    const OPTION: &str = "PTRACE_O_TRACESYSGOOD";
    const BOTH: &str = "(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)";
    let tied = source.replace(OPTION, BOTH);
    (tied != source).then_some(tied)
}

/// The file that passes the host's signals on as interrupts.
pub const SIGNALS: &str = "arch/um/os-Linux/signal.c";

/// User-Mode Linux keeps the interrupts that come while they are disabled. Where it enables
/// them again it sets what it kept to zero, and then disables interrupts, by two plain stores.
/// Compilers exchange these, and an interrupt of the timer that comes between the two is
/// forgotten: no timer ever runs again, and a kernel that waits for one hangs. It happens now
/// and then on a busy host. Returns the file with the order kept, None if
/// there are no such stores.
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
    fn only_the_uml_condition_goes() {
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
    fn all_registers_are_set_where_a_part_was() {
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
    fn interrupts_are_disabled_after_the_kept_ones_are_taken() {
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
