//! The reference workshop: records and files on a memory disk.

use super::MemoryDisk;
use async_trait::async_trait;
use lifeboat_domain::act::{self, Act, Way};
use lifeboat_domain::digest::Digest;
use lifeboat_domain::swap::{LiveMain, Observed, Part, PartRecord, Recovery, SwapIntent, plan_recovery};
use lifeboat_ports::{
    Holder, Looking, PortError, PortErrorKind, QuarantinedSet, Recovered, StageSource, Watch, Workshop,
    WorkshopGuard,
};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A work folder in memory. Clones are other processes on the same database.
#[derive(Debug, Clone)]
pub struct MemoryWorkshop {
    disk: MemoryDisk,
    database: PathBuf,
    locked: Arc<AtomicBool>,
}

impl MemoryWorkshop {
    /// Beside one database.
    #[must_use]
    pub fn new(disk: &MemoryDisk, database: &Path) -> Self {
        Self { disk: disk.clone(), database: database.to_path_buf(), locked: Arc::default() }
    }

    fn at(&self, place: &str, part: Part) -> PathBuf {
        let mut path = OsString::from(&self.database);
        path.push(place);
        path.push(part.suffix());
        PathBuf::from(path)
    }

    fn live(&self, part: Part) -> PathBuf {
        self.at("", part)
    }

    fn staged(&self, set: &str, part: Part) -> PathBuf {
        self.at(&format!(".staging.{set}"), part)
    }

    fn kept(&self, set: &str, part: Part) -> PathBuf {
        self.at(&format!(".quarantine.{set}"), part)
    }

    fn record(&self, name: &str) -> PathBuf {
        self.at(name, Part::Main)
    }

    fn read_act(&self, name: &str) -> Result<Option<Act>, PortError> {
        let Some(bytes) = self.disk.read(&self.record(name)) else { return Ok(None) };
        let damaged = |e| PortError::new(PortErrorKind::Damaged, "read", name.to_owned()).with_source(e);
        act::decode(&bytes).map(Some).map_err(damaged)
    }

    fn describe(&self, path_of: impl Fn(Part) -> PathBuf) -> Vec<PartRecord> {
        let record = |part| {
            let bytes = self.disk.read(&path_of(part))?;
            Some(PartRecord { part, size_bytes: bytes.len() as u64, digest: Digest::of(&bytes) })
        };
        Part::ALL.into_iter().filter_map(record).collect()
    }

    fn move_parts(&self, from: impl Fn(Part) -> PathBuf, to: impl Fn(Part) -> PathBuf) {
        for part in Part::ALL {
            self.disk.rename(&from(part), &to(part));
        }
    }
}

fn intent_of(act: &Act) -> Result<&SwapIntent, PortError> {
    match &act.way {
        Way::Swap(intent) => Ok(intent),
        Way::InPlace { .. } | Way::Steps { .. } | Way::Guarded | Way::Marked | Way::Compared { .. } => {
            Err(PortError::new(PortErrorKind::Unsupported, "exchange", "an act in place"))
        }
    }
}

struct Guard(Arc<AtomicBool>);

impl WorkshopGuard for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

const INTENT: &str = ".intent";
const LAST: &str = ".last";

#[async_trait]
impl Workshop for MemoryWorkshop {
    async fn lock(&self, _wait: Duration, _watch: &Watch) -> Result<Box<dyn WorkshopGuard>, PortError> {
        if self.locked.swap(true, Ordering::SeqCst) {
            return Err(PortError::new(PortErrorKind::Busy, "lock", "the database"));
        }
        Ok(Box::new(Guard(Arc::clone(&self.locked))))
    }

    async fn pending(&self) -> Result<Option<Act>, PortError> {
        self.read_act(INTENT)
    }

    async fn last(&self) -> Result<Option<Act>, PortError> {
        self.read_act(LAST)
    }

    async fn begin(&self, act: &Act) -> Result<(), PortError> {
        self.disk.write(&self.record(INTENT), act::encode(act));
        Ok(())
    }

    async fn finish(&self, act: &Act) -> Result<(), PortError> {
        self.disk.write(&self.record(LAST), act::encode(act));
        self.abandon().await
    }

    async fn abandon(&self) -> Result<(), PortError> {
        self.disk.remove(&self.record(INTENT));
        Ok(())
    }

    async fn set_record_aside(&self) -> Result<String, PortError> {
        let name = format!("{INTENT}.damaged");
        if self.disk.read(&self.record(INTENT)).is_none() {
            return Err(PortError::new(PortErrorKind::NotFound, "set aside", INTENT));
        }
        self.disk.rename(&self.record(INTENT), &self.record(&name));
        Ok(name)
    }

