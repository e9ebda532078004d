//! Which step a database stands at that another migrator made: told by its schema, never by a guess.

use super::difference::SchemaObject;
use super::step::StepId;
use std::collections::BTreeMap;
use std::fmt;

/// Objects with their definitions, spelled alike: case, quotes, blanks and comments do not count.
pub type Spelled = BTreeMap<SchemaObject, String>;

/// How two schemas differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemaDifference {
    /// Only the database has it.
    OnlyInDatabase(SchemaObject),
    /// Only the steps make it.
    OnlyInSteps(SchemaObject),
    /// Both have it, and it is defined otherwise.
    Otherwise(SchemaObject),
}

impl fmt::Display for SchemaDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyInDatabase(object) => write!(f, "{object} is only in the database"),
            Self::OnlyInSteps(object) => write!(f, "{object} is only in the steps"),
            Self::Otherwise(object) => write!(f, "{object} is defined otherwise"),
        }
    }
}

/// Why no step can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The schema is that of no step; the nearest one is named.
    None {
        /// The step that differs least.
        nearest: StepId,
        /// How.
        differences: Vec<SchemaDifference>,
    },
    /// The schema is that of several steps: those between change rows only.
    Several(Vec<StepId>),
    /// The step that a person named is not among them.
    NoSuchStep(u32),
    /// There are no steps to compare with.
    NoSteps,
    /// The header counts further than the step that fits: an older build would run its own steps again.
    BehindHeader {
        /// `user_version`.
        header: u32,
        /// The step that fits.
        fits: StepId,
    },
}

/// What tells several fitting steps apart.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// A person says it.
    pub at: Option<u32>,
    /// Names of the foreign ledger's steps, in order.
    pub names: &'a [String],
    /// `user_version` of the header.
    pub header: u32,
}

/// The step at which the database stands. `built` holds, step by step, the schema of a new database.
///
/// # Errors
/// [`Misfit`].
pub fn fit(live: &Spelled, built: &[(StepId, Spelled)], hints: Hints<'_>) -> Result<StepId, Misfit> {
    if let Some(at) = hints.at
        && !built.iter().any(|(id, _)| id.number == at)
    {
        return Err(Misfit::NoSuchStep(at));
    }
    let candidates: Vec<&(StepId, Spelled)> =
        built.iter().filter(|(id, _)| hints.at.is_none_or(|at| id.number == at)).collect();
    let fitting: Vec<&StepId> =
        candidates.iter().filter(|(_, schema)| schema == live).map(|(id, _)| id).collect();
    let id = match fitting.as_slice() {
        [] => return Err(nearest(live, &candidates)),
        [only] => (*only).clone(),
        several => match several.iter().find(|id| is_named(id, built, hints.names)) {
            Some(id) => (**id).clone(),
            None => return Err(Misfit::Several(several.iter().map(|id| (*id).clone()).collect())),
        },
    };
    if hints.header > id.number {
        return Err(Misfit::BehindHeader { header: hints.header, fits: id });
    }
    Ok(id)
}

fn nearest(live: &Spelled, candidates: &[&(StepId, Spelled)]) -> Misfit {
    let differing = candidates.iter().map(|(id, schema)| (id, differences(live, schema)));
    match differing.min_by_key(|(_, differences)| differences.len()) {
        Some((id, differences)) => Misfit::None { nearest: id.clone(), differences },
        None => Misfit::NoSteps,
    }
}

/// How the schema of a database differs from the one that steps make.
#[must_use]
pub fn differences(live: &Spelled, steps: &Spelled) -> Vec<SchemaDifference> {
    let here = live.iter().filter_map(|(object, text)| match steps.get(object) {
        None => Some(SchemaDifference::OnlyInDatabase(object.clone())),
        Some(other) if other != text => Some(SchemaDifference::Otherwise(object.clone())),
        Some(_) => None,
    });
    let missing = steps.keys().filter(|object| !live.contains_key(object));
    let mut found: Vec<_> =
        here.chain(missing.map(|object| SchemaDifference::OnlyInSteps(object.clone()))).collect();
    found.sort();
    found
}

