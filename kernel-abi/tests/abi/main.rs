//! The oracle: is this crate the ABI that the C headers declare?
//!
//! `linux-7.2.txt` beside this file records every struct, field, constant and
//! ioctl of the header of Linux 7.2, for 64-bit and for 32-bit programs. The
//! tests compare
//!
//! - this crate with the table, every row both ways;
//! - the table with the header that is installed here, as the C compiler
//!   understands it, for each width of pointers it can compile for; what an
//!   older header lacks must be in [`NEWER`];
//! - the raw ioctl numbers of this machine, C's with ours.
//!
//! What there is to compare isn't a list that somebody keeps: `header.rs` finds
//! it in the header's text, so something new there has no row and fails.
//!
//! Without a C compiler or the header the last two can't be done. They say so,
//! and fail if `CI` is `true` or `ALSA_SEQ_REQUIRE_KERNEL` is `1`.
//!
//! To record another header, put the directories that hold its `sound` and
//! `asm`, separated by colons, into a variable:
//!
//! ```text
//! ALSA_SEQ_RECORD_ABI=/x/usr/include:/x/usr/include/x86_64-linux-gnu \
//!     cargo test -p alsa-seq-kernel-abi --test abi -- --ignored record
//! ```
//!
//! `ALSA_SEQ_CHECK_ABI` in its place, without `--ignored`, compares that header
//! instead of the installed one.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests; clippy sees only the functions with the attribute as such"
)]

mod c;
mod header;
mod internal;
mod ours;
mod table;

use c::Compiler;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::{env, fs};

/// Rows that came with a Linux later than 6.1, the oldest one supported, and the
/// version. A header of that version or later must have them; an earlier one
/// may. A struct stands for its fields too.
const NEWER: [(&str, (u32, u32)); 51] = [
    ("const SNDRV_SEQ_EVENT_UMP", (6, 5)),
    ("struct snd_seq_ump_event", (6, 5)),
    ("union snd_seq_event_data", (6, 5)),
    ("ioctl SNDRV_SEQ_IOCTL_USER_PVERSION", (6, 5)),
    ("const SNDRV_SEQ_CLIENT_LEGACY_MIDI", (6, 5)),
    ("const SNDRV_SEQ_CLIENT_UMP_MIDI_1_0", (6, 5)),
    ("const SNDRV_SEQ_CLIENT_UMP_MIDI_2_0", (6, 5)),
    ("field snd_seq_client_info.midi_version", (6, 5)),
    ("field snd_seq_client_info.group_filter", (6, 5)),
    ("const SNDRV_SEQ_FILTER_NO_CONVERT", (6, 5)),
    ("const SNDRV_SEQ_PORT_CAP_INACTIVE", (6, 5)),
    ("const SNDRV_SEQ_PORT_CAP_UMP_ENDPOINT", (6, 5)),
    ("const SNDRV_SEQ_PORT_TYPE_MIDI_UMP", (6, 5)),
    ("const SNDRV_SEQ_PORT_DIR_UNKNOWN", (6, 5)),
    ("const SNDRV_SEQ_PORT_DIR_INPUT", (6, 5)),
    ("const SNDRV_SEQ_PORT_DIR_OUTPUT", (6, 5)),
    ("const SNDRV_SEQ_PORT_DIR_BIDIRECTION", (6, 5)),
    ("field snd_seq_port_info.direction", (6, 5)),
    ("field snd_seq_port_info.ump_group", (6, 5)),
    ("const SNDRV_SEQ_CLIENT_UMP_INFO_ENDPOINT", (6, 5)),
    ("const SNDRV_SEQ_CLIENT_UMP_INFO_BLOCK", (6, 5)),
    ("struct snd_seq_client_ump_info", (6, 5)),
    ("ioctl SNDRV_SEQ_IOCTL_GET_CLIENT_UMP_INFO", (6, 5)),
    ("ioctl SNDRV_SEQ_IOCTL_SET_CLIENT_UMP_INFO", (6, 5)),
    ("struct snd_ump_endpoint_info", (6, 5)),
    ("struct snd_ump_block_info", (6, 5)),
    ("const SNDRV_UMP_BLOCK_IS_LOWSPEED", (6, 5)),
    ("const SNDRV_UMP_BLOCK_IS_MIDI1", (6, 5)),
    ("const SNDRV_UMP_BLOCK_UI_HINT_BOTH", (6, 5)),
    ("const SNDRV_UMP_BLOCK_UI_HINT_RECEIVER", (6, 5)),
    ("const SNDRV_UMP_BLOCK_UI_HINT_SENDER", (6, 5)),
    ("const SNDRV_UMP_BLOCK_UI_HINT_UNKNOWN", (6, 5)),
    ("const SNDRV_UMP_DIR_BIDIRECTION", (6, 5)),
    ("const SNDRV_UMP_DIR_INPUT", (6, 5)),
    ("const SNDRV_UMP_DIR_OUTPUT", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_PROTO_JRTS_MASK", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_PROTO_JRTS_RX", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_PROTO_JRTS_TX", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_PROTO_MIDI1", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_PROTO_MIDI2", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_PROTO_MIDI_MASK", (6, 5)),
    ("const SNDRV_UMP_EP_INFO_STATIC_BLOCKS", (6, 5)),
    ("const SNDRV_UMP_MAX_BLOCKS", (6, 5)),
    ("const SNDRV_UMP_MAX_GROUPS", (6, 5)),
    ("field snd_seq_queue_tempo.tempo_base", (6, 11)),
    ("const SNDRV_SEQ_PORT_FLG_IS_MIDI1", (6, 12)),
    ("const SNDRV_TIMER_GLOBAL_UDRIVEN", (6, 12)),
    ("const SNDRV_SEQ_EVENT_UMP_EP_CHANGE", (6, 14)),
    ("const SNDRV_SEQ_EVENT_UMP_BLOCK_CHANGE", (6, 14)),
    ("struct snd_seq_ev_ump_notify", (6, 14)),
    ("field snd_seq_event_data.ump_notify", (6, 14)),
];

