//! A measured run of the command: how long, how much memory, what it said.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a child's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Runs the command; gives its time and its document, with the peak of its memory added as `peak_mib`.
pub(super) fn timed(command: &mut Command) -> Result<(Duration, Value), String> {
    let begun = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_kib = 0;
    while child.try_wait().map_err(|e| e.to_string())?.is_none() {
        peak_kib = peak_kib.max(high_water_kib(&status));
        std::thread::sleep(LOOK_EVERY);
    }
    let took = begun.elapsed();
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status));
    }
    let mut document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| serde_json::json!({}));
    document["peak_mib"] = (f64::from(peak_kib) / 1024.0).into();
    Ok((took, document))
}

fn high_water_kib(status: &Path) -> u32 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
