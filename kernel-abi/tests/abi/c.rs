//! Asks the C compiler about a header.

use crate::header::{self, Item, Shape};
use crate::table::Rows;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io};

/// Arguments with which macros with parameters are tried out. One that has
/// none here is a complaint.
const SAMPLES: [(&str, &[&str]); 5] = [
    ("SNDRV_PROTOCOL_VERSION", &["(1, 2, 3)", "(258, 254, 255)"]),
    ("SNDRV_PROTOCOL_MAJOR", &["(0x12345678)"]),
    ("SNDRV_PROTOCOL_MINOR", &["(0x12345678)"]),
    ("SNDRV_PROTOCOL_MICRO", &["(0x12345678)"]),
    (
        "SNDRV_PROTOCOL_INCOMPATIBLE",
        &[
            "(0x10203, 0x10203)",
            "(0x10203, 0x10204)",
            "(0x10203, 0x10303)",
            "(0x10203, 0x20203)",
        ],
    ),
];

/// A way to call the C compiler, and the width of the pointers it then has.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    command: String,
    flag: Option<&'static str>,
    pub(crate) width: usize,
}

/// What a header says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: Rows,
    /// The raw ioctl numbers of this machine.
    pub(crate) numbers: Vec<(String, u32)>,
    /// `LINUX_VERSION_CODE` of `linux/version.h` as major and minor.
    pub(crate) version: (u32, u32),
}

/// The C compiler for each width of pointers that it can make programs of and
/// this machine can run. Empty if there is no C compiler.
pub(crate) fn compilers() -> Vec<Compiler> {
    let command = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut found: Vec<Compiler> = Vec::new();
    for flag in [None, Some("-m64"), Some("-m32")] {
        let mut compiler = Compiler {
            command: command.clone(),
            flag,
            width: 0,
        };
        let program = "#include <stdio.h>\n\
             int main(void) { printf(\"%d\\n\", (int)sizeof(void *)); return 0; }\n";
        let width = compiler
            .run(&[], program)
            .ok()
            .and_then(|output| output.trim().parse().ok())
            .filter(|width| !found.iter().any(|other| other.width == *width));
        if let Some(width) = width {
            compiler.width = width;
            found.push(compiler);
        }
    }
    found
}

impl Compiler {
    fn cc(&self, includes: &[PathBuf]) -> Command {
        let mut cc = Command::new(&self.command);
        cc.args(self.flag);
        for include in includes {
            cc.arg("-I").arg(include);
        }
        cc
    }

    /// Compiles and runs a program and returns what it prints.
    fn run(&self, includes: &[PathBuf], program: &str) -> Result<String, String> {
        let scratch = Scratch::new().map_err(|error| error.to_string())?;
        let source = scratch.0.join("abi.c");
        let binary = scratch.0.join("abi");
        fs::write(&source, program).map_err(|error| error.to_string())?;
        let mut cc = self.cc(includes);
        cc.arg("-w").arg("-o").arg(&binary).arg(&source);
        output(&mut cc)?;
        output(&mut Command::new(&binary))
    }

    /// The header as the preprocessor leaves it.
    fn preprocess(&self, includes: &[PathBuf]) -> Result<String, String> {
        let scratch = Scratch::new().map_err(|error| error.to_string())?;
        let source = scratch.0.join("header.c");
        fs::write(&source, "#include <sound/asequencer.h>\n").map_err(|error| error.to_string())?;
        output(self.cc(includes).args(["-E", "-dD"]).arg(&source))
    }

    /// Whether the compiler finds the header at all.
    pub(crate) fn has_header(&self) -> Result<(), String> {
        self.preprocess(&[]).map(drop)
    }

    /// Where the compiler finds a header.
    pub(crate) fn find(&self, header: &str) -> Result<PathBuf, String> {
        let preprocessed = self.preprocess(&[])?;
        preprocessed
            .lines()
            .filter_map(|line| line.strip_prefix("# ")?.split('"').nth(1))
            .find(|file| file.ends_with(header))
            .map(PathBuf::from)
            .ok_or_else(|| format!("{header} not found"))
    }

    /// Every row that the header in `includes`, or else the installed one,
    /// gives rise to.
    pub(crate) fn ask(&self, includes: &[PathBuf]) -> Result<Answer, String> {
        let items = header::scan(&self.preprocess(includes)?)?;
        let printed = self.run(includes, &program(&items)?)?;
        let mut answer = Answer {
            rows: Rows::new(),
            numbers: Vec::new(),
            version: (0, 0),
        };
        for line in printed.lines() {
            let (key, value) = line
                .split_once('\t')
                .ok_or_else(|| format!("the program printed {line:?}"))?;
            let number = || value.parse::<u32>().map_err(|error| error.to_string());
            if key == "version" {
                let code = number()?;
                answer.version = (code >> 16, code >> 8 & 0xff);
            } else if let Some(name) = key.strip_prefix("number ") {
                answer.numbers.push((name.to_owned(), number()?));
            } else if answer
                .rows
                .insert(key.to_owned(), value.to_owned())
                .is_some()
            {
                return Err(format!("{key} is declared twice"));
            }
        }
        Ok(answer)
    }
}

