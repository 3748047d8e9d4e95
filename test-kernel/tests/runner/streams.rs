//! Standard input, output and error are separate, complete and unchanged.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::Stdio;

use super::support::{Running, kernel, output, runner, script, text};

/// Bytes of every value, without a pattern that the size of a block could hide.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

fn through(running: &mut Running, data: Vec<u8>) -> Vec<u8> {
    let mut stdin = running.child.stdin.take().unwrap();
    let mut stdout = running.child.stdout.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&data));
    let mut back = Vec::new();
    stdout.read_to_end(&mut back).unwrap();
    writer.join().unwrap().unwrap();
    back
}

#[test]
fn megabytes_come_back_unchanged() {
    if !kernel() {
        return;
    }
    let data = noise(3_000_000);
    let mut running = Running::start(&mut runner(["cat"]));
    let back = through(&mut running, data.clone());
    assert!(
        back == data,
        "{} of {} bytes, or others",
        back.len(),
        data.len()
    );
    assert!(running.finish().0.success());
}

#[test]
fn all_byte_values_pass_both_ways() {
    if !kernel() {
        return;
    }
    let data: Vec<u8> = (0..=255).cycle().take(256 * 20).collect();
    let mut running = Running::start(&mut script("cat >&2"));
    let mut stdin = running.child.stdin.take().unwrap();
    stdin.write_all(&data).unwrap();
    drop(stdin);
    let mut back = Vec::new();
    running
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_end(&mut back)
        .unwrap();
    assert!(back == data);
}

#[test]
fn stdout_and_stderr_stay_apart() {
    if !kernel() {
        return;
    }
    let output = output(&mut script("echo out; echo err >&2; echo out again"));
    assert_eq!(text(&output.stdout), "out\nout again\n");
    assert_eq!(text(&output.stderr), "err\n");
}

#[test]
fn one_pipe_for_both_keeps_the_order() {
    if !kernel() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let log = File::create(&path).unwrap();
    let mut command =
        script("i=0; while [ $i -lt 200 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done");
    let status = command
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .status()
        .unwrap();
    assert!(status.success());
    let expected: String = (0..200).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
}

#[test]
fn the_end_of_input_arrives() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("cat; echo end"));
    running
        .child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"x\n")
        .unwrap();
    running.wait_for("x\n");
    drop(running.child.stdin.take());
    running.wait_for("end\n");
}

#[test]
fn input_is_interactive() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("while read line; do echo \"got $line\"; done"));
    for n in 0..20 {
        let stdin = running.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{n}").unwrap();
        running.wait_for(&format!("got {n}\n"));
    }
}

#[test]
fn a_file_is_read_only_as_far_as_the_program_reads() {
    if !kernel() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lines");
    std::fs::write(&path, "first\nsecond\nthird\n").unwrap();
    let mut file = File::open(&path).unwrap();
    // dash reads one byte at a time, as POSIX requires for `read`.
    let mut command = script("read line; echo \"$line\"");
    let output1 = command.stdin(file.try_clone().unwrap()).output().unwrap();
    assert_eq!(text(&output1.stdout), "first\n");
    assert_eq!(file.stream_position().unwrap(), 6);
    // A program that does not read does not change the offset.
    let status = runner(["true"]).stdin(file.try_clone().unwrap()).status();
    assert!(status.unwrap().success());
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "second\nthird\n");
}

#[test]
fn a_closed_stdout_is_a_broken_pipe_inside() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("yes; echo yes ended by $? >&2"));
    let mut stdout = running.child.stdout.take().unwrap();
    let mut some = [0; 10_000];
    stdout.read_exact(&mut some).unwrap();
    drop(stdout);
    let (status, _, stderr) = running.finish();
    assert!(status.success());
    // 128 + SIGPIPE
    assert_eq!(stderr, "yes ended by 141\n");
}

#[test]
fn a_closed_stdin_does_not_matter() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("exec <&-; echo closed; exit 3"));
    running.wait_for("closed\n");
    // A pipe without a reader holds 64 KiB. More data must not make the runner hang.
    let mut stdin = running.child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // EPIPE after the runner's end is also a success.
        let _ = stdin.write_all(&vec![b'x'; 1_000_000]);
    });
    let (status, _, _) = running.finish();
    writer.join().unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn a_slow_reader_loses_nothing() {
    if !kernel() {
        return;
    }
    let mut running = Running::start(&mut script("head -c 2000000 /dev/zero; echo done >&2"));
    // Standard output is not read until standard error has ended. It cannot end, because the
    // program waits, as with every full pipe.
    let mut stdout = running.child.stdout.take().unwrap();
    let mut total = 0;
    let mut buf = [0; 1000];
    loop {
        match stdout.read(&mut buf).unwrap() {
            0 => break,
            n => total += n,
        }
    }
    assert_eq!(total, 2_000_000);
    let (status, _, stderr) = running.finish();
    assert!(status.success());
    assert_eq!(stderr, "done\n");
}
