//! Makes one C file with the newest `<alsa/asoundlib.h>`, our prototypes and our layouts. The
//! compiler fails at each difference.
//!
//! Prototypes and layouts are those of `capi/tests/prototypes/list.rs`, which the Rust compiler has
//! compared with the functions and the structs.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, iter};

use anyhow::{Context as _, Result, bail};

/// Symbols that libasound exports but does not declare.
const UNDECLARED: [&str; 9] = [
    "snd_seq_create_event",
    "snd_seq_hw_open",
    "snd_shm_area_destructor",
    "snd_timer_async",
    "snd_timer_hw_open",
    "snd_timer_name",
    "snd_timer_nonblock",
    "snd_timer_query_hw_open",
    "snd_timer_type",
];

/// Types that have another name in C.
const TYPES: [(&str, &str); 15] = [
    ("c_char", "char"),
    ("c_uchar", "unsigned char"),
    ("c_short", "short"),
    ("c_ushort", "unsigned short"),
    ("c_int", "int"),
    ("c_uint", "unsigned int"),
    ("c_long", "long"),
    ("c_ulong", "unsigned long"),
    ("c_void", "void"),
    ("u8", "uint8_t"),
    ("u32", "uint32_t"),
    ("usize", "size_t"),
    ("isize", "ssize_t"),
    ("pollfd", "struct pollfd"),
    ("snd_shm_area", "struct snd_shm_area"),
];

/// A function of the list, in C.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Prototype {
    result: String,
    name: String,
    arguments: String,
}

/// A fact about a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fact {
    /// The expression in C.
    expression: String,
    value: usize,
}

/// Compares the prototypes and the structs, and returns the numbers of prototypes and facts.
pub(super) fn check(list: &Path, include: &Path, work: &Path) -> Result<(usize, usize)> {
    let text = fs::read_to_string(list).with_context(|| format!("read {}", list.display()))?;
    let (prototypes, facts) = parse(&text).with_context(|| format!("read {}", list.display()))?;
    let file = work.join("prototypes.c");
    let compile = |prototypes: &[Prototype], facts: &[Fact]| -> Result<Option<String>> {
        fs::write(&file, source(prototypes, facts))
            .with_context(|| format!("write {}", file.display()))?;
        let output = Command::new("cc")
            .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"])
            .arg("-I")
            .arg(include)
            .arg(&file)
            .stdin(Stdio::null())
            .output()
            .context("run cc")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((!output.status.success()).then_some(said))
    };
    if let Some(said) = compile(&prototypes, &facts)? {
        bail!("<alsa/asoundlib.h> and our prototypes differ:\n{said}");
    }
    // The check must find these faults: a check that finds nothing is useless.
    for planted in plant(&prototypes, &facts)? {
        if compile(&planted.0, &planted.1)?.is_none() {
            bail!("the C compiler does not find a fault in {}", file.display());
        }
    }
    Ok((prototypes.len() - UNDECLARED.len(), facts.len()))
}

/// Returns the list with one fault, for each kind of fault.
fn plant(prototypes: &[Prototype], facts: &[Fact]) -> Result<[(Vec<Prototype>, Vec<Fact>); 4]> {
    let change = |change: &dyn Fn(&mut Prototype)| {
        let mut prototypes = prototypes.to_vec();
        prototypes.iter_mut().rev().take(1).for_each(change);
        (prototypes, facts.to_vec())
    };
    let mut wrong = facts.to_vec();
    wrong.last_mut().context("the list has no layouts")?.value += 1;
    Ok([
        change(&|last| last.result = "long".to_owned()),
        change(&|last| last.arguments += ", int"),
        change(&|last| last.name += "_new"),
        (prototypes.to_vec(), wrong),
    ])
}

/// Returns the C file.
fn source(prototypes: &[Prototype], facts: &[Fact]) -> String {
    let mut c = String::from(
        "#include <stddef.h>\n#include <alsa/asoundlib.h>\n#include <alsa/ump_msg.h>\n\n",
    );
    for Prototype {
        result,
        name,
        arguments,
    } in prototypes
    {
        // Checks that the header declares it, too; or that it does not.
        let _ = if UNDECLARED.contains(&&**name) {
            writeln!(c, "extern struct declared_nowhere *{name};")
        } else {
            writeln!(
                c,
                "extern __typeof__({name}) {name};\n{result} {name}({arguments});"
            )
        };
    }
    c += "extern const unsigned int snd_seq_event_types[256];\n";
    for Fact { expression, value } in facts {
        let _ = writeln!(c, "_Static_assert({expression} == {value}, \"\");");
    }
    c
}

