//! Rules against a schema: what they name must be there, and what they say must not contradict itself.

use super::rules::{ForeignKey, Identity, MergePolicy, MissingParent, Rules, TableRules};
use super::shape::{KeyShape, TableShape};
use crate::id::{FieldName, TableName};

/// What is wrong with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misruled {
    /// There is no such table.
    #[error("the rules name the table {0}, and the database has none")]
    NoTable(TableName),
    /// There is no such column.
    #[error("the rules name the column {field} of {table}, which has none of that name")]
    NoField {
        /// The table.
        table: TableName,
        /// The column.
        field: FieldName,
    },
    /// Nothing is said of a table.
    #[error("the rules say nothing of the table {0}; `lifeboat rules suggest` proposes a rule")]
    NoRule(TableName),
    /// A reference has more columns, or fewer, than the key that it names.
    #[error("a reference of {table} has not as many columns as the key of {parent}")]
    Unaligned {
        /// The child.
        table: TableName,
        /// The parent.
        parent: TableName,
    },
    /// The table has no key, and travels all the same.
    #[error("{0} has no key, so its rows cannot travel; say local-only, or give it a key")]
    NoKey(TableName),
    /// The key takes different spellings for the same, and rows travel all the same.
    #[error(
        "a collation takes different spellings of the key of {0} for the same; say local-only, or declare the key BINARY"
    )]
    FoldedKey(TableName),
    /// Rows are numbered that are told apart by columns.
    #[error("{0} is to be renumbered, and its key is not counted")]
    NotCounted(TableName),
    /// The key is counted by every copy, and rows are told apart by it.
    #[error("every copy counts the key of {0} by itself; say renumber, or name a natural key")]
    Counted(TableName),
    /// The key of a row refers to rows that may become one: what row it is would change.
    #[error("the key of {table} refers to {parent}, which has a natural key")]
    KeyOfReferences {
        /// The table.
        table: TableName,
        /// The parent.
        parent: TableName,
    },
    /// The number of a row is that of another one: it cannot be counted anew here.
    #[error(
        "the key of {0} is a number that refers to another row; say local-only, or give it a key of its own"
    )]
    BorrowedNumber(TableName),
    /// A reference to numbers that it does not hold as numbers of its own column.
    #[error(
        "{table} refers to numbers of {parent} in a way that cannot follow them: through another key, or as a text"
    )]
    NumbersAtSecondHand {
        /// The table.
        table: TableName,
        /// The parent.
        parent: TableName,
    },
    /// A natural key is empty or repeats a column.
    #[error("the natural key of {0} is empty or names a column twice")]
    EmptyNaturalKey(TableName),
    /// A natural key refers to a table that has one itself: what is one thing here would depend on what is one there.
    #[error("the natural key of {table} refers to {parent}, which has one itself")]
    NaturalKeyOfReferences {
        /// The table.
        table: TableName,
        /// The parent.
        parent: TableName,
    },
    /// Rows travel that refer to rows that do not.
    #[error("{table} refers to {parent}, which is local-only: its rows would arrive without their parents")]
    LocalParent {
        /// The child.
        table: TableName,
        /// The parent.
        parent: TableName,
    },
    /// A reference that may not be empty is to be emptied.
    #[error("{0} has a reference that is never empty, and the rules would empty it")]
    NeverEmpty(TableName),
}

/// Everything that is wrong; nothing where the rules can be followed.
#[must_use]
pub fn check(rules: &Rules, shapes: &[TableShape]) -> Vec<Misruled> {
    let mut found = Vec::new();
    for table in &rules.tables {
        match shapes.iter().find(|shape| shape.name == table.name) {
            None => found.push(Misruled::NoTable(table.name.clone())),
            Some(shape) => check_table(rules, (table, shape), shapes, &mut found),
        }
    }
    found
}

