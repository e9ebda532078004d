//! A table as its schema gives it: what the rules of merging are proposed from, and checked against.

use super::rules::OnDelete;
use crate::id::{FieldName, TableName};

/// How the rows of a table are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyShape {
    /// Not at all.
    None,
    /// By a number in this column that every copy counts by itself (INTEGER PRIMARY KEY).
    Counted(usize),
    /// By these columns, in the order of the key.
    Columns(Vec<usize>),
    /// By these columns, and not bit by bit: a collation takes different spellings for the same.
    Folded(Vec<usize>),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldShape {
    /// Its name.
    pub name: FieldName,
    /// Its type as declared, empty where there is none.
    pub declared: String,
    /// It is never empty.
    pub not_null: bool,
}

/// A reference to another table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceShape {
    /// The referring columns.
    pub fields: Vec<usize>,
    /// The parent.
    pub parent: TableName,
    /// What happens to the row when the parent goes.
    pub on_delete: OnDelete,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: TableName,
    /// Its columns, without computed ones.
    pub fields: Vec<FieldShape>,
    /// Its key.
    pub key: KeyShape,
    /// Unique keys besides: columns that no two rows share, of whole indexes on plain columns.
    pub unique: Vec<Vec<usize>>,
    /// Names of unique indexes that no rule can express: partial ones, those on expressions, and those that compare by a
    /// collation. They are proven when a merge ends.
    pub opaque: Vec<String>,
    /// Its references.
    pub references: Vec<ReferenceShape>,
}

impl TableShape {
    /// The columns of the key.
    #[must_use]
    pub fn key_fields(&self) -> &[usize] {
        match &self.key {
            KeyShape::Columns(fields) | KeyShape::Folded(fields) => fields,
            KeyShape::Counted(field) => std::slice::from_ref(field),
            KeyShape::None => &[],
        }
    }

    /// The same without some columns, and without what is made of them; none where the key is.
    #[must_use]
    pub fn without(&self, gone: &[usize]) -> Option<Self> {
        let place = |field: &usize| {
            (!gone.contains(field)).then(|| field - gone.iter().filter(|one| *one < field).count())
        };
        let places = |fields: &Vec<usize>| fields.iter().map(place).collect::<Option<Vec<usize>>>();
        let refers =
            |one: &ReferenceShape| Some(ReferenceShape { fields: places(&one.fields)?, ..one.clone() });
        let kept = |(at, _): &(usize, &FieldShape)| !gone.contains(at);
        Some(Self {
            name: self.name.clone(),
            fields: self.fields.iter().enumerate().filter(kept).map(|(_, field)| field.clone()).collect(),
            key: match &self.key {
                KeyShape::None => KeyShape::None,
                KeyShape::Counted(field) => KeyShape::Counted(place(field)?),
                KeyShape::Columns(fields) => KeyShape::Columns(places(fields)?),
                KeyShape::Folded(fields) => KeyShape::Folded(places(fields)?),
            },
            unique: self.unique.iter().filter_map(places).collect(),
            opaque: self.opaque.clone(),
            references: self.references.iter().filter_map(refers).collect(),
        })
    }

    /// The position of a column; names have no case in ASCII.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name.as_str().eq_ignore_ascii_case(name))
    }
}

/// The first table that two schemas do not have alike: by its columns and its key, whatever their order. None where all are
/// alike.
#[must_use]
pub fn first_unlike(ours: &[TableShape], theirs: &[TableShape]) -> Option<TableName> {
    let say = |shape: &TableShape| {
        let lower = |field: &usize| shape.fields[*field].name.as_str().to_ascii_lowercase();
        let mut fields: Vec<String> = (0..shape.fields.len()).map(|field| lower(&field)).collect();
        fields.sort();
        let key: Vec<String> = shape.key_fields().iter().map(lower).collect();
        (shape.name.as_str().to_ascii_lowercase(), fields, key, matches!(shape.key, KeyShape::Counted(_)))
    };
    let lacks =
        |shape: &&TableShape, others: &[TableShape]| !others.iter().any(|other| say(other) == say(shape));
    let ours_alone = ours.iter().find(|shape| lacks(shape, theirs));
    let unlike = ours_alone.or_else(|| theirs.iter().find(|shape| lacks(shape, ours)));
    unlike.map(|shape| shape.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(name: &str, fields: &[&str]) -> TableShape {
        let field = |name: &&str| FieldShape {
            name: FieldName::new(*name),
            declared: String::new(),
            not_null: false,
        };
        TableShape {
            name: TableName::new(name),
            fields: fields.iter().map(field).collect(),
            key: KeyShape::Columns(vec![0]),
            unique: Vec::new(),
            opaque: Vec::new(),
            references: Vec::new(),
        }
    }

    #[test]
    fn schemas_are_alike_by_names_whatever_their_order() {
        let here = [shape("a", &["id", "x", "y"]), shape("b", &["id"])];
        let there = [shape("B", &["ID"]), shape("a", &["id", "y", "X"])];
        assert_eq!(first_unlike(&here, &there), None);
        assert_eq!(first_unlike(&here, &there[..1]), Some(TableName::new("a")));
        assert_eq!(first_unlike(&here[..1], &there), Some(TableName::new("B")));
        let renamed = [shape("b", &["id"]), shape("a", &["id", "x", "z"])];
        assert_eq!(first_unlike(&here, &renamed), Some(TableName::new("a")));
    }

    #[test]
    fn what_is_made_of_a_column_goes_with_it() {
        let mut whole = shape("a", &["x", "id", "y", "z"]);
        whole.key = KeyShape::Columns(vec![1]);
        whole.unique = vec![vec![0, 2], vec![3]];
        let refers = |fields: Vec<usize>| ReferenceShape {
            fields,
            parent: TableName::new("b"),
            on_delete: OnDelete::Nothing,
        };
        whole.references = vec![refers(vec![0]), refers(vec![3])];
        let left = whole.without(&[0]).unwrap();
        assert_eq!((left.fields.len(), &left.key), (3, &KeyShape::Columns(vec![0])));
        assert_eq!((left.unique, left.references), (vec![vec![2]], vec![refers(vec![2])]));
        assert_eq!(whole.without(&[1]), None);
    }
}
