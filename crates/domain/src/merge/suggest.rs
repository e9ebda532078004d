//! Rules of merging, proposed from a schema: for each table a policy, what makes two rows the same thing, and why. A
//! proposal is to be read by somebody who knows the product.

use super::rules::{Identity, MergePolicy};
use super::shape::{KeyShape, TableShape};
use std::fmt;

/// Why a rule is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// There is no key.
    NoKey,
    /// The key takes different spellings for the same.
    FoldedKey,
    /// Every copy counts the key by itself.
    CountedKey,
    /// The key is drawn: no two copies give the same one.
    DrawnKey(String),
    /// The key is made of what the row says.
    SpokenKey(Vec<String>),
    /// The key is drawn or counted, and these columns say what the row is.
    SaysWhatItIs(Vec<String>),
    /// The key is nothing but references.
    JoinTable,
    /// The name is that of a record of what happened.
    Log(String),
    /// The name is that of settings.
    Settings(String),
    /// These columns belong together: one side's would not fit the other's.
    BelongTogether(Vec<String>),
    /// Each column stands for itself.
    EachForItself,
    /// This column says when a row was last changed.
    SaysWhen(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("it has no key: rows cannot be told apart, and do not travel"),
            Self::FoldedKey => f.write_str(
                "a collation takes different spellings of its key for the same: rows do not travel",
            ),
            Self::CountedKey => {
                f.write_str("every copy counts its key by itself: rows get numbers of their own here")
            }
            Self::DrawnKey(key) => write!(f, "its key {key} is drawn: no two copies give the same one"),
            Self::SpokenKey(key) => write!(f, "its key {} says what the row is", key.join(", ")),
            Self::SaysWhatItIs(fields) => {
                write!(
                    f,
                    "{} is unique and never empty: rows that agree in it are one thing",
                    fields.join(", ")
                )
            }
            Self::JoinTable => f.write_str("its key is nothing but references: it is there or not"),
            Self::Log(word) => write!(f, "its name has \"{word}\": what happened is not changed any more"),
            Self::Settings(word) => write!(f, "its name has \"{word}\": the last word counts"),
            Self::BelongTogether(fields) => write!(f, "{} belong together", fields.join(", ")),
            Self::SaysWhen(field) => {
                write!(f, "{field} says when a row was changed: asked only where no journal does")
            }
            Self::EachForItself => f.write_str("each column stands for itself: the last word on each counts"),
        }
    }
}

/// What is proposed for one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// How concurrent changes meet.
    pub policy: MergePolicy,
    /// What makes two rows the same thing.
    pub identity: Identity,
    /// The column that says when a row was last changed.
    pub changed_at: Option<usize>,
    /// Why, one line each.
    pub reasons: Vec<Reason>,
}

/// Words of tables that record what happened.
const LOG_WORDS: [&str; 8] = ["log", "logs", "audit", "history", "event", "events", "journal", "movement"];
/// Words of tables that hold settings.
const SETTINGS_WORDS: [&str; 7] =
    ["setting", "settings", "config", "configuration", "preference", "preferences", "option"];
/// Words of columns whose values are computed from one another.
const SUM_WORDS: [&str; 8] = ["total", "subtotal", "net", "gross", "tax", "vat", "balance", "amount"];
/// Words of columns that somebody counts up: two copies give the same one to different things.
const COUNT_WORDS: [&str; 7] = ["number", "no", "nr", "num", "seq", "sequence", "position"];
/// Names of columns that say when a row was last changed, without case and underscores.
const CHANGE_WORDS: [&str; 7] =
    ["updatedat", "modifiedat", "changedat", "lastmodified", "lastupdate", "lastupdated", "updatedon"];
/// Words of columns that hold a drawn key.
const DRAWN_WORDS: [&str; 4] = ["uuid", "guid", "ulid", "uid"];

/// Proposes the rules of one table.
#[must_use]
pub fn suggest(shape: &TableShape) -> Suggestion {
    let cannot_travel = match &shape.key {
        KeyShape::None => Some(Reason::NoKey),
        KeyShape::Folded(_) => Some(Reason::FoldedKey),
        KeyShape::Counted(_) | KeyShape::Columns(_) => None,
    };
    if let Some(reason) = cannot_travel {
        let (policy, identity) = (MergePolicy::LocalOnly, Identity::Key);
        return Suggestion { policy, identity, changed_at: None, reasons: vec![reason] };
    }
    let (identity, mut reasons) = identity(shape);
    let (policy, why) = policy(shape);
    reasons.push(why);
    let changed_at = changed_at(shape);
    reasons.extend(changed_at.map(|field| Reason::SaysWhen(shape.fields[field].name.as_str().to_owned())));
    Suggestion { policy, identity, changed_at, reasons }
}

