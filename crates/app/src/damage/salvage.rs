//! Brings what can be read out of a damaged database, into a new file. Nothing else is touched.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::restore::RestoreOrder;
use lifeboat_domain::code::Code;
use lifeboat_domain::damage::Condition;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_domain::swap::Part;
use lifeboat_ports::{Depth, LogReading, Salvaged};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SalvageSource {
    /// The database itself.
    Live,
    /// A set of files in quarantine, by its name.
    Quarantined(String),
}

/// One salvage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvageOrder {
    /// What is read.
    pub source: SalvageSource,
    /// How far a log is read.
    pub log: LogReading,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvageReport {
    /// Counts, per table.
    pub salvaged: Salvaged,
    /// The point that told what the damaged schema did not, and whose counts can be compared.
    pub model: Option<Manifest>,
    /// Structural findings in the new file; 0.
    pub structure_findings: u64,
    /// Rows in the new file whose parent is missing.
    pub orphan_rows: u64,
    /// How long it took.
    pub took: Duration,
}

impl SalvageReport {
    /// Rows that a table had in the model.
    #[must_use]
    pub fn rows_in_model(&self, table: &lifeboat_domain::id::TableName) -> Option<u64> {
        self.model.as_ref()?.facts.tables.iter().find(|count| count.table == *table)?.rows
    }
}

impl Lifeboat {
    /// Writes what can be read of a damaged database into the new file `to`: every row into its table, and rows that
    /// have none any more into a table of their own. The damaged files are only read.
    ///
    /// # Errors
    /// `LB0101`, `LB0102` where there is nothing to read, `LB0104` where somebody has the files open, `LB0504`,
    /// `LB0505`, `LB0114` for the name, `LB0109`, `LB0203`, `LB0110`; nothing stands under the name then.
    pub async fn salvage(&self, order: &SalvageOrder, to: &Path) -> Result<SalvageReport, Error> {
        let begun = self.ports.clock.monotonic();
        // The engine's URI of a relative path would name another file.
        let to = &std::path::absolute(to).unwrap_or_else(|_| to.to_path_buf());
        let _guard = self.lock(order.wait).await?;
        self.refuse_reserved(to)?;
        if to.symlink_metadata().is_ok() {
            let cause = format!("{} is there already", to.display());
            return Err(Error::new(Code::TargetExists, cause, "name a file that does not exist yet"));
        }
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.about(About::Database)?;
        let (from, bytes) = self.salvage_source(&order.source).await?;
        // Rows grow where their pages were full of gaps, and indexes are built beside them.
        let need = self.need("salvaged copy", to, bytes.saturating_mul(2)).await?;
        self.preflight(&[need])?;
        let model = self.newest_offered().await;
        let partial = self.partial_beside(to)?;
        let done = self.salvage_into(&from, &partial, model.as_ref(), order.log).await;
        let done = match done {
            Ok(done) => crate::wiring::publish_new(&partial, to).about(About::Target).map(|()| done),
            Err(error) => Err(error),
        };
        drop(quiet);
        let (salvaged, structure_findings, orphan_rows) = match done {
            Ok(done) => done,
            Err(error) => {
                crate::wiring::remove_partial(&partial);
                return Err(error);
            }
        };
        let took = self.ports.clock.monotonic().saturating_sub(begun);
        Ok(SalvageReport { salvaged, model, structure_findings, orphan_rows, took })
    }

    async fn salvage_source(&self, source: &SalvageSource) -> Result<(PathBuf, u64), Error> {
        match source {
            SalvageSource::Live => {
                self.refuse_moved().await?;
                // Where not even that can be told, what reads is brought out all the same.
                if let Ok(diagnosis) = self.diagnose(Depth::Quick).await
                    && matches!(
                        diagnosis.condition,
                        Condition::Absent | Condition::NotADatabase | Condition::Newer
                    )
                    && let Some(refusal) = diagnosis.refusal(&self.name())
                {
                    return Err(refusal);
                }
                self.refuse_holders().await?;
                let standing = self.ports.workshop.standing().await.about(About::Database)?;
                let bytes =
                    standing.iter().filter(|part| part.part != Part::Journal).map(|part| part.size_bytes);
                Ok((self.places.database.clone(), bytes.sum()))
            }
            SalvageSource::Quarantined(name) => {
                let sets = self.ports.workshop.quarantined().await.about(About::ActRecord)?;
                let found = sets.iter().find(|set| set.name == *name);
                match found.and_then(|set| set.main.clone().map(|main| (main, set.size_bytes))) {
                    Some(found) => Ok(found),
                    None => Err(no_such_set(name, sets.iter().map(|set| set.name.as_str()))),
                }
            }
        }
    }

    fn partial_beside(&self, to: &Path) -> Result<PathBuf, Error> {
        let id = self.draw_id(self.ports.clock.utc_now())?;
        let mut name = OsString::from(to.as_os_str());
        name.push(format!(".{}{PARTIAL_ENDING}", id.short()));
        Ok(PathBuf::from(name))
    }

    async fn salvage_into(
        &self,
        from: &Path,
        partial: &Path,
        model: Option<&Manifest>,
        log: LogReading,
    ) -> Result<(Salvaged, u64, u64), Error> {
        let phase = Phase::Salvage;
        crate::wiring::make_private(partial).about(About::Target)?;
        let model = match model {
            Some(point) => Some(self.ports.vault.open(point).await.about(About::Point)?),
            None => None,
        };
        self.watch.events.emit(&Event::PhaseStarted { phase, total_bytes: crate::wiring::file_bytes(from) });
        let model = model.as_ref().map(|file| file.path.as_path());
        let salvaged = self.ports.medic.salvage(from, partial, model, log, &self.watch).await;
        self.watch.events.emit(&Event::PhaseEnded { phase });
        let salvaged = salvaged.about(About::Target)?;
        let examined = self.ports.snapshotter.examine(partial, &self.watch).await.about(About::Target)?;
        Ok((salvaged, examined.findings.structure, examined.findings.orphan_rows()))
    }
}

fn no_such_set<'a>(name: &str, there: impl Iterator<Item = &'a str>) -> Error {
    let there: Vec<&str> = there.collect();
    let next = match there.as_slice() {
        [] => "quarantine is empty: see `lifeboat doctor`".to_owned(),
        names => format!("name one of them: {}", names.join(", ")),
    };
    Error::new(Code::DatabaseAbsent, format!("there is no set {name} in quarantine"), next)
}

impl From<RestoreOrder> for SalvageOrder {
    fn from(order: RestoreOrder) -> Self {
        Self { source: SalvageSource::Live, log: LogReading::AsEngine, wait: order.wait }
    }
}
