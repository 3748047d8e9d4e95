//! Hints for wrong arguments.

use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Adds a hint to clap's error. `command` is the first argument.
pub(crate) fn with_hint(mut error: Error, command: Option<&OsStr>) -> Error {
    let hint = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::InvalidSubcommand, _)
            if cfg!(feature = "patch") && command == Some(OsStr::new("patch")) =>
        {
            "aseq patch --help lists the commands".to_owned()
        }
        (ErrorKind::InvalidSubcommand, _) => "aseq --help lists the commands".to_owned(),
        (ErrorKind::UnknownArgument, Some(ContextValue::String(port)))
            if command == Some(OsStr::new("dump")) && !port.starts_with('-') =>
        {
            format!("-p {port:?} receives from this port")
        }
        _ => return error,
    };
    let hint = ContextValue::StyledStrs(vec![hint.into()]);
    error.insert(ContextKind::Suggested, hint);
    error
}