fn changed_at(shape: &TableShape) -> Option<usize> {
    let flat = |name: &str| name.to_ascii_lowercase().replace('_', "");
    shape.fields.iter().position(|field| CHANGE_WORDS.contains(&flat(field.name.as_str()).as_str()))
}

fn identity(shape: &TableShape) -> (Identity, Vec<Reason>) {
    let names =
        |fields: &[usize]| fields.iter().map(|at| shape.fields[*at].name.as_str().to_owned()).collect();
    let key = match &shape.key {
        KeyShape::None => return (Identity::Key, vec![Reason::NoKey]),
        KeyShape::Counted(_) => Reason::CountedKey,
        KeyShape::Columns(fields) | KeyShape::Folded(fields) => match fields.as_slice() {
            [only] if is_drawn(shape, *only) => {
                Reason::DrawnKey(shape.fields[*only].name.as_str().to_owned())
            }
            // What is spoken needs no second name.
            fields => return (Identity::Key, vec![Reason::SpokenKey(names(fields))]),
        },
    };
    if let Some(fields) = says_what_it_is(shape) {
        return (Identity::NaturalKey(fields.to_vec()), vec![key, Reason::SaysWhatItIs(names(fields))]);
    }
    let identity = if key == Reason::CountedKey { Identity::Renumber } else { Identity::Key };
    (identity, vec![key])
}

/// A unique key that people give and that is never empty; one made of references says where a row is, not what.
fn says_what_it_is(shape: &TableShape) -> Option<&[usize]> {
    let refers = |field: &usize| shape.references.iter().any(|reference| reference.fields.contains(field));
    let speaks = |fields: &&Vec<usize>| {
        fields.iter().all(|field| {
            shape.fields[*field].not_null
                && !is_drawn(shape, *field)
                && !is_count(shape, *field)
                && !refers(field)
        })
    };
    shape.unique.iter().filter(speaks).min_by_key(|fields| fields.len()).map(Vec::as_slice)
}

fn is_count(shape: &TableShape, field: usize) -> bool {
    words(shape.fields[field].name.as_str()).iter().any(|word| COUNT_WORDS.contains(&word.as_str()))
}

fn is_drawn(shape: &TableShape, field: usize) -> bool {
    let field = &shape.fields[field];
    let declared = field.declared.to_ascii_lowercase();
    let words = words(field.name.as_str());
    DRAWN_WORDS.iter().any(|word| declared.contains(word) || words.iter().any(|one| one == word))
        || declared.contains("blob")
        || (words == ["id"] && ["text", "char"].iter().any(|kind| declared.contains(kind)))
}

fn policy(shape: &TableShape) -> (MergePolicy, Reason) {
    let name = words(shape.name.as_str());
    let has = |known: &[&str]| {
        known.iter().find(|word| name.iter().any(|one| one == *word)).map(|word| (*word).to_owned())
    };
    let key = shape.key_fields();
    let refers = |field: &usize| shape.references.iter().any(|reference| reference.fields.contains(field));
    if key.len() > 1 && key.iter().all(refers) {
        return (MergePolicy::LastWriteWins, Reason::JoinTable);
    }
    if let Some(word) = has(&SETTINGS_WORDS) {
        return (MergePolicy::LastWriteWins, Reason::Settings(word));
    }
    if let Some(word) = has(&LOG_WORDS).filter(|_| shape.unique.is_empty()) {
        return (MergePolicy::AppendOnly, Reason::Log(word));
    }
    let is_sum = |name: &str| words(name).iter().any(|one| SUM_WORDS.contains(&one.as_str()));
    let sums = shape.fields.iter().map(|field| field.name.as_str()).filter(|name| is_sum(name));
    let sums: Vec<String> = sums.map(str::to_owned).collect();
    if sums.len() > 1 {
        return (MergePolicy::LastWriteWins, Reason::BelongTogether(sums));
    }
    (MergePolicy::LastWriteWinsPerField, Reason::EachForItself)
}

