//! What is there and what changed since the newest point. Looking changes nothing.

use crate::Lifeboat;
use crate::error::Error;
use lifeboat_domain::act::Act;
use lifeboat_domain::catalogue::is_offered;
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::row_difference::{TableDifference, by_counts};
use lifeboat_domain::schema::DatabaseFacts;
use lifeboat_ports::{Counting, VaultListing};

/// The database, its newest point, and what lies between them.
#[derive(Debug)]
pub struct Status {
    /// The database; an error where it cannot be read.
    pub database: Result<DatabaseFacts, Error>,
    /// Everything in the vault; empty where there is no vault yet.
    pub vault: VaultListing,
    /// The newest point that may be offered.
    pub newest: Option<Manifest>,
    /// How row counts differ from the newest point's: what a restore of it would change.
    pub differences: Vec<TableDifference>,
    /// An act that was interrupted and waits to be finished or taken back.
    pub pending: Option<Act>,
}

impl Lifeboat {
    /// Looks at everything. Writes nothing, recovers nothing.
    ///
    /// # Errors
    /// `LB0111`, `LB0305`, `LB0105`, `LB0112`; a database that cannot be read is part of the result.
    pub async fn status(&self) -> Result<Status, Error> {
        let pending = self.pending().await?;
        let vault = match self.list().await {
            Err(error) if error.code() == Code::VaultAbsent => VaultListing::default(),
            listing => listing?,
        };
        let database = self.on_database(self.ports.snapshotter.inspect(Counting::Rows).await).await;
        let newest = vault.points().into_iter().rev().find(is_offered);
        let differences = match (&database, &newest) {
            (Ok(live), Some(point)) => by_counts(&live.tables, &point.facts.tables),
            _ => Vec::new(),
        };
        Ok(Status { database, vault, newest, differences, pending })
    }
}
