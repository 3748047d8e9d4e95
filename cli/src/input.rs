//! Files, and standard input, that are read whole: but never more than a limit,
//! for a device has no end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// The largest file there may be. Songs have some thousand bytes, and the
/// largest that anybody makes for show some hundred million.
const LIMIT: u64 = 256 << 20;

/// Reads a file, or for `-` standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if path == Path::new("-") {
        limited(io::stdin().lock())
    } else {
        File::open(path).and_then(limited)
    };
    bytes.map_err(Failure::file(path))
}

fn limited(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if u64::try_from(length).is_ok_and(|length| length > LIMIT) {
        let message = format!("larger than {} MiB", LIMIT >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}
