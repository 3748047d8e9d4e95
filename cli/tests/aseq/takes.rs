//! Tests of `aseq record` and the old recorders: no recording overwrites another one, after any
//! failure and with any destination.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use alsa_seq::{ClientOptions, ConnectOptions, Event, MidiVersion, PortCaps, PortOptions};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::record::{Musician, directory, messages, nothing_else_in};
use crate::{Running, aseq, complaint, output};
use support::{need_sequencer, say_skipped, unique};

const OLD: &[u8] = b"an old take, of whatever kind";

/// The notes in a file, by their keys.
fn keys(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    messages(&midly::Smf::parse(&bytes).unwrap()).concat()
}

fn note(key: u8) -> Event<'static> {
    Event::note_on(0, key, 1).unwrap()
}

fn shown(key: u8) -> String {
    format!("0 NoteOn {{ key: u7({key}), vel: u7(1) }}")
}

/// Records one note, and ends.
fn record_one(key: u8, arguments: &[&str], path: &Path) -> (i32, Vec<String>) {
    let mut musician = Musician::new(1);
    let recorder = musician.record(&[&["-n", "1"], arguments].concat(), path);
    musician.play(0, note(key));
    recorder.end()
}

/// Runs a recorder of the musician's first port that ends after one event, and plays a note to it.
fn play_one(musician: &mut Musician, key: u8, command: &mut Command) -> Output {
    let watch = musician.watch();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    musician.wait_for_connection(&watch);
    musician.wait_for_queue();
    musician.play(0, note(key));
    child.wait_with_output().unwrap()
}

/// As the user nobody, who may not write to every directory.
fn without_rights(arguments: &[&str]) -> Option<Command> {
    let dropped = ["--bounding-set=-dac_override", "--inh-caps=-dac_override"];
    prefixed("setpriv", &dropped, arguments)
}

/// Runs a script in a separate mount namespace, in which `$0` is `aseq`.
pub(crate) fn in_mount_namespace(script: &str) -> Option<Command> {
    let arguments = ["-m", "sh", "-c", script];
    prefixed("unshare", &arguments, &[])
}

fn prefixed(program: &str, options: &[&str], arguments: &[&str]) -> Option<Command> {
    let trial = options
        .iter()
        .take_while(|option| option.starts_with('-') && **option != "-c");
    let trial = Command::new(program).args(trial).arg("true").status();
    if !trial.is_ok_and(|status| status.success()) {
        say_skipped(&format!("{program} is not allowed"));
        return None;
    }
    let mut command = Command::new(program);
    command
        .args(options)
        .arg(env!("CARGO_BIN_EXE_aseq"))
        .args(arguments);
    Some(command)
}

#[test]
fn a_recording_that_cannot_begin_leaves_the_old_take() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    fs::write(&path, OLD).unwrap();
    let path = path.to_str().unwrap();
    let client = ClientOptions::new(unique("ports")).open().unwrap();
    let port = |caps| {
        client
            .create_port(PortOptions::new("port").caps(caps))
            .unwrap()
    };
    let (busy, deaf) = (port(PortOptions::SENDS), port(PortCaps::empty()));
    let other = port(PortCaps::WRITE);
    let exclusive = ConnectOptions::new().exclusive(true);
    client.connect(&busy, &other, exclusive).unwrap();
    let free = port(PortOptions::SENDS).address().to_string();
    for source in [
        "250:0",
        &busy.address().to_string(),
        &deaf.address().to_string(),
        &format!("{free},250:0"),
    ] {
        for call in [
            &["record", "--force", "-p", source, path][..],
            &["record", "-p", source, path],
            #[cfg(feature = "old-names")]
            &["arecordmidi", "-p", source, path],
            #[cfg(feature = "old-names")]
            &["arecordmidi2", "-p", source, path],
        ] {
            let (status, text) = complaint(call);
            assert_eq!(status, 1, "{call:?}: {text}");
            assert!(fs::read(path).unwrap() == OLD, "{call:?}: {text}");
            nothing_else_in(directory.path(), Path::new(path));
        }
    }
}

