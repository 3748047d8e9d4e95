//! A page of the guide: its commands, their output, and the actions around them.

/// A part of a page for the test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `<!-- test: ACTION -->`: an action of a person, or a setting for the next part.
    Action(String),
    /// A block of commands and output, as in a terminal.
    Console(Vec<Call>),
    /// A block that is the content of a file.
    File(String),
}

/// A command line, and its output on the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) command: String,
    pub(crate) shown: Vec<String>,
    /// Whether a person ends it with Ctrl+C, which the terminal shows as `^C`.
    pub(crate) is_interrupted: bool,
}

/// Returns the parts of a page, in order. Other tests run its blocks in `languages`.
pub(crate) fn parts(text: &str, languages: &[&str]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(action) = line.strip_prefix("<!-- test: ") {
            let action = action.strip_suffix(" -->");
            let action = action.unwrap_or_else(|| panic!("a comment is open: {line}"));
            parts.push(Part::Action(action.to_owned()));
        } else if let Some(kind) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            parts.push(match kind {
                _ if languages.contains(&kind) => continue,
                "console" => Part::Console(calls(&block)),
                "toml" => Part::File(block.join("\n") + "\n"),
                _ => panic!("nothing runs a block of {kind:?}:\n{}", block.join("\n")),
            });
        }
    }
    parts
}

fn calls(block: &[&str]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in block {
        if let Some(command) = line.strip_prefix("$ ") {
            let command = command.to_owned();
            calls.push(Call {
                command,
                ..Call::default()
            });
            continue;
        }
        let call = calls.last_mut();
        let call = call.unwrap_or_else(|| panic!("no command is above {line:?}"));
        assert!(!call.is_interrupted, "it had ended before {line:?}");
        match *line {
            "^C" => call.is_interrupted = true,
            line => call.shown.push(line.to_owned()),
        }
    }
    assert!(!calls.is_empty(), "a block has no command");
    calls
}

#[test]
fn the_blocks_and_comments_of_a_page_are_read() {
    let text = "# Title\n\n<!-- test: plug -->\n```console\n$ a b\nout\n...\n$ c\n^C\n```\n\
                ```toml\nkey = 1\n```\n";
    let call = |command: &str, shown: &[&str], is_interrupted| Call {
        command: command.to_owned(),
        shown: shown.iter().map(|&line| line.to_owned()).collect(),
        is_interrupted,
    };
    assert_eq!(
        parts(text, &[]),
        [
            Part::Action("plug".to_owned()),
            Part::Console(vec![
                call("a b", &["out", "..."], false),
                call("c", &[], true)
            ]),
            Part::File("key = 1\n".to_owned()),
        ]
    );
}
