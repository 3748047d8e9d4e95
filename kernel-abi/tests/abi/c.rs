//! Asks the C compiler about a header.

use crate::header::{self, Item, Shape};
use crate::table::Rows;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};
use tempfile::TempDir;

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

/// The content of a header.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: Rows,
    /// The raw ioctl numbers of the compiler's target.
    pub(crate) numbers: Vec<(String, u32)>,
    /// `LINUX_VERSION_CODE` of `linux/version.h` as major and minor.
    pub(crate) version: (u32, u32),
}

/// The C compiler for each width of pointers that it knows. Empty if there is
/// no C compiler.
pub(crate) fn compilers() -> Vec<Compiler> {
    let command = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut found: Vec<Compiler> = Vec::new();
    for flag in [None, Some("-m64"), Some("-m32")] {
        let mut compiler = Compiler {
            command: command.clone(),
            flag,
            width: 0,
        };
        let width = compiler
            .evaluate(&[], "", &["sizeof(void *)".into()], &[])
            .ok()
            .and_then(|(values, _)| usize::try_from(*values.first()?).ok())
            .filter(|width| !found.iter().any(|other| other.width == *width));
        if let Some(width) = width {
            compiler.width = width;
            found.push(compiler);
        }
    }
    found
}

/// In front of the values in an object file, with its complement.
const VALUES: i64 = 0x5eed_ab1e_0dd5_0fa7;
/// Around the first bit field; counted up for the next ones.
const BITS: i64 = 0x3d0c_5eed_f00d_7000;

struct Object(Vec<u8>);

impl Object {
    /// The bytes behind two marks, and whether those are big-endian.
    fn after(&self, marks: [i64; 2]) -> Result<(&[u8], bool), String> {
        for big in [false, true] {
            let marks = marks
                .map(|mark| {
                    if big {
                        mark.to_be_bytes()
                    } else {
                        mark.to_le_bytes()
                    }
                })
                .concat();
            let at = self.0.windows(16).position(|window| window == marks);
            if let Some(at) = at {
                return Ok((&self.0[at + 16..], big));
            }
        }
        Err("no mark in the object file".into())
    }
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

    /// Compiles constants and returns the object file. Nothing is linked or run,
    /// so the target needs neither a C library nor a machine.
    fn compile(&self, includes: &[PathBuf], program: &str) -> Result<Object, String> {
        let scratch = scratch().map_err(|error| error.to_string())?;
        let source = scratch.path().join("abi.c");
        let object = scratch.path().join("abi.o");
        fs::write(&source, program).map_err(|error| error.to_string())?;
        let mut cc = self.cc(includes);
        cc.args(["-w", "-c", "-o"]).arg(&object).arg(&source);
        output(&mut cc)?;
        fs::read(&object)
            .map(Object)
            .map_err(|error| error.to_string())
    }

    /// The values of constant expressions.
    fn evaluate(
        &self,
        includes: &[PathBuf],
        head: &str,
        expressions: &[String],
        bits: &[(String, String)],
    ) -> Result<(Vec<i64>, Vec<String>), String> {
        let mut c = format!("{head}\nconst long long abi[] = {{ {VALUES}ll, ~{VALUES}ll,\n");
        for expression in expressions {
            writeln!(c, "(long long)({expression}),").unwrap();
        }
        c.push_str("};\n");
        // A bit field has no offset to ask for, so the question is what is set
        // in a struct where it alone is.
        for (mark, (of, path)) in (BITS..).zip(bits) {
            writeln!(
                c,
                "const struct {{ long long m[2]; {of} s; long long n[2]; }} b{mark} = {{\n\
                 {{ {mark}ll, ~{mark}ll }}, {{ .{path} = -1 }}, {{ ~{mark}ll, {mark}ll }} }};"
            )
            .unwrap();
        }
        let object = self.compile(includes, &c)?;
        let (data, big) = object.after([VALUES, !VALUES])?;
        let values: Vec<i64> = data
            .chunks_exact(8)
            .take(expressions.len())
            .map(|chunk| {
                let chunk: [u8; 8] = chunk.try_into().unwrap();
                if big {
                    i64::from_be_bytes(chunk)
                } else {
                    i64::from_le_bytes(chunk)
                }
            })
            .collect();
        if values.len() != expressions.len() {
            return Err("the object file ends early".into());
        }
        let bits = (BITS..)
            .zip(bits)
            .map(|(mark, (_, path))| {
                let (data, _) = object.after([mark, !mark])?;
                let (behind, _) = object.after([!mark, mark])?;
                // At most the alignment of `n` lies between.
                let data = &data[..data.len().saturating_sub(behind.len() + 16)];
                data.iter()
                    .position(|byte| *byte != 0)
                    .map(|at| format!("at {at} bits 0x{:02x}", data[at]))
                    .ok_or_else(|| format!("no bit is set by {path}"))
            })
            .collect::<Result<_, String>>()?;
        Ok((values, bits))
    }

