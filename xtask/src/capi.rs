//! `cargo xtask capi`: builds the C interface in all its forms, and checks them.
//!
//! Cargo makes an archive. From the archive, the linker makes one object, which contains everything
//! that the listed symbols need, and exports nothing else. The shared objects are made from this
//! object. The archives for static programs contain two such objects. (A `cdylib` cannot have the
//! version nodes, because rustc's own version script excludes another one.)

mod calls;
mod chroot;
mod debian_programs;
mod elf;
mod header;
mod memory;
mod objects;
mod place;
mod programs;
mod static_programs;
mod suites;
mod symbols;
mod work;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use nix::fcntl::Flock;

use crate::debian::{Tool, provide};
use crate::kernel::{self, Wanted};
use crate::steps::{self, Gauge};
use crate::{cache, musl, peers, test, workspace};

pub(crate) use calls::{ROLE as CALLS, run as calls};
pub(crate) use debian_programs::{ROLE as DEBIAN, run as debian};
pub(crate) use elf::needed as needed_libraries;
pub(crate) use programs::{ROLE as PROGRAMS, SONG, run as programs};
use symbols::Symbol;
pub(crate) use work::{ROLE as WORK, run as work};

const PACKAGE: &str = "alsa-seq-capi";

/// The cargo profile. Cargo's directory has the same name. It is far larger than the forms, so the
/// forms have a directory of their own.
const PROFILE: &str = "capi-build";

/// The directory of the forms.
const HOME: &str = "capi";

/// Functions that call `dlopen` or `getpwuid`. A static program with these calls needs the C
/// library's shared objects, and the linker prints a warning. So the archives contain these
/// functions in an object of their own. The linker uses it only for programs that call one of them.
const SHARED: [&str; 4] = ["snd_dlclose", "snd_dlopen", "snd_dlsym", "snd_user_file"];

const SONAME: &str = "libasound.so.2";
const PRELOAD: &str = "libalsa_seq_preload.so";

/// The version of libasound for programs that ask pkg-config.
const VERSION: &str = "1.2.16";

/// The libraries that the shared objects may need.
const LIBRARIES: [&str; 2] = ["libc.so.6", "ld-linux-x86-64.so.2"];

#[derive(Args)]
pub(crate) struct Options {
    /// The checks of the result; by default, none
    #[arg(value_name = "CHECK")]
    checks: Vec<Check>,
    /// The kernel for the programs: 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<Wanted>,
    /// With `suites`: run only the suites whose names contain this text
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// With `programs`: write the table in docs/libasound.md
    #[arg(long)]
    bless: bool,
}

/// A check of the result.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Compare symbols and prototypes with Debian's newest libasound, and run alsa-utils on both
    Symbols,
    /// Compare the calls to the sequencer that programs make on libasound and on the result
    Calls,
    /// Start the programs of Debian that use the sequencer, on libasound and on the result
    Programs,
    /// Make programs of Debian render songs and connect ports, with the result and with libasound
    Work,
    /// Run this project's tests against alsa-utils, C and Python, with these programs on the result
    Peers,
    /// Run the test suites of other projects on libasound and on the result
    Suites,
    /// Build alsa-utils as static programs, and run them in an image that contains nothing else
    Static,
    /// Look for memory errors, errors of threads, and leaks, with the compiler's sanitizers
    Memory,
    /// Run all these checks
    All,
}

/// Builds the shared object with libasound's name, and returns its directory.
pub(crate) fn library() -> Result<PathBuf> {
    let builder = Builder::new()?;
    let file = builder.library(&builder.object()?)?;
    Ok(file.parent().context("no directory")?.to_owned())
}

