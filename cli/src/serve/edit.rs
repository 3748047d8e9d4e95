//! Changes of connections that a page asks for.

use alsa_seq::{ClientControl, ConnectOptions};

use super::request::{Edit, EditKind};
use crate::failure::Failure;
use crate::refusal::{described, explained};

/// Connects or disconnects two ports, and says why not as `aseq connect` does.
pub(super) fn perform(control: &ClientControl, edit: Edit) -> Result<(), Failure> {
    let Edit {
        kind,
        sender,
        receiver,
    } = edit;
    let done = match kind {
        // The kernel would take a second connection if the first has stamps, and then deliver
        // every event twice.
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
