//! What is measured.

/// Something that several programs do, and how long it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    /// What the programs are told.
    pub(super) word: &'static str,
    pub(super) size: usize,
    pub(super) count: usize,
    /// Whether its instructions and system calls are counted, too.
    pub(super) counted: bool,
}

const fn timed(name: &'static str, word: &'static str, size: usize, count: usize) -> Workload {
    Workload {
        name,
        word,
        size,
        count,
        counted: false,
    }
}

const fn counted(name: &'static str, word: &'static str, size: usize, count: usize) -> Workload {
    Workload {
        counted: true,
        ..timed(name, word, size, count)
    }
}

pub(super) const WORKLOADS: &[Workload] = &[
    counted("open, name, close", "open", 1, 200),
    timed("enumerate 60 clients of 16 ports", "enumerate", 1, 5),
    counted("round trip of one event", "roundtrip", 1, 2_000),
    timed("batches of 16", "batch", 16, 16_000),
    counted("batches of 256", "batch", 256, 51_200),
    timed("batches of 1000", "batch", 1000, 50_000),
    counted("sent in 256, received one by one", "onebyone", 256, 51_200),
    counted("sent in 256, not received", "send", 256, 51_200),
    timed("to 1 subscriber", "fanout", 1, 6_400),
    timed("to 8 subscribers", "fanout", 8, 6_400),
    timed("to 32 subscribers", "fanout", 32, 1_280),
    timed("100 through a queue", "queue", 100, 2_000),
    timed("sysex of 256 bytes", "sysex", 256, 2_000),
    timed("sysex of 16 KiB", "sysex", 16_384, 200),
    counted("built and encoded", "encode", 256, 1_024_000),
    counted("decoded", "decode", 256, 1_024_000),
    counted("from MIDI bytes", "frombytes", 256, 512_000),
    counted("to MIDI bytes", "tobytes", 256, 512_000),
];
