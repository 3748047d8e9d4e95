//! The table of a kernel, and the table that it is compared with.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A kernel's version, such as 6 and 12.
type Series = (u32, u32);

fn series(text: &str) -> Option<Series> {
    let mut numbers = text.split(|character: char| !character.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The result of every fault of every operation, as text.
#[derive(Default)]
pub(crate) struct Table {
    text: String,
    /// The rows of the present operation: the first and the last fault with the same result.
    rows: Vec<(u32, u32, String)>,
}

impl Table {
    /// Starts the rows of this operation.
    pub(crate) fn begin(&mut self, operation: &str) {
        self.end();
        writeln!(self.text, "{operation}:").unwrap();
    }

    pub(crate) fn add(&mut self, nth: u32, row: String) {
        match self.rows.last_mut() {
            Some((_, last, same)) if *same == row => *last = nth,
            // The same call fails for each of several objects.
            Some((_, last, same)) if without_numbers(same) == without_numbers(&row) => {
                *last = nth;
                *same = without_numbers(&row);
            }
            _ => self.rows.push((nth, nth, row)),
        }
    }

    fn end(&mut self) {
        for (first, last, row) in self.rows.drain(..) {
            let nth = match first == last {
                true => first.to_string(),
                false => format!("{first}-{last}"),
            };
            writeln!(self.text, "  {nth:<7} {row}").unwrap();
        }
    }

    /// Compares the results that have been `seen`, and the results of this table, with the results
    /// in the table of this kernel, or writes that table. The numbers of the faults are ignored.
    /// The error contains the differences.
    pub(crate) fn compare(
        mut self,
        has_ump: bool,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        self.end();
        let directory = support::root().join("tests/faults/tables");
        let ump = if has_ump { "" } else { "-no-ump" };
        let path = |series: Series| directory.join(format!("{}.{}{ump}.txt", series.0, series.1));
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        let running = series(&release).unwrap();
        if std::env::var_os("ALSA_SEQ_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(path(running), self.text).unwrap();
            return Ok(());
        }
        // For a kernel without a table, the results of the kernel before it are expected.
        let tables = std::fs::read_dir(&directory).unwrap();
        let known = tables
            .filter_map(|entry| series(entry.ok()?.file_name().to_str()?))
            .filter(|series| *series <= running && path(*series).exists())
            .max()
            .unwrap_or_else(|| panic!("no table for {release}\n{}", self.text));
        let name = path(known);
        let name = name.display();
        let expected = std::fs::read_to_string(path(known)).unwrap();
        seen.extend(results(&self.text));
        let changes = changes(&results(&expected), seen);
        if changes.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{name} says otherwise of Linux {release}(ALSA_SEQ_BLESS=1 writes the table):\n{changes}"
        ))
    }
}

/// Returns the row with each number as "N". A row that contains changes stays as it is.
fn without_numbers(row: &str) -> String {
    if row.contains('{') {
        return row.to_owned();
    }
    let mut text = String::new();
    for character in row.chars() {
        match character.is_ascii_digit() {
            false => text.push(character),
            true if !text.ends_with('N') => text.push('N'),
            true => {}
        }
    }
    text
}

/// Returns the results that only one of the two contains.
fn changes(old: &BTreeSet<String>, new: &BTreeSet<String>) -> String {
    let gone = old.difference(new).map(|line| format!("- {line}\n"));
    let added = new.difference(old).map(|line| format!("+ {line}\n"));
    gone.chain(added).collect()
}

/// Returns the results in a table, each after its operation and without the numbers of its faults.
fn results(table: &str) -> BTreeSet<String> {
    let mut operation = "";
    let mut results = BTreeSet::new();
    for line in table.lines() {
        match line.strip_prefix("  ") {
            None => operation = line,
            Some(row) => {
                let (_, result) = row.split_once(' ').unwrap_or_default();
                let result = without_numbers(result.trim_start());
                results.insert(format!("{operation} {result}"));
            }
        }
    }
    results
}
