//! Rules for two copies that no journal connects: they are compared row by row, and the result is an ordinary database.
//! Whatever would need bookkeeping to be found again afterwards is told or refused instead.

use super::rules::{MergePolicy, MissingParent, Rules, UniqueClash};
use crate::id::TableName;
use std::collections::BTreeSet;

/// Rules of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The rules.
    pub rules: Rules,
    /// Tables whose columns belong together: who changed one of them changed the row.
    pub whole: BTreeSet<TableName>,
}

impl Rules {
    /// As these rules are where writes are known by their outcome alone. Which of two edits is the later one only a column can
    /// say; without it they are a conflict. Nothing is parked: what no journal remembers would be gone.
    #[must_use]
    pub fn without_journals(&self) -> Apart {
        let mut apart = Apart { rules: self.clone(), whole: BTreeSet::new() };
        for table in &mut apart.rules.tables {
            match (table.policy, table.changed_at) {
                (MergePolicy::LastWriteWins, None) => {
                    apart.whole.insert(table.name.clone());
                    table.policy = MergePolicy::Manual;
                }
                (MergePolicy::LastWriteWinsPerField, None) => table.policy = MergePolicy::Manual,
                (_, _) => {}
            }
            for key in &mut table.unique {
                key.on_clash = UniqueClash::Fail;
            }
            for key in &mut table.foreign_keys {
                if key.on_missing == MissingParent::Park {
                    key.on_missing = MissingParent::Fail;
                }
            }
        }
        apart
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::{Identity, TableRules, UniqueKey};
    use super::*;
    use crate::id::FieldName;

    #[test]
    fn without_a_column_that_says_when_edits_are_conflicts_and_nothing_is_parked() {
        let table = |policy, changed_at| TableRules {
            name: TableName::new("t"),
            fields: ["id", "x", "updated_at"].map(FieldName::new).to_vec(),
            key: vec![0],
            identity: Identity::Key,
            policy,
            foreign_keys: Vec::new(),
            unique: vec![UniqueKey { fields: vec![1], on_clash: UniqueClash::Park }],
            changed_at,
        };
        let (row, field) = (MergePolicy::LastWriteWins, MergePolicy::LastWriteWinsPerField);
        let tables = [
            (row, None, MergePolicy::Manual),
            (field, None, MergePolicy::Manual),
            (row, Some(2), row),
            (field, Some(2), field),
            (MergePolicy::AppendOnly, None, MergePolicy::AppendOnly),
        ];
        let mut rules = Rules { tables: tables.iter().map(|(policy, at, _)| table(*policy, *at)).collect() };
        rules.tables[0].name = TableName::new("row");
        let apart = rules.without_journals();
        for ((_, _, wanted), found) in tables.iter().zip(&apart.rules.tables) {
            assert_eq!((found.policy, found.unique[0].on_clash), (*wanted, UniqueClash::Fail));
        }
        assert_eq!(apart.whole, [TableName::new("row")].into());
    }
}
