//! UTC instants as values. The clock itself is a port; local time never appears here.

use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z. Used to show and to age, never to order restore points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UtcMillis(pub i64);

/// Milliseconds of one hour.
pub const HOUR_MS: i64 = 3_600_000;
/// Milliseconds of one day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

impl UtcMillis {
    fn timestamp(self) -> jiff::Timestamp {
        let (min, max) = (jiff::Timestamp::MIN.as_millisecond(), jiff::Timestamp::MAX.as_millisecond());
        jiff::Timestamp::from_millisecond(self.0.clamp(min + 1, max - 1))
            .expect("because the value was clamped into the range")
    }

    /// RFC 3339 with milliseconds: `2026-11-21T10:42:00.000Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        format!("{:.3}", self.timestamp())
    }

    /// The form of file names, legal on every system: `20261121T104200Z`.
    #[must_use]
    pub fn compact(self) -> String {
        self.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// Reads what [`Self::rfc3339`] writes, and nothing else.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = Self(text.parse::<jiff::Timestamp>().ok()?.as_millisecond());
        (parsed.rfc3339() == text).then_some(parsed)
    }

    /// Milliseconds from `earlier` to `self`; never negative, because clocks go back.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

impl fmt::Display for UtcMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_exact_and_read_back() {
        let t = UtcMillis(1_795_257_720_123);
        assert_eq!(t.rfc3339(), "2026-11-21T10:42:00.123Z");
        assert_eq!(t.compact(), "20261121T104200Z");
        assert_eq!(UtcMillis::parse_rfc3339(&t.rfc3339()), Some(t));
        assert_eq!(UtcMillis::parse_rfc3339("2026-11-21T10:42:00Z"), None);
    }

    #[test]
    fn an_age_is_never_negative() {
        assert_eq!(UtcMillis(5).since(UtcMillis(9)), 0);
        assert_eq!(UtcMillis(i64::MAX).since(UtcMillis(i64::MIN)), i64::MAX);
    }
}
