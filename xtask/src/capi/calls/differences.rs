//! The intended differences between our calls and libasound's. Each is in a row of the table in
//! `capi/src/lib.rs`.

use std::mem::offset_of;
use std::ops::Range;

use alsa_seq_kernel_abi::info::{ClientPool, ClientUmpInfo};
use alsa_seq_kernel_abi::numbers;
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};
use anyhow::{Result, bail};

/// The beginning of a call that opens the sequencer.
pub(super) const OPENS: &str = "open /dev/snd/seq ";

/// Our library checks the type of the opened file. Removes this call. If a program opens the
/// sequencer without the check, it does not run on our library.
pub(super) fn without_question(calls: Vec<String>) -> Result<Vec<String>> {
    let mut opened = false;
    let mut rest = Vec::new();
    for call in calls {
        if opened {
            if call != "statx -> 0" {
                bail!(
                    "the program does not run on our library: after opening the sequencer, it does \
                     not check the file, but\n{call}"
                );
            }
            opened = false;
            continue;
        }
        opened = call.starts_with(OPENS) && call.ends_with("-> 0");
        rest.push(call);
    }
    if opened {
        bail!(
            "the program does not run on our library: it makes no call after opening the \
            sequencer"
        );
    }
    Ok(rest)
}

/// After some arguments, libasound passes uninitialised bytes of the stack. Ours passes zeros
/// there. Replaces these bytes of libasound with zeros, and changes no byte of ours.
pub(super) fn stack(request: u32, bytes: &[u8], to_kernel: bool) -> Range<usize> {
    if request == numbers::GET_CLIENT_POOL.number() && to_kernel {
        return offset_of!(ClientPool, output_pool)..bytes.len();
    }
    if request == numbers::SET_CLIENT_UMP_INFO.number() {
        let start = offset_of!(ClientUmpInfo, info);
        // The endpoint has number 0. Its blocks have the following numbers.
        let is_endpoint = bytes.get(offset_of!(ClientUmpInfo, info_type)..start) == Some(&[0; 4]);
        let size = if is_endpoint {
            size_of::<UmpEndpointInfo>()
        } else {
            size_of::<UmpBlockInfo>()
        };
        return start + size..bytes.len();
    }
    0..0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_in_the_table() {
        let table = include_str!("../../../../capi/src/lib.rs");
        for row in [
            "//! | accepts any file at `/dev/snd/seq` | checks that it is the sequencer, otherwise `-ENXIO` |\n",
            "//! | `snd_seq_query_named_queue`, a search for a client's name and functions for pools and UMP pass uninitialised bytes of the stack | pass zeros |\n",
        ] {
            assert!(table.contains(row), "{row}");
        }
    }

    #[test]
    fn the_check_of_the_opened_file_is_left_out() {
        let calls = |calls: &[&str]| calls.iter().map(|call| (*call).to_owned()).collect();
        let rest = |all: &[&str]| without_question(calls(all)).unwrap();
        let open = "open /dev/snd/seq 0o2 -> 0";
        assert_eq!(
            rest(&[open, "statx -> 0", "close -> 0"]),
            [open, "close -> 0"]
        );
        assert_eq!(
            rest(&[open, "statx -> 0", "statx -> 0"]),
            [open, "statx -> 0"]
        );
        assert_eq!(
            rest(&["open /dev/snd/seq 0o2 -> -2", "statx -> 0"]).len(),
            2
        );
        assert_eq!(
            rest(&["open /dev/snd/controlC0 0o2 -> 0", "statx -> 0"]).len(),
            2
        );
    }

    #[test]
    fn libasound_is_not_mistaken_for_ours() {
        let open = "open /dev/snd/seq 0o2 -> 0";
        for calls in [
            &[open, "ioctl PVERSION -> 0"][..],
            &[open, "statx -> 0", "close -> 0", open, "close -> 0"],
            &[open],
        ] {
            let calls = calls.iter().map(|call| (*call).to_owned()).collect();
            assert!(without_question(calls).is_err());
        }
    }

    #[test]
    fn a_pool_is_requested_only_by_its_client() {
        assert_eq!(
            stack(numbers::GET_CLIENT_POOL.number(), &[0; 88], true),
            4..88
        );
        assert_eq!(
            stack(numbers::GET_CLIENT_POOL.number(), &[0; 88], false),
            0..0
        );
        let mut bytes = [0; 520];
        let request = numbers::SET_CLIENT_UMP_INFO.number();
        let endpoint = stack(request, &bytes, true);
        bytes[4] = 1;
        assert!(stack(request, &bytes, true).start < endpoint.start);
        assert_eq!(stack(numbers::PVERSION.number(), &[0; 4], true), 0..0);
    }
}
