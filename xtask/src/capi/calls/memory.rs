//! Reads the memory of a traced program.

use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt as _;

use anyhow::{Context as _, Result};
use nix::unistd::Pid;

/// No program here passes more descriptors to `poll`.
const MOST_POLLED: u64 = 1024;

/// No path here has more bytes.
const LONGEST_PATH: usize = 4096;

/// Returns the process of a thread.
pub(super) fn process_of(task: Pid) -> Result<Pid> {
    let status = read_to_string(format!("/proc/{task}/status"))?;
    let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    let group = group.context("a thread without a process")?;
    Ok(Pid::from_raw(group.trim().parse()?))
}

/// An element of `poll`'s array.
pub(super) struct Polled {
    pub(super) fd: u64,
    pub(super) events: i16,
    pub(super) found: i16,
}

/// The memory of a process.
pub(super) struct Memory(pub(super) Pid);

impl Memory {
    fn file(&self) -> Result<File> {
        File::open(format!("/proc/{}/mem", self.0)).context("open the program's memory")
    }

    /// Returns none if the address is null.
    pub(super) fn bytes(&self, at: u64, size: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(size)?];
        if at == 0 || bytes.is_empty() {
            return Ok(Vec::new());
        }
        self.file()?
            .read_exact_at(&mut bytes, at)
            .context("read the program's memory")?;
        Ok(bytes)
    }

    /// Reads up to the first zero byte.
    pub(super) fn text(&self, at: u64) -> Result<String> {
        let file = self.file()?;
        let mut text = Vec::new();
        let mut byte = [0];
        while text.len() < LONGEST_PATH {
            let next = at.saturating_add(u64::try_from(text.len())?);
            if file.read_at(&mut byte, next).unwrap_or(0) == 0 || byte == [0] {
                break;
            }
            text.extend(byte);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Reads `poll`'s array.
    pub(super) fn polled(&self, at: u64, count: u64) -> Result<Option<Vec<Polled>>> {
        if count > MOST_POLLED {
            return Ok(None);
        }
        let bytes = self.bytes(at, count.saturating_mul(8))?;
        let all = bytes.chunks_exact(8).filter_map(|one| {
            let &[a, b, c, d, e, f, g, h] = one else {
                return None;
            };
            Some(Polled {
                fd: u32::from_ne_bytes([a, b, c, d]).into(),
                events: i16::from_ne_bytes([e, f]),
                found: i16::from_ne_bytes([g, h]),
            })
        });
        Ok(Some(all.collect()))
    }

    /// Reads a `timespec`, in milliseconds; -1 for none.
    pub(super) fn milliseconds(&self, at: u64) -> Result<i64> {
        let bytes = self.bytes(at, 16)?;
        let mut words = bytes.chunks_exact(8).filter_map(|word| {
            let word: [u8; 8] = word.try_into().ok()?;
            Some(i64::from_ne_bytes(word))
        });
        Ok(match (words.next(), words.next()) {
            (Some(seconds), Some(nanoseconds)) => {
                seconds.saturating_mul(1000) + nanoseconds / 1_000_000
            }
            _ => -1,
        })
    }
}
