//! What is measured.

/// Something that every program can do, and what one of it is called.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// What ours is told to do, and what it is called in results.
    pub name: &'static str,
    /// What the others are told to do.
    pub theirs: &'static str,
    pub unit: &'static str,
    /// Whether there must be many clients and ports.
    pub world: bool,
}

const fn same(name: &'static str, unit: &'static str) -> Workload {
    Workload {
        name,
        theirs: name,
        unit,
        world: false,
    }
}

const fn variant(name: &'static str, theirs: &'static str) -> Workload {
    Workload {
        name,
        theirs,
        unit: "ns/event",
        world: false,
    }
}

pub const WORKLOADS: &[Workload] = &[
    same("open", "ns/open"),
    Workload {
        name: "enumerate",
        theirs: "enumerate",
        unit: "ns/all",
        world: true,
    },
    same("roundtrip", "ns/trip"),
    same("batch16", "ns/event"),
    same("batch256", "ns/event"),
    same("batch1000", "ns/event"),
    variant("batch16-views", "batch16"),
    variant("batch256-views", "batch256"),
    variant("batch1000-views", "batch1000"),
    same("fanout1", "ns/delivery"),
    same("fanout8", "ns/delivery"),
    same("fanout32", "ns/delivery"),
    same("queue256", "ns/event"),
    same("sysex256", "ns/message"),
    same("sysex16384", "ns/message"),
    same("sysex1048576", "ns/message"),
    same("four", "ns/event"),
    same("decode", "ns/event"),
    same("encode", "ns/event"),
    same("bytes-in", "ns/message"),
    same("bytes-out", "ns/message"),
    same("batch256-tokio", "ns/event"),
    same("batch256-async-io", "ns/event"),
];

/// What of ours an asynchronous workload is compared with.
pub fn blocking(workload: &Workload) -> Option<&'static str> {
    match workload.name {
        "batch256-tokio" | "batch256-async-io" => Some("batch256"),
        _ => None,
    }
}
