use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

type Ports = &'static [(u8, &'static str)];

struct Table(&'static [(u8, &'static str, Ports)]);

impl Directory for Table {
    fn client_names(&self) -> Result<Vec<(ClientId, String)>> {
        let named = |(id, name, _): &(u8, &str, _)| (ClientId::new(*id), (*name).to_owned());
        Ok(self.0.iter().map(named).collect())
    }

    fn port_names(&self, client: ClientId) -> Result<Vec<(PortId, String)>> {
        let named = |(id, name): &(u8, &str)| (PortId::new(*id), (*name).to_owned());
        let mut clients = self.0.iter();
        let (_, _, ports) = clients.find(|(id, ..)| *id == client.number()).unwrap();
        Ok(ports.iter().map(named).collect())
    }
}

const TABLE: Table = Table(&[
    (0, "System", &[(0, "Timer"), (1, "Announce")]),
    (14, "Midi Through", &[(0, "Midi Through Port-0")]),
    (128, "Synth", &[(0, "in"), (1, "out"), (2, "output")]),
    (129, "Synth 2", &[(0, "in"), (1, "out"), (2, "other")]),
    (130, "twin", &[(0, "left"), (1, "both")]),
    (131, "twin", &[(1, "right"), (2, "both")]),
    (132, "a", &[(0, "x"), (1, "b")]),
    (133, "a:b", &[(0, "c"), (1, "b:c")]),
    (134, "a:b:c", &[(0, "d")]),
    (135, "128", &[(0, "7"), (7, "0")]),
    (136, "it's", &[(0, "12\" vinyl"), (1, "x:'y\"")]),
    (137, ":x:", &[(0, ":"), (1, "\"q\"")]),
    (138, "no ports", &[]),
    (139, "Größe", &[(0, "ünder")]),
    (140, "doubled", &[(0, "same"), (1, "same"), (2, "sam")]),
]);

