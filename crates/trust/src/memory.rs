//! What a client remembers between two looks, so that nobody can offer it an older release as the newest.
//!
//! Kept twice, in turns: a crash hurts one copy. Whoever loses both has to be told, because every client that starts
//! anew in silence accepts version 1 after version 3. The numbers are not secret and not signed by us: whoever can
//! write the application's own folder can replace the application.

use crate::digest::Sha256Sum;
use crate::json::Json;
use std::collections::BTreeMap;

const FORMAT: &str = "lifeboat-update-memory";
const VERSION: i64 = 1;
const SUM: &str = "sha256";

/// Metadata that was accepted, as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remembered {
    /// The newest root.
    pub root: Option<Vec<u8>>,
    /// The newest timestamp.
    pub timestamp: Option<Vec<u8>>,
    /// The newest snapshot.
    pub snapshot: Option<Vec<u8>>,
    /// The newest targets.
    pub targets: Option<Vec<u8>>,
}

impl Remembered {
    const NAMES: [&'static str; 4] = ["root", "timestamp", "snapshot", "targets"];

    fn parts(&self) -> [&Option<Vec<u8>>; 4] {
        [&self.root, &self.timestamp, &self.snapshot, &self.targets]
    }
}

/// One copy of the memory, with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// How often it was written: the higher number is the newer copy, and its parity names the copy.
    pub counter: u64,
    /// What is remembered.
    pub remembered: Remembered,
}

/// Why there is no memory to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// No copy is whole, and at least one was there.
    #[error("what was seen of the share before can no longer be read")]
    Damaged,
    /// A copy was written by a newer Lifeboat.
    #[error("what was seen of the share before was written by a newer version")]
    Newer,
}

enum Copy {
    Absent,
    Damaged,
    Newer,
    Whole(Box<Memory>),
}

impl Memory {
    /// The newer of two copies; `None` where there never was one.
    ///
    /// # Errors
    /// No copy can be believed, and there was one: nobody knows what was seen.
    pub fn choose(copies: [Option<&[u8]>; 2]) -> Result<Option<Self>, MemoryError> {
        match copies.map(|bytes| bytes.map_or(Copy::Absent, Self::read)) {
            [Copy::Newer, _] | [_, Copy::Newer] => Err(MemoryError::Newer),
            [Copy::Whole(a), Copy::Whole(b)] => Ok(Some(if a.counter > b.counter { *a } else { *b })),
            [Copy::Whole(one), _] | [_, Copy::Whole(one)] => Ok(Some(*one)),
            [Copy::Absent, Copy::Absent] => Ok(None),
            [Copy::Damaged, _] | [_, Copy::Damaged] => Err(MemoryError::Damaged),
        }
    }

    /// The copy that comes after this one.
    #[must_use]
    pub const fn next(&self, remembered: Remembered) -> Self {
        Self { counter: self.counter + 1, remembered }
    }

    /// Which of the two copies this one is written to: never the one that holds its predecessor.
    #[must_use]
    pub const fn slot(&self) -> usize {
        (self.counter % 2) as usize
    }

    /// The bytes of a copy: JSON with a sum over itself.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut fields = self.fields();
        let sum = Sha256Sum::of(&Json::Object(fields.clone()).canonical());
        fields.insert(SUM.to_owned(), Json::text(sum.to_string()));
        Json::Object(fields).pretty()
    }

    fn fields(&self) -> BTreeMap<String, Json> {
        let counter = i64::try_from(self.counter).expect("because nobody writes so often");
        let known = Remembered::NAMES.into_iter().zip(self.remembered.parts()).filter_map(|(name, bytes)| {
            let text = String::from_utf8(bytes.clone()?).expect("because what was accepted is JSON");
            Some((name.to_owned(), Json::Text(text)))
        });
        let head = [
            ("format".to_owned(), Json::text(FORMAT)),
            ("version".to_owned(), Json::Integer(VERSION)),
            ("counter".to_owned(), Json::Integer(counter)),
        ];
        known.chain(head).collect()
    }

    fn read(bytes: &[u8]) -> Copy {
        let Ok(Json::Object(fields)) = Json::parse(bytes) else { return Copy::Damaged };
        match (fields.get("format"), fields.get("version")) {
            (Some(Json::Text(format)), Some(Json::Integer(version)))
                if format == FORMAT && *version > VERSION =>
            {
                return Copy::Newer;
            }
            _ => {}
        }
        let Some(Json::Integer(counter)) = fields.get("counter") else { return Copy::Damaged };
        let Ok(counter) = u64::try_from(*counter) else { return Copy::Damaged };
        let part = |name: &str| match fields.get(name) {
            Some(Json::Text(text)) => Some(text.clone().into_bytes()),
            _ => None,
        };
        let [root, timestamp, snapshot, targets] = Remembered::NAMES.map(part);
        let memory = Self { counter, remembered: Remembered { root, timestamp, snapshot, targets } };
        // Only the exact bytes that were written are believed.
        if memory.bytes() == bytes { Copy::Whole(Box::new(memory)) } else { Copy::Damaged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(counter: u64) -> Memory {
        let remembered = Remembered { root: Some(b"{\"a\":1}\n".to_vec()), ..Remembered::default() };
        Memory { counter, remembered }
    }

    #[test]
    fn the_newer_whole_copy_counts() {
        let (old, new) = (memory(4).bytes(), memory(5).bytes());
        assert_eq!(Memory::choose([Some(&old), Some(&new)]), Ok(Some(memory(5))));
        assert_eq!(Memory::choose([Some(&new), Some(&old)]), Ok(Some(memory(5))));
        assert_eq!(Memory::choose([Some(&old), Some(b"")]), Ok(Some(memory(4))));
        assert_eq!(Memory::choose([None, Some(&new)]), Ok(Some(memory(5))));
        assert_eq!(Memory::choose([None, None]), Ok(None));
    }

    #[test]
    fn where_no_copy_can_be_believed_nobody_starts_anew() {
        let zeros = [0; 64];
        for copies in [[Some(&zeros[..]), None], [None, Some(&b""[..])], [Some(&zeros[..]), Some(&b"{}"[..])]]
        {
            assert_eq!(Memory::choose(copies), Err(MemoryError::Damaged));
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = memory(7).bytes();
        for bit in 0..bytes.len() * 8 {
            let mut hurt = bytes.clone();
            hurt[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(Memory::choose([Some(&hurt), None]), Ok(Some(_))), "bit {bit}");
        }
    }

    #[test]
    fn a_newer_format_is_named_as_such() {
        let newer = String::from_utf8(memory(1).bytes()).unwrap().replace("\"version\": 1", "\"version\": 2");
        let own = memory(9).bytes();
        assert_eq!(Memory::choose([Some(newer.as_bytes()), Some(&own)]), Err(MemoryError::Newer));
    }

    #[test]
    fn a_copy_is_never_written_over_its_predecessor() {
        assert_ne!(memory(3).slot(), memory(3).next(Remembered::default()).slot());
    }
}
