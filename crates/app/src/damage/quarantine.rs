//! Sets the database's files aside, all together, and puts nothing in their place.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use crate::restore::RestoreOrder;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::swap::{Part, PartRecord};

/// What a quarantine would set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinePlan {
    /// Files that are there.
    pub files: Vec<PartRecord>,
    /// The newest point that may be offered afterwards.
    pub offer: Option<Manifest>,
}

/// What a quarantine did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineReport {
    /// Name of the set in quarantine.
    pub set: String,
    /// Files that are in it; the shared memory beside a log comes along and is not listed.
    pub files: Vec<PartRecord>,
    /// The newest point that may be offered.
    pub offer: Option<Manifest>,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
}

impl Lifeboat {
    /// What [`Self::quarantine`] would set aside. Writes nothing.
    ///
    /// # Errors
    /// `LB0101` where there is nothing, `LB0105`, `LB0112`.
    pub async fn plan_quarantine(&self) -> Result<QuarantinePlan, Error> {
        self.refuse_moved().await?;
        let files = self.ports.workshop.standing().await.about(About::Database)?;
        if !files.iter().any(|file| file.part == Part::Main) {
            let cause = format!("there is no {} to set aside", self.name());
            return Err(Error::new(Code::DatabaseAbsent, cause, "see what is there: `lifeboat doctor`"));
        }
        Ok(QuarantinePlan { files, offer: self.newest_offered().await })
    }

    /// Sets the database, its log, its journal and its shared memory aside under one name. [`Self::undo`] brings them
    /// back as they were. Killed anywhere, all of them are where they were, or all of them are set aside.
    ///
    /// # Errors
    /// As [`Self::plan_quarantine`]; `LB0104` where somebody has them open, `LB0108`, `LB0106`; the files are where
    /// they were.
    pub async fn quarantine(&self, order: RestoreOrder) -> Result<QuarantineReport, Error> {
        let _guard = self.lock(order.wait).await?;
        let recovered = self.recover_locked().await?;
        self.refuse_network().await?;
        let plan = self.plan_quarantine().await?;
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.about(About::Database)?;
        self.refuse_holders().await?;
        let intent = self.swap_intent(self.set_name()?, Vec::new()).await?;
        let (set, files) = (intent.set.clone(), intent.outgoing.clone());
        let begun = self.ports.clock.utc_now();
        let act = Act {
            id: self.draw_id(begun)?,
            verb: Verb::Quarantine,
            begun,
            point: None,
            safety: None,
            way: Way::Swap(intent),
        };
        self.exchange(&act).await.map_err(|error| error.leaving("the database is as it was"))?;
        drop(quiet);
        Ok(QuarantineReport { set, files, offer: plan.offer, recovered })
    }
}
