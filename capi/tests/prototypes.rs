//! The prototypes of the C header (alsa-lib 1.2.16) in Rust: a function that is missing or
//! has other types does not compile. The names are those of `symbols.txt`.
#![allow(missing_docs, reason = "the functions say what they do")]

use alsa_seq_capi::*;
use core::ffi::*;
use libc::pollfd;
use std::collections::BTreeSet;

/// Assigns each function to a pointer of its type, and lists the names. The functions that
/// may be ended by the cancellation of a thread are marked `waits`.
macro_rules! prototypes {
    ($($(#$waits:ident)? $name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
        $(prototype!($($waits)? $name($($argument),*) $(-> $result)?);)*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

macro_rules! prototype {
    (waits $name:ident($($argument:ty),*) -> $result:ty) => {
        const _: unsafe extern "C-unwind" fn($($argument),*) -> $result = $name;
    };
    ($name:ident($($argument:ty),*) $(-> $result:ty)?) => {
        const _: unsafe extern "C" fn($($argument),*) $(-> $result)? = $name;
    };
}

prototypes! {
    snd_midi_event_decode(*mut snd_midi_event_t, *mut c_uchar, c_long, *const snd_seq_event_t) -> c_long;
    snd_midi_event_encode(*mut snd_midi_event_t, *const c_uchar, c_long, *mut snd_seq_event_t) -> c_long;
    snd_midi_event_encode_byte(*mut snd_midi_event_t, c_int, *mut snd_seq_event_t) -> c_int;
    snd_midi_event_free(*mut snd_midi_event_t);
    snd_midi_event_init(*mut snd_midi_event_t);
    snd_midi_event_new(usize, *mut *mut snd_midi_event_t) -> c_int;
    snd_midi_event_no_status(*mut snd_midi_event_t, c_int);
    snd_midi_event_reset_decode(*mut snd_midi_event_t);
    snd_midi_event_reset_encode(*mut snd_midi_event_t);
    snd_midi_event_resize_buffer(*mut snd_midi_event_t, usize) -> c_int;
    snd_seq_alloc_named_queue(*mut snd_seq_t, *const c_char) -> c_int;
    snd_seq_alloc_queue(*mut snd_seq_t) -> c_int;
    snd_seq_change_bit(c_int, *mut c_void) -> c_int;
    snd_seq_client_id(*mut snd_seq_t) -> c_int;
    snd_seq_client_info_copy(*mut snd_seq_client_info_t, *const snd_seq_client_info_t);
    snd_seq_client_info_event_filter_add(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_event_filter_check(*mut snd_seq_client_info_t, c_int) -> c_int;
    snd_seq_client_info_event_filter_clear(*mut snd_seq_client_info_t);
    snd_seq_client_info_event_filter_del(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_free(*mut snd_seq_client_info_t);
    snd_seq_client_info_get_broadcast_filter(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_card(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_client(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_error_bounce(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_event_filter(*const snd_seq_client_info_t) -> *const c_uchar;
    snd_seq_client_info_get_event_lost(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_midi_version(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_name(*mut snd_seq_client_info_t) -> *const c_char;
    snd_seq_client_info_get_num_ports(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_pid(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_type(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_ump_conversion(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_get_ump_group_enabled(*const snd_seq_client_info_t, c_int) -> c_int;
    snd_seq_client_info_get_ump_groupless_enabled(*const snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_malloc(*mut *mut snd_seq_client_info_t) -> c_int;
    snd_seq_client_info_set_broadcast_filter(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_set_client(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_set_error_bounce(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_set_event_filter(*mut snd_seq_client_info_t, *mut c_uchar);
    snd_seq_client_info_set_midi_version(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_set_name(*mut snd_seq_client_info_t, *const c_char);
    snd_seq_client_info_set_ump_conversion(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_set_ump_group_enabled(*mut snd_seq_client_info_t, c_int, c_int);
    snd_seq_client_info_set_ump_groupless_enabled(*mut snd_seq_client_info_t, c_int);
    snd_seq_client_info_sizeof() -> usize;
    snd_seq_client_pool_copy(*mut snd_seq_client_pool_t, *const snd_seq_client_pool_t);
    snd_seq_client_pool_free(*mut snd_seq_client_pool_t);
    snd_seq_client_pool_get_client(*const snd_seq_client_pool_t) -> c_int;
    snd_seq_client_pool_get_input_free(*const snd_seq_client_pool_t) -> usize;
    snd_seq_client_pool_get_input_pool(*const snd_seq_client_pool_t) -> usize;
    snd_seq_client_pool_get_output_free(*const snd_seq_client_pool_t) -> usize;
    snd_seq_client_pool_get_output_pool(*const snd_seq_client_pool_t) -> usize;
    snd_seq_client_pool_get_output_room(*const snd_seq_client_pool_t) -> usize;
    snd_seq_client_pool_malloc(*mut *mut snd_seq_client_pool_t) -> c_int;
    snd_seq_client_pool_set_input_pool(*mut snd_seq_client_pool_t, usize);
    snd_seq_client_pool_set_output_pool(*mut snd_seq_client_pool_t, usize);
    snd_seq_client_pool_set_output_room(*mut snd_seq_client_pool_t, usize);
    snd_seq_client_pool_sizeof() -> usize;
    #waits snd_seq_close(*mut snd_seq_t) -> c_int;
    snd_seq_connect_from(*mut snd_seq_t, c_int, c_int, c_int) -> c_int;
    snd_seq_connect_to(*mut snd_seq_t, c_int, c_int, c_int) -> c_int;
    #waits snd_seq_control_queue(*mut snd_seq_t, c_int, c_int, c_int, *mut snd_seq_event_t) -> c_int;
    snd_seq_create_event() -> *mut snd_seq_event_t;
    snd_seq_create_port(*mut snd_seq_t, *mut snd_seq_port_info_t) -> c_int;
    snd_seq_create_queue(*mut snd_seq_t, *mut snd_seq_queue_info_t) -> c_int;
    snd_seq_create_simple_port(*mut snd_seq_t, *const c_char, c_uint, c_uint) -> c_int;
    snd_seq_create_ump_block(*mut snd_seq_t, c_int, *const snd_ump_block_info_t) -> c_int;
    snd_seq_create_ump_endpoint(*mut snd_seq_t, *const snd_ump_endpoint_info_t, c_uint) -> c_int;
    snd_seq_delete_port(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_delete_simple_port(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_disconnect_from(*mut snd_seq_t, c_int, c_int, c_int) -> c_int;
    snd_seq_disconnect_to(*mut snd_seq_t, c_int, c_int, c_int) -> c_int;
    #waits snd_seq_drain_output(*mut snd_seq_t) -> c_int;
    snd_seq_drop_input(*mut snd_seq_t) -> c_int;
    snd_seq_drop_input_buffer(*mut snd_seq_t) -> c_int;
    snd_seq_drop_output(*mut snd_seq_t) -> c_int;
    snd_seq_drop_output_buffer(*mut snd_seq_t) -> c_int;
    #waits snd_seq_event_input(*mut snd_seq_t, *mut *mut snd_seq_event_t) -> c_int;
    #waits snd_seq_event_input_pending(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_event_length(*mut snd_seq_event_t) -> isize;
    #waits snd_seq_event_output(*mut snd_seq_t, *mut snd_seq_event_t) -> c_int;
    snd_seq_event_output_buffer(*mut snd_seq_t, *mut snd_seq_event_t) -> c_int;
    #waits snd_seq_event_output_direct(*mut snd_seq_t, *mut snd_seq_event_t) -> c_int;
    snd_seq_event_output_pending(*mut snd_seq_t) -> c_int;
    snd_seq_extract_output(*mut snd_seq_t, *mut *mut snd_seq_event_t) -> c_int;
    snd_seq_free_event(*mut snd_seq_event_t) -> c_int;
    snd_seq_free_queue(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_get_any_client_info(*mut snd_seq_t, c_int, *mut snd_seq_client_info_t) -> c_int;
    snd_seq_get_any_port_info(*mut snd_seq_t, c_int, c_int, *mut snd_seq_port_info_t) -> c_int;
    snd_seq_get_bit(c_int, *mut c_void) -> c_int;
    snd_seq_get_client_info(*mut snd_seq_t, *mut snd_seq_client_info_t) -> c_int;
    snd_seq_get_client_pool(*mut snd_seq_t, *mut snd_seq_client_pool_t) -> c_int;
    snd_seq_get_input_buffer_size(*mut snd_seq_t) -> usize;
    snd_seq_get_output_buffer_size(*mut snd_seq_t) -> usize;
    snd_seq_get_port_info(*mut snd_seq_t, c_int, *mut snd_seq_port_info_t) -> c_int;
    snd_seq_get_port_subscription(*mut snd_seq_t, *mut snd_seq_port_subscribe_t) -> c_int;
    snd_seq_get_queue_info(*mut snd_seq_t, c_int, *mut snd_seq_queue_info_t) -> c_int;
    snd_seq_get_queue_status(*mut snd_seq_t, c_int, *mut snd_seq_queue_status_t) -> c_int;
    snd_seq_get_queue_tempo(*mut snd_seq_t, c_int, *mut snd_seq_queue_tempo_t) -> c_int;
    snd_seq_get_queue_timer(*mut snd_seq_t, c_int, *mut snd_seq_queue_timer_t) -> c_int;
    snd_seq_get_queue_usage(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_get_ump_block_info(*mut snd_seq_t, c_int, c_int, *mut c_void) -> c_int;
    snd_seq_get_ump_endpoint_info(*mut snd_seq_t, c_int, *mut c_void) -> c_int;
    snd_seq_has_queue_tempo_base(*mut snd_seq_t) -> c_int;
    #waits snd_seq_hw_open(*mut *mut snd_seq_t, *const c_char, c_int, c_int) -> c_int;
    snd_seq_name(*mut snd_seq_t) -> *const c_char;
    snd_seq_nonblock(*mut snd_seq_t, c_int) -> c_int;
    #waits snd_seq_open(*mut *mut snd_seq_t, *const c_char, c_int, c_int) -> c_int;
    #waits snd_seq_open_lconf(*mut *mut snd_seq_t, *const c_char, c_int, c_int, *mut snd_config_t) -> c_int;
    snd_seq_parse_address(*mut snd_seq_t, *mut snd_seq_addr_t, *const c_char) -> c_int;
    snd_seq_poll_descriptors(*mut snd_seq_t, *mut pollfd, c_uint, c_short) -> c_int;
    snd_seq_poll_descriptors_count(*mut snd_seq_t, c_short) -> c_int;
    snd_seq_poll_descriptors_revents(*mut snd_seq_t, *mut pollfd, c_uint, *mut c_ushort) -> c_int;
    snd_seq_port_info_copy(*mut snd_seq_port_info_t, *const snd_seq_port_info_t);
    snd_seq_port_info_free(*mut snd_seq_port_info_t);
    snd_seq_port_info_get_addr(*const snd_seq_port_info_t) -> *const snd_seq_addr_t;
    snd_seq_port_info_get_capability(*const snd_seq_port_info_t) -> c_uint;
    snd_seq_port_info_get_client(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_direction(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_midi_channels(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_midi_voices(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_name(*const snd_seq_port_info_t) -> *const c_char;
    snd_seq_port_info_get_port(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_port_specified(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_read_use(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_synth_voices(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_timestamp_queue(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_timestamp_real(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_timestamping(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_type(*const snd_seq_port_info_t) -> c_uint;
    snd_seq_port_info_get_ump_group(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_ump_is_midi1(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_get_write_use(*const snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_malloc(*mut *mut snd_seq_port_info_t) -> c_int;
    snd_seq_port_info_set_addr(*mut snd_seq_port_info_t, *const snd_seq_addr_t);
    snd_seq_port_info_set_capability(*mut snd_seq_port_info_t, c_uint);
    snd_seq_port_info_set_client(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_direction(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_midi_channels(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_midi_voices(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_name(*mut snd_seq_port_info_t, *const c_char);
    snd_seq_port_info_set_port(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_port_specified(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_synth_voices(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_timestamp_queue(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_timestamp_real(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_timestamping(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_type(*mut snd_seq_port_info_t, c_uint);
    snd_seq_port_info_set_ump_group(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_set_ump_is_midi1(*mut snd_seq_port_info_t, c_int);
    snd_seq_port_info_sizeof() -> usize;
    snd_seq_port_subscribe_copy(*mut snd_seq_port_subscribe_t, *const snd_seq_port_subscribe_t);
    snd_seq_port_subscribe_free(*mut snd_seq_port_subscribe_t);
    snd_seq_port_subscribe_get_dest(*const snd_seq_port_subscribe_t) -> *const snd_seq_addr_t;
    snd_seq_port_subscribe_get_exclusive(*const snd_seq_port_subscribe_t) -> c_int;
    snd_seq_port_subscribe_get_queue(*const snd_seq_port_subscribe_t) -> c_int;
    snd_seq_port_subscribe_get_sender(*const snd_seq_port_subscribe_t) -> *const snd_seq_addr_t;
    snd_seq_port_subscribe_get_time_real(*const snd_seq_port_subscribe_t) -> c_int;
    snd_seq_port_subscribe_get_time_update(*const snd_seq_port_subscribe_t) -> c_int;
    snd_seq_port_subscribe_malloc(*mut *mut snd_seq_port_subscribe_t) -> c_int;
    snd_seq_port_subscribe_set_dest(*mut snd_seq_port_subscribe_t, *const snd_seq_addr_t);
    snd_seq_port_subscribe_set_exclusive(*mut snd_seq_port_subscribe_t, c_int);
    snd_seq_port_subscribe_set_queue(*mut snd_seq_port_subscribe_t, c_int);
    snd_seq_port_subscribe_set_sender(*mut snd_seq_port_subscribe_t, *const snd_seq_addr_t);
    snd_seq_port_subscribe_set_time_real(*mut snd_seq_port_subscribe_t, c_int);
    snd_seq_port_subscribe_set_time_update(*mut snd_seq_port_subscribe_t, c_int);
    snd_seq_port_subscribe_sizeof() -> usize;
    snd_seq_query_named_queue(*mut snd_seq_t, *const c_char) -> c_int;
    snd_seq_query_next_client(*mut snd_seq_t, *mut snd_seq_client_info_t) -> c_int;
    snd_seq_query_next_port(*mut snd_seq_t, *mut snd_seq_port_info_t) -> c_int;
    snd_seq_query_port_subscribers(*mut snd_seq_t, *mut snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_copy(*mut snd_seq_query_subscribe_t, *const snd_seq_query_subscribe_t);
    snd_seq_query_subscribe_free(*mut snd_seq_query_subscribe_t);
    snd_seq_query_subscribe_get_addr(*const snd_seq_query_subscribe_t) -> *const snd_seq_addr_t;
    snd_seq_query_subscribe_get_client(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_exclusive(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_index(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_num_subs(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_port(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_queue(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_root(*const snd_seq_query_subscribe_t) -> *const snd_seq_addr_t;
    snd_seq_query_subscribe_get_time_real(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_time_update(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_get_type(*const snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_malloc(*mut *mut snd_seq_query_subscribe_t) -> c_int;
    snd_seq_query_subscribe_set_client(*mut snd_seq_query_subscribe_t, c_int);
    snd_seq_query_subscribe_set_index(*mut snd_seq_query_subscribe_t, c_int);
    snd_seq_query_subscribe_set_port(*mut snd_seq_query_subscribe_t, c_int);
    snd_seq_query_subscribe_set_root(*mut snd_seq_query_subscribe_t, *const snd_seq_addr_t);
    snd_seq_query_subscribe_set_type(*mut snd_seq_query_subscribe_t, c_int);
    snd_seq_query_subscribe_sizeof() -> usize;
    snd_seq_queue_info_copy(*mut snd_seq_queue_info_t, *const snd_seq_queue_info_t);
    snd_seq_queue_info_free(*mut snd_seq_queue_info_t);
    snd_seq_queue_info_get_flags(*const snd_seq_queue_info_t) -> c_uint;
    snd_seq_queue_info_get_locked(*const snd_seq_queue_info_t) -> c_int;
    snd_seq_queue_info_get_name(*const snd_seq_queue_info_t) -> *const c_char;
    snd_seq_queue_info_get_owner(*const snd_seq_queue_info_t) -> c_int;
    snd_seq_queue_info_get_queue(*const snd_seq_queue_info_t) -> c_int;
    snd_seq_queue_info_malloc(*mut *mut snd_seq_queue_info_t) -> c_int;
    snd_seq_queue_info_set_flags(*mut snd_seq_queue_info_t, c_uint);
    snd_seq_queue_info_set_locked(*mut snd_seq_queue_info_t, c_int);
    snd_seq_queue_info_set_name(*mut snd_seq_queue_info_t, *const c_char);
    snd_seq_queue_info_set_owner(*mut snd_seq_queue_info_t, c_int);
    snd_seq_queue_info_sizeof() -> usize;
    snd_seq_queue_status_copy(*mut snd_seq_queue_status_t, *const snd_seq_queue_status_t);
    snd_seq_queue_status_free(*mut snd_seq_queue_status_t);
    snd_seq_queue_status_get_events(*const snd_seq_queue_status_t) -> c_int;
    snd_seq_queue_status_get_queue(*const snd_seq_queue_status_t) -> c_int;
    snd_seq_queue_status_get_real_time(*const snd_seq_queue_status_t) -> *const snd_seq_real_time_t;
    snd_seq_queue_status_get_status(*const snd_seq_queue_status_t) -> c_uint;
    snd_seq_queue_status_get_tick_time(*const snd_seq_queue_status_t) -> snd_seq_tick_time_t;
    snd_seq_queue_status_malloc(*mut *mut snd_seq_queue_status_t) -> c_int;
    snd_seq_queue_status_sizeof() -> usize;
    snd_seq_queue_tempo_copy(*mut snd_seq_queue_tempo_t, *const snd_seq_queue_tempo_t);
    snd_seq_queue_tempo_free(*mut snd_seq_queue_tempo_t);
    snd_seq_queue_tempo_get_ppq(*const snd_seq_queue_tempo_t) -> c_int;
    snd_seq_queue_tempo_get_queue(*const snd_seq_queue_tempo_t) -> c_int;
    snd_seq_queue_tempo_get_skew(*const snd_seq_queue_tempo_t) -> c_uint;
    snd_seq_queue_tempo_get_skew_base(*const snd_seq_queue_tempo_t) -> c_uint;
    snd_seq_queue_tempo_get_tempo(*const snd_seq_queue_tempo_t) -> c_uint;
    snd_seq_queue_tempo_get_tempo_base(*const snd_seq_queue_tempo_t) -> c_uint;
    snd_seq_queue_tempo_malloc(*mut *mut snd_seq_queue_tempo_t) -> c_int;
    snd_seq_queue_tempo_set_ppq(*mut snd_seq_queue_tempo_t, c_int);
    snd_seq_queue_tempo_set_skew(*mut snd_seq_queue_tempo_t, c_uint);
    snd_seq_queue_tempo_set_skew_base(*mut snd_seq_queue_tempo_t, c_uint);
    snd_seq_queue_tempo_set_tempo(*mut snd_seq_queue_tempo_t, c_uint);
    snd_seq_queue_tempo_set_tempo_base(*mut snd_seq_queue_tempo_t, c_uint);
    snd_seq_queue_tempo_sizeof() -> usize;
    snd_seq_queue_timer_copy(*mut snd_seq_queue_timer_t, *const snd_seq_queue_timer_t);
    snd_seq_queue_timer_free(*mut snd_seq_queue_timer_t);
    snd_seq_queue_timer_get_id(*const snd_seq_queue_timer_t) -> *const snd_timer_id_t;
    snd_seq_queue_timer_get_queue(*const snd_seq_queue_timer_t) -> c_int;
    snd_seq_queue_timer_get_resolution(*const snd_seq_queue_timer_t) -> c_uint;
    snd_seq_queue_timer_get_type(*const snd_seq_queue_timer_t) -> c_int;
    snd_seq_queue_timer_malloc(*mut *mut snd_seq_queue_timer_t) -> c_int;
    snd_seq_queue_timer_set_id(*mut snd_seq_queue_timer_t, *const snd_timer_id_t);
    snd_seq_queue_timer_set_resolution(*mut snd_seq_queue_timer_t, c_uint);
    snd_seq_queue_timer_set_type(*mut snd_seq_queue_timer_t, c_int);
    snd_seq_queue_timer_sizeof() -> usize;
    snd_seq_remove_events(*mut snd_seq_t, *mut snd_seq_remove_events_t) -> c_int;
    snd_seq_remove_events_copy(*mut snd_seq_remove_events_t, *const snd_seq_remove_events_t);
    snd_seq_remove_events_free(*mut snd_seq_remove_events_t);
    snd_seq_remove_events_get_channel(*const snd_seq_remove_events_t) -> c_int;
    snd_seq_remove_events_get_condition(*const snd_seq_remove_events_t) -> c_uint;
    snd_seq_remove_events_get_dest(*const snd_seq_remove_events_t) -> *const snd_seq_addr_t;
    snd_seq_remove_events_get_event_type(*const snd_seq_remove_events_t) -> c_int;
    snd_seq_remove_events_get_queue(*const snd_seq_remove_events_t) -> c_int;
    snd_seq_remove_events_get_tag(*const snd_seq_remove_events_t) -> c_int;
    snd_seq_remove_events_get_time(*const snd_seq_remove_events_t) -> *const snd_seq_timestamp_t;
    snd_seq_remove_events_malloc(*mut *mut snd_seq_remove_events_t) -> c_int;
    snd_seq_remove_events_set_channel(*mut snd_seq_remove_events_t, c_int);
    snd_seq_remove_events_set_condition(*mut snd_seq_remove_events_t, c_uint);
    snd_seq_remove_events_set_dest(*mut snd_seq_remove_events_t, *const snd_seq_addr_t);
    snd_seq_remove_events_set_event_type(*mut snd_seq_remove_events_t, c_int);
    snd_seq_remove_events_set_queue(*mut snd_seq_remove_events_t, c_int);
    snd_seq_remove_events_set_tag(*mut snd_seq_remove_events_t, c_int);
    snd_seq_remove_events_set_time(*mut snd_seq_remove_events_t, *const snd_seq_timestamp_t);
    snd_seq_remove_events_sizeof() -> usize;
    snd_seq_reset_pool_input(*mut snd_seq_t) -> c_int;
    snd_seq_reset_pool_output(*mut snd_seq_t) -> c_int;
    snd_seq_set_bit(c_int, *mut c_void);
    snd_seq_set_client_event_filter(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_set_client_info(*mut snd_seq_t, *mut snd_seq_client_info_t) -> c_int;
    snd_seq_set_client_midi_version(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_set_client_name(*mut snd_seq_t, *const c_char) -> c_int;
    snd_seq_set_client_pool(*mut snd_seq_t, *mut snd_seq_client_pool_t) -> c_int;
    snd_seq_set_client_pool_input(*mut snd_seq_t, usize) -> c_int;
    snd_seq_set_client_pool_output(*mut snd_seq_t, usize) -> c_int;
    snd_seq_set_client_pool_output_room(*mut snd_seq_t, usize) -> c_int;
    snd_seq_set_client_ump_conversion(*mut snd_seq_t, c_int) -> c_int;
    snd_seq_set_input_buffer_size(*mut snd_seq_t, usize) -> c_int;
    snd_seq_set_output_buffer_size(*mut snd_seq_t, usize) -> c_int;
    snd_seq_set_port_info(*mut snd_seq_t, c_int, *mut snd_seq_port_info_t) -> c_int;
    snd_seq_set_queue_info(*mut snd_seq_t, c_int, *mut snd_seq_queue_info_t) -> c_int;
    snd_seq_set_queue_tempo(*mut snd_seq_t, c_int, *mut snd_seq_queue_tempo_t) -> c_int;
    snd_seq_set_queue_timer(*mut snd_seq_t, c_int, *mut snd_seq_queue_timer_t) -> c_int;
    snd_seq_set_queue_usage(*mut snd_seq_t, c_int, c_int) -> c_int;
    snd_seq_set_ump_block_info(*mut snd_seq_t, c_int, *const c_void) -> c_int;
    snd_seq_set_ump_endpoint_info(*mut snd_seq_t, *const c_void) -> c_int;
    snd_seq_subscribe_port(*mut snd_seq_t, *mut snd_seq_port_subscribe_t) -> c_int;
    #waits snd_seq_sync_output_queue(*mut snd_seq_t) -> c_int;
    snd_seq_system_info(*mut snd_seq_t, *mut snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_copy(*mut snd_seq_system_info_t, *const snd_seq_system_info_t);
    snd_seq_system_info_free(*mut snd_seq_system_info_t);
    snd_seq_system_info_get_channels(*const snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_get_clients(*const snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_get_cur_clients(*const snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_get_cur_queues(*const snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_get_ports(*const snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_get_queues(*const snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_malloc(*mut *mut snd_seq_system_info_t) -> c_int;
    snd_seq_system_info_sizeof() -> usize;
    snd_seq_type(*mut snd_seq_t) -> c_int;
    #waits snd_seq_ump_event_input(*mut snd_seq_t, *mut *mut snd_seq_ump_event_t) -> c_int;
    #waits snd_seq_ump_event_output(*mut snd_seq_t, *mut snd_seq_ump_event_t) -> c_int;
    snd_seq_ump_event_output_buffer(*mut snd_seq_t, *mut snd_seq_ump_event_t) -> c_int;
    #waits snd_seq_ump_event_output_direct(*mut snd_seq_t, *mut snd_seq_ump_event_t) -> c_int;
    snd_seq_ump_extract_output(*mut snd_seq_t, *mut *mut snd_seq_ump_event_t) -> c_int;
    snd_seq_unset_bit(c_int, *mut c_void);
    snd_seq_unsubscribe_port(*mut snd_seq_t, *mut snd_seq_port_subscribe_t) -> c_int;
    snd_ump_block_info_clear(*mut snd_ump_block_info_t);
    snd_ump_block_info_copy(*mut snd_ump_block_info_t, *const snd_ump_block_info_t);
    snd_ump_block_info_free(*mut snd_ump_block_info_t);
    snd_ump_block_info_get_active(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_block_id(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_card(*const snd_ump_block_info_t) -> c_int;
    snd_ump_block_info_get_device(*const snd_ump_block_info_t) -> c_int;
    snd_ump_block_info_get_direction(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_first_group(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_flags(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_midi_ci_version(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_name(*const snd_ump_block_info_t) -> *const c_char;
    snd_ump_block_info_get_num_groups(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_sysex8_streams(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_get_ui_hint(*const snd_ump_block_info_t) -> c_uint;
    snd_ump_block_info_malloc(*mut *mut snd_ump_block_info_t) -> c_int;
    snd_ump_block_info_set_active(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_block_id(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_card(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_device(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_direction(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_first_group(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_flags(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_midi_ci_version(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_name(*mut snd_ump_block_info_t, *const c_char);
    snd_ump_block_info_set_num_groups(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_sysex8_streams(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_set_ui_hint(*mut snd_ump_block_info_t, c_uint);
    snd_ump_block_info_sizeof() -> usize;
    snd_ump_endpoint_info_clear(*mut snd_ump_endpoint_info_t);
    snd_ump_endpoint_info_copy(*mut snd_ump_endpoint_info_t, *const snd_ump_endpoint_info_t);
    snd_ump_endpoint_info_free(*mut snd_ump_endpoint_info_t);
    snd_ump_endpoint_info_get_card(*const snd_ump_endpoint_info_t) -> c_int;
    snd_ump_endpoint_info_get_device(*const snd_ump_endpoint_info_t) -> c_int;
    snd_ump_endpoint_info_get_family_id(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_flags(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_manufacturer_id(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_model_id(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_name(*const snd_ump_endpoint_info_t) -> *const c_char;
    snd_ump_endpoint_info_get_num_blocks(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_product_id(*const snd_ump_endpoint_info_t) -> *const c_char;
    snd_ump_endpoint_info_get_protocol(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_protocol_caps(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_get_sw_revision(*const snd_ump_endpoint_info_t) -> *const c_uchar;
    snd_ump_endpoint_info_get_version(*const snd_ump_endpoint_info_t) -> c_uint;
    snd_ump_endpoint_info_malloc(*mut *mut snd_ump_endpoint_info_t) -> c_int;
    snd_ump_endpoint_info_set_card(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_device(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_family_id(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_flags(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_manufacturer_id(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_model_id(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_name(*mut snd_ump_endpoint_info_t, *const c_char);
    snd_ump_endpoint_info_set_num_blocks(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_product_id(*mut snd_ump_endpoint_info_t, *const c_char);
    snd_ump_endpoint_info_set_protocol(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_protocol_caps(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_set_sw_revision(*mut snd_ump_endpoint_info_t, *const c_uchar);
    snd_ump_endpoint_info_set_version(*mut snd_ump_endpoint_info_t, c_uint);
    snd_ump_endpoint_info_sizeof() -> usize;
    snd_ump_msg_sysex_expand(*const u32, *mut u8, usize, *mut usize) -> c_int;
    snd_ump_packet_length(c_uint) -> c_int;
    snd_timer_async(*mut snd_timer_t, c_int, libc::pid_t) -> c_int;
    #waits snd_timer_close(*mut snd_timer_t) -> c_int;
    snd_timer_continue(*mut snd_timer_t) -> c_int;
    snd_timer_ginfo_copy(*mut snd_timer_ginfo_t, *const snd_timer_ginfo_t);
    snd_timer_ginfo_free(*mut snd_timer_ginfo_t);
    snd_timer_ginfo_get_card(*mut snd_timer_ginfo_t) -> c_int;
    snd_timer_ginfo_get_clients(*mut snd_timer_ginfo_t) -> c_uint;
    snd_timer_ginfo_get_flags(*mut snd_timer_ginfo_t) -> c_uint;
    snd_timer_ginfo_get_id(*mut snd_timer_ginfo_t) -> *mut c_char;
    snd_timer_ginfo_get_name(*mut snd_timer_ginfo_t) -> *mut c_char;
    snd_timer_ginfo_get_resolution(*mut snd_timer_ginfo_t) -> c_ulong;
    snd_timer_ginfo_get_resolution_max(*mut snd_timer_ginfo_t) -> c_ulong;
    snd_timer_ginfo_get_resolution_min(*mut snd_timer_ginfo_t) -> c_ulong;
    snd_timer_ginfo_get_tid(*mut snd_timer_ginfo_t) -> *mut snd_timer_id_t;
    snd_timer_ginfo_malloc(*mut *mut snd_timer_ginfo_t) -> c_int;
    snd_timer_ginfo_set_tid(*mut snd_timer_ginfo_t, *mut snd_timer_id_t) -> c_int;
    snd_timer_ginfo_sizeof() -> usize;
    #waits snd_timer_hw_open(*mut *mut snd_timer_t, *const c_char, c_int, c_int, c_int, c_int, c_int, c_int) -> c_int;
    snd_timer_id_copy(*mut snd_timer_id_t, *const snd_timer_id_t);
    snd_timer_id_free(*mut snd_timer_id_t);
    snd_timer_id_get_card(*mut snd_timer_id_t) -> c_int;
    snd_timer_id_get_class(*mut snd_timer_id_t) -> c_int;
    snd_timer_id_get_device(*mut snd_timer_id_t) -> c_int;
    snd_timer_id_get_sclass(*mut snd_timer_id_t) -> c_int;
    snd_timer_id_get_subdevice(*mut snd_timer_id_t) -> c_int;
    snd_timer_id_malloc(*mut *mut snd_timer_id_t) -> c_int;
    snd_timer_id_set_card(*mut snd_timer_id_t, c_int);
    snd_timer_id_set_class(*mut snd_timer_id_t, c_int);
    snd_timer_id_set_device(*mut snd_timer_id_t, c_int);
    snd_timer_id_set_sclass(*mut snd_timer_id_t, c_int);
    snd_timer_id_set_subdevice(*mut snd_timer_id_t, c_int);
    snd_timer_id_sizeof() -> usize;
    snd_timer_info(*mut snd_timer_t, *mut snd_timer_info_t) -> c_int;
    snd_timer_info_copy(*mut snd_timer_info_t, *const snd_timer_info_t);
    snd_timer_info_free(*mut snd_timer_info_t);
    snd_timer_info_get_card(*mut snd_timer_info_t) -> c_int;
    snd_timer_info_get_id(*mut snd_timer_info_t) -> *const c_char;
    snd_timer_info_get_name(*mut snd_timer_info_t) -> *const c_char;
    snd_timer_info_get_resolution(*mut snd_timer_info_t) -> c_long;
    snd_timer_info_get_ticks(*mut snd_timer_info_t) -> c_long;
    snd_timer_info_is_slave(*mut snd_timer_info_t) -> c_int;
    snd_timer_info_malloc(*mut *mut snd_timer_info_t) -> c_int;
    snd_timer_info_sizeof() -> usize;
    snd_timer_name(*mut snd_timer_t) -> *const c_char;
    snd_timer_nonblock(*mut snd_timer_t, c_int) -> c_int;
    #waits snd_timer_open(*mut *mut snd_timer_t, *const c_char, c_int) -> c_int;
    #waits snd_timer_open_lconf(*mut *mut snd_timer_t, *const c_char, c_int, *mut snd_config_t) -> c_int;
    snd_timer_params(*mut snd_timer_t, *mut snd_timer_params_t) -> c_int;
    snd_timer_params_copy(*mut snd_timer_params_t, *const snd_timer_params_t);
    snd_timer_params_free(*mut snd_timer_params_t);
    snd_timer_params_get_auto_start(*mut snd_timer_params_t) -> c_int;
    snd_timer_params_get_early_event(*mut snd_timer_params_t) -> c_int;
    snd_timer_params_get_exclusive(*mut snd_timer_params_t) -> c_int;
    snd_timer_params_get_filter(*mut snd_timer_params_t) -> c_uint;
    snd_timer_params_get_queue_size(*mut snd_timer_params_t) -> c_long;
    snd_timer_params_get_ticks(*mut snd_timer_params_t) -> c_long;
    snd_timer_params_malloc(*mut *mut snd_timer_params_t) -> c_int;
    snd_timer_params_set_auto_start(*mut snd_timer_params_t, c_int) -> c_int;
    snd_timer_params_set_early_event(*mut snd_timer_params_t, c_int) -> c_int;
    snd_timer_params_set_exclusive(*mut snd_timer_params_t, c_int) -> c_int;
    snd_timer_params_set_filter(*mut snd_timer_params_t, c_uint);
    snd_timer_params_set_queue_size(*mut snd_timer_params_t, c_long);
    snd_timer_params_set_ticks(*mut snd_timer_params_t, c_long);
    snd_timer_params_sizeof() -> usize;
    snd_timer_poll_descriptors(*mut snd_timer_t, *mut pollfd, c_uint) -> c_int;
    snd_timer_poll_descriptors_count(*mut snd_timer_t) -> c_int;
    snd_timer_poll_descriptors_revents(*mut snd_timer_t, *mut pollfd, c_uint, *mut c_ushort) -> c_int;
    #waits snd_timer_query_close(*mut snd_timer_query_t) -> c_int;
    #waits snd_timer_query_hw_open(*mut *mut snd_timer_query_t, *const c_char, c_int) -> c_int;
    snd_timer_query_info(*mut snd_timer_query_t, *mut snd_timer_ginfo_t) -> c_int;
    snd_timer_query_next_device(*mut snd_timer_query_t, *mut snd_timer_id_t) -> c_int;
    #waits snd_timer_query_open(*mut *mut snd_timer_query_t, *const c_char, c_int) -> c_int;
    #waits snd_timer_query_open_lconf(*mut *mut snd_timer_query_t, *const c_char, c_int, *mut snd_config_t) -> c_int;
    snd_timer_query_params(*mut snd_timer_query_t, *mut snd_timer_gparams_t) -> c_int;
    snd_timer_query_status(*mut snd_timer_query_t, *mut snd_timer_gstatus_t) -> c_int;
    #waits snd_timer_read(*mut snd_timer_t, *mut c_void, usize) -> isize;
    snd_timer_start(*mut snd_timer_t) -> c_int;
    snd_timer_status(*mut snd_timer_t, *mut snd_timer_status_t) -> c_int;
    snd_timer_status_copy(*mut snd_timer_status_t, *const snd_timer_status_t);
    snd_timer_status_free(*mut snd_timer_status_t);
    snd_timer_status_get_lost(*mut snd_timer_status_t) -> c_long;
    snd_timer_status_get_overrun(*mut snd_timer_status_t) -> c_long;
    snd_timer_status_get_queue(*mut snd_timer_status_t) -> c_long;
    snd_timer_status_get_resolution(*mut snd_timer_status_t) -> c_long;
    snd_timer_status_get_timestamp(*mut snd_timer_status_t) -> snd_htimestamp_t;
    snd_timer_status_malloc(*mut *mut snd_timer_status_t) -> c_int;
    snd_timer_status_sizeof() -> usize;
    snd_timer_stop(*mut snd_timer_t) -> c_int;
    snd_timer_type(*mut snd_timer_t) -> c_int;
    snd_async_add_ctl_handler(*mut *mut snd_async_handler_t, *mut snd_ctl_t, Option<snd_async_callback_t>, *mut c_void) -> c_int;
    snd_async_add_handler(*mut *mut snd_async_handler_t, c_int, Option<snd_async_callback_t>, *mut c_void) -> c_int;
    snd_async_add_pcm_handler(*mut *mut snd_async_handler_t, *mut snd_pcm_t, Option<snd_async_callback_t>, *mut c_void) -> c_int;
    snd_async_add_timer_handler(*mut *mut snd_async_handler_t, *mut snd_timer_t, Option<snd_async_callback_t>, *mut c_void) -> c_int;
    snd_async_del_handler(*mut snd_async_handler_t) -> c_int;
    snd_async_handler_get_callback_private(*mut snd_async_handler_t) -> *mut c_void;
    snd_async_handler_get_ctl(*mut snd_async_handler_t) -> *mut snd_ctl_t;
    snd_async_handler_get_fd(*mut snd_async_handler_t) -> c_int;
    snd_async_handler_get_pcm(*mut snd_async_handler_t) -> *mut snd_pcm_t;
    snd_async_handler_get_signo(*mut snd_async_handler_t) -> c_int;
    snd_async_handler_get_timer(*mut snd_async_handler_t) -> *mut snd_timer_t;
    snd_dlclose(*mut c_void) -> c_int;
    snd_dlopen(*const c_char, c_int, *mut c_char, usize) -> *mut c_void;
    snd_dlsym(*mut c_void, *const c_char, *const c_char) -> *mut c_void;
    snd_shm_area_create(c_int, *mut c_void) -> *mut snd_shm_area;
    snd_shm_area_destroy(*mut snd_shm_area) -> c_int;
    snd_shm_area_destructor();
    snd_shm_area_share(*mut snd_shm_area) -> *mut snd_shm_area;
    snd_user_file(*const c_char, *mut *mut c_char) -> c_int;
    snd_asoundlib_version() -> *const c_char;
    snd_config_update_free_global() -> c_int;
    snd_lib_error_set_handler(Option<snd_lib_error_handler_t>) -> c_int;
    snd_lib_error_set_local(Option<snd_local_error_handler_t>) -> Option<snd_local_error_handler_t>;
    snd_strerror(c_int) -> *const c_char;
}

const _: &[c_uint; 256] = &snd_seq_event_types;

/// The functions of the list are those here.
#[test]
fn every_symbol_is_there() {
    let listed: BTreeSet<&str> = include_str!("../symbols.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "snd_seq_event_types")
        .collect();
    let here: BTreeSet<&str> = NAMES.iter().copied().collect();
    let different: Vec<_> = here.symmetric_difference(&listed).collect();
    assert!(different.is_empty(), "{different:?}");
    let count = |beginning| {
        here.iter()
            .filter(|name| name.starts_with(beginning))
            .count()
    };
    // libasound 1.2.16 has 291 names with this beginning, and one is the table.
    assert_eq!(count("snd_seq_"), 290);
    assert_eq!(count("snd_midi_event_"), 10);
    assert_eq!(count("snd_ump_"), 62);
    assert_eq!(count("snd_timer_"), 89);
    assert_eq!(count("snd_async_"), 11);
}

/// The fuzz targets compare everything that has no handle with libasound. The functions of a
/// container are known by its name, which is that of the function `…_sizeof` without the end.
#[test]
fn every_function_of_a_container_is_compared() {
    const COMPARED: [&str; 2] = [
        include_str!("../../fuzz/src/capi/accessors/list.rs"),
        include_str!("../../fuzz/src/capi/midi.rs"),
    ];
    let containers: Vec<String> = NAMES
        .iter()
        .filter_map(|name| name.strip_suffix("_sizeof"))
        .chain(["snd_midi_event", "snd_ump"])
        .map(|name| format!("{name}_"))
        .collect();
    // Eleven of the sequencer's, five of the timers', two of UMP's, and the last two.
    assert_eq!(containers.len(), 20);
    let words: BTreeSet<&str> = COMPARED
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let missing: Vec<_> = NAMES
        .iter()
        .filter(|name| containers.iter().any(|start| name.starts_with(start)))
        .filter(|name| !words.contains(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
