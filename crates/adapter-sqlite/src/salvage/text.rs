//! Text as it is stored, in the encoding of the database.

use super::header::Encoding;

/// Decodes; what is no text in that encoding becomes replacement characters.
pub(super) fn decode(encoding: Encoding, bytes: &[u8]) -> String {
    let units = |unit: fn([u8; 2]) -> u16| bytes.chunks_exact(2).map(move |two| unit([two[0], two[1]]));
    let lossy = |units: &mut dyn Iterator<Item = u16>| {
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Le => lossy(&mut units(u16::from_le_bytes)),
        Encoding::Utf16Be => lossy(&mut units(u16::from_be_bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_is_read() {
        assert_eq!(decode(Encoding::Utf8, "é".as_bytes()), "é");
        assert_eq!(decode(Encoding::Utf16Le, &[0xe9, 0]), "é");
        assert_eq!(decode(Encoding::Utf16Be, &[0, 0xe9]), "é");
        assert_eq!(decode(Encoding::Utf16Be, &[0xd8, 0, 0]), "\u{fffd}");
    }
}
