//! Series of kernel versions, such as 6.12.

use std::fmt;
use std::str::FromStr;

use anyhow::bail;

/// A kernel series, such as 6.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    major: u32,
    minor: u32,
}

impl Series {
    /// The default: the series of the current Debian release.
    pub const DEFAULT: Self = Self {
        major: 6,
        minor: 12,
    };
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Series {
    type Err = anyhow::Error;

    /// Parses the beginning of a version: `6.12`, `6.12.117`, `7.2-rc1`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text)[..] {
            [major, minor, ..] => Ok(Self { major, minor }),
            _ => bail!("{text:?} is not a kernel version"),
        }
    }
}

/// Returns the numbers at the beginning of a version. They give the order of versions.
pub(super) fn numbers(version: &str) -> Vec<u32> {
    version
        .split('-')
        .next()
        .unwrap_or_default()
        .split('.')
        .map_while(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_the_start_of_a_version() {
        for text in ["6.12", "6.12.117", "6.12-rc1", "6.12.117-debian"] {
            assert_eq!(text.parse::<Series>().unwrap(), Series::DEFAULT);
        }
        for text in ["", "6", "x.12", "6.x", "newest"] {
            assert!(text.parse::<Series>().is_err(), "{text}");
        }
        assert!(numbers("6.12.9") < numbers("6.12.117"));
        assert!(numbers("6.12") < numbers("6.12.1"));
    }
}
