//! The signals that were ignored when this program started. `nohup` ignores a signal, and a shell
//! does so for programs that its script starts in the background.

/// Returns their numbers. A signal descriptor also reports ignored signals, so its owner leaves
/// these out.
pub fn signals() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0);
    (1..=64).filter(|n| mask >> (n - 1) & 1 == 1).collect()
}
