//! Is the module `timer` what `sound/asound.h` declares?
//!
//! A C program prints the sizes, offsets and numbers of the installed header; without a
//! C compiler or the header the test says so, and fails if `CI` is `true` or
//! `ALSA_SEQ_REQUIRE_KERNEL` is `1`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests; clippy sees only the functions with the attribute as such"
)]

use alsa_seq_kernel_abi::info::TimerId;
use alsa_seq_kernel_abi::timer::*;
use std::fmt::Write as _;
use std::io::Write as _;
use std::mem::{offset_of, size_of};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};
use tempfile::TempDir;

/// Expressions of C, and their values here.
#[derive(Default)]
struct Questions(Vec<(String, u64)>);

impl Questions {
    fn ask(&mut self, expression: &str, ours: usize) {
        self.0
            .push((expression.into(), u64::try_from(ours).unwrap()));
    }
}

macro_rules! structs {
    ($questions:ident; $($tag:ident = $type:ident { $($c:ident$(.$sub:ident)? = $rust:ident),* $(,)? })*) => {$(
        $questions.ask(concat!("sizeof(struct ", stringify!($tag), ")"), size_of::<$type>());
        $($questions.ask(
            concat!("offsetof(struct ", stringify!($tag), ", ", stringify!($c$(.$sub)?), ")"),
            offset_of!($type, $rust),
        );)*
    )*};
}

macro_rules! numbers {
    ($questions:ident; $($c:ident = $rust:expr),* $(,)?) => {$(
        $questions.ask(stringify!($c), usize::try_from($rust).unwrap());
    )*};
}

fn questions() -> Vec<(String, u64)> {
    let mut questions = Questions::default();
    structs! { questions;
        snd_timer_id = TimerId {
            dev_class = dev_class, dev_sclass = dev_sclass, card = card, device = device,
            subdevice = subdevice,
        }
        snd_timer_ginfo = TimerGInfo {
            tid = tid, flags = flags, card = card, id = id, name = name,
            resolution = resolution, resolution_min = resolution_min,
            resolution_max = resolution_max, clients = clients,
        }
        snd_timer_gparams = TimerGParams {
            tid = tid, period_num = period_num, period_den = period_den,
        }
        snd_timer_gstatus = TimerGStatus {
            tid = tid, resolution = resolution, resolution_num = resolution_num,
            resolution_den = resolution_den,
        }
        snd_timer_select = TimerSelect { id = id }
        snd_timer_info = TimerInfo {
            flags = flags, card = card, id = id, name = name, resolution = resolution,
        }
        snd_timer_params = TimerParams {
            flags = flags, ticks = ticks, queue_size = queue_size, filter = filter,
        }
        snd_timer_status = TimerStatus {
            tstamp.tv_sec = tstamp_sec, tstamp.tv_nsec = tstamp_nsec,
            resolution = resolution, lost = lost, overrun = overrun, queue = queue,
        }
        snd_timer_read = TimerRead { resolution = resolution, ticks = ticks }
    }
    numbers! { questions;
        SNDRV_TIMER_FLG_SLAVE = FLG_SLAVE,
        SNDRV_TIMER_PSFLG_AUTO = PSFLG_AUTO,
        SNDRV_TIMER_PSFLG_EXCLUSIVE = PSFLG_EXCLUSIVE,
        SNDRV_TIMER_PSFLG_EARLY_EVENT = PSFLG_EARLY_EVENT,
        SNDRV_TIMER_IOCTL_PVERSION = PVERSION.number(),
        SNDRV_TIMER_IOCTL_NEXT_DEVICE = NEXT_DEVICE.number(),
        SNDRV_TIMER_IOCTL_TREAD_OLD = TREAD.number(),
        SNDRV_TIMER_IOCTL_TREAD64 = TREAD64.number(),
        SNDRV_TIMER_IOCTL_GINFO = GINFO.number(),
        SNDRV_TIMER_IOCTL_GPARAMS = GPARAMS.number(),
        SNDRV_TIMER_IOCTL_GSTATUS = GSTATUS.number(),
        SNDRV_TIMER_IOCTL_SELECT = SELECT.number(),
        SNDRV_TIMER_IOCTL_INFO = INFO.number(),
        SNDRV_TIMER_IOCTL_PARAMS = PARAMS.number(),
        SNDRV_TIMER_IOCTL_STATUS = STATUS.number(),
        SNDRV_TIMER_IOCTL_START = START.number(),
        SNDRV_TIMER_IOCTL_STOP = STOP.number(),
        SNDRV_TIMER_IOCTL_CONTINUE = CONTINUE.number(),
        SNDRV_TIMER_IOCTL_PAUSE = PAUSE.number(),
    }
    questions.0
}

/// Returns the C compiler's values of the expressions, in a program with the same pointer width as
/// ours.
fn answers(expressions: &[(String, u64)]) -> Result<Vec<u64>, String> {
    let mut source = String::from(
        "#include <stddef.h>\n#include <stdio.h>\n#include <time.h>\n#include <sys/ioctl.h>\n\
         #include <sound/asound.h>\nint main(void) {\n",
    );
    for (expression, _) in expressions {
        let line = format!("printf(\"%llu\\n\", (unsigned long long)(unsigned)({expression}));");
        writeln!(source, "{line}").unwrap();
    }
    source.push_str("}\n");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    // Test kernels beside this one use the same directory.
    let scratch = TempDir::new_in(directory).map_err(|error| error.to_string())?;
    let program = scratch.path().join("timer");
    let width = format!("-m{}", usize::BITS);
    let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    if cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
        command.arg(width);
    }
    let mut compiler = command
        .args(["-x", "c", "-", "-o"])
        .arg(&program)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = compiler.stdin.take().unwrap();
    let written = stdin.write_all(source.as_bytes());
    drop(stdin);
    let compiled = compiler.wait_with_output().unwrap();
    if !compiled.status.success() || written.is_err() {
        return Err(String::from_utf8_lossy(&compiled.stderr).into_owned());
    }
    let output = Command::new(&program).output();
    let lines = String::from_utf8(output.map_err(|error| error.to_string())?.stdout).unwrap();
    Ok(lines.lines().map(|line| line.parse().unwrap()).collect())
}

#[test]
fn the_timers_are_those_of_the_installed_header() {
    let questions = questions();
    let answers = match answers(&questions) {
        Ok(answers) => answers,
        Err(why) => {
            let set = |name, value| env::var(name).is_ok_and(|it| it == value);
            assert!(
                !set("CI", "true") && !set("ALSA_SEQ_REQUIRE_KERNEL", "1"),
                "the C header can't be asked: {why}"
            );
            // Past the capture of a passing test's output.
            let note = format!("SKIPPED: timers were not compared with a C header: {why}\n");
            let _ = std::io::stderr().write_all(note.as_bytes());
            return;
        }
    };
    assert_eq!(answers.len(), questions.len());
    for ((expression, ours), theirs) in questions.iter().zip(answers) {
        assert_eq!(*ours, theirs, "{expression}");
    }
}
