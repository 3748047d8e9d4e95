//! What the kernel says that there is.
//!
//! A connection is in two lists of the kernel's: that of its sender, and that
//! of its receiver. It enters the receiver's last and leaves it first. So the
//! receiver's list has it if, and only if, it was made and not undone; the
//! sender's may also have one that the receiver is about to refuse, of which
//! nobody would ever be told.

use std::collections::HashSet;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::info::QuerySubs;
use nix::errno::Errno;

use crate::address::{Address, ClientId};
use crate::client::{ClientControl, ClientInfo};
use crate::error::{Error, ErrorKind, Operation, Result, Subject};
use crate::io::errno;
use crate::port::PortInfo;
use crate::subscription::Subscription;

/// Answers about the present. What does not exist is no error.
pub(super) trait Source {
    fn all_clients(&self) -> Result<Vec<ClientInfo>>;
    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>>;
    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>>;
    fn port(&self, port: Address) -> Result<Option<PortInfo>>;
    /// The connections on which a port receives.
    fn senders(&self, port: Address) -> Result<Vec<Subscription>>;
    /// The connections on which a port sends, or is about to.
    fn receivers(&self, port: Address) -> Result<Vec<Subscription>>;
}

impl Source for ClientControl {
    fn all_clients(&self) -> Result<Vec<ClientInfo>> {
        self.clients().collect()
    }

    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>> {
        found(self.client_info(client))
    }

    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>> {
        self.ports(client).collect()
    }

    fn port(&self, port: Address) -> Result<Option<PortInfo>> {
        found(self.port_info(port))
    }

    fn senders(&self, port: Address) -> Result<Vec<Subscription>> {
        connections(self, port, consts::QUERY_SUBS_WRITE)
    }

    fn receivers(&self, port: Address) -> Result<Vec<Subscription>> {
        connections(self, port, consts::QUERY_SUBS_READ)
    }
}

fn found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// One of a port's lists. A connection that is in it all the time is found,
/// whatever else comes and goes.
///
/// The kernel counts from the start of the list. When one is undone, those
/// behind it move up, and whoever counts upwards misses the next. Counting
/// downwards meets it: what moves up comes towards us. New ones are put at the
/// end, and cannot push any back.
fn connections(control: &ClientControl, port: Address, side: i32) -> Result<Vec<Subscription>> {
    let Some(first) = connection(control, port, side, 0)? else {
        return Ok(Vec::new());
    };
    let mut raws = Vec::new();
    if first.num_subs > 1 {
        for index in (0..first.num_subs).rev() {
            raws.extend(connection(control, port, side, index)?);
        }
    } else {
        raws.push(first);
    }
    let mut seen = HashSet::new();
    let subscriptions = raws.iter().rev().map(|raw| {
        let other = Address::from(raw.addr);
        let (sender, dest) = if side == consts::QUERY_SUBS_READ {
            (port, other)
        } else {
            (other, port)
        };
        Subscription::new(sender, dest, raw.flags, raw.queue)
    });
    Ok(subscriptions
        .filter(|subscription| seen.insert(*subscription))
        .collect())
}

fn connection(
    control: &ClientControl,
    port: Address,
    side: i32,
    index: i32,
) -> Result<Option<QuerySubs>> {
    let mut raw = QuerySubs::zeroed();
    raw.root = port.to_abi();
    raw.query_type = side;
    raw.index = index;
    let answer = control.fd().query_subs(&mut raw);
    let error = match answer {
        Ok(()) => return Ok(Some(raw)),
        Err(error) => error,
    };
    // No such connection (any more), or no such port.
    if [Errno::ENOENT, Errno::ENXIO].contains(&Errno::from_raw(error.raw())) {
        return Ok(None);
    }
    let error: Error = errno(Operation::QuerySubscribers)(error);
    Err(error.about(Subject::Port(port)))
}