/// The C compilers, or `None` with a visible note when there is none and
/// nobody insists.
fn compilers() -> Option<&'static [Compiler]> {
    static COMPILERS: OnceLock<Option<Vec<Compiler>>> = OnceLock::new();
    COMPILERS.get_or_init(find_compilers).as_deref()
}

fn find_compilers() -> Option<Vec<Compiler>> {
    // Past the capture of a passing test's output.
    let note = |note: String| {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes());
    };
    let mut compilers = c::compilers();
    let why = match compilers.first().map(Compiler::has_header) {
        Some(Ok(())) => {
            // The other width may lack headers, such as 32-bit ones.
            compilers.retain(|compiler| compiler.has_header().is_ok());
            for width in [4, 8] {
                if !compilers.iter().any(|compiler| compiler.width == width) {
                    note(format!(
                        "SKIPPED: the C compiler can't make programs of {} bits\n",
                        8 * width
                    ));
                }
            }
            return Some(compilers);
        }
        Some(Err(error)) => error,
        None => "no C compiler".to_owned(),
    };
    let set = |name, value| env::var(name).is_ok_and(|it| it == value);
    assert!(
        !set("CI", "true") && !set("ALSA_SEQ_REQUIRE_KERNEL", "1"),
        "the C header can't be asked: {why}"
    );
    note(format!(
        "SKIPPED: the ABI was not compared with a C header: {why}\n"
    ));
    None
}

/// The directories in a variable.
fn directories(variable: &str) -> Vec<PathBuf> {
    let paths = env::var_os(variable).unwrap_or_default();
    env::split_paths(&paths)
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}

/// Returns the differences between a header, the one in `includes` or the installed one, and the
/// table.
fn examine(compiler: &Compiler, includes: &[PathBuf]) -> Vec<String> {
    match compiler.ask(includes) {
        Ok(answer) => table::compare_header(
            &table::recorded(compiler.width),
            &answer.rows,
            answer.version,
            &NEWER,
        ),
        Err(error) => vec![error],
    }
}

#[test]
fn this_crate_is_the_recorded_abi() {
    let (ours, _) = ours::rows();
    let recorded = table::recorded(size_of::<usize>());
    let complaints = table::compare_ours(&recorded, &ours, &ours::ALIGNMENTS);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (key, align) in ours::ALIGNMENTS {
        let value = recorded.get(key).expect(key);
        assert!(
            !value.ends_with(&format!(" align {align}")),
            "{key} is no exception"
        );
    }
}

#[test]
fn the_installed_header_is_the_recorded_abi() {
    let Some(compilers) = compilers() else { return };
    let includes = directories("ALSA_SEQ_CHECK_ABI");
    for compiler in compilers {
        let complaints = examine(compiler, &includes);
        assert!(complaints.is_empty(), "{compiler:?}: {complaints:#?}");
    }
}