    async fn scratch(&self, name: &str) -> Result<PathBuf, PortError> {
        Ok(self.at(&format!(".scratch.{name}"), Part::Main))
    }

    async fn clear_scratch(&self, path: &Path) -> Result<(), PortError> {
        self.disk.remove(path);
        Ok(())
    }

    async fn sweep_stage(&self) -> Result<usize, PortError> {
        let prefixes =
            [".staging.", ".scratch."].map(|p| self.at(p, Part::Main).to_string_lossy().into_owned());
        let folder = self.database.parent().unwrap_or(Path::new(""));
        let left = self.disk.in_folder(folder).into_iter();
        let left = left.filter(|path| prefixes.iter().any(|p| path.to_string_lossy().starts_with(p)));
        Ok(left.filter(|path| self.disk.remove(path)).count())
    }

    async fn stage(&self, set: &str, source: StageSource<'_>) -> Result<Vec<PartRecord>, PortError> {
        match source {
            StageSource::Point(path) => {
                self.disk.write(&self.staged(set, Part::Main), self.disk.must_read(path)?);
            }
            StageSource::Quarantined(from) => {
                self.disk.must_read(&self.kept(from, Part::Main))?;
                for part in Part::ALL {
                    if let Some(bytes) = self.disk.read(&self.kept(from, part)) {
                        self.disk.write(&self.staged(set, part), bytes);
                    }
                }
            }
        }
        Ok(self.describe(|part| self.staged(set, part)))
    }

    async fn unstage(&self, set: &str) -> Result<(), PortError> {
        for part in Part::ALL {
            self.disk.remove(&self.staged(set, part));
        }
        Ok(())
    }

    async fn quarantined(&self) -> Result<Vec<QuarantinedSet>, PortError> {
        let prefix = self.at(".quarantine.", Part::Main).to_string_lossy().into_owned();
        let folder = self.database.parent().unwrap_or(Path::new(""));
        let sets = self.disk.in_folder(folder).into_iter().filter_map(|path| {
            let name = path.to_string_lossy().strip_prefix(&prefix)?.to_owned();
            let size_bytes = self.disk.read(&path)?.len() as u64;
            let is_main = Part::SIDECARS.iter().all(|part| !name.ends_with(part.suffix()));
            is_main.then_some(QuarantinedSet { name, main: Some(path), size_bytes })
        });
        Ok(sets.collect())
    }

    async fn discard(&self, set: &str) -> Result<u64, PortError> {
        let bytes = self.describe(|part| self.kept(set, part)).iter().map(|record| record.size_bytes).sum();
        if self.disk.read(&self.kept(set, Part::Main)).is_none() {
            return Err(PortError::new(PortErrorKind::NotFound, "discard", set));
        }
        for part in Part::ALL {
            self.disk.remove(&self.kept(set, part));
        }
        Ok(bytes)
    }

    async fn holders(&self, _looking: Looking) -> Result<Vec<Holder>, PortError> {
        Ok(Vec::new())
    }

    async fn standing(&self) -> Result<Vec<PartRecord>, PortError> {
        Ok(self.describe(|part| self.live(part)))
    }

    async fn exchange(&self, act: &Act) -> Result<Vec<String>, PortError> {
        let set = &intent_of(act)?.set;
        self.begin(act).await?;
        self.move_parts(|part| self.live(part), |part| self.kept(set, part));
        self.move_parts(|part| self.staged(set, part), |part| self.live(part));
        self.finish(act).await?;
        Ok(Vec::new())
    }

    async fn recover(&self, act: &Act) -> Result<Recovered, PortError> {
        let set = &intent_of(act)?.set;
        let there = |path: PathBuf| self.disk.read(&path).is_some();
        let live = if there(self.live(Part::Main)) { LiveMain::Other } else { LiveMain::Absent };
        let outcome = plan_recovery(
            intent_of(act)?,
            Observed {
                stage_has_main: there(self.staged(set, Part::Main)),
                set_has_main: there(self.kept(set, Part::Main)),
                live,
            },
        );
        match outcome {
            Recovery::Back => self.move_parts(|part| self.kept(set, part), |part| self.live(part)),
            Recovery::Forward | Recovery::Aside => {
                return self.finish(act).await.map(|()| Recovered { outcome, set_aside: vec![] });
            }
            Recovery::NothingMoved => {}
        }
        self.unstage(set).await?;
        self.abandon().await?;
        Ok(Recovered { outcome, set_aside: Vec::new() })
    }
}
