//! Tests of the kernel cache: it contains only complete kernels, also when several tasks use it. In
//! place of a kernel, a stand-in source tree is built. Its make writes a shell script.

// The lints do not know that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../shared/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use tempfile::TempDir;

use program::write_program;

/// A separate cache, and a directory for sources.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        // Stand-ins for programs that the stand-in source does not need. So nothing is installed
        // for this test.
        let bin = place.path("bin");
        fs::create_dir(&bin).unwrap();
        for tool in ["gcc", "flex", "bison", "bc", "perl", "xz"] {
            write_program(&bin.join(tool), "#!/bin/sh\nexit 1\n");
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        path
    }

    fn kernels(&self) -> PathBuf {
        self.path("cache/test-kernel/kernels")
    }

    /// Returns the entries of the cache except for locks.
    fn cached(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.kernels())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut path = std::env::var_os("PATH").unwrap();
        path.push(":");
        path.push(self.path("bin"));
        // The caller of the tests may ignore signals, and all its processes inherit that.
        let mut command = Command::new("env");
        command
            .args(["--default-signal", env!("CARGO_BIN_EXE_test-kernel")])
            .args(args)
            .env("PATH", path)
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env_remove("TEST_KERNEL")
            .stdin(Stdio::null());
        command
    }

    fn kernel(&self, args: &[&str]) -> Output {
        self.command(&[&["kernel"], args].concat())
            .output()
            .unwrap()
    }

    /// A program that prints the version of a kernel.
    fn finished(&self, version: &str) -> String {
        let path = self.path("linux");
        write_program(&path, &format!("#!/bin/sh\necho {version}\n"));
        path.to_str().unwrap().to_owned()
    }

    /// A source tree. Its `make linux` runs this command.
    fn source(&self, version: [u32; 3], make_linux: &str) -> String {
        let tree = self.path("source");
        for dir in [
            "sound",
            "scripts/kconfig",
            "LICENSES/preferred",
            "arch/um/os-Linux/skas",
            "arch/x86/um/os-Linux",
        ] {
            fs::create_dir_all(tree.join(dir)).unwrap();
        }
        let [major, minor, patch] = version;
        let makefile = format!(
            "VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = {patch}\n\
             mrproper tinyconfig olddefconfig:\n\t@true\n\
             linux:\n\t{make_linux}\n"
        );
        fs::write(tree.join("Makefile"), makefile).unwrap();
        fs::write(tree.join("sound/Kconfig"), "if !UML\nconfig SND\nendif\n").unwrap();
        for (file, text) in [
            ("LICENSES/preferred/GPL-2.0", "GPL\n"),
            ("arch/um/Kconfig", "config HZ\n\tint\n\tdefault 100\n"),
            ("arch/um/os-Linux/signal.c", "\t\tsignals_pending = 0;\n"),
            ("arch/um/os-Linux/skas/process.c", "PTRACE_O_TRACESYSGOOD\n"),
            ("arch/x86/um/os-Linux/registers.c", "int registers;\n"),
        ] {
            fs::write(tree.join(file), text).unwrap();
        }
        let merge = tree.join("scripts/kconfig/merge_config.sh");
        write_program(&merge, "#!/bin/sh\ncp \"$3\" .config\n");
        tree.to_str().unwrap().to_owned()
    }
}

const MAKES_A_KERNEL: &str = "printf '#!/bin/sh\\necho 6.12.3\\n' > linux && chmod +x linux";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the path that a successful command has printed.
fn made(output: &Output) -> PathBuf {
    assert!(output.status.success(), "{}", text(&output.stderr));
    PathBuf::from(text(&output.stdout).trim())
}

fn says(kernel: &Path) -> String {
    text(&Command::new(kernel).output().unwrap().stdout)
}

#[test]
fn a_finished_kernel_is_added_to_the_cache() {
    let place = Place::new();
    let path = made(&place.kernel(&["get", "--from", &place.finished("6.12.1")]));
    assert!(path.starts_with(place.kernels()));
    assert_eq!(says(&path), "6.12.1\n");
    assert_eq!(place.cached().len(), 1);
    // From now on, the kernel in the cache is used.
    assert_eq!(made(&place.kernel(&["get", "6.12"])), path);
    // Another finished kernel replaces it.
    assert_eq!(
        made(&place.kernel(&["get", "--from", &place.finished("6.12.2")])),
        path
    );
    assert_eq!(says(&path), "6.12.2\n");
    assert_eq!(place.cached().len(), 1);
}

