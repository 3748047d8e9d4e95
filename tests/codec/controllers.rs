//! Joins single controllers: each row of the table in `controllers.rs`.

use alsa_seq::controllers::Assembler;
use alsa_seq::{Address, ClientId, Event, EventData, EventType, Time};

type Single = (u8, u8);

fn cc((controller, value): Single) -> Event<'static> {
    Event::control_change(2, controller, value).unwrap()
}

fn nrpn(parameter: u16, value: u16) -> Event<'static> {
    Event::nrpn(2, parameter, value).unwrap()
}

fn rpn(parameter: u16, value: u16) -> Event<'static> {
    Event::rpn(2, parameter, value).unwrap()
}

fn wide(controller: u8, value: u16) -> Event<'static> {
    Event::control_14bit(2, controller, value).unwrap()
}

fn push_all(assembler: &mut Assembler, singles: &[Single]) -> Vec<Event<'static>> {
    let mut complete = Vec::new();
    for single in singles {
        complete.extend(assembler.push(&cc(*single)).map(Event::into_owned));
    }
    complete
}

/// Returns the complete events, and the events that still wait.
fn joined(singles: &[Single]) -> (Vec<Event<'static>>, Vec<Event<'static>>) {
    let mut assembler = Assembler::new();
    let complete = push_all(&mut assembler, singles);
    (complete, assembler.flush().collect())
}

#[track_caller]
fn check(singles: &[Single], complete: &[Event<'_>], waits: &[Event<'_>]) {
    assert_eq!(joined(singles), (complete.to_vec(), waits.to_vec()));
}

#[test]
fn parameters_are_joined() {
    let number = 3 << 7 | 4;
    check(
        &[(99, 3), (98, 4), (6, 1), (38, 2)],
        &[nrpn(number, 130)],
        &[],
    );
    check(
        &[(101, 3), (100, 4), (6, 1), (38, 2)],
        &[rpn(number, 130)],
        &[],
    );
    // The two halves of the number come in the other order.
    check(
        &[(98, 4), (99, 3), (6, 1), (38, 2)],
        &[nrpn(number, 130)],
        &[],
    );
    // Half of a new number follows.
    let singles = [(99, 3), (98, 4), (6, 1), (38, 2), (98, 5), (6, 1), (38, 3)];
    check(&singles, &[nrpn(number, 130), nrpn(number + 1, 131)], &[]);
}

#[test]
fn a_value_without_its_lower_half_waits_for_it() {
    let number = [(99, 0), (98, 4)];
    let select = number.map(cc);
    check(&number, &[], &select);
    check(&[(99, 0), (98, 4), (6, 1)], &[], &[nrpn(4, 128)]);
    check(
        &[(99, 0), (98, 4), (6, 1), (6, 2)],
        &[nrpn(4, 128)],
        &[nrpn(4, 256)],
    );
    let singles = [(99, 0), (98, 4), (6, 1), (64, 127), (38, 5)];
    check(&singles, &[nrpn(4, 128), cc((64, 127)), nrpn(4, 133)], &[]);
    check(&[(7, 100)], &[], &[cc((7, 100))]);
    check(&[(7, 100), (64, 1)], &[cc((7, 100)), cc((64, 1))], &[]);
}

#[test]
fn a_lower_half_alone_keeps_the_upper_half() {
    let singles = [(7, 1), (39, 2), (39, 3)];
    check(&singles, &[wide(7, 130), wide(7, 131)], &[]);
    check(&[(39, 2)], &[cc((39, 2))], &[]);
    let singles = [(99, 0), (98, 4), (38, 2)];
    check(&singles, &singles.map(cc), &[]);
    // After a reset the assembler does not use the value any more.
    let singles = [(7, 1), (39, 2), (121, 0), (39, 3)];
    check(&singles, &[wide(7, 130), cc((121, 0)), cc((39, 3))], &[]);
}

#[test]
fn the_null_parameter_ends_the_selection() {
    let null = [(101, 127), (100, 127)];
    check(&null, &null.map(cc), &[]);
    let singles = [
        (99, 0),
        (98, 4),
        (6, 1),
        (101, 127),
        (100, 127),
        (6, 9),
        (38, 9),
    ];
    let [msb, lsb] = null.map(cc);
    check(
        &singles,
        &[nrpn(4, 128), msb, lsb, wide(6, 9 << 7 | 9)],
        &[],
    );
}

