//! Reads whole files and standard input, up to a limit, because a device may have no end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;
use crate::signals::Signals;

/// The maximum size of a file. Usual songs have some thousand bytes; the largest known
/// ones, made as demonstrations, have some hundred million.
const LIMIT: u64 = 256 << 20;

/// Reads a file with [`read_blocking`]. A signal ends the program during the call, so no
/// note may sound.
pub(crate) fn read(
    signals: &Signals,
    path: &Path,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Failure> {
    signals.interruptible(|| read_blocking(path, wanted))
}

/// Reads a file, or standard input for `-`. If `wanted` refuses the first bytes, returns
/// only those.
pub(crate) fn read_blocking(
    path: &Path,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Failure> {
    let bytes = if path == Path::new("-") {
        limited(io::stdin().lock(), wanted)
    } else {
        File::open(path).and_then(|file| {
            let metadata = file.metadata()?;
            // Checks the size before reading.
            if metadata.is_file() && metadata.len() > LIMIT {
                return Err(too_large());
            }
            limited(file, wanted)
        })
    };
    bytes.map_err(Failure::file(path))
}

/// Most songs fit into this buffer, and are read at once. The unused part costs nothing.
const USUAL: usize = 64 << 10;

fn limited(mut file: impl Read, wanted: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(USUAL);
    file.by_ref().take(16).read_to_end(&mut bytes)?;
    if wanted(&bytes) {
        file.take(LIMIT).read_to_end(&mut bytes)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LIMIT) {
        return Err(too_large());
    }
    Ok(bytes)
}

fn too_large() -> io::Error {
    let message = format!("larger than {} MiB", LIMIT >> 20);
    io::Error::new(io::ErrorKind::FileTooLarge, message)
}
