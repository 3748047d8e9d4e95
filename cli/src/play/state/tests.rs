use alsa_seq::EventData;
use alsa_seq::ump::Packet;

use super::*;

fn after(events: &[Event<'_>]) -> State {
    let mut state = State::default();
    for event in events {
        state.update(3, event);
    }
    state
}

fn set(number: u8, value: u8) -> Event<'static> {
    Event::control_change(2, number, value).unwrap()
}

fn all(pairs: &[[u8; 2]]) -> Vec<Event<'static>> {
    pairs
        .iter()
        .map(|[number, value]| set(*number, *value))
        .collect()
}

fn program(number: u8) -> Event<'static> {
    Event::program_change(2, number).unwrap()
}

fn packet(text: &str) -> Event<'static> {
    Event::ump(text.parse::<Packet>().unwrap())
}

/// Returns the events that produce the state after these events.
fn chased(events: &[Event<'_>]) -> Vec<Event<'static>> {
    let events = State::default().toward(&after(events));
    events
        .into_iter()
        .map(|(port, event)| {
            assert_eq!(port, 3);
            event
        })
        .collect()
}

fn back(end: &[Event<'_>], start: &[Event<'_>]) -> Vec<Event<'static>> {
    let events = after(end).toward(&after(start));
    events.into_iter().map(|(_, event)| event).collect()
}

#[test]
fn the_last_of_each_kind_is_sent() {
    let note = Event::note_on(2, 60, 1).unwrap();
    let bend = |value| Event::pitch_bend(2, value).unwrap();
    let pressure = |value| Event::channel_pressure(2, value).unwrap();
    let events = [
        set(7, 1),
        note,
        bend(5),
        pressure(1),
        set(7, 2),
        bend(-5),
        pressure(9),
        set(123, 0),
        set(120, 0),
        set(127, 0),
        set(126, 1),
        set(1, 4),
    ];
    assert_eq!(
        chased(&events),
        [set(1, 4), set(7, 2), set(126, 1), pressure(9), bend(-5)]
    );
}

#[test]
fn a_program_comes_with_its_bank() {
    let events = [set(0, 1), set(32, 2), program(3), set(0, 4), set(7, 5)];
    // The bank of the next program is selected after this program.
    assert_eq!(
        chased(&events),
        [set(0, 1), set(32, 2), program(3), set(0, 4), set(7, 5)]
    );
    assert_eq!(chased(&[set(32, 2), program(3)]), [set(32, 2), program(3)]);
    assert_eq!(chased(&[set(32, 2)]), [set(32, 2)]);
}

#[test]
fn a_parameter_has_its_last_value() {
    // RPN 0, then NRPN 5/6, then RPN 0 again, without its lower byte.
    let events = all(&[
        [101, 0],
        [100, 0],
        [6, 12],
        [38, 1],
        [6, 2],
        [99, 5],
        [98, 6],
        [6, 70],
        [6, 71],
        [96, 0],
        [96, 0],
        [97, 0],
        [101, 0],
        [38, 3],
        [98, 7],
    ]);
    assert_eq!(
        chased(&events),
        all(&[
            [99, 5],
            [98, 6],
            [6, 71],
            [96, 0],
            [101, 0],
            [100, 0],
            [6, 2],
            [38, 3],
            // The last selection, without a value.
            [98, 7],
        ])
    );
}

#[test]
fn data_entry_without_a_parameter_is_ignored() {
    let events = all(&[
        [101, 0],
        [100, 1],
        [6, 5],
        [101, 127],
        [100, 127],
        [6, 9],
        [38, 9],
    ]);
    assert_eq!(
        chased(&events),
        all(&[[101, 0], [100, 1], [6, 5], [101, 127], [100, 127]])
    );
}

/// A receiver that handles controllers as devices do. Returns its final values and
/// its selection.
fn device(events: &[Event<'_>]) -> (BTreeMap<[u8; 3], u8>, [u8; 5]) {
    let (mut values, mut chosen) = (BTreeMap::new(), [9; 5]);
    for event in events {
        let EventData::ControlChange {
            controller, value, ..
        } = event.data()
        else {
            panic!()
        };
        let (number, value) = (controller, u8::try_from(value).unwrap());
        match number {
            98..=101 => {
                chosen[usize::try_from(number).unwrap() - 98] = value;
                chosen[4] = u8::from(number >= 100);
            }
            6 | 38 | 96 | 97 => {
                let at = if chosen[4] == 1 {
                    [chosen[2], chosen[3]]
                } else {
                    [chosen[0], chosen[1]]
                };
                if at == [127, 127] {
                    continue;
                }
                let low = if number == 38 { 2 } else { 0 };
                let place = [at[0], at[1], chosen[4] + low];
                let slot: &mut u8 = values.entry(place).or_insert(64);
                match number {
                    96 => *slot = slot.wrapping_add(1),
                    97 => *slot = slot.wrapping_sub(1),
                    _ => *slot = value,
                }
            }
            _ => {}
        }
    }
    // The value 64 means that the parameter is unchanged.
    values.retain(|_, value| *value != 64);
    (values, chosen)
}

/// After any selections and data entries, the device has the same values as after
/// all events.
#[test]
fn a_device_is_as_if_it_had_heard_all() {
    let mut random = 1_u32;
    let mut next = move |below: u32| {
        random = random.wrapping_mul(1_103_515_245).wrapping_add(12345);
        (random >> 16) % below
    };
    for _ in 0..2000 {
        let numbers = [98, 99, 100, 101, 6, 38, 96, 97, 6, 100];
        let mut song = |length| -> Vec<_> {
            (0..length)
                .map(|_| {
                    let number = numbers[usize::try_from(next(10)).unwrap()];
                    let value = [0, 1, 127][usize::try_from(next(3)).unwrap()];
                    set(number, value)
                })
                .collect()
        };
        let (first, second) = (song(12), song(12));
        assert_eq!(device(&chased(&first)), device(&first), "{first:?}");
        // The way back from the end of the song also restores all values, if each
        // was set.
        let mut base = Vec::new();
        for (high, low) in [(101, 100), (99, 98)] {
            for number in [
                [0, 0],
                [0, 1],
                [0, 127],
                [1, 0],
                [1, 1],
                [1, 127],
                [127, 0],
                [127, 1],
            ] {
                let [upper, lower] = number;
                base.extend(all(&[[high, upper], [low, lower], [6, 5], [38, 5]]));
            }
        }
        let start = [&base[..], &first].concat();
        let end = [&start[..], &second].concat();
        let again = [&end[..], &back(&end, &start)].concat();
        let (values, chosen) = device(&again);
        let (before, chosen_before) = device(&start);
        assert_eq!(chosen, chosen_before, "{start:?} {second:?}");
        for (place, value) in before {
            assert_eq!(values[&place], value, "{place:?} {start:?} {second:?}");
        }
    }
}

#[test]
fn only_changed_values_are_restored() {
    let bend = |value| Event::pitch_bend(2, value).unwrap();
    let start = [set(10, 3), program(1), set(64, 127), set(91, 5)];
    let more = [
        // The same value as before.
        set(10, 4),
        set(10, 3),
        // Another value.
        program(2),
        set(91, 6),
        // These were not set before. They are at rest, as after a reset, or
        // unknown.
        bend(9),
        set(7, 0),
        set(11, 0),
        set(1, 9),
        set(93, 1),
        set(66, 3),
    ];
    let end = [&start[..], &more].concat();
    assert_eq!(
        back(&end, &start),
        [
            program(1),
            set(1, 0),
            set(7, 100),
            set(11, 127),
            set(66, 0),
            set(91, 5),
            bend(0)
        ]
    );
    let range = all(&[[101, 0], [100, 0], [6, 12]]);
    assert_eq!(back(&range, &[]), all(&[[6, 2], [38, 0]]));
}

#[test]
fn resets_count() {
    let events = [set(11, 3), set(64, 127), set(7, 5), set(121, 0)];
    assert_eq!(
        chased(&events),
        [
            set(1, 0),
            set(7, 5),
            set(11, 127),
            set(64, 0),
            set(65, 0),
            set(66, 0),
            set(67, 0),
            Event::channel_pressure(2, 0).unwrap(),
            Event::pitch_bend(2, 0).unwrap(),
            set(101, 127),
            set(100, 127),
        ][..9]
    );
}

#[test]
fn packets_are_chased_as_packets() {
    let events = [
        packet("40c00001 05000102"),
        packet("40c00000 06000000"),
        packet("40b00600 00000001"),
        packet("40b00600 00000002"),
        packet("40200000 10000000"),
        packet("40200000 20000000"),
        packet("40400000 00000001"),
        packet("40400000 00000001"),
        packet("40300102 30000000"),
        packet("21b00705"),
        packet("21b06400"),
    ];
    assert_eq!(
        chased(&events),
        [
            packet("21b00705"),
            packet("21b06400"),
            packet("40c00001 06000102"),
            packet("40b00600 00000002"),
            packet("40200000 20000000"),
            packet("40300102 30000000"),
            packet("40400000 00000002"),
        ]
    );
    // The volume was never set before.
    assert_eq!(back(&events[9..10], &[]), [packet("21b00764")]);
}
