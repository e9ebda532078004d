//! Upkeep of a sound database. No row changes.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::{Explain, name_all};
use lifeboat_domain::code::Code;
use lifeboat_domain::damage::Condition;
use lifeboat_ports::{Checkpoint, Depth, Looking, Maintained};
use std::time::Duration;

/// What upkeep did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintainReport {
    /// What was done.
    pub done: Maintained,
    /// Files of killed acts that were removed from the stage.
    pub swept: usize,
    /// Size of the log before, in bytes.
    pub log_before: u64,
    /// Size of the log afterwards, in bytes.
    pub log_after: u64,
    /// Who has the database open, where the log could not be moved into the file.
    pub blocked_by: Option<String>,
}

impl Lifeboat {
    /// Moves the log into the file, refreshes the planner's statistics, and gives free pages back where they are many
    /// and the file allows it. Never rebuilds the file.
    ///
    /// # Errors
    /// `LB0101` to `LB0106`, `LB0108`, `LB0203`; no row was changed.
    pub async fn maintain(&self, wait: Duration) -> Result<MaintainReport, Error> {
        let _guard = self.lock(wait).await?;
        self.recover_locked().await?;
        self.refuse_network().await?;
        self.refuse_damaged().await?;
        let swept = self.ports.workshop.sweep_stage().await.about(About::Target)?;
        let log_before = crate::wiring::wal_bytes(&self.places.database);
        let done = self.on_database(self.ports.medic.maintain(wait).await).await?;
        let log_after = crate::wiring::wal_bytes(&self.places.database);
        let blocked_by = match done.checkpoint {
            Checkpoint::Blocked => {
                let holders = self.ports.workshop.holders(Looking::AtNames).await.unwrap_or_default();
                Some(if holders.is_empty() { "a process that reads".to_owned() } else { name_all(&holders) })
            }
            Checkpoint::NoLog | Checkpoint::Finished => None,
        };
        Ok(MaintainReport { done, swept, log_before, log_after, blocked_by })
    }

    /// Upkeep of a damaged database would make it worse; and what the engine does not read of a log is gone once the log
    /// has been moved.
    async fn refuse_damaged(&self) -> Result<(), Error> {
        let diagnosis = self.diagnose(Depth::Quick).await?;
        if diagnosis.condition == Condition::LogHurt {
            let cause = format!("{}: {}", self.name(), diagnosis.condition);
            let next = "look at them first: `lifeboat salvage --behind-damage --to FILE`; the application's own next \
                        checkpoint ends it too";
            return Err(Error::new(Code::DatabaseDamaged, cause, next));
        }
        match diagnosis.refusal(&self.name()) {
            None => Ok(()),
            // What says who holds it, or where it went, is told by the work itself.
            Some(refusal) if matches!(refusal.code(), Code::DatabaseBusy | Code::DatabaseAbsent) => Ok(()),
            Some(refusal) => Err(refusal),
        }
    }
}
