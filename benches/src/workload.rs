//! The measured workloads.

/// A workload that every program has, and the name of its operation.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name in results.
    pub name: &'static str,
    /// The argument for ours.
    pub ours: &'static str,
    /// The argument for the others.
    pub theirs: &'static str,
    pub unit: &'static str,
    /// The number of clients, and the number of ports of each.
    pub world: Option<(u32, u32)>,
}

/// A program that sends events back to the harness, which measures how long they take.
pub const THRU: &str = "thru";

const fn same(name: &'static str, unit: &'static str) -> Workload {
    Workload {
        name,
        ours: name,
        theirs: name,
        unit,
        world: None,
    }
}

const fn variant(name: &'static str, theirs: &'static str) -> Workload {
    Workload {
        theirs,
        ..same(name, "ns/event")
    }
}

const fn enumerate(name: &'static str, clients: u32, ports: u32) -> Workload {
    Workload {
        name,
        world: Some((clients, ports)),
        ..same("enumerate", "ns/all")
    }
}

pub const WORKLOADS: &[Workload] = &[
    same("open", "ns/open"),
    enumerate("enumerate", 60, 16),
    same("roundtrip", "ns/trip"),
    same(THRU, "ns/trip"),
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

/// The growth of the cost: with events, subscribers, clients and ports.
pub const GROWTH: &[&[Workload]] = &[
    &[
        same("batch1", "ns/event"),
        same("batch4", "ns/event"),
        same("batch16", "ns/event"),
        same("batch64", "ns/event"),
        same("batch256", "ns/event"),
        same("batch1000", "ns/event"),
    ],
    &[
        same("fanout1", "ns/delivery"),
        same("fanout2", "ns/delivery"),
        same("fanout4", "ns/delivery"),
        same("fanout8", "ns/delivery"),
        same("fanout16", "ns/delivery"),
        same("fanout32", "ns/delivery"),
    ],
    &[
        enumerate("enumerate-4x16", 4, 16),
        enumerate("enumerate-15x16", 15, 16),
        enumerate("enumerate-30x16", 30, 16),
        enumerate("enumerate-60x16", 60, 16),
        enumerate("enumerate-15x1", 15, 1),
        enumerate("enumerate-15x4", 15, 4),
        enumerate("enumerate-15x64", 15, 64),
    ],
];

/// Our program that an asynchronous workload is compared with.
pub fn blocking(workload: &Workload) -> Option<&'static str> {
    match workload.name {
        "batch256-tokio" | "batch256-async-io" => Some("batch256"),
        _ => None,
    }
}
