//! Identities as newtypes. They are drawn elsewhere (the `Entropy` port); here they only compare and print.

use std::fmt;
use uuid::Uuid;

/// Identity of one restore point: a UUID of version 7, so that two points never share it on any machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnapshotId(Uuid);

impl SnapshotId {
    /// Builds a version 7 id from UTC milliseconds and ten random bytes.
    #[must_use]
    pub fn from_parts(utc_millis: u64, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(utc_millis, &random).into_uuid())
    }

    /// Reads the canonical text form of 36 characters.
    ///
    /// # Errors
    /// The text is not a UUID in exactly the form that `Display` writes.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
        if id.to_string() == text { Ok(Self(id)) } else { Err(InvalidId) }
    }

    /// The last eight hexadecimal digits: what people read and type. They come from the random part.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.0.simple().to_string();
        text[24..].to_owned()
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a restore point id")]
pub struct InvalidId;

/// Identity of one replica: a copy of a database that is written on its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplicaId(Uuid);

impl ReplicaId {
    /// Nobody: stands for what was there before tracking began.
    pub const NIL: Self = Self(Uuid::nil());

    /// Builds a random id (UUID of version 4).
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }

    /// Derives an id from what everybody knows of it, so that all derive the same one (UUID of version 8, of BLAKE3).
    #[must_use]
    pub fn derived(from: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&blake3::hash(from).as_bytes()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Takes 16 stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The last eight hexadecimal digits: what people read.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.simple().to_string()[24..].to_owned()
    }
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

/// Name of a table of the user's database, as the schema spells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName(String);

impl TableName {
    /// Takes any text: SQLite allows every name, the empty one included.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The bare name, unquoted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of a column, as the schema spells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldName(String);

impl FieldName {
    /// Takes any text: SQLite allows every name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The bare name, unquoted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_other_spellings_are_refused() {
        let id = SnapshotId::from_parts(1_790_000_000_000, [7; 10]);
        assert_eq!(SnapshotId::parse(&id.to_string()), Ok(id));
        assert_eq!(SnapshotId::parse(&id.to_string().to_uppercase()), Err(InvalidId));
        assert_eq!(SnapshotId::parse("latest"), Err(InvalidId));
        assert_eq!(id.short().len(), 8);
    }
}