/// The programs that record. One of them needs a kernel with UMP.
fn recorders() -> Vec<&'static [&'static str]> {
    let mut recorders = vec![&["record", "--force"][..], &["arecordmidi"]];
    match ClientOptions::new(unique("ump"))
        .midi_version(MidiVersion::Ump1)
        .open()
    {
        Ok(_) => recorders.push(&["arecordmidi2"]),
        Err(error) => say_skipped(&format!("arecordmidi2: {error}")),
    }
    recorders
}

/// A user with this number of threads cannot start another one.
#[test]
fn a_recorder_without_threads_leaves_the_old_take() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    fs::write(&path, OLD).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(directory.path(), mode).unwrap();
    let path = path.to_str().unwrap();
    let options = ["--reuid=65534", "--clear-groups"];
    let Some(mut probe) = prefixed("setpriv", &options, &["list"]) else {
        return;
    };
    if !probe.output().unwrap().status.success() {
        return say_skipped("the sequencer is not for everybody");
    }
    let options = [&options[..], &["prlimit", "--nproc=1"]].concat();
    for program in recorders() {
        let arguments = [program, &["-p", "0:0", path]].concat();
        let mut command = prefixed("setpriv", &options, &arguments).unwrap();
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{program:?}: {text}");
        assert!(
            text.contains("cannot start a thread"),
            "{program:?}: {text}"
        );
        assert!(fs::read(path).unwrap() == OLD, "{program:?}");
        nothing_else_in(directory.path(), Path::new(path));
    }
}

#[test]
fn a_file_that_exists_is_replaced_on_demand_and_at_the_end() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    fs::write(&path, OLD).unwrap();
    let name = path.to_str().unwrap();
    let (status, text) = complaint(&["record", "-p", "0:0", name]);
    assert_eq!(status, 1);
    assert!(
        text.starts_with(&format!("aseq: {name}: the file exists")),
        "{text}"
    );
    assert!(
        text.contains("--force") && text.contains("--number"),
        "{text}"
    );
    assert!(fs::read(&path).unwrap() == OLD);

    let mut musician = Musician::new(1);
    let recorder = musician.record(&["--force"], &path);
    musician.play(0, note(60));
    let journal = directory.path().join("take.recording.mid");
    while !keys(&journal).contains(&shown(60)) {
        std::thread::yield_now();
    }
    assert!(fs::read(&path).unwrap() == OLD);
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    assert_eq!(keys(&path), [shown(60)]);
    nothing_else_in(directory.path(), &path);

    // An empty file contains no recording.
    fs::write(&path, b"").unwrap();
    assert_eq!(record_one(61, &[], &path), (0, vec![]));
    assert_eq!(keys(&path), [shown(61)]);
}

#[test]
fn takes_are_numbered() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let take = |number| directory.path().join(format!("take-{number}.mid"));
    fs::write(take(2), OLD).unwrap();
    // Two recorders at the same time get different numbers, although the files do not exist yet.
    let mut musician = Musician::new(1);
    let recorders = [(); 2].map(|()| musician.record(&["--number"], &path));
    musician.play(0, note(60));
    for recorder in recorders {
        recorder.signal(Signal::SIGTERM);
        assert_eq!(recorder.end(), (0, vec![]));
    }
    assert_eq!(record_one(61, &["--number"], &path), (0, vec![]));
    assert_eq!(keys(&take(1)), [shown(60)]);
    assert!(fs::read(take(2)).unwrap() == OLD);
    assert_eq!(keys(&take(3)), [shown(60)]);
    assert_eq!(keys(&take(4)), [shown(61)]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 4);
}

