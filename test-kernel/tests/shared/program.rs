//! Programs that tests write. Used by several test programs.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a program. This process does not write the file itself: a program that another test starts
/// at the same time would have the open file for a moment, and then the file cannot be started
/// (ETXTBSY).
pub(crate) fn write_program(path: &Path, text: &str) {
    let mut sh = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = sh.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    assert!(sh.wait().unwrap().success());
}
