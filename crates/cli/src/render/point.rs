//! Restore points as a table, and their parts as words.

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{HumanBytes, HumanCount};
use lifeboat::domain::manifest::Manifest;
use lifeboat::domain::time::{DAY_MS, HOUR_MS, UtcMillis};
use lifeboat::domain::trust::TrustLevel;

const MINUTE_MS: i64 = 60_000;

/// A text of somebody else's for a terminal: what would move the cursor or colour it is shown, not obeyed.
pub(crate) fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// A size in binary units.
pub(crate) fn size(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// A count with separators.
pub(crate) fn rows(count: u64) -> String {
    HumanCount(count).to_string()
}

/// How long ago, in the largest unit that fits; a time in the future says so.
pub(crate) fn age(then: UtcMillis, now: UtcMillis) -> String {
    match now.0.saturating_sub(then.0) {
        ms if ms < -MINUTE_MS => "in the future".to_owned(),
        ms if ms < MINUTE_MS => "just now".to_owned(),
        ms if ms < HOUR_MS => format!("{} min ago", ms / MINUTE_MS),
        ms if ms < 2 * DAY_MS => format!("{} h ago", ms / HOUR_MS),
        ms => format!("{} days ago", ms / DAY_MS),
    }
}

/// What was proven, in words.
pub(crate) fn proof(point: &Manifest) -> String {
    let gaps = point.not_checked.len();
    let level = match point.trust.level {
        TrustLevel::Captured => "damaged or unproven",
        TrustLevel::Hashed => "read back",
        TrustLevel::Checked => "checked",
        TrustLevel::Drilled => "drilled",
    };
    match (point.suspect, gaps) {
        (true, _) => format!("{level}, source was damaged"),
        (false, 0) => level.to_owned(),
        (false, gaps) => format!("{level}, {gaps} not checked"),
    }
}

/// The catalogue, newest first.
pub(crate) fn points(points: &[Manifest], now: UtcMillis) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["ID", "WHEN", "KIND", "SIZE", "VERIFIED", "NOTE"]);
    for point in points.iter().rev() {
        table.add_row([
            point.id.short(),
            age(point.created, now),
            point.kind.to_string(),
            size(point.size_bytes),
            proof(point),
            plain(point.note.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_the_largest_unit_that_fits() {
        let ago = |ms| age(UtcMillis(0), UtcMillis(ms));
        assert_eq!(ago(59_000), "just now");
        assert_eq!(ago(4 * MINUTE_MS), "4 min ago");
        assert_eq!(ago(47 * HOUR_MS), "47 h ago");
        assert_eq!(ago(49 * HOUR_MS), "2 days ago");
        assert_eq!(ago(-2 * MINUTE_MS), "in the future");
    }
}