#[test]
fn a_file_has_one_recorder() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    for (exists, arguments) in [(false, &[][..]), (true, &["--force"])] {
        if exists {
            fs::write(&path, OLD).unwrap();
        }
        let mut musician = Musician::new(1);
        let recorder = musician.record(arguments, &path);
        for program in recorders() {
            let call = [program, &["-p", "0:0", path.to_str().unwrap()]].concat();
            let output = output(&call);
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert!(
                text.contains("another program is recording to it"),
                "{text}"
            );
        }
        musician.play(0, note(60));
        recorder.signal(Signal::SIGINT);
        assert_eq!(recorder.end(), (0, vec![]));
        assert_eq!(keys(&path), [shown(60)]);
        nothing_else_in(directory.path(), &path);
    }
}

/// Another program creates the file during the recording. It is kept, because it may be a
/// recording, or something that a file must not replace.
#[test]
fn files_made_during_a_recording_are_not_replaced() {
    type Make<'m> = &'m dyn Fn(&Path);

    need_sequencer!();
    let make_file = |path: &Path| fs::write(path, OLD).unwrap();
    let make_empty = |path: &Path| fs::write(path, b"").unwrap();
    let make_fifo = |path: &Path| mkfifo(path, Mode::S_IRWXU).unwrap();
    let make_link = |path: &Path| symlink("/dev/null", path).unwrap();
    let cases: [(&[&str], Make<'_>); 7] = [
        (&[], &make_file),
        (&[], &make_empty),
        (&[], &make_fifo),
        (&[], &make_link),
        (&["--number"], &make_empty),
        (&["--force"], &make_fifo),
        (&["--force"], &make_link),
    ];
    for (number, (arguments, make)) in cases.into_iter().enumerate() {
        let directory = directory();
        let named = directory.path().join("take.mid");
        let name = if arguments == ["--number"] {
            "take-1"
        } else {
            "take"
        };
        let path = directory.path().join(format!("{name}.mid"));
        let mut musician = Musician::new(1);
        let recorder = musician.record(&[arguments, &["-n", "1"]].concat(), &named);
        make(&path);
        let made = fs::symlink_metadata(&path).unwrap();
        musician.play(0, note(60));
        let (status, text) = recorder.end();
        assert_eq!(status, 1, "case {number}: {text:?}");
        let journal = directory.path().join(format!("{name}.recording.mid"));
        assert!(
            text.concat().contains(journal.to_str().unwrap()),
            "case {number}: {text:?}"
        );
        assert_eq!(keys(&journal), [shown(60)]);
        let there = fs::symlink_metadata(&path).unwrap();
        assert_eq!(
            (there.ino(), there.len()),
            (made.ino(), made.len()),
            "case {number}"
        );
    }
}

/// A file that was empty at the beginning is not a recording, but another file in its place may be.
#[test]
fn an_empty_file_is_replaced_if_it_is_still_the_same() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    for changes in [false, true] {
        fs::write(&path, b"").unwrap();
        let mut musician = Musician::new(1);
        let recorder = musician.record(&["-n", "1"], &path);
        if changes {
            let other = directory.path().join("other");
            fs::write(&other, b"").unwrap();
            fs::rename(other, &path).unwrap();
        }
        musician.play(0, note(60));
        let (status, text) = recorder.end();
        assert_eq!(status, i32::from(changes), "{text:?}");
        assert_eq!(fs::metadata(&path).unwrap().len() == 0, changes);
        fs::remove_file(&path).unwrap();
    }
}

