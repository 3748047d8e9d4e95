//! `aseq graph`: a picture of the connections.

use alsa_seq::{ConnectOptions, PortCaps, PortOptions};

use crate::printed;
use support::{client, need_sequencer};

#[test]
fn clients_ports_and_connections_are_drawn() {
    need_sequencer!();
    let (keys, synth) = (client("<keys>"), client("synth"));
    let out = keys.create_port(PortOptions::sender("out & more")).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let hidden = PortOptions::new("hidden").caps(PortCaps::READ | PortCaps::NO_EXPORT);
    let _hidden = keys.create_port(hidden).unwrap();
    keys.connect(&out, &input, ConnectOptions::new().exclusive(true))
        .unwrap();
    let name = keys.info().unwrap().name().into_owned();
    let (from, to) = (out.address(), input.address());

    let svg = printed(&["graph"]);
    let name = name.replace('<', "&lt;").replace('>', "&gt;");
    assert!(
        svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    assert!(svg.contains(&format!(">{name}</text>")), "{svg}");
    assert!(svg.contains(">out &amp; more</text>"), "{svg}");
    let line = svg
        .lines()
        .find(|line| line.contains(&format!("<title>{from} ")));
    let line = line.unwrap_or_else(|| panic!("{svg}"));
    assert!(
        line.contains("line exclusive") && line.contains(&format!("→ {to} ")),
        "{line}"
    );
    assert!(!svg.contains("hidden") && !svg.contains("System"), "{svg}");
    let all = printed(&["graph", "--all"]);
    assert!(
        all.contains(">hidden</text>") && all.contains(">System</text>"),
        "{all}"
    );

    let dot = printed(&["graph", "--dot"]);
    let edge = format!(
        "c{}:p0:e -> c{}:p0:w [style=dashed];",
        from.client, to.client
    );
    assert!(dot.starts_with("digraph ") && dot.contains(&edge), "{dot}");
}
