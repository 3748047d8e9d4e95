//! The prototypes of the C header (alsa-lib 1.2.16) in Rust. If a function is missing or has other
//! types, this file does not compile. The names are those of `symbols.txt`, and `cargo xtask capi
//! symbols` compares the list with the header.
#![allow(missing_docs, reason = "the names of the functions describe them")]
#![allow(non_camel_case_types, reason = "C names")]

use alsa_seq_capi::*;
use alsa_seq_kernel_abi::event;
use core::ffi::*;
use core::mem::offset_of;
use libc::pollfd;
use std::collections::BTreeSet;

/// Assigns each function to a pointer of its type, and lists the names. Functions in which a thread
/// may be cancelled are marked `waits`.
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

/// Asserts the size and the offsets of each struct.
macro_rules! layouts {
    ($($name:ident, $type:ty, $size:literal { $($field:ident $($path:ident).+ $offset:literal;)* })*) => {
        $(const _: () = {
            assert!(size_of::<$type>() == $size);
            $(assert!(offset_of!($type, $($path).+) == $offset);)*
        };)*
    };
}

// C enumerations, which Rust passes as integers.
type snd_seq_client_type_t = c_int;
type snd_seq_query_subs_type_t = c_int;
type snd_seq_queue_timer_type_t = c_int;
type snd_seq_type_t = c_int;

include!("prototypes/list.rs");

const _: &[c_uint; 256] = &snd_seq_event_types;

/// The list contains exactly the functions of this crate.
#[test]
fn every_symbol_exists() {
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

/// The fuzz targets compare all functions without a handle with libasound. A container's functions
/// are identified by its name, which is the name of the function `…_sizeof` without the suffix.
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
