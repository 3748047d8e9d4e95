//! Programs of other projects for the tests.

mod alsa_utils;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

pub(crate) use alsa_utils::{Newest, newest, with_library as alsa_utils_with};

use crate::debian::{Tool, provide};
use crate::steps::{self, Gauge};
use crate::{cache, debian, workspace};

/// The tools to build a program with libasound.
pub(crate) const LIBASOUND: [Tool; 2] = [
    Tool::program("cc", "gcc"),
    Tool {
        name: "libasound's headers",
        package: "libasound2-dev",
        file: Some("/usr/include/alsa/seq.h"),
    },
];

/// Programs that play to us, record from us and connect our ports; and headers for the C compilers,
/// to compare the kernel's ABI.
const TOOLS: [Tool; 4] = [
    Tool::program("aconnect", "alsa-utils"),
    Tool::program("strace", "strace"),
    Tool {
        name: "the kernel's headers",
        package: "linux-libc-dev",
        file: Some("/usr/include/sound/asequencer.h"),
    },
    Tool {
        name: "a 32-bit C library (for cc -m32)",
        package: "gcc-multilib",
        file: Some("/usr/lib32/crt1.o"),
    },
];

/// Parts of Python that Debian has in separate packages, and that a virtual environment needs.
pub(crate) const VENV: Tool = Tool {
    name: "Python's venv",
    package: "python3-venv",
    file: Some("/var/lib/dpkg/info/python3-venv.list"),
};

/// Installs the missing programs if that is possible without a question. Otherwise prints the
/// necessary command and continues, because each test that misses a program reports it, too.
pub(crate) fn obtain() -> Result<()> {
    let mut tools = [&TOOLS[..], &LIBASOUND].concat();
    if debian::here() {
        tools.push(VENV);
    }
    warn_only(provide("testing against other programs", &tools))?;
    warn_only(alsa_utils::obtain().map(|_| ()))?;
    warn_only(python())
}

pub(crate) fn warn_only(result: Result<()>) -> Result<()> {
    match result {
        Err(e) if e.is::<steps::Interrupted>() => Err(e),
        Err(e) => {
            steps::note(&format!("{e:#}"));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Returns a Python with python-alsa-midi and mido, after [`python`].
pub(crate) fn python_program() -> Result<Option<PathBuf>> {
    let cached = cache::dir()?.join("python/bin/python3");
    let named = std::env::var_os("ALSA_SEQ_PYTHON").map(PathBuf::from);
    Ok([named, Some(cached), Some("python3".into())]
        .into_iter()
        .flatten()
        .find(|python| has_libraries(python)))
}

/// Installs python-alsa-midi and mido from PyPI, in a virtual environment in the cache.
pub(crate) fn python() -> Result<()> {
    let cache = cache::dir()?;
    std::fs::create_dir_all(&cache).with_context(|| format!("create {}", cache.display()))?;
    let _lock = cache::lock(&cache.join("python.lock"), || {
        steps::note("Python libraries are being installed; waiting for them");
    })?;
    if has_libraries(&cache.join("python/bin/python3")) || has_libraries(Path::new("python3")) {
        return Ok(());
    }
    let setup = workspace::root()?.join("tests/peers/setup.sh");
    steps::run(
        "installing python-alsa-midi and mido in the cache",
        &Gauge::Time,
        Command::new("sh").arg(setup),
    )?;
    Ok(())
}

fn has_libraries(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import alsa_midi, mido"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