/// A recording without events does not replace another one. The old recorders behave like their
/// originals.
#[test]
fn an_empty_recording_keeps_the_old_take() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    fs::write(&path, OLD).unwrap();
    let name = path.to_str().unwrap();
    let mut musician = Musician::new(1);
    let recorder = musician.record(&["--force"], &path);
    recorder.signal(Signal::SIGINT);
    let said = format!("aseq: nothing was recorded; {name} is unchanged");
    assert_eq!(recorder.end(), (1, vec![said]));
    assert!(fs::read(&path).unwrap() == OLD);
    nothing_else_in(directory.path(), &path);
    // An empty file is not a recording, and neither is a missing file.
    for make in [true, false] {
        fs::remove_file(&path).unwrap();
        if make {
            fs::write(&path, b"").unwrap();
        }
        let call = ["record", "-q", "--force", "-p", "0:0", "-n", "0", name];
        assert_eq!(complaint(&call), (0, String::new()));
        assert!(keys(&path).is_empty());
    }
    #[cfg(feature = "old-names")]
    {
        fs::write(&path, OLD).unwrap();
        let source = musician.ports[0].address().to_string();
        let watch = musician.watch();
        let recorder = Running::start(&["arecordmidi", "-p", &source, name]);
        musician.wait_for_connection(&watch);
        musician.wait_for_queue();
        recorder.signal(Signal::SIGINT);
        assert_eq!(recorder.end(), (0, vec![]));
        assert!(keys(&path).is_empty());
    }
}

