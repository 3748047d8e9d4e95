//! The Dockerfile. Only the instructions that it uses are supported.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::room::Machine;
use super::{Published, Setup, Step, User, read as text_of};

/// The image that the roots here correspond to.
const IMAGE: &str = "debian:trixie-slim";

pub(super) fn read(directory: &Path, published: &Published) -> Result<Setup> {
    let text = text_of(&directory.join("Dockerfile"))?;
    let given = BTreeMap::from([
        ("KERNEL_URL", Published::url(&published.kernel)),
        ("KERNEL_SHA256", published.kernel.1.clone()),
        // The crate is not published yet.
        ("PACKAGE", "--path /source/test-kernel".to_owned()),
    ]);
    Ok(Setup {
        project: "c-libasound",
        machine: Machine::Container,
        steps: steps(&text, &given)?,
    })
}

/// Fails unless a root here corresponds to this image.
pub(super) fn is_known(image: &str) -> Result<()> {
    match image {
        IMAGE => Ok(()),
        other => bail!("the image {other} is not supported here"),
    }
}

/// Returns the `RUN` instructions in their order, and then the program that a container starts.
fn steps(text: &str, given: &BTreeMap<&str, String>) -> Result<Vec<Step>> {
    let mut lines = instructions(text).into_iter();
    let first = lines.next().unwrap_or_default();
    is_known(first.strip_prefix("FROM ").unwrap_or(&first))?;
    // Arguments are only for `RUN`. The environment is also for the container's program.
    let (mut arguments, mut env) = (BTreeMap::new(), BTreeMap::new());
    let mut steps = Vec::new();
    let mut directory = "/".to_owned();
    let mut started = None;
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let rest = rest.trim();
        match word {
            "ARG" => {
                let (name, default) = match rest.split_once('=') {
                    Some((name, default)) => (name, Some(default)),
                    None => (rest, None),
                };
                let value = given.get(name).map(String::as_str).or(default);
                let value = value.with_context(|| format!("{name} has no value"))?;
                arguments.insert(name.to_owned(), value.to_owned());
            }
            "ENV" => {
                let (name, value) = rest.split_once('=').context("ENV without a value")?;
                env.insert(name.to_owned(), value.to_owned());
            }
            "WORKDIR" => directory = rest.to_owned(),
            "RUN" => steps.push(Step {
                shell: ["/bin/sh", "-c"].map(str::to_owned).to_vec(),
                script: rest.to_owned(),
                env: arguments.clone().into_iter().chain(env.clone()).collect(),
                directory: Some(directory.clone()),
                user: User::Root,
            }),
            "CMD" => started = Some(serde_json::from_str::<Vec<String>>(rest)?),
            other => bail!("the instruction {other} is not supported here"),
        }
    }
    if let Some(name) = given.keys().find(|name| !arguments.contains_key(**name)) {
        bail!("ARG {name} is missing");
    }
    let mut shell = started.context("CMD is missing")?;
    let script = shell.pop().context("CMD is empty")?;
    steps.push(Step {
        shell,
        script,
        env,
        directory: Some(directory),
        // As with `docker run --user`.
        user: User::Other,
    });
    Ok(steps)
}

/// Returns the instructions, each as one line.
fn instructions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        let whole = open.take().unwrap_or_default() + part;
        match goes_on {
            true => open = Some(whole),
            false => found.push(whole),
        }
    }
    found.extend(open);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# About\nFROM debian:trixie-slim\nARG URL\nARG WAY=slow\nENV A=b\n\
        RUN one && \\\n    two\n# More\nWORKDIR /project\nRUN three\nCMD [\"make\", \"check\"]\n";

    fn steps_of(text: &str) -> Result<Vec<Step>> {
        steps(text, &BTreeMap::from([("URL", "real".to_owned())]))
    }

    #[test]
    fn instructions_are_steps() {
        let steps = steps_of(FILE).unwrap();
        let seen: Vec<_> = steps
            .iter()
            .map(|step| (&*step.script, step.directory.as_deref().unwrap(), step.user))
            .collect();
        let expected = [
            ("one && two", "/", User::Root),
            ("three", "/project", User::Root),
            ("check", "/project", User::Other),
        ];
        assert_eq!(seen, expected);
        for (name, value) in [("URL", "real"), ("WAY", "slow"), ("A", "b")] {
            assert_eq!(steps[0].env[name], value);
        }
        assert_eq!(steps[2].shell, ["make"]);
        assert_eq!(steps[2].env.keys().collect::<Vec<_>>(), ["A"]);
    }

    #[test]
    fn unsupported_instructions_are_refused() {
        for (text, wrong) in [
            ("ARG URL", "ARG ADDRESS"),
            ("debian:trixie-slim", "debian:sid"),
            ("WORKDIR /project", "COPY . /project"),
            ("CMD [\"make\", \"check\"]", ""),
        ] {
            assert!(steps_of(&FILE.replace(text, wrong)).is_err(), "{wrong}");
        }
    }
}
