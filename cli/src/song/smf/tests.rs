//! Tests the reader without a sequencer: the events that it reads, and the files
//! that it refuses. `tests/` compares whole files with a separate reader.

use super::*;

/// A chunk.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    [kind, &length.to_be_bytes()[..], content].concat()
}

/// A file with this division and these tracks. The end of each track is added.
fn file(division: [u8; 2], tracks: &[&[u8]]) -> Vec<u8> {
    let format = u8::from(tracks.len() != 1);
    let number = u8::try_from(tracks.len()).unwrap();
    let header = [0, format, 0, number, division[0], division[1]];
    let mut file = chunk(b"MThd", &header);
    for track in tracks {
        file.extend(chunk(b"MTrk", &[track, &[0, 0xff, 0x2f, 0][..]].concat()));
    }
    file
}

fn one_track(track: &[u8]) -> Vec<u8> {
    file([0, 96], &[track])
}

/// The ticks and the events, without address and time.
fn events(file: &[u8]) -> Vec<(u32, Event<'static>)> {
    let song = Smf::read(file).unwrap();
    let event = |item: Item| match item.content {
        Content::Event { event, .. } => Some((item.tick, event)),
        _ => None,
    };
    song.items().filter_map(event).collect()
}

fn refused(file: &[u8]) -> SmfError {
    Smf::read(file).unwrap_err()
}

#[test]
fn channel_messages_become_events() {
    let track = [
        [0x00, 0x91, 60, 100].as_slice(),
        &[0x81, 0x00, 0x81, 60, 64],
        &[0x00, 0xa2, 61, 5],
        &[0x00, 0xb3, 7, 99],
        &[0x00, 0xc4, 40],
        &[0x00, 0xd5, 33],
        &[0x00, 0xe6, 0x00, 0x00],
        &[0x00, 0xe6, 0x00, 0x40],
        &[0x00, 0xe6, 0x7f, 0x7f],
    ]
    .concat();
    let bend = |bend| Event::pitch_bend(6, bend).unwrap();
    let expected = [
        (0, Event::note_on(1, 60, 100).unwrap()),
        (128, Event::note_off(1, 60, 64).unwrap()),
        (128, Event::key_pressure(2, 61, 5).unwrap()),
        (128, Event::control_change(3, 7, 99).unwrap()),
        (128, Event::program_change(4, 40).unwrap()),
        (128, Event::channel_pressure(5, 33).unwrap()),
        (128, bend(-8192)),
        (128, bend(0)),
        (128, bend(8191)),
    ];
    assert_eq!(events(&one_track(&track)), expected);
}

#[test]
fn running_status_continues_after_a_meta_event() {
    let track = [0, 0x90, 60, 1, 5, 61, 0, 0, 0xff, 1, 1, b'x', 0, 62, 3];
    let on = |note, velocity| Event::note_on(0, note, velocity).unwrap();
    assert_eq!(
        events(&one_track(&track)),
        [(0, on(60, 1)), (5, on(61, 0)), (5, on(62, 3))]
    );
}

