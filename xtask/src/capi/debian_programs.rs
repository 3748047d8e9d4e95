//! The programs of Debian that use the sequencer: lists their functions of libasound, and checks
//! that they load and start on ours as on libasound.

mod list;
mod table;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::chroot::Chroot;
use super::objects::Objects;
use super::place::{Ended, Form};
use crate::kernel::Wanted;
use crate::{debian, runner, steps};
use list::{PROGRAMS, Program, Start};

/// The argument that makes this binary start them.
pub(crate) const ROLE: &str = "capi-debian";

/// Time limit for all programs.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// Time limit for one program, until it has ended or has a client.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program's client must stay unchanged for this time.
const SETTLED: Duration = Duration::from_secs(1);

/// Packages that the programs need in addition to their dependencies.
const MORE: [&str; 7] = [
    "dash",
    "coreutils",
    "perl-base",
    "python3-minimal",
    "jack-example-tools",
    "timgm6mb-soundfont",
    "sed",
];

/// Returns the directory of Debian's newest programs.
pub(super) fn root() -> Result<PathBuf> {
    let mut packages = Vec::new();
    for program in PROGRAMS {
        if !packages.contains(&program.package) {
            packages.push(program.package);
        }
    }
    packages.extend(MORE);
    debian::root("programs", "sid", &packages)
}

/// Makes the table, compares it with the document or writes it there, and starts all programs.
pub(super) fn start(
    kernel: &Wanted,
    home: &Path,
    document: &Path,
    bless: bool,
) -> Result<ExitCode> {
    let root = root()?;
    steps::note("reading which functions the programs use");
    let mut objects = Objects::read(&root, &home.join("lib").join(super::SONAME))?;
    let users = objects.users()?;
    let mut rows = Vec::new();
    for program in PROGRAMS {
        let object = object(program, &users)?;
        let usage = objects.usage(object, program.opens)?;
        rows.push((program, object.to_owned(), usage));
    }
    // A module may exist several times, for each version of Python.
    let same = |one: &str, other: &str| {
        Path::new(one).parent() == Path::new(other).parent()
            && table::plain(one) == table::plain(other)
    };
    let known = |path: &String| {
        path.contains("/libasound.so") || rows.iter().any(|(_, object, _)| same(object, path))
    };
    let others: Vec<String> = users.into_iter().filter(|path| !known(path)).collect();
    if !others.is_empty() {
        bail!(
            "these use the sequencer and have no row:\n  {}",
            others.join("\n  ")
        );
    }
    let table = table::table(&rows);
    if bless {
        table::write(document, &table)?;
    }
    let own = crate::own::file()?;
    let mut command: Vec<OsString> = vec![own.into(), ROLE.into()];
    command.extend([home, &root].map(OsString::from));
    for (_, object, usage) in &rows {
        command.push(object.into());
        command.push(usage.form.name().into());
    }
    let code = runner::run_as_root(kernel, TIMEOUT, command)?;
    if code == ExitCode::SUCCESS {
        table::check(document, &table)?;
    }
    Ok(code)
}

/// Returns the object of a row. The row has a part of its path.
fn object<'a>(program: &Program, users: &'a BTreeSet<String>) -> Result<&'a String> {
    users
        .get(program.object)
        .or_else(|| users.iter().find(|path| path.contains(program.object)))
        .with_context(|| {
            format!(
                "{} has no {} that uses the sequencer",
                program.package, program.object
            )
        })
}