/// The words of a name: `InvoiceLog`, `invoice_log` and `invoice-log` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("because it begins with one").extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::rules::OnDelete;
    use super::super::shape::{FieldShape, ReferenceShape};
    use super::*;
    use crate::id::{FieldName, TableName};

    fn table(name: &str, fields: &[(&str, &str)], key: KeyShape) -> TableShape {
        let field = |(name, declared): &(&str, &str)| FieldShape {
            name: FieldName::new(*name),
            declared: (*declared).to_owned(),
            not_null: true,
        };
        TableShape {
            name: TableName::new(name),
            fields: fields.iter().map(field).collect(),
            key,
            unique: Vec::new(),
            opaque: Vec::new(),
            references: Vec::new(),
        }
    }

    fn refers(field: usize) -> ReferenceShape {
        ReferenceShape { fields: vec![field], parent: TableName::new("p"), on_delete: OnDelete::Nothing }
    }

    #[test]
    fn keys_tell_what_makes_two_rows_the_same_thing() {
        let counted = [("id", "INTEGER"), ("name", "TEXT"), ("email", "TEXT")];
        let plain = table("customer", &counted, KeyShape::Counted(0));
        assert_eq!(suggest(&plain).identity, Identity::Renumber);
        let unique = TableShape { unique: vec![vec![1, 2], vec![2]], ..plain.clone() };
        assert_eq!(suggest(&unique).identity, Identity::NaturalKey(vec![2]));
        let mut numbered = unique.clone();
        numbered.fields[2].name = FieldName::new("invoice_number");
        assert_eq!(suggest(&numbered).identity, Identity::Renumber, "both copies have a number 1001");
        let mut may_be_empty = unique.clone();
        may_be_empty.fields[2].not_null = false;
        assert_eq!(suggest(&may_be_empty).identity, Identity::Renumber);
        let one_of_a_parent = TableShape { references: vec![refers(2)], unique: vec![vec![2]], ..plain };
        assert_eq!(suggest(&one_of_a_parent).identity, Identity::Renumber);
        for declared in ["UUID", "TEXT", "BLOB", "VARCHAR(36)"] {
            let drawn = table("customer", &[("id", declared)], KeyShape::Columns(vec![0]));
            assert_eq!(suggest(&drawn).reasons[0], Reason::DrawnKey("id".into()), "{declared}");
        }
        let spoken = table("currency", &[("code", "TEXT"), ("name", "TEXT")], KeyShape::Columns(vec![0]));
        assert_eq!(suggest(&spoken).reasons[0], Reason::SpokenKey(vec!["code".into()]));
        let keyless = suggest(&table("note", &[("body", "TEXT")], KeyShape::None));
        assert_eq!((keyless.policy, keyless.reasons), (MergePolicy::LocalOnly, vec![Reason::NoKey]));
    }

    #[test]
    fn names_and_columns_tell_how_changes_meet() {
        let policy =
            |name: &str, fields: &[(&str, &str)]| suggest(&table(name, fields, KeyShape::Counted(0))).policy;
        let id = ("id", "INTEGER");
        assert_eq!(policy("customer", &[id, ("name", "TEXT")]), MergePolicy::LastWriteWinsPerField);
        assert_eq!(policy("StockLog", &[id]), MergePolicy::AppendOnly);
        assert_eq!(policy("catalogue", &[id]), MergePolicy::LastWriteWinsPerField, "no word of its own");
        assert_eq!(policy("app_settings", &[id]), MergePolicy::LastWriteWins);
        let sums = [id, ("net_cents", "INTEGER"), ("tax_cents", "INTEGER")];
        assert_eq!(policy("invoice", &sums), MergePolicy::LastWriteWins);
        let key = KeyShape::Columns(vec![0, 1]);
        let join = table("post_tag", &[("post_id", "INTEGER"), ("tag_id", "INTEGER")], key);
        let join = TableShape { references: vec![refers(0), refers(1)], ..join };
        assert_eq!(suggest(&join).reasons.last(), Some(&Reason::JoinTable));
    }

    #[test]
    fn reasons_are_sentences_about_the_table() {
        let why = Reason::BelongTogether(vec!["net".into(), "tax".into()]);
        assert_eq!(why.to_string(), "net, tax belong together");
    }
}
