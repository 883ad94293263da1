//! The memory that a process occupies, as the operating system counts it.

/// The resident memory of this process in bytes: the number of `/proc/self/statm`, which `status` tells in kB instead of pages.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes
        .and_then(|number| number.trim().parse::<u64>().ok())
        .expect("Linux tells the resident memory in kB")
        * 1024
}
