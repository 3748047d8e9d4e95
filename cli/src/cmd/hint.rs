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
        (ErrorKind::InvalidSubcommand, _) => match missing(command, &super::FEATURES) {
            Some(name) => {
                // clap suggests `panic` for `patch`, which does something else.
                error.remove(ContextKind::SuggestedSubcommand);
                format!("this build of aseq lacks `{name}`: build it with `--features full`")
            }
            None => "aseq --help lists the commands".to_owned(),
        },
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

/// Returns the name of this command, if only other builds have it.
fn missing<'f>(command: Option<&OsStr>, features: &[(&'f str, bool)]) -> Option<&'f str> {
    let mut missing = features.iter().filter(|(_, is_there)| !is_there);
    let found = missing.find(|(name, _)| command == Some(OsStr::new(name)));
    found.map(|(name, _)| *name)
}

#[test]
fn a_command_that_another_build_has_is_missing() {
    let features = [("doctor", false), ("record", true)];
    for (command, name) in [
        ("doctor", Some("doctor")),
        ("record", None),
        ("docto", None),
    ] {
        assert_eq!(missing(Some(OsStr::new(command)), &features), name);
    }
}
