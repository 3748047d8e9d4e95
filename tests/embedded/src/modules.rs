//! Loads the modules of a kernel whose sequencer is in modules, without `modprobe`.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;

use crate::Failure;

const DIRECTORY: &str = "/modules";

/// Loads the modules in the order of their names. Before that, `aseq` must report the missing
/// sequencer.
pub(crate) fn load() -> Result<(), Failure> {
    let Ok(entries) = std::fs::read_dir(DIRECTORY) else {
        return Ok(());
    };
    let mut modules = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
    modules.sort();
    if Path::new("/aseq").exists() {
        without_a_sequencer()?;
    }
    for module in modules {
        let name = module.display();
        let bytes = std::fs::read(&module)?;
        nix::kmod::init_module(&bytes, c"")
            .map_err(|error| format!("the kernel does not load {name}: {}", reason(error)))?;
        println!("# {name} is loaded");
    }
    Ok(())
}

/// Returns the meaning of the kernel's error.
fn reason(error: Errno) -> String {
    match error {
        Errno::ENOENT => format!("{error}: no loaded module has a symbol that it wants"),
        _ => error.to_string(),
    }
}

/// Checks the error of `aseq` on a kernel without a sequencer.
fn without_a_sequencer() -> Result<(), Failure> {
    let failed = Command::new("/aseq").arg("list").output()?;
    let said = String::from_utf8_lossy(&failed.stderr);
    println!("# /aseq list, without a sequencer\n{said}");
    if failed.status.code() != Some(1) || !said.contains("CONFIG_SND_SEQUENCER") {
        return Err(format!("CONFIG_SND_SEQUENCER is not named: {failed:?}").into());
    }
    Ok(())
}
