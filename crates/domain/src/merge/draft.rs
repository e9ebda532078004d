//! Rules as a product writes them: tables and columns by name. Settled against a schema they become [`Rules`], by
//! position; what does not fit is told all at once. Nothing is guessed for a table that has no rule.

use super::check::{Misruled, check};
use super::rules::{ForeignKey, Identity, MergePolicy, MissingParent, OnDelete, Rules, TableRules};
use super::rules::{UniqueClash, UniqueKey};
use super::shape::TableShape;
use super::suggest::suggest;
use crate::id::{FieldName, TableName};

/// What makes two rows the same thing, by names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityDraft {
    /// The primary key.
    Key,
    /// These columns.
    NaturalKey(Vec<FieldName>),
    /// Where the row was born, and its number there.
    Renumber,
}

/// A reference that the schema does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceDraft {
    /// The referring columns, in the order of the parent's key.
    pub fields: Vec<FieldName>,
    /// The parent.
    pub parent: TableName,
}

/// The rule of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDraft {
    /// Its name.
    pub name: TableName,
    /// How concurrent changes meet.
    pub policy: MergePolicy,
    /// What makes two rows the same thing.
    pub identity: IdentityDraft,
    /// What becomes of a row whose parent is gone.
    pub on_missing_parent: MissingParent,
    /// What becomes of a row whose unique value another one has.
    pub on_unique_clash: UniqueClash,
    /// References besides the declared ones.
    pub references: Vec<ReferenceDraft>,
    /// The column that says when a row was last changed.
    pub changed_at: Option<FieldName>,
}

impl TableDraft {
    /// The proposal for a table.
    #[must_use]
    pub fn suggested(shape: &TableShape) -> Self {
        let suggestion = suggest(shape);
        let name = |field: &usize| shape.fields[*field].name.clone();
        Self {
            name: shape.name.clone(),
            policy: suggestion.policy,
            identity: match suggestion.identity {
                Identity::Key => IdentityDraft::Key,
                Identity::Renumber => IdentityDraft::Renumber,
                Identity::NaturalKey(fields) => IdentityDraft::NaturalKey(fields.iter().map(name).collect()),
            },
            on_missing_parent: MissingParent::default(),
            on_unique_clash: UniqueClash::default(),
            references: Vec::new(),
            changed_at: suggestion.changed_at.as_ref().map(name),
        }
    }
}