#[test]
fn increments_come_after_the_number() {
    let singles = [(101, 0), (100, 0), (96, 0), (97, 0)];
    check(&singles, &singles.map(cc), &[]);
    // After an increment the assembler does not use the value any more.
    let singles = [(101, 0), (100, 0), (6, 1), (38, 2), (96, 0), (38, 3)];
    check(&singles, &[rpn(0, 130), cc((96, 0)), cc((38, 3))], &[]);
}

#[test]
fn sources_destinations_and_channels_are_apart() {
    let places = [(20, 128, 0), (20, 128, 1), (20, 129, 0), (21, 128, 0)];
    let mut assembler = Assembler::new();
    let mut complete = Vec::new();
    for (controller, value) in [(99, 1), (98, 2), (6, 3), (38, 4)] {
        for (index, (source, dest, channel)) in (0..).zip(places) {
            let event = Event::control_change(channel, controller, value + index)
                .unwrap()
                .from_port(Address::new(source, 0))
                .to(Address::new(dest, 0));
            complete.extend(assembler.push(&event).map(Event::into_owned));
        }
    }
    assert_eq!(complete.len(), places.len());
    for ((event, index), (source, dest, channel)) in complete.iter().zip(0_u8..).zip(places) {
        let data = EventData::Nrpn {
            channel,
            parameter: u32::from(1 + index) << 7 | u32::from(2 + index),
            value: i32::from(3 + index) << 7 | i32::from(4 + index),
        };
        assert_eq!(event.data(), data);
        assert_eq!(event.source(), Address::new(source, 0));
        assert_eq!(event.dest(), Address::new(dest, 0));
    }
}

#[test]
fn a_joined_event_has_the_header_of_its_last_part() {
    let mut assembler = Assembler::new();
    let part = |tag, single| cc(single).with_tag(tag).at(1, Time::Tick(tag.into()));
    let parts = [(99, 0), (98, 4), (6, 1), (38, 2)];
    let mut complete = Vec::new();
    for (tag, single) in (10..).zip(parts) {
        complete.extend(assembler.push(&part(tag, single)).map(Event::into_owned));
    }
    assert_eq!(complete, [nrpn(4, 130).with_tag(13).at(1, Time::Tick(13))]);
}

/// A clock does not cut a message in two. Sysex must not be overtaken.
#[test]
fn only_real_time_messages_overtake() {
    let mut assembler = Assembler::new();
    assert_eq!(push_all(&mut assembler, &[(99, 0), (98, 4), (6, 1)]), []);
    let clock = Event::clock();
    assert!(assembler.push(&clock).eq([clock.clone()]));
    assert!(assembler.is_waiting());
    let sysex = Event::sysex(&[0xf0, 0xf7]);
    assert!(assembler.push(&sysex).eq([nrpn(4, 128), sysex.clone()]));
    assert!(!assembler.is_waiting());
    assert_eq!(push_all(&mut assembler, &[(38, 5)]), [nrpn(4, 133)]);
}

/// A channel that is displaced loses nothing.
#[test]
fn the_oldest_channel_makes_room() {
    let mut assembler = Assembler::<1>::with_slots();
    for single in [(99, 0), (98, 4)] {
        assert_eq!(assembler.push(&cc(single)).count(), 0);
    }
    let other = Event::control_change(5, 7, 100).unwrap();
    assert!(assembler.push(&other).eq([cc((99, 0)), cc((98, 4))]));
    assert!(assembler.flush().eq([other]));
    // The assembler no longer has the selection of that channel, so the receiver gets the plain
    // controller.
    assert!(assembler.push(&cc((6, 1))).eq([]));
    assert!(assembler.flush().eq([cc((6, 1))]));
}

#[test]
fn forget_drops_the_state_of_a_source() {
    let mut assembler = Assembler::new();
    push_all(&mut assembler, &[(99, 0), (98, 4), (6, 1)]);
    assembler.forget(|source| source.client == ClientId::new(1));
    assert!(assembler.is_waiting());
    assembler.forget(|_| true);
    assert!(!assembler.is_waiting());
    assert_eq!(push_all(&mut assembler, &[(38, 2)]), [cc((38, 2))]);
}

/// The data after such a control change is kept, with its length.
#[test]
fn an_event_of_variable_length_is_not_a_controller() {
    for event_type in [EventType::CONTROL_CHANGE, EventType::NRPN] {
        let odd = Event::new(EventData::Other {
            event_type,
            payload: b"abc",
            data: [0; 12],
        });
        let mut assembler = Assembler::new();
        push_all(&mut assembler, &[(99, 0), (98, 4), (6, 1)]);
        let complete: Vec<_> = assembler.push(&odd).collect();
        assert_eq!(complete, [nrpn(4, 128), odd.clone()]);
    }
}
