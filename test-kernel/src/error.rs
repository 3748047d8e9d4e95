//! Errors of running a program on a test kernel.

use crate::proto;

/// The reason why a program was not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This machine cannot run User-Mode Linux.
    #[error("test kernels run only on Linux on x86-64, and this is {os} on {arch}")]
    UnsupportedHost {
        /// The operating system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },
    /// The cache does not have this kernel.
    #[error("the test kernel {name} was not built yet")]
    NoKernel {
        /// The kernel's name.
        name: String,
    },
    /// The library found no program that can be the first process of a machine.
    #[error("the program `test-kernel`, which starts machines, was not found")]
    NoHelper,
    /// The program in the machine has another version than this one.
    #[error(
        "the machine's first program uses another version of the protocol: {}, not {}",
        theirs.map_or("an unknown one".to_owned(), |version| version.to_string()),
        proto::VERSION
    )]
    Protocol {
        /// The version of the other program, if it is known.
        theirs: Option<u32>,
    },
    /// The kernel has ended unexpectedly, or hangs.
    #[error("{0}")]
    Crashed(
        /// A description, with the end of the console's output.
        String,
    ),
    /// The time limit of the run was reached.
    #[error("{0}")]
    TimedOut(
        /// A description, with the end of the console's output.
        String,
    ),
    /// The program could not be started.
    #[error("cannot run {program}: {reason}")]
    NotStarted {
        /// The program's name.
        program: String,
        /// The errno, or 0.
        errno: i32,
        /// The failed operation.
        reason: String,
    },
    /// The session has ended: it was shut down, or its kernel has failed.
    #[error("the machine was switched off")]
    Off,
    /// Any other error of a file, a command or the network.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Fails if this machine cannot run test kernels.
    pub(crate) fn check_host() -> Result<(), Self> {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        match (os, arch) {
            ("linux", "x86_64") => Ok(()),
            _ => Err(Self::UnsupportedHost { os, arch }),
        }
    }

    /// Advice for the user, if any.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnsupportedHost { .. } => {
                "use an x86-64 machine, or a machine that has /dev/snd/seq itself".to_owned()
            }
            Self::NoKernel { name } => format!("run `test-kernel kernel get {name}`"),
            Self::NoHelper => {
                "install it with `cargo install test-kernel`, or set TEST_KERNEL_PROGRAM to its \
                 path"
                    .to_owned()
            }
            Self::Protocol { .. } => {
                "another version of test-kernel was installed in the meantime, or \
                 TEST_KERNEL_PROGRAM is the path of another version; try again with one version"
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
