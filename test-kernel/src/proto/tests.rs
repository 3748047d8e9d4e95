use std::os::unix::ffi::OsStringExt as _;

use super::*;

fn encoded<F: Frame>(frames: &[F]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (frame, program) in frames.iter().zip((0..=255).cycle()) {
        frame.encode(program, &mut bytes);
    }
    bytes
}

fn to_guest() -> Vec<ToGuest> {
    vec![
        ToGuest::SpawnPart(vec![0, 1, 255]),
        ToGuest::SpawnEnd,
        ToGuest::Stdin((0..=255).collect()),
        ToGuest::Stdin(Vec::new()),
        ToGuest::StdinEof,
        ToGuest::Credit(Stream::Stderr, u32::MAX),
        ToGuest::Closed(Stream::Terminal),
        ToGuest::Signal {
            number: 64,
            group: true,
        },
        ToGuest::Window(WindowSize {
            rows: 1,
            cols: 2,
            x_pixels: 3,
            y_pixels: u16::MAX,
        }),
        ToGuest::Halt,
        ToGuest::Report,
    ]
}

fn to_host() -> Vec<ToHost> {
    vec![
        ToHost::Hello(hello()),
        ToHost::Ack(1024),
        ToHost::StdinCredit(7),
        ToHost::StdinClosed,
        ToHost::Output(Stream::Stdout, vec![0; MAX_TO_HOST - 1]),
        ToHost::Started,
        ToHost::Failed {
            errno: 2,
            what: "no such file \u{e9}".into(),
        },
        ToHost::KeySignal(2),
        ToHost::Stopped(19),
        ToHost::StdinOffset(u64::MAX),
        ToHost::Exited(255),
        ToHost::Signaled(-1),
        ToHost::Report("1 S init\n".into()),
    ]
}

/// Passes the bytes in pieces of this size.
fn decoded<F: Frame>(bytes: &[u8], piece: usize) -> Result<Vec<F>, Malformed> {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.feed(piece);
        while let Some((program, frame)) = decoder.next()? {
            assert_eq!(usize::from(program), frames.len() % 256);
            frames.push(frame);
        }
    }
    Ok(frames)
}

#[test]
fn frames_are_decoded_from_pieces_of_any_size() {
    for piece in [1, 2, 3, 7, 4096, usize::MAX] {
        assert_eq!(decoded(&encoded(&to_guest()), piece), Ok(to_guest()));
        assert_eq!(decoded(&encoded(&to_host()), piece), Ok(to_host()));
    }
}

#[test]
fn an_incomplete_frame_waits_for_the_rest() {
    for frame in to_host() {
        let bytes = encoded(&[frame]);
        for length in 0..bytes.len().min(100) {
            assert_eq!(decoded::<ToHost>(&bytes[..length], usize::MAX), Ok(vec![]));
        }
    }
}

#[test]
fn malformed_frames_are_refused() {
    let cases: [(&[u8], &str); 8] = [
        (&[0, 0, 0, 0], "unknown type"),
        (&[255, 0, 0, 0], "unknown type"),
        // A frame for the other direction.
        (&[70, 0, 0, 0], "unknown type"),
        (&[3, 0, 1, 4], "too long"),
        (&[5, 0, 1, 0, 0], "cut short"),
        (&[5, 0, 5, 0, 3, 1, 0, 0, 0], "unknown stream"),
        (&[4, 0, 1, 0, 0], "left over"),
        (&[7, 0, 5, 0, 1, 0, 0, 0, 2], "neither true nor false"),
    ];
    for (bytes, complaint) in cases {
        let error = decoded::<ToGuest>(bytes, usize::MAX).unwrap_err();
        assert!(error.to_string().contains(complaint), "{error}");
    }
}

fn spawn() -> Spawn {
    Spawn {
        argv: vec![
            "/bin/x".into(),
            "".into(),
            OsString::from_vec(vec![255, 10]),
        ],
        env: vec![("A".into(), "b=c".into()), ("".into(), "".into())],
        cwd: "/".into(),
        umask: 0o22,
        uid: 1000,
        gid: u32::MAX,
        groups: vec![4, 29],
        stdin: Input::File {
            path: b"/a\nb".to_vec(),
            offset: 1 << 40,
        },
        stdout: Output::Terminal,
        stderr: Output::SameAsStdout,
        window: WindowSize::default(),
        termios: Some(Termios {
            input: 1,
            output: 2,
            control: 3,
            local: 4,
            chars: vec![3; 32],
        }),
        hostname: "here".into(),
        own_group: true,
    }
}

#[test]
fn requests_survive() {
    let mut request = spawn();
    assert_eq!(Spawn::decode(&request.encode()), Ok(request.clone()));
    request.termios = None;
    request.stdin = Input::Pipe;
    assert_eq!(Spawn::decode(&request.encode()), Ok(request));
}

#[test]
fn malformed_requests_are_refused() {
    let bytes = spawn().encode();
    for length in 0..bytes.len() {
        assert!(Spawn::decode(&bytes[..length]).is_err());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Spawn::decode(&longer), Err(Malformed("bytes left over")));
    // A count without the items must not allocate memory.
    assert!(Spawn::decode(&[255; 64]).is_err());
    // With each byte changed, the result is an error or another request, never a panic.
    for n in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[n] ^= 0xff;
        let _ = Spawn::decode(&changed);
    }
}

#[test]
fn the_first_message_has_the_agents_version() {
    assert_eq!(version(&hello()), Some(VERSION));
    assert_eq!(version(b"test-kernel agent 70"), Some(70));
    for other in [
        &b"hello"[..],
        b"",
        b"test-kernel agent ",
        b"test-kernel agent x\xff",
    ] {
        assert_eq!(version(other), None);
    }
}
