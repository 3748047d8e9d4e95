//! The option `--wait`: waiting until ports exist.

use alsa_seq::{Address, ClientControl, ErrorKind, TopologyMonitor};

use crate::address::{parse, split};
use crate::failure::Failure;
use crate::people::{complain, printable};

/// Waits until a port exists for each address, and reports which ports are missing. It
/// listens to the kernel's announcements, so it does not poll.
///
/// A blocked signal does not end the wait: call this with the signals unblocked.
pub(crate) fn for_ports<'t>(
    texts: impl IntoIterator<Item = &'t String> + Clone,
) -> Result<(), Failure> {
    // Opens the monitor before it checks for the ports, so that no new port is missed
    // between the two.
    let mut monitor = TopologyMonitor::open("aseq wait")?;
    let control = monitor.control();
    let mut reported = Vec::new();
    loop {
        let missing = missing(&control, texts.clone())?;
        if missing.is_empty() {
            return Ok(());
        }
        if missing != reported {
            let names = printable(&missing.join(", "));
            complain(&format_args!("waiting for {names}"));
            reported = missing;
        }
        monitor.next_change()?;
        while monitor.try_next_change()?.is_some() {}
    }
}

/// Returns the addresses for which no port exists.
fn missing<'t>(
    control: &ClientControl,
    texts: impl IntoIterator<Item = &'t String>,
) -> Result<Vec<&'t str>, Failure> {
    let mut missing = Vec::new();
    for text in texts.into_iter().flat_map(|text| split(text)) {
        // An address in numbers is valid also if the port does not exist.
        let exists = |address: Address| Ok(control.port_info(address).map(|_| ())?);
        match parse(control, text).and_then(exists) {
            Ok(()) => {}
            Err(Failure::NotFound { .. }) => missing.push(text),
            Err(Failure::Sequencer(error)) if error.kind() == ErrorKind::NotFound => {
                missing.push(text);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(missing)
}
