//! Announcements in an order that the kernel rarely has.

use std::path::Path;

use alsa_seq::{Port, PortOptions};
use nix::poll::{PollFd, PollTimeout, poll};

use super::super::file;
use super::*;
use support::{client, need_sequencer, unique};

/// Handles all announcements of the changes until now. The kernel has them when a call returns.
fn catch_up(keeper: &mut Keeper) {
    while keeper.take_announcements().unwrap() {}
    keeper.hold();
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

    /// The receivers of the keys.
    fn receivers(&self) -> Vec<Address> {
        let receivers = self.keys.receivers().unwrap();
        receivers.iter().map(|found| found.receiver).collect()
    }
}

#[test]
fn a_connection_stays_the_keepers_own_if_the_number_had_another_client() {
    need_sequencer!();
    let mut scene = Scene::new();
    let (second, input) = receiver(&scene.second);
    catch_up(&mut scene.keeper);
    // The keeper knows that the kernel has made its connection.
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [input.address()]);
    announce(&mut scene.keeper, EventData::ClientExit(second.id()));
    assert_eq!(scene.receivers(), [input.address()]);
    let (_first, better) = receiver(&scene.first);
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [better.address()]);
}

#[test]
fn a_connection_by_others_is_not_the_keepers_if_a_port_returns_with_its_number() {
    need_sequencer!();
    let mut scene = Scene::new();
    let (second, input) = receiver(&scene.second);
    catch_up(&mut scene.keeper);
    catch_up(&mut scene.keeper);
    assert_eq!(scene.receivers(), [input.address()]);
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

/// More announcements than it handles at once, and the kernel has no more of them.
#[test]
fn announcements_that_were_read_from_the_kernel_are_not_waited_for() {
    need_sequencer!();
    let mut scene = Scene::new();
    let busy = client("busy");
    let out = busy.create_port(PortOptions::sender("out")).unwrap();
    let input = busy.create_port(PortOptions::receiver("in")).unwrap();
    let announce = |count: usize| {
        for _ in 0..count / 2 {
            out.connect_to(&input).unwrap();
            out.disconnect_to(&input).unwrap();
        }
    };
    catch_up(&mut scene.keeper);
    announce(1500);
    // Reads them.
    assert!(scene.keeper.client.event_input_pending().unwrap() >= 1500);
    announce(1500);
    let (_second, input) = receiver(&scene.second);
    assert!(scene.keeper.take_announcements().unwrap());
    let mut files = [PollFd::new(scene.keeper.client.as_fd(), PollFlags::POLLIN)];
    assert_eq!(poll(&mut files, PollTimeout::ZERO), Ok(0));
    assert!(!scene.keeper.take_announcements().unwrap());
    scene.keeper.hold();
    assert_eq!(scene.receivers(), [input.address()]);
}