fn check_table(
    rules: &Rules,
    (table, shape): (&TableRules, &TableShape),
    shapes: &[TableShape],
    found: &mut Vec<Misruled>,
) {
    let name = || table.name.clone();
    if table.policy == MergePolicy::LocalOnly {
        return;
    }
    match shape.key {
        KeyShape::None => found.push(Misruled::NoKey(name())),
        KeyShape::Folded(_) => found.push(Misruled::FoldedKey(name())),
        KeyShape::Counted(_) | KeyShape::Columns(_) => {}
    }
    match &table.identity {
        Identity::Renumber if !matches!(shape.key, KeyShape::Counted(_)) => {
            found.push(Misruled::NotCounted(name()));
        }
        Identity::Key if matches!(shape.key, KeyShape::Counted(_)) => found.push(Misruled::Counted(name())),
        Identity::NaturalKey(fields) => check_natural_key(rules, table, fields, found),
        Identity::Key | Identity::Renumber => {}
    }
    for key in &table.foreign_keys {
        let parent = &rules.tables[key.parent];
        if parent.policy == MergePolicy::LocalOnly {
            found.push(Misruled::LocalParent { table: name(), parent: parent.name.clone() });
        }
        let in_key = |field: &usize| shape.key_fields().contains(field);
        if key.fields.iter().any(in_key) && matches!(parent.identity, Identity::NaturalKey(_)) {
            found.push(Misruled::KeyOfReferences { table: name(), parent: parent.name.clone() });
        }
        check_numbers(rules, (table, shape), key, shapes, found);
        let never_empty = key.fields.iter().any(|field| shape.fields[*field].not_null || in_key(field));
        if key.on_missing == MissingParent::SetNull && never_empty {
            found.push(Misruled::NeverEmpty(name()));
        }
    }
}

/// Types under which a number is kept as something else.
const NO_NUMBERS: [&str; 6] = ["char", "clob", "text", "real", "floa", "doub"];

/// Numbers that every copy gives for itself are followed from one column to the key that it names, and no further.
fn check_numbers(
    rules: &Rules,
    (table, shape): (&TableRules, &TableShape),
    key: &ForeignKey,
    shapes: &[TableShape],
    found: &mut Vec<Misruled>,
) {
    let parent = &rules.tables[key.parent];
    let is_counted = |name: &TableName| {
        shapes.iter().any(|one| one.name == *name && matches!(one.key, KeyShape::Counted(_)))
    };
    if matches!(shape.key, KeyShape::Counted(_)) && key.fields.iter().any(|field| table.key.contains(field)) {
        found.push(Misruled::BorrowedNumber(table.name.clone()));
    }
    let declared = |field: &usize| shape.fields[*field].declared.to_ascii_lowercase();
    let is_text = |field: &usize| {
        let declared = declared(field);
        !declared.contains("int") && NO_NUMBERS.iter().any(|kind| declared.contains(kind))
    };
    let through_key = |other: &ForeignKey| {
        other.fields.iter().any(|field| parent.key.contains(field))
            && is_counted(&rules.tables[other.parent].name)
    };
    let as_text = is_counted(&parent.name) && key.fields.iter().any(is_text);
    if as_text || parent.foreign_keys.iter().any(through_key) {
        let (table, parent) = (table.name.clone(), parent.name.clone());
        found.push(Misruled::NumbersAtSecondHand { table, parent });
    }
}

