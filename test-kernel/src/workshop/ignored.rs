//! The signals that whoever started this program has told it to ignore: `nohup`
//! does so, and a shell does for what it starts in a script's background.

/// Their numbers. A signal descriptor reports them all the same, so whoever has
/// one leaves them out.
pub fn signals() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0);
    (1..=64).filter(|n| mask >> (n - 1) & 1 == 1).collect()
}
