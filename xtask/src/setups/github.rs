//! The action for GitHub and its workflow. Only the parts of GitHub's language that these two use
//! are supported.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use saphyr::{LoadableYamlNode as _, Yaml};

use super::room::Machine;
use super::{Published, Setup, Step, User, read as text_of};

/// The action's path in the workflow.
const ACTION: &str = "./.github/actions/test-kernel";

/// The action that gets the project's files, which are present already.
const CHECKOUT: &str = "actions/checkout@";

/// Files in which steps leave values for later steps.
pub(super) const PATH_FILE: (&str, &str) = ("GITHUB_PATH", "/tmp/github-path");
pub(super) const ENV_FILE: (&str, &str) = ("GITHUB_ENV", "/tmp/github-env");

/// GitHub's command for a script of a step that names bash, and of a step that names no shell.
const BASH: [&str; 5] = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];
const UNNAMED: [&str; 2] = ["bash", "-e"];

pub(super) fn read(directory: &Path, published: &Published) -> Result<Setup> {
    let action = text_of(&directory.join("action.yml"))?;
    let workflow = text_of(&directory.join("workflow.yml"))?;
    let given = BTreeMap::from([
        ("kernel-url", Published::url(&published.kernel)),
        ("kernel-sha256", published.kernel.1.clone()),
        // The crate is not published yet.
        ("package", "--path /source/test-kernel".to_owned()),
    ]);
    Ok(Setup {
        project: "rust-midir",
        machine: Machine::Runner,
        steps: steps(&workflow, &action, &given)?,
    })
}

/// Returns the steps of the workflow. The steps of the action replace the step that uses it.
fn steps(workflow: &str, action: &str, given: &BTreeMap<&str, String>) -> Result<Vec<Step>> {
    let workflow = document(workflow)?;
    let [(_, job)] = &pairs(get(&workflow, "jobs")?)?[..] else {
        bail!("the workflow must have exactly one job");
    };
    let mut steps = Vec::new();
    for step in list(get(job, "steps")?)? {
        match step.as_mapping_get("uses").map(text).transpose()? {
            None => steps.push(command(step, &BTreeMap::new())?),
            Some(used) if used.starts_with(CHECKOUT) => {}
            Some(ACTION) => {
                let action = document(action)?;
                let inputs = inputs(get(&action, "inputs")?, step, given)?;
                for step in list(get(get(&action, "runs")?, "steps")?)? {
                    steps.push(command(step, &inputs)?);
                }
            }
            Some(other) => bail!("the action {other} is not supported here"),
        }
    }
    Ok(steps)
}

/// Returns the action's inputs: those that the workflow gives, with other values here, and the
/// defaults.
fn inputs(
    declared: &Yaml<'_>,
    step: &Yaml<'_>,
    given: &BTreeMap<&str, String>,
) -> Result<BTreeMap<String, String>> {
    let with = match step.as_mapping_get("with") {
        Some(with) => pairs(with)?,
        None => Vec::new(),
    };
    let declared = pairs(declared)?;
    let is_declared = |name: &str| declared.iter().any(|(there, _)| *there == name);
    for (name, value) in &with {
        if !is_declared(name) {
            bail!("the action has no input {name}");
        }
        text(value)?;
    }
    if let Some(name) = given.keys().find(|name| !is_declared(name)) {
        bail!("the action has no input {name}");
    }
    let mut inputs = BTreeMap::new();
    for (name, input) in &declared {
        let required = input
            .as_mapping_get("required")
            .is_some_and(|value| value.as_bool() == Some(true));
        let there = with.iter().any(|(there, _)| there == name);
        let default = input.as_mapping_get("default").map(text).transpose()?;
        let value = match (given.get(name), default) {
            _ if required && !there => bail!("the workflow does not set {name}"),
            (Some(value), _) => value.clone(),
            (None, Some(value)) => value.to_owned(),
            (None, None) => bail!("the input {name} has no value"),
        };
        inputs.insert((*name).to_owned(), value);
    }
    Ok(inputs)
}