/// Reads the two lists.
fn parse(text: &str) -> Result<(Vec<Prototype>, Vec<Fact>)> {
    let list = |name: &str| -> Result<&str> {
        let (_, list) = text
            .split_once(&format!("\n{name}! {{\n"))
            .with_context(|| format!("the file has no {name}!"))?;
        let (list, _) = list.split_once("\n}\n").context("the list has no end")?;
        Ok(list)
    };
    let prototypes = list("prototypes")?
        .lines()
        .map(|line| prototype(line).with_context(|| line.to_owned()))
        .collect::<Result<_>>()?;
    let mut facts = Vec::new();
    for layout in list("layouts")?.split_inclusive('}') {
        if !layout.trim().is_empty() {
            facts.extend(self::layout(layout).with_context(|| layout.to_owned())?);
        }
    }
    Ok((prototypes, facts))
}

/// Parses `NAME(TYPE, …) -> TYPE;`, perhaps after a mark.
fn prototype(line: &str) -> Result<Prototype> {
    let line = line.trim().trim_start_matches("#waits ");
    let line = line.strip_suffix(';').context("it has no end")?;
    let (name, rest) = line.split_once('(').context("it has no arguments")?;
    let (arguments, result) = rest.rsplit_once(')').context("it has no arguments")?;
    let arguments = match arguments {
        "" => "void".to_owned(),
        some => some
            .split(", ")
            .map(c_type)
            .collect::<Result<Vec<_>>>()?
            .join(", "),
    };
    let result = match result {
        "" => "void".to_owned(),
        some => c_type(some.strip_prefix(" -> ").context("it has no result")?)?,
    };
    Ok(Prototype {
        result,
        name: name.to_owned(),
        arguments,
    })
}

/// Returns a Rust type in C.
fn c_type(rust: &str) -> Result<String> {
    if let Some(target) = rust.strip_prefix("*mut ") {
        return Ok(format!("{} *", c_type(target)?));
    }
    if let Some(target) = rust.strip_prefix("*const ") {
        return Ok(format!("{} const *", c_type(target)?));
    }
    // A pointer to a function.
    let inner = rust
        .strip_prefix("Option<")
        .and_then(|inner| inner.strip_suffix('>'));
    let name = inner.unwrap_or(rust);
    let name = name.rsplit("::").next().unwrap_or(name);
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        bail!("{rust} has no type in C");
    }
    let other = TYPES.iter().find(|(rust, _)| *rust == name);
    Ok(other.map_or(name, |(_, c)| c).to_owned())
}

/// Parses `NAME, TYPE, SIZE { FIELD PATH OFFSET; … }`.
fn layout(text: &str) -> Result<Vec<Fact>> {
    let (head, fields) = text.split_once('{').context("it has no fields")?;
    let fields = fields.strip_suffix('}').context("it has no end")?;
    let mut head = head.trim().split(", ");
    let name = head.next().context("it has no name")?;
    let size = head.nth(1).context("it has no size")?.trim().parse()?;
    let size = Fact {
        expression: format!("sizeof({name})"),
        value: size,
    };
    let fields = fields.split(';').map(str::trim);
    let offsets = fields.filter(|field| !field.is_empty()).map(|field| {
        let words: Vec<&str> = field.split_whitespace().collect();
        let [field, _, offset] = *words else {
            bail!("not FIELD PATH OFFSET: {field}");
        };
        Ok(Fact {
            expression: format!("offsetof({name}, {field})"),
            value: offset.parse()?,
        })
    });
    iter::once(Ok(size)).chain(offsets).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "
prototypes! {
    #waits snd_a(*mut *mut snd_a_t, *const c_char, Option<snd_handler_t>) -> isize;
    snd_b(libc::pid_t);
    snd_c() -> *const c_uchar;
}

layouts! {
    snd_d_t, event::D, 8 { a head.x 0; b y 4; }
    snd_e_t, event::E, 2 {
        a a 0;
    }
}
";

    #[test]
    fn the_lists_are_read() {
        let (prototypes, facts) = parse(LIST).unwrap();
        let source = source(&prototypes, &facts);
        for line in [
            "ssize_t snd_a(snd_a_t * *, char const *, snd_handler_t);",
            "void snd_b(pid_t);",
            "unsigned char const * snd_c(void);",
            "_Static_assert(sizeof(snd_d_t) == 8, \"\");",
            "_Static_assert(offsetof(snd_d_t, b) == 4, \"\");",
            "_Static_assert(offsetof(snd_e_t, a) == 0, \"\");",
        ] {
            assert!(
                source.lines().any(|found| found == line),
                "{line}\n{source}"
            );
        }
        for (part, wrong) in [
            (" -> isize", " -> (c_int"),
            ("b y 4", "b 4"),
            ("layouts!", "x!"),
        ] {
            assert!(parse(&LIST.replace(part, wrong)).is_err(), "{wrong}");
        }
    }
}