#[test]
fn a_file_that_is_not_a_kernel_is_refused() {
    let place = Place::new();
    for (args, complaint) in [
        (
            ["get", "6.12", "--from", &place.finished("hello")],
            "is not a User-Mode Linux kernel",
        ),
        (["get", "6.12", "--from", "/no/such/file"], "/no/such/file"),
    ] {
        let output = place.kernel(&args);
        assert!(!output.status.success());
        assert!(
            text(&output.stderr).contains(complaint),
            "{}",
            text(&output.stderr)
        );
    }
    let other = place.finished("6.1.9");
    let output = place.kernel(&["get", "6.12", "--from", &other]);
    assert!(text(&output.stderr).contains("is 6.1.9, not 6.12"));
    let output = place.kernel(&["get", "newest", "--from", &other]);
    assert!(text(&output.stderr).contains("not newer than 6.12"));
    assert_eq!(place.cached(), [""; 0]);
}

#[test]
fn a_given_source_is_built() {
    let place = Place::new();
    let source = place.source([6, 12, 3], MAKES_A_KERNEL);
    let path = made(&place.kernel(&["build", "6.12", "--source", &source]));
    assert_eq!(says(&path), "6.12.3\n");
    assert_eq!(place.cached().len(), 1);
    // The given tree was not changed.
    assert!(!Path::new(&source).join(".config").exists());
    let kconfig = fs::read_to_string(Path::new(&source).join("sound/Kconfig")).unwrap();
    assert!(kconfig.contains("!UML"));
}

#[test]
fn a_tarball_is_built() {
    let place = Place::new();
    place.source([6, 12, 3], MAKES_A_KERNEL);
    let tarball = place.path("linux.tar.gz");
    let status = Command::new("tar")
        .args(["-czf", tarball.to_str().unwrap(), "-C"])
        .arg(place.dir.path())
        .arg("source")
        .status();
    assert!(status.unwrap().success());
    let path = made(&place.kernel(&["build", "--source", tarball.to_str().unwrap()]));
    assert_eq!(says(&path), "6.12.3\n");
}

#[test]
fn a_failed_build_leaves_no_files() {
    let place = Place::new();
    for (version, make_linux, complaint) in [
        (
            [6, 12, 3],
            "@echo what went wrong; exit 1",
            "what went wrong",
        ),
        ([6, 12, 3], "@echo half > linux", "linux"),
        ([6, 11, 0], MAKES_A_KERNEL, "the source is 6.11.0, not 6.12"),
    ] {
        let source = place.source(version, make_linux);
        let output = place.kernel(&["build", "6.12", "--source", &source]);
        assert!(!output.status.success());
        assert!(
            text(&output.stderr).contains(complaint),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(place.cached(), [""; 0]);
    }
    // A directory that is not a source leaves no files either.
    fs::write(place.path("empty.tar"), "").unwrap();
    let output = place.kernel(&[
        "build",
        "--source",
        place.path("empty.tar").to_str().unwrap(),
    ]);
    assert!(!output.status.success());
    assert_eq!(place.cached(), [""; 0]);
}

#[test]
fn an_interrupted_build_leaves_no_files() {
    let place = Place::new();
    let [begun, ends] = ["begun", "ends"].map(|name| place.fifo(name));
    // Prints that it has begun, and would continue for ever.
    let source = place.source(
        [6, 12, 3],
        &format!("@echo > {}; cat {}", begun.display(), ends.display()),
    );
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut command = place.command(&["kernel", "build", "--source", &source]);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        assert_eq!(fs::read_to_string(&begun).unwrap(), "\n");
        assert_ne!(place.cached(), [""; 0]);
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(signal as i32));
        assert_eq!(place.cached(), [""; 0]);
        // The build has ended, too: no process is left to open the other end. (Opening without
        // waiting fails without a reader.)
        let nobody = nix::fcntl::open(
            &ends,
            nix::fcntl::OFlag::O_WRONLY | nix::fcntl::OFlag::O_NONBLOCK,
            Mode::empty(),
        );
        assert_eq!(nobody.err(), Some(nix::errno::Errno::ENXIO));
    }
}

/// Signals are ignored in programs that `nohup` starts, or a script in the background.
#[test]
fn a_build_continues_after_ignored_signals() {
    let place = Place::new();
    let [begun, ends] = ["begun", "ends"].map(|name| place.fifo(name));
    let source = place.source(
        [6, 12, 3],
        &format!(
            "@echo > {}; cat {}; {MAKES_A_KERNEL}",
            begun.display(),
            ends.display()
        ),
    );
    let build = place.command(&["kernel", "build", "--source", &source]);
    let ignored = [Signal::SIGINT, Signal::SIGHUP, Signal::SIGTERM];
    let mut command = Command::new("env");
    command.args([
        "--ignore-signal=INT,HUP,TERM",
        env!("CARGO_BIN_EXE_test-kernel"),
    ]);
    command.args(build.get_args().skip(2));
    for (name, value) in build.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(fs::read_to_string(&begun).unwrap(), "\n");
    for signal in ignored {
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
    }
    fs::write(&ends, "").unwrap();
    assert_eq!(says(&made(&child.wait_with_output().unwrap())), "6.12.3\n");
}

