//! Connects and disconnects ports, and explains why two ports cannot be connected or
//! disconnected. The kernel only returns an errno. The capabilities and connections of the
//! ports show which of the two refuses.

use alsa_seq::{
    Address, ClientControl, ConnectOptions, Connection, ErrorKind, Operation, PortCaps, PortInfo,
    Subject,
};

use crate::address::SEE_LIST;
use crate::failure::{self, Direction, Failure};
use crate::graph::{is_input, is_output, is_public};
use crate::people::printable;

/// Adds the reason to an error of connecting or disconnecting two ports.
pub(crate) fn explained(control: &ClientControl, error: alsa_seq::Error) -> Failure {
    match reason(control, &error) {
        Some(reason) => Failure::Other(failure::explained(&error, Some(&reason))),
        None => error.into(),
    }
}

/// Returns the failure to connect one of this client's ports to `port`.
pub(crate) fn not_connected(
    control: &ClientControl,
    way: Direction,
    port: Address,
    error: alsa_seq::Error,
) -> Failure {
    Failure::Connect {
        way,
        port,
        reason: reason(control, &error),
        error,
    }
}

/// Returns why two ports cannot be connected or disconnected.
fn reason(control: &ClientControl, error: &alsa_seq::Error) -> Option<String> {
    let Subject::Connection { sender, receiver } = *error.subject() else {
        return None;
    };
    match error.kind() {
        ErrorKind::NotFound => {
            absent(control, sender, receiver).or_else(|| reversed(control, sender, receiver))
        }
        ErrorKind::PermissionDenied if error.operation() == Operation::Connect => {
            let hint = if is_wrong_way(control, sender, receiver) {
                format!("; did you mean the other way round: aseq connect {receiver} {sender}")
            } else {
                String::new()
            };
            refused(control, sender, receiver).map(|reason| reason + &hint)
        }
        ErrorKind::PermissionDenied => {
            reversed(control, sender, receiver).or_else(|| refused(control, sender, receiver))
        }
        ErrorKind::Busy => reason_busy(control, sender, receiver),
        _ => None,
    }
}

/// Connects two ports. Another program may just have connected them: that is a success, too.
pub(crate) fn connect(
    control: &ClientControl,
    sender: Address,
    receiver: Address,
    options: ConnectOptions,
) -> alsa_seq::Result<()> {
    match control.connect(sender, receiver, options) {
        Err(error)
            if error.kind() == ErrorKind::Busy && control.connection(sender, receiver).is_ok() =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Connects one of this client's ports to another port, like [`connect`].
pub(crate) fn connect_own(
    control: &ClientControl,
    own: Address,
    way: Direction,
    port: Address,
) -> Result<(), Failure> {
    let (sender, receiver) = way.ends(own, port);
    connect(control, sender, receiver, ConnectOptions::new())
        .map_err(|error| not_connected(control, way, port, error))
}

/// Removes a connection, or all connections between its two ports.
pub(crate) fn undo(control: &ClientControl, connection: &Connection) -> Result<(), Failure> {
    match control.disconnect(connection.sender, connection.receiver) {
        // Another program has just removed it.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(explained(control, error)),
        Ok(()) => Ok(()),
    }
}

/// Returns the first of the two ports that does not exist.
fn absent(control: &ClientControl, sender: Address, receiver: Address) -> Option<String> {
    let is_absent = |port: &Address| {
        control
            .port_info(*port)
            .is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    let port = [sender, receiver].into_iter().find(is_absent)?;
    Some(format!("there is no port {port}; {SEE_LIST}"))
}

/// Returns which of two ports does not let this client connect or disconnect them, by
/// the kernel's rule: the owner of a port may always do so on the port's side.
pub(crate) fn refused(
    control: &ClientControl,
    sender: Address,
    receiver: Address,
) -> Option<String> {
    let is_ours = [sender, receiver].map(|port| port.client == control.id());
    let sides = [(sender, SENDER), (receiver, RECEIVER)];
    let infos = [
        control.port_info(sender).ok()?,
        control.port_info(receiver).ok()?,
    ];
    for (((port, side), info), ours) in sides.iter().zip(&infos).zip(is_ours) {
        let name = || full_name(control, *port, info);
        // The owner of one of the two ports may connect it to a private port, too.
        if !is_public(info) && is_ours == [false; 2] {
            return Some(format!("port {} is private to its program", name()));
        }
        if !ours && !info.caps().contains(side.needs) {
            return Some(format!("port {} {}", name(), side.refuses));
        }
    }
    None
}

/// Returns whether two ports of other clients can be connected the other way round.
fn is_wrong_way(control: &ClientControl, sender: Address, receiver: Address) -> bool {
    let is_others = ![sender.client, receiver.client].contains(&control.id());
    let may = |port, wanted: fn(&PortInfo) -> bool| {
        control
            .port_info(port)
            .is_ok_and(|port| is_public(&port) && wanted(&port))
    };
    is_others && may(receiver, is_input) && may(sender, is_output)
}

/// Returns whether two ports that are not connected are connected the other way round.
fn reversed(control: &ClientControl, sender: Address, receiver: Address) -> Option<String> {
    control.connection(receiver, sender).ok()?;
    Some(format!(
        "the ports are connected the other way round: aseq disconnect {receiver} {sender}"
    ))
}

struct Side {
    needs: PortCaps,
    refuses: &'static str,
}

const SENDER: Side = Side {
    needs: PortCaps::READ.union(PortCaps::SUBS_READ),
    refuses: "does not let others receive from it",
};

const RECEIVER: Side = Side {
    needs: PortCaps::WRITE.union(PortCaps::SUBS_WRITE),
    refuses: "does not let others send to it",
};

/// Returns the reason why two ports cannot be connected.
fn reason_busy(control: &ClientControl, sender: Address, receiver: Address) -> Option<String> {
    let exclusive = |found: &&Connection| found.exclusive;
    let from = control.connections_from(sender).ok()?;
    let to = control.connections_to(receiver).ok()?;
    if from
        .iter()
        .chain(&to)
        .any(|found| (found.sender, found.receiver) == (sender, receiver))
    {
        return Some("the two ports are connected already".to_owned());
    }
    if let Some(found) = from.iter().find(exclusive) {
        let other = described(control, found.receiver);
        return Some(format!("port {sender} is taken exclusively by {other}"));
    }
    if let Some(found) = to.iter().find(exclusive) {
        let other = described(control, found.sender);
        return Some(format!("port {receiver} is taken exclusively by {other}"));
    }
    // An exclusive connection needs both ports for itself.
    let in_use = from.first().map(|found| (sender, found.receiver));
    let in_use = in_use.or(to.first().map(|found| (receiver, found.sender)));
    let device = "another program has opened the device behind one of the ports";
    Some(match in_use {
        Some((port, other)) => {
            let other = described(control, other);
            format!("port {port} is connected to {other}, or {device}")
        }
        None => device.to_owned(),
    })
}

/// Returns a port's address and names: `128:0 (synth:in)`.
pub(crate) fn described(control: &ClientControl, port: Address) -> String {
    match control.port_info(port) {
        Ok(info) => full_name(control, port, &info),
        Err(_) => port.to_string(),
    }
}

fn full_name(control: &ClientControl, port: Address, info: &PortInfo) -> String {
    match control.client_info(port.client) {
        Ok(client) => printable(&format!("{port} ({}:{})", client.name(), info.name())),
        Err(_) => port.to_string(),
    }
}
