//! Finds out what a header declares, from the header itself.
//!
//! The preprocessor (`cc -E -dD`) strips comments, keeps each `#define`, and
//! says which file a line is from; what is left is scanned here. All of
//! `sound/asequencer.h` counts, and of `sound/asound.h` what its names say.

/// The declarations of `sound/asound.h` that the sequencer's structs use.
const ASOUND_PREFIXES: [&str; 6] = [
    "snd_ump_",
    "SNDRV_UMP_",
    "SNDRV_TIMER_CLASS_",
    "SNDRV_TIMER_SCLASS_",
    "SNDRV_TIMER_GLOBAL_",
    "SNDRV_PROTOCOL_",
];
const ASOUND_NAMES: [&str; 1] = ["snd_timer_id"];

/// The declarations that are still left out, and the reasons.
const OMITTED: [(&str, &str); 2] = [
    (
        "SNDRV_UMP_IOCTL_ENDPOINT_INFO",
        "an ioctl of raw MIDI devices",
    ),
    ("SNDRV_UMP_IOCTL_BLOCK_INFO", "an ioctl of raw MIDI devices"),
];

/// Whether a field is a number, and if not, what else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A number of a type that may be signed.
    Number,
    /// A `char`, whose sign depends on the machine and doesn't matter.
    Char,
    /// An array of numbers.
    NumberArray,
    /// An array of `char`.
    CharArray,
    Pointer,
    /// A struct or union.
    Aggregate,
    BitField,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A struct or union with the paths of its fields.
    Aggregate {
        keyword: String,
        tag: String,
        fields: Vec<(String, Shape)>,
    },
    Typedef(String),
    /// A constant: a macro without parameters, or an enumerator.
    Constant(String),
    /// A macro with parameters.
    Function(String),
    /// An ioctl number and its argument's type.
    Ioctl(String, String),
}

/// Scans the output of the preprocessor.
pub(crate) fn scan(preprocessed: &str) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut file = "";
    let mut code = [String::new(), String::new()];
    for line in preprocessed.lines() {
        if let Some(marker) = line.strip_prefix("# ") {
            file = marker.split('"').nth(1).unwrap_or("");
            continue;
        }
        let whole = file.ends_with("sound/asequencer.h");
        let part = file.ends_with("sound/asound.h");
        if !whole && !part {
            continue;
        }
        if let Some(define) = line.strip_prefix("#define ") {
            let name = define
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()
                .unwrap_or("");
            if whole || wanted(name) {
                items.extend(macro_item(name, &define[name.len()..])?);
            }
        } else if !line.starts_with('#') {
            let code = &mut code[usize::from(part)];
            code.push_str(line);
            code.push('\n');
        }
    }
    let [asequencer, asound] = code;
    if asequencer.is_empty() {
        return Err("the preprocessor didn't see sound/asequencer.h".into());
    }
    items.extend(declarations(&asequencer, true)?);
    items.extend(declarations(&asound, false)?);
    Ok(items)
}

/// Returns whether a name of `sound/asound.h` counts.
fn wanted(name: &str) -> bool {
    let concerned = ASOUND_NAMES.contains(&name)
        || ASOUND_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    concerned && !OMITTED.iter().any(|(omitted, _)| *omitted == name)
}

fn macro_item(name: &str, rest: &str) -> Result<Option<Item>, String> {
    if rest.starts_with('(') {
        return Ok(Some(Item::Function(name.into())));
    }
    let body = rest.trim();
    if body.is_empty() {
        // An include guard.
        return Ok(None);
    }
    if !name.contains("_IOCTL_") {
        return Ok(Some(Item::Constant(name.into())));
    }
    let argument = body
        .strip_suffix(')')
        .and_then(|body| body.rsplit_once(','))
        .map(|(_, argument)| argument.split_whitespace().collect::<Vec<_>>().join(" "))
        .ok_or_else(|| format!("{name}: can't see the argument's type in {body:?}"))?;
    Ok(Some(Item::Ioctl(name.into(), argument)))
}

fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else if first == '"' || first == '\'' {
            rest[1..].find(first).map_or(rest.len(), |end| end + 2)
        } else {
            first.len_utf8()
        };
        let (token, next) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = next.trim_start();
    }
    // Attributes say nothing that the compiler won't be asked about.
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if token != "__attribute__" {
            kept.push(token);
            continue;
        }
        let mut depth = 0;
        for token in tokens.by_ref() {
            match token.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    kept
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek(0).to_owned();
        self.at += 1;
        token
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        let found = self.next();
        if found == token {
            Ok(())
        } else {
            Err(format!(
                "expected {token:?}, found {found:?} near {:?}",
                self.tokens[self.at.saturating_sub(8)..(self.at + 4).min(self.tokens.len())]
                    .join(" ")
            ))
        }
    }

    /// Returns everything up to the semicolon that ends a declaration.
    fn rest_of_declaration(&mut self) -> Vec<String> {
        let mut depth = 0;
        let mut rest = Vec::new();
        while self.at < self.tokens.len() {
            let token = self.next();
            match token.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
            rest.push(token);
        }
        rest
    }

    /// Parses the members up to the closing brace. The opening brace is parsed already.
    fn members(&mut self, prefix: &str, fields: &mut Vec<(String, Shape)>) -> Result<(), String> {
        while self.peek(0) != "}" {
            if self.at >= self.tokens.len() {
                return Err("a struct without an end".into());
            }
            let keyword = matches!(self.peek(0), "struct" | "union");
            let body = if keyword && self.peek(1) == "{" {
                Some(2)
            } else if keyword && self.peek(2) == "{" {
                Some(3)
            } else {
                None
            };
            if let Some(skip) = body {
                self.at += skip;
                let mut inner = Vec::new();
                self.members("", &mut inner)?;
                self.expect("}")?;
                let name = if self.peek(0) == ";" {
                    String::new()
                } else {
                    self.next()
                };
                self.expect(";")?;
                let prefix = if name.is_empty() {
                    prefix.to_owned()
                } else {
                    fields.push((format!("{prefix}{name}"), Shape::Aggregate));
                    format!("{prefix}{name}.")
                };
                for (field, shape) in inner {
                    fields.push((format!("{prefix}{field}"), shape));
                }
            } else {
                self.member(prefix, fields)?;
            }
        }
        Ok(())
    }

    /// One declaration of members: a type and declarators.
    fn member(&mut self, prefix: &str, fields: &mut Vec<(String, Shape)>) -> Result<(), String> {
        let declaration = self.rest_of_declaration();
        let mut declarators = declaration.split(|token| token == ",");
        let first = declarators.next().unwrap_or(&[]);
        // The first declarator begins at the first star, or else is the last
        // name before an array's or a bit field's size.
        let end = first
            .iter()
            .position(|token| token == "[" || token == ":")
            .unwrap_or(first.len());
        let begin = first
            .iter()
            .position(|token| token == "*")
            .unwrap_or(end.saturating_sub(1));
        let (types, first) = first.split_at(begin);
        if types.is_empty() {
            return Err(format!("can't read the member {declaration:?}"));
        }
        let aggregate = matches!(types[0].as_str(), "struct" | "union");
        let char = types == ["char"];
        for declarator in std::iter::once(first).chain(declarators) {
            let pointer = declarator.iter().any(|token| token == "*");
            let name = declarator
                .iter()
                .find(|token| *token != "*")
                .ok_or_else(|| format!("no name in {declaration:?}"))?;
            let array = declarator.iter().any(|token| token == "[");
            let shape = match () {
                () if declarator.iter().any(|token| token == ":") => Shape::BitField,
                () if pointer && !array => Shape::Pointer,
                () if pointer || aggregate && array => {
                    return Err(format!("teach the scan to read {declaration:?}"));
                }
                () if aggregate => Shape::Aggregate,
                () if char && array => Shape::CharArray,
                () if char => Shape::Char,
                () if array => Shape::NumberArray,
                () => Shape::Number,
            };
            fields.push((format!("{prefix}{name}"), shape));
        }
        Ok(())
    }
}