#[test]
fn a_kernel_without_ump_has_a_separate_cache_entry() {
    let place = Place::new();
    let source = place.source([6, 12, 3], MAKES_A_KERNEL);
    let with = made(&place.kernel(&["build", "6.12", "--source", &source]));
    let without = made(&place.kernel(&["build", "6.12-no-ump", "--source", &source]));
    assert_ne!(with, without);
    assert_eq!(place.cached().len(), 2);
    // Both kernels are found by their names.
    assert_eq!(made(&place.kernel(&["get", "6.12"])), with);
    assert_eq!(made(&place.kernel(&["get", "6.12-no-ump"])), without);
    // Neither "newest" nor another series selects it.
    let output = place.kernel(&["get", "6.1", "--from", &place.finished("6.12.1")]);
    assert!(text(&output.stderr).contains("is 6.12.1, not 6.1"));
    fs::remove_dir_all(with.parent().unwrap()).unwrap();
    let output = place
        .command(&["run", "--kernel", "6.12", "--", "true"])
        .output();
    assert_eq!(output.unwrap().status.code(), Some(125));
}

#[test]
fn the_next_build_removes_the_files_of_a_killed_build() {
    let place = Place::new();
    let path = made(&place.kernel(&["get", "--from", &place.finished("6.12.1")]));
    let name = path
        .parent()
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap();
    let left = place.kernels().join(format!("tmp-{name}-killed"));
    fs::create_dir(&left).unwrap();
    fs::write(left.join("half"), "half").unwrap();
    let source = place.source([6, 12, 3], MAKES_A_KERNEL);
    made(&place.kernel(&["build", "--source", &source]));
    assert!(!left.exists());
    assert_eq!(place.cached().len(), 1);
}