#[test]
fn sysex_gets_its_first_byte_and_is_split() {
    let mut long = vec![0, 0xf0, 0x83, 0x00];
    long.extend(vec![1; 384]);
    // A part of a message, and other bytes.
    long.extend([0, 0xf7, 2, 2, 0xf7, 0, 0xf7, 1, 0xfa, 0, 0xf7, 0]);
    let pieces: Vec<_> = events(&one_track(&long))
        .into_iter()
        .map(|(_, event)| match event.data() {
            EventData::Sysex(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        })
        .collect();
    let lengths: Vec<_> = pieces.iter().map(Vec::len).collect();
    assert_eq!(lengths, [256, 129, 2, 1]);
    assert_eq!(pieces[0][..2], [0xf0, 1]);
    assert_eq!(pieces[2], [2, 0xf7]);
    assert_eq!(pieces[3], [0xfa]);
}

#[test]
fn tracks_are_merged_in_their_order() {
    let first = [0x00, 0xc0, 1, 0x0a, 0xc0, 2];
    let second = [0x00, 0xc1, 3, 0x05, 0xc1, 4, 0x05, 0xc1, 5];
    let program = |channel, program| Event::program_change(channel, program).unwrap();
    assert_eq!(
        events(&file([0, 96], &[&first, &second])),
        [
            (0, program(0, 1)),
            (0, program(1, 3)),
            (5, program(1, 4)),
            (10, program(0, 2)),
            (10, program(1, 5)),
        ]
    );
}

#[test]
fn port_numbers_hold_until_the_end_of_the_track() {
    let first = [
        0, 0xc0, 1, 0, 0xff, 0x21, 1, 3, 0, 0xc0, 2, 0, 0xff, 0x21, 1, 0, 0, 0xc0, 3,
    ];
    let file = file([0, 96], &[&first, &[0, 0xc0, 4]]);
    let song = Smf::read(&file).unwrap();
    let ports: Vec<_> = song
        .items()
        .map(|item| match item.content {
            Content::Event { port, .. } => port,
            _ => panic!(),
        })
        .collect();
    assert_eq!(ports, [0, 3, 0, 0]);
}

/// The tempo at the beginning, ticks per quarter, and the changes.
fn tempos(song: &Smf<'_>) -> (u32, u32, Vec<(u32, u32)>) {
    let changes = song.items().filter_map(|item| match item.content {
        Content::Tempo(micros) => Some((item.tick, micros)),
        _ => None,
    });
    let changes: Vec<_> = changes.collect();
    assert_eq!(changes, song.tempos);
    (song.tempo.micros_per_quarter(), song.tempo.ppq(), changes)
}

#[test]
fn tempo_changes_are_kept() {
    let tempo = |delta, micros: [u8; 3]| [&[delta, 0xff, 0x51, 3][..], &micros[..]].concat();
    let track = [
        tempo(0, [0x06, 0x1a, 0x80]),
        tempo(0, [0x03, 0x0d, 0x40]),
        tempo(9, [0, 0, 3]),
        // This tempo is invalid.
        tempo(0, [0, 0, 0]),
    ]
    .concat();
    let file = file([1, 0x80], &[&track]);
    let song = Smf::read(&file).unwrap();
    assert_eq!(tempos(&song), (200_000, 384, vec![(9, 3)]));
    assert_eq!(song.end, 9);
}

#[test]
fn frames_are_parts_of_a_second() {
    let tempo = [0, 0xff, 0x51, 3, 1, 2, 3];
    for (rate, micros, ppq) in [
        (0xe8, 1_000_000, 24 * 40),
        (0xe7, 1_000_000, 25 * 40),
        (0xe3, 1_001_000, 30 * 40),
        (0xe2, 1_000_000, 30 * 40),
    ] {
        let file = file([rate, 40], &[&tempo]);
        let song = Smf::read(&file).unwrap();
        assert_eq!(tempos(&song), (micros, ppq, vec![]));
    }
    for (rate, frames) in [(0x80, 128), (0xff, 1), (0xe9, 23)] {
        let error = SmfError::FrameRate(frames);
        assert_eq!(refused(&file([rate, 40], &[&tempo])), error);
    }
    assert_eq!(refused(&file([0xe7, 0], &[&tempo])), SmfError::NoTicks);
    assert_eq!(refused(&file([0, 0], &[&tempo])), SmfError::NoTicks);
}

#[test]
fn events_after_the_end_of_a_track_are_ignored() {
    let mut file = one_track(&[5, 0xc0, 1, 7, 0xff, 0x2f, 0, 0, 0xc0, 2, 0x99]);
    file.extend(b"and more");
    assert_eq!(events(&file).len(), 1);
    assert_eq!(Smf::read(&file).unwrap().end, 12);
}

#[test]
fn other_chunks_are_passed_over() {
    let inner = one_track(&[0, 0xc0, 1]);
    let (header, track) = inner.split_at(14);
    let with_more = [header, &chunk(b"XFIH", &[1, 2, 3]), track].concat();
    assert_eq!(events(&with_more).len(), 1);

    let even = |kind: &[u8; 4], content: &[u8]| {
        let mut chunk = [
            kind,
            &u32::try_from(content.len()).unwrap().to_le_bytes()[..],
            content,
        ]
        .concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let inside = [
        b"RMID",
        &even(b"odd ", &[1])[..],
        &even(b"data", &inner)[..],
    ]
    .concat();
    assert_eq!(events(&even(b"RIFF", &inside)).len(), 1);
    let wave = even(b"RIFF", &[b"WAVE", &even(b"data", &inner)[..]].concat());
    assert_eq!(refused(&wave), SmfError::NotMidi);
}

/// Each track has its own tempo, from its own beginning.
#[test]
fn the_tracks_of_format_2_are_played_in_turn() {
    let tempo = [0, 0xff, 0x51, 3, 0, 0, 5];
    let first = [&tempo[..], &[10, 0xc0, 1, 6, 0xff, 0x21, 1, 9]].concat();
    let second = [0, 0xc0, 2, 7, 0xc0, 3];
    let third = [&[0, 0xc0, 4][..], &tempo].concat();
    let mut bytes = file([0, 96], &[&first, &second, &third]);
    bytes[9] = 2;
    let song = Smf::read(&bytes).unwrap();
    assert_eq!(
        tempos(&song),
        (5, 96, vec![(16, 500_000), (23, 500_000), (23, 5)])
    );
    assert_eq!(song.end, 23);
    let ticks: Vec<_> = events(&bytes).into_iter().map(|(tick, _)| tick).collect();
    assert_eq!(ticks, [10, 16, 23, 23]);
    assert!(
        song.items()
            .all(|item| !matches!(item.content, Content::Event { port: 1.., .. }))
    );
}

#[test]
fn half_a_song_is_refused() {
    let whole = file([0, 96], &[&[0, 0xc0, 1], &[0, 0x90, 60, 1, 9, 60, 0]]);
    assert!(Smf::read(&whole).is_ok());
    for length in 0..whole.len() {
        let error = refused(&whole[..length]);
        match length {
            0..4 => assert_eq!(error, SmfError::NotMidi),
            4..14 => assert_eq!(error, SmfError::HeaderCut),
            14..22 => assert_eq!(
                error,
                SmfError::TrackMissing {
                    track: 1,
                    tracks: 2
                }
            ),
            22..29 => assert_eq!(error, SmfError::TrackCut { track: 1 }),
            29..37 => assert_eq!(
                error,
                SmfError::TrackMissing {
                    track: 2,
                    tracks: 2
                }
            ),
            _ => assert_eq!(error, SmfError::TrackCut { track: 2 }),
        }
    }
}

#[test]
fn invalid_events_are_refused_with_their_position() {
    // The position is after the header and the chunk head, 22 bytes, and one valid
    // event, 3 bytes.
    for bad in [
        // A status byte instead of data.
        &[0, 0x90, 60, 0x90][..],
        // Data without a status: program changes have one data byte.
        &[0, 0xf4],
        // A length of more than four bytes.
        &[0xff, 0xff, 0xff, 0xff, 0x7f, 0xc0, 1],
        // Longer than the track.
        &[0, 0xf0, 0x20, 1],
        &[0, 0xff, 0x01, 0x20, 1],
    ] {
        let track = [&[0, 0xc0, 1][..], bad].concat();
        let error = SmfError::Event {
            track: 1,
            offset: 25,
        };
        assert_eq!(refused(&one_track(&track)), error, "{bad:x?}");
    }
    let error = SmfError::Event {
        track: 1,
        offset: 22,
    };
    assert_eq!(refused(&one_track(&[0, 60, 1])), error);
}

#[test]
fn invalid_headers_are_refused() {
    let header = |format, tracks| chunk(b"MThd", &[0, format, 0, tracks, 0, 96]);
    assert_eq!(refused(&header(7, 1)), SmfError::Format(7));
    assert_eq!(refused(&header(1, 0)), SmfError::NoTracks);
    assert_eq!(refused(&chunk(b"MTrk", &[])), SmfError::NotMidi);
    let open = [header(0, 1), chunk(b"MTrk", &[0, 0xc0, 1])].concat();
    assert_eq!(refused(&open), SmfError::NoEnd { track: 1 });
}

#[test]
fn more_ticks_than_the_kernel_counts_are_refused() {
    let far = [0xff, 0xff, 0xff, 0x7f, 0xc0, 1];
    assert!(Smf::read(&one_track(&far.repeat(15))).is_ok());
    let error = SmfError::TooLong { track: 1 };
    assert_eq!(refused(&one_track(&far.repeat(17))), error);
}

/// For any bytes, the result is a song or an error.
#[test]
fn no_bytes_make_it_panic() {
    let track = [
        &[0, 0x90, 60, 1, 9, 60, 0, 0, 0xf0, 3, 1, 2, 0xf7][..],
        &[0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x59, 2, 0, 0],
        &[0, 0xff, 0x54, 5, 0x61, 1, 2, 3, 4, 0, 0xff, 0x21, 1, 0],
    ]
    .concat();
    let seed = file([0, 96], &[&track, &[0, 0xc0, 1]]);
    // Pseudo-random numbers, the same in each run (xorshift).
    let mut state: u32 = 0x9e37_79b9;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        usize::try_from(state).unwrap() % below
    };
    let mut songs = 0;
    for _ in 0..200_000 {
        let mut bytes = seed.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            bytes[at] = u8::try_from(random(256)).unwrap();
        }
        songs += usize::from(Smf::read(&bytes).is_ok());
    }
    // Both results occurred.
    assert!((1000..199_000).contains(&songs), "{songs}");
}
