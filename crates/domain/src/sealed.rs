//! JSON documents that carry a digest over themselves: what manifests and act records have in common.
//! Only the exact bytes that were written are accepted, so that a flip of any bit is found.

use crate::digest::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why bytes are not a document that was written by [`seal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// Not JSON, another format, or a field is missing or of another type.
    Malformed(&'static str),
    /// A version that this build does not know.
    UnknownVersion(u32),
    /// Some bit is not the one that was written.
    Mismatch,
}

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Document<T> {
    format: String,
    version: u32,
    #[serde(flatten)]
    body: T,
    digest: String,
}

/// Writes indented JSON in field order: format, version, the body's fields, and the digest last.
pub(crate) fn seal<T: Serialize>(format: &str, version: u32, body: T) -> Vec<u8> {
    let mut document = Document { format: format.to_owned(), version, body, digest: String::new() };
    document.digest = Digest::of(&bytes_of(&document)).to_string();
    bytes_of(&document)
}

/// Reads a document. The version is judged before the rest, so that a newer format is named as such.
pub(crate) fn unseal<T>(bytes: &[u8], format: &str, version: u32) -> Result<T, Unsealed>
where
    T: Serialize + DeserializeOwned,
{
    let header: Header = serde_json::from_slice(bytes).map_err(|_| Unsealed::Malformed("no header"))?;
    if header.format != format {
        return Err(Unsealed::Malformed("another format"));
    }
    if header.version != version {
        return Err(Unsealed::UnknownVersion(header.version));
    }
    let mut document: Document<T> =
        serde_json::from_slice(bytes).map_err(|_| Unsealed::Malformed("a field is wrong"))?;
    if bytes_of(&document) != bytes {
        return Err(Unsealed::Mismatch);
    }
    let written = std::mem::take(&mut document.digest);
    let expected = Digest::of(&bytes_of(&document)).to_string();
    if expected == written { Ok(document.body) } else { Err(Unsealed::Mismatch) }
}

fn bytes_of<T: Serialize>(document: &Document<T>) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec_pretty(document).expect("because the wire types hold only plain values");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize, PartialEq)]
    struct Body {
        name: String,
        number: Option<u64>,
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = seal("test", 1, Body { name: "ä\"".into(), number: Some(7) });
        assert_eq!(unseal::<Body>(&bytes, "test", 1).unwrap().number, Some(7));
        for bit in 0..bytes.len() * 8 {
            let mut hurt = bytes.clone();
            hurt[bit / 8] ^= 1 << (bit % 8);
            assert!(unseal::<Body>(&hurt, "test", 1).is_err(), "bit {bit}");
        }
        assert!(unseal::<Body>(&bytes[..bytes.len() - 1], "test", 1).is_err());
        assert!(unseal::<Body>(b"", "test", 1).is_err());
    }

    #[test]
    fn a_newer_version_is_named() {
        let bytes = seal("test", 9, Body { name: String::new(), number: None });
        assert_eq!(unseal::<Body>(&bytes, "test", 1), Err(Unsealed::UnknownVersion(9)));
    }
}
