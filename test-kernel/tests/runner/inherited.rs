//! Arguments, environment, working directory and identity are the caller's.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use super::support::{kernel, output, runner, script, text};

/// Arguments with characters that are special for shells.
const ODD: [&[u8]; 7] = [
    b"",
    b" a  b ",
    b"line\nbreak\ttab",
    b"\xff\xfe not UTF-8 \x80",
    b"--kernel=host",
    b"'quotes\" $HOME `true` \\",
    b"\x01\x1b[0m\x7f\r",
];

#[test]
fn arguments_pass_through() {
    if !kernel() {
        return;
    }
    let mut command = runner(["sh", "-c", "printf '<%s>' \"$0\" \"$@\""]);
    command.args(ODD.map(OsStr::from_bytes));
    let mut expected = Vec::new();
    for argument in ODD {
        expected.extend_from_slice(b"<");
        expected.extend_from_slice(argument);
        expected.extend_from_slice(b">");
    }
    assert_eq!(output(&mut command).stdout, expected);
}

#[test]
fn the_environment_passes_through() {
    if !kernel() {
        return;
    }
    let mut command = runner(["env", "-0"]);
    for (n, value) in ODD.iter().enumerate() {
        command.env(format!("ODD_{n}"), OsStr::from_bytes(value));
    }
    command.env_remove("HOME").env("TMPDIR", "/some where");
    command.env("XDG_CACHE_HOME", cache());
    let inside = output(&mut command).stdout;
    let mut inside: Vec<&[u8]> = inside
        .split(|b| *b == 0)
        .filter(|v| !v.is_empty())
        .collect();
    inside.sort();
    let mut direct = std::process::Command::new("env");
    direct.arg("-0").env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            direct.env(name, value);
        }
    }
    for (name, value) in std::env::vars_os() {
        if name != "HOME" && !command.get_envs().any(|(set, _)| set == name) {
            direct.env(name, value);
        }
    }
    let outside = output(&mut direct).stdout;
    let mut outside: Vec<&[u8]> = outside
        .split(|b| *b == 0)
        .filter(|v| !v.is_empty())
        .collect();
    outside.sort();
    assert_eq!(
        inside.iter().map(|v| text(v)).collect::<Vec<_>>(),
        outside.iter().map(|v| text(v)).collect::<Vec<_>>()
    );
}

/// The directory of the kernels, for a test that changes HOME.
fn cache() -> std::path::PathBuf {
    std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || std::path::Path::new(&std::env::var_os("HOME").unwrap()).join(".cache"),
        Into::into,
    )
}

#[test]
fn the_working_directory_and_umask_pass_through() {
    if !kernel() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join(OsStr::from_bytes(b"a\nb \xff"));
    fs::create_dir(&odd).unwrap();
    let mut command = runner(["sh", "-c", "pwd -P; umask; echo made > here"]);
    let mut expected = odd.canonicalize().unwrap().as_os_str().as_bytes().to_vec();
    let umask = output(std::process::Command::new("sh").args(["-c", "umask"])).stdout;
    expected.push(b'\n');
    expected.extend(umask);
    assert_eq!(output(command.current_dir(&odd)).stdout, expected);
    assert_eq!(fs::read_to_string(odd.join("here")).unwrap(), "made\n");
}

#[test]
fn the_identity_is_the_callers() {
    if !kernel() {
        return;
    }
    let ids = "id -u; id -g; id -G";
    let inside = output(&mut script(ids)).stdout;
    let outside = output(std::process::Command::new("sh").args(["-c", ids])).stdout;
    assert_eq!(text(&inside), text(&outside));
}

#[test]
fn files_in_dev_shm_are_visible_if_the_program_needs_them() {
    if !kernel() {
        return;
    }
    let Ok(dir) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let program = dir.path().join("cat");
    fs::copy("/bin/cat", &program).unwrap();
    fs::write(dir.path().join("file"), "content").unwrap();
    let mut command = runner(["./cat", "file"]);
    let output = output(command.current_dir(&dir));
    assert_eq!(text(&output.stdout), "content", "{}", text(&output.stderr));
}

#[test]
fn only_the_three_descriptors_are_open() {
    if !kernel() {
        return;
    }
    // ls itself opens the directory as the next descriptor.
    let output = output(&mut runner(["ls", "/proc/self/fd"]));
    assert_eq!(text(&output.stdout), "0\n1\n2\n3\n");
}

#[test]
fn the_kernel_has_a_sequencer() {
    if !kernel() {
        return;
    }
    let output = output(&mut script(
        "test -r /dev/snd/seq && test -w /dev/snd/seq && cat /proc/asound/seq/clients",
    ));
    assert!(text(&output.stdout).contains("Midi Through"));
    assert!(output.status.success());
}

#[test]
fn loopback_works_inside() {
    if !kernel() {
        return;
    }
    let output = output(&mut script(
        "cat /proc/net/dev /proc/net/route /proc/net/if_inet6",
    ));
    assert!(text(&output.stdout).contains("lo:"));
    // The loopback's own IPv6 address appears when it is up.
    assert!(text(&output.stdout).contains("00000000000000000000000000000001"));
}

#[test]
fn a_large_environment_passes_through() {
    if !kernel() {
        return;
    }
    let large = "x".repeat(100_000);
    let mut command = script("printf %s \"$LARGE\" | wc -c");
    assert_eq!(
        text(&output(command.env("LARGE", &large)).stdout).trim(),
        "100000"
    );
}