/// A program that prints a row for each item, key and value with a tab
/// between.
fn program(items: &[Item]) -> Result<String, String> {
    let mut c = String::from(
        "#include <stddef.h>\n#include <stdio.h>\n#include <string.h>\n\
         #include <sys/ioctl.h>\n#include <linux/version.h>\n#include <sound/asequencer.h>\n\
         #define SIGN(x) ((__typeof__(x))-1 < 0 ? \"signed\" : \"unsigned\")\n\
         static unsigned generic(unsigned n) {\n\
         unsigned d = 0;\n\
         if (_IOC_DIR(n) & _IOC_READ) d |= 2;\n\
         if (_IOC_DIR(n) & _IOC_WRITE) d |= 1;\n\
         return d << 30 | _IOC_SIZE(n) << 16 | _IOC_TYPE(n) << 8 | _IOC_NR(n);\n\
         }\n\
         int main(void) {\n\
         printf(\"version\\t%d\\n\", LINUX_VERSION_CODE);\n",
    );
    for item in items {
        match item {
            Item::Aggregate {
                keyword,
                tag,
                fields,
            } => {
                line(
                    &mut c,
                    &format!("{keyword} {tag}"),
                    "size %d align %d",
                    &format!("(int)sizeof({keyword} {tag}), (int)_Alignof({keyword} {tag})"),
                );
                for (path, shape) in fields {
                    field(&mut c, &format!("{keyword} {tag}"), tag, path, *shape);
                }
            }
            Item::Typedef(name) => line(
                &mut c,
                &format!("type {name}"),
                "size %d align %d %s",
                &format!("(int)sizeof({name}), (int)_Alignof({name}), SIGN(*({name} *)0)"),
            ),
            Item::Constant(name) => line(
                &mut c,
                &format!("const {name}"),
                "%lld",
                &format!("(long long)({name})"),
            ),
            Item::Function(name) => {
                let (_, samples) = SAMPLES
                    .iter()
                    .find(|(macro_name, _)| macro_name == name)
                    .ok_or_else(|| format!("{name} is a macro without samples"))?;
                for sample in *samples {
                    line(
                        &mut c,
                        &format!("const {name}{sample}"),
                        "%lld",
                        &format!("(long long){name}{sample}"),
                    );
                }
            }
            Item::Ioctl(name, argument) => {
                line(
                    &mut c,
                    &format!("ioctl {name}"),
                    &format!("0x%08x {argument}"),
                    &format!("generic({name})"),
                );
                line(
                    &mut c,
                    &format!("number {name}"),
                    "%u",
                    &format!("(unsigned){name}"),
                );
            }
        }
    }
    c.push_str("return 0;\n}\n");
    Ok(c)
}

fn line(c: &mut String, key: &str, format: &str, arguments: &str) {
    writeln!(c, "printf(\"{key}\\t{format}\\n\", {arguments});").unwrap();
}

fn field(c: &mut String, of: &str, tag: &str, path: &str, shape: Shape) {
    let key = format!("field {tag}.{path}");
    let value = format!("(({of} *)0)->{path}");
    if shape == Shape::BitField {
        // No offset to ask for: set it and look which bits are set.
        writeln!(
            c,
            "{{ {of} s; memset(&s, 0, sizeof s); s.{path} = ~0;\n\
             for (size_t i = 0; i < sizeof s; i++) if (((unsigned char *)&s)[i])\n\
             printf(\"{key}\\tat %d bits 0x%02x\\n\", (int)i, ((unsigned char *)&s)[i]); }}"
        )
        .unwrap();
        return;
    }
    let (shape, sign) = match shape {
        Shape::Number => ("%s", format!(", SIGN({value})")),
        Shape::NumberArray => ("%s array", format!(", SIGN({value}[0])")),
        Shape::Char => ("unsigned", String::new()),
        Shape::CharArray => ("unsigned array", String::new()),
        Shape::Pointer => ("pointer", String::new()),
        Shape::Aggregate | Shape::BitField => ("aggregate", String::new()),
    };
    line(
        c,
        &key,
        &format!("at %d size %d {shape}"),
        &format!("(int)offsetof({of}, {path}), (int)sizeof({value}){sign}"),
    );
}

/// Runs a command to success and returns what it printed.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stderr: Vec<&str> = stderr.lines().take(10).collect();
        Err(format!(
            "{:?}: {}\n{}",
            command.get_program(),
            output.status,
            stderr.join("\n")
        ))
    }
}

/// A directory that is removed afterwards.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("abi-{}-{count}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
