//! Tracking: rules proposed and settled, triggers installed, looked after and taken away.

use crate::Lifeboat;
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use lifeboat_domain::code::Code;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Misruled, Rules, Suggestion, TableDraft, TableShape, resolve, suggest};
use lifeboat_domain::tracking::{Genesis, Tracking, TrackingFault};
use lifeboat_ports::{Beginning, PortError, PortErrorKind, TrackOrder, Tracked};
use std::time::Duration;

/// What a look at the schema proposes for one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedRule {
    /// The table as the schema gives it.
    pub shape: TableShape,
    /// What is proposed, and why.
    pub suggestion: Suggestion,
}

impl ProposedRule {
    /// As a rule to write down.
    #[must_use]
    pub fn draft(&self) -> TableDraft {
        TableDraft::suggested(&self.shape)
    }
}

impl Lifeboat {
    /// Reads the schema and proposes a rule for each table, with reasons. Writes nothing.
    ///
    /// # Errors
    /// `LB0101` to `LB0106`.
    pub async fn propose_rules(&self) -> Result<Vec<ProposedRule>, Error> {
        let shapes = self.on_database(self.ports.tracker.survey().await).await?;
        let propose = |shape: TableShape| ProposedRule { suggestion: suggest(&shape), shape };
        Ok(shapes.into_iter().map(propose).collect())
    }

    /// Begins to write down every client's writes, or brings that up to date with schema and rules. All or nothing, and no
    /// row is touched; how long it takes does not depend on how many there are.
    ///
    /// # Errors
    /// `LB1001` where the rules do not fit the schema, `LB1003` where a table has a name that tracking needs, `LB0101` to
    /// `LB0106`, `LB0108`, `LB0203`, `LB0305`; nothing was changed.
    pub async fn track(&self, drafts: &[TableDraft], wait: Duration) -> Result<Tracked, Error> {
        let _guard = self.lock(wait).await?;
        self.recover_locked().await?;
        self.refuse_network().await?;
        let rules = self.settle_rules(drafts).await?;
        let (genesis, replica) = (Genesis(self.draw().await?), ReplicaId::from_random(self.draw().await?));
        let order = TrackOrder { rules, genesis, replica, beginning: Beginning::Now, wait };
        match self.ports.tracker.track(order).await {
            Err(error) if error.kind() == PortErrorKind::AlreadyExists => Err(name_taken(error)),
            done => self.on_database(done).await,
        }
    }

    /// What the database says of its tracking; none where it is not tracked.
    ///
    /// # Errors
    /// `LB0101` to `LB0106`, `LB0305`.
    pub async fn tracking(&self) -> Result<Option<Tracking>, Error> {
        self.on_database(self.ports.tracker.tracking().await).await
    }

    /// Compares triggers and bookkeeping with schema and rules. Writes nothing.
    ///
    /// # Errors
    /// `LB1002` where the database is not tracked, `LB1001`, `LB0101` to `LB0106`, `LB0305`.
    pub async fn audit_tracking(&self, drafts: &[TableDraft]) -> Result<Vec<TrackingFault>, Error> {
        if self.tracking().await?.is_none() {
            return Err(self.not_tracked());
        }
        let rules = self.settle_rules(drafts).await?;
        self.on_database(self.ports.tracker.audit(&rules).await).await
    }

    /// Takes tracking away, with the journal of all writes: copies can then only be compared row by row.
    ///
    /// # Errors
    /// `LB1002`, `LB0101` to `LB0106`, `LB0108`, `LB0203`; nothing was changed.
    pub async fn untrack(&self, wait: Duration) -> Result<Tracking, Error> {
        let _guard = self.lock(wait).await?;
        self.recover_locked().await?;
        self.refuse_network().await?;
        let was = self.on_database(self.ports.tracker.untrack(wait).await).await?;
        was.ok_or_else(|| self.not_tracked())
    }

    /// Rules by name against the schema as it is.
    pub(crate) async fn settle_rules(&self, drafts: &[TableDraft]) -> Result<Rules, Error> {
        let shapes = self.on_database(self.ports.tracker.survey().await).await?;
        resolve(drafts, &shapes).map_err(|found| misruled(&found))
    }

    pub(crate) fn not_tracked(&self) -> Error {
        let cause = format!("{} is not tracked", self.name());
        Error::new(Code::NotTracked, cause, "begin to track it: `lifeboat track`")
    }

    async fn draw(&self) -> Result<[u8; 16], Error> {
        let mut random = [0; 16];
        self.ports.entropy.fill(&mut random).about(About::Database)?;
        Ok(random)
    }
}

fn misruled(found: &[Misruled]) -> Error {
    let words: Vec<String> = found.iter().map(ToString::to_string).collect();
    let next = "mend the rules in lifeboat.toml; `lifeboat rules suggest` shows what the schema proposes";
    Error::new(Code::RulesInvalid, words.join("; "), next)
}

fn name_taken(error: PortError) -> Error {
    let explained = explain(About::Database, error);
    let cause = "a table of the application has a name that tracking needs for its own (lifeboat_...)";
    Error::new(Code::TrackingNameTaken, cause, "rename that table with a migration, then track")
        .because(explained)
}
