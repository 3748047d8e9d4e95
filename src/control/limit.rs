//! Finds out why the kernel refuses another client. It returns ENOMEM both if all clients
//! are in use and if it has no memory.

use std::fs;

use alsa_seq_kernel_abi::limits::{FIRST_USER_CLIENT, MAX_CLIENTS};

use crate::address::ClientId;

/// The maximum number of clients of programs.
const PROGRAMS: u8 = MAX_CLIENTS - FIRST_USER_CLIENT;

/// Returns whether all clients of programs are in use. `None` if the kernel's list of clients
/// cannot be read, as in most containers.
pub(super) fn all_clients_in_use() -> Option<bool> {
    let list = fs::read("/proc/asound/seq/clients").ok()?;
    Some(programs(&String::from_utf8_lossy(&list)) >= usize::from(PROGRAMS))
}

/// Counts the clients of programs in the list.
fn programs(list: &str) -> usize {
    list.lines()
        .filter_map(|line| {
            let (number, _) = line.strip_prefix("Client ")?.split_once(':')?;
            number.trim().parse().ok().map(ClientId::new)
        })
        .filter(|client| client.number() >= FIRST_USER_CLIENT)
        .count()
}

#[cfg(test)]
mod tests {
    use super::programs;

    #[test]
    fn programs_are_counted_in_the_kernels_list() {
        let list = "Client info\n  cur  clients : 4\n  peak clients : 5\n  max  clients : 192\n\n\
                    Client   0 : \"System\" [Kernel Legacy]\n  Port   0 : \"Timer\" (Rwe-)\n\
                    Client  14 : \"Midi Through\" [Kernel Legacy]\n\
                    Client 128 : \"a: b\" [User Legacy]\n  Port   0 : \"Client 130 : x\" (R-e-)\n\
                    Output pool :\n    Pool size          : 500\n\
                    Client 191 : \"last\" [User UMP MIDI2]\n";
        assert_eq!(programs(list), 2);
        assert_eq!(programs(""), 0);
    }
}
