//! The names of timers: those in libasound's installed configuration.

use crate::address::{number, trim};
use alsa_seq_kernel_abi::consts::TIMER_CLASS_CARD;
use alsa_seq_kernel_abi::info::TimerId;
use core::ffi::{CStr, c_int};

/// Returns the timer for a name of [`snd_timer_open`](crate::snd_timer_open).
///
/// # Errors
///
/// `-ENOENT` for another name or parameter, `-EINVAL` for a value that is not a number.
pub(super) fn parse(name: &CStr) -> Result<TimerId, c_int> {
    let mut id = TimerId {
        dev_class: TIMER_CLASS_CARD,
        dev_sclass: 0,
        card: 0,
        device: 0,
        subdevice: 0,
    };
    let name = name.to_bytes();
    if name == b"default" || name == b"hw" {
        return Ok(id);
    }
    if name.starts_with(b"default:") {
        return Err(-libc::EINVAL);
    }
    let Some(arguments) = name.strip_prefix(b"hw:") else {
        return Err(-libc::ENOENT);
    };
    let arguments = trim(arguments);
    if arguments.is_empty() {
        return Ok(id);
    }
    for (index, argument) in arguments.split(|byte| *byte == b',').enumerate() {
        let (place, value) = match argument.iter().position(|byte| *byte == b'=') {
            Some(at) => {
                let (key, value) = argument.split_at(at);
                let place = match key {
                    b"CLASS" => 0,
                    b"SCLASS" => 1,
                    b"CARD" => 2,
                    b"DEV" => 3,
                    b"SUBDEV" => 4,
                    _ => return Err(-libc::ENOENT),
                };
                (place, value.get(1..).unwrap_or(&[]))
            }
            None => (index, argument),
        };
        let place = match place {
            0 => &mut id.dev_class,
            1 => &mut id.dev_sclass,
            2 => &mut id.card,
            3 => &mut id.device,
            4 => &mut id.subdevice,
            _ => return Err(-libc::ENOENT),
        };
        let value = number(value).ok_or(-libc::EINVAL)?;
        *place = c_int::try_from(value).map_err(|_| -libc::EINVAL)?;
    }
    Ok(id)
}
