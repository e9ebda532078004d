//! What is wrong with the database, and what is offered. Writes nothing.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::catalogue::is_offered;
use lifeboat_domain::code::Code;
use lifeboat_domain::damage::{Condition, Mend, Opening, classify};
use lifeboat_domain::manifest::Manifest;
use lifeboat_ports::Depth;

/// What is wrong, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What is wrong.
    pub condition: Condition,
    /// Rows that a constraint would refuse today.
    pub refused_rows: u64,
    /// The newest point that may be offered.
    pub offer: Option<Manifest>,
}

impl Diagnosis {
    /// The command that mends it, where there is one.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        match (self.condition.mend(), &self.offer) {
            (Mend::Nothing | Mend::Wait | Mend::NewerBuild, _) | (Mend::NameAnother, None) => None,
            (Mend::LookBehind, _) => Some("lifeboat salvage --behind-damage --to FILE".to_owned()),
            (Mend::Repair, _) => Some("lifeboat repair".to_owned()),
            (Mend::RestoreOrSalvage | Mend::NameAnother, Some(point)) => {
                Some(format!("lifeboat restore {}", point.id.short()))
            }
            (Mend::RestoreOrSalvage, None) => Some("lifeboat salvage --to FILE".to_owned()),
        }
    }

    /// As an error, where the database cannot be used.
    pub(crate) fn refusal(&self, database: &str) -> Option<Error> {
        let code = match self.condition {
            Condition::Sound | Condition::IndexesHurt(_) | Condition::PagesUnused | Condition::LogHurt => {
                return None;
            }
            Condition::Absent => Code::DatabaseAbsent,
            Condition::NotADatabase => Code::NotADatabase,
            Condition::Newer => Code::UnknownFormat,
            Condition::Locked => Code::DatabaseBusy,
            Condition::HeaderHurt
            | Condition::SchemaHurt
            | Condition::TablesHurt(_)
            | Condition::FreeListHurt => Code::DatabaseDamaged,
        };
        Some(Error::new(code, format!("{database}: {}", self.condition), self.way_out()))
    }

    /// What to do, in words.
    pub(crate) fn way_out(&self) -> String {
        match (self.command(), self.condition.mend()) {
            (Some(command), Mend::RestoreOrSalvage) if self.offer.is_some() => {
                format!("go back: `{command}`, or bring out what can be read: `lifeboat salvage --to FILE`")
            }
            (Some(command), _) => format!("`{command}`"),
            (None, Mend::Wait) => "close the application that holds it".to_owned(),
            (None, Mend::NewerBuild) => "use the newer version of the application".to_owned(),
            (None, _) => "name the database: `lifeboat --database FILE ...`".to_owned(),
        }
    }
}

impl Lifeboat {
    /// Tells what is wrong with the database, as closely as asked, and which point is offered.
    ///
    /// # Errors
    /// `LB0105`, `LB0110`, `LB0112`; `LB0117` where the database was moved away. Damage is a result.
    pub async fn diagnose(&self, depth: Depth) -> Result<Diagnosis, Error> {
        let evidence = self.ports.medic.examine(depth, &self.watch).await.about(About::Database)?;
        if evidence.opening == Opening::Absent {
            self.refuse_moved().await?;
        }
        let (condition, refused_rows) = (classify(&evidence), evidence.refused_rows);
        Ok(Diagnosis { condition, refused_rows, offer: self.newest_offered().await })
    }

    /// The newest point that may be offered; a vault that cannot be read offers none.
    pub(crate) async fn newest_offered(&self) -> Option<Manifest> {
        let points = self.list().await.map(|listing| listing.points()).unwrap_or_default();
        points.into_iter().rev().find(is_offered)
    }
}
