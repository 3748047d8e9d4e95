//! The job for GitLab. Here, each of its lines runs in a separate shell, so a line must not depend
//! on variables or directories of an earlier line.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::github::{document, get, list, pairs, text};
use super::room::Machine;
use super::{Published, Setup, Step, User, read as text_of};

/// GitLab's command for scripts, if bash exists.
const SHELL: [&str; 4] = ["bash", "-eo", "pipefail", "-c"];

pub(super) fn read(directory: &Path, published: &Published) -> Result<Setup> {
    let job = text_of(&directory.join("gitlab-ci.yml"))?;
    let given = BTreeMap::from([
        ("KERNEL_URL", Published::url(&published.kernel)),
        ("KERNEL_SHA256", published.kernel.1.clone()),
        ("PROGRAM_URL", Published::url(&published.program)),
        ("PROGRAM_SHA256", published.program.1.clone()),
    ]);
    Ok(Setup {
        project: "c-libasound",
        machine: Machine::Container,
        steps: steps(&job, &given)?,
    })
}

fn steps(job: &str, given: &BTreeMap<&str, String>) -> Result<Vec<Step>> {
    let document = document(job)?;
    let [(_, job)] = &pairs(&document)?[..] else {
        bail!("the file must have exactly one job");
    };
    let mut env = BTreeMap::new();
    for (name, value) in pairs(get(job, "variables")?)? {
        let value = given.get(name).map_or(text(value)?, String::as_str);
        env.insert(name.to_owned(), value.to_owned());
    }
    if let Some(name) = given.keys().find(|name| !env.contains_key(**name)) {
        bail!("the job has no variable {name}");
    }
    for (name, value) in pairs(job)? {
        match name {
            "variables" | "before_script" | "script" => {}
            "image" => super::docker::is_known(text(value)?)?,
            other => bail!("the key {other} is not supported here"),
        }
    }
    let mut steps = Vec::new();
    for part in ["before_script", "script"] {
        for line in list(get(job, part)?)? {
            steps.push(Step {
                shell: SHELL.map(str::to_owned).to_vec(),
                script: text(line)?.to_owned(),
                env: env.clone(),
                directory: None,
                user: User::Root,
            });
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "
test:
  image: debian:trixie-slim
  variables: {URL: example, OTHER: own}
  before_script: [one, two]
  script: [three]
";

    fn steps_of(job: &str) -> Result<Vec<Step>> {
        steps(job, &BTreeMap::from([("URL", "real".to_owned())]))
    }

    #[test]
    fn lines_are_steps() {
        let steps = steps_of(JOB).unwrap();
        let scripts: Vec<_> = steps.iter().map(|step| &*step.script).collect();
        assert_eq!(scripts, ["one", "two", "three"]);
        assert_eq!(steps[2].env["URL"], "real");
        assert_eq!(steps[2].env["OTHER"], "own");
    }

    #[test]
    fn a_job_that_gitlab_runs_in_another_way_is_refused() {
        for (text, wrong) in [
            ("{URL: example, ", "{"),
            ("debian:trixie-slim", "another"),
            ("script: [three]", "scripts: [three]"),
            ("script: [three]", "script: [{a: three}]"),
        ] {
            assert!(steps_of(&JOB.replace(text, wrong)).is_err(), "{wrong}");
        }
    }
}
