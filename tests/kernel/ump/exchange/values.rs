//! Compares the kernel's scaling of values, up and down, with the library's.

use alsa_seq::EventData;
use alsa_seq::MidiVersion::{Legacy, Ump1, Ump2};
use alsa_seq::ump::{U7, U14, scale};

use super::super::{need_ump, packet};
use super::pair::{Pair, bend, control};

/// Scales each value of MIDI 1.0 up and down, by the kernel and by the library.
#[test]
fn the_kernel_scales_values_as_the_library_does() {
    need_ump!();
    let seven = |n: u8| U7::new(n).unwrap();
    let mut ump2 = Vec::new();
    let mut legacy = Vec::new();
    for n in 1..=127 {
        legacy.push(EventData::note_on(5, 60, n).unwrap());
        ump2.push(format!("40953c00 {:04x}0000", scale::up_7_to_16(seven(n))));
        legacy.push(control(7, n));
        ump2.push(format!("40b50700 {:08x}", scale::up_7_to_32(seven(n))));
    }
    for n in (0..=16383_u16).step_by(97).chain([8191, 8193, 16383]) {
        legacy.push(bend(i16::try_from(n).unwrap() - 8192));
        let scaled = scale::up_14_to_32(U14::new(n).unwrap());
        ump2.push(format!("40e50000 {scaled:08x}"));
    }
    let ump2: Vec<_> = ump2
        .iter()
        .map(|text| EventData::Ump(packet(text)))
        .collect();
    for (part, scaled) in legacy.chunks(100).zip(ump2.chunks(100)) {
        assert_eq!(Pair::new(Legacy, Ump2).exchange(part), scaled);
        assert_eq!(Pair::new(Ump2, Legacy).exchange(scaled), part);
        let ump1 = Pair::new(Legacy, Ump1).exchange(part);
        assert_eq!(Pair::new(Ump1, Ump2).exchange(&ump1), scaled);
        assert_eq!(Pair::new(Ump2, Ump1).exchange(scaled), ump1);
    }

    // These values are not the result of scaling a value of MIDI 1.0.
    for step in 0..=64_u32 {
        let n = step.wrapping_mul(0x0403_0201);
        let sent = [
            format!("40b50700 {n:08x}"),
            format!("40e50000 {n:08x}"),
            format!("40d50000 {n:08x}"),
            format!("40a53c00 {n:08x}"),
        ]
        .map(|text| EventData::Ump(packet(&text)));
        let low = scale::down_32_to_7(n).get();
        let wide = scale::down_32_to_14(n).get();
        let expected = [
            control(7, low),
            bend(i16::try_from(wide).unwrap() - 8192),
            EventData::channel_pressure(5, low).unwrap(),
            EventData::key_pressure(5, 60, low).unwrap(),
        ];
        assert_eq!(Pair::new(Ump2, Legacy).exchange(&sent), expected);
        let [msb, lsb] = [wide >> 7, wide & 0x7f];
        let expected = [
            format!("20b507{low:02x}"),
            format!("20e5{lsb:02x}{msb:02x}"),
            format!("20d5{low:02x}00"),
            format!("20a53c{low:02x}"),
        ]
        .map(|text| EventData::Ump(packet(&text)));
        assert_eq!(Pair::new(Ump2, Ump1).exchange(&sent), expected);
    }
}
