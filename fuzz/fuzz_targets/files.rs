#![no_main]

use aseq::song::{Content, Song};
use aseq::words::{self, Item};

// Songs of any kind, and words: they are refused, or the result is in order.
libfuzzer_sys::fuzz_target!(|case: &[u8]| {
    song(case);
    if let Ok(text) = std::str::from_utf8(case) {
        for ump in [false, true] {
            check(
                words::parse(text.split_whitespace(), ump).unwrap_or_default(),
                case.len(),
            );
        }
        let digits: Vec<_> = text.split_whitespace().collect();
        check(words::parse_hex(&digits).unwrap_or_default(), case.len());
    }
});

fn song(case: &[u8]) {
    let Ok(song) = Song::read(case) else {
        return;
    };
    let (mut last, mut count, mut bytes) = (0, 0, 0);
    for item in song.items() {
        assert!(item.tick >= last && item.tick <= song.end);
        last = item.tick;
        count += 1;
        match item.content {
            Content::Tempo(micros) => assert!(micros > 0),
            Content::Text { .. } => {}
            Content::Event { event, .. } => {
                assert_eq!(event.is_ump(), song.is_ump());
                assert!(event.payload().len() <= 256);
                bytes += event.payload().len();
            }
        }
    }
    // No event is invented: each event is some bytes of the file.
    assert!(count <= case.len() && bytes <= case.len());
    for tick in [0, last / 2, last, song.end] {
        let time = song.time_at(tick);
        assert!(song.tick_at(time) <= tick);
        assert!(time <= song.duration());
    }
}

fn check(items: Vec<Item>, length: usize) {
    let mut bytes = 0;
    for item in items {
        if let Item::Event(event) = item {
            assert!(event.is_direct());
            bytes += event.payload().len().max(1);
        }
    }
    // The name `note` becomes three items.
    assert!(bytes <= length);
}
