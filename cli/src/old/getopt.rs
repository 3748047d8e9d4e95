//! Reads arguments like the C library's `getopt_long`: options after operands, shortened
//! long options, and the same messages. No crate does all of this.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The options of a program.
pub(crate) struct Options {
    /// Letters, with a colon after each letter that takes a value: `"hl:"`.
    pub(crate) short: &'static str,
    /// Names, and the letter for each.
    pub(crate) long: &'static [(&'static str, char)],
}

/// Reads a program's arguments, one option after the other.
pub(crate) struct Getopt<'a> {
    options: &'a Options,
    program: &'a str,
    arguments: std::slice::Iter<'a, OsString>,
    /// The remaining letters of an argument with several letters.
    letters: &'a [u8],
    operands: Vec<OsString>,
    /// Whether the first operand ends the options.
    in_order: bool,
}

/// An option, and its value if it takes one.
pub(crate) type Given = (char, OsString);

impl<'a> Getopt<'a> {
    pub(crate) fn new(options: &'a Options, program: &'a str, arguments: &'a [OsString]) -> Self {
        Self {
            options,
            program,
            arguments: arguments.iter(),
            letters: &[],
            operands: Vec::new(),
            in_order: std::env::var_os("POSIXLY_CORRECT").is_some(),
        }
    }

    /// The operands, after all options were read.
    pub(crate) fn operands(mut self) -> Vec<OsString> {
        self.operands.extend(self.arguments.cloned());
        self.operands
    }

    /// Returns whether this letter takes a value; `None` if the letter is not an option.
    fn takes_value(&self, letter: char) -> Option<bool> {
        let (_, rest) = self.options.short.split_once(letter)?;
        // ':' itself is not an option.
        (letter != ':').then(|| rest.starts_with(':'))
    }

    fn letter(&mut self, letter: u8) -> Result<Given, String> {
        let program = self.program;
        let shown = String::from_utf8_lossy(std::slice::from_ref(&letter)).into_owned();
        let letter = char::from(letter);
        match self.takes_value(letter) {
            None => Err(format!("{program}: invalid option -- '{shown}'")),
            Some(false) => Ok((letter, OsString::new())),
            Some(true) => {
                let rest = std::mem::take(&mut self.letters);
                if !rest.is_empty() {
                    return Ok((letter, OsString::from_vec(rest.to_vec())));
                }
                let value = self.arguments.next().cloned();
                let value = value.ok_or_else(|| {
                    format!("{program}: option requires an argument -- '{shown}'")
                })?;
                Ok((letter, value))
            }
        }
    }

    /// `name` or `name=value`, without its dashes.
    fn long(&mut self, text: &'a [u8]) -> Result<Given, String> {
        let program = self.program;
        let mut parts = text.splitn(2, |byte| *byte == b'=');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next());
        let shown = String::from_utf8_lossy(text);
        let named = |(long, _): &&(&str, char)| long.as_bytes().starts_with(name);
        let exact = |(long, _): &&(&str, char)| long.as_bytes() == name;
        let candidates: Vec<_> = self.options.long.iter().filter(named).collect();
        let found = candidates.iter().copied().find(exact);
        let (long, letter) = match (found, candidates.as_slice()) {
            (Some(found), _) => *found,
            (None, []) => return Err(format!("{program}: unrecognized option '--{shown}'")),
            // If all names mean the same letter, the first is used.
            (None, [first, rest @ ..]) if rest.iter().all(|(_, letter)| *letter == first.1) => {
                **first
            }
            (None, several) => {
                let names: Vec<_> = several
                    .iter()
                    .map(|(long, _)| format!("'--{long}'"))
                    .collect();
                return Err(format!(
                    "{program}: option '--{shown}' is ambiguous; possibilities: {}",
                    names.join(" ")
                ));
            }
        };
        let value = value.map(|value| OsStr::from_bytes(value).to_owned());
        match (self.takes_value(letter).unwrap_or(false), value) {
            (false, None) => Ok((letter, OsString::new())),
            (false, Some(_)) => Err(format!(
                "{program}: option '--{long}' doesn't allow an argument"
            )),
            (true, value) => {
                let value = value.or_else(|| self.arguments.next().cloned());
                let value = value
                    .ok_or_else(|| format!("{program}: option '--{long}' requires an argument"))?;
                Ok((letter, value))
            }
        }
    }
}

impl Iterator for Getopt<'_> {
    /// An option, or the message for an invalid one.
    type Item = Result<Given, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((first, rest)) = self.letters.split_first() {
            self.letters = rest;
            return Some(self.letter(*first));
        }
        loop {
            let rest = self.arguments.as_slice();
            let argument = self.arguments.next()?;
            match argument.as_bytes() {
                b"--" => {
                    self.operands.extend(self.arguments.by_ref().cloned());
                    return None;
                }
                [b'-', b'-', name @ ..] => return Some(self.long(name)),
                [b'-', first, rest @ ..] => {
                    self.letters = rest;
                    return Some(self.letter(*first));
                }
                _ if self.in_order => {
                    self.arguments = rest.iter();
                    return None;
                }
                _ => self.operands.push(argument.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options = Options {
        short: "hlp:r:x",
        long: &[
            ("help", 'h'),
            ("list", 'l'),
            ("port", 'p'),
            ("real", 'r'),
            ("removeall", 'x'),
            ("left", 'l'),
            ("lean", 'l'),
        ],
    };

    /// Options are in the form `p=value`; operands are unchanged.
    fn parse(arguments: &str, in_order: bool) -> Vec<String> {
        let arguments: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        let mut getopt = Getopt::new(&OPTIONS, "prog", &arguments);
        getopt.in_order = in_order;
        let mut found: Vec<String> = getopt
            .by_ref()
            .map(|given| match given {
                Ok((letter, value)) => format!("{letter}={}", value.to_string_lossy()),
                Err(message) => message,
            })
            .collect();
        let operands = getopt.operands();
        found.extend(operands.iter().map(|o| o.to_string_lossy().into_owned()));
        found
    }

    #[test]
    fn options_are_found_everywhere() {
        for (arguments, found) in [
            ("-hl", vec!["h=", "l="]),
            ("-lp20:0 -p 21 --port=22 --port 23", {
                vec!["l=", "p=20:0", "p=21", "p=22", "p=23"]
            }),
            ("a -h b -l", vec!["h=", "l=", "a", "b"]),
            ("-l - -- -h --list", vec!["l=", "-", "-h", "--list"]),
            ("-p -- -h", vec!["p=--", "h="]),
            ("--po=x --l --le", vec!["p=x", "l=", "l="]),
            ("-p=5 --port=", vec!["p==5", "p="]),
        ] {
            assert_eq!(parse(arguments, false), found, "{arguments}");
        }
        assert_eq!(parse("-h a -l -- b", true), ["h=", "a", "-l", "--", "b"]);
    }

    #[test]
    fn errors_are_the_c_librarys() {
        for (arguments, message) in [
            ("-z", "prog: invalid option -- 'z'"),
            ("-:", "prog: invalid option -- ':'"),
            ("-p", "prog: option requires an argument -- 'p'"),
            ("--port", "prog: option '--port' requires an argument"),
            ("--po", "prog: option '--port' requires an argument"),
            ("--foo=bar", "prog: unrecognized option '--foo=bar'"),
            ("--lis=3", "prog: option '--list' doesn't allow an argument"),
            (
                "--re=1",
                "prog: option '--re=1' is ambiguous; possibilities: '--real' '--removeall'",
            ),
        ] {
            assert_eq!(parse(arguments, false), [message], "{arguments}");
        }
    }
}
