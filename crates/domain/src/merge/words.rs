//! The words of rules, as settings and reports spell them, and the digest by which two copies tell that they follow the
//! same rule.

use super::rules::{Identity, MergePolicy, MissingParent, Rules, TableRules, UniqueClash};
use crate::digest::Digest;

impl MergePolicy {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AppendOnly,
        Self::LastWriteWins,
        Self::LastWriteWinsPerField,
        Self::Manual,
        Self::Forbidden,
        Self::LocalOnly,
    ];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AppendOnly => "append-only",
            Self::LastWriteWins => "last-write-wins",
            Self::LastWriteWinsPerField => "last-write-wins-per-field",
            Self::Manual => "manual",
            Self::Forbidden => "forbidden",
            Self::LocalOnly => "local-only",
        }
    }
}

impl MissingParent {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Revive, Self::Park, Self::SetNull, Self::Fail];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revive => "revive",
            Self::Park => "park",
            Self::SetNull => "set-null",
            Self::Fail => "fail",
        }
    }
}

impl UniqueClash {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Park, Self::Fail];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Park => "park",
            Self::Fail => "fail",
        }
    }
}

impl Identity {
    /// Its word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::NaturalKey(_) => "natural-key",
            Self::Renumber => "renumber",
        }
    }
}

impl TableRules {
    /// Digest of all that two copies must agree about; names without case, because SQL has none.
    #[must_use]
    pub fn digest(&self, rules: &Rules) -> Digest {
        let mut text = String::new();
        let mut say = |word: &str| {
            text.push_str(&word.to_ascii_lowercase());
            text.push('\0');
        };
        say(self.name.as_str());
        say(self.policy.word());
        say(self.identity.word());
        let names = |fields: &[usize]| -> Vec<String> {
            fields.iter().map(|field| self.fields[*field].as_str().to_owned()).collect()
        };
        if let Identity::NaturalKey(fields) = &self.identity {
            names(fields).iter().for_each(|name| say(name));
        }
        for key in &self.foreign_keys {
            say(rules.tables[key.parent].name.as_str());
            say(key.on_missing.word());
            names(&key.fields).iter().for_each(|name| say(name));
        }
        for key in &self.unique {
            say(key.on_clash.word());
            names(&key.fields).iter().for_each(|name| say(name));
        }
        Digest::of(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{FieldName, TableName};

    #[test]
    fn a_digest_says_the_same_of_the_same_rule_alone() {
        let table = TableRules {
            name: TableName::new("Customer"),
            fields: ["id", "email"].map(FieldName::new).to_vec(),
            key: vec![0],
            identity: Identity::NaturalKey(vec![1]),
            policy: MergePolicy::LastWriteWins,
            foreign_keys: Vec::new(),
            unique: Vec::new(),
            changed_at: None,
        };
        let digest = |table: &TableRules| table.digest(&Rules { tables: vec![table.clone()] });
        let spelled = TableRules { name: TableName::new("customer"), ..table.clone() };
        assert_eq!(digest(&table), digest(&spelled));
        let more = ["id", "email", "note"].map(FieldName::new).to_vec();
        assert_eq!(digest(&table), digest(&TableRules { fields: more, ..table.clone() }), "a column more");
        for other in MergePolicy::ALL.into_iter().filter(|policy| *policy != table.policy) {
            assert_ne!(digest(&table), digest(&TableRules { policy: other, ..table.clone() }), "{other:?}");
        }
        assert_ne!(digest(&table), digest(&TableRules { identity: Identity::Key, ..table.clone() }));
    }
}
