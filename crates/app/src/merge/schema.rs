//! Two copies of one schema: one that lags behind is brought up on its private copy, by the steps that were run here. The other
//! database itself is never migrated.

use super::MergeRequest;
use super::refusal::unlike;
use crate::Lifeboat;
use crate::error::Error;
use crate::migrate::MigrateOrder;
use lifeboat_domain::code::Code;
use lifeboat_domain::migration::{Ledger, Retry};
use lifeboat_ports::{Follow, Ran, RunOrder};
use std::cmp::Ordering;
use std::path::Path;

/// What a private copy is merged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journal {
    /// Its own journal, which keeps silent about the steps that run on the copy.
    Kept,
    /// None: it is compared row by row.
    None,
}

impl Lifeboat {
    /// Brings a private copy to the schema of this database, and refuses one that cannot be.
    pub(super) async fn bring_to_schema(
        &self,
        copy: &Path,
        journal: Journal,
        request: &MergeRequest,
    ) -> Result<(), Error> {
        let staged = self.sibling(copy)?;
        let ours = self.ledger().await?.unwrap_or_default();
        let theirs = staged.ledger().await?.unwrap_or_default();
        match theirs.head().cmp(&ours.head()) {
            Ordering::Equal => {}
            Ordering::Greater => return Err(newer(&theirs)),
            Ordering::Less => {
                let run = self.missing_steps((&ours, &theirs), journal, request)?;
                let ran = staged.ports.migrator.run_on(copy, run, &self.watch).await.map_err(unlike)?;
                refuse_unfinished(&ran)?;
            }
        }
        self.refuse_other_schema(&staged).await
    }

    /// Are steps and schema alike? A step may change rows alone, which no schema shows.
    pub(super) async fn has_run_the_same(&self, other: &Self) -> Result<bool, Error> {
        let head = |ledger: Option<Ledger>| ledger.unwrap_or_default().head();
        let same = head(self.ledger().await?) == head(other.ledger().await?);
        Ok(same && self.refuse_other_schema(other).await.is_ok())
    }

    /// Rules that do not fit are those of the newest schema, where this database has steps to run.
    pub(super) async fn behind_rules(&self, error: Error, request: &MergeRequest) -> Error {
        let (Some(migrations), Ok(Some(ledger))) = (&request.migrations, self.ledger().await) else {
            return error;
        };
        match self.pending_steps(&ledger, migrations, &MigrateOrder::default()) {
            Ok(pending) if !pending.is_empty() => {
                let cause =
                    format!("{} steps did not run here yet, and the rules do not fit before", pending.len());
                Error::new(error.code(), cause, "migrate this database first: `lifeboat migrate apply`")
                    .because(error)
            }
            _ => error,
        }
    }

    /// The steps that this database has and the copy lacks.
    fn missing_steps(
        &self,
        (ours, theirs): (&Ledger, &Ledger),
        journal: Journal,
        request: &MergeRequest,
    ) -> Result<RunOrder, Error> {
        let Some(migrations) = &request.migrations else {
            let cause =
                format!("the other copy has an older schema: step {} against {}", theirs.head(), ours.head());
            let next = "say where the steps are (`migrations` in lifeboat.toml), or migrate that copy: `lifeboat --database FILE migrate apply`";
            return Err(Error::new(Code::MergeUnsupported, cause, next));
        };
        let rules = Some(request.drafts.clone());
        let order =
            MigrateOrder { retry: Retry::Anyway, rules, wait: request.wait, ..MigrateOrder::default() };
        let mut pending = self.pending_steps(theirs, migrations, &order)?;
        pending.retain(|id| id.number <= ours.head());
        // What ran here is what runs there: an edited step is refused here as it is by `migrate`.
        self.pending_steps(ours, migrations, &order)?;
        let run = self.run_order(migrations, &pending, theirs.head(), (&order, None));
        let follow = match journal {
            Journal::Kept => Follow::Staged(request.drafts.clone()),
            Journal::None => Follow::Nothing,
        };
        Ok(RunOrder { follow, ..run })
    }

    /// Both sides have the same tables with the same columns and keys.
    pub(super) async fn refuse_other_schema(&self, staged: &Self) -> Result<(), Error> {
        let ours = self.on_database(self.ports.tracker.survey().await).await?;
        let theirs = self.on_database(staged.ports.tracker.survey().await).await?;
        match lifeboat_domain::merge::first_unlike(&ours, &theirs) {
            None => Ok(()),
            Some(table) => {
                let cause = format!("the two have another schema: {table} is not the same in both");
                let next =
                    "bring both to one schema (`lifeboat migrate apply`), then track both: `lifeboat track`";
                Err(Error::new(Code::MergeUnsupported, cause, next))
            }
        }
    }
}

fn newer(theirs: &Ledger) -> Error {
    let cause = format!("the other copy has a newer schema: step {} did not run here", theirs.head());
    Error::new(Code::SchemaNewer, cause, "migrate this database first: `lifeboat migrate apply`")
}

fn refuse_unfinished(ran: &Ran) -> Result<(), Error> {
    let cause = match (&ran.failed, ran.misruled.as_slice()) {
        (None, []) => return Ok(()),
        (Some((id, reason)), _) => format!("step {id} fails on a copy of the other database: {reason}"),
        (None, misruled) => {
            let words: Vec<String> = misruled.iter().map(ToString::to_string).collect();
            format!("the rules do not fit the other database after its steps: {}", words.join("; "))
        }
    };
    let next = "migrate that database by itself, and see: `lifeboat --database FILE migrate plan`";
    Err(Error::new(Code::MergeUnsupported, cause, next))
}
