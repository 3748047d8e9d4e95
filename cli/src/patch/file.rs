//! Reads rules from TOML files.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix::fcntl::OFlag;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::endpoint::{Endpoint, PortChoice, PortKind};
use super::pattern::Pattern;
use crate::failure::Failure;
use crate::people::{complain, printable, shown};

/// Size limit of a file. A rule has some hundred bytes.
const LONGEST: u64 = 1 << 20;

/// Limit of the number of rules. Each rule is compared with all ports.
pub(super) const MOST: usize = 4096;

const TOO_MANY: &str = "there are more than 4096 rules";

/// The rules of all files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) connects: Vec<Connect>,
    pub(crate) forbids: Vec<Forbid>,
}

/// `[[connect]]`: uses the first endpoint of each list that matches a port.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    pub(crate) from: Vec<Endpoint>,
    pub(crate) to: Vec<Endpoint>,
    pub(crate) exclusive: bool,
    pub(crate) place: Place,
}

/// `[[forbid]]`: forbids connections from any endpoint of the first list to any of the second.
#[derive(Clone, Debug)]
pub(crate) struct Forbid {
    pub(crate) from: Vec<Endpoint>,
    pub(crate) to: Vec<Endpoint>,
    pub(crate) except: Vec<(Vec<Endpoint>, Vec<Endpoint>)>,
    pub(crate) place: Place,
}

/// The line number in a file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    path: Rc<Path>,
    line: usize,
}

impl Place {
    /// A file, without a line number.
    pub(super) fn new(path: &Path) -> Self {
        let path = path.into();
        Self { path, line: 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", shown(&self.path), self.line)
    }
}

impl Rules {
    fn append(&mut self, mut others: Self) {
        self.connects.append(&mut others.connects);
        self.forbids.append(&mut others.forbids);
    }

    /// Returns these rules and others.
    pub(super) fn with(&self, others: &Self) -> Self {
        let mut all = self.clone();
        all.append(others.clone());
        all
    }

    pub(crate) fn len(&self) -> usize {
        self.connects.len() + self.forbids.len()
    }
}

/// An open file of rules.
#[derive(Debug)]
pub(crate) struct Source {
    pub(super) path: PathBuf,
    pub(super) file: File,
    pub(super) id: Id,
}

/// Identifies a file with all its names: the numbers of the file system and of its inode.
pub(super) type Id = (u64, u64);

/// Opens each file once. Of a directory, opens the files whose names end with `.toml`, in the order
/// of their names.
pub(crate) fn open_all(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = Vec::new();
    let mut add = |path: PathBuf| -> Result<(), Failure> {
        let opened = open(&path).and_then(|file| Ok((id(&file.metadata()?), file)));
        let (id, file) = opened.map_err(Failure::file(&path))?;
        if sources.iter().all(|other| other.id != id) {
            sources.push(Source { path, file, id });
        }
        Ok(())
    };
    for path in paths {
        if !fs::metadata(path).map_err(Failure::file(path))?.is_dir() {
            add(path.clone())?;
            continue;
        }
        let files = files(path).map_err(Failure::file(path))?;
        if files.is_empty() {
            complain(&format_args!(
                "{}: the directory has no *.toml files",
                shown(path)
            ));
        }
        for file in files {
            add(file)?;
        }
    }
    Ok(sources)
}

/// Reads the rules of all files.
pub(crate) fn read_all(sources: &[Source]) -> Result<Rules, Failure> {
    let mut rules = Rules::default();
    for source in sources {
        rules.append(source.read()?);
        if rules.len() > MOST {
            let path = shown(&source.path);
            return Err(Failure::Other(format!("{path}: {TOO_MANY}")));
        }
    }
    Ok(rules)
}

fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        files.push(entry?.path());
    }
    files.retain(|path| is_named_as_rules(path));
    files.sort_unstable();
    Ok(files)
}

/// Returns whether reading these paths also reads this file, which may not exist yet. `sources` are
/// the opened files.
pub(crate) fn is_read_with(file: &Path, paths: &[PathBuf], sources: &[Source]) -> bool {
    let id = fs::metadata(file).ok().map(|metadata| id(&metadata));
    let is_source = sources.iter().any(|source| Some(source.id) == id);
    let holds = |path: &PathBuf| fs::canonicalize(path).is_ok_and(|at| file.parent() == Some(&at));
    is_source || is_named_as_rules(file) && paths.iter().any(holds)
}

