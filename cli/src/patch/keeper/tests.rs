//! Announcements in an order that the kernel rarely has.

use std::path::Path;

use alsa_seq::{Port, PortOptions};

use super::super::file;
use super::*;
use support::{client, need_sequencer, unique};

/// Handles all announcements of the changes until now. The kernel has them when a call returns.
fn catch_up(keeper: &mut Keeper) {
    while keeper.step().unwrap() == Some(Duration::ZERO) {}
}

/// Handles an announcement that the kernel made late.
fn announce(keeper: &mut Keeper, data: EventData<'static>) {
    let event = Event::new(data).from_port(Address::ANNOUNCE);
    let event = event.to(keeper.tracker.port());
    keeper.handle(&event);
    keeper.tracker.update(&event).unwrap();
    keeper.hold();
}

/// A client with a port that receives.
fn receiver(name: &str) -> (SequencerClient, Port) {
    let client = SequencerClient::open(name).unwrap();
    let port = client.create_port(PortOptions::receiver("in")).unwrap();
    (client, port)
}

struct Scene {
    keeper: Keeper,
    keys: Port,
    _client: SequencerClient,
    first: String,
    second: String,
}

impl Scene {
    /// A keeper that connects the keys with the first of two receivers.
    fn new() -> Self {
        let keys = client("keys");
        let out = keys.create_port(PortOptions::sender("out")).unwrap();
        let (first, second) = (unique("first"), unique("second"));
        let name = keys.info().unwrap().name().into_owned();
        let rules = format!("[[connect]]\nfrom = '{name}'\nto = ['{first}', '{second}']\n");
        let rules = file::parse(&rules, Path::new("rules.toml")).unwrap();
        Self {
            keeper: Keeper::new(rules, None, true).unwrap(),
            keys: out,
            _client: keys,
            first,
            second,
        }
    }

    /// The same. The second receiver exists, and the keeper knows that it has connected it.
    fn connected() -> (Self, SequencerClient, Port) {
        let mut scene = Self::new();
        let (second, input) = receiver(&scene.second);
        catch_up(&mut scene.keeper);
        // The kernel's announcement of the connection.
        catch_up(&mut scene.keeper);
        assert_eq!(scene.receivers(), [input.address()]);
        (scene, second, input)
    }

    /// The receivers of the keys.
    fn receivers(&self) -> Vec<Address> {
        let receivers = self.keys.receivers().unwrap();
        receivers.iter().map(|found| found.receiver).collect()
    }
}

#[test]
fn a_connection_stays_the_keepers_own_if_the_number_had_another_client() {
    need_sequencer!();
    let (mut scene, second, input) = Scene::connected();
    announce(&mut scene.keeper, EventData::ClientExit(second.id()));
    assert_eq!(scene.receivers(), [input.address()]);
    let (_first, better) = receiver(&scene.first);
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [better.address()]);
}

#[test]
fn a_connection_by_others_is_not_the_keepers_if_a_port_returns_with_its_number() {
    need_sequencer!();
    let (mut scene, second, input) = Scene::connected();
    // Before the keeper knows it, somebody else connects a new port of the same number.
    let address = input.address();
    drop(input);
    let input = second.create_port(PortOptions::receiver("in")).unwrap();
    assert_eq!(input.address(), address);
    scene.keys.connect_to(&input).unwrap();
    catch_up(&mut scene.keeper);
    let (_first, better) = receiver(&scene.first);
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [address, better.address()]);
}

/// The same, but the kernel has not announced the connection by somebody else yet.
#[test]
fn a_connection_by_others_is_not_the_keepers_before_it_is_announced() {
    need_sequencer!();
    let (mut scene, second, input) = Scene::connected();
    // It is another client now: the rules do not match it.
    second.set_name("another").unwrap();
    scene.keys.disconnect_to(&input).unwrap();
    scene.keys.connect_to(&input).unwrap();
    while scene.keeper.client.try_event_input().unwrap().is_some() {}
    announce(&mut scene.keeper, EventData::ClientExit(second.id()));
    assert_eq!(scene.receivers(), [input.address()]);
}

/// Makes many announcements.
struct Busy {
    _client: SequencerClient,
    out: Port,
    input: Port,
}

impl Busy {
    fn new() -> Self {
        let client = client("busy");
        let out = client.create_port(PortOptions::sender("out")).unwrap();
        let input = client.create_port(PortOptions::receiver("in")).unwrap();
        Self {
            _client: client,
            out,
            input,
        }
    }

    /// Makes more announcements than the keeper handles at once. It has read a part of them.
    fn flood(&self, keeper: &mut Keeper) {
        for _ in 0..2 {
            for _ in 0..750 {
                self.out.connect_to(&self.input).unwrap();
                self.out.disconnect_to(&self.input).unwrap();
            }
            assert!(keeper.client.event_input_pending().unwrap() >= 1500);
        }
    }
}

#[test]
fn announcements_that_were_read_from_the_kernel_are_not_waited_for() {
    need_sequencer!();
    let mut scene = Scene::new();
    let busy = Busy::new();
    catch_up(&mut scene.keeper);
    busy.flood(&mut scene.keeper);
    let (_second, input) = receiver(&scene.second);
    assert_eq!(scene.keeper.step().unwrap(), Some(Duration::ZERO));
    assert_eq!(scene.receivers(), []);
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [input.address()]);
}

#[test]
fn a_connection_stays_the_keepers_own_behind_many_announcements() {
    need_sequencer!();
    let mut scene = Scene::new();
    let busy = Busy::new();
    let (_second, input) = receiver(&scene.second);
    assert!(!scene.keeper.take_announcements().unwrap());
    busy.flood(&mut scene.keeper);
    // The announcement of this connection is behind the others.
    scene.keeper.hold();
    assert_eq!(scene.receivers(), [input.address()]);
    assert_eq!(scene.keeper.step().unwrap(), Some(Duration::ZERO));
    catch_up(&mut scene.keeper);
    let (_first, better) = receiver(&scene.first);
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [better.address()]);
}
