//! The ways of calling a program with its old name.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::compare::{Said, beside_others};
use support::need_sequencer;

#[test]
fn a_link_and_a_first_argument_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("aconnect");
    symlink(env!("CARGO_BIN_EXE_aseq"), &link).unwrap();
    let through_link = Said::of(Command::new(&link).args(["abc", "14"]));
    let as_argument =
        Said::of(Command::new(env!("CARGO_BIN_EXE_aseq")).args(["aconnect", "abc", "14"]));
    assert_eq!(through_link.stderr, "invalid sender address abc\n");
    assert_eq!(through_link, as_argument);

    // A message that begins with the program's name uses the name of the call.
    let said = Said::of(Command::new(&link).arg("-z"));
    let name = link.to_str().unwrap();
    assert_eq!(said.stderr, format!("{name}: invalid option -- 'z'\n"));
}
