//! What one side did to a row since a common ancestor, told by the rows themselves: for databases that nobody tracked, and
//! for replicas that were away for too long.

use super::entry::{Cell, Cells, Change, Row};
use super::rules::TableRules;

/// What `now` did to `base`; none where nothing. A row that stands in neither is not asked for.
#[must_use]
pub fn compare(rules: &TableRules, base: Option<&Row>, now: Option<&Row>) -> Option<Change> {
    let (was, is) = (base.filter(|row| row.alive), now.filter(|row| row.alive));
    match (was, is) {
        (None, None) => None,
        (None, Some(_)) => Some(Change::Insert),
        (Some(_), None) => Some(Change::Delete),
        (Some(was), Some(is)) => {
            let changed = rules.cells().filter_map(|cell| match cell {
                Cell::Field(field) if was.values[field] != is.values[field] => Some(field),
                Cell::Field(_) | Cell::Life => None,
            });
            let changed: Vec<usize> = changed.collect();
            let cells: Cells = changed.iter().copied().collect();
            (!changed.is_empty()).then_some(Change::Update(cells))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{FieldName, TableName};
    use crate::merge::{Identity, MergePolicy};
    use crate::value::Value;

    fn rules() -> TableRules {
        TableRules {
            name: TableName::new("t"),
            fields: ["id", "a", "b"].map(FieldName::new).to_vec(),
            key: vec![0],
            identity: Identity::Key,
            policy: MergePolicy::LastWriteWinsPerField,
            foreign_keys: Vec::new(),
            unique: Vec::new(),
            changed_at: None,
        }
    }

    fn row(a: Value, b: Value) -> Row {
        Row { alive: true, values: vec![Value::Integer(1), a, b] }
    }

    #[test]
    fn rows_tell_what_was_done_bit_by_bit() {
        let base = row(Value::Integer(1), Value::Text("x".into()));
        let real = row(Value::Real(1.0), Value::Text("x".into()));
        let shouted = row(Value::Integer(1), Value::Text("X".into()));
        let of = |base: Option<&Row>, now: Option<&Row>| compare(&rules(), base, now);
        assert_eq!(of(Some(&base), Some(&base)), None);
        assert_eq!(of(Some(&base), Some(&real)), Some(Change::Update([1].into_iter().collect())));
        assert_eq!(of(Some(&base), Some(&shouted)), Some(Change::Update([2].into_iter().collect())));
        assert_eq!(of(None, Some(&base)), Some(Change::Insert));
        let dead = Row { alive: false, ..base.clone() };
        assert_eq!(of(Some(&base), Some(&dead)), Some(Change::Delete));
        assert_eq!(of(Some(&base), None), Some(Change::Delete));
        assert_eq!(of(Some(&dead), None), None);
    }
}
