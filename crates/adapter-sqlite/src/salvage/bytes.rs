//! Reads numbers out of bytes that nobody vouches for: every read is bounded and gives `None` beyond the end.

/// A big-endian number of 16 bits.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// A big-endian number of 32 bits.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// A number of 1 to 9 bytes (SQLite, fileformat2.html section 1.6) and how many bytes it took.
pub(super) fn varint_at(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for length in 1..=8 {
        let byte = *bytes.get(at.checked_add(length - 1)?)?;
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, length));
        }
    }
    let last = *bytes.get(at.checked_add(8)?)?;
    Some(((value << 8) | u64::from(last), 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read_and_cut_ones_are_not() {
        assert_eq!(varint_at(&[0x07], 0), Some((7, 1)));
        assert_eq!(varint_at(&[0x81, 0x00], 0), Some((128, 2)));
        assert_eq!(varint_at(&[0xff; 9], 0), Some((u64::MAX, 9)));
        assert_eq!(varint_at(&[0x81], 0), None);
        assert_eq!(varint_at(&[0xff; 8], 0), None);
        assert_eq!(varint_at(&[1], usize::MAX), None);
        assert_eq!((u16_at(&[1, 2], 0), u32_at(&[0, 0, 1], 0)), (Some(258), None));
    }
}
