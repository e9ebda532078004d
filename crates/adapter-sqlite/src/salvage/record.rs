//! A record: the fields of one row (SQLite, fileformat2.html section 2.1).

use super::bytes::varint_at;

/// A field as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// What could be read of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) fields: Vec<Field>,
    /// Every field is there; else those at the end are missing.
    pub(super) is_whole: bool,
}

/// Reads a record of which `bytes` are at hand, `length` bytes long when it is whole. `None` where it can be no record:
/// its header must add up to its length.
pub(super) fn read(bytes: &[u8], length: u64) -> Option<Record> {
    let (header_length, mut at) = varint_at(bytes, 0)?;
    let header_end = usize::try_from(header_length).ok().filter(|end| *end as u64 <= length)?;
    let mut types = Vec::new();
    let mut body = header_length;
    while at < header_end {
        let (kind, taken) = varint_at(bytes, at)?;
        at += taken;
        body = body.checked_add(length_of(kind)?)?;
        types.push(kind);
    }
    if at != header_end || body != length {
        return None;
    }
    let mut fields = Vec::with_capacity(types.len());
    let mut at = header_end;
    for kind in &types {
        let end = at.checked_add(usize::try_from(length_of(*kind)?).ok()?)?;
        let Some(content) = bytes.get(at..end) else { break };
        fields.push(field(*kind, content));
        at = end;
    }
    Some(Record { is_whole: fields.len() == types.len(), fields })
}

const fn length_of(kind: u64) -> Option<u64> {
    match kind {
        0 | 8 | 9 => Some(0),
        1..=4 => Some(kind),
        5 => Some(6),
        6 | 7 => Some(8),
        10 | 11 => None,
        _ => Some((kind - 12) / 2),
    }
}

fn field(kind: u64, content: &[u8]) -> Field {
    match kind {
        0 => Field::Null,
        8 => Field::Integer(0),
        9 => Field::Integer(1),
        7 => Field::Real(f64::from_bits(integer(content).cast_unsigned())),
        1..=6 => Field::Integer(integer(content)),
        _ if kind.is_multiple_of(2) => Field::Blob(content.to_vec()),
        _ => Field::Text(content.to_vec()),
    }
}

/// A big-endian number of up to 8 bytes, its sign extended.
fn integer(content: &[u8]) -> i64 {
    let negative = content.first().is_some_and(|first| first & 0x80 != 0);
    let begin = if negative { -1 } else { 0 };
    content.iter().fold(begin, |value, byte| (value << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_kind_are_read() {
        let bytes = [6, 0, 1, 9, 17, 14, 0xff, b'o', b'k', 7];
        let record = read(&bytes, 10).unwrap();
        let text = Field::Text(b"ok".to_vec());
        let blob = Field::Blob(vec![7]);
        let fields = vec![Field::Null, Field::Integer(-1), Field::Integer(1), text, blob];
        assert_eq!(record, Record { fields, is_whole: true });
    }

    #[test]
    fn what_does_not_add_up_is_no_record_and_a_cut_one_tells() {
        assert_eq!(read(&[2, 1, 7], 4), None);
        assert_eq!(read(&[9, 1, 7], 3), None);
        assert_eq!(read(&[], 0), None);
        let cut = read(&[3, 1, 23, 5, b'a'], 9).unwrap();
        assert_eq!(cut, Record { fields: vec![Field::Integer(5)], is_whole: false });
    }
}
