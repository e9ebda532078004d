//! A set of steps: from a folder, from texts that were compiled in, and from code.

use super::refusal::{invalid, refused};
use crate::error::{About, Error, explain};
use lifeboat_domain::code::Code;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::migration::{
    Beginning, Ledger, ObjectKind, Refusal, StepHeader, StepId, digest_of, order,
};
use lifeboat_ports::{CodeStep, MigrationStep, PortErrorKind, StepBody};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The steps of one application, ordered, without gaps.
#[derive(Debug, Clone, Default)]
pub struct Migrations {
    pub(super) steps: Vec<MigrationStep>,
    pub(super) application_id: Option<i32>,
}

impl Migrations {
    /// Reads every `NNNN_name.sql` of a folder.
    ///
    /// # Errors
    /// `LB0901` where the folder is not there, `LB0902`, `LB0105`, `LB0112`.
    pub fn from_dir(folder: &Path) -> Result<Self, Error> {
        let files = crate::wiring::read_texts(folder, "sql").map_err(|error| match error.kind() {
            PortErrorKind::NotFound => {
                let cause = format!("there is no folder {}", folder.display());
                Error::new(Code::MigrationsAbsent, cause, "write the first step: `lifeboat migrate new NAME`")
            }
            PortErrorKind::UnknownFormat => {
                let cause = format!("{} is not UTF-8", error.subject());
                Error::new(Code::MigrationInvalid, cause, "save it as UTF-8")
            }
            _ => explain(About::Target, error),
        })?;
        Self::from_texts(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Takes file names (with or without folder and ending) and their texts; [`crate::migrations`] makes them of
    /// files at build time.
    ///
    /// # Errors
    /// `LB0902`.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut set = Self::default();
        for (name, text) in texts {
            let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
            let id = StepId::parse(&stem).map_err(|error| invalid(&error))?;
            let header = StepHeader::read(&id, text).map_err(|error| invalid(&error))?;
            let body = StepBody::Script(text.to_owned());
            set.steps.push(MigrationStep { digest: digest_of(text), id, header, body });
        }
        set.steps.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(set)
    }

    /// Adds a step in code. Code has no text to compare, so `revision` stands for it: change it with the code, and
    /// never after the step was shipped.
    ///
    /// # Errors
    /// `LB0902`.
    pub fn with_code(mut self, stem: &str, revision: &str, code: Arc<dyn CodeStep>) -> Result<Self, Error> {
        let id = StepId::parse(stem).map_err(|error| invalid(&error))?;
        let (header, body) = (StepHeader::plain(), StepBody::Code(code));
        self.steps.push(MigrationStep { digest: Digest::of(revision.as_bytes()), id, header, body });
        self.steps.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(self)
    }

    /// As [`Self::with_code`], for a step that takes something away: `declarations` are lines as in a script, for example
    /// `-- lifeboat: drops-rows draft`.
    ///
    /// # Errors
    /// `LB0902`.
    pub fn with_declared_code(
        self,
        stem: &str,
        revision: &str,
        declarations: &str,
        code: Arc<dyn CodeStep>,
    ) -> Result<Self, Error> {
        let id = StepId::parse(stem).map_err(|error| invalid(&error))?;
        let header = StepHeader::read(&id, declarations).map_err(|error| invalid(&error))?;
        let mut set = self.with_code(stem, revision, code)?;
        set.steps.iter_mut().filter(|step| step.id == id).for_each(|step| step.header = header.clone());
        Ok(set)
    }

    /// Refuses databases that carry another application's id in their header, and marks new ones.
    #[must_use]
    pub fn of_application(self, id: i32) -> Self {
        Self { application_id: Some(id), ..self }
    }

    /// Writes an empty step with the next number into the folder, and gives its path.
    ///
    /// # Errors
    /// `LB0902` where the name is none; `LB0504`, `LB0105`, `LB0203`.
    pub fn write_step(folder: &Path, name: &str) -> Result<PathBuf, Error> {
        let steps = match Self::from_dir(folder) {
            Ok(set) => set.ids(),
            Err(error) if error.code() == Code::MigrationsAbsent => Vec::new(),
            Err(error) => return Err(error),
        };
        let number = steps.last().map_or(0, |last| last.number) + 1;
        let id = StepId::parse(&format!("{number:04}_{name}")).map_err(|error| invalid(&error))?;
        let path = folder.join(format!("{id}.sql"));
        let text = format!("-- {id}: say here what changes and why.\n");
        crate::wiring::write_text(&path, &text).map_err(|error| explain(About::Target, error))?;
        Ok(path)
    }

    /// Writes a schema as the first step of an empty folder.
    pub(super) fn write_baseline(
        folder: &Path,
        (number, name): (u32, &str),
        definitions: &[(ObjectKind, String)],
    ) -> Result<PathBuf, Error> {
        let id = StepId::parse(&format!("{number:04}_{name}")).map_err(|error| invalid(&error))?;
        let mut text = format!("-- {id}: the schema as another migrator left it.\n-- lifeboat: baseline\n");
        for (_, definition) in definitions {
            // A comment of the schema is no declaration of this step.
            text.push_str(&definition.replace("-- lifeboat:", "-- lifeboat "));
            text.push_str(";\n");
        }
        let path = folder.join(format!("{id}.sql"));
        crate::wiring::write_text(&path, &text).map_err(|error| explain(About::Target, error))?;
        Ok(path)
    }

    /// Number and name of every step, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<StepId> {
        self.steps.iter().map(|step| step.id.clone()).collect()
    }

    /// Ids and digests; duplicates and gaps are refused only now, because steps in code may fill a gap.
    pub(super) fn checked(&self) -> Result<Vec<(StepId, Digest)>, Error> {
        let mut ids = self.ids();
        let beginning = self.steps.first().map_or(Beginning::Empty, |step| step.header.beginning);
        order(&mut ids, beginning).map_err(|error| invalid(&error))?;
        Ok(self.steps.iter().map(|step| (step.id.clone(), step.digest)).collect())
    }

    /// As [`Self::checked`], where the ledger knows what is missing: an applied step that is gone is no gap.
    pub(super) fn checked_beside(&self, ledger: &Ledger) -> Result<Vec<(StepId, Digest)>, Error> {
        self.checked().map_err(|error| match (error.code(), self.gone(ledger)) {
            (Code::MigrationGap, Some(id)) => refused(&Refusal::Missing(id)),
            _ => error,
        })
    }

    fn gone(&self, ledger: &Ledger) -> Option<StepId> {
        let here = |number| self.steps.iter().any(|step| step.id.number == number);
        let done = ledger.entries.iter().filter(|entry| entry.is_done()).map(|entry| &entry.id);
        done.min_by_key(|id| (here(id.number), id.number)).filter(|id| !here(id.number)).cloned()
    }

    pub(super) fn pick(&self, ids: &[StepId]) -> Vec<MigrationStep> {
        self.steps.iter().filter(|step| ids.contains(&step.id)).cloned().collect()
    }
}

/// Compiles migration files into the program: `lifeboat::migrations!("../migrations/0001_shop.sql", ...)`. Paths are
/// relative to the source file, as with `include_str!`.
#[macro_export]
macro_rules! migrations {
    ($($file:literal),+ $(,)?) => {
        $crate::Migrations::from_texts([$(($file, include_str!($file))),+])
    };
}