/// Returns whether reading the directory also reads this file.
fn is_named_as_rules(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let is_toml = path.extension().is_some_and(|end| end == "toml");
    is_toml && !name.starts_with(b".")
}

fn id(metadata: &fs::Metadata) -> Id {
    (metadata.dev(), metadata.ino())
}

/// Opens a file or a directory. Does not wait for the writer of a FIFO.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK.bits();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Reads the rules of one file.
pub(super) fn read(path: &Path) -> Result<Rules, Failure> {
    let file = open(path).map_err(Failure::file(path))?;
    read_open(path, &file)
}

fn read_open(path: &Path, file: &File) -> Result<Rules, Failure> {
    let text = contents(file).map_err(Failure::file(path))?;
    parse(&text, path).map_err(|error| Failure::Other(printable(&error.to_string())))
}

impl Source {
    fn read(&self) -> Result<Rules, Failure> {
        read_open(&self.path, &self.file)
    }
}

fn contents(file: &File) -> io::Result<String> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not an ordinary file"));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if is_too_long(bytes.len()) {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = Lines::of(error.as_bytes()).at(at);
        io::Error::other(format!("line {line} is not UTF-8"))
    })
}

/// Returns whether a file of this size is too long.
pub(super) fn is_too_long(length: usize) -> bool {
    u64::try_from(length).is_ok_and(|length| length > LONGEST)
}

/// A mistake in a file, and its line.
#[derive(Debug)]
pub(super) struct Wrong {
    place: Place,
    message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

pub(super) fn parse(text: &str, path: &Path) -> Result<Rules, Wrong> {
    let source = Text {
        lines: Lines::of(text.as_bytes()),
        path: path.into(),
    };
    let table = DeTable::parse(text).map_err(|error| {
        // The parser's error has several lines.
        let message = error.message().replace('\n', "; ");
        source.wrong(error.span().unwrap_or_default(), message)
    })?;
    let mut rules = Rules::default();
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "connect" => {
                for table in source.tables(key, value)? {
                    rules.connects.push(source.connect(table)?);
                    source.room(&rules, key)?;
                }
            }
            "forbid" => {
                for table in source.tables(key, value)? {
                    rules.forbids.push(source.forbid(table)?);
                    source.room(&rules, key)?;
                }
            }
            _ => return Err(source.unknown(key, "[[connect]] and [[forbid]]")),
        }
    }
    Ok(rules)
}

type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;
type Value<'t> = Spanned<DeValue<'t>>;
type Table<'v, 't> = (&'v DeTable<'t>, Range<usize>);

struct Text {
    lines: Lines,
    path: Rc<Path>,
}