/// `xtask capi-debian HOME ROOT (OBJECT FORM)…`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let mut next = || arguments.next().context("an argument is missing");
    let home = PathBuf::from(next()?);
    let root = PathBuf::from(next()?);
    let chroot = Chroot::enter(&root, &home)?;
    let mut failures = Vec::new();
    for program in PROGRAMS {
        let object = next()?.into_string().ok().context("a path is no text")?;
        let form = Form::parse(next()?.to_str().unwrap_or_default())?;
        let begun = Instant::now();
        let result = loads(&chroot, form, &object).and_then(|()| starts(&chroot, form, program));
        let seconds = begun.elapsed().as_secs();
        match result {
            Ok(how) => println!("{object}: {how} ({}, {seconds} s)", form.name()),
            Err(e) => {
                println!("{object}: FAILED: {e:#}");
                failures.push(object);
            }
        }
    }
    if !failures.is_empty() {
        bail!("these fail:\n  {}", failures.join("\n  "));
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks that the loader finds every name that an object and its libraries use, if it does so with
/// libasound, and that the object then uses ours.
fn loads(chroot: &Chroot, form: Form, object: &str) -> Result<()> {
    let loader = "/lib64/ld-linux-x86-64.so.2";
    let list = |form| -> Result<String> {
        let object = format!("/{object}");
        let variables = ["LD_TRACE_LOADED_OBJECTS=1", "LD_WARN=1", "LD_BIND_NOW=1"];
        let output = chroot
            .command_with(form, &variables, &[loader, &object])
            .stdin(Stdio::null())
            .output()
            .context("start the loader")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr))
    };
    let problems = |text: &str| -> BTreeSet<String> {
        text.lines()
            .filter(|line| {
                [
                    "undefined symbol",
                    "no version information",
                    "version `",
                    "=> not found",
                    "cannot open",
                ]
                .iter()
                .any(|word| line.contains(word))
            })
            .map(|line| line.trim().to_owned())
            .collect()
    };
    let (theirs, ours) = (list(Form::Real)?, list(form)?);
    if !theirs.contains("libasound.so.2") {
        bail!("the loader prints\n{theirs}");
    }
    let new: Vec<String> = problems(&ours)
        .difference(&problems(&theirs))
        .cloned()
        .collect();
    if !new.is_empty() {
        bail!("the loader prints\n{}", new.join("\n"));
    }
    let file = Chroot::ours(form).context("the program uses no name of ours")?;
    if !ours.contains(&file) {
        bail!("{file} is not loaded:\n{ours}");
    }
    Ok(())
}

/// Checks that a program does the same at its start. Returns a description.
fn starts(chroot: &Chroot, form: Form, program: &Program) -> Result<&'static str> {
    let (words, stays) = match program.start {
        Start::Loads => return Ok("loads"),
        Start::Ends(words) => (words, false),
        Start::Stays(words) => (words, true),
    };
    let seen = |form| {
        chroot.clean()?;
        watch(chroot.command(form, words), stays)
    };
    let (theirs, ours) = (seen(Form::Real)?, seen(form)?);
    if theirs != ours {
        bail!("{words:?} prints\n{theirs}\nand on ours\n{ours}");
    }
    let word = [
        "undefined symbol",
        "no version information",
        "cannot open shared",
    ]
    .iter()
    .find(|word| theirs.contains(**word));
    if let Some(word) = word {
        bail!("{word}:\n{theirs}");
    }
    Ok(if stays { "has its client" } else { "starts" })
}

/// Returns the program's output until its end, or its client.
fn watch(mut command: Command, stays: bool) -> Result<String> {
    let directory = tempfile::tempdir().context("create a directory")?;
    let file = |name: &str| directory.path().join(name);
    command
        .stdin(Stdio::null())
        .stdout(File::create(file("out"))?)
        .stderr(File::create(file("error"))?);
    let mut child = Ended(command.spawn().context("start it")?);
    let begun = Instant::now();
    let mut before = (begun, String::new());
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break status.to_string();
        }
        let clients = clients()?;
        if clients != before.1 {
            before = (Instant::now(), clients);
        } else if stays && !clients.is_empty() && before.0.elapsed() > SETTLED {
            drop(child);
            return Ok(before.1);
        }
        if begun.elapsed() > PATIENCE {
            let error = fs::read_to_string(file("error")).unwrap_or_default();
            bail!("the program does nothing: {error}");
        }
        // The kernel does not announce it.
        std::thread::sleep(Duration::from_millis(50));
    };
    let read = |name: &str| -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(file(name))?).into_owned())
    };
    let text = format!(
        "{}\nstandard error:\n{}{status}\n",
        read("out")?,
        read("error")?
    );
    if stays {
        bail!("it has ended: {text}");
    }
    Ok(without_numbers(&text))
}

/// Returns the kernel's list of the programs' clients.
fn clients() -> Result<String> {
    let text = fs::read_to_string("/proc/asound/seq/clients")?;
    let mut is_user = false;
    let lines = text.lines().filter(|line| {
        if line.starts_with("Client ") {
            is_user = line.contains("[User");
        }
        is_user
    });
    Ok(lines.map(|line| format!("{line}\n")).collect())
}

/// Removes numbers, because they may be process numbers or times.
fn without_numbers(text: &str) -> String {
    let mut result = String::new();
    for character in text.chars() {
        if !character.is_ascii_digit() {
            result.push(character);
        } else if !result.ends_with('#') {
            result.push('#');
        }
    }
    result
}
