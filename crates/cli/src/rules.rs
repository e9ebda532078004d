//! Rules of merging as `lifeboat.toml` spells them: `[merge.tables.NAME]`. A format of its own, by names.

use crate::exit::Failure;
use lifeboat::domain::code::Code;
use lifeboat::domain::id::{FieldName, TableName};
use lifeboat::domain::merge::{
    IdentityDraft, MergePolicy, MissingParent, ReferenceDraft, TableDraft, UniqueClash,
};
use lifeboat::ports::{Check, CheckBody};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The section `[merge]`.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeFile {
    #[serde(default)]
    tables: BTreeMap<String, TableFile>,
    /// Queries by name: each row that one gives is a thing that a merge must not leave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    checks: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TableFile {
    policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    natural_key: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_missing_parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_unique_clash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<ReferenceFile>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ReferenceFile {
    columns: Vec<String>,
    to: String,
}

impl MergeFile {
    /// The rules by name.
    pub(crate) fn drafts(&self) -> Result<Vec<TableDraft>, Failure> {
        self.tables.iter().map(|(name, table)| table.draft(name)).collect()
    }

    /// Is any table named?
    pub(crate) fn has_tables(&self) -> bool {
        !self.tables.is_empty()
    }

    /// The checks by name.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let check = |(name, query): (&String, &String)| Check {
            name: name.clone(),
            body: CheckBody::Query(query.clone()),
        };
        self.checks.iter().map(check).collect()
    }

    /// Rules to write down; what is the default is left out.
    pub(crate) fn of(drafts: &[TableDraft]) -> Self {
        let tables = drafts.iter().map(|draft| (draft.name.as_str().to_owned(), TableFile::of(draft)));
        Self { tables: tables.collect(), checks: BTreeMap::new() }
    }

    /// As the text of a settings file.
    pub(crate) fn text(&self) -> String {
        #[derive(Serialize)]
        struct Whole<'a> {
            merge: &'a MergeFile,
        }
        let text = toml::to_string(&Whole { merge: self });
        text.expect("because words and lists of words are TOML")
    }
}

impl TableFile {
    fn of(draft: &TableDraft) -> Self {
        let words = |names: &[FieldName]| names.iter().map(|name| name.as_str().to_owned()).collect();
        let (identity, natural_key) = match &draft.identity {
            IdentityDraft::Key => (None, None),
            IdentityDraft::Renumber => (Some("renumber".to_owned()), None),
            IdentityDraft::NaturalKey(names) => (None, Some(words(names))),
        };
        let is_plain = draft.on_missing_parent == MissingParent::default();
        let parks = draft.on_unique_clash == UniqueClash::default();
        Self {
            policy: draft.policy.word().to_owned(),
            identity,
            natural_key,
            on_missing_parent: (!is_plain).then(|| draft.on_missing_parent.word().to_owned()),
            on_unique_clash: (!parks).then(|| draft.on_unique_clash.word().to_owned()),
            changed_at: draft.changed_at.as_ref().map(|name| name.as_str().to_owned()),
            references: draft
                .references
                .iter()
                .map(|one| ReferenceFile { columns: words(&one.fields), to: one.parent.as_str().to_owned() })
                .collect(),
        }
    }

    fn draft(&self, name: &str) -> Result<TableDraft, Failure> {
        let fields = |names: &[String]| names.iter().map(FieldName::new).collect::<Vec<_>>();
        let identity = match (self.identity.as_deref(), &self.natural_key) {
            (None | Some("natural-key"), Some(names)) => IdentityDraft::NaturalKey(fields(names)),
            (None | Some("key"), None) => IdentityDraft::Key,
            (Some("renumber"), None) => IdentityDraft::Renumber,
            (Some("natural-key"), None) => {
                return Err(invalid(name, "identity natural-key needs natural-key = [columns]"));
            }
            (Some("key" | "renumber"), Some(_)) => {
                return Err(invalid(name, "a natural-key is given, and another identity"));
            }
            (Some(word), _) => {
                return Err(invalid(name, &format!("identity {word} is none of key, natural-key, renumber")));
            }
        };
        Ok(TableDraft {
            name: TableName::new(name),
            policy: pick(name, "policy", Some(&self.policy), &MergePolicy::ALL, MergePolicy::word)?
                .unwrap_or(MergePolicy::Manual),
            identity,
            on_missing_parent: pick(
                name,
                "on-missing-parent",
                self.on_missing_parent.as_ref(),
                &MissingParent::ALL,
                MissingParent::word,
            )?
            .unwrap_or_default(),
            on_unique_clash: pick(
                name,
                "on-unique-clash",
                self.on_unique_clash.as_ref(),
                &UniqueClash::ALL,
                UniqueClash::word,
            )?
            .unwrap_or_default(),
            references: self
                .references
                .iter()
                .map(|one| ReferenceDraft { fields: fields(&one.columns), parent: TableName::new(&one.to) })
                .collect(),
            changed_at: self.changed_at.as_ref().map(FieldName::new),
        })
    }
}

fn pick<T: Copy>(
    table: &str,
    setting: &str,
    given: Option<&String>,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Failure> {
    let Some(given) = given else { return Ok(None) };
    let found = all.iter().copied().find(|one| word(*one) == given);
    let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
    match found {
        Some(found) => Ok(Some(found)),
        None => Err(invalid(table, &format!("{setting} {given} is none of {}", words.join(", ")))),
    }
}

fn invalid(table: &str, why: &str) -> Failure {
    let cause = format!("[merge.tables.{table}]: {why}");
    Failure::refused(
        Code::ConfigInvalid,
        cause,
        "mend that rule; docs/guide/merging.md lists what it may say",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<TableDraft>, Failure> {
        #[derive(Deserialize)]
        struct Whole {
            merge: MergeFile,
        }
        toml::from_str::<Whole>(text).unwrap().merge.drafts()
    }

    #[test]
    fn rules_survive_their_text() {
        let name = |word: &str| FieldName::new(word);
        let draft = |table: &str, identity| TableDraft {
            name: TableName::new(table),
            policy: MergePolicy::LastWriteWins,
            identity,
            on_missing_parent: MissingParent::Park,
            on_unique_clash: UniqueClash::Fail,
            references: vec![ReferenceDraft { fields: vec![name("a")], parent: TableName::new("p") }],
            changed_at: Some(name("seen at")),
        };
        let drafts = vec![
            draft("a \"b\".c", IdentityDraft::NaturalKey(vec![name("x"), name("y z")])),
            draft("n", IdentityDraft::Renumber),
            TableDraft {
                on_missing_parent: MissingParent::Revive,
                references: Vec::new(),
                changed_at: None,
                ..draft("p", IdentityDraft::Key)
            },
        ];
        assert_eq!(read(&MergeFile::of(&drafts).text()).unwrap(), drafts);
    }

    #[test]
    fn a_word_that_is_none_is_answered_with_those_that_are() {
        for text in [
            "[merge.tables.t]\npolicy = 'newest'",
            "[merge.tables.t]\npolicy = 'manual'\nidentity = 'uuid'",
            "[merge.tables.t]\npolicy = 'manual'\nidentity = 'renumber'\nnatural-key = ['a']",
            "[merge.tables.t]\npolicy = 'manual'\non-unique-clash = 'revive'",
        ] {
            let Err(Failure::Refused { code, cause, .. }) = read(text) else { panic!("{text}") };
            assert_eq!(code, Code::ConfigInvalid);
            assert!(cause.contains("merge.tables.t"), "{cause}");
        }
    }
}
