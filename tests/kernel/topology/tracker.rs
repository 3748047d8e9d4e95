//! A tracker follows the graph with the events of a client that also does other things.

use alsa_seq::{
    Address, ClientId, ClientOptions, Direction, ErrorKind, Event, EventData, EventFilter,
    EventType, GroupFilter, MidiVersion, PortCaps, PortOptions, SequencerClient, Topology,
    TopologyChange, TopologyTracker,
};

use support::{PATIENCE, client, need_sequencer, numbered, open, unique};

use super::{describe_ump, texts_of};

/// A client that also does other things, and follows the graph with the events that it receives.
struct Shared {
    client: SequencerClient,
    tracker: TopologyTracker,
    /// The marker has the same use as in a [`Watch`].
    marker: SequencerClient,
    /// Counts the overruns. Other tests also cause them.
    overruns: u32,
}

impl Shared {
    fn new(options: ClientOptions) -> Self {
        let marker = client("marker");
        let client = open(options);
        let tracker = TopologyTracker::new(&client).unwrap();
        Self {
            client,
            tracker,
            marker,
            overruns: 0,
        }
    }

    /// Reads all waiting events. Returns the changes that are found, and the events that are not
    /// announcements.
    fn read(&mut self) -> (Vec<TopologyChange>, Vec<Event<'static>>) {
        let name = unique("mark");
        let mark = self.marker.create_port(name.as_str()).unwrap();
        let is_there = |topology: &Topology| {
            let found = topology.port(&mark);
            found.is_some_and(|port| port.name() == name)
        };
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        while !is_there(self.tracker.topology()) {
            match self.client.event_input_timeout(PATIENCE) {
                Ok(event) => {
                    if !self.tracker.update(&event).unwrap() {
                        events.push(event);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    self.overruns += 1;
                    self.tracker.overrun().unwrap();
                }
                Err(error) => panic!("{error}"),
            }
            changes.extend(self.found());
        }
        (changes, events)
    }

    fn found(&mut self) -> Vec<TopologyChange> {
        std::iter::from_fn(|| self.tracker.next_change()).collect()
    }

    /// Returns the reported changes of these clients.
    fn changes_of(&mut self, clients: &[ClientId]) -> Vec<String> {
        let (changes, _) = self.read();
        texts_of(&changes, clients)
    }
}

fn with_room(name: &str) -> ClientOptions {
    ClientOptions::new(unique(name)).input_pool(2000)
}

#[test]
fn one_client_receives_and_follows_the_graph() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let mut shared = Shared::new(with_room("shared"));
    let own = shared.client.id();
    let clients = [own, sender.id()];
    let input = shared.client.create_port("in").unwrap();
    assert!(shared.tracker.topology().port(&out).is_some());

    input.connect_from(&out).unwrap();
    for number in 0..3 {
        let event = numbered(number).from_port(&out).to_subscribers();
        sender.event_output_direct(&event).unwrap();
    }
    let (changes, events) = shared.read();
    let sent: Vec<_> = (0..3).map(numbered).collect();
    let data = |events: &[Event<'static>]| -> Vec<String> {
        let data = events.iter().map(|event| format!("{:?}", event.data()));
        data.collect()
    };
    assert_eq!(data(&events), data(&sent));
    let connection = format!("{} > {}", out.address(), input.address());
    assert_eq!(
        texts_of(&changes, &clients),
        ["+ in".to_owned(), format!("+ {connection}")]
    );
    assert!(shared.tracker.topology().is_connected(&out, &input));
    out.close().unwrap();
    assert_eq!(
        shared.changes_of(&clients),
        [format!("- {connection}"), "- out".to_owned()]
    );

    let snapshot = Topology::snapshot(&shared.client).unwrap();
    let ear = shared.tracker.port();
    assert_eq!(shared.tracker.topology().ports_of(own).count(), 1);
    assert!(shared.tracker.topology().port(ear).is_none());
    assert_eq!(snapshot.ports_of(own).count(), 2);
    // No connection of the marks is left.
    let heard: Vec<_> = snapshot.connections_to(ear).collect();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].sender, Address::ANNOUNCE);
    assert_eq!(snapshot.connections_from(ear).count(), 0);
    let info = shared.client.port_info(ear).unwrap();
    assert_eq!(info.name(), "announcements");
    assert_eq!(info.caps(), PortCaps::WRITE | PortCaps::NO_EXPORT);

    drop(shared.tracker);
    let error = shared.client.port_info(ear).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// The tracker distinguishes the announcements that were waiting when it read the graph from later
