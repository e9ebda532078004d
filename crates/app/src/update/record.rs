//! The record of updates: read, changed, written whole.

use super::Updates;
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use lifeboat_domain::code::Code;
use lifeboat_domain::update::{InstallId, RecordError, UpdateRecord};
use lifeboat_ports::DepotGuard;
use std::time::Duration;

/// For how long a command waits for another one on the same depot.
const WAIT: Duration = Duration::from_secs(5);

impl Updates {
    pub(super) async fn lock_depot(&self) -> Result<Box<dyn DepotGuard>, Error> {
        self.ports.depot.lock(WAIT, &self.boat.watch).await.about(About::Lock)
    }

    /// The record; none before the first look.
    pub(super) async fn stored_record(&self) -> Result<Option<UpdateRecord>, Error> {
        let bytes = self.ports.depot.record().await.about(About::Depot)?;
        bytes.map(|bytes| UpdateRecord::decode(&bytes).map_err(unreadable)).transpose()
    }

    /// The record, a new one with a new number of this installation where there is none.
    pub(super) async fn read_record(&self) -> Result<UpdateRecord, Error> {
        if let Some(record) = self.stored_record().await? {
            return Ok(record);
        }
        let mut random = [0; 16];
        self.boat.ports.entropy.fill(&mut random).map_err(|e| explain(About::Depot, e))?;
        Ok(UpdateRecord::new(InstallId::from_random(random)))
    }

    pub(super) async fn write_record(&self, record: &UpdateRecord) -> Result<(), Error> {
        self.ports.depot.write_record(&record.encode()).await.about(About::Depot)
    }
}

fn unreadable(error: RecordError) -> Error {
    match error {
        RecordError::Damaged => Error::new(
            Code::UpdateMemoryDamaged,
            error.to_string(),
            "read what it means, then: `lifeboat update repair`",
        ),
        RecordError::Newer => Error::new(
            Code::UnknownFormat,
            error.to_string(),
            "use the version of Lifeboat that wrote it, or a newer one",
        ),
    }
    .because(error)
}
