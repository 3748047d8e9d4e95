//! The state of the sequencer, before a call and after it.

use alsa_seq::{Address, ClientOptions, MidiVersion, PortId, SequencerClient};

use crate::operations::Fixture;

/// The counts that must be the same after all objects are closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    clients: usize,
    queues: usize,
    files: usize,
}

/// Returns whether the kernel has UMP.
pub(crate) fn has_ump() -> bool {
    let options = ClientOptions::new("probe").midi_version(MidiVersion::Ump2);
    options.open().is_ok()
}

impl Machine {
    pub(crate) fn of(observer: &SequencerClient) -> Self {
        let info = observer.system_info().unwrap();
        Self {
            clients: info.num_clients(),
            queues: info.num_queues(),
            files: std::fs::read_dir("/proc/self/fd").unwrap().count(),
        }
    }
}

/// The values that a call may change.
pub(crate) struct State(Vec<(String, String)>);

impl State {
    pub(crate) fn of(observer: &SequencerClient, fixture: &Fixture) -> Self {
        let system = observer.system_info().unwrap();
        let mut state = vec![
            ("clients".to_owned(), system.num_clients().to_string()),
            ("queues".to_owned(), system.num_queues().to_string()),
        ];
        let clients = [
            ("", Some(&fixture.client)),
            ("its ", Some(&fixture.other)),
            ("the third's ", fixture.third.as_ref()),
        ];
        for (whose, client) in clients {
            let Some(client) = client else { continue };
            let id = client.id();
            let info = observer.client_info(id).unwrap();
            let pool = observer.client_pool(id).unwrap();
            let mut add = |name: &str, value| state.push((format!("{whose}{name}"), value));
            add("name", info.name().into_owned());
            add("ports", info.num_ports().to_string());
            add("output pool", pool.output().to_string());
            add("input pool", pool.input().to_string());
            add("free output", pool.output_free().to_string());
            add("free input", pool.input_free().to_string());
        }
        let mut add = |name: &str, value| state.push((name.to_owned(), value));
        let port = Address::from((fixture.client.id(), PortId::new(0)));
        let connections = observer.connections_from(port).map_or(0, |all| all.len());
        add("connections", connections.to_string());
        if let Some(queue) = fixture.queue.as_ref() {
            let Ok(info) = observer.queue_info(queue.id()) else {
                add("queue", "gone".into());
                return Self(state);
            };
            add("queue's name", info.name().into_owned());
            let status = queue.status().unwrap();
            add("running", status.is_running().to_string());
            add("in the queue", status.num_events().to_string());
            let tempo = queue.tempo().unwrap();
            add("tempo", tempo.micros_per_quarter().to_string());
            add("timer", queue.timer().unwrap().device.to_string());
        }
        Self(state)
    }

    /// Returns the differences, or `None`.
    pub(crate) fn change(&self, after: &Self) -> Option<String> {
        let mut changes = Vec::new();
        for (name, new) in &after.0 {
            match self.0.iter().find(|(old_name, _)| old_name == name) {
                Some((_, old)) if old == new => {}
                Some((_, old)) => changes.push(format!("{name} {old} -> {new}")),
                None => changes.push(format!("{name} {new}")),
            }
        }
        (!changes.is_empty()).then(|| changes.join(", "))
    }
}
