//! The recorded ABI, and comparisons with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Keys such as `field snd_seq_addr.port` and values such as `at 1 size 1
/// unsigned`.
pub(crate) type Rows = BTreeMap<String, String>;

const TABLE: &str = include_str!("linux-7.2.txt");

/// The recorded rows for a width of pointers, 4 or 8 bytes.
pub(crate) fn recorded(width: usize) -> Rows {
    let mut rows = Rows::new();
    for line in TABLE.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, values) = line.split_once(" = ").unwrap();
        let (wide, narrow) = values.split_once(" / ").unwrap_or((values, values));
        let value = match width {
            8 => wide,
            4 => narrow,
            _ => panic!("pointers of {width} bytes"),
        };
        // C gives the first unit's bits to the first field, and which those
        // are depends on the byte order. The table is little-endian.
        let value = if key == "field snd_seq_queue_info.locked" && cfg!(target_endian = "big") {
            "at 8 bits 0x80"
        } else {
            value
        };
        assert_eq!(rows.insert(key.into(), value.into()), None, "{key} twice");
    }
    rows
}

/// The table's text for rows of both widths.
pub(crate) fn text(wide: &Rows, narrow: &Rows) -> String {
    assert!(wide.keys().eq(narrow.keys()));
    let mut text = String::from(
        "# sound/asequencer.h of Linux 7.2, and what it takes from sound/asound.h.\n\
         # Made by the test `record`; see main.rs beside this file. One row for each\n\
         # struct, field, constant and ioctl; where the pointer's width matters,\n\
         # \"64-bit / 32-bit\". Ioctl numbers are packed as on x86, bits as on\n\
         # little-endian machines, `char` counts as unsigned.\n",
    );
    for ((key, wide), narrow) in wide.iter().zip(narrow.values()) {
        let _ = if wide == narrow {
            writeln!(text, "{key} = {wide}")
        } else {
            writeln!(text, "{key} = {wide} / {narrow}")
        };
    }
    text
}

/// Returns the differences between the Rust side and the table. Both sides must have every row with
/// the same content, except that alignments may be those of `alignments`.
pub(crate) fn compare_ours(
    recorded: &Rows,
    ours: &Rows,
    alignments: &[(&str, usize)],
) -> Vec<String> {
    let mut complaints = Vec::new();
    for key in recorded.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        match (recorded.get(key), ours.get(key)) {
            (Some(recorded), Some(ours)) => {
                let chosen = alignments.iter().find(|(name, _)| name == key);
                let recorded = match (chosen, recorded.split_once(" align ")) {
                    (Some((_, align)), Some((size, _))) => format!("{size} align {align}"),
                    (Some(_), None) => format!("{recorded}, and no alignment to choose"),
                    (None, _) => recorded.clone(),
                };
                if recorded != *ours {
                    complaints.push(format!("{key}: C has {recorded}, Rust has {ours}"));
                }
            }
            (Some(_), None) => complaints.push(format!("{key}: nothing in Rust")),
            (None, _) => complaints.push(format!("{key}: only in Rust")),
        }
    }
    complaints
}

/// Before 6.5 the union of an event's payloads had no name. Here its members
/// are where they were, as the table's rows for them.
fn name_the_union(header: &Rows) -> Rows {
    header
        .iter()
        .map(|(key, value)| {
            let member = key.strip_prefix("field snd_seq_event.data.");
            let moved = member.and_then(|member| {
                let (at, size, shape) = place(value)?;
                let key = format!("field snd_seq_event_data.{member}");
                Some((
                    key,
                    format!("at {} size {size} {shape}", at.checked_sub(16)?),
                ))
            });
            moved.unwrap_or_else(|| (key.clone(), value.clone()))
        })
        .collect()
}

/// How a header of Linux `version` differs from the table.
///
/// It may lack only what `newer` says came later than `version`. Where it lacks
/// fields, the reserved array may begin in place of the first of them, but not
/// end elsewhere. Its protocol version may be lower.
pub(crate) fn compare_header(
    recorded: &Rows,
    header: &Rows,
    version: (u32, u32),
    newer: &[(&str, (u32, u32))],
) -> Vec<String> {
    let header = &name_the_union(header);
    let mut complaints = Vec::new();
    for key in header.keys() {
        if !recorded.contains_key(key) {
            complaints.push(format!("{key}: the table doesn't have it"));
        }
    }
    for (key, recorded_value) in recorded {
        let Some(value) = header.get(key) else {
            let whole = key
                .strip_prefix("field ")
                .and_then(|field| field.split('.').next())
                .map(|tag| format!("struct {tag}"));
            let since = newer
                .iter()
                .find(|(name, _)| name == key || whole.as_deref() == Some(*name));
            match since {
                Some((_, since)) if *since > version => {}
                Some((_, since)) => complaints.push(format!(
                    "{key}: missing, but here since {since:?} and the header is {version:?}"
                )),
                None => complaints.push(format!("{key}: missing")),
            }
            continue;
        };
        if value == recorded_value
            || key == "const SNDRV_SEQ_VERSION" && older_version(value, recorded_value)
            || key.ends_with(".reserved")
                && reserved_in_place_of(recorded, header, key).is_some_and(|old| old == *value)
        {
            continue;
        }
        complaints.push(format!("{key}: {value}, the table has {recorded_value}"));
    }
    complaints
}

fn older_version(value: &str, recorded: &str) -> bool {
    let [value, recorded] = [value, recorded].map(|version| version.parse::<i64>().unwrap());
    value < recorded && value >> 8 == recorded >> 8
}

/// Returns the expected row of a reserved array in a header that lacks the fields before it.
fn reserved_in_place_of(recorded: &Rows, header: &Rows, key: &str) -> Option<String> {
    let prefix = key.strip_suffix("reserved")?;
    let (at, size, shape) = place(recorded.get(key)?)?;
    let first_missing = recorded
        .range(prefix.to_owned()..)
        .take_while(|(key, _)| key.starts_with(prefix))
        .filter(|(key, _)| !header.contains_key(*key))
        .filter_map(|(_, value)| Some(place(value)?.0))
        .min()?;
    let old_size = (at + size).checked_sub(first_missing)?;
    Some(format!("at {first_missing} size {old_size} {shape}"))
}

/// Offset, size and shape of a field's row.
pub(crate) fn place(value: &str) -> Option<(usize, usize, &str)> {
    let (at, rest) = value.strip_prefix("at ")?.split_once(" size ")?;
    let (size, shape) = rest.split_once(' ')?;
    Some((at.parse().ok()?, size.parse().ok()?, shape))
}
