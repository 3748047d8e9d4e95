//! Events in JSON and in binary formats.

use alsa_seq::ump::Packet;
use alsa_seq::{
    Address, Bytes, ClientId, Event, EventData, EventType, PortId, QueueId, RealTime, Tempo, Time,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::records_case;
use support::invariants::{fast, json};
use support::samples;

fn ump() -> EventData<'static> {
    EventData::Ump([0x4090_3c00, 0xc000_0000, 0, 0].into())
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

/// Parses an event from text, as in a file.
fn event_from(text: &str) -> Result<Event<'static>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn every_type_comes_back_from_json() {
    for data in samples::legacy().into_iter().chain([ump()]) {
        let text = serde_json::to_string(&data).unwrap();
        assert_eq!(event_from(&text).unwrap(), Event::new(data), "{text}");

        let event = Event::new(data).from_port(Address::new(128, 1));
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(event_from(&text).unwrap(), event, "{text}");
        assert_eq!(serde_json::to_string(&event.as_view()).unwrap(), text);
    }
}

/// The format is stable: one line of each kind is compared exactly.
#[test]
fn lines_are_exact() {
    let at = |event: Event<'static>| {
        event
            .from_port(Address::new(128, 0))
            .to(Address::new(14, 1))
            .at(QueueId::new(2), Time::Tick(96))
    };
    let real = RealTime::new(3, 250_000_000).unwrap();
    let sysex: &[u8] = &[0xf0, 0x7e, 0xf7];
    let short = |event: Event<'static>| event.to(Address::new(14, 1));
    for (event, line) in [
        (
            at(Event::note_on(0, 60, 100).unwrap()),
            r#"{"type":"note-on","source":"128:0","dest":"14:1","queue":2,"time":{"tick":96},"channel":0,"note":60,"velocity":100}"#,
        ),
        (
            at(Event::note(1, 61, 101, 48).unwrap()).after(QueueId::new(2), real),
            r#"{"type":"note","source":"128:0","dest":"14:1","queue":2,"time":{"real":"3.250000000"},"relative":true,"channel":1,"note":61,"velocity":101,"off_velocity":0,"duration":48}"#,
        ),
        (
            at(Event::control_change(1, 7, 100).unwrap())
                .with_tag(9)
                .with_high_priority(true),
            r#"{"type":"control-change","source":"128:0","dest":"14:1","queue":2,"time":{"tick":96},"tag":9,"high_priority":true,"channel":1,"controller":7,"value":100}"#,
        ),
        (
            short(Event::pitch_bend(3, -8192).unwrap()),
            r#"{"type":"pitch-bend","source":"253:253","dest":"14:1","channel":3,"bend":-8192}"#,
        ),
        (
            short(Event::sysex(sysex)),
            r#"{"type":"sysex","source":"253:253","dest":"14:1","data":"f07ef7"}"#,
        ),
        (
            Event::queue_tempo(3, Tempo::default()),
            r#"{"type":"tempo","source":"253:253","dest":"0:0","target":3,"micros_per_quarter":500000}"#,
        ),
        (
            Event::new(EventData::SetPositionTime {
                queue: QueueId::new(3),
                time: real,
            }),
            r#"{"type":"set-position-time","source":"253:253","dest":"254:253","target":3,"real":"3.250000000"}"#,
        ),
        (
            Event::new(EventData::PortSubscribed {
                sender: Address::new(1, 2),
                receiver: Address::new(3, 4),
            }),
            r#"{"type":"port-subscribed","source":"253:253","dest":"254:253","sender":"1:2","receiver":"3:4"}"#,
        ),
        (
            Event::new(ump()),
            r#"{"type":"ump","source":"253:253","dest":"254:253","packet":"40903c00 c0000000"}"#,
        ),
        (
            Event::new(EventData::Other {
                event_type: EventType::new(77),
                data: [0xff; 12],
                payload: &[],
            }),
            r#"{"type":77,"source":"253:253","dest":"254:253","data":"ffffffffffffffffffffffff","payload":""}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&event).unwrap(), line);
        assert_eq!(event_from(line).unwrap(), event);
    }
}