fn check_natural_key(rules: &Rules, table: &TableRules, fields: &[usize], found: &mut Vec<Misruled>) {
    let is_doubled = fields.iter().enumerate().any(|(at, field)| fields[..at].contains(field));
    if fields.is_empty() || is_doubled {
        found.push(Misruled::EmptyNaturalKey(table.name.clone()));
    }
    for key in table.foreign_keys.iter().filter(|key| key.fields.iter().any(|field| fields.contains(field))) {
        let parent = &rules.tables[key.parent];
        if matches!(parent.identity, Identity::NaturalKey(_)) {
            let (table, parent) = (table.name.clone(), parent.name.clone());
            found.push(Misruled::NaturalKeyOfReferences { table, parent });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::OnDelete;
    use super::super::shape::FieldShape;
    use super::*;

    fn shape(name: &str, key: KeyShape) -> TableShape {
        let field = |name: &str| FieldShape {
            name: FieldName::new(name),
            declared: "INTEGER".to_owned(),
            not_null: true,
        };
        let fields = ["id", "parent", "code"].map(field).to_vec();
        TableShape {
            name: TableName::new(name),
            fields,
            key,
            unique: Vec::new(),
            opaque: Vec::new(),
            references: Vec::new(),
        }
    }

    fn table(name: &str, identity: Identity, policy: MergePolicy) -> TableRules {
        TableRules {
            name: TableName::new(name),
            fields: ["id", "parent", "code"].map(FieldName::new).to_vec(),
            key: vec![0],
            identity,
            policy,
            foreign_keys: Vec::new(),
            unique: Vec::new(),
            changed_at: None,
        }
    }

    const PLAIN: MergePolicy = MergePolicy::LastWriteWins;

    fn referring(mut child: TableRules, on_missing: MissingParent) -> TableRules {
        child.foreign_keys =
            vec![ForeignKey { fields: vec![1], parent: 0, on_delete: OnDelete::Nothing, on_missing }];
        child
    }

    #[test]
    fn rules_that_can_be_followed_are_let_through() {
        let child = referring(table("child", Identity::Renumber, PLAIN), MissingParent::Revive);
        let tables = vec![table("parent", Identity::NaturalKey(vec![2]), PLAIN), child];
        let shapes = [shape("parent", KeyShape::Counted(0)), shape("child", KeyShape::Counted(0))];
        assert_eq!(check(&Rules { tables }, &shapes), vec![]);
    }

    #[test]
    fn numbers_are_followed_from_their_own_column_alone() {
        let mut texts = shape("child", KeyShape::Columns(vec![0]));
        texts.fields[1].declared = "VARCHAR(9)".to_owned();
        let shapes = [
            shape("parent", KeyShape::Counted(0)),
            texts,
            shape("joined", KeyShape::Columns(vec![0, 1])),
            shape("borrowed", KeyShape::Counted(0)),
        ];
        let refers = |name: &str, fields: Vec<usize>, parent: usize, key: Vec<usize>, identity| {
            let mut child = referring(table(name, identity, PLAIN), MissingParent::Park);
            (child.foreign_keys[0].fields, child.foreign_keys[0].parent, child.key) = (fields, parent, key);
            child
        };
        let tables = vec![
            table("parent", Identity::Renumber, PLAIN),
            refers("child", vec![1], 0, vec![0], Identity::Key),
            refers("joined", vec![1], 0, vec![0, 1], Identity::Key),
            refers("borrowed", vec![0], 0, vec![0], Identity::Renumber),
        ];
        let (child, parent) = (TableName::new("child"), TableName::new("parent"));
        assert_eq!(
            check(&Rules { tables: tables.clone() }, &shapes),
            [
                Misruled::NumbersAtSecondHand { table: child.clone(), parent },
                Misruled::BorrowedNumber(TableName::new("borrowed")),
            ]
        );
        let mut second_hand = tables;
        second_hand[1] = refers("child", vec![0, 2], 2, vec![0], Identity::Key);
        let joined = TableName::new("joined");
        assert!(
            check(&Rules { tables: second_hand }, &shapes)
                .contains(&Misruled::NumbersAtSecondHand { table: child, parent: joined })
        );
    }

    #[test]
    fn each_contradiction_is_told() {
        let shapes = [
            shape("parent", KeyShape::Columns(vec![0])),
            shape("child", KeyShape::Counted(0)),
            shape("keyless", KeyShape::None),
            shape("folded", KeyShape::Folded(vec![2])),
            shape("joined", KeyShape::Columns(vec![1, 2])),
        ];
        let of = |tables: Vec<TableRules>| check(&Rules { tables }, &shapes);
        let name = TableName::new;
        let plain = |table_name: &str| table(table_name, Identity::Key, PLAIN);
        assert_eq!(of(vec![plain("gone")]), [Misruled::NoTable(name("gone"))]);
        assert_eq!(of(vec![plain("keyless")]), [Misruled::NoKey(name("keyless"))]);
        assert_eq!(of(vec![plain("folded")]), [Misruled::FoldedKey(name("folded"))]);
        assert_eq!(of(vec![table("keyless", Identity::Key, MergePolicy::LocalOnly)]), []);
        assert_eq!(
            of(vec![table("parent", Identity::Renumber, PLAIN)]),
            [Misruled::NotCounted(name("parent"))]
        );
        for fields in [vec![], vec![2, 2]] {
            let doubled = table("parent", Identity::NaturalKey(fields), PLAIN);
            assert_eq!(of(vec![doubled]), [Misruled::EmptyNaturalKey(name("parent"))]);
        }
        let natural = table("parent", Identity::NaturalKey(vec![2]), PLAIN);
        let child = referring(table("child", Identity::NaturalKey(vec![1, 2]), PLAIN), MissingParent::Park);
        let (table_name, parent) = (name("child"), name("parent"));
        assert_eq!(
            of(vec![natural, child.clone()]),
            [Misruled::NaturalKeyOfReferences { table: table_name.clone(), parent: parent.clone() }]
        );
        let local = table("parent", Identity::Key, MergePolicy::LocalOnly);
        assert_eq!(of(vec![local, child]), [Misruled::LocalParent { table: table_name.clone(), parent }]);
        assert_eq!(of(vec![plain("child")]), [Misruled::Counted(name("child"))]);
        let natural = table("parent", Identity::NaturalKey(vec![2]), PLAIN);
        let joined = referring(plain("joined"), MissingParent::Revive);
        let (joining, united) = (name("joined"), name("parent"));
        assert_eq!(of(vec![natural, joined]), [Misruled::KeyOfReferences { table: joining, parent: united }]);
        let child = table("child", Identity::Renumber, PLAIN);
        let emptied = referring(child, MissingParent::SetNull);
        assert_eq!(of(vec![plain("parent"), emptied]), [Misruled::NeverEmpty(table_name)]);
    }
}
