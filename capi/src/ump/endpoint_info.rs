//! `snd_ump_endpoint_info_t`: a UMP endpoint.

use crate::container::{accessor, accessors, container, signed};
use crate::types::snd_ump_endpoint_info_t;
use alsa_seq_kernel_abi::event::{I32, U16, U32};
use core::ffi::{c_char, c_int, c_uchar, c_uint};

container! {
    snd_ump_endpoint_info_t, "a UMP endpoint":
    snd_ump_endpoint_info_sizeof snd_ump_endpoint_info_malloc
    snd_ump_endpoint_info_free snd_ump_endpoint_info_copy
}

/// Converts a C number to 16 bits: the low ones, as C does.
fn half(value: c_uint) -> U16 {
    let [low, high, ..] = value.to_le_bytes();
    U16::new(u16::from_le_bytes([low, high]))
}

accessors! {
    snd_ump_endpoint_info_t;

    /// Returns the number of the sound card, -1 without one.
    get snd_ump_endpoint_info_get_card(info) -> c_int { info.card.get() }
    /// Returns the number of the card's device.
    get snd_ump_endpoint_info_get_device(info) -> c_int { info.device.get() }
    /// Returns the flags, bits `SND_UMP_EP_INFO_…`.
    get snd_ump_endpoint_info_get_flags(info) -> c_uint { info.flags_bits.get() }
    /// Returns the protocols that the endpoint supports, bits `SND_UMP_EP_INFO_PROTO_…`.
    get snd_ump_endpoint_info_get_protocol_caps(info) -> c_uint {
        info.protocol_caps_bits.get()
    }
    /// Returns the protocol in use, bits `SND_UMP_EP_INFO_PROTO_…`.
    get snd_ump_endpoint_info_get_protocol(info) -> c_uint { info.protocol_bits.get() }
    /// Returns the number of function blocks.
    get snd_ump_endpoint_info_get_num_blocks(info) -> c_uint { info.num_blocks.get() }
    /// Returns the version of UMP, the major number in the high byte of 16 bits.
    get snd_ump_endpoint_info_get_version(info) -> c_uint { info.version.get().into() }
    /// Returns the manufacturer, the three bytes of its number for sysex.
    get snd_ump_endpoint_info_get_manufacturer_id(info) -> c_uint {
        info.manufacturer_id.get()
    }
    /// Returns the device family.
    get snd_ump_endpoint_info_get_family_id(info) -> c_uint { info.family_id.get().into() }
    /// Returns the model within the family.
    get snd_ump_endpoint_info_get_model_id(info) -> c_uint { info.model_id.get().into() }

    /// Returns the software revision, four bytes of the struct.
    lend snd_ump_endpoint_info_get_sw_revision(info) -> *const c_uchar {
        &raw const (*info).sw_revision
    }
    /// Returns the name, which is the struct's.
    lend snd_ump_endpoint_info_get_name(info) -> *const c_char { &raw const (*info).name }
    /// Returns the product instance, which is the struct's.
    lend snd_ump_endpoint_info_get_product_id(info) -> *const c_char {
        &raw const (*info).product_id
    }

    /// Sets all of it to 0.
    set snd_ump_endpoint_info_clear(info) { *info = snd_ump_endpoint_info_t::zeroed() }
    /// Sets the number of the sound card.
    set snd_ump_endpoint_info_set_card(info, card: c_uint) {
        info.card = I32::new(signed(card));
    }
    /// Sets the number of the card's device.
    set snd_ump_endpoint_info_set_device(info, device: c_uint) {
        info.device = I32::new(signed(device));
    }
    /// Sets the flags, bits `SND_UMP_EP_INFO_…`.
    set snd_ump_endpoint_info_set_flags(info, flags: c_uint) {
        info.flags_bits = U32::new(flags);
    }
    /// Sets the protocols that the endpoint supports, bits `SND_UMP_EP_INFO_PROTO_…`.
    set snd_ump_endpoint_info_set_protocol_caps(info, caps: c_uint) {
        info.protocol_caps_bits = U32::new(caps);
    }
    /// Sets the protocol in use, bits `SND_UMP_EP_INFO_PROTO_…`.
    set snd_ump_endpoint_info_set_protocol(info, protocols: c_uint) {
        info.protocol_bits = U32::new(protocols);
    }
    /// Sets the number of function blocks.
    set snd_ump_endpoint_info_set_num_blocks(info, num_blocks: c_uint) {
        info.num_blocks = U32::new(num_blocks);
    }
    /// Sets the version of UMP, the major number in the high byte of 16 bits.
    set snd_ump_endpoint_info_set_version(info, version: c_uint) {
        info.version = half(version);
    }
    /// Sets the manufacturer, the three bytes of its number for sysex.
    set snd_ump_endpoint_info_set_manufacturer_id(info, id: c_uint) {
        info.manufacturer_id = U32::new(id);
    }
    /// Sets the device family, of 16 bits.
    set snd_ump_endpoint_info_set_family_id(info, id: c_uint) { info.family_id = half(id) }
    /// Sets the model within the family, of 16 bits.
    set snd_ump_endpoint_info_set_model_id(info, id: c_uint) { info.model_id = half(id) }

    /// Sets the name.
    text snd_ump_endpoint_info_set_name(info) { &mut info.name }
    /// Sets the product instance.
    text snd_ump_endpoint_info_set_product_id(info) { &mut info.product_id }
}

/// Copies the software revision, four bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_ump_endpoint_info_set_sw_revision(
    info: *mut snd_ump_endpoint_info_t,
    id: *const c_uchar,
) {
    if id.is_null() {
        return;
    }
    // SAFETY: *object*, of four bytes. It may be that of `info`, so it is read first.
    let id = unsafe { id.cast::<[u8; 4]>().read() };
    // SAFETY: *object*, and it is written to.
    if let Some(info) = unsafe { info.as_mut() } {
        info.sw_revision = id;
    }
}
