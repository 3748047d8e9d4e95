//! The projects' page.

/// The section of one project.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section<'p> {
    /// The directory that the section links to.
    pub(super) project: &'p str,
    lines: Vec<&'p str>,
}

/// The command with which the page installs Debian's packages.
const INSTALL: &str = "sudo apt-get install -y ";

impl<'p> Section<'p> {
    /// Returns the packages that its commands install.
    pub(super) fn packages(&self) -> impl Iterator<Item = &'p str> {
        self.lines
            .iter()
            .filter_map(|line| line.strip_prefix(INSTALL))
            .flat_map(str::split_whitespace)
    }

    /// Returns the other commands.
    pub(super) fn script(&self) -> String {
        let lines = self.lines.iter().filter(|line| !line.starts_with(INSTALL));
        lines.copied().collect::<Vec<_>>().join("\n")
    }
}

/// Returns the sections with commands, which are blocks of `sh`.
pub(super) fn sections(page: &str) -> Vec<Section<'_>> {
    page.split("\n## ")
        .skip(1)
        .filter_map(|section| {
            let (_, rest) = section.split_once("\nThe project is in [")?;
            let (project, rest) = rest.split_once(']')?;
            let (_, commands) = rest.split_once("\n```sh\n")?;
            let (commands, _) = commands.split_once("```")?;
            Some(Section {
                project,
                lines: commands.lines().collect(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_its_packages_and_its_commands() {
        let page = "# Title\n\n## One\n\nThe project is in [one](one), as always.\n\n```toml\nx\n```\n\n\
                    ```sh\nsudo apt-get install -y a b\nmake\nmake check\n```\n\n\
                    ## No project\n\nText.\n";
        let [section] = &sections(page)[..] else {
            panic!("{:?}", sections(page));
        };
        assert_eq!(section.project, "one");
        assert_eq!(section.packages().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(section.script(), "make\nmake check");
    }
}
