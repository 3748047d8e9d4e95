#![no_main]

use aseq::song::smf::Smf;
use aseq::song::Content;

// A MIDI file is refused, or becomes a song whose parts are in order.
libfuzzer_sys::fuzz_target!(|case: &[u8]| {
    let Ok(song) = Smf::read(case) else {
        return;
    };
    let mut last = 0;
    let mut sysex = 0;
    let mut count = 0;
    let mut tempos = song.tempos.iter();
    for item in song.items() {
        count += 1;
        assert!(item.tick >= last && item.tick <= song.end);
        last = item.tick;
        match item.content {
            Content::Tempo(micros) => {
                assert!(micros > 0 && item.tick > 0);
                assert_eq!(tempos.next(), Some(&(item.tick, micros)));
            }
            Content::Text { .. } => unreachable!("texts are no events"),
            Content::Event { event, .. } => {
                assert!(event.is_direct());
                assert!(event.payload().len() <= 256);
                sysex += event.payload().len();
            }
        }
    }
    assert_eq!(tempos.next(), None);
    // No event is invented: each event is some bytes of the file.
    assert!(count <= case.len() && sysex <= case.len());
});
