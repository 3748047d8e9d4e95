//! Validates with the schema of CycloneDX, with a library of that project.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::{interpreter, venv};
use crate::steps::{self, Gauge};

const PACKAGES: [&str; 1] = ["cyclonedx-python-lib[json-validation]==11.12.0"];

const SCRIPT: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

for name in sys.argv[1:]:
    with open(name, encoding='utf-8') as file:
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
    if error:
        sys.exit(f'{name}: {error}')
";

/// Fails unless each document is valid CycloneDX 1.6.
pub(crate) fn validate(documents: &[PathBuf]) -> Result<()> {
    let venv = venv::with("sbom", &interpreter::own()?, &PACKAGES)?;
    let mut python = Command::new(venv.program("python3"));
    python.args(["-c", SCRIPT]).args(documents);
    steps::run(
        "validating the bill of materials",
        &Gauge::Time,
        &mut python,
    )?;
    Ok(())
}
