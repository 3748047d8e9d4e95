//! Finds clients and ports by name.

use alsa_seq::{
    Address, Candidate, ClientOptions, ErrorKind, Operation, PortFilter, PortOptions,
    SequencerClient, Subject,
};

use support::{need_sequencer, unique};

/// Opens a client with exactly this name.
fn named(name: &str) -> SequencerClient {
    ClientOptions::new(name).open().unwrap()
}

#[test]
fn clients_are_found_by_name() {
    need_sequencer!();
    let name = unique("a client");
    let asking = named(&format!("{name} is asked for"));
    let first = named(&name);
    assert_eq!(asking.find_client(&name).unwrap().id(), first.id());
    assert_eq!(asking.find_client("System").unwrap().id().number(), 0);
    let error = first.find_client(&name).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "itself");

    let error = asking.find_client(&format!("{name}?")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.operation(), Operation::FindClient);
    let error = asking.find_client("a clien").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "not the whole name");

    let second = named(&name);
    let error = asking.find_client(&name).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert_eq!(error.subject(), &Subject::Name(name.as_str().into()));
    let mut ids = [first.id(), second.id()];
    ids.sort_unstable();
    let candidates: Vec<_> = error.candidates().iter().map(Candidate::client).collect();
    assert_eq!(candidates, ids);
    assert_eq!(
        error.to_string(),
        format!(
            "find client {name:?}: ambiguous: {} ({name}), {} ({name})",
            ids[0], ids[1]
        )
    );
    assert!(error.hint().is_some());
    second.set_name(&format!("{name} no more")).unwrap();
    assert_eq!(asking.find_client(&name).unwrap().id(), first.id());
}

#[test]
fn ports_are_found_by_number_name_and_beginning() {
    need_sequencer!();
    // No other client's name begins with the part before the space.
    let short = unique("found");
    let client = named(&format!("{short} by name"));
    let asking = named(&format!("{short} by name too"));
    let _port = asking.create_port("the input of the one who asks").unwrap();
    let id = client.id();
    let input = client.create_port("the input").unwrap();
    let output = client.create_port("the output").unwrap();
    let seventh = client
        .create_port(PortOptions::new("7").number(20))
        .unwrap();
    for (text, port) in [
        (format!("{id}:1"), &output),
        (format!("{id}"), &input),
        (format!("{short} by name"), &input),
        (format!("{short} by name:the output"), &output),
        (format!("{short} by name:20"), &seventh),
        (format!("{short} by name:'7'"), &seventh),
        (format!("{short} by:the o"), &output),
        (format!("{short} :1"), &output),
        (format!("{id}:the i"), &input),
        (format!("'{short} by name':\"the input\""), &input),
    ] {
        assert_eq!(
            asking.parse_address(&text).unwrap(),
            port.address(),
            "{text}"
        );
        let found = asking.find_port(&text).unwrap();
        assert_eq!(found.address(), port.address(), "{text}");
        assert_eq!(found.client_name(), Some(&*format!("{short} by name")));
        assert_eq!(found.name(), port.info().unwrap().name());
    }

    let error = asking
        .parse_address(&format!("{short} by name:the"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    let candidates: Vec<_> = error.candidates().iter().map(Candidate::address).collect();
    let addresses = [input.address(), output.address()];
    assert_eq!(candidates, addresses.map(Some));
    assert_eq!(
        error.candidates()[1].name(),
        format!("{short} by name:the output")
    );
}

#[test]
fn missing_ports_are_not_found() {
    need_sequencer!();
    let name = unique("lonely");
    let client = named(&name);
    let asking = named(&unique("asking"));
    for text in [
        name.clone(),
        format!("{name}:0"),
        format!("{name}:port"),
        format!("{}:port", client.id()),
        format!("no such {name}:0"),
        format!("'{name}' "),
        format!("{name}:300"),
    ] {
        let error = asking.find_port(&text).unwrap_err();
        let expected = match text.ends_with("' ") {
            true => ErrorKind::InvalidInput,
            false => ErrorKind::NotFound,
        };
        assert_eq!(error.kind(), expected, "{text}");
        assert_eq!(error.operation(), Operation::FindPort);
        assert_eq!(error.subject(), &Subject::Name(text.as_str().into()));
        assert_eq!(asking.parse_address(&text).unwrap_err().kind(), expected);
    }
    let port = client.create_port("port").unwrap();
    assert_eq!(asking.parse_address(&name).unwrap(), port.address());
    assert!(client.parse_address(&name).is_err(), "itself");

    // `parse_address` does not look up numbers; `find_port` does.
    let nobody = Address::from((client.id(), 99.into()));
    assert_eq!(client.parse_address(&nobody.to_string()).unwrap(), nobody);
    let error = client.find_port(&nobody.to_string()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("find port \"{nobody}\": not found")
    );

    // libasound interprets the first of these as 128:44.
    for text in ["128:300", "256", "", ":", "128:", ":0"] {
        let error = client.parse_address(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        assert_eq!(error.raw_os_error(), None);
    }
}

/// The library finds every name that it prints, also unusual names.
#[test]
fn printed_names_are_found_again() {
    need_sequencer!();
    let asking = named(&unique("asking"));
    let unique = unique("x");
    for name in [
        "plain",
        "a:b",
        "\"quoted\"",
        "it's",
        "12\" and 7'",
        "ünïcode ♪",
    ] {
        let client = named(&format!("{name} {unique}"));
        let twin = named(&format!("{name} {unique}:in"));
        let _other = twin.create_port("port").unwrap();
        for port in ["in", "0", ":", "a:b", "'", "\"", "both '\"", "  "] {
            let port = client.create_port(port).unwrap();
            let listed = client
                .ports(PortFilter::new())
                .unwrap()
                .into_iter()
                .find(|listed| listed.address() == port.address())
                .unwrap();
            let text = listed.lookup_name().unwrap();
            match asking.find_port(&text) {
                Ok(found) => assert_eq!(found, listed, "{text}"),
                Err(error) => {
                    // "x:in" is the port of one client and the name of the other.
                    assert_eq!(error.kind(), ErrorKind::Ambiguous, "{text}");
                    assert!(text.ends_with(":in"), "{text}");
                    assert_eq!(error.candidates().len(), 2);
                }
            }
        }
        drop(twin);
    }
    let client = named(&unique);
    let port = client.create_port("port").unwrap();
    assert_eq!(port.info().unwrap().lookup_name(), None);
}
