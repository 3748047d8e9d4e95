//! Reads the results of test suites.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};

/// The tests of a suite by their names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdicts {
    pub(super) passed: BTreeSet<String>,
    /// The failed tests, with a short reason.
    pub(super) others: BTreeMap<String, String>,
}

impl Verdicts {
    fn add(&mut self, name: &str, passed: bool, word: &str) {
        if passed {
            self.passed.insert(name.to_owned());
        } else {
            self.others.insert(name.to_owned(), word.to_owned());
        }
    }
}

/// Parses the output of pytest with the options `-q -rpfE`.
pub(super) fn pytest(output: &str) -> Result<Verdicts> {
    let mut verdicts = Verdicts::default();
    let (_, summary) = output
        .split_once(" short test summary info ")
        .context("pytest has no summary")?;
    for line in summary.lines() {
        if let Some(name) = line.strip_prefix("PASSED ") {
            verdicts.add(name, true, "");
        } else if let Some(rest) = line.strip_prefix("FAILED ") {
            let (name, why) = rest.split_once(" - ").unwrap_or((rest, "failed"));
            verdicts.add(name, false, why);
        } else if let Some(rest) = line.strip_prefix("ERROR ") {
            let (name, why) = rest.split_once(" - ").unwrap_or((rest, "error"));
            verdicts.add(name, false, why);
        }
    }
    let count = format!("{} passed", verdicts.passed.len());
    if !summary.contains(&count) {
        bail!("pytest does not report that {count}");
    }
    Ok(verdicts)
}

/// Parses lines of the Test Anything Protocol. The names contain numbers of the run, so a test is
/// identified by its number and the rest of its name.
pub(super) fn tap(output: &str) -> Result<Verdicts> {
    let mut verdicts = Verdicts::default();
    for line in output.lines() {
        let (rest, passed) = match (line.strip_prefix("ok "), line.strip_prefix("not ok ")) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ => continue,
        };
        let (number, what) = rest.split_once(" - ").unwrap_or((rest, ""));
        let what: String = what.chars().take_while(|c| !c.is_ascii_digit()).collect();
        verdicts.add(&format!("{number} {}", what.trim_end()), passed, "not ok");
    }
    Ok(verdicts)
}

/// Parses the output of Rust's tests.
pub(super) fn libtest(output: &str) -> Result<Verdicts> {
    let mut verdicts = Verdicts::default();
    for line in output.lines() {
        let Some((name, result)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        else {
            continue;
        };
        verdicts.add(name, result == "ok", result);
    }
    Ok(verdicts)
}

/// Parses the checks of a C file, which `grep -n` lists first, and the messages about failed
/// checks. If the test could not continue, that is an error.
pub(super) fn checks(output: &str) -> Result<Verdicts> {
    let mut verdicts = Verdicts::default();
    let mut failed = BTreeSet::new();
    for line in output.lines() {
        if let Some((number, text)) = line.split_once(':').filter(|(n, _)| is_number(n)) {
            verdicts.passed.insert(format!("{number}: {}", text.trim()));
        } else if let Some((place, _)) = line.split_once(": test failed: ") {
            failed.insert(place.rsplit(':').next().unwrap_or(place).to_owned());
        }
    }
    let wanted = match failed.len() {
        0 => "status 0",
        _ => "status 1",
    };
    if output.contains("ALSA function call failed") || output.lines().last() != Some(wanted) {
        bail!("it did not end with {wanted}:\n{output}");
    }
    for number in failed {
        let start = format!("{number}: ");
        let name = verdicts.passed.iter().find(|name| name.starts_with(&start));
        let name = name.with_context(|| format!("line {number} has no check"))?;
        let name = name.clone();
        verdicts.passed.remove(&name);
        verdicts.add(&name, false, "failed");
    }
    Ok(verdicts)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Returns each line without times. Lines that occur several times get numbers.
pub(super) fn lines(output: &str) -> Result<Verdicts> {
    let mut verdicts = Verdicts::default();
    for (number, line) in output.lines().enumerate() {
        verdicts.add(&format!("{}: {}", number + 1, timeless(line)), true, "");
    }
    Ok(verdicts)
}

/// Returns a line without the number after each of these words.
fn timeless(line: &str) -> String {
    let mut line = line.to_owned();
    for word in ["stamp = ", "time "] {
        if let Some(at) = line.find(word) {
            let (start, rest) = line.split_at(at + word.len());
            let end = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-.e".contains(c));
            line = format!("{start}…{end}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(verdicts: &Verdicts) -> Vec<&str> {
        verdicts.passed.iter().map(String::as_str).collect()
    }

    #[test]
    fn pytest_is_read() {
        let text = "..F\n===== short test summary info =====\n\
                    PASSED tests/a.py::one\nPASSED tests/a.py::two[a - b]\n\
                    FAILED tests/a.py::three - ImportError: x\n\
                    1 failed, 2 passed, 1 skipped in 0.1s\nstatus 1\n";
        let verdicts = pytest(text).unwrap();
        assert_eq!(
            names(&verdicts),
            ["tests/a.py::one", "tests/a.py::two[a - b]"]
        );
        assert_eq!(verdicts.others["tests/a.py::three"], "ImportError: x");
        assert!(pytest("no tests ran\n").is_err());
        assert!(pytest(&text.replace("2 passed", "3 passed")).is_err());
    }

    #[test]
    fn tap_is_read() {
        let verdicts = tap("1..3\nok 1 - id() returns 128\n# x\nnot ok 2 - b\nok 3\n").unwrap();
        assert_eq!(names(&verdicts), ["1 id() returns", "3 "]);
        assert_eq!(verdicts.others["2 b"], "not ok");
    }

    #[test]
    fn tests_of_rust_are_read() {
        let verdicts = libtest("running 2 tests\ntest a ... ok\ntest b ... FAILED\n").unwrap();
        assert_eq!(names(&verdicts), ["a"]);
        assert_eq!(verdicts.others["b"], "FAILED");
    }

    #[test]
    fn checks_are_read() {
        let list = "3:\tTEST_CHECK(a);\n12:\tTEST_CHECK(b);\n";
        let verdicts = checks(&format!("{list}status 0\n")).unwrap();
        assert_eq!(
            names(&verdicts),
            ["12: TEST_CHECK(b);", "3: TEST_CHECK(a);"]
        );
        let bad = format!("{list}m.c:3: test failed: a\nstatus 1\n");
        assert_eq!(names(&checks(&bad).unwrap()), ["12: TEST_CHECK(b);"]);
        assert!(checks(&format!("{list}status 139\n")).is_err());
        assert!(checks(&format!("{list}m.c:4: test failed: a\nstatus 1\n")).is_err());
    }

    #[test]
    fn times_are_left_out() {
        assert_eq!(
            timeless("Byte 0 = 1, stamp = 0.5e-7"),
            "Byte 0 = 1, stamp = …"
        );
        assert_eq!(
            timeless("Got message 1: time 23, 90"),
            "Got message 1: time …, 90"
        );
        assert_eq!(timeless("Byte 0 = 1"), "Byte 0 = 1");
    }
}