/// Builds everything, and runs the requested checks.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let is_wanted = |check| options.checks.contains(check) || options.checks.contains(&Check::All);
    let checks: Vec<Check> = Check::value_variants()
        .iter()
        .filter(|check| is_wanted(check))
        .copied()
        .collect();
    obtain_kernels(options, &checks)?;
    let kernel = options.kernel.clone().unwrap_or_else(musl::default_kernel);
    let builder = Builder::new()?;
    builder.build()?;
    for check in checks {
        let code = match check {
            Check::Symbols => builder.check_symbols(&kernel)?,
            Check::Calls => builder.calls(&kernel)?,
            Check::Programs => {
                let document = builder.root.join("docs/libasound.md");
                debian_programs::start(&kernel, &builder.home, &document, options.bless)?
            }
            Check::Work => work::start(&kernel, &builder.home)?,
            Check::Peers => builder.peers(&kernel)?,
            Check::Suites => {
                let name = options.suite.as_deref().unwrap_or_default();
                suites::run(&builder.home, &builder.target, &kernel, name)?
            }
            Check::Static => {
                static_programs::check(&kernel, &builder)?;
                ExitCode::SUCCESS
            }
            Check::Memory => memory::run(&builder, options.kernel.as_ref())?,
            Check::All => ExitCode::SUCCESS,
        };
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    if options.checks.is_empty() {
        println!("{}", next_steps(&builder.home));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the commands with which programs use the files in this directory.
fn next_steps(home: &Path) -> String {
    let file = |name| workspace::quoted(home.join(name).as_os_str());
    format!(
        "\nThis runs a program that is linked with libasound:\n  {} PROGRAM\n\
         This compiles a program (ALSA's headers are in Debian's package libasound2-dev):\n  \
         cc program.c {}\n\
         docs/libasound.md explains both, and the files for musl.",
        file("aseq-run"),
        file("static/libasound.a"),
    )
}

/// Gets the kernels for the checks, before any long work.
fn obtain_kernels(options: &Options, checks: &[Check]) -> Result<()> {
    if options.kernel == Some(Wanted::Host) {
        bail!(
            "the checks do not run on the machine's own sequencer, because they remove all its \
             connections: name a test kernel"
        );
    }
    for check in checks {
        let default = match check {
            Check::Memory => Wanted::newest(),
            _ => musl::default_kernel(),
        };
        kernel::obtain(options.kernel.as_ref().unwrap_or(&default), None, false)?;
    }
    Ok(())
}

/// Arguments for cargo to run tests with other programs on our library.
const TESTS: [&[&str]; 2] = [
    &["--package", "alsa-seq-tests", "--test", "peers"],
    &[
        "--package",
        "aseq",
        "--test",
        "old",
        "--",
        // This test expects a defect of libasound. Ours does not have the defect: it shows
        // connections with time stamps in ticks as such.
        "--skip",
        "aconnect::differences_are_on_purpose",
    ],
];

struct Builder {
    root: PathBuf,
    /// The directory for cargo's results.
    target: PathBuf,
    /// The directory of the forms.
    home: PathBuf,
    /// The directory of intermediate results.
    work: PathBuf,
    symbols: Vec<Symbol>,
    /// Prevents other builds and checks in `home`.
    _lock: Flock<File>,
}

impl Builder {
    fn new() -> Result<Self> {
        if !cfg!(all(target_arch = "x86_64", target_env = "gnu")) {
            bail!("this needs an x86-64 machine with glibc");
        }
        provide(
            "linking",
            &[Tool::program("cc", "gcc"), Tool::program("ld", "binutils")],
        )?;
        let root = workspace::root()?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        // Cargo runs in another directory than this process.
        let target = std::path::absolute(target)?;
        let home = target.join(HOME);
        fs::create_dir_all(&home).with_context(|| format!("create {}", home.display()))?;
        let lock = cache::lock(&home.join("lock"), || {
            steps::note(&format!(
                "another task works in {}; waiting for it",
                home.display()
            ));
        })?;
        let work = home.join("link");
        if work.exists() {
            // Otherwise, forms that an older list has made would remain.
            fs::remove_dir_all(&work).with_context(|| format!("remove {}", work.display()))?;
        }
        fs::create_dir(&work).with_context(|| format!("create {}", work.display()))?;
        Ok(Self {
            symbols: symbols::read(&root.join("capi/symbols.txt"))?,
            work,
            root,
            target,
            home,
            _lock: lock,
        })
    }

    fn build(&self) -> Result<()> {
        let object = self.object()?;
        let library = self.library(&object)?;
        let sequencer: Vec<Symbol> = self
            .symbols
            .iter()
            .filter(|symbol| symbol.is_sequencer())
            .cloned()
            .collect();
        let preload = self.shared(&object, &format!("preload/{PRELOAD}"), &sequencer)?;
        let archive = self.archive(None, "static")?;
        let musl = self.archive(Some(musl::X86_64.triple), "musl")?;
        let wrapper = self.work.join("aseq-run");
        fs::copy(self.root.join("capi/aseq-run"), &wrapper)
            .with_context(|| format!("create {}", wrapper.display()))?;
        let wrapper = self.replace(&wrapper, "aseq-run")?;
        for file in [library, preload, archive, musl, wrapper] {
            println!(
                "{:>7} bytes  {}",
                fs::metadata(&file)?.len(),
                file.display()
            );
        }
        Ok(())
    }

    /// Moves a finished file to the place of an older one. Programs that have the old file open
    /// keep it.
    fn replace(&self, finished: &Path, file: &str) -> Result<PathBuf> {
        let place = self.home.join(file);
        let directory = place.parent().context("no directory")?;
        fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
        fs::rename(finished, &place).with_context(|| format!("create {}", place.display()))?;
        Ok(place)
    }

    /// Returns the shared object with libasound's name.
    fn library(&self, object: &Path) -> Result<PathBuf> {
        self.shared(object, &format!("lib/{SONAME}"), &self.symbols)
    }

    /// Makes the object from which the shared objects are linked.
    fn object(&self) -> Result<PathBuf> {
        let names: BTreeSet<_> = self.names().collect();
        self.link(&self.compile(None)?, &names, "whole.o")
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.symbols.iter().map(|symbol| &*symbol.name)
    }

    /// Makes cargo's archive.
    fn compile(&self, target: Option<&str>) -> Result<PathBuf> {
        let mut cargo = workspace::cargo()?;
        cargo
            // With the Rust library as a separate file, the archive would contain LLVM's code.
            .args(["rustc", "--package", PACKAGE, "--lib"])
            .args(["--crate-type", "staticlib", "--profile", PROFILE])
            .arg("--target-dir")
            .arg(&self.target);
        let mut directory = self.target.clone();
        if let Some(target) = target {
            cargo.args(["--target", target]);
            directory.push(target);
            if !musl::obtain_target(target)? {
                musl::compiler()?.with_library(musl::STD, &mut cargo);
            }
        }
        if !workspace::status(&mut cargo)?.success() {
            bail!("the build failed");
        }
        Ok(directory.join(PROFILE).join("libalsa_seq_capi.a"))
    }

    /// Links one object from cargo's archive, which contains everything that these names need, and
    /// exports nothing else.
    fn link(&self, archive: &Path, names: &BTreeSet<&str>, file: &str) -> Result<PathBuf> {
        let object = self.work.join(file);
        let mut ld = Command::new("ld");
        ld.args(["-r", "--gc-sections", "-o"]).arg(&object);
        for name in names {
            ld.arg(format!("--undefined={name}"));
        }
        steps::run("linking one object", &Gauge::Time, ld.arg(archive))?;

        let list = self.work.join("names");
        let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
        fs::write(&list, lines).with_context(|| format!("write {}", list.display()))?;
        let mut objcopy = Command::new("objcopy");
        objcopy
            .arg("--keep-global-symbols")
            .arg(&list)
            .args(["--strip-debug", "--strip-unneeded"])
            .arg(&object);
        steps::run("hiding all other symbols", &Gauge::Time, &mut objcopy)?;

        let defined = elf::defined(&object)?;
        let missing: Vec<_> = names
            .iter()
            .filter(|name| !defined.contains(**name))
            .copied()
            .collect();
        if !missing.is_empty() {
            bail!(
                "{} symbols of capi/symbols.txt are missing:\n  {}",
                missing.len(),
                missing.join("\n  ")
            );
        }
        // Programs are linked without an unwinding library, and musl has none.
        let undefined = elf::undefined(&object)?;
        if let Some(name) = undefined
            .iter()
            .find(|name| name.starts_with("_Unwind") || name.starts_with("snd_"))
        {
            bail!("the object needs {name}");
        }
        Ok(object)
    }

    /// Links a shared object that exports only these symbols.
    fn shared(&self, object: &Path, file: &str, symbols: &[Symbol]) -> Result<PathBuf> {
        let name = Path::new(file).file_name().context("no file name")?;
        let output = self.work.join(name);
        let script = output.with_extension("map");
        fs::write(&script, symbols::script(symbols))
            .with_context(|| format!("write {}", script.display()))?;
        let mut soname = OsString::from("-Wl,-soname,");
        soname.push(name);
        let mut version_script = OsString::from("-Wl,--version-script=");
        version_script.push(&script);
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(&output)
            .arg(soname)
            .arg(version_script)
            .args([
                "-Wl,-O1,--gc-sections,--strip-all,--as-needed",
                "-Wl,-z,defs,-z,now,-z,relro",
                // Calls within the library do not go through other libraries.
                "-Wl,-Bsymbolic-functions",
                "-static-libgcc",
            ])
            .arg(object);
        if symbols.iter().any(|symbol| symbol.old) {
            cc.arg(self.root.join("capi/old.c"));
        }
        steps::run(&format!("linking {file}"), &Gauge::Time, &mut cc)?;
        let wanted = symbols.iter().map(Symbol::export).collect();
        let found = elf::exports(&output)?;
        same(&format!("capi/symbols.txt and {file}"), &wanted, &found)?;
        let needed = elf::needed(&output)?;
        if let Some(other) = needed
            .iter()
            .find(|name| !LIBRARIES.contains(&name.as_str()))
        {
            bail!("{file} needs {other}");
        }
        self.replace(&output, file)
    }

    /// Makes an archive of two objects, and a file for pkg-config.
    fn archive(&self, target: Option<&str>, directory: &str) -> Result<PathBuf> {
        let built = self.compile(target)?;
        let (shared, others): (BTreeSet<_>, BTreeSet<_>) =
            self.names().partition(|name| SHARED.contains(name));
        let objects = [
            self.link(&built, &others, "sequencer.o")?,
            self.link(&built, &shared, "shared.o")?,
        ];
        let archive = self.work.join(format!("{directory}.a"));
        let mut ar = Command::new("ar");
        ar.arg("rcs").arg(&archive).args(&objects);
        steps::run("writing libasound.a", &Gauge::Time, &mut ar)?;
        let pc = format!(
            "libdir=${{pcfiledir}}\n\n\
             Name: alsa\n\
             Description: The sequencer of ALSA, by alsa-seq\n\
             Version: {VERSION}\n\
             Libs: -L${{libdir}} -lasound\n\
             Cflags:\n"
        );
        let file = self.work.join("alsa.pc");
        fs::write(&file, pc).with_context(|| format!("write {}", file.display()))?;
        self.replace(&file, &format!("{directory}/alsa.pc"))?;
        self.replace(&archive, &format!("{directory}/libasound.a"))
    }

    /// Compares the symbols, and runs alsa-utils and linked programs.
    fn check_symbols(&self, kernel: &Wanted) -> Result<ExitCode> {
        let newest = peers::newest()?;
        self.compare(&newest)?;
        let (prototypes, facts) = header::check(
            &self.root.join("capi/tests/prototypes/list.rs"),
            &newest.root.join("usr/include"),
            &self.work,
        )?;
        println!("{prototypes} prototypes and {facts} facts about structs agree with its header");
        let include = newest.root.join("usr/include");
        for program in ["timers", "threads", "cancel"] {
            self.c_program(&include, program)?;
        }
        let linked = self.link_archives()?;
        programs::start(kernel, &newest, &self.home, &linked)
    }

    /// Compiles a program of `capi/tests/c`. The program also runs on libasound.
    fn c_program(&self, include: &Path, name: &str) -> Result<()> {
        let mut cc = memory::cc(include);
        cc.arg(
            self.root
                .join("capi/tests/c")
                .join(name)
                .with_extension("c"),
        )
        .arg(self.home.join("lib").join(SONAME));
        memory::link(&mut cc, &self.work.join(name))
    }

    /// Runs the tests that compare us with other programs, with these programs on our library.
    fn peers(&self, kernel: &Wanted) -> Result<ExitCode> {
        let library = self.home.join("lib");
        let programs = self.work.join("alsa-utils");
        peers::alsa_utils_with(&peers::newest()?, &library, &programs)?;
        let environment = [
            ("LD_LIBRARY_PATH", library.into_os_string()),
            ("ALSA_SEQ_ALSA_UTILS", programs.into_os_string()),
        ];
        for arguments in TESTS {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            let code = test::run_with(kernel, &arguments, &environment)?;
            if code != ExitCode::SUCCESS {
                return Ok(code);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Compares the calls of programs. One of them is built here.
    fn calls(&self, kernel: &Wanted) -> Result<ExitCode> {
        provide("building a client of libasound", &peers::LIBASOUND)?;
        let client = self.work.join("client");
        let mut cc = Command::new("cc");
        cc.arg("-o")
            .arg(&client)
            .arg(self.root.join("tests/peers/libasound.c"))
            .arg("-lasound");
        steps::run("building a client of libasound", &Gauge::Time, &mut cc)?;
        calls::start(kernel, &self.home, &client)
    }

    /// Links a C program with each archive.
    fn link_archives(&self) -> Result<Vec<PathBuf>> {
        let source = self.root.join("capi/tests/c/linked.c");
        let archive = self.home.join("static/libasound.a");
        let program = |name: &str| self.work.join(name);
        let cc = |more: &[&str], name: &str| {
            let mut cc = Command::new("cc");
            cc.args(more).args(["-O2", "-o"]).arg(program(name));
            cc.args([&source, &archive]);
            cc
        };
        let links = [
            ("linked", cc(&[], "linked")),
            (
                "linked-static",
                // A program that calls none of `SHARED` is linked without a warning.
                cc(&["-static", "-Wl,--fatal-warnings"], "linked-static"),
            ),
            (
                "linked-musl",
                musl::gcc::program(
                    &musl::gcc::obtain()?,
                    &source,
                    &self.home.join("musl/libasound.a"),
                    &program("linked-musl"),
                ),
            ),
        ];
        let mut programs = Vec::new();
        for (name, mut cc) in links {
            steps::run(&format!("linking {name}"), &Gauge::Time, &mut cc)?;
            programs.push(program(name));
        }
        Ok(programs)
    }

    /// Compares the shared objects with libasound: its name, its nodes, and each symbol's
    /// node, type and size.
    fn compare(&self, newest: &peers::Newest) -> Result<()> {
        let library = self.home.join("lib").join(SONAME);
        let preload = self.home.join("preload").join(PRELOAD);
        let theirs = elf::exports(&newest.libasound)?;
        let ours = elf::exports(&library)?;
        let sequencer = |exports: &BTreeSet<elf::Export>| -> BTreeSet<_> {
            exports
                .iter()
                .filter(|export| symbols::is_sequencer(&export.name))
                .cloned()
                .collect()
        };
        let wanted = sequencer(&theirs);
        if wanted.len() < 301 {
            bail!(
                "{} has no function of the sequencer",
                newest.libasound.display()
            );
        }
        same(
            "the sequencer of libasound and ours",
            &wanted,
            &sequencer(&ours),
        )?;
        same(
            "the sequencer of libasound and of the preload form",
            &wanted,
            &elf::exports(&preload)?,
        )?;
        let strange: Vec<_> = ours.difference(&theirs).map(ToString::to_string).collect();
        if !strange.is_empty() {
            bail!("these are not in libasound:\n  {}", strange.join("\n  "));
        }
        let (theirs, ours) = (elf::identity(&newest.libasound)?, elf::identity(&library)?);
        if theirs != ours {
            bail!("libasound's name and nodes are\n  {theirs:?}\nand ours\n  {ours:?}");
        }
        println!(
            "libasound beside alsa-utils {}: {} symbols of the sequencer are the same, with node, type and size",
            newest.version,
            wanted.len()
        );
        Ok(())
    }
}

/// Checks that two sets of symbols are equal.
fn same(what: &str, wanted: &BTreeSet<elf::Export>, found: &BTreeSet<elf::Export>) -> Result<()> {
    let missing = wanted.difference(found).map(|export| format!("- {export}"));
    let more = found.difference(wanted).map(|export| format!("+ {export}"));
    let differences: Vec<_> = missing.chain(more).collect();
    if !differences.is_empty() {
        bail!("{what} differ:\n  {}", differences.join("\n  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A user pastes the lines into a shell.
    #[test]
    fn the_next_steps_are_lines_for_a_shell() {
        let text = next_steps(Path::new("/my clone/target/capi"));
        let lines: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .collect();
        assert_eq!(
            lines,
            [
                "'/my clone/target/capi/aseq-run' PROGRAM",
                "cc program.c '/my clone/target/capi/static/libasound.a'"
            ]
        );
    }
}