#[test]
fn two_builds_at_the_same_time_run_one_after_the_other() {
    let place = Place::new();
    let log = place.path("log");
    // Another build must not write between these two lines.
    let source = place.source(
        [6, 12, 3],
        &format!(
            "@echo begin >> {0}; {MAKES_A_KERNEL}; echo end >> {0}",
            log.display()
        ),
    );
    let children: Vec<_> = (0..3)
        .map(|_| {
            let mut command = place.command(&["kernel", "build", "--source", &source]);
            command.stderr(Stdio::null()).stdout(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        let mut path = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut path)
            .unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(says(Path::new(path.trim())), "6.12.3\n");
    }
    assert_eq!(fs::read_to_string(log).unwrap(), "begin\nend\n".repeat(3));
    assert_eq!(place.cached().len(), 1);
}

/// A build takes the lock of the series and then the lock of Debian's lists. A task that waits for
/// the series must not hold the lock of the lists, because the build would wait for it.
#[test]
fn a_waiting_build_does_not_lock_debians_lists() {
    if !Path::new("/etc/apt").is_dir() {
        eprintln!("SKIPPED: this is not Debian");
        return;
    }
    let place = Place::new();
    // An archive that contains only this kernel.
    let archive = place.path("archive");
    fs::create_dir(&archive).unwrap();
    for (tool, does) in [
        ("apt-get", ":"),
        ("apt-cache", "echo linux-source-7.2"),
        ("dpkg", ":"),
    ] {
        write_program(&archive.join(tool), &format!("#!/bin/sh\n{does}\n"));
    }
    // Another build is running.
    let kernel = made(&place.kernel(&["get", "7.2", "--from", &place.finished("7.2.1")]));
    let entry = kernel.parent().unwrap();
    fs::remove_dir_all(entry).unwrap();
    let lock = |path: &Path| {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        Flock::lock(file, FlockArg::LockExclusiveNonblock)
    };
    let building = lock(&entry.with_file_name(format!(
        "{}.lock",
        entry.file_name().unwrap().to_str().unwrap()
    )))
    .unwrap();

    let mut path = archive.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    path.push(":");
    path.push(place.path("bin"));
    let mut waiting = place
        .command(&["kernel", "get", "newest"])
        .env("PATH", path)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(waiting.stderr.take().unwrap()).lines();
    assert!(
        said.by_ref()
            .any(|line| line.unwrap().contains("another task is building 7.2"))
    );
    let debian = lock(&place.path("cache/test-kernel/apt/sid.lock"));
    drop(building);
    drop(debian.map_err(|(_, errno)| errno).unwrap());
    // The archive does not have this file.
    said.for_each(drop);
    assert!(!waiting.wait().unwrap().success());
}

/// Returns the sum of a file, computed by another program.
fn sha256(file: &Path) -> String {
    let output = Command::new("sha256sum").arg(file).output().unwrap();
    text(&output.stdout).split(' ').next().unwrap().to_owned()
}

#[test]
fn a_packed_kernel_can_be_used_on_another_machine() {
    let place = Place::new();
    let source = place.source([6, 12, 3], MAKES_A_KERNEL);
    let kernel = made(&place.kernel(&["build", "6.12", "--source", &source]));
    let into = place.path("packed");
    fs::create_dir(&into).unwrap();
    let into = into.to_str().unwrap();
    let packed = place.kernel(&["pack", "6.12", "--into", into]);
    assert!(packed.status.success(), "{}", text(&packed.stderr));
    let said = text(&packed.stdout);
    let [archive, sum] = said.lines().collect::<Vec<_>>()[..] else {
        panic!("{said}");
    };
    assert_eq!(sha256(Path::new(archive)), sum);
    // Packing the same kernel again gives the same archive.
    assert_eq!(
        text(&place.kernel(&["pack", "6.12", "--into", into]).stdout),
        said
    );

    // The files that the licence requires.
    let unpacked = place.path("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar")
        .args(["-xf", archive, "--strip-components=1", "-C"])
        .arg(&unpacked)
        .status();
    assert!(tar.unwrap().success());
    let file = |name: &str| fs::read_to_string(unpacked.join(name)).unwrap();
    assert!(file("config").contains("CONFIG_SND_SEQUENCER=y"));
    let patch = file("recipe.patch");
    assert!(
        patch.contains("--- a/sound/Kconfig\n+++ b/sound/Kconfig\n"),
        "{patch}"
    );
    assert!(
        patch.contains("\n-\tdefault 100\n+\tdefault 1000\n"),
        "{patch}"
    );
    assert!(file("SOURCE.md").contains(&format!("Source: {source}.")));
    let sums = Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(&unpacked)
        .status();
    assert!(sums.unwrap().success());

    // On another machine: from a URL, an archive, and a directory.
    let url = format!("file://{archive}");
    let unpacked = unpacked.to_str().unwrap();
    for arguments in [
        vec!["get", "--from", &url, "--sha256", sum],
        vec!["get", "--from", archive],
        vec!["get", "--from", unpacked],
    ] {
        fs::remove_dir_all(kernel.parent().unwrap()).unwrap();
        assert_eq!(made(&place.kernel(&arguments)), kernel, "{arguments:?}");
        assert_eq!(says(&kernel), "6.12.3\n");
        assert_eq!(made(&place.kernel(&["path", "6.12"])), kernel);
    }
    // This machine can pack it again.
    assert_eq!(
        text(&place.kernel(&["pack", "6.12", "--into", into]).stdout),
        said
    );
    let list = text(&place.kernel(&["list"]).stdout);
    assert!(
        list.contains(&format!("6.12  6.12.3  {}\n", kernel.display())),
        "{list}"
    );
    assert!(list.contains("newest  not built: "), "{list}");
}

#[test]
fn a_faulty_ready_made_kernel_is_refused() {
    let place = Place::new();
    let source = place.source([6, 12, 3], MAKES_A_KERNEL);
    made(&place.kernel(&["build", "6.12", "--source", &source]));
    let into = place.path("packed");
    fs::create_dir(&into).unwrap();
    let packed = place.kernel(&["pack", "--into", into.to_str().unwrap()]);
    let said = text(&packed.stdout);
    let archive = said.lines().next().unwrap();
    let url = format!("file://{archive}");
    let refused = |arguments: &[&str], complaint: &str| {
        let output = place.kernel(arguments);
        let stderr = text(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(stderr.contains(complaint), "{arguments:?}: {stderr}");
    };
    let wrong = "0".repeat(64);
    refused(&["get", "--from", &url], "needs the archive's checksum");
    refused(
        &["get", "--from", &url, "--sha256", &wrong],
        "has the checksum",
    );
    refused(
        &["get", "--from", archive, "--sha256", &wrong],
        "has the checksum",
    );
    refused(&["get", "6.1", "--from", archive], "is 6.12.3, not 6.1");
    refused(
        &["get", "6.12-no-ump", "--from", archive],
        "has a kernel for 6.12",
    );
    // A missing file, an additional file, or a changed one.
    let unpacked = place.path("unpacked");
    let unpack = || {
        let _ = fs::remove_dir_all(&unpacked);
        fs::create_dir(&unpacked).unwrap();
        let tar = Command::new("tar")
            .args(["-xf", archive, "--strip-components=1", "-C"])
            .arg(&unpacked)
            .status();
        assert!(tar.unwrap().success());
    };
    let from = ["get", "--from", unpacked.to_str().unwrap()];
    unpack();
    fs::write(unpacked.join("linux"), "#!/bin/sh\necho 6.12.4\n").unwrap();
    refused(&from, "linux has the checksum");
    unpack();
    fs::write(unpacked.join("more"), "").unwrap();
    refused(&from, "more is not in SHA256SUMS");
    unpack();
    fs::remove_file(unpacked.join("config")).unwrap();
    refused(&from, "config is missing");
    fs::remove_file(unpacked.join("SHA256SUMS")).unwrap();
    refused(&from, "SHA256SUMS");
    // A kernel whose source is unknown cannot be packed.
    made(&place.kernel(&["get", "6.1", "--from", &place.finished("6.1.9")]));
    refused(&["pack", "6.1"], "its licence (GPL-2.0)");
    refused(&["pack", "newest"], "test-kernel kernel get newest");
}

#[test]
fn a_callers_description_and_options_make_a_separate_kernel() {
    let place = Place::new();
    let source = place.source(
        [6, 12, 3],
        &format!(
            "{MAKES_A_KERNEL}\nmodules:\n\tmkdir -p sound/x && echo module > sound/x/snd-x.ko"
        ),
    );
    let usual = made(&place.kernel(&["build", "6.12", "--source", &source]));
    let write = |name: &str, text: &str| {
        let path = place.path(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let more = write("more.config", "CONFIG_GPIO_SIM=y\n");
    let with_more = ["6.12", "--config", &more];
    assert_eq!(
        place
            .kernel(&[&["path"], &with_more[..]].concat())
            .status
            .code(),
        Some(125)
    );
    let build = [&["build"], &with_more[..], &["--source", &source]].concat();
    let other = made(&place.kernel(&build));
    assert_ne!(other, usual);
    assert_eq!(
        made(&place.kernel(&[&["path"], &with_more[..]].concat())),
        other
    );
    let config = fs::read_to_string(other.with_file_name("config")).unwrap();
    assert!(config.contains("CONFIG_GPIO_SIM=y"));

    let patch = "--- a/sound/Kconfig\n+++ b/sound/Kconfig\n@@ -1 +1,2 @@\n config SND\n+config X\n";
    write("x.patch", patch);
    let mine = write(
        "mine.toml",
        "series = \"6.12\"\nfragments = [\"base\", \"more.config\"]\n\
         modules = [\"x/snd-x.ko\"]\npatches = [\"x.patch\"]\n",
    );
    let kernel = made(&place.kernel(&["build", &mine, "--source", &source]));
    let file = |name: &str| fs::read_to_string(kernel.with_file_name(name)).unwrap();
    assert!(file("recipe.patch").ends_with(patch));
    assert!(!file("config").contains("CONFIG_SND_SEQUENCER"));
    assert_eq!(file("modules.load"), "modules/snd-x.ko\n");
    assert_eq!(file("modules/snd-x.ko"), "module\n");
    let list = text(&place.kernel(&["list"]).stdout);
    assert!(list.contains("mine  6.12.3  "), "{list}");
    // A patch that does not apply is an error.
    write("x.patch", &patch.replace("config SND", "config NONE"));
    let output = place.kernel(&["build", &mine, "--source", &source]);
    assert!(
        text(&output.stderr).contains("applying x.patch"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn programs_report_a_missing_sequencer() {
    let place = Place::new();
    // If a kernel is named but missing, that is an error on every machine.
    let output = place
        .command(&["run", "--kernel", "6.12", "--", "true"])
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(text(&output.stderr).contains("test-kernel kernel get 6.12"));
    if fs::metadata("/dev/snd/seq").is_ok() {
        return;
    }
    // If no kernel is named, cargo's programs still run.
    let output = place
        .command(&["runner", "--", "sh", "-c", "echo ran; exit 3"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(text(&output.stdout), "ran\n");
    assert!(text(&output.stderr).contains("test-kernel kernel get"));
    // If a sequencer is requested, the program does not run.
    let output = place.command(&["run", "--", "true"]).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
}
