//! Changes of connections that the page requests.

use alsa_seq::{ClientControl, ConnectOptions};

use super::request::{Edit, EditKind};
use crate::failure::Failure;
use crate::refusal::{described, explained};

/// Connects or disconnects two ports. The failure has the same text as that of `aseq connect`.
pub(super) fn perform(control: &ClientControl, edit: Edit) -> Result<(), Failure> {
    let Edit {
        kind,
        sender,
        receiver,
    } = edit;
    let done = match kind {
        // If the connection has time stamps, the kernel would make a second connection without time
        // stamps, and then deliver every event twice.
        EditKind::Connect if control.connection(sender, receiver).is_ok() => {
            return Err(Failure::Other(format!(
                "{} is already connected to {}",
                described(control, sender),
                described(control, receiver)
            )));
        }
        EditKind::Connect => control.connect(sender, receiver, ConnectOptions::new()),
        EditKind::Disconnect => control.disconnect(sender, receiver),
    };
    done.map_err(|error| explained(control, error))
}
