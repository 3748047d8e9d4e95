//! Events in both directions.

use std::fmt::Display;

use alsa_seq::{Address, EventData, EventType, PortId, PortOptions, QueueOptions, RealTime, Time};
use alsa_seq::{Event, RemoveEvents};

use support::samples;
use support::{PATIENCE, client, next_event, unique};

use super::{Peer, ask, at, need_python, quiet};

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold("x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Returns an event in the format of `peer.py`: the class of python-alsa-midi, and its fields in
/// alphabetic order.
pub(super) fn pam(data: &EventData<'_>) -> Vec<String> {
    use EventData as Data;

    let raw = || hex(&Event::new(*data).raw().data);
    let mut fields: Vec<(&str, String)> = Vec::new();
    let mut set = |name, value: &dyn Display| fields.push((name, value.to_string()));
    let class = match data {
        Data::System { event, result } | Data::Result { event, result } => {
            set("event", event);
            set("result", result);
            match data {
                Data::System { .. } => "SystemEvent",
                _ => "ResultEvent",
            }
        }
        Data::Note {
            channel,
            note,
            velocity,
            off_velocity,
            duration,
        } => {
            set("channel", channel);
            set("note", note);
            set("velocity", velocity);
            set("off_velocity", off_velocity);
            set("duration", duration);
            "NoteEvent"
        }
        Data::NoteOn {
            channel,
            note,
            velocity: value,
        }
        | Data::NoteOff {
            channel,
            note,
            velocity: value,
        }
        | Data::KeyPressure {
            channel,
            note,
            pressure: value,
        } => {
            set("channel", channel);
            set("note", note);
            set("velocity", value);
            match data {
                Data::NoteOn { .. } => "NoteOnEvent",
                Data::NoteOff { .. } => "NoteOffEvent",
                _ => "KeyPressureEvent",
            }
        }
        Data::ControlChange {
            channel,
            controller: param,
            value,
        }
        | Data::Control14Bit {
            channel,
            controller: param,
            value,
        }
        | Data::Nrpn {
            channel,
            parameter: param,
            value,
        }
        | Data::Rpn {
            channel,
            parameter: param,
            value,
        } => {
            set("channel", channel);
            set("param", param);
            set("value", value);
            match data {
                Data::ControlChange { .. } => "ControlChangeEvent",
                Data::Control14Bit { .. } => "Control14BitChangeEvent",
                Data::Nrpn { .. } => "NonRegisteredParameterChangeEvent",
                _ => "RegisteredParameterChangeEvent",
            }
        }
        Data::ProgramChange {
            channel,
            program: value,
        }
        | Data::ChannelPressure {
            channel,
            pressure: value,
        }
        | Data::PitchBend {
            channel,
            bend: value,
        } => {
            set("channel", channel);
            set("value", value);
            match data {
                Data::ProgramChange { .. } => "ProgramChangeEvent",
                Data::ChannelPressure { .. } => "ChannelPressureEvent",
                _ => "PitchBendEvent",
            }
        }
        Data::SongPosition { beats: value } | Data::SongSelect { song: value } => {
            set("channel", &0);
            set("value", value);
            match data {
                Data::SongPosition { .. } => "SongPositionPointerEvent",
                _ => "SongSelectEvent",
            }
        }
        Data::TimeSignature { .. } | Data::KeySignature { .. } => {
            set("channel", &0);
            set("value", &support::rows::signature(data));
            match data {
                Data::TimeSignature { .. } => "TimeSignatureEvent",
                _ => "KeySignatureEvent",
            }
        }
        Data::Start(queue)
        | Data::Continue(queue)
        | Data::Stop(queue)
        | Data::Clock(queue)
        | Data::Tick(queue) => {
            set("control_queue", queue);
            match data {
                Data::Start(_) => "StartEvent",
                Data::Continue(_) => "ContinueEvent",
                Data::Stop(_) => "StopEvent",
                Data::Clock(_) => "ClockEvent",
                _ => "TickEvent",
            }
        }
        Data::SetPositionTick { queue, tick } => {
            set("control_queue", queue);
            set("position", tick);
            "SetQueuePositionTickEvent"
        }
        Data::SetPositionTime { queue, time } => {
            set("control_queue", queue);
            set("position", &format_args!("t{time}"));
            "SetQueuePositionTimeEvent"
        }
        Data::Tempo {
            queue,
            micros_per_quarter,
        } => {
            set("control_queue", queue);
            set("midi_tempo", micros_per_quarter);
            "SetQueueTempoEvent"
        }
        Data::QueueSkew { queue, value, base } => {
            set("control_queue", queue);
            set("value", value);
            set("base", base);
            "QueueSkewEvent"
        }
        Data::SyncPosition { queue, position } => {
            set("control_queue", queue);
            set("position", position);
            "SyncPositionChangedEvent"
        }
        Data::TuneRequest => "TuneRequestEvent",
        Data::Reset => "ResetEvent",
        Data::ActiveSensing => "ActiveSensingEvent",
        Data::Echo(_) | Data::Oss(_) => {
            set("raw_data", &raw());
            match data {
                Data::Echo(_) => "EchoEvent",
                _ => "OSSEvent",
            }
        }
        Data::ClientStart(client) | Data::ClientExit(client) | Data::ClientChange(client) => {
            set("addr", &at(Address::from((*client, PortId::new(0)))));
            match data {
                Data::ClientStart(_) => "ClientStartEvent",
                Data::ClientExit(_) => "ClientExitEvent",
                _ => "ClientChangeEvent",
            }
        }
        Data::PortStart(port) | Data::PortExit(port) | Data::PortChange(port) => {
            set("addr", &at(*port));
            match data {
                Data::PortStart(_) => "PortStartEvent",
                Data::PortExit(_) => "PortExitEvent",
                _ => "PortChangeEvent",
            }
        }
        Data::PortSubscribed { sender, receiver } | Data::PortUnsubscribed { sender, receiver } => {
            set("connect_sender", &at(*sender));
            set("connect_dest", &at(*receiver));
            match data {
                Data::PortSubscribed { .. } => "PortSubscribedEvent",
                _ => "PortUnsubscribedEvent",
            }
        }
        Data::Sysex(bytes) => {
            set("data", &hex(bytes));
            "SysExEvent"
        }
        Data::Bounce(bounce) => {
            set("data", &hex(bounce.as_bytes()));
            "BounceEvent"
        }
        Data::UserVar { number, data } => {
            set("data", &hex(data));
            let classes = [
                "UserVar0Event",
                "UserVar1Event",
                "UserVar2Event",
                "UserVar3Event",
                "UserVar4Event",
            ];
            classes[usize::from(number.number())]
        }
        // python-alsa-midi has no classes for the other types.
        _ => {
            set("raw_data", &raw());
            set("type", &data.event_type().number());
            "Event"
        }
    };
    fields.sort();
    let fields = fields
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    std::iter::once(class.to_owned()).chain(fields).collect()
}

/// Returns one event of every type that can be sent directly. Keys are in MIDI's range, because
/// with others python-alsa-midi cannot receive.
fn events() -> Vec<EventData<'static>> {
    let mut all = samples::legacy();
    for data in &mut all {
        let is_key = matches!(
            data,
            EventData::NoteOn { .. } | EventData::NoteOff { .. } | EventData::KeyPressure { .. }
        );
        if is_key {
            *data = data.with_channel(1).unwrap().with_note(0x72).unwrap();
        }
    }
    all.retain(samples::passes);
    all
}

