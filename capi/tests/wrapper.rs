//! The script that starts programs on our library: if the loader would ignore our file, it fails.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// Starts a program with a copy of the script in a directory with this name. Returns the exit
/// status, and the text on standard error.
fn start(name: &str, words: &[&str], has_files: bool) -> (Option<i32>, String) {
    // Test kernels beside this one use the same directory.
    let directory = env!("CARGO_TARGET_TMPDIR");
    fs::create_dir_all(directory).unwrap();
    let base = TempDir::new_in(directory).unwrap();
    let home = base.path().join(name);
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
        .args(words)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_path_with_special_characters_is_refused() {
    const LIBRARY: &[&str] = &["true"];
    const PRELOAD: &[&str] = &["--preload", "true"];
    for (name, words, works) in [
        ("plain", LIBRARY, true),
        ("with a space", LIBRARY, true),
        ("colon:", LIBRARY, false),
        ("semicolon;", LIBRARY, false),
        ("$ORIGIN", LIBRARY, false),
        ("plain", PRELOAD, true),
        ("semicolon;", PRELOAD, true),
        ("with a space", PRELOAD, false),
        ("colon:", PRELOAD, false),
        ("$LIB", PRELOAD, false),
    ] {
        let (status, error) = start(name, words, true);
        assert_eq!(status, Some(i32::from(!works)), "{name} {words:?}: {error}");
        if !works {
            assert!(error.contains("the loader cannot read"), "{error}");
        }
    }
}

#[test]
fn a_missing_file_is_reported() {
    for words in [&["true"][..], &["--preload", "true"]] {
        let (status, error) = start("missing", words, false);
        assert_eq!(status, Some(1));
        assert!(error.contains("there is no "), "{error}");
    }
}

#[test]
fn a_missing_program_is_reported_as_by_a_shell() {
    for words in [
        &["no-such-program"][..],
        &["--", "no-such-program"],
        &["--preload", "no-such-program"],
    ] {
        let expected = "aseq-run: no-such-program: not found\n";
        assert_eq!(
            start("program", words, true),
            (Some(127), expected.to_owned())
        );
    }
    // A file that exists but is not a program.
    let (status, error) = start("program", &["/etc/passwd"], true);
    assert_eq!(status, Some(126), "{error}");
}