/// ones, although it does not read the input.
#[test]
fn announcements_from_before_the_snapshot_are_no_changes() {
    need_sequencer!();
    // The test also uses a client that only receives. The changes of other tests may be more than a
    // pool holds. The tracker then cannot distinguish the announcements.
    for direction in [Direction::Duplex, Direction::Input] {
        while !is_told_apart(direction) {}
    }
}

/// Returns false if announcements were lost.
fn is_told_apart(direction: Direction) -> bool {
    let a = client("a");
    let b = client("b");
    let make = || a.create_port(PortOptions::new("port").number(3)).unwrap();
    let port = make();
    let other = b.create_port("other").unwrap();
    other.connect_to(&port).unwrap();
    let connection = format!("{} > {}", other.address(), port.address());
    let mut shared = Shared::new(with_room("shared").direction(direction));
    let mine = [a.id(), b.id()];

    // The client does not read meanwhile.
    port.close().unwrap();
    let port = make();
    shared.tracker.refresh().unwrap();
    let at_once = texts_of(&shared.found(), &mine);
    // The exit and the start of the port are still unread.
    let old = shared.changes_of(&mine);
    // This time, the exit is a change.
    port.close().unwrap();
    let _port = make();
    let news = shared.changes_of(&mine);
    if shared.overruns > 0 {
        return false;
    }
    assert_eq!(at_once, [format!("- {connection}")]);
    assert_eq!(old, [""; 0]);
    assert_eq!(news, ["- port", "+ port"]);
    true
}

#[test]
fn a_tracker_notices_lost_events() {
    need_sequencer!();
    let a = client("a");
    let ump = client("ump");
    describe_ump(&ump);
    let gone = a.create_port("gone").unwrap();
    let mut shared = Shared::new(ClientOptions::new(unique("shared")).input_pool(20));
    drop(gone);
    let ports: Vec<_> = (0..50)
        .map(|number| a.create_port(format!("new {number}")).unwrap())
        .collect();
    let (changes, _) = shared.read();
    assert!(changes.contains(&TopologyChange::Resynchronized));
    let told = texts_of(&changes, &[a.id()]);
    assert_eq!(told.len(), ports.len(), "{told:?}");
    // The first new port has the number of the deleted port.
    assert!(told.contains(&"gone > new 0".to_owned()), "{told:?}");
    let endpoint = TopologyChange::EndpointChanged(ump.id());
    let is_ump = ump.info().unwrap().midi_version().is_ump();
    assert_eq!(changes.contains(&endpoint), is_ump);
    // A refresh without a loss does not report the endpoint.
    shared.tracker.refresh().unwrap();
    assert!(!shared.found().contains(&endpoint));
}

/// Every client can send to the tracker's port.
#[test]
fn a_tracker_ignores_announcements_of_other_clients() {
    need_sequencer!();
    let a = client("a");
    let out = a.create_port("out").unwrap();
    let mut shared = Shared::new(with_room("shared"));
    let ear = shared.tracker.port();
    let exit = || Event::new(EventData::PortExit(out.address()));
    for (event, is_for_it) in [
        (exit().from_port(&out).to(ear), true),
        (exit().from_port(Address::ANNOUNCE).to(&out), false),
        (numbered(1).from_port(&out).to(ear), true),
    ] {
        assert_eq!(shared.tracker.update(&event).unwrap(), is_for_it);
        assert_eq!(shared.tracker.next_change(), None);
    }
    assert!(shared.tracker.topology().port(&out).is_some());
}

#[test]
fn a_client_that_filters_announcements_gets_no_changes() {
    need_sequencer!();
    let filtered = client("filtered");
    filtered.set_event_filter(EventType::ECHO).unwrap();
    let refused = TopologyTracker::new(&filtered).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("event filter"), "{refused}");
    filtered.set_event_filter(EventFilter::ALL).unwrap();
    let _tracker = TopologyTracker::new(&filtered).unwrap();

    let options = ClientOptions::new(unique("ump")).midi_version(MidiVersion::Ump2);
    let filtered = match options.open() {
        Ok(client) => client,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
            return;
        }
    };
    let groups = GroupFilter::ALL.with_groupless(false);
    filtered.set_group_filter(groups).unwrap();
    let refused = TopologyTracker::new(&filtered).unwrap_err();
    assert!(refused.to_string().contains("group filter"), "{refused}");
}

#[test]
fn an_output_only_client_gets_no_changes() {
    need_sequencer!();
    let deaf = open(ClientOptions::new(unique("deaf")).direction(Direction::Output));
    let error = TopologyTracker::new(&deaf).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(deaf.ports_of(deaf.id()).count(), 0);
}