#[test]
fn the_peer_receives_every_event() {
    need_python!();
    let mut client = client("ours");
    let out = client.create_port(quiet("out")).unwrap();
    let mut peer = Peer::start("peer");
    let input = peer.port("in", PortOptions::RECEIVES);
    for (tag, data) in (0..).zip(events()) {
        let expected = pam(&data);
        let event = Event::new(data).from_port(&out).to(input).with_tag(tag);
        let answer = client.event_output_direct(&event);
        assert!(answer.is_ok(), "{event:?}: {answer:?}");
        let received = ask!(peer, "receive");
        assert_eq!(received[0], expected);
        let tag = format!("tag={tag}");
        let (source, dest) = (
            format!("source={}", at(&out)),
            format!("dest={}", at(input)),
        );
        assert_eq!(
            received[1][..4],
            [tag, "queue_id=253".to_owned(), source, dest]
        );
    }
}

#[test]
fn we_receive_every_event_of_the_peer() {
    need_python!();
    let mut client = client("ours");
    let input = client.create_port(quiet("in")).unwrap();
    let mut peer = Peer::start("peer");
    let out = peer.port("out", PortOptions::SENDS);
    for (tag, data) in (0_u8..).zip(events()) {
        let mut request = vec!["send".to_owned()];
        request.extend(pam(&data));
        request.push(format!("tag={tag}"));
        request.push(format!("source={}", at(out)));
        request.push(format!("dest={}", at(&input)));
        let request: Vec<&dyn Display> = request.iter().map(|field| field as _).collect();
        peer.ask(&request).unwrap();
        let received = client.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(received.data(), data);
        assert_eq!(received.tag(), tag);
        assert_eq!((received.source(), received.dest()), (out, input.address()));
        assert!(received.is_direct());
    }
}

