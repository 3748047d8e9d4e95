//! UMP endpoints and function blocks of clients.
//!
//! The structs are the kernel's, which C knows as `snd_ump_endpoint_info_t` and
//! `snd_ump_block_info_t`; some prototypes have `void *` for them.

use crate::handle::{handle, returned, snd_seq_t};
use crate::types::{snd_ump_block_info_t, snd_ump_endpoint_info_t};
use alsa_seq_kernel_abi::consts::{CLIENT_UMP_INFO_BLOCK, CLIENT_UMP_INFO_ENDPOINT};
use alsa_seq_kernel_abi::event::I32;
use alsa_seq_kernel_abi::info::ClientUmpInfo;
use core::ffi::{c_int, c_void};

/// The card of an endpoint or a block without a card.
const NO_CARD: I32 = I32::new(-1);

/// Returns the kernel's number for block `blk`. The kernel has 32 blocks.
fn block_type(blk: c_int) -> Option<i32> {
    (0..32)
        .contains(&blk)
        .then(|| blk.wrapping_add(CLIENT_UMP_INFO_BLOCK))
}

/// Reads the endpoint or a block.
///
/// # Safety
///
/// *handle*.
unsafe fn get(seq: *mut snd_seq_t, client: c_int, info_type: i32) -> Result<ClientUmpInfo, c_int> {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return Err(-libc::EINVAL);
    };
    let mut info = ClientUmpInfo::zeroed();
    info.client = client;
    info.info_type = info_type;
    match returned(seq.fd.get_client_ump_info(&mut info)) {
        0 => Ok(info),
        error => Err(error),
    }
}

/// Fills in the UMP endpoint of client `client`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_ump_endpoint_info(
    seq: *mut snd_seq_t,
    client: c_int,
    info: *mut c_void,
) -> c_int {
    if info.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *handle*.
    match unsafe { get(seq, client, CLIENT_UMP_INFO_ENDPOINT) } {
        Ok(answer) => {
            // SAFETY: *result*, of this type.
            unsafe {
                info.cast::<snd_ump_endpoint_info_t>()
                    .write(answer.endpoint());
            };
            0
        }
        Err(error) => error,
    }
}

/// Fills in function block `blk`, from 0, of client `client`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_ump_block_info(
    seq: *mut snd_seq_t,
    client: c_int,
    blk: c_int,
    info: *mut c_void,
) -> c_int {
    if info.is_null() {
        return -libc::EINVAL;
    }
    let Some(info_type) = block_type(blk) else {
        return -libc::EINVAL;
    };
    // SAFETY: *handle*.
    match unsafe { get(seq, client, info_type) } {
        Ok(answer) => {
            // SAFETY: *result*, of this type.
            unsafe { info.cast::<snd_ump_block_info_t>().write(answer.block()) };
            0
        }
        Err(error) => error,
    }
}

/// Sets the own client's UMP endpoint. It belongs to no sound card, even if `info` has one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_ump_endpoint_info(
    seq: *mut snd_seq_t,
    info: *const c_void,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, of this type.
    let Some(endpoint) = (unsafe { info.cast::<snd_ump_endpoint_info_t>().as_ref() }) else {
        return -libc::EINVAL;
    };
    let mut endpoint = *endpoint;
    endpoint.card = NO_CARD;
    let mut told = ClientUmpInfo::zeroed();
    told.client = seq.client.into();
    told.info_type = CLIENT_UMP_INFO_ENDPOINT;
    told.set_endpoint(&endpoint);
    returned(seq.fd.set_client_ump_info(&told))
}

/// Sets function block `blk`, from 0, of the own client. It belongs to no sound card, even if
/// `info` has one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_ump_block_info(
    seq: *mut snd_seq_t,
    blk: c_int,
    info: *const c_void,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, of this type.
    let Some(block) = (unsafe { info.cast::<snd_ump_block_info_t>().as_ref() }) else {
        return -libc::EINVAL;
    };
    let Some(info_type) = block_type(blk) else {
        return -libc::EINVAL;
    };
    let mut block = *block;
    block.card = NO_CARD;
    let mut told = ClientUmpInfo::zeroed();
    told.client = seq.client.into();
    told.info_type = info_type;
    told.set_block(&block);
    returned(seq.fd.set_client_ump_info(&told))
}