#[test]
fn the_ioctl_numbers_are_this_machines() {
    let Some(compilers) = compilers() else { return };
    let (_, ours) = ours::rows();
    let mut compared = 0;
    for compiler in compilers {
        if compiler.width != size_of::<usize>() {
            continue;
        }
        for (name, number) in compiler.ask(&[]).unwrap().numbers {
            let (_, ours) = ours
                .iter()
                .find(|(our_name, _)| *our_name == name)
                .expect(&name);
            assert_eq!(*ours, number, "{name}");
            compared += 1;
        }
    }
    // 6.1 without UMP has 31 of them.
    assert!(compared >= 31, "only {compared} numbers compared");
}

/// The layouts asserted in the crate are numbers, or numbers plus the size of a
/// pointer. That this is the whole difference between the widths makes the
/// assertions right for the one that isn't compiled here.
#[test]
fn only_pointers_distinguish_the_widths() {
    let wide = table::recorded(8);
    let narrow = table::recorded(4);
    let mut different = Vec::new();
    for (key, wide) in &wide {
        let narrow = &narrow[key];
        if wide == narrow {
            continue;
        }
        different.push(key.as_str());
        let Some((at, size, shape)) = table::place(wide) else {
            continue;
        };
        let (at, size) = match shape {
            "pointer" => (at, size - 4),
            // The two payloads of an event that end with a pointer.
            "aggregate" => (at, size - 4),
            _ => (at - 4, size),
        };
        assert_eq!(*narrow, format!("at {at} size {size} {shape}"), "{key}");
    }
    assert_eq!(
        different,
        [
            "field snd_seq_ev_ext.ptr",
            "field snd_seq_ev_quote.event",
            "field snd_seq_event_data.ext",
            "field snd_seq_event_data.quote",
            "field snd_seq_port_info.direction",
            "field snd_seq_port_info.flags",
            "field snd_seq_port_info.kernel",
            "field snd_seq_port_info.reserved",
            "field snd_seq_port_info.time_queue",
            "field snd_seq_port_info.ump_group",
            "ioctl SNDRV_SEQ_IOCTL_CREATE_PORT",
            "ioctl SNDRV_SEQ_IOCTL_DELETE_PORT",
            "ioctl SNDRV_SEQ_IOCTL_GET_PORT_INFO",
            "ioctl SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT",
            "ioctl SNDRV_SEQ_IOCTL_SET_PORT_INFO",
            "struct snd_seq_ev_ext",
            "struct snd_seq_ev_quote",
            "struct snd_seq_port_info",
        ]
    );
}

#[test]
fn what_is_newer_is_recorded_and_newer() {
    let recorded = table::recorded(8);
    let mut seen = BTreeSet::new();
    for (key, since) in NEWER {
        assert!(recorded.contains_key(key), "{key} isn't in the table");
        assert!(since > (6, 1) && since <= (7, 2), "{key} since {since:?}");
        assert!(seen.insert(key), "{key} twice");
    }
}

/// The name of a constant in a line of our source, and whether it is one.
fn constant(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line
        .strip_prefix("pub const ")
        .or_else(|| line.strip_prefix("const "))?;
    let name = rest.split([':', ' ', ';']).next()?;
    (name != "_" && name == name.to_uppercase()).then_some(name)
}

