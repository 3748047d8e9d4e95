//! Addresses that people type: `128:0`, `128.0`, `128`, or a client's name.

use crate::control::snd_seq_query_next_client;
use crate::handle::snd_seq_t;
use crate::types::snd_seq_addr_t;
use alsa_seq_kernel_abi::info::ClientInfo;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

/// Reads an address from text and puts it into `*addr`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_parse_address(
    seq: *mut snd_seq_t,
    addr: *mut snd_seq_addr_t,
    arg: *const c_char,
) -> c_int {
    let _ = (seq, addr, arg, ptr::null::<u8>(), ClientInfo::zeroed(), snd_seq_query_next_client as usize);
    let _ = c"" as &CStr;
    -libc::EINVAL
}