#[test]
fn absent_keys_have_their_defaults() {
    let event = event_from(r#"{"type":"clock","target":0}"#).unwrap();
    assert_eq!(event, Event::new(EventData::Clock(QueueId::new(0))));
    // A known type by its number, keys in any order, and upper-case digits.
    let event = event_from(r#"{"data":"F0F7","queue":null,"type":130}"#).unwrap();
    assert_eq!(event, Event::sysex(&[0xf0, 0xf7]));
}

/// A newer version may write unknown keys.
#[test]
fn unknown_keys_are_ignored() {
    for (more, plain) in [
        (
            r#"{"new":{"a":[1,null]},"type":"note-on","channel":1,"note":2,"velocity":3,"gate":0.5}"#,
            r#"{"type":"note-on","channel":1,"note":2,"velocity":3}"#,
        ),
        // This key belongs to other types.
        (r#"{"type":"none","channel":0}"#, r#"{"type":"none"}"#),
    ] {
        assert_eq!(event_from(more).unwrap(), event_from(plain).unwrap());
    }
    let tempo = r#"{"micros_per_quarter":400000,"ppq":96,"bars":4}"#;
    let tempo: Tempo = serde_json::from_str(tempo).unwrap();
    assert_eq!(tempo.micros_per_quarter(), 400_000);
}

#[test]
fn bad_input_is_refused() {
    for (text, message) in [
        ("[]", "invalid length"),
        ("null", "invalid type"),
        ("{}", "missing field `type`"),
        (r#"{"type":"clock""#, "EOF"),
        (
            r#"{"type":"Clock","target":0}"#,
            "invalid value: string \"Clock\"",
        ),
        (r#"{"type":256}"#, "invalid value: integer `256`"),
        (r#"{"type":-1}"#, "invalid type"),
        (r#"{"type":6.0}"#, "invalid type"),
        (
            r#"{"type":"none","tag":1,"tag":1}"#,
            "duplicate field `tag`",
        ),
        (r#"{"type":"none","tag":256}"#, "invalid value"),
        (r#"{"type":"none","queue":-1}"#, "invalid value"),
        (r#"{"type":"none","queue":"1"}"#, "invalid type"),
        (r#"{"type":"none","source":"128"}"#, "not an address"),
        (r#"{"type":"none","dest":"128:256"}"#, "not an address"),
        (r#"{"type":"none","time":96}"#, "expected value"),
        (
            r#"{"type":"none","time":{"tick":4294967296}}"#,
            "invalid value",
        ),
        (
            r#"{"type":"none","time":{"tick":1,"real":"1"}}"#,
            "expected value",
        ),
        (r#"{"type":"none","time":{"real":1.5}}"#, "invalid type"),
        (r#"{"type":"none","time":{"real":"-1"}}"#, "not a time"),
        (r#"{"type":"none","relative":1}"#, "invalid type"),
        (
            r#"{"type":"note-on","channel":0,"note":60}"#,
            "missing field `velocity`",
        ),
        (
            r#"{"type":"note-on","channel":0,"note":256,"velocity":1}"#,
            "`note` does not fit 8 bits",
        ),
        (
            r#"{"type":"control-change","channel":0,"controller":-1,"value":0}"#,
            "`controller` does not fit 32 bits",
        ),
        (
            r#"{"type":"control-change","channel":0,"controller":0,"value":2147483648}"#,
            "fit 32 bits",
        ),
        (
            r#"{"type":"sync-position","target":0,"position":-1}"#,
            "fit 32 bits",
        ),
        (
            r#"{"type":"sync-position","target":0,"position":4294967296}"#,
            "fit 32 bits",
        ),
        (
            r#"{"type":"kernel-error","origin":"1:2","value":65536}"#,
            "fit 16 bits",
        ),
        (
            r#"{"type":"set-position-tick","target":0,"real":"1"}"#,
            "missing field `tick`",
        ),
        (
            r#"{"type":"set-position-time","target":0,"tick":1}"#,
            "missing field `real`",
        ),
        (r#"{"type":"sysex","data":"f"}"#, "bytes in hexadecimal"),
        (r#"{"type":"sysex","data":"f0 f7"}"#, "bytes in hexadecimal"),
        (r#"{"type":"sysex","data":"fé"}"#, "bytes in hexadecimal"),
        (r#"{"type":"sysex","data":[240]}"#, "invalid type"),
        (
            r#"{"type":"echo","data":"00"}"#,
            "`data` does not fit 12 bytes",
        ),
        (
            r#"{"type":"user9","data":"00000000000000000000000000"}"#,
            "`data` does not fit 12 bytes",
        ),
        (
            r#"{"type":77,"data":"000000000000000000000000"}"#,
            "missing field `payload`",
        ),
        (r#"{"type":"ump"}"#, "missing field `packet`"),
        (r#"{"type":"ump","packet":"40903c00"}"#, "not a packet"),
        (r#"{"type":"ump","packet":["40903c00"]}"#, "invalid type"),
        (
            r#"{"type":"system","packet":"20903c00"}"#,
            "missing field `event`",
        ),
    ] {
        let error = event_from(text).expect_err(text);
        assert!(error.contains(message), "{text}: {error}");
    }
    let error = parse::<Event<'static>>(&json!({"type": "none", "target": -1}));
    assert!(error.unwrap_err().contains("invalid value"));
}

#[test]
fn addresses_ids_and_times() {
    for (ours, json) in [
        (json!(Address::new(14, 0)), json!("14:0")),
        (json!(ClientId::new(14)), json!(14)),
        (json!(PortId::new(3)), json!(3)),
        (json!(QueueId::new(1)), json!(1)),
        (json!(RealTime::MAX), json!("4294967295.999999999")),
        (json!(Time::Tick(96)), json!({"tick": 96})),
        (
            json!(Time::Real(RealTime::ZERO)),
            json!({"real": "0.000000000"}),
        ),
        (
            json!(Tempo::default()),
            json!({"micros_per_quarter": 500_000, "ppq": 96}),
        ),
        (json!(EventType::NOTE_ON), json!("note-on")),
        (json!(EventType::new(77)), json!(77)),
        (json!(Bytes::from(&[0, 255])), json!("00ff")),
        (
            json!(Packet::new([0x10f8_0000, 0, 0, 0])),
            json!("10f80000"),
        ),
    ] {
        assert_eq!(ours, json);
    }
    assert_eq!(parse(&json!("14:0")), Ok(Address::new(14, 0)));
    assert_eq!(
        parse(&json!("3.25")),
        Ok(RealTime::new(3, 250_000_000).unwrap())
    );
    assert_eq!(
        parse(&json!({"micros_per_quarter": 500_000, "ppq": 96})),
        Ok(Tempo::default())
    );
    assert_eq!(parse(&json!(77)), Ok(EventType::new(77)));
    for bad in [
        json!({"micros_per_quarter": 0, "ppq": 96}),
        json!({"micros_per_quarter": 1}),
    ] {
        assert!(parse::<Tempo>(&bad).is_err());
    }
    assert!(parse::<ClientId>(&json!(256)).is_err());
    assert!(parse::<Address>(&json!([14, 0])).is_err());
}

/// A program can add keys of its own beside an event.
#[test]
fn an_event_can_be_part_of_a_larger_object() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Line {
        received: f64,
        #[serde(flatten)]
        event: Event<'static>,
    }
    let line = Line {
        received: 1.5,
        event: Event::sysex(vec![0xf0, 0xf7]),
    };
    let text = serde_json::to_string(&line).unwrap();
    assert_eq!(
        text,
        r#"{"received":1.5,"type":"sysex","source":"253:253","dest":"254:253","data":"f0f7"}"#
    );
    let again: Line = serde_json::from_str(&text).unwrap();
    assert_eq!((again.received, again.event), (line.received, line.event));
}

#[test]
fn binary_formats_get_numbers_and_records() {
    fn bytes(value: impl serde::Serialize) -> Vec<u8> {
        postcard::to_allocvec(&value).unwrap()
    }
    assert_eq!(bytes(Address::new(14, 200)), [14, 200]);
    assert_eq!(bytes(RealTime::new(3, 4).unwrap()), [3, 4]);
    assert_eq!(bytes(EventType::NOTE_ON), [6]);
    assert_eq!(bytes(QueueId::new(9)), [9]);
    assert_eq!(bytes(Bytes::from(&[7, 8])), [2, 7, 8]);
    assert_eq!(bytes(Packet::new([1, 9, 9, 9])), [1, 0, 0, 0]);
    assert_eq!(postcard::from_bytes(&[14, 200]), Ok(Address::new(14, 200)));
    assert_eq!(
        postcard::from_bytes(&[3, 4]),
        RealTime::new(3, 4).map_err(|_| unreachable!())
    );
    assert_eq!(
        postcard::from_bytes(&[1, 7, 7, 7]),
        Ok(Packet::new([1, 0, 0, 0]))
    );
    // One nanosecond more than the maximum.
    let second = bytes((3_u32, 1_000_000_000_u32));
    assert!(postcard::from_bytes::<RealTime>(&second).is_err());

    for data in samples::legacy().into_iter().chain([ump()]) {
        let event = Event::new(data).with_tag(5);
        let mut record = vec![0; alsa_seq::wire::encoded_len(&event)];
        alsa_seq::wire::encode(&event, &mut record).unwrap();
        let serialised = bytes(&event);
        assert_eq!(serialised, bytes(Bytes::from(&*record)));
        let again: Event<'static> = postcard::from_bytes(&serialised).unwrap();
        assert_eq!((again.data(), again.tag()), (data, 5));
        let again: Event<'static> = postcard::from_bytes(&bytes(data)).unwrap();
        assert_eq!(again, Event::new(data));
    }
    for length in [0, 27, 29, 56] {
        let serialised = bytes(Bytes::from(vec![0; length]));
        assert!(
            postcard::from_bytes::<Event<'static>>(&serialised).is_err(),
            "{length}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_event_comes_back(case in prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        records_case(),
    ]) {
        json::check(&case);
        fast::json(&case);
    }

    /// Objects with matching and other keys give an error or an event.
    #[test]
    fn no_object_causes_a_panic(
        event_type in prop_oneof![
            any::<u8>().prop_map(|n| json!(n)),
            proptest::sample::select(EventType::ALL).prop_map(|t| json!(t)),
            Just(json!("ump")),
        ],
        keys in proptest::collection::hash_map(
            proptest::sample::select(vec![
                "source", "dest", "queue", "time", "relative", "tag", "high_priority", "channel",
                "note", "velocity", "off_velocity", "duration", "param", "target", "value", "base",
                "position", "event", "result", "client", "block", "address", "sender", "receiver",
                "packet", "data", "payload", "",
            ]),
            prop_oneof![
                any::<i64>().prop_map(|n| json!(n)),
                (0..128).prop_map(|n| json!(n)),
                ".{0,6}".prop_map(|s| json!(s)),
                "[0-9a-f]{24}".prop_map(|s| json!(s)),
                any::<(u8, u8)>().prop_map(|(c, p)| json!(format!("{c}:{p}"))),
                any::<u32>().prop_map(|n| json!({"tick": n})),
                Just(json!(null)),
                any::<bool>().prop_map(|b| json!(b)),
            ],
            0..6,
        ),
    ) {
        let mut object: serde_json::Map<String, Value> =
            keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        object.insert("type".to_owned(), event_type);
        json::check(Value::Object(object).to_string().as_bytes());
    }
}
