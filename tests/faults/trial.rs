//! One operation with one fault.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use alsa_seq::SequencerClient;
use test_kernel::fault;

use crate::operations::Operation;
use crate::state::{Machine, State};

/// The file of Rust's library that panics if the clock cannot be read. It asks the kernel for the
/// time by a system call only in User-Mode Linux. On other kernels this cannot fail.
const CLOCK: &str = "unix/time.rs";

/// Keeps panics about the clock from being printed.
pub(crate) fn quiet_clock() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|at| at.file().ends_with(CLOCK)) {
            usual(info);
        }
    }));
}

/// Runs an operation once. Returns the result, or `None` if the fault did not happen.
pub(crate) fn try_one(
    observer: &SequencerClient,
    operation: &Operation,
    nth: Option<u32>,
) -> Option<String> {
    let name = operation.name;
    let machine = Machine::of(observer);
    let mut fixture = (operation.prepare)();
    let before = State::of(observer, &fixture);
    let armed = nth.map(|nth| fault::arm(nth).unwrap());
    let result = catch_unwind(AssertUnwindSafe(|| (operation.run)(&mut fixture)));
    let hit = armed.is_some_and(|armed| armed.disarm().unwrap());
    let after = State::of(observer, &fixture);
    let change = before.change(&after);
    let (mut row, read, failed) = match &result {
        Ok(Ok(done)) => (done.says.clone(), done.events, false),
        // The row contains the error's kind, because programs match on it.
        Ok(Err(error)) => (format!("{:?}: {error:#}", error.kind()), 0, true),
        // The hook has printed any other panic.
        Err(_) => ("the clock: Rust's library panics".to_owned(), 0, true),
    };
    if let (true, Some(change)) = (hit, change) {
        let yet = if failed { "yet " } else { "" };
        write!(row, " {{{yet}{change}}}").unwrap();
    }
    if let Ok(Ok(done)) = result {
        if let Err(error) = (done.works)() {
            assert!(hit, "{name}: does not work: {error:#}");
            write!(row, " {{does not work: {error:#}}}").unwrap();
        }
    }
    // An event that was read, or that is still unread, is not lost.
    if let Some(sent) = operation.events {
        let left = fixture.read_all();
        let lost = sent.checked_sub(read + left);
        let lost = lost.unwrap_or_else(|| panic!("{name}: {read} and {left} of {sent}: twice"));
        if lost > 0 {
            // If an event is missing, the kernel lost it, and the call fails.
            assert!(hit && failed, "{name}, fault {nth:?}: lost silently");
            write!(row, " {{{lost} of {sent} lost}}").unwrap();
        }
    }
    assert!(hit || !failed, "{name}: {row}");
    // All objects can still be used.
    if let Err(error) = fixture.works() {
        panic!("{name}, fault {nth:?}: not usable any more: {error:#}");
    }
    drop(fixture);
    assert_eq!(
        Machine::of(observer),
        machine,
        "{name}, fault {nth:?}: left behind"
    );
    hit.then_some(row)
}
