//! Tests of connections on a sequencer.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are tests as well"
)]

mod blocking;
mod closing;
mod errors;
mod ext;
mod hardware;
mod messages;
mod ports;
mod sharing;
mod stress;
mod ump;

/// For each answered thread about midir, the README names a test that shows the answer.
#[test]
fn every_thread_of_the_readme_has_its_test() {
    let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = std::fs::read_to_string(package.join("../tests/peers/defects.rs")).unwrap();
    for file in std::fs::read_dir(package.join("tests/kernel")).unwrap() {
        sources += &std::fs::read_to_string(file.unwrap().path()).unwrap();
    }
    sources += &std::fs::read_to_string(package.join("tests/limits/main.rs")).unwrap();
    let readme = std::fs::read_to_string(package.join("README.md")).unwrap();
    let rows: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("| #"))
        .collect();
    assert!(rows.len() > 10, "{} rows", rows.len());
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let names = names.iter().filter(|name| !name.contains('-'));
        let mut count = 0;
        for name in names {
            let test = format!("#[test]\nfn {name}(");
            assert!(
                sources.contains(&test),
                "{row}: the test {name} does not exist"
            );
            count += 1;
        }
        assert!(count > 0, "{row}: it names no test");
    }
}
