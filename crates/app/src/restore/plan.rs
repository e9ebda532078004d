//! What a restore would do: which point, which way, which rows. Writes nothing.

use crate::Lifeboat;
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use crate::points::find_in;
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::restore::{Company, LiveCondition, RestoreMode, choose_mode};
use lifeboat_domain::row_difference::TableDifference;
use lifeboat_domain::trust::TrustLevel;
use lifeboat_ports::{Counting, PortErrorKind};

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePlan {
    /// The point.
    pub point: Manifest,
    /// The way in.
    pub mode: RestoreMode,
    /// What changes, table by table; empty where the live database cannot be read.
    pub differences: Vec<TableDifference>,
    /// The point has another schema version than the live database.
    pub other_schema: bool,
}

impl Lifeboat {
    /// What a restore would do, row by row where a key allows it. Writes nothing.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0501` for a point that may not be restored; `LB0104`, `LB0105`.
    pub async fn plan_restore(&self, word: &str) -> Result<RestorePlan, Error> {
        let point = find_in(&self.list().await?, word)?;
        refuse_unproven(&point)?;
        let live = self.live_condition().await?;
        let mode = choose_mode(&live, point.facts.page_size, Company::Others);
        let differences = match &live {
            LiveCondition::Sound(_) => self.differences(&point).await?,
            _ => Vec::new(),
        };
        let other_schema = match &live {
            LiveCondition::Sound(facts) => facts.user_version != point.facts.user_version,
            _ => false,
        };
        Ok(RestorePlan { point, mode, differences, other_schema })
    }

    pub(super) async fn live_condition(&self) -> Result<LiveCondition, Error> {
        match self.ports.snapshotter.inspect(Counting::HeaderOnly).await {
            Ok(facts) => Ok(LiveCondition::Sound(facts)),
            Err(error) => match error.kind() {
                PortErrorKind::NotFound => Ok(LiveCondition::Absent),
                PortErrorKind::NotADatabase | PortErrorKind::Damaged => Ok(LiveCondition::Damaged),
                _ => Err(explain(About::Database, error)),
            },
        }
    }

    pub(crate) async fn differences(&self, point: &Manifest) -> Result<Vec<TableDifference>, Error> {
        let file = self.ports.vault.open(point).await.about(About::Point)?;
        self.ports.snapshotter.row_differences(&file.path, &self.watch).await.map_err(|error| {
            // The database was read a moment ago: what cannot be read now is the point.
            match error.kind() {
                PortErrorKind::NotADatabase | PortErrorKind::Damaged | PortErrorKind::PermissionDenied => {
                    let cause = format!("restore point {} cannot be read", point.id.short());
                    let next = "see what is wrong with it: `lifeboat verify --all`";
                    Error::new(Code::PointDamaged, cause, next).because(error)
                }
                _ => explain(About::Database, error),
            }
        })
    }
}

pub(super) fn refuse_unproven(point: &Manifest) -> Result<(), Error> {
    if point.trust.level >= TrustLevel::Checked {
        return Ok(());
    }
    let cause = format!(
        "restore point {} is only {}: its bytes were found damaged, or never proven",
        point.id.short(),
        point.trust.level
    );
    Err(Error::new(Code::PointNotVerified, cause, "choose a checked one: `lifeboat list`"))
}
