//! Does what `ours` does, and counts allocations instead of nanoseconds: in a
//! program of its own, because counting takes time.

mod ours;

fn main() {
    let _ = ours::COUNTER.set(|work| allocation_counter::measure(work).count_total);
    ours::main();
}