/// Returns a step that is a script.
fn command(step: &Yaml<'_>, inputs: &BTreeMap<String, String>) -> Result<Step> {
    for (name, _) in pairs(step)? {
        if !["name", "shell", "env", "run"].contains(&name) {
            bail!("steps with {name} are not supported here");
        }
    }
    let shell: &[&str] = match step.as_mapping_get("shell").map(text).transpose()? {
        Some("bash") => &BASH,
        None => &UNNAMED,
        Some(other) => bail!("the shell {other} is not supported here"),
    };
    let mut env = BTreeMap::from([PATH_FILE, ENV_FILE].map(|(a, b)| (a.into(), b.into())));
    if let Some(variables) = step.as_mapping_get("env") {
        for (name, value) in pairs(variables)? {
            env.insert(name.to_owned(), expanded(text(value)?, inputs)?);
        }
    }
    let script = text(get(step, "run")?)?;
    if script.contains("${{") {
        bail!("a script contains an expression; its value could be interpreted as commands");
    }
    Ok(Step {
        shell: shell
            .iter()
            .copied()
            .chain(["-c"])
            .map(str::to_owned)
            .collect(),
        script: script.to_owned(),
        env,
        directory: None,
        user: User::Other,
    })
}

/// Returns a value. If it contains `${{ inputs.NAME }}`, that must be the whole value.
fn expanded(value: &str, inputs: &BTreeMap<String, String>) -> Result<String> {
    let Some(expression) = value.strip_prefix("${{") else {
        return Ok(value.to_owned());
    };
    let name = expression
        .strip_suffix("}}")
        .and_then(|name| name.trim().strip_prefix("inputs."))
        .with_context(|| format!("the value {value} is not supported here"))?;
    inputs
        .get(name)
        .cloned()
        .with_context(|| format!("the input {name} does not exist"))
}

/// Returns the only document of a text.
pub(super) fn document(text: &str) -> Result<Yaml<'_>> {
    let mut documents = Yaml::load_from_str(text)?;
    match documents.len() {
        1 => documents.pop().context("no document"),
        other => bail!("the file has {other} documents"),
    }
}

pub(super) fn get<'y, 'i>(node: &'y Yaml<'i>, name: &str) -> Result<&'y Yaml<'i>> {
    node.as_mapping_get(name)
        .with_context(|| format!("{name} is missing"))
}

pub(super) fn list<'y, 'i>(node: &'y Yaml<'i>) -> Result<&'y Vec<Yaml<'i>>> {
    node.as_sequence().context("not a list")
}

pub(super) fn pairs<'y, 'i>(node: &'y Yaml<'i>) -> Result<Vec<(&'y str, &'y Yaml<'i>)>> {
    let mapping = node.as_mapping().context("not a mapping")?;
    mapping
        .iter()
        .map(|(name, value)| Ok((text(name)?, value)))
        .collect()
}

/// Returns a text. A text that looks like a number or a truth value must be in quotes.
pub(super) fn text<'y>(node: &'y Yaml<'_>) -> Result<&'y str> {
    node.as_str()
        .with_context(|| format!("{node:?} is not a text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTION_TEXT: &str = "
inputs:
  url: {required: true}
  kernel: {default: \"6.12\"}
runs:
  steps:
    - shell: bash
      env: {URL: \"${{ inputs.url }}\", KERNEL: \"${{ inputs.kernel }}\", A: b}
      run: get
";
    const WORKFLOW: &str = "
jobs:
  test:
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/test-kernel
        with: {url: example}
      - run: test
";

    fn steps_of(workflow: &str, action: &str) -> Result<Vec<Step>> {
        steps(
            workflow,
            action,
            &BTreeMap::from([("url", "real".to_owned())]),
        )
    }

    #[test]
    fn the_actions_steps_replace_its_use() {
        let steps = steps_of(WORKFLOW, ACTION_TEXT).unwrap();
        let [get, test] = &steps[..] else {
            panic!("{steps:?}");
        };
        assert_eq!(get.script, "get");
        assert!(get.shell.contains(&"pipefail".to_owned()));
        for (name, value) in [("URL", "real"), ("KERNEL", "6.12"), ("A", "b")] {
            assert_eq!(get.env[name], value);
        }
        assert_eq!(test.script, "test");
        assert_eq!(test.shell, ["bash", "-e", "-c"]);
    }

    #[test]
    fn files_that_github_would_refuse_are_refused() {
        for (text, wrong) in [
            ("with: {url: example}", "with: {kernel: example}"),
            ("with: {url: example}", "with: {url: example, other: a}"),
            ("run: test", "run: test ${{ inputs.url }}"),
            ("run: test", "uses: somebody/something@v1"),
        ] {
            let workflow = WORKFLOW.replace(text, wrong);
            assert!(steps_of(&workflow, ACTION_TEXT).is_err(), "{wrong}");
        }
        let action = ACTION_TEXT.replace("inputs.url", "inputs.address");
        assert!(steps_of(WORKFLOW, &action).is_err());
    }
}