/// The foreign ledger's names are those of the steps up to here, one to one.
fn is_named(id: &StepId, built: &[(StepId, Spelled)], names: &[String]) -> bool {
    let steps = built.iter().map(|(id, _)| id).take_while(|step| step.number <= id.number);
    let steps: Vec<&str> = steps.map(|step| step.name.as_str()).collect();
    steps.len() == names.len() && steps.iter().zip(names).all(|(step, name)| *step == bare(name))
}

/// `V0002__add_city.sql`, `2026-01-02_add-city` and `shop.0002_add_city` are `add_city`.
fn bare(name: &str) -> String {
    let name =
        name.rsplit('.').find(|part| !["sql", "js", "cjs", "mjs", "ts", "py"].contains(part)).unwrap_or(name);
    let counts = |c: char| c.is_ascii_digit() || c == '_' || c == '-';
    let rest = name.trim_start_matches(['V', 'U']).trim_start_matches(counts);
    rest.to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::ObjectKind;

    fn schema(tables: &[&str]) -> Spelled {
        let object = |name: &&str| SchemaObject { kind: ObjectKind::Table, name: (*name).to_owned() };
        tables.iter().map(|name| (object(name), format!("create table {name}"))).collect()
    }

    fn steps(schemas: &[&[&str]]) -> Vec<(StepId, Spelled)> {
        let names = ["shop", "add_city", "fill_city", "drop_small"];
        let numbered = (1..).zip(names).zip(schemas);
        numbered.map(|((n, name), s)| (StepId { number: n, name: name.to_owned() }, schema(s))).collect()
    }

    #[test]
    fn the_step_is_told_by_the_schema() {
        let steps = steps(&[&["a"], &["a", "b"]]);
        assert_eq!(fit(&schema(&["a"]), &steps, Hints::default()).unwrap().number, 1);
        assert_eq!(fit(&schema(&["a", "b"]), &steps, Hints::default()).unwrap().number, 2);
    }

    #[test]
    fn a_schema_of_no_step_names_the_nearest_and_what_differs() {
        let steps = steps(&[&["a"], &["a", "b"]]);
        let Err(Misfit::None { nearest, differences }) =
            fit(&schema(&["a", "b", "c"]), &steps, Hints::default())
        else {
            panic!("it is of no step")
        };
        assert_eq!(nearest.number, 2);
        assert_eq!(differences[0].to_string(), "table c is only in the database");
        assert_eq!(fit(&schema(&["a"]), &[], Hints::default()), Err(Misfit::NoSteps));
    }

    #[test]
    fn steps_that_change_rows_only_are_told_apart_by_names_or_by_a_person() {
        let steps = steps(&[&["a"], &["a", "b"], &["a", "b"]]);
        let live = schema(&["a", "b"]);
        assert!(matches!(fit(&live, &steps, Hints::default()), Err(Misfit::Several(ids)) if ids.len() == 2));
        let said = Hints { at: Some(3), ..Hints::default() };
        assert_eq!(fit(&live, &steps, said).unwrap().number, 3);
        let names = ["V1__shop.sql".to_owned(), "2026-01-02_add-city".to_owned()];
        let named = Hints { names: &names, ..Hints::default() };
        assert_eq!(fit(&live, &steps, named).unwrap().number, 2);
        let absent = Hints { at: Some(9), ..Hints::default() };
        assert_eq!(fit(&live, &steps, absent), Err(Misfit::NoSuchStep(9)));
        let wrong = Hints { at: Some(1), ..Hints::default() };
        assert!(matches!(fit(&live, &steps, wrong), Err(Misfit::None { .. })));
    }

    #[test]
    fn a_header_that_counts_further_is_refused() {
        let hints = Hints { header: 7, ..Hints::default() };
        let found = fit(&schema(&["a"]), &steps(&[&["a"]]), hints);
        assert!(matches!(found, Err(Misfit::BehindHeader { header: 7, .. })));
    }
}
