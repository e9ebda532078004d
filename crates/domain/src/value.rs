//! One value of a row, bit-exact: `1` is not `1.0`.

use std::cmp::Ordering;

/// What a column holds. Ordered by kind and then by content, so that any two replicas sort alike; `-0.0` is `0.0`, because
/// plain SQL cannot tell them apart.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing.
    Null,
    /// A signed integer of 64 bits.
    Integer(i64),
    /// A double.
    Real(f64),
    /// UTF-8.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// Nothing at all.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Integer(_) => 1,
            Self::Real(_) => 2,
            Self::Text(_) => 3,
            Self::Blob(_) => 4,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            // Adding zero makes -0.0 positive and changes nothing else.
            (Self::Real(a), Self::Real(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Blob(a), Self::Blob(b)) => a.cmp(b),
            (a, b) => a.kind().cmp(&b.kind()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_equal_bit_by_bit_except_for_the_sign_of_zero() {
        assert_ne!(Value::Integer(1), Value::Real(1.0));
        assert_ne!(Value::Integer(1), Value::Text("1".into()));
        assert_ne!(Value::Text(String::new()), Value::Null);
        assert_ne!(Value::Text(String::new()), Value::Blob(Vec::new()));
        assert_eq!(Value::Real(-0.0), Value::Real(0.0));
        assert_eq!(Value::Real(f64::NAN), Value::Real(f64::NAN));
        assert!(Value::Null < Value::Integer(i64::MIN) && Value::Integer(i64::MAX) < Value::Real(-1.0));
    }
}
