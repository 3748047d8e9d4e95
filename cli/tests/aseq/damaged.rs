//! Files that are truncated or damaged: the undamaged part is played and saved.

use std::fs;
use std::path::Path;

use alsa_seq::Event;
use nix::sys::signal::Signal;

use crate::expected::expected;
use crate::record::{Musician, directory};
use crate::{aseq, complaint, output};
use support::files;
use support::listener::Listener;
use support::need_sequencer;

fn repaired(bytes: &[u8], directory: &Path) -> Option<Vec<u8>> {
    let (from, to) = (directory.join("damaged"), directory.join("repaired"));
    fs::write(&from, bytes).unwrap();
    let [from, to] = [&from, &to].map(|path| path.to_str().unwrap());
    let output = output(&["repair", "--force", from, to]);
    output
        .status
        .success()
        .then(|| fs::read(to).unwrap_or_default())
}

/// Returns the number of channel messages in a file, counted by midly.
fn messages(bytes: &[u8]) -> usize {
    let smf = midly::Smf::parse(bytes).unwrap();
    let events = smf.tracks.iter().flatten();
    let is_message =
        |event: &&midly::TrackEvent<'_>| matches!(event.kind, midly::TrackEventKind::Midi { .. });
    events.filter(is_message).count()
}

/// No message contains the control character of the file's name.
#[test]
fn the_name_of_a_file_does_not_control_the_terminal() {
    need_sequencer!();
    let directory = directory();
    let path = |name| directory.path().join(name).to_str().unwrap().to_owned();
    let (cut, bytes, take) = (path("\u{1b}cut"), path("\u{1b}bytes"), path("\u{1b}take"));
    let song = files::song(&[(0, &[0x90, 60, 1]), (96, &[0x80, 60, 0])]);
    let song = fs::read(song.path()).unwrap();
    fs::write(&cut, &song[..song.len() - 2]).unwrap();
    fs::write(&bytes, [0xf0, 1]).unwrap();
    fs::write(&take, song).unwrap();
    for arguments in [
        &["repair", &cut][..],
        &["play", "--dry-run", "-p", "14", &cut],
        &["send", "-p", "14", "-f", &bytes],
        &["record", "--force", "-p", "14", "-n", "0", &take],
    ] {
        let output = output(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("/\u{fffd}"), "{said:?}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn a_recording_that_was_cut_off_is_played_and_saved() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let mut musician = Musician::new(1);
    let recorder = musician.record(&["--save-within", "0"], &path);
    for key in 0..100 {
        musician.play(0, Event::note_on(0, key, 1).unwrap());
    }
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    let whole = fs::read(&path).unwrap();
    // With a running status, and no end mark.
    let half = &whole[..whole.len() / 2];
    let saved = repaired(half, directory.path()).unwrap();
    let count = messages(&saved);
    assert!((20..100).contains(&count), "{count}");

    let damaged = directory.path().join("damaged");
    let mut listener = Listener::new();
    let address = listener.address();
    let mut command = aseq(&["play", "-d", "0", "-p", &address]);
    let child = command
        .arg(&damaged)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut heard = 0;
    listener.listen(|event| {
        heard += usize::from(matches!(event.data(), alsa_seq::EventData::NoteOn { .. }));
    });
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(heard, count);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the file ends within track 1"), "{text}");
}

/// From a file that is truncated anywhere, the events before the cut are recovered. A second repair
/// changes nothing.
#[test]
fn repair_keeps_the_events_before_each_cut() {
    need_sequencer!();
    let directory = directory();
    let whole = files::all().remove(1).1;
    let all = expected(&whole).heard.len();
    let mut last = 0;
    for length in (14..whole.len()).step_by(7) {
        let Some(saved) = repaired(&whole[..length], directory.path()) else {
            assert!(length < 22, "{length}");
            continue;
        };
        let heard = expected(&saved).heard.len();
        assert!(
            (last..=all).contains(&heard),
            "{length}: {heard} after {last}"
        );
        last = heard;
    }
    assert!(last + 1 >= all, "{last} of {all}");
    let saved = fs::read(directory.path().join("repaired")).unwrap();
    fs::write(directory.path().join("take.mid"), &saved).unwrap();
    let take = directory.path().join("take.mid");
    let (status, text) = complaint(&["repair", take.to_str().unwrap()]);
    assert_eq!(status, 0);
    assert!(text.ends_with("take.mid is not damaged\n"), "{text}");
}

#[test]
fn the_damaged_file_and_other_files_are_not_changed() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let whole = files::all().remove(0).1;
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let name = path.to_str().unwrap();
    for (status, text) in [(0, "take.repaired.mid"), (1, "the file exists")] {
        let (code, said) = complaint(&["repair", name]);
        assert_eq!(code, status, "{said}");
        assert!(said.contains(text), "{said}");
        assert_eq!(fs::read(&path).unwrap().len(), whole.len() - 5);
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    let (code, said) = complaint(&["repair", "/dev/null"]);
    assert_eq!(code, 1);
    assert!(said.contains("/dev/null"), "{said}");
}

/// A script that has a file repaired continues with the output file.
#[test]
fn an_undamaged_file_is_copied_to_the_output() {
    need_sequencer!();
    let directory = directory();
    let [from, to] = ["take.mid", "new.mid"].map(|name| directory.path().join(name));
    let whole = files::all().remove(0).1;
    fs::write(&from, &whole).unwrap();
    let [from, new] = [&from, &to].map(|path| path.to_str().unwrap());
    let (status, text) = complaint(&["repair", from, new]);
    assert_eq!(status, 0);
    assert!(
        text.contains("take.mid is not damaged; a copy is in"),
        "{text}"
    );
    assert!(fs::read(&to).unwrap() == whole);
    let (status, text) = complaint(&["repair", from, new]);
    assert!(status == 1 && text.contains("the file exists"), "{text}");
    assert!(output(&["repair", from, "-"]).stdout == whole);
}

/// No program has that many ports, but the song can still be played.
#[test]
fn a_port_above_127_is_played() {
    need_sequencer!();
    let song = files::song(&[(0, &[0xff, 0x21, 1, 200]), (0, &[0x90, 60, 1])]);
    let mut listener = Listener::new();
    let address = listener.address();
    let mut command = aseq(&["play", "-q", "-d", "0", "-p", &address]);
    let mut child = command.arg(song.path()).spawn().unwrap();
    let mut heard = 0;
    listener.listen(|event| {
        heard += usize::from(matches!(event.data(), alsa_seq::EventData::NoteOn { .. }));
    });
    assert!(child.wait().unwrap().success());
    assert_eq!(heard, 1);
}
