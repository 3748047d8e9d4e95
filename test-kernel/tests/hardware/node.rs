//! Faulty states of the sequencer's node.

use test_kernel::Node;

use super::{boot, machine, output, output_of, text};

#[test]
fn the_node_has_the_requested_state() {
    for (node, error) in [
        (Node::Missing, "No such file"),
        (Node::Denied, "Permission denied"),
        (Node::NoDriver, "No such file"),
        (Node::NoModule, "No such device"),
    ] {
        // Root gets the same error.
        let Some(session) = boot(&machine().root(true).node(node)) else {
            return;
        };
        let output = output(&session, &["dd", "if=/dev/snd/seq", "count=0"]);
        let stderr = text(&output.stderr);
        assert!(!output.status.success(), "{node}");
        assert!(stderr.contains(error), "{node}: {stderr}");
        let there = output_of(&session, &["ls", "/proc/asound"]);
        let has_driver = matches!(node, Node::Missing | Node::Denied);
        assert!(there.lines().any(|name| name == "timers"), "{there}");
        let clients = super::output(&session, &["cat", "/proc/asound/seq/clients"]);
        assert_eq!(clients.status.success(), has_driver, "{node}");
    }
}

#[test]
fn the_node_has_the_requested_mode() {
    let Some(session) = boot(&machine().root(true).node(Node::Mode(0o640))) else {
        return;
    };
    assert_eq!(
        output_of(&session, &["stat", "--format=%a", "/dev/snd/seq"]),
        "640\n"
    );
    let as_nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let open = [&as_nobody[..], &["dd", "if=/dev/snd/seq", "count=0"]].concat();
    let refused = output(&session, &open);
    assert!(text(&refused.stderr).contains("Permission denied"));
}