/// The C names of the table can be searched for in the documentation, and each
/// constant carries its own, so that none goes without a comparison.
#[test]
fn the_documentation_knows_every_c_name() {
    let sources = [
        ("consts", include_str!("../../src/consts.rs")),
        ("event", include_str!("../../src/event.rs")),
        ("flags", include_str!("../../src/flags.rs")),
        ("info", include_str!("../../src/info.rs")),
        ("numbers", include_str!("../../src/numbers.rs")),
        ("ump", include_str!("../../src/ump.rs")),
    ];
    let recorded = table::recorded(8);
    let names: BTreeSet<&str> = recorded
        .keys()
        .filter_map(|key| {
            let (kind, name) = key.split_once(' ')?;
            let name = name.split('(').next()?;
            (kind != "field").then_some(name)
        })
        .collect();
    let mut found = BTreeSet::new();
    for (module, source) in sources {
        let mut alias = None;
        for line in source.lines() {
            if let Some(rest) = line.trim_start().strip_prefix("#[doc(alias = \"") {
                alias = rest.split('"').next();
                found.extend(alias);
            } else if let Some(name) =
                constant(line).filter(|_| matches!(module, "consts" | "flags" | "numbers"))
            {
                // Encodings aren't from the header.
                if matches!(name, "GENERIC" | "THREE_DIRECTION_BITS" | "NATIVE") {
                    continue;
                }
                let c = alias.take().unwrap_or(name);
                assert!(c.ends_with(name), "{name} has the C name {c}");
                assert!(names.contains(c), "{name}: {c} isn't in the table");
                found.insert(c);
            } else if !line.trim_start().starts_with("//") {
                alias = None;
            }
        }
    }
    // These are Rust's own types.
    let plain = ["snd_seq_event_type_t", "snd_seq_client_type_t"];
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !found.contains(*name) && !plain.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A change to a header, and what the complaint about it must mention.
struct Mutation {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    complaint: &'static str,
}

const fn mutation(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    complaint: &'static str,
) -> Mutation {
    Mutation {
        file,
        from,
        to,
        complaint,
    }
}

/// Would the oracle notice? Each change is made to a copy of the installed
/// header.
#[test]
fn every_change_to_the_header_is_noticed() {
    let Some(compilers) = compilers() else { return };
    let compiler = &compilers[0];
    let seq = "sound/asequencer.h";
    let asound = "sound/asound.h";
    let end = "#endif /* __SOUND_ASEQUENCER_H */";
    let mutations = [
        // A new field: at the end, out of the reserved bytes, out of padding.
        mutation(
            seq,
            "int input_free;",
            "int input_free; int added;",
            "snd_seq_client_pool.added",
        ),
        mutation(
            seq,
            "char reserved[24];",
            "int added; char reserved[20];",
            "snd_seq_system_info.added",
        ),
        mutation(
            seq,
            "char  tag;",
            "char tag; char added;",
            "snd_seq_remove_events.added",
        ),
        mutation(
            seq,
            "unsigned locked:1;",
            "unsigned other:1; unsigned locked:1;",
            "snd_seq_queue_info.locked: at 8 bits 0x",
        ),
        mutation(
            seq,
            "unsigned char d8[8];",
            "unsigned char d8[8]; int added;",
            "snd_seq_ev_queue_control.param.added",
        ),
        mutation(
            seq,
            "struct snd_seq_result result;",
            "struct snd_seq_result result; struct snd_seq_addr added;",
            "snd_seq_event_data.added",
        ),
        // A field that changes.
        mutation(
            seq,
            "int output_pool;",
            "int input_pool; int output_pool;",
            "input_pool",
        ),
        mutation(
            seq,
            "int num_subs;",
            "int count_subs;",
            "snd_seq_query_subs.num_subs: missing",
        ),
        mutation(
            seq,
            "signed int value;",
            "unsigned int value;",
            "snd_seq_ev_ctrl.value: at 8 size 4 unsigned",
        ),
        mutation(
            seq,
            "unsigned short value;",
            "unsigned int value;",
            "snd_seq_ev_quote.value",
        ),
        mutation(
            seq,
            "void *kernel;",
            "unsigned int kernel;",
            "snd_seq_port_info.kernel",
        ),
        mutation(
            seq,
            "unsigned char client;",
            "unsigned char pad, client;",
            "snd_seq_addr.pad",
        ),
        mutation(
            seq,
            "} __attribute__((packed));",
            "};",
            "struct snd_seq_ev_ext",
        ),
        mutation(
            seq,
            "typedef unsigned char snd_seq_event_type_t;",
            "typedef signed char snd_seq_event_type_t;",
            "type snd_seq_event_type_t",
        ),
        mutation(
            asound,
            "int dev_sclass;",
            "int dev_sclass; int added;",
            "snd_timer_id.added",
        ),
        // A constant that is new, changes or goes.
        mutation(
            seq,
            end,
            "#define SNDRV_SEQ_EVENT_ADDED 70\n#endif",
            "const SNDRV_SEQ_EVENT_ADDED",
        ),
        mutation(
            seq,
            end,
            "enum { SNDRV_SEQ_ADDED };\n#endif",
            "const SNDRV_SEQ_ADDED",
        ),
        mutation(
            seq,
            end,
            "#define SNDRV_SEQ_ADDED(x) (x)\n#endif",
            "SNDRV_SEQ_ADDED is a macro without samples",
        ),
        mutation(
            seq,
            "#define SNDRV_SEQ_EVENT_NOTEON\t\t6",
            "#define SNDRV_SEQ_EVENT_NOTEON 16",
            "const SNDRV_SEQ_EVENT_NOTEON: 16",
        ),
        mutation(
            seq,
            "#define SNDRV_SEQ_EVENT_SENSING",
            "#define OTHER",
            "const SNDRV_SEQ_EVENT_SENSING: missing",
        ),
        mutation(
            seq,
            "#define SNDRV_SEQ_VERSION",
            "#define SNDRV_SEQ_VERSION 0x20000\n#define OTHER",
            "const SNDRV_SEQ_VERSION",
        ),
        mutation(
            asound,
            "SNDRV_TIMER_SCLASS_APPLICATION,",
            "SNDRV_TIMER_SCLASS_ADDED, SNDRV_TIMER_SCLASS_APPLICATION,",
            "const SNDRV_TIMER_SCLASS_ADDED",
        ),
        mutation(
            asound,
            "#define SNDRV_TIMER_GLOBAL_HPET\t\t2",
            "#define SNDRV_TIMER_GLOBAL_HPET 5",
            "const SNDRV_TIMER_GLOBAL_HPET: 5",
        ),
        // An ioctl likewise.
        mutation(
            seq,
            end,
            "#define SNDRV_SEQ_IOCTL_ADDED _IOR('S', 0x60, int)\n#endif",
            "ioctl SNDRV_SEQ_IOCTL_ADDED",
        ),
        mutation(
            seq,
            "_IOWR('S', 0x52,",
            "_IOWR('S', 0x53,",
            "ioctl SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT",
        ),
        mutation(
            seq,
            "_IOW ('S', 0x4e,",
            "_IOWR('S', 0x4e,",
            "ioctl SNDRV_SEQ_IOCTL_REMOVE_EVENTS",
        ),
        mutation(
            seq,
            "0x4f, struct snd_seq_query_subs",
            "0x4f, struct snd_seq_client_pool",
            "ioctl SNDRV_SEQ_IOCTL_QUERY_SUBS",
        ),
        // A new type.
        mutation(
            seq,
            end,
            "struct snd_seq_added { int x; };\n#endif",
            "struct snd_seq_added",
        ),
        mutation(
            seq,
            end,
            "typedef int snd_seq_added_t;\n#endif",
            "type snd_seq_added_t",
        ),
        // Something that the scan can't read.
        mutation(
            seq,
            end,
            "extern int snd_seq_added;\n#endif",
            "teach the scan",
        ),
    ];
    let copies = [seq, asound].map(|file| {
        let text = fs::read_to_string(compiler.find(file).unwrap()).unwrap();
        (file, text)
    });
    let try_out = |mutation: Option<&Mutation>| {
        let scratch = c::scratch().unwrap();
        fs::create_dir(scratch.path().join("sound")).unwrap();
        for (file, text) in &copies {
            let mut text = text.clone();
            if let Some(mutation) = mutation.filter(|mutation| mutation.file == *file) {
                assert!(text.contains(mutation.from), "no {:?} here", mutation.from);
                text = text.replacen(mutation.from, mutation.to, 1);
            }
            fs::write(scratch.path().join(file), text).unwrap();
        }
        examine(compiler, &[scratch.path().to_owned()])
    };
    assert_eq!(try_out(None), Vec::<String>::new());
    for mutation in &mutations {
        let complaints = try_out(Some(mutation));
        assert!(
            complaints
                .iter()
                .any(|complaint| complaint.contains(mutation.complaint)),
            "{:?} was not noticed: {complaints:#?}",
            mutation.to
        );
    }
}

#[test]
#[ignore = "rewrites the table; see the top of this file"]
fn record() {
    let includes = directories("ALSA_SEQ_RECORD_ABI");
    assert!(!includes.is_empty(), "which header?");
    let compilers = c::compilers();
    let rows = |width| {
        compilers
            .iter()
            .find(|compiler| compiler.width == width)
            .unwrap_or_else(|| panic!("no compiler for pointers of {width} bytes"))
            .ask(&includes)
            .unwrap()
            .rows
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/abi/linux-7.2.txt");
    fs::write(path, table::text(&rows(8), &rows(4))).unwrap();
}
