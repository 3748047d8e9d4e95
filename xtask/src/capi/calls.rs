//! Runs programs on libasound and on our library. They must make the same calls to the sequencer,
//! with the same bytes.

mod bytes;
mod call;
mod differences;
#[cfg(not(target_arch = "x86_64"))]
mod elsewhere;
#[cfg(target_arch = "x86_64")]
mod memory;
mod scenes;
mod songs;
mod traced;
#[cfg(target_arch = "x86_64")]
mod tracer;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use alsa_seq_kernel_abi::info::ClientUmpInfo;
use alsa_seq_kernel_abi::ioctl::{Errno, SeqFd};
use anyhow::{Context as _, Result, bail};

use super::place::{Form, Unpacked};
use crate::kernel::Wanted;
use crate::{debian, peers, runner};
#[cfg(not(target_arch = "x86_64"))]
use elsewhere as tracer;
use scenes::{Scene, Stage};

/// The argument that makes this binary run the programs.
pub(crate) const ROLE: &str = "capi-calls";

/// Time limit for all programs.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Programs that are not in alsa-utils.
const PACKAGES: [&str; 2] = ["pmidi", "aj-snapshot"];

/// Runs the comparison in a kernel. `client` is the built `tests/peers/libasound.c`.
pub(super) fn start(kernel: &Wanted, home: &Path, client: &Path) -> Result<ExitCode> {
    let own = crate::own::file()?;
    let mut command: Vec<OsString> = vec![own.into(), ROLE.into()];
    command.extend([home, client].map(OsString::from));
    command.extend(Unpacked::alsa_utils(&peers::newest()?).arguments());
    command.extend(Unpacked::root(debian::root("midi", "sid", &PACKAGES)?).arguments());
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command)
}

/// `xtask capi-calls HOME CLIENT ALSA-UTILS… OTHERS…`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let mut path = || arguments.next().map(PathBuf::from);
    let home = path().context("an argument is missing")?;
    let client = path().context("an argument is missing")?;
    let alsa_utils = Unpacked::parse(&mut arguments)?;
    let others = Unpacked::parse(&mut arguments)?;
    let directory = tempfile::tempdir().context("create a directory")?;
    songs::write(directory.path())?;
    let groups = [
        ("alsa-utils", &alsa_utils, scenes::alsa_utils()),
        ("others", &others, scenes::others()),
        ("libasound.c", &alsa_utils, vec![scenes::client(client)]),
    ];
    let has_ump = kernel_has_ump()?;
    let mut different = Vec::new();
    for (name, place, scenes) in groups {
        let mut calls = 0;
        let all = scenes.len();
        let scenes: Vec<Scene> = scenes
            .into_iter()
            .filter(|scene| has_ump || !scene.with_ump)
            .collect();
        let count = scenes.len();
        for scene in scenes {
            let stage = |form| Stage {
                home: &home,
                place,
                form,
                directory: directory.path(),
            };
            match same(&scene, stage)? {
                Some(number) => calls += number,
                None => different.push(scene.name),
            }
        }
        println!("{name}: {calls} calls of {count} scenes are the same on libasound and on ours");
        if count < all {
            println!("{} need UMP, and this kernel has none", all - count);
        }
    }
    if !different.is_empty() {
        bail!("the calls differ in\n  {}", different.join("\n  "));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns whether the kernel has UMP.
fn kernel_has_ump() -> Result<bool> {
    let file = File::open("/dev/snd/seq").context("open /dev/snd/seq")?;
    let seq = SeqFd::new(file.into()).context("use /dev/snd/seq")?;
    // Other clients have no endpoint, which is another error.
    Ok(seq.get_client_ump_info(&mut ClientUmpInfo::default()) != Err(Errno::ENOTTY))
}

/// Returns the number of calls of a scene if they are the same on libasound and on ours.
fn same<'a>(scene: &Scene, stage: impl Fn(Form) -> Stage<'a>) -> Result<Option<usize>> {
    let calls =
        |form| (scene.play)(&stage(form)).with_context(|| format!("{} ({form:?})", scene.name));
    let real = calls(Form::Real)?;
    let mut number = Some(real.len());
    // Runs on libasound a second time, because a scene must give the same calls each time.
    for form in [Form::Real, Form::Library, Form::Preload] {
        let found = calls(form)?;
        if found != real {
            println!("{}: different calls on {form:?}", scene.name);
            show(stage(form).directory, &real, &found)?;
            number = None;
        }
    }
    Ok(number)
}

/// Returns the differences between two lists of calls.
fn show(directory: &Path, real: &[String], found: &[String]) -> Result<()> {
    let file = |name: &str, lines: &[String]| -> Result<PathBuf> {
        let path = directory.join(name);
        fs::write(&path, lines.join("\n") + "\n")?;
        Ok(path)
    };
    Command::new("diff")
        .arg("-U2")
        .args([file("libasound", real)?, file("ours", found)?])
        .status()
        .context("run diff")?;
    Ok(())
}