    /// The header as the preprocessor leaves it.
    fn preprocess(&self, includes: &[PathBuf]) -> Result<String, String> {
        let scratch = scratch().map_err(|error| error.to_string())?;
        let source = scratch.path().join("header.c");
        fs::write(&source, "#include <sound/asequencer.h>\n").map_err(|error| error.to_string())?;
        output(self.cc(includes).args(["-E", "-dD"]).arg(&source))
    }

    /// Returns whether the compiler finds the header at all.
    pub(crate) fn has_header(&self) -> Result<(), String> {
        self.preprocess(&[]).map(drop)
    }

    /// Returns the path where the compiler finds a header.
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
        let questions = questions(&items)?;
        let mut expressions = vec!["LINUX_VERSION_CODE".to_owned()];
        let mut bits = Vec::new();
        for question in &questions {
            expressions.extend(question.expressions.iter().cloned());
            if let Form::Bits { of, path } = &question.form {
                bits.push((of.clone(), path.clone()));
            }
        }
        let (values, bits) = self.evaluate(includes, HEAD, &expressions, &bits)?;
        let mut bits = bits.into_iter();
        let (version, mut values) = values.split_first().ok_or("no values")?;
        let version = u32::try_from(*version).map_err(|error| error.to_string())?;
        let mut answer = Answer {
            rows: Rows::new(),
            numbers: Vec::new(),
            version: (version >> 16, version >> 8 & 0xff),
        };
        for question in questions {
            let (own, rest) = values.split_at(question.expressions.len());
            values = rest;
            let value = match question.form {
                Form::Bits { .. } => bits.next().ok_or("a bit field too few")?,
                Form::Text(text) => text(own),
                Form::Ioctl { name, argument } => {
                    let number = u32::try_from(own[0]).map_err(|error| error.to_string())?;
                    answer.numbers.push((name, number));
                    // Taken apart by C, packed as on x86.
                    let [read, write, size, device, nr] = [1, 2, 3, 4, 5].map(|at| own[at]);
                    let generic = read << 31 | write << 30 | size << 16 | device << 8 | nr;
                    format!("0x{generic:08x} {argument}")
                }
            };
            if answer.rows.insert(question.key.clone(), value).is_some() {
                return Err(format!("{} is declared twice", question.key));
            }
        }
        Ok(answer)
    }
}

const HEAD: &str = "#include <stddef.h>\n#include <linux/ioctl.h>\n#include <linux/version.h>\n\
     #include <sound/asequencer.h>\n";

/// A row to find out.
struct Question {
    key: String,
    /// Constant expressions of C.
    expressions: Vec<String>,
    form: Form,
}

/// The way in which the expressions' values make the row.
enum Form {
    Text(fn(&[i64]) -> String),
    Ioctl {
        name: String,
        argument: String,
    },
    /// No constant expression tells.
    Bits {
        of: String,
        path: String,
    },
}

