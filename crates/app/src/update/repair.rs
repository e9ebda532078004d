//! Begins anew where what was seen before cannot be read: on somebody's word, because it forgets what protects against older
//! releases.

use super::Updates;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::update::UpdateRecord;

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairedUpdates {
    /// Files that were set aside, by their new names.
    pub set_aside: Vec<String>,
    /// The record was unreadable, and is begun anew: with another number of this installation, and without the way back.
    pub record_begun_anew: bool,
}

impl Updates {
    /// What a repair would do, and whether there is anything to repair.
    ///
    /// # Errors
    /// `LB0105`, `LB0112`.
    pub async fn is_in_need_of_repair(&self) -> Result<bool, Error> {
        let record = self.stored_record().await;
        let known = record.as_ref().ok().and_then(Option::as_ref);
        Ok(record.is_err() || self.recall(known).await.is_err())
    }

    /// Sets aside what cannot be read. Afterwards the next look begins at the root that came with the application; no release
    /// at or below the version that runs is ever offered.
    ///
    /// # Errors
    /// `LB0108`, `LB0105`, `LB0203`, `LB0112`.
    pub async fn repair(&self) -> Result<RepairedUpdates, Error> {
        let _guard = self.lock_depot().await?;
        let mut repaired = RepairedUpdates { set_aside: Vec::new(), record_begun_anew: false };
        let record = self.stored_record().await;
        // A memory without its record may hold what the record would have refused.
        let known = record.as_ref().ok().and_then(Option::as_ref);
        if record.is_err() || self.recall(known).await.is_err() {
            repaired.set_aside = self.ports.depot.set_memory_aside().await.about(About::Depot)?;
            if let Ok(Some(record)) = &record {
                self.write_record(&UpdateRecord { memory_counter: 0, ..record.clone() }).await?;
            }
        }
        if record.is_err() {
            repaired.set_aside.extend(self.ports.depot.set_record_aside().await.about(About::Depot)?);
            repaired.record_begun_anew = true;
        }
        Ok(repaired)
    }
}
