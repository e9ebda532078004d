//! Builds damaged indexes anew and gives unused pages back. Only where nothing else is hurt: what an index holds is in
//! its table as well.

use super::Diagnosis;
use crate::Lifeboat;
use crate::backup::{BackupOrder, Limits};
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use crate::restore::RestoreOrder;
use lifeboat_domain::code::Code;
use lifeboat_domain::damage::Condition;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_ports::{Depth, PortErrorKind, Repaired, Writers};
use std::collections::BTreeSet;

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairReport {
    /// Indexes that were built anew; empty where nothing was hurt.
    pub indexes: BTreeSet<String>,
    /// Pages that belong to nothing are left, because the file could not be rebuilt.
    pub unused_pages_left: bool,
    /// The state before, damage included.
    pub safety: Option<Manifest>,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
}

impl Lifeboat {
    /// Builds damaged indexes anew, in one transaction that is proven before it is committed. The state before is kept
    /// as a restore point, marked suspect. Does nothing where nothing is hurt.
    ///
    /// # Errors
    /// `LB0103` where more than indexes is hurt, or the table does not agree with its own index; `LB0104`, `LB0108`,
    /// `LB0109`; the database is as it was.
    pub async fn repair(&self, order: RestoreOrder) -> Result<RepairReport, Error> {
        let _guard = self.lock(order.wait).await?;
        let recovered = self.recover_locked().await?;
        let diagnosis = self.diagnose(Depth::Deep).await?;
        let indexes = match &diagnosis.condition {
            Condition::IndexesHurt(indexes) => indexes.clone(),
            Condition::PagesUnused => BTreeSet::new(),
            Condition::Sound | Condition::LogHurt => {
                let indexes = BTreeSet::new();
                return Ok(RepairReport { indexes, unused_pages_left: false, safety: None, recovered });
            }
            _ => return Err(self.beyond_repair(&diagnosis)),
        };
        self.refuse_network().await?;
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.about(About::Database)?;
        let mark = self.on_database(self.ports.snapshotter.mark(Writers::MayCommit).await).await?;
        let note = "before indexes were built anew".to_owned();
        let limits = Limits { wait: order.wait, ..Limits::default() };
        let backup = BackupOrder { note: Some(note), limits, ..BackupOrder::of_kind(PointKind::PreRestore) };
        let (safety, _) =
            self.take_point(&backup).await.map_err(|error| error.leaving("the database is as it was"))?;
        let built = self.ports.medic.repair(&indexes, mark, order.wait, &self.watch).await;
        drop(quiet);
        match built {
            Ok(left) => {
                let unused_pages_left = left == Repaired::UnusedPages;
                Ok(RepairReport { indexes, unused_pages_left, safety: Some(safety), recovered })
            }
            Err(error) => {
                let beyond = error.kind() == PortErrorKind::Damaged;
                self.withdraw(&safety).await;
                let explained = self.explain_database(error).await.leaving("the database is as it was");
                Err(if beyond { self.beyond_repair(&diagnosis).because(explained) } else { explained })
            }
        }
    }

    fn beyond_repair(&self, diagnosis: &Diagnosis) -> Error {
        let name = self.name();
        diagnosis.refusal(&name).unwrap_or_else(|| {
            let cause = format!("{name}: an index cannot be built of what its table holds");
            let next = "bring out what can be read: `lifeboat salvage --to FILE`";
            Error::new(Code::DatabaseDamaged, cause, next).state("the database is as it was")
        })
    }
}
