//! One value of a row, bit-exact: `1` is not `1.0`.

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
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