/// The declarations in a piece of code. With `strict` all of them count, and
/// one of an unknown form is an error; else only the wanted ones do.
fn declarations(code: &str, strict: bool) -> Result<Vec<Item>, String> {
    let mut parser = Parser {
        tokens: tokens(code),
        at: 0,
    };
    let mut items = Vec::new();
    while parser.at < parser.tokens.len() {
        match (parser.peek(0), parser.peek(1), parser.peek(2)) {
            ("struct" | "union", tag, "{") if strict || wanted(tag) => {
                let keyword = parser.next();
                let tag = parser.next();
                parser.expect("{")?;
                let mut fields = Vec::new();
                parser.members("", &mut fields)?;
                parser.expect("}")?;
                parser.expect(";")?;
                items.push(Item::Aggregate {
                    keyword,
                    tag,
                    fields,
                });
            }
            ("enum", _, _) => {
                let declaration = parser.rest_of_declaration();
                let open = declaration.iter().position(|token| token == "{");
                let body = open.map_or(&[][..], |open| &declaration[open + 1..]);
                let mut begins = true;
                for token in body {
                    if begins && token != "}" && (strict || wanted(token)) {
                        items.push(Item::Constant(token.clone()));
                    }
                    begins = token == ",";
                }
            }
            ("typedef", _, _) => {
                let declaration = parser.rest_of_declaration();
                let name = declaration.last().cloned().unwrap_or_default();
                if strict && declaration.iter().any(|token| token == "{") {
                    return Err(format!("teach the scan to read the typedef {name}"));
                }
                if strict || wanted(&name) {
                    items.push(Item::Typedef(name));
                }
            }
            (";", _, _) => parser.at += 1,
            _ => {
                let declaration = parser.rest_of_declaration();
                if strict {
                    return Err(format!("teach the scan to read {declaration:?}"));
                }
            }
        }
    }
    Ok(items)
}

#[test]
fn scan_reads_every_form_of_declaration() {
    let items = scan(concat!(
        "# 1 \"/x/sound/asound.h\" 1\n",
        "#define SNDRV_PCM_VERSION 3\n",
        "#define SNDRV_UMP_NEW 0x10\n",
        "#define SNDRV_UMP_IOCTL_BLOCK_INFO _IOR('W', 0x41, struct snd_ump_block_info)\n",
        "struct snd_pcm_info { int x; union { int y; } z[3]; };\n",
        "enum { SNDRV_TIMER_CLASS_NONE = -1, SNDRV_TIMER_CLASS_NEW, SNDRV_OTHER };\n",
        "# 1 \"/x/sound/asequencer.h\" 1\n",
        "#define __SOUND_ASEQUENCER_H \n",
        "#define SNDRV_SEQ_A (1<<3)\n",
        "#define SNDRV_SEQ_IOCTL_X _IOW ('S', 0x21, struct  snd_seq_x)\n",
        "#define SNDRV_SEQ_F(x) ((x) + 1)\n",
        "typedef unsigned int snd_seq_tick_time_t;\n",
        "struct snd_seq_x {\n unsigned char a, b[4], *c;\n char d; char e[3];\n",
        " void *f;\n unsigned g:1;\n struct snd_seq_addr h;\n",
        " union { int i; struct { int j[2]; } k; } l;\n union { int m; unsigned n[4]; };\n",
        "} __attribute__((packed));\n",
        "# 9 \"/x/other.h\" 2\n",
        "#define OTHER 1\nstruct other { int z; };\n",
    ))
    .unwrap();
    let fields = [
        ("a", Shape::Number),
        ("b", Shape::NumberArray),
        ("c", Shape::Pointer),
        ("d", Shape::Char),
        ("e", Shape::CharArray),
        ("f", Shape::Pointer),
        ("g", Shape::BitField),
        ("h", Shape::Aggregate),
        ("l", Shape::Aggregate),
        ("l.i", Shape::Number),
        ("l.k", Shape::Aggregate),
        ("l.k.j", Shape::NumberArray),
        ("m", Shape::Number),
        ("n", Shape::NumberArray),
    ];
    assert_eq!(
        items,
        [
            Item::Constant("SNDRV_UMP_NEW".into()),
            Item::Constant("SNDRV_SEQ_A".into()),
            Item::Ioctl("SNDRV_SEQ_IOCTL_X".into(), "struct snd_seq_x".into()),
            Item::Function("SNDRV_SEQ_F".into()),
            Item::Typedef("snd_seq_tick_time_t".into()),
            Item::Aggregate {
                keyword: "struct".into(),
                tag: "snd_seq_x".into(),
                fields: fields
                    .iter()
                    .map(|(name, shape)| ((*name).to_owned(), *shape))
                    .collect(),
            },
            Item::Constant("SNDRV_TIMER_CLASS_NONE".into()),
            Item::Constant("SNDRV_TIMER_CLASS_NEW".into()),
        ]
    );
    let unknown = "# 1 \"/x/sound/asequencer.h\" 1\nint snd_seq_function(void);\n";
    assert!(scan(unknown).is_err());
    assert!(scan("# 1 \"/x/other.h\" 1\nint x;\n").is_err());
}
