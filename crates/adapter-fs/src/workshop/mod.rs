//! The work folder beside one database.
//!
//! ```text
//! <database>.lifeboat/database.lock  intent.json  last-act.json
//! <database>.lifeboat/staging/<set>/<database>[-wal|-journal]
//! <database>.lifeboat/quarantine/<set>/<database>[-wal|-journal]
//! ```
//! It never deletes from quarantine what lives nowhere else, and opens database files only while they are
//! quiesced.

mod exchange;
mod records;
mod stage;

pub(crate) use stage::copy_synced;

use crate::durable::{make_folder, with_suffix};
use crate::error::{from_io, if_there};
use crate::lock::{Held, LockFile};
use crate::paths::{DatabasePath, work_folder};
use crate::{blocking, os};
use async_trait::async_trait;
use lifeboat_domain::act::Act;
use lifeboat_domain::swap::{Part, PartRecord};
use lifeboat_ports::{
    Holder, Looking, PortError, QuarantinedSet, Recovered, StageSource, Watch, Workshop, WorkshopGuard,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The work folder of one database.
#[derive(Debug, Clone)]
pub struct FolderWorkshop {
    places: Places,
    held: Held,
}

/// Where things lie.
#[derive(Debug, Clone)]
struct Places {
    database: PathBuf,
    root: PathBuf,
}

impl Places {
    fn live(&self, part: Part) -> PathBuf {
        with_suffix(&self.database, part.suffix())
    }

    fn staging(&self, set: &str) -> PathBuf {
        self.root.join("staging").join(set)
    }

    fn quarantine(&self, set: &str) -> PathBuf {
        self.root.join("quarantine").join(set)
    }

    fn in_folder(&self, folder: &Path, part: Part) -> PathBuf {
        let name = self.database.file_name().expect("because a resolved database path has a file name");
        with_suffix(&folder.join(name), part.suffix())
    }

    fn intent(&self) -> PathBuf {
        self.root.join("intent.json")
    }

    fn last_act(&self) -> PathBuf {
        self.root.join("last-act.json")
    }
}

impl FolderWorkshop {
    /// The work folder of this database; it is made when it is first needed.
    #[must_use]
    pub fn new(database: &DatabasePath) -> Self {
        let database = database.as_path().to_path_buf();
        let root = work_folder(&database);
        Self { places: Places { database, root }, held: Held::default() }
    }

    async fn work<T, F>(&self, op: &'static str, work: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Places) -> Result<T, PortError> + Send + 'static,
    {
        let (places, held) = (self.places.clone(), self.held.keep());
        blocking::run(op, move || {
            let done = work(&places);
            drop(held);
            done
        })
        .await
    }
}

struct Guard {
    _lock: Arc<LockFile>,
}

impl WorkshopGuard for Guard {}

#[async_trait]
impl Workshop for FolderWorkshop {
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn WorkshopGuard>, PortError> {
        let (watch, held) = (watch.clone(), self.held.clone());
        self.work("lock the database", move |places| {
            make_folder(&places.root).map_err(|e| from_io("lock", &places.database, e))?;
            let lock = LockFile::acquire(&places.root.join("database.lock"), wait, &watch)?;
            Ok(Box::new(Guard { _lock: held.hold(lock) }) as Box<dyn WorkshopGuard>)
        })
        .await
    }

    async fn pending(&self) -> Result<Option<Act>, PortError> {
        self.work("read the intent", |places| records::read(&places.intent())).await
    }

    async fn last(&self) -> Result<Option<Act>, PortError> {
        self.work("read the last act", |places| records::read(&places.last_act())).await
    }

    async fn begin(&self, act: &Act) -> Result<(), PortError> {
        let act = act.clone();
        self.work("begin an act", move |places| records::write(&places.intent(), &act)).await
    }

    async fn finish(&self, act: &Act) -> Result<(), PortError> {
        let act = act.clone();
        self.work("finish an act", move |places| {
            records::write_last(places, &act)?;
            records::remove(&places.intent())
        })
        .await
    }

    async fn abandon(&self) -> Result<(), PortError> {
        self.work("abandon an act", |places| records::remove(&places.intent())).await
    }

    async fn set_record_aside(&self) -> Result<String, PortError> {
        self.work("set a record aside", |places| {
            records::set_aside(&places.intent(), &places.root.join("quarantine"))
        })
        .await
    }

    async fn scratch(&self, name: &str) -> Result<PathBuf, PortError> {
        let name = name.to_owned();
        self.work("make room on the stage", move |places| {
            let folder = places.root.join("staging");
            make_folder(&folder).map_err(|e| from_io("stage", &folder, e))?;
            Ok(folder.join(name))
        })
        .await
    }

    async fn clear_scratch(&self, path: &Path) -> Result<(), PortError> {
        let path = path.to_path_buf();
        self.work("clear the stage", move |_| {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                let path = with_suffix(&path, suffix);
                if_there(std::fs::remove_file(&path)).map_err(|e| from_io("clear", &path, e))?;
            }
            Ok(())
        })
        .await
    }

    async fn sweep_stage(&self) -> Result<usize, PortError> {
        self.work("clear the stage", stage::sweep).await
    }

    async fn stage(&self, set: &str, source: StageSource<'_>) -> Result<Vec<PartRecord>, PortError> {
        let set = set.to_owned();
        match source {
            StageSource::Point(path) => {
                let path = path.to_path_buf();
                self.work("stage a point", move |places| stage::point(places, &set, &path)).await
            }
            StageSource::Quarantined(from) => {
                let from = from.to_owned();
                self.work("stage a set", move |places| stage::quarantined(places, &set, &from)).await
            }
        }
    }

    async fn unstage(&self, set: &str) -> Result<(), PortError> {
        let set = set.to_owned();
        self.work("clear the stage", move |places| {
            let folder = places.staging(&set);
            stage::remove(places, &folder).map_err(|e| from_io("clear", &folder, e))
        })
        .await
    }

    async fn quarantined(&self) -> Result<Vec<QuarantinedSet>, PortError> {
        self.work("look into quarantine", stage::list_quarantined).await
    }

    async fn discard(&self, set: &str) -> Result<u64, PortError> {
        let set = set.to_owned();
        self.work("discard a set", move |places| stage::discard(places, &set)).await
    }

    async fn holders(&self, looking: Looking) -> Result<Vec<Holder>, PortError> {
        self.work("look who holds the database", move |places| {
            let mut found = os::holders(&places.database);
            if found.is_empty() && looking == Looking::AtLocksToo {
                found.extend(os::lock_holder(&places.database));
            }
            Ok(found)
        })
        .await
    }

    async fn standing(&self) -> Result<Vec<PartRecord>, PortError> {
        self.work("describe the files", |places| stage::describe(|part| places.live(part))).await
    }

    async fn exchange(&self, act: &Act) -> Result<Vec<String>, PortError> {
        let act = act.clone();
        self.work("exchange the files", move |places| exchange::install(places, &act)).await
    }

    async fn recover(&self, act: &Act) -> Result<Recovered, PortError> {
        let act = act.clone();
        self.work("recover", move |places| exchange::recover(places, &act)).await
    }
}
