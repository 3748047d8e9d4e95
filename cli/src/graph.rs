//! Clients, their ports and their connections, in the kernel's own order.

use alsa_seq::{Address, ClientControl, ClientInfo, ErrorKind, PortCaps, PortInfo, Subscription};

use crate::failure::Failure;

/// A client, and those of its ports that were asked for.
pub(crate) struct Client {
    pub(crate) info: ClientInfo,
    pub(crate) ports: Vec<Port>,
}

/// A port, and what it is connected to.
pub(crate) struct Port {
    pub(crate) info: PortInfo,
    /// The connections on which it sends.
    pub(crate) to: Vec<Subscription>,
    /// Those on which it receives.
    pub(crate) from: Vec<Subscription>,
}

/// All clients but this one, with the ports that `wants` says yes to.
pub(crate) fn clients(
    control: &ClientControl,
    wants: impl Fn(&PortInfo) -> bool,
) -> Result<Vec<Client>, Failure> {
    let mut clients = Vec::new();
    for info in control.clients() {
        let info = info?;
        if info.id() == control.id() {
            continue;
        }
        let mut ports = Vec::new();
        for port in control.ports(info.id()) {
            let port = port?;
            if wants(&port) {
                let address = port.address();
                ports.push(Port {
                    info: port,
                    to: if_there(control.subscriptions_from(address))?,
                    from: if_there(control.subscriptions_to(address))?,
                });
            }
        }
        clients.push(Client { info, ports });
    }
    Ok(clients)
}

/// A port that went away meanwhile took its connections with it.
fn if_there(found: alsa_seq::Result<Vec<Subscription>>) -> Result<Vec<Subscription>, Failure> {
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        found => Ok(found?),
    }
}

/// Whether anybody may connect from the port.
pub(crate) fn is_input(port: &PortInfo) -> bool {
    port.caps().contains(PortCaps::READ | PortCaps::SUBS_READ)
}

/// Whether anybody may connect to the port.
pub(crate) fn is_output(port: &PortInfo) -> bool {
    port.caps().contains(PortCaps::WRITE | PortCaps::SUBS_WRITE)
}

/// Whether the port wants to be shown.
pub(crate) fn is_public(port: &PortInfo) -> bool {
    !port.caps().contains(PortCaps::NO_EXPORT)
}

/// Undoes every connection between ports that let others do so, or only those
/// of `port`. All are tried, and each failure is told.
pub(crate) fn disconnect_all(
    control: &ClientControl,
    port: Option<Address>,
) -> Result<(), Failure> {
    let lets = |address: Address, caps: PortCaps| {
        control
            .port_info(address)
            .is_ok_and(|port| is_public(&port) && port.caps().contains(caps))
    };
    let mut failures = Vec::new();
    for sender in clients(control, |_| true)?.iter().flat_map(|c| &c.ports) {
        for Subscription { sender, dest, .. } in &sender.to {
            let is_meant = port.is_none_or(|port| [*sender, *dest].contains(&port));
            if !is_meant
                || !lets(*sender, PortCaps::SUBS_READ)
                || !lets(*dest, PortCaps::SUBS_WRITE)
            {
                continue;
            }
            match control.unsubscribe(*sender, *dest) {
                // Gone meanwhile, or undone with another one between the two.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => failures.push(format!("{error:#}")),
                Ok(()) => {}
            }
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::Other(failures.join("\n")))
}
