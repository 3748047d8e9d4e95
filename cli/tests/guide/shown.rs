//! Compares the output of a command with the page.

use std::collections::BTreeMap;

/// A line of a page that stands for any number of lines.
const ANY: &str = "...";

/// The kernel's numbers for the numbers on the page. They are the same everywhere on a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(BTreeMap<String, String>);

impl Numbers {
    fn bind(&mut self, shown: &str, real: &str) -> bool {
        if let Some(bound) = self.0.get(shown) {
            return bound == real;
        }
        if self.0.values().any(|bound| bound == real) {
            return false;
        }
        self.0.insert(shown.to_owned(), real.to_owned());
        true
    }

    /// Returns whether a line matches the line on the page. The numbers of clients, processes and
    /// cards, times, and the width of columns may differ.
    pub(crate) fn fits(&mut self, shown: &str, real: &str) -> bool {
        let mut numbers = self.clone();
        let (shown, real) = (words(shown), words(real));
        let fits = shown.len() == real.len()
            && (0..shown.len()).all(|at| {
                let before = at.checked_sub(1).and_then(|before| shown.get(before));
                let after = shown.get(at + 1).map_or("", String::as_str);
                numbers.word(
                    before.map_or("", String::as_str),
                    &shown[at],
                    after,
                    &real[at],
                )
            });
        if fits {
            *self = numbers;
        }
        fits
    }

    fn word(&mut self, before: &str, shown: &str, after: &str, real: &str) -> bool {
        let (shown_core, shown_rest) = core(shown);
        let (real_core, real_rest) = core(real);
        if shown_rest != real_rest {
            return false;
        }
        if let (Some(shown), Some(real)) = (address(shown_core), address(real_core)) {
            return shown.1 == real.1 && self.bind(shown.0, real.0);
        }
        if is_time(shown_core) && is_time(real_core) {
            return true;
        }
        let is_number = |text: &str| text.parse::<u64>().is_ok();
        if !is_number(shown_core) || !is_number(real_core) {
            return shown == real;
        }
        if before == "client" {
            return self.bind(shown_core, real_core);
        }
        shown == real
            || matches!(before, "pid" | "[card" | "tick")
            || matches!(after, "ticks," | "ports")
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// Such as `1.204518322` and `0:01.567`.
fn is_time(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == ':' || letter == '.';
    text.contains('.') && text.chars().all(is_part)
}

/// Splits a number or an address from the signs around it.
fn core(word: &str) -> (&str, (&str, &str)) {
    let is_mark = |letter: char| !letter.is_ascii_alphanumeric();
    let core = word.trim_matches(is_mark);
    let marks = word.split_once(core).unwrap_or_default();
    (core, marks)
}

/// Returns the client and the port of `20:0`.
fn address(word: &str) -> Option<(&str, &str)> {
    let (client, port) = core(word).0.split_once(':')?;
    let is_number = |text: &str| text.parse::<u8>().is_ok();
    (is_number(client) && is_number(port)).then_some((client, port))
}

/// The stream of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Output,
    Error,
}

/// The expected output of a command. Lines of one stream must have the page's order. The order
/// between the two streams does not matter, because two threads write them.
#[derive(Debug)]
pub(crate) struct Expected<'p> {
    shown: &'p [String],
    seen: Vec<bool>,
    /// The position after the last line of each stream.
    next: [usize; 2],
}

impl<'p> Expected<'p> {
    pub(crate) fn new(shown: &'p [String]) -> Self {
        Self {
            shown,
            seen: shown.iter().map(|line| line == ANY).collect(),
            next: [0; 2],
        }
    }

    /// Returns whether the line is an expected one.
    pub(crate) fn take(&mut self, stream: Stream, line: &str, numbers: &mut Numbers) -> bool {
        let next = &mut self.next[stream as usize];
        let found = (*next..self.shown.len())
            .find(|at| !self.seen[*at] && numbers.fits(&self.shown[*at], line));
        if let Some(found) = found {
            self.seen[found] = true;
            *next = found + 1;
            return true;
        }
        // The lines before it belong to the other stream, and may come later.
        let any = (*next..self.shown.len()).find(|at| self.shown[*at] == ANY);
        *next = any.unwrap_or(*next);
        any.is_some()
    }

    /// Returns the lines that did not come.
    pub(crate) fn missing(&self) -> Vec<&'p str> {
        let lines = self.shown.iter().zip(&self.seen);
        let missing = lines.filter(|(_, is_seen)| !**is_seen);
        missing.map(|(line, _)| line.as_str()).collect()
    }
}

#[test]
fn numbers_of_clients_may_differ_and_nothing_else() {
    let mut numbers = Numbers::default();
    assert!(numbers.fits(
        "client 28: Keys [card 4 Keys]",
        "client 36: Keys [card 5 Keys]"
    ));
    assert!(numbers.fits("  28:0    io  Keys", "  36:0   io  Keys"));
    assert!(!numbers.fits("28:0", "28:0"));
    assert!(!numbers.fits("28:0", "36:1"));
    assert!(!numbers.fits("29:0", "36:0"));
    assert!(numbers.fits("(28:0) 1.25 s", "(36:0) 2.5 s"));
    assert!(!numbers.fits("note 60, velocity", "note 61, velocity"));
    assert!(numbers.fits("client = 'Keys'", "client = 'Keys'"));
    assert!(!numbers.fits("client = 'Keys'", "client = 'Synth'"));
    assert!(!numbers.fits("USB 0582:01af", "USB 0582:02af"));
}

#[test]
fn exactly_the_shown_lines_are_expected() {
    let shown = ["a", "b", "...", "c"].map(str::to_owned);
    let numbers = &mut Numbers::default();
    let mut expected = Expected::new(&shown);
    assert!(expected.take(Stream::Error, "b", numbers));
    assert!(expected.take(Stream::Output, "a", numbers));
    assert!(expected.take(Stream::Output, "x", numbers));
    assert_eq!(expected.missing(), ["c"]);
    assert!(expected.take(Stream::Output, "c", numbers));
    assert!(!expected.take(Stream::Output, "x", numbers));
    assert!(expected.missing().is_empty());
}

#[test]
fn a_line_between_others_may_come_before_lines_of_the_other_stream() {
    let shown = ["a", "...", "c"].map(str::to_owned);
    let numbers = &mut Numbers::default();
    let mut expected = Expected::new(&shown);
    assert!(expected.take(Stream::Error, "x", numbers));
    assert!(expected.take(Stream::Output, "a", numbers));
    assert!(expected.take(Stream::Output, "c", numbers));
    assert!(expected.missing().is_empty());

    // A line of the same stream may not.
    let mut expected = Expected::new(&shown);
    assert!(expected.take(Stream::Output, "x", numbers));
    assert!(expected.take(Stream::Output, "a", numbers));
    assert!(expected.take(Stream::Output, "c", numbers));
    assert_eq!(expected.missing(), ["a"]);
}
