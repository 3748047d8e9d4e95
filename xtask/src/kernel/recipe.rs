//! What makes a test kernel of a source: its configuration and the few
//! changes older sources need.

use sha2::{Digest as _, Sha256};

use super::Series;

/// Options beyond `tinyconfig`.
pub(crate) const CONFIG: &str = include_str!("../../kernel/uml.config");

/// Options for 6.1, instead of or after those.
const CONFIG_6_1: &str = include_str!("../../kernel/uml-6.1.config");

/// Changes with the way kernels are built.
const REVISION: u8 = 2;

/// The configuration for a series.
pub(crate) fn config(series: Series) -> String {
    if series == Series::OLDEST {
        format!("{CONFIG}{CONFIG_6_1}")
    } else {
        CONFIG.to_owned()
    }
}

/// Names the recipe: kernels built by another one are not used.
pub(crate) fn hash(series: Series) -> String {
    let mut sha = Sha256::new();
    sha.update([REVISION]);
    sha.update(config(series));
    let digest = sha.finalize();
    digest.iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// Up to 6.1, sound/Kconfig shuts ALSA out of User-Mode Linux by one
/// `if !UML` … `endif`. Returns the file without those lines, None if it has
/// none.
pub(crate) fn open_sound(kconfig: &str) -> Option<String> {
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

/// The file that traces the kernel's user processes.
pub(crate) const TRACER: &str = "arch/um/os-Linux/skas/process.c";

/// Each process inside is a traced process outside. Up to 6.10 most of them
/// survive a kernel that is killed, and go on as programs of the host: ours
/// end with their tracer. Returns the file so changed, None if it traces
/// nothing.
pub(crate) fn tie_processes(source: &str) -> Option<String> {
    const OPTION: &str = "PTRACE_O_TRACESYSGOOD";
    const BOTH: &str = "(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)";
    let tied = source.replace(OPTION, BOTH);
    (tied != source).then_some(tied)
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
    fn recipes_differ_by_series_only_where_they_must() {
        let series = |s: &str| s.parse::<Series>().unwrap();
        assert_eq!(hash(series("6.12")), hash(series("7.2")));
        assert_ne!(hash(series("6.12")), hash(series("6.1")));
        assert_eq!(hash(series("6.12")).len(), 12);
    }
}