fn sign(value: i64) -> &'static str {
    if value == 0 { "unsigned" } else { "signed" }
}

fn questions(items: &[Item]) -> Result<Vec<Question>, String> {
    let mut questions = Vec::new();
    let mut ask = |key: String, expressions: Vec<String>, form: Form| {
        questions.push(Question {
            key,
            expressions,
            form,
        });
    };
    for item in items {
        match item {
            Item::Aggregate {
                keyword,
                tag,
                fields,
            } => {
                let of = format!("{keyword} {tag}");
                ask(
                    of.clone(),
                    vec![format!("sizeof({of})"), format!("_Alignof({of})")],
                    Form::Text(|v| format!("size {} align {}", v[0], v[1])),
                );
                for (path, shape) in fields {
                    let (expressions, form) = field(&of, path, *shape);
                    ask(format!("field {tag}.{path}"), expressions, form);
                }
            }
            Item::Typedef(name) => ask(
                format!("type {name}"),
                vec![
                    format!("sizeof({name})"),
                    format!("_Alignof({name})"),
                    format!("({name})-1 < 0"),
                ],
                Form::Text(|v| format!("size {} align {} {}", v[0], v[1], sign(v[2]))),
            ),
            Item::Constant(name) => ask(
                format!("const {name}"),
                vec![name.clone()],
                Form::Text(|v| v[0].to_string()),
            ),
            Item::Function(name) => {
                let (_, samples) = SAMPLES
                    .iter()
                    .find(|(macro_name, _)| macro_name == name)
                    .ok_or_else(|| format!("{name} is a macro without samples"))?;
                for sample in *samples {
                    ask(
                        format!("const {name}{sample}"),
                        vec![format!("{name}{sample}")],
                        Form::Text(|v| v[0].to_string()),
                    );
                }
            }
            Item::Ioctl(name, argument) => ask(
                format!("ioctl {name}"),
                vec![
                    format!("(unsigned){name}"),
                    format!("(_IOC_DIR({name}) & _IOC_READ) != 0"),
                    format!("(_IOC_DIR({name}) & _IOC_WRITE) != 0"),
                    format!("_IOC_SIZE({name})"),
                    format!("_IOC_TYPE({name})"),
                    format!("_IOC_NR({name})"),
                ],
                Form::Ioctl {
                    name: name.clone(),
                    argument: argument.clone(),
                },
            ),
        }
    }
    Ok(questions)
}

fn field(of: &str, path: &str, shape: Shape) -> (Vec<String>, Form) {
    let value = format!("(({of} *)0)->{path}");
    let mut expressions = vec![
        format!("offsetof({of}, {path})"),
        format!("sizeof({value})"),
    ];
    let signed = |value: &str| format!("(__typeof__({value}))-1 < 0");
    let form: fn(&[i64]) -> String = match shape {
        Shape::BitField => {
            let [of, path] = [of, path].map(str::to_owned);
            return (Vec::new(), Form::Bits { of, path });
        }
        Shape::Number => {
            expressions.push(signed(&value));
            |v| format!("at {} size {} {}", v[0], v[1], sign(v[2]))
        }
        Shape::NumberArray => {
            expressions.push(signed(&format!("{value}[0]")));
            |v| format!("at {} size {} {} array", v[0], v[1], sign(v[2]))
        }
        Shape::Char => |v| format!("at {} size {} unsigned", v[0], v[1]),
        Shape::CharArray => |v| format!("at {} size {} unsigned array", v[0], v[1]),
        Shape::Pointer => |v| format!("at {} size {} pointer", v[0], v[1]),
        Shape::Aggregate => |v| format!("at {} size {} aggregate", v[0], v[1]),
    };
    (expressions, Form::Text(form))
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

/// Makes a directory that is removed afterwards. Test kernels beside this one also make such
/// directories there.
pub(crate) fn scratch() -> io::Result<TempDir> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(directory)?;
    TempDir::new_in(directory)
}