/// Rules by position, of rules by name.
///
/// # Errors
/// Everything that does not fit; never empty.
pub fn resolve(drafts: &[TableDraft], shapes: &[TableShape]) -> Result<Rules, Vec<Misruled>> {
    let mut found = Vec::new();
    for shape in shapes {
        if !drafts.iter().any(|draft| is_of(&draft.name, shape)) {
            found.push(Misruled::NoRule(shape.name.clone()));
        }
    }
    let mut tables = Vec::new();
    for draft in drafts {
        match shapes.iter().find(|shape| is_of(&draft.name, shape)) {
            None => found.push(Misruled::NoTable(draft.name.clone())),
            Some(shape) => tables.extend(table(draft, shape, &mut found)),
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    let mut rules = Rules { tables };
    for (at, draft) in drafts.iter().enumerate() {
        let Some(shape) = shapes.iter().find(|shape| is_of(&draft.name, shape)) else { continue };
        rules.tables[at].foreign_keys = references(&rules, draft, shape, &mut found);
    }
    if found.is_empty() {
        found = check(&rules, shapes);
    }
    if found.is_empty() { Ok(rules) } else { Err(found) }
}

/// Names of tables have no case in ASCII.
fn is_of(name: &TableName, shape: &TableShape) -> bool {
    name.as_str().eq_ignore_ascii_case(shape.name.as_str())
}

fn table(draft: &TableDraft, shape: &TableShape, found: &mut Vec<Misruled>) -> Option<TableRules> {
    let identity = match &draft.identity {
        IdentityDraft::Key => Identity::Key,
        IdentityDraft::Renumber => Identity::Renumber,
        IdentityDraft::NaturalKey(names) => Identity::NaturalKey(positions(shape, names, found)?),
    };
    let changed_at = match &draft.changed_at {
        Some(name) => positions(shape, std::slice::from_ref(name), found)?.pop(),
        None => None,
    };
    let is_local = draft.policy == MergePolicy::LocalOnly;
    let unique = |fields: &Vec<usize>| UniqueKey { fields: fields.clone(), on_clash: draft.on_unique_clash };
    Some(TableRules {
        name: shape.name.clone(),
        fields: shape.fields.iter().map(|field| field.name.clone()).collect(),
        key: shape.key_fields().to_vec(),
        identity,
        policy: draft.policy,
        foreign_keys: Vec::new(),
        unique: if is_local { Vec::new() } else { shape.unique.iter().map(unique).collect() },
        changed_at,
    })
}

fn positions(shape: &TableShape, names: &[FieldName], found: &mut Vec<Misruled>) -> Option<Vec<usize>> {
    let mut fields = Vec::new();
    for name in names {
        match shape.field(name.as_str()) {
            Some(field) => fields.push(field),
            None => found.push(Misruled::NoField { table: shape.name.clone(), field: name.clone() }),
        }
    }
    (fields.len() == names.len()).then_some(fields)
}

/// Declared references, and those that the rules add. What never leaves has none that a merge looks at.
fn references(
    rules: &Rules,
    draft: &TableDraft,
    shape: &TableShape,
    found: &mut Vec<Misruled>,
) -> Vec<ForeignKey> {
    let mut keys: Vec<ForeignKey> = Vec::new();
    if draft.policy == MergePolicy::LocalOnly {
        return keys;
    }
    let declared = shape.references.iter();
    let declared = declared.map(|one| (one.fields.clone(), one.parent.clone(), one.on_delete));
    let mut all: Vec<(Vec<usize>, TableName, OnDelete)> = declared.collect();
    for added in &draft.references {
        let Some(fields) = positions(shape, &added.fields, found) else { continue };
        if !all.iter().any(|(known, _, _)| *known == fields) {
            all.push((fields, added.parent.clone(), OnDelete::Nothing));
        }
    }
    for (fields, name, on_delete) in all {
        let is_named = |table: &TableRules| table.name.as_str().eq_ignore_ascii_case(name.as_str());
        let Some(parent) = rules.tables.iter().position(is_named) else {
            found.push(Misruled::NoTable(name));
            continue;
        };
        if rules.tables[parent].key.len() == fields.len() {
            keys.push(ForeignKey { fields, parent, on_delete, on_missing: draft.on_missing_parent });
        } else {
            let (table, parent) = (shape.name.clone(), rules.tables[parent].name.clone());
            found.push(Misruled::Unaligned { table, parent });
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::super::shape::{FieldShape, KeyShape, ReferenceShape};
    use super::*;

    fn shape(name: &str, fields: &[&str]) -> TableShape {
        let field = |name: &&str| FieldShape {
            name: FieldName::new(*name),
            declared: "INTEGER".to_owned(),
            not_null: true,
        };
        TableShape {
            name: TableName::new(name),
            fields: fields.iter().map(field).collect(),
            key: KeyShape::Counted(0),
            unique: vec![vec![1]],
            opaque: Vec::new(),
            references: Vec::new(),
        }
    }

    fn shop() -> Vec<TableShape> {
        let mut invoice = shape("Invoice", &["id", "number", "customer", "till"]);
        let (parent, on_delete) = (TableName::new("customer"), OnDelete::Cascade);
        invoice.references = vec![ReferenceShape { fields: vec![2], parent, on_delete }];
        vec![invoice, shape("customer", &["id", "email"])]
    }

    #[test]
    fn proposals_can_be_followed_as_they_are() {
        let shapes = shop();
        let drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
        let rules = resolve(&drafts, &shapes).unwrap();
        assert_eq!(rules.tables[1].identity, Identity::NaturalKey(vec![1]));
        let [reference] = rules.tables[0].foreign_keys.as_slice() else { panic!("one reference") };
        assert_eq!((reference.parent, reference.on_delete), (1, OnDelete::Cascade));
        assert_eq!(rules.tables[0].key, [0]);
    }

    #[test]
    fn names_that_are_not_there_are_told_all_at_once() {
        let shapes = shop();
        let mut draft = TableDraft::suggested(&shapes[0]);
        draft.identity = IdentityDraft::NaturalKey(vec![FieldName::new("nr"), FieldName::new("Till")]);
        let gone = TableDraft { name: TableName::new("gone"), ..draft.clone() };
        let found = resolve(&[draft, gone], &shapes).unwrap_err();
        let field = FieldName::new("nr");
        assert_eq!(
            found,
            [
                Misruled::NoRule(TableName::new("customer")),
                Misruled::NoField { table: TableName::new("Invoice"), field },
                Misruled::NoTable(TableName::new("gone")),
            ]
        );
    }

    #[test]
    fn references_that_the_schema_keeps_silent_about_are_followed() {
        let shapes = shop();
        let mut drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
        let reference = |field: &str, parent: &str| ReferenceDraft {
            fields: vec![FieldName::new(field)],
            parent: TableName::new(parent),
        };
        drafts[0].references = vec![reference("till", "Customer"), reference("customer", "customer")];
        assert_eq!(resolve(&drafts, &shapes).unwrap().tables[0].foreign_keys.len(), 2);
        drafts[0].references = vec![reference("till", "till")];
        assert_eq!(resolve(&drafts, &shapes).unwrap_err(), [Misruled::NoTable(TableName::new("till"))]);
    }
}
