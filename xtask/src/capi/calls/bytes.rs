//! Prints and compares bytes, without the ones that differ between two runs of a program.

use std::fmt::Write as _;
use std::iter;
use std::mem::offset_of;
use std::ops::Range;

use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::info::{ClientInfo, ClientPool, QueueStatus};
use alsa_seq_kernel_abi::numbers;

use super::super::place::Form;
use super::differences;

/// Returns the bytes of a struct that the kernel receives or returns. Omitted bytes are zero.
pub(super) fn masked(form: Form, request: u32, bytes: &[u8], to_kernel: bool) -> Vec<u8> {
    let mut masked = bytes.to_owned();
    let mut ranges = left_out(request, bytes, to_kernel);
    if form == Form::Real {
        ranges.push(differences::stack(request, bytes, to_kernel));
    }
    for range in ranges {
        zero(&mut masked, range);
    }
    masked
}

/// Lists the bytes that differ between two runs of a program with the same library: the process
/// number, the time, and bytes that no program sets.
fn left_out(request: u32, bytes: &[u8], to_kernel: bool) -> Vec<Range<usize>> {
    let one = |range: Range<usize>| iter::once(range).collect();
    if request == numbers::QUERY_NEXT_CLIENT.number() && to_kernel {
        // The kernel reads only the number.
        return one(offset_of!(ClientInfo, client_type)..bytes.len());
    }
    if request == numbers::QUERY_NEXT_CLIENT.number()
        || request == numbers::GET_CLIENT_INFO.number()
        || request == numbers::SET_CLIENT_INFO.number()
    {
        let pid = offset_of!(ClientInfo, pid);
        let name = offset_of!(ClientInfo, name);
        let filter = offset_of!(ClientInfo, filter);
        let length = bytes
            .get(name..filter)
            .and_then(|name| name.iter().position(|byte| *byte == 0));
        return vec![
            pid..pid + 4,
            // The bytes after the end of the name, and an unused filter.
            name + length.unwrap_or(filter - name)..filter,
            offset_of!(ClientInfo, multicast_filter)..offset_of!(ClientInfo, event_filter),
        ];
    }
    if request == numbers::GET_CLIENT_POOL.number() || request == numbers::SET_CLIENT_POOL.number()
    {
        // Counts of pending events. Only the kernel sets them.
        return one(offset_of!(ClientPool, output_free)..offset_of!(ClientPool, input_free) + 4);
    }
    if request == numbers::GET_QUEUE_STATUS.number() && !to_kernel {
        return one(offset_of!(QueueStatus, tick)..offset_of!(QueueStatus, running));
    }
    Vec::new()
}

/// Returns the events of a `read` or a `write`, each on a line. Leaves out the times of received
/// events, and pointers to the program's memory.
pub(super) fn events(bytes: &[u8], received: bool) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(flags) = rest.get(1).copied() {
        let is_ump = flags & EventFlags::UMP.bits() != 0;
        let size = if is_ump { 32 } else { 28 };
        let Some((record, behind)) = rest.split_at_checked(size) else {
            break;
        };
        rest = behind;
        let mut record = record.to_owned();
        if received {
            zero(&mut record, 4..12);
        }
        let length = flags & EventFlags::LENGTH_MASK.bits();
        if is_ump || length != EventFlags::LENGTH_VARIABLE.bits() {
            let _ = write!(text, "\n   {}", hex(&record));
            continue;
        }
        let length = record
            .get(16..20)
            .and_then(|length| length.try_into().ok())
            .map_or(0, u32::from_ne_bytes);
        // The two highest bits are flags.
        let length = usize::try_from(length & 0x3fff_ffff).unwrap_or(0);
        zero(&mut record, 20..28);
        let _ = write!(text, "\n   {}", hex(&record));
        // Received records are complete. No program sets the bytes after the data.
        let whole = match received {
            true => length.next_multiple_of(size),
            false => length,
        };
        let (data, behind) = rest.split_at_checked(whole).unwrap_or((rest, &[]));
        rest = behind;
        let _ = write!(
            text,
            "\n     data{}",
            hex(data.get(..length).unwrap_or(data))
        );
    }
    if !rest.is_empty() {
        let _ = write!(text, "\n    rest{}", hex(rest));
    }
    text
}

fn zero(bytes: &mut [u8], range: Range<usize>) {
    if let Some(field) = bytes.get_mut(range) {
        field.fill(0);
    }
}

/// Prints bytes in hexadecimal, in groups of four. Zeros at the end are only counted.
pub(super) fn hex(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    let mut text = String::new();
    for (index, byte) in bytes.iter().take(end).enumerate() {
        if index % 4 == 0 {
            text.push(' ');
        }
        let _ = write!(text, "{byte:02x}");
    }
    if end < bytes.len() {
        let _ = write!(text, " 00*{}", bytes.len() - end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_are_counted() {
        assert_eq!(hex(&[1, 2, 3, 4, 5]), " 01020304 05");
        assert_eq!(hex(&[1, 0, 0]), " 01 00*2");
        assert_eq!(hex(&[0; 2]), " 00*2");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn an_event_is_shown_without_its_time_if_it_is_received() {
        let mut note = [0; 28];
        (note[0], note[4], note[16]) = (6, 9, 3);
        assert_eq!(
            events(&note, false),
            "\n    06000000 09000000 00000000 00000000 03 00*11"
        );
        assert_eq!(
            events(&note, true),
            "\n    06000000 00000000 00000000 00000000 03 00*11"
        );
    }

    #[test]
    fn data_is_shown_without_its_address_and_filling() {
        let mut sysex = vec![0; 28];
        (sysex[0], sysex[1], sysex[16], sysex[20]) = (130, 4, 2, 0xaa);
        sysex.extend([0xf0, 0xf7]);
        let shown = "\n    82040000 00000000 00000000 00000000 02 00*11\n     data f0f7";
        assert_eq!(events(&sysex, false), shown);
        sysex.extend([0x55; 26]);
        assert_eq!(events(&sysex, true), shown);
        assert!(
            events(&sysex, false)
                .ends_with("rest 55555555 55555555 55555555 55555555 55555555 55555555 5555")
        );
    }

    #[test]
    fn an_incomplete_record_is_shown_too() {
        assert_eq!(events(&[1, 2, 3], true), "\n    rest 010203");
        assert_eq!(events(&[], true), "");
    }

    #[test]
    fn only_the_process_number_is_left_out() {
        let bytes = vec![1; size_of::<ClientInfo>()];
        let shown = masked(
            Form::Library,
            numbers::GET_CLIENT_INFO.number(),
            &bytes,
            false,
        );
        let left_out = shown.iter().filter(|byte| **byte == 0).count();
        assert_eq!(left_out, 4 + 8);
        let request = numbers::CREATE_PORT.number();
        assert_eq!(masked(Form::Real, request, &bytes, true), bytes);
    }
}
