//! Values as bytes that sort as the domain sorts them: keys of temporary tables, and members of the bookkeeping.

use crate::error::SqliteError;
use lifeboat_domain::value::Value;
use lifeboat_ports::PortErrorKind;
use rusqlite::types::ValueRef;

const ESCAPE: u8 = 0xff;

/// Bytes in the order of the values.
pub(crate) fn encode(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.len() * 12);
    for value in values {
        match value {
            Value::Null => bytes.push(1),
            Value::Integer(number) => {
                bytes.push(2);
                bytes.extend((number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
            }
            Value::Real(number) => {
                bytes.push(3);
                let bits = (number + 0.0).to_bits();
                let ordered = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
                bytes.extend(ordered.to_be_bytes());
            }
            Value::Text(text) => escape(4, text.as_bytes(), &mut bytes),
            Value::Blob(blob) => escape(5, blob, &mut bytes),
        }
    }
    bytes
}

/// A zero byte is followed by a mark, so that two of them end the value and shorter ones come first.
fn escape(kind: u8, value: &[u8], into: &mut Vec<u8>) {
    into.push(kind);
    for byte in value {
        into.push(*byte);
        if *byte == 0 {
            into.push(ESCAPE);
        }
    }
    into.extend([0, 0]);
}

/// What [`encode`] gave.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Value>, SqliteError> {
    read(bytes).ok_or(SqliteError::Found(PortErrorKind::Damaged, "a key in the bookkeeping is damaged"))
}

fn read(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        let (value, rest) = match kind {
            1 => (Value::Null, rest),
            2 => {
                let (number, rest) = rest.split_first_chunk::<8>()?;
                (Value::Integer((u64::from_be_bytes(*number) ^ (1 << 63)).cast_signed()), rest)
            }
            3 => {
                let (number, rest) = rest.split_first_chunk::<8>()?;
                let ordered = u64::from_be_bytes(*number);
                let bits = if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered };
                (Value::Real(f64::from_bits(bits)), rest)
            }
            4 => {
                let (text, rest) = unescape(rest)?;
                (Value::Text(String::from_utf8(text).ok()?), rest)
            }
            5 => {
                let (blob, rest) = unescape(rest)?;
                (Value::Blob(blob), rest)
            }
            _ => return None,
        };
        values.push(value);
        bytes = rest;
    }
    Some(values)
}

fn unescape(mut bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    loop {
        match bytes {
            [0, 0, rest @ ..] => return Some((value, rest)),
            [0, ESCAPE, rest @ ..] => {
                value.push(0);
                bytes = rest;
            }
            [byte, rest @ ..] => {
                value.push(*byte);
                bytes = rest;
            }
            [] => return None,
        }
    }
}

/// A position as the engine keeps it.
pub(super) fn place(position: usize) -> i64 {
    i64::try_from(position).expect("because a schema has fewer tables than that")
}

/// And back.
pub(super) fn position(place: i64) -> Result<usize, SqliteError> {
    let damaged = SqliteError::Found(PortErrorKind::Damaged, "a temporary table is damaged");
    usize::try_from(place).map_err(|_| damaged)
}

/// A value of the engine; text that is no UTF-8 has none here.
pub(crate) fn from_engine(value: ValueRef<'_>) -> Result<Value, SqliteError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes);
            let ill_formed = "a text is not UTF-8 and cannot be merged";
            Value::Text(
                text.map_err(|_| SqliteError::Found(PortErrorKind::Unsupported, ill_formed))?.to_owned(),
            )
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

/// A value to bind. The sign of zero is lost, because plain SQL cannot tell it.
pub(super) fn to_engine(value: &Value) -> ValueRef<'_> {
    match value {
        Value::Null => ValueRef::Null,
        Value::Integer(number) => ValueRef::Integer(*number),
        Value::Real(number) => ValueRef::Real(number + 0.0),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    }
}

/// Values to bind, in order.
pub(super) struct Bound<'v>(pub(super) &'v Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(to_engine(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_sort_as_values_do_and_come_back() {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut values = vec![
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Integer(-1),
            Value::Integer(0),
            Value::Integer(i64::MAX),
            Value::Real(f64::NEG_INFINITY),
            Value::Real(-1.5),
            Value::Real(0.0),
            Value::Real(2.5),
            Value::Real(f64::INFINITY),
            text(""),
            text("\0"),
            text("a"),
            text("a\0b"),
            text("ab"),
            Value::Blob(vec![]),
            Value::Blob(vec![0, 0]),
            Value::Blob(vec![255]),
        ];
        values.sort();
        for pair in values.windows(2) {
            let (a, b) = (encode(&pair[..1]), encode(&pair[1..]));
            assert!(a < b, "{pair:?}");
            assert_eq!(decode(&encode(pair)).unwrap(), pair);
        }
        let (a, b) = (encode(&[text("a"), text("z")]), encode(&[text("ab"), text("a")]));
        assert!(a < b, "the first column comes first");
        assert!(decode(&[9]).is_err() && decode(&[2, 1]).is_err() && decode(&[4, b'a']).is_err());
    }
}