/// Both clients schedule events on each other's queues.
#[test]
fn queues_are_shared() {
    need_python!();
    let mut client = client("ours");
    let port = client.create_port(quiet("port")).unwrap();
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let mut peer = Peer::start("peer");
    let theirs = peer.port("port", PortOptions::BOTH);
    let their_queue: u8 = ask!(peer, "queue", unique("theirs"), 1)[0][0]
        .parse()
        .unwrap();
    ask!(peer, "use_queue", queue.id());
    let use_of_theirs = client.queue(their_queue).unwrap();
    ask!(peer, "start", their_queue);
    queue.start().unwrap();

    let time = RealTime::new(0, 1_000_000).unwrap();
    for (on, when) in [
        (queue.id(), Time::Tick(2)),
        (queue.id(), Time::Real(time)),
        (use_of_theirs.id(), Time::Tick(2)),
        (use_of_theirs.id(), Time::Real(time)),
    ] {
        let note = Event::note(3, 60, 100, 4).unwrap().from_port(&port);
        client.event_output(&note.to(theirs).at(on, when)).unwrap();
        client.drain_output().unwrap();
        let expected = match when {
            Time::Tick(tick) => ["time=-".to_owned(), format!("tick={tick}")],
            Time::Real(time) => [format!("time=t{time}"), "tick=-".to_owned()],
        };
        let received = ask!(peer, "receive");
        assert_eq!(
            received[0],
            pam(&Event::note_on(3, 60, 100).unwrap().data())
        );
        assert_eq!(received[1][1], format!("queue_id={on}"));
        assert_eq!(received[1][4..6], expected);
        let received = ask!(peer, "receive");
        assert_eq!(received[0], pam(&Event::note_off(3, 60, 0).unwrap().data()));

        let (unit, value) = match when {
            Time::Tick(tick) => ("tick", tick.to_string()),
            Time::Real(time) => ("time", format!("t{time}")),
        };
        let mut request = vec!["send".to_owned()];
        request.extend(pam(&NOTE));
        request.push(format!("queue_id={on}"));
        request.push(format!("{unit}={value}"));
        request.push(format!("source={}", at(theirs)));
        request.push(format!("dest={}", at(&port)));
        let request: Vec<&dyn Display> = request.iter().map(|field| field as _).collect();
        peer.ask(&request).unwrap();
        let received = next_event(&mut client);
        assert_eq!(received.event_type(), EventType::NOTE_ON);
        assert_eq!((received.queue(), received.time()), (on, when));
        let received = next_event(&mut client);
        assert_eq!(received.data(), Event::note_off(5, 61, 7).unwrap().data());
    }
}

const NOTE: EventData<'static> = EventData::Note {
    channel: 5,
    note: 61,
    velocity: 101,
    off_velocity: 7,
    duration: 3,
};

/// A relative time and a tag have the same meaning in both libraries.
#[test]
fn the_peer_schedules_relatively_and_removes_by_tag() {
    need_python!();
    let mut client = client("ours");
    let port = client.create_port(quiet("port")).unwrap();
    let mut peer = Peer::start("peer");
    let queue: u8 = ask!(peer, "queue", unique("theirs"), 1)[0][0]
        .parse()
        .unwrap();
    let dest = format!("dest={}", at(&port));
    let on = format!("queue_id={queue}");
    for tag in ["tag=1", "tag=2"] {
        ask!(
            peer,
            "send",
            "ResetEvent",
            tag,
            on,
            "tick=10",
            dest,
            "relative=1"
        );
    }
    ask!(peer, "remove_tagged", 1);
    let status = &ask!(peer, "queue_status", queue)[0];
    assert_eq!(status[0], "1", "one event is left");
    let own = client.queue(queue).unwrap();
    let ours = |tag| Event::new(EventData::TuneRequest).to(&port).with_tag(tag);
    for tag in [1, 2] {
        let event = ours(tag).after(&own, Time::Tick(10));
        client.event_output(&event).unwrap();
    }
    client.drain_output().unwrap();
    client.remove_events(RemoveEvents::new().tag(1)).unwrap();
    assert_eq!(own.status().unwrap().num_events(), 2);
    // A start would drop the events.
    ask!(peer, "go_on", queue);
    for expected in [EventData::Reset, EventData::TuneRequest] {
        let event = next_event(&mut client);
        assert_eq!((event.data(), event.tag()), (expected, 2));
        assert_eq!(event.time(), Time::Tick(10));
    }
}