impl Text {
    fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> Wrong {
        Wrong {
            place: self.place(span),
            message: message.into(),
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place {
            path: self.path.clone(),
            line: self.lines.at(span.start),
        }
    }

    /// Fails at the first rule above the limit.
    fn room(&self, rules: &Rules, key: &Key<'_>) -> Result<(), Wrong> {
        if rules.len() > MOST {
            return Err(self.wrong(key.span(), TOO_MANY));
        }
        Ok(())
    }

    fn unknown(&self, key: &Key<'_>, known: &str) -> Wrong {
        let message = format!("`{}` is not allowed here, only {known}", key.get_ref());
        self.wrong(key.span(), message)
    }

    /// Returns the tables of an array of tables.
    fn tables<'v, 't>(
        &self,
        key: &Key<'t>,
        value: &'v Value<'t>,
    ) -> Result<Vec<Table<'v, 't>>, Wrong> {
        let wrong = |span| {
            let message = format!("write [[{}]] before each of these rules", key.get_ref());
            self.wrong(span, message)
        };
        let DeValue::Array(array) = value.get_ref() else {
            return Err(wrong(key.span()));
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            let DeValue::Table(table) = item.get_ref() else {
                return Err(wrong(item.span()));
            };
            tables.push((table, item.span()));
        }
        Ok(tables)
    }

    fn connect(&self, (table, span): Table<'_, '_>) -> Result<Connect, Wrong> {
        let (mut from, mut to, mut exclusive) = (None, None, false);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "from" => from = Some(self.endpoints(value)?),
                "to" => to = Some(self.endpoints(value)?),
                "exclusive" => {
                    let DeValue::Boolean(yes) = value.get_ref() else {
                        let message = "`exclusive` must be true or false";
                        return Err(self.wrong(value.span(), message));
                    };
                    exclusive = *yes;
                }
                _ => return Err(self.unknown(key, "from, to and exclusive")),
            }
        }
        let (from, to) = self.both(from, to, span.clone())?;
        Ok(Connect {
            from,
            to,
            exclusive,
            place: self.place(span),
        })
    }

    fn forbid(&self, (table, span): Table<'_, '_>) -> Result<Forbid, Wrong> {
        let (mut from, mut to, mut except) = (None, None, Vec::new());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "from" => from = Some(self.endpoints(value)?),
                "to" => to = Some(self.endpoints(value)?),
                "except" => {
                    for item in list(value) {
                        let DeValue::Table(table) = item.get_ref() else {
                            let message = "`except` must be { from = ..., to = ... }";
                            return Err(self.wrong(item.span(), message));
                        };
                        except.push(self.exception((table, item.span()))?);
                    }
                }
                _ => return Err(self.unknown(key, "from, to and except")),
            }
        }
        let (from, to) = self.both(from, to, span.clone())?;
        Ok(Forbid {
            from,
            to,
            except,
            place: self.place(span),
        })
    }

    fn exception(
        &self,
        (table, span): Table<'_, '_>,
    ) -> Result<(Vec<Endpoint>, Vec<Endpoint>), Wrong> {
        let (mut from, mut to) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "from" => from = Some(self.endpoints(value)?),
                "to" => to = Some(self.endpoints(value)?),
                _ => return Err(self.unknown(key, "from and to")),
            }
        }
        self.both(from, to, span)
    }

    fn both(
        &self,
        from: Option<Vec<Endpoint>>,
        to: Option<Vec<Endpoint>>,
        span: Range<usize>,
    ) -> Result<(Vec<Endpoint>, Vec<Endpoint>), Wrong> {
        match (from, to) {
            (Some(from), Some(to)) => Ok((from, to)),
            (None, _) => Err(self.wrong(span, "this rule has no `from`")),
            (_, None) => Err(self.wrong(span, "this rule has no `to`")),
        }
    }

    /// Parses one endpoint, or an array of endpoints.
    fn endpoints(&self, value: &Value<'_>) -> Result<Vec<Endpoint>, Wrong> {
        let items = list(value);
        if items.is_empty() {
            return Err(self.wrong(value.span(), "the list is empty"));
        }
        items.iter().map(|item| self.endpoint(item)).collect()
    }

    fn endpoint(&self, value: &Value<'_>) -> Result<Endpoint, Wrong> {
        match value.get_ref() {
            DeValue::String(text) => self.short(text, value.span()),
            DeValue::Table(table) => self.table(table, value.span()),
            _ => {
                let message = "an end of a connection is \"client\", \"client:port\", \
                               { client = ..., port = ... } or a list of these";
                Err(self.wrong(value.span(), message))
            }
        }
    }

    /// Parses `client` or `client:port`.
    fn short(&self, text: &str, span: Range<usize>) -> Result<Endpoint, Wrong> {
        let (client, port) = match text.split_once(':') {
            Some((client, port)) => (client, Some(port)),
            None => (text, None),
        };
        if client.is_empty() || port.is_some_and(str::is_empty) {
            return Err(self.wrong(span, "a name is missing; * matches any name"));
        }
        if port.is_some_and(|port| port.contains(':')) {
            let message = "write a name that contains a colon as { client = \"...\", port = \
                \"...\" }";
            return Err(self.wrong(span, message));
        }
        let choice = |port: &str| {
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return Ok(PortChoice::Named(Pattern::new(port)));
            }
            // A number may be written in only one way. Other notations may be names.
            let number = port.parse().ok();
            let number = number.filter(|number: &u8| number.to_string() == port);
            let message = "a port number is from 0 to 255; write a name of digits as { client = \
                \"...\", port = \"...\" }";
            number.map(PortChoice::Number).ok_or(message)
        };
        let choice = port.map(choice).transpose();
        Ok(Endpoint {
            client: Some(Pattern::new(client)),
            port: choice.map_err(|message| self.wrong(span, message))?,
            ..Endpoint::default()
        })
    }

    fn table(&self, table: &DeTable<'_>, span: Range<usize>) -> Result<Endpoint, Wrong> {
        let mut endpoint = Endpoint::default();
        for (key, value) in table {
            let pattern = || self.text(key, value).map(Pattern::new);
            match key.get_ref().as_ref() {
                "client" => endpoint.client = Some(pattern()?),
                "card" => endpoint.card = Some(pattern()?),
                "serial" => endpoint.serial = Some(pattern()?),
                "usb_port" => endpoint.usb_port = Some(pattern()?),
                "usb" => endpoint.usb = Some(self.usb(self.text(key, value)?, value.span())?),
                "kind" => endpoint.kind = Some(self.kind(self.text(key, value)?, value.span())?),
                "port" => {
                    endpoint.port = Some(match value.get_ref() {
                        DeValue::Integer(number) => {
                            let number = u8::from_str_radix(number.as_str(), number.radix());
                            let number = number.map_err(|_| {
                                self.wrong(value.span(), "a port number is from 0 to 255")
                            })?;
                            PortChoice::Number(number)
                        }
                        _ => PortChoice::Named(pattern()?),
                    });
                }
                _ => {
                    let known = "client, port, kind, card, usb, serial and usb_port";
                    return Err(self.unknown(key, known));
                }
            }
        }
        if table.is_empty() {
            return Err(self.wrong(span, "this end of a connection is empty"));
        }
        Ok(endpoint)
    }

    fn text<'v>(&self, key: &Key<'_>, value: &'v Value<'_>) -> Result<&'v str, Wrong> {
        let text = value.get_ref().as_str();
        let wrong = || {
            self.wrong(
                value.span(),
                format!("`{}` must be a \"text\"", key.get_ref()),
            )
        };
        text.ok_or_else(wrong)
    }

    fn usb(&self, text: &str, span: Range<usize>) -> Result<(u16, u16), Wrong> {
        let number = |digits: &str| {
            let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let is_number = digits.len() == 4 && are_digits;
            is_number.then(|| u16::from_str_radix(digits, 16).ok())?
        };
        let parts = text.split_once(':');
        let numbers = parts.and_then(|(vendor, product)| Some((number(vendor)?, number(product)?)));
        let wrong = || {
            self.wrong(
                span,
                "`usb` must be \"vendor:product\", such as \"0582:01af\", without wildcards",
            )
        };
        numbers.ok_or_else(wrong)
    }

    fn kind(&self, text: &str, span: Range<usize>) -> Result<PortKind, Wrong> {
        match text {
            "hardware" => Ok(PortKind::Hardware),
            "program" => Ok(PortKind::Program),
            _ => Err(self.wrong(
                span,
                "`kind` must be \"hardware\" or \"program\", without wildcards",
            )),
        }
    }
}

