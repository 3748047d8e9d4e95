//! Why a program was not run to its end.

use crate::proto;

/// Why a program was not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This machine cannot run User-Mode Linux.
    #[error("test kernels run on Linux on x86-64 alone, and this is {os} on {arch}")]
    UnsupportedHost {
        /// The operating system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },
    /// The cache does not have this kernel.
    #[error("there is no test kernel {name} yet")]
    NoKernel {
        /// Its name.
        name: String,
    },
    /// No program was found that can be the first process of a machine.
    #[error("the program `test-kernel` is not there, which machines are started with")]
    NoHelper,
    /// The program in the machine is of another version than this one.
    #[error(
        "the machine's first program speaks another version of the protocol: {}, not {}",
        theirs.map_or("none that is known".to_owned(), |version| version.to_string()),
        proto::VERSION
    )]
    Protocol {
        /// The version that the other one speaks, if it is known.
        theirs: Option<u32>,
    },
    /// The kernel died, or hangs.
    #[error("{0}")]
    Crashed(
        /// What happened, with the end of the console.
        String,
    ),
    /// The time given for the run is up.
    #[error("{0}")]
    TimedOut(
        /// What happened, with the end of the console.
        String,
    ),
    /// The program could not be started.
    #[error("cannot run {program}: {reason}")]
    NotStarted {
        /// The program.
        program: String,
        /// The error number, 0 if there is none.
        errno: i32,
        /// What failed.
        reason: String,
    },
    /// The session is over: it was shut down, or its kernel has failed.
    #[error("the machine is off")]
    Off,
    /// All else: a file, a command, the network.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Fails where no test kernel can run.
    pub(crate) fn check_host() -> Result<(), Self> {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        match (os, arch) {
            ("linux", "x86_64") => Ok(()),
            _ => Err(Self::UnsupportedHost { os, arch }),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnsupportedHost { .. } => {
                "use an x86-64 machine, or one that has the device itself".to_owned()
            }
            Self::NoKernel { name } => format!("`test-kernel kernel get {name}` gets it"),
            Self::NoHelper => {
                "`cargo install test-kernel` installs it; TEST_KERNEL_PROGRAM names it where it \
                 is not in the PATH"
                    .to_owned()
            }
            Self::Protocol { .. } => {
                "another version of test-kernel was installed meanwhile, or TEST_KERNEL_PROGRAM \
                 names one; try again with one version"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::Other(error.into()),
        }
    }
}
