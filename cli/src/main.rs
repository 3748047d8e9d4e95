//! `aseq`: the command-line tool.

fn main() {}