/// Returns the values of an array, or the single value.
fn list<'v, 't>(value: &'v Value<'t>) -> &'v [Value<'t>] {
    match value.get_ref() {
        DeValue::Array(array) => array,
        _ => std::slice::from_ref(value),
    }
}

/// Returns the ends of a text's lines.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self(ends.map(|(at, _)| at).collect())
    }

    /// Returns the number of the line that contains a byte, from 1.
    fn at(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|end| *end < byte)
    }
}

/// For tests and the fuzzer: reading any text does not panic, and a written endpoint is read back
/// unchanged.
#[doc(hidden)]
#[allow(clippy::unwrap_used)]
pub fn check(case: &[u8]) {
    let text = String::from_utf8_lossy(case);
    let path = Path::new("case.toml");
    match parse(&text, path) {
        Ok(rules) => {
            let connects = rules.connects.iter().map(|rule| (&rule.from, &rule.to));
            let forbids = rules.forbids.iter().map(|rule| (&rule.from, &rule.to));
            for endpoint in connects
                .chain(forbids)
                .flat_map(|(from, to)| from.iter().chain(to))
            {
                let written = format!("[[connect]]\nfrom = {0}\nto = {0}\n", endpoint.toml());
                let read = parse(&written, path);
                let read = read.unwrap();
                let from = &read.connects.first().unwrap().from;
                assert_eq!(from.as_slice(), std::slice::from_ref(endpoint));
            }
        }
        Err(wrong) => {
            assert!(wrong.place.line <= 1 + text.matches('\n').count());
            assert!(!wrong.message.is_empty());
        }
    }
}

#[cfg(test)]
mod tests;
