//! Does the same as `ours`, but counts allocations in place of nanoseconds. It is a separate
//! program, because counting takes time.

mod ours;

fn main() {
    let _ = ours::COUNTER.set(|work| allocation_counter::measure(work).count_total);
    ours::main();
}