fn lookup_result(text: &str) -> String {
    match resolve_port(text, &TABLE) {
        Ok(address) => address.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn numbers_are_taken_as_they_are() {
    for (text, address) in [
        ("128:0", "128:0"),
        ("128", "128:0"),
        ("14:7", "14:7"),
        ("191:255", "191:255"),
        ("0:1", "0:1"),
    ] {
        assert_eq!(lookup_result(text), address, "{text}");
    }
    for text in [
        "256",
        "128:256",
        "300:0",
        "128:300",
        "99999999999999999999:0",
    ] {
        assert_eq!(
            lookup_result(text),
            format!("find port {text:?}: a number in an address is 0 to 255")
        );
    }
}

#[test]
fn names_are_found_whole_or_shortened() {
    for (text, address) in [
        ("Synth", "128:0"),
        ("Synth:1", "128:1"),
        ("Synth:out", "128:1"),
        ("Synth:outp", "128:2"),
        ("128:out", "128:1"),
        ("128:outp", "128:2"),
        ("Synth 2:o", "ambiguous"),
        ("Synth 2:ot", "129:2"),
        ("Synt:ot", "129:2"),
        ("Synth:i", "128:0"),
        ("Midi", "14:0"),
        ("Mi:Mi", "14:0"),
        ("Größe:ü", "139:0"),
        ("\"Synth\"", "128:0"),
        ("'Synth':\"out\"", "128:1"),
        ("'Synth':out", "128:1"),
        ("'Synth':outp", "128:2"),
        ("Synth:'out'", "128:1"),
    ] {
        let found = lookup_result(text);
        assert!(found.contains(address), "{text}: {found}");
    }
    for text in [
        "synth",
        " Synth",
        "Synth:9",
        "Synth:300",
        "Synth:in ",
        "Synth:none",
        "in",
        "no ports",
        "no ports:0",
        "'Synt'",
        "'Synth':'outp'",
        "+128:0",
        "-1:0",
        "128:+0",
        "0x80:0",
        "128.0",
        "128: 0",
        " 128:0",
        "Ann",
        "128:\u{663}",
    ] {
        assert_eq!(
            lookup_result(text),
            format!("find port {text:?}: not found")
        );
    }
}

#[test]
fn of_several_none_is_taken() {
    assert_eq!(
        lookup_result("Syn:out"),
        "find port \"Syn:out\": ambiguous: 128:1 (Synth:out), 129:1 (Synth 2:out)"
    );
    assert_eq!(
        lookup_result("twin:both"),
        "find port \"twin:both\": ambiguous: 130:1 (twin:both), 131:2 (twin:both)"
    );
    assert_eq!(
        lookup_result("doubled:same"),
        "find port \"doubled:same\": ambiguous: 140:0 (doubled:same), 140:1 (doubled:same)"
    );
    let error = resolve_port("Syn", &TABLE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    let candidates: Vec<_> = error.candidates().iter().map(Candidate::address).collect();
    let addresses = [Address::new(128, 0), Address::new(129, 0)];
    assert_eq!(candidates, addresses.map(Some));

    // If only one client has such a port, the address means this port.
    assert_eq!(lookup_result("twin"), "130:0");
    assert_eq!(lookup_result("twin:2"), "131:2");
    assert_eq!(lookup_result("twin:left"), "130:0");
    assert_eq!(lookup_result("doubled:sam"), "140:2");
}

#[test]
fn a_colon_may_be_part_of_a_name() {
    assert_eq!(lookup_result("a:x"), "132:0");
    assert_eq!(
        lookup_result("a:b"),
        "find port \"a:b\": ambiguous: 132:1 (a:b), 133:0 (a:b:c)"
    );
    assert_eq!(lookup_result("'a:b'"), "133:0");
    assert_eq!(lookup_result("'a':b"), "132:1");
    assert_eq!(
        lookup_result("a:b:c"),
        "find port \"a:b:c\": ambiguous: 133:0 (a:b:c), 134:0 (a:b:c:d)"
    );
    assert_eq!(lookup_result("'a:b':c"), "133:0");
    assert_eq!(lookup_result("a:b:b:c"), "133:1");
    assert_eq!(lookup_result("a:b:c:d"), "134:0");
    assert_eq!(
        lookup_result("a:b:c:"),
        "find port \"a:b:c:\": expected CLIENT or CLIENT:PORT"
    );
}

#[test]
fn quotes_make_a_name_of_anything() {
    for (text, address) in [
        ("'128'", "135:0"),
        ("'128':0", "135:0"),
        ("'128':'0'", "135:7"),
        ("'128':'7'", "135:0"),
        ("\"it's\":'12\" vinyl'", "136:0"),
        ("it's:12\" vinyl", "136:0"),
        ("it's:1", "136:1"),
        ("':x:':':'", "137:0"),
        ("':x:':'\"q\"'", "137:1"),
    ] {
        assert_eq!(lookup_result(text), address, "{text}");
    }
    for text in [
        "",
        ":",
        ":0",
        "128:",
        "Synth:",
        "'Synth",
        "'Synth'0",
        "'Synth':",
        "''",
        "'':0",
        "'Synth':'in",
        "'Synth':''",
        "\"Synth'",
        "'Synth'::0",
    ] {
        assert_eq!(
            lookup_result(text),
            format!("find port {text:?}: expected CLIENT or CLIENT:PORT")
        );
    }
}

#[test]
fn written_names_are_found_again() {
    for (id, client, ports) in TABLE.0 {
        for (port, name) in *ports {
            let text = format!(
                "{}:{}",
                address_part(client, *id),
                address_part(name, *port)
            );
            let address = Address::new(*id, *port);
            match resolve_port(&text, &TABLE) {
                Ok(found) => assert_eq!(found, address, "{text}"),
                Err(error) => assert!(
                    error
                        .candidates()
                        .iter()
                        .any(|c| c.address() == Some(address)),
                    "{text}: {error}"
                ),
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_by_the_grammar(
        text in prop_oneof!["\\PC*", "[:'\"0-9a]{0,6}"],
        clients in vec(vec("[:'\"0-9a]{0,4}", 1..5), 0..4),
    ) {
        let clients = clients.into_iter().map(|names| names.join("\t"));
        let lines: Vec<_> = std::iter::once(text).chain(clients).collect();
        let case = lines.join("\n");
        check::check(case.as_bytes());
        check::check_fast(case.as_bytes());
    }
}

#[test]
fn clients_are_found_by_their_whole_names() {
    assert_eq!(resolve_client("Synth", &TABLE).unwrap(), ClientId::new(128));
    assert_eq!(resolve_client("128", &TABLE).unwrap(), ClientId::new(135));
    let error = resolve_client("Syn", &TABLE).unwrap_err();
    assert_eq!(error.to_string(), "find client \"Syn\": not found");
    let error = resolve_client("twin", &TABLE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "find client \"twin\": ambiguous: 130 (twin), 131 (twin)"
    );
}