#[test]
fn only_files_have_numbered_takes() {
    need_sequencer!();
    let directory = directory();
    let fifo = directory.path().join("fifo");
    mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    let link = directory.path().join("link");
    symlink("/dev/null", &link).unwrap();
    for path in [&fifo, &link, directory.path()] {
        let name = path.to_str().unwrap();
        let (status, text) = complaint(&["record", "--number", "-p", "0:0", "-n", "0", name]);
        assert_eq!(status, 1, "{text}");
        let said = format!("aseq: {name}: not a regular file");
        assert!(text.starts_with(&said), "{text}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    let (status, text) = complaint(&["record", "--number", "-p", "0:0", "-n", "0", "-"]);
    assert_eq!(status, 2, "{text}");
}

/// Rust's runtime opens `/dev/null` in place of standard output.
#[test]
fn a_closed_standard_output_is_refused() {
    need_sequencer!();
    for (redirection, expected) in [(">&-", 1), ("<&- >&-", 1), (">/dev/null", 0)] {
        let script = format!("exec \"$0\" record -q -p 0:0 -n 0 - {redirection}");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_aseq")])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{redirection}: {text}"
        );
        let is_told = text.contains("standard output is closed");
        assert_eq!(is_told, expected == 1, "{redirection}: {text}");
    }
}

#[test]
fn an_interrupted_recording_stays() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let journal = |suffix| directory.path().join(format!("take.recording{suffix}.mid"));
    let mut musician = Musician::new(1);
    let recorder = musician.record(&[], &path);
    musician.play(0, note(60));
    while !keys(&journal("")).contains(&shown(60)) {
        std::thread::yield_now();
    }
    recorder.signal(Signal::SIGKILL);
    drop(recorder);
    // The files that are left if it is killed during its end.
    fs::write(directory.path().join(".take.recording.mid.unfinished"), OLD).unwrap();
    let (status, text) = record_one(61, &[], &path);
    assert_eq!(status, 0, "{text:?}");
    assert!(
        text.concat().contains("an interrupted recording"),
        "{text:?}"
    );
    assert_eq!(keys(&path), [shown(61)]);
    assert_eq!(keys(&journal("")), [shown(60)]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn links_stay_and_lead_to_the_take() {
    need_sequencer!();
    let directory = directory();
    let (path, link) = ["take.mid", "link.mid"]
        .map(|name| directory.path().join(name))
        .into();
    symlink("take.mid", &link).unwrap();
    // At first, the target does not exist.
    for key in [60, 61] {
        assert_eq!(record_one(key, &["--force"], &link), (0, vec![]));
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("take.mid"));
        assert_eq!(keys(&path), [shown(key)]);
    }
}

/// The longest name that is possible with the recording's own name, whose temporary name is longer.
#[test]
fn a_take_with_a_long_name_is_finished() {
    need_sequencer!();
    let directory = directory();
    for length in [233, 234, 245] {
        let name = format!("{}.mid", "x".repeat(length - 4));
        let path = directory.path().join(name);
        assert_eq!(record_one(60, &[], &path), (0, vec![]));
        assert_eq!(keys(&path), [shown(60)]);
        nothing_else_in(directory.path(), &path);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn the_name_of_a_directory_is_refused_at_once() {
    need_sequencer!();
    let directory = directory();
    let name = |end| format!("{}{end}", directory.path().display());
    for path in [name("/takes/"), name("/.."), name("")] {
        let (status, text) = complaint(&["record", &path]);
        assert_eq!(status, 1, "{text}");
        assert!(text.contains("Is a directory"), "{text}");
    }
    let (status, text) = complaint(&["record", "--number", &name("/takes/")]);
    assert!(status == 1 && text.contains("Is a directory"), "{text}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_directory_may_be_written_to_and_not_be_read() {
    need_sequencer!();
    let directory = directory();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o333);
    fs::set_permissions(directory.path(), mode).unwrap();
    let path = directory.path().join("take.mid");
    let arguments = [
        "record",
        "-q",
        "-p",
        "0:0",
        "-n",
        "0",
        path.to_str().unwrap(),
    ];
    let Some(mut command) = without_rights(&arguments) else {
        return;
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(keys(&path).is_empty());
}

#[test]
fn a_file_may_be_written_to_where_none_can_be_made() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    fs::write(&path, OLD.repeat(100)).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
    fs::set_permissions(directory.path(), mode).unwrap();
    let file = path.to_str().unwrap();
    let mut musician = Musician::new(1);
    let source = musician.ports[0].address().to_string();
    let arguments = ["record", "--force", "-p", &source, "-n", "1", file];
    let Some(mut command) = without_rights(&arguments) else {
        return;
    };
    let elsewhere = tempfile::tempdir().unwrap();
    command.env("TMPDIR", elsewhere.path());
    let output = play_one(&mut musician, 60, &mut command);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    // It prints the name of the recording's file until then.
    assert!(text.contains(elsewhere.path().to_str().unwrap()), "{text}");
    assert_eq!(keys(&path), [shown(60)]);
    nothing_else_in(directory.path(), &path);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);

    let mut command = without_rights(&arguments).unwrap();
    let old = fs::read(&path).unwrap();
    let output = command
        .env("TMPDIR", "/no/such/directory")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("/no/such/directory"), "{text}");
    assert!(fs::read(&path).unwrap() == old);
}

/// As in containers, which have single files of their host.
#[test]
fn a_file_may_be_mounted() {
    need_sequencer!();
    let directory = directory();
    let (path, mounted) = ["take.mid", "mounted.mid"]
        .map(|name| directory.path().join(name))
        .into();
    fs::write(&path, OLD).unwrap();
    fs::write(&mounted, b"").unwrap();
    let mut musician = Musician::new(1);
    let source = musician.ports[0].address();
    let (from, to) = (path.display(), mounted.display());
    let script =
        format!("mount --bind {from} {to} && exec \"$0\" record -q --force -p {source} -n 1 {to}");
    let Some(mut command) = in_mount_namespace(&script) else {
        return;
    };
    let output = play_one(&mut musician, 60, &mut command);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(keys(&path), [shown(60)]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn a_full_disk_is_reported_and_the_recorded_events_are_kept() {
    need_sequencer!();
    let directory = directory();
    let mut musician = Musician::new(1);
    let source = musician.ports[0].address();
    let shown_directory = directory.path().display();
    // The old recording also needs space on the disk.
    let script = format!(
        "mount -t tmpfs -o size=64k none {shown_directory} &&
         head -c 20000 /dev/zero > {shown_directory}/take.mid &&
         \"$0\" record -q --force --save-within 0 -p {source} {shown_directory}/take.mid; status=$?
         cat {shown_directory}/take.recording.mid
         wc -c < {shown_directory}/take.mid >&2
         exit $status"
    );
    let Some(mut command) = in_mount_namespace(&script) else {
        return;
    };
    let watch = musician.watch();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    musician.wait_for_connection(&watch);
    musician.wait_for_queue();
    // It ends by itself when nothing more can be written.
    let mut played = 0_u32;
    let recorder = musician.ports[0].receivers().unwrap()[0].receiver.client;
    while musician.client.client_info(recorder).is_ok() {
        let free = musician.client.client_pool(recorder);
        if free.is_ok_and(|pool| pool.input_free() > 1000) {
            for _ in 0..500 {
                musician.play(0, note(u8::try_from(played % 128).unwrap()));
                played += 1;
            }
        }
        std::thread::yield_now();
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("take.mid: No space left on device"), "{text}");
    assert!(text.contains("take.recording.mid"), "{text}");
    // The old recording is complete.
    assert!(text.trim_end().ends_with("20000"), "{text}");
    let notes = messages(&midly::Smf::parse(&output.stdout).unwrap()).concat();
    assert!(!notes.is_empty());
    for (number, found) in notes.iter().enumerate() {
        assert_eq!(*found, shown(u8::try_from(number % 128).unwrap()));
    }
}

#[test]
fn no_temporary_directory_is_needed_for_a_pipe() {
    need_sequencer!();
    let output = aseq(&["record", "-q", "-p", "0:0", "-n", "0", "-"])
        .env("TMPDIR", "/no/such/directory")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(midly::Smf::parse(&output.stdout).unwrap().tracks.len(), 1);
}

/// The pipe has no reader. A signal ends the recording at its beginning and at its end.
#[test]
fn a_signal_ends_recording_to_a_pipe_without_a_reader() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("pipe");
    mkfifo(&path, Mode::S_IRWXU).unwrap();
    let mut musician = Musician::new(1);
    let source = musician.ports[0].address().to_string();
    let watch = musician.watch();
    let start = || Running::spawn(aseq(&["record", "-q", "-p", &source]).arg(&path));
    let recorder = start();
    musician.wait_for_connection(&watch);
    recorder.signal(Signal::SIGTERM);
    let (status, _) = recorder.end();
    assert_eq!(status, 128 + Signal::SIGTERM as i32);

    let recorder = start();
    musician.wait_for_connection(&watch);
    // More than the pipe can hold.
    let reader = fs::File::open(&path).unwrap();
    musician.wait_for_queue();
    let long: Vec<u8> = [&[0xf0][..], &[1; 100_000], &[0xf7]].concat();
    for piece in long.chunks(1000) {
        musician.play(0, Event::sysex(piece));
    }
    recorder.signal(Signal::SIGINT);
    let (status, text) = recorder.end();
    assert_eq!(status, 1, "{text:?}");
    drop(reader);
}

#[test]
fn every_connected_sender_is_recorded() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let recorder = Running::spawn(aseq(&["record", "-n", "2"]).arg(&path));
    let said = recorder.stderr();
    let prefix = "aseq: recording from ports that connect to ";
    let address = said
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{said}"));
    let address: alsa_seq::Address = address.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(
        recorder.stderr(),
        format!("aseq: nothing is connected to {address} yet; -p NAME records from a port")
    );
    for key in [60, 61] {
        let mut musician = Musician::new(1);
        musician.ports[0].connect_to(address).unwrap();
        musician.play(0, note(key));
        musician.client.drain_output().unwrap();
    }
    let (status, said) = recorder.end();
    assert_eq!(status, 0, "{said:?}");
    assert!(said.concat().contains("take.mid: 2 events"), "{said:?}");
    assert_eq!(keys(&path), [shown(60), shown(61)]);
}

#[test]
fn a_recording_without_events_is_reported() {
    need_sequencer!();
    let directory = directory();
    let path = directory.path().join("take.mid");
    let recorder = Running::spawn(aseq(&["record"]).arg(&path));
    recorder.stderr();
    recorder.stderr();
    recorder.signal(Signal::SIGINT);
    let (status, said) = recorder.end();
    assert_eq!(status, 0, "{said:?}");
    let expected = format!(
        "aseq: {}: nothing was recorded: 0 events, to tick ",
        path.display()
    );
    assert!(said.concat().starts_with(&expected), "{said:?}");
    assert!(keys(&path).is_empty());
}
