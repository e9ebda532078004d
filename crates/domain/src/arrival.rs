//! The record of a database that arrives at a new place, while the old one is still the one that is used.

use crate::digest::Digest;
use crate::id::SnapshotId;
use crate::sealed::{seal, unseal};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "lifeboat-arrival";
const FORMAT_VERSION: u32 = 1;

/// A database under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The old place.
    pub from: String,
    /// BLAKE3 of the file as it was written at the new place: as long as it is that, nobody has used it.
    pub digest: Digest,
    /// The point that it is a copy of.
    pub point: SnapshotId,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    from: String,
    blake3: String,
    point: String,
}

/// Writes a record.
#[must_use]
pub fn encode(arrival: &Arrival) -> Vec<u8> {
    let wire = Wire {
        from: arrival.from.clone(),
        blake3: arrival.digest.to_string(),
        point: arrival.point.to_string(),
    };
    seal(FORMAT, FORMAT_VERSION, wire)
}

/// Reads a record; `None` where it is damaged or of another version: then nothing is known of the file.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Arrival> {
    let wire: Wire = unseal(bytes, FORMAT, FORMAT_VERSION).ok()?;
    let (digest, point) = (Digest::parse(&wire.blake3)?, SnapshotId::parse(&wire.point).ok()?);
    Some(Arrival { from: wire.from, digest, point })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_a_damaged_one_tells_nothing() {
        let point = SnapshotId::from_parts(5, [1; 10]);
        let arrival = Arrival { from: "/old/a b.db".to_owned(), digest: Digest::of(b"x"), point };
        let mut bytes = encode(&arrival);
        assert_eq!(decode(&bytes), Some(arrival));
        bytes[3] ^= 1;
        assert_eq!(decode(&bytes), None);
    }
}
