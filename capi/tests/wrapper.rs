//! The script that starts programs on our library: if the loader would ignore our file, it fails.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Starts `true` with a copy of the script in a directory with this name. Returns whether it
/// succeeded, and its standard error.
fn start(name: &str, options: &[&str], has_files: bool) -> (bool, String) {
    let base =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wrapper-{}", std::process::id()));
    let home = base.join(name);
    for file in ["lib/libasound.so.2", "preload/libalsa_seq_preload.so"] {
        let file = home.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        if has_files {
            // `true` loads no libasound, and runs even if the file is not an object.
            fs::write(file, "").unwrap();
        }
    }
    let script = home.join("aseq-run");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/aseq-run"), &script).unwrap();
    let output = Command::new("sh")
        .arg(&script)
        .args(options)
        .arg("true")
        .output()
        .unwrap();
    fs::remove_dir_all(&home).unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_path_with_special_characters_is_refused() {
    const PRELOAD: &[&str] = &["--preload"];
    for (name, options, works) in [
        ("plain", &[][..], true),
        ("with a space", &[], true),
        ("colon:", &[], false),
        ("semicolon;", &[], false),
        ("$ORIGIN", &[], false),
        ("plain", PRELOAD, true),
        ("semicolon;", PRELOAD, true),
        ("with a space", PRELOAD, false),
        ("colon:", PRELOAD, false),
        ("$LIB", PRELOAD, false),
    ] {
        let (ended_well, error) = start(name, options, true);
        assert_eq!(ended_well, works, "{name} {options:?}: {error}");
        if !works {
            assert!(error.contains("the loader cannot read"), "{error}");
        }
    }
}

#[test]
fn a_missing_file_is_reported() {
    for options in [&[][..], &["--preload"]] {
        let (ended_well, error) = start("missing", options, false);
        assert!(!ended_well);
        assert!(error.contains("there is no "), "{error}");
    }
}
