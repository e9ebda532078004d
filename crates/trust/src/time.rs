//! Instants of metadata: whole seconds of UTC, as values.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcSeconds(pub i64);

impl UtcSeconds {
    /// Reads `2026-11-22T09:00:00Z`, and no other form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = Self(text.parse::<jiff::Timestamp>().ok()?.as_second());
        (parsed.to_string() == text).then_some(parsed)
    }

    /// So many days later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(86_400)))
    }
}

impl fmt::Display for UtcSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        let timestamp = jiff::Timestamp::from_second(self.0.clamp(min, max))
            .expect("because the value was clamped into the range");
        write!(f, "{timestamp:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_written_form_reads_back() {
        let instant = UtcSeconds(1_795_338_000);
        assert_eq!(instant.to_string(), "2026-11-22T09:00:00Z");
        assert_eq!(UtcSeconds::parse("2026-11-22T09:00:00Z"), Some(instant));
        for other in
            ["2026-11-22T09:00:00.5Z", "2026-11-22T09:00:00+00:00", "2026-11-22", "", "2026-13-01T00:00:00Z"]
        {
            assert_eq!(UtcSeconds::parse(other), None, "{other}");
        }
    }
}
