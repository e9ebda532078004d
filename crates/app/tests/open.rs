//! `Lifeboat::open` on real files: in order, before any write where it refuses, and with a way out where it fails.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::domain::act::{self, Act, Verb, Way};
use lifeboat::domain::event::{Event, OpeningStep};
use lifeboat::domain::id::SnapshotId;
use lifeboat::domain::time::UtcMillis;
use lifeboat::{
    BackupOrder, CancelToken, Config, Error, Lifeboat, Migrations, OpenOrder, Opened, Posture, RestoreOrder,
    Use, Watch,
};
use lifeboat_testkit::memory::RecordedEvents;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    events: Arc<RecordedEvents>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), events: Arc::default() }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    async fn open(&self, steps: usize) -> Result<Opened, Error> {
        self.open_as(steps, Config::embedded(self.database())).await
    }

    async fn open_as(&self, steps: usize, config: Config) -> Result<Opened, Error> {
        let watch = Watch { events: self.events.clone(), cancel: CancelToken::default() };
        let order = OpenOrder { migrations: (steps > 0).then(|| first(steps)), ..OpenOrder::default() };
        Lifeboat::open(config, &order, watch).await
    }

    fn steps(&self) -> Vec<OpeningStep> {
        let step = |event: &Event| match event {
            Event::Opening { step } => Some(*step),
            _ => None,
        };
        self.events.seen().iter().filter_map(step).collect()
    }
}

/// The first so many steps of the tests.
fn first(count: usize) -> Migrations {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/migrations");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<(String, String)> = files
        .iter()
        .take(count)
        .map(|f| (f.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(f).unwrap()))
        .collect();
    Migrations::from_texts(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[tokio::test]
async fn a_new_database_is_made_an_old_one_upgraded_and_a_current_one_only_looked_at() {
    use OpeningStep::{Guard, Look, Migrate, Posture, Ready, Recover};
    let place = Place::new();
    let made = place.open(1).await.unwrap();
    assert!(made.migrated.unwrap().created);
    assert_eq!(place.steps(), [Recover, Guard, Migrate, Ready]);
    let place = Place { folder: place.folder, events: Arc::default() };
    let upgraded = place.open(2).await.unwrap();
    assert_eq!(upgraded.migrated.unwrap().done.len(), 1);
    assert_eq!(place.steps(), [Recover, Guard, Posture, Look, Migrate, Ready]);
    let place = Place { folder: place.folder, events: Arc::default() };
    let current = place.open(2).await.unwrap();
    assert!(current.migrated.is_none() && current.recovered.is_none());
    assert_eq!(place.steps(), [Recover, Guard, Posture, Look, Ready]);
    assert_eq!(current.boat.list().await.unwrap().points().len(), 1, "the point before the upgrade");
}

#[tokio::test]
async fn a_newer_database_and_another_applications_are_refused_before_any_write() {
    let place = Place::new();
    // Foreign, so that it stays in rollback-journal mode: a posture would change the header.
    drop(place.open_as(2, Config::foreign(place.database())).await.unwrap());
    let before = bytes(&place.database());
    let newer = place.open(1).await.unwrap_err();
    assert_eq!(newer.code().to_string(), "LB0908");
    assert!(bytes(&place.database()) == before);
    let ours = Posture { application_id: Some(7), ..Posture::default() };
    let marked = Place::new();
    let order = OpenOrder { migrations: Some(first(1).of_application(99)), ..OpenOrder::default() };
    drop(Lifeboat::open(Config::foreign(marked.database()), &order, Watch::silent()).await.unwrap());
    let before = bytes(&marked.database());
    let config = Config { used: Use::Embedded(ours), ..Config::embedded(marked.database()) };
    let other = marked.open_as(0, config).await.unwrap_err();
    assert_eq!(other.code().to_string(), "LB0912");
    assert!(bytes(&marked.database()) == before);
}

#[tokio::test]
async fn a_damaged_database_is_classified_and_the_newest_point_is_offered() {
    let place = Place::new();
    let boat = place.open(1).await.unwrap().boat;
    let point = boat.backup(BackupOrder::manual("good")).await.unwrap().point;
    drop(boat);
    let mut damaged = bytes(&place.database());
    damaged[..100].fill(0x5a);
    std::fs::write(place.database(), damaged).unwrap();
    let error = place.open(1).await.unwrap_err();
    assert_eq!(error.code().to_string(), "LB0103");
    assert!(error.next_step().contains(&point.id.short()), "{error}");
    assert!(error.next_step().contains("salvage"), "{error}");
}

#[tokio::test]
async fn a_database_that_was_moved_away_is_not_made_anew() {
    let place = Place::new();
    let boat = place.open(1).await.unwrap().boat;
    let to = place.folder.path().join("elsewhere.db");
    boat.relocate(&to, RestoreOrder::default()).await.unwrap();
    drop(boat);
    let error = place.open(1).await.unwrap_err();
    assert_eq!(error.code().to_string(), "LB0117");
    assert!(!place.database().exists());
    let there = Lifeboat::at(Config::embedded(&to)).unwrap();
    assert_eq!(place_moved_to(&place).await, Some(to));
    assert_eq!(there.list().await.unwrap().points().len(), 1);
}

async fn place_moved_to(place: &Place) -> Option<PathBuf> {
    Lifeboat::at(Config::embedded(place.database())).unwrap().moved_to().await.unwrap()
}

#[tokio::test]
async fn what_was_interrupted_is_settled_first() {
    let place = Place::new();
    drop(place.open(1).await.unwrap());
    let id = SnapshotId::from_parts(1, [1; 10]);
    let way = Way::Steps { head_before: 0 };
    let act = Act { id, verb: Verb::Migrate, begun: UtcMillis(1), point: None, safety: None, way };
    let intent = place.folder.path().join("app.db.lifeboat/intent.json");
    std::fs::write(&intent, act::encode(&act)).unwrap();
    let opened = place.open(1).await.unwrap();
    assert_eq!(opened.recovered.unwrap().outcome_word(), "new");
    assert!(!intent.exists());
}

#[tokio::test]
async fn without_steps_a_database_must_be_there() {
    let place = Place::new();
    assert_eq!(place.open(0).await.unwrap_err().code().to_string(), "LB0101");
    assert!(!place.database().exists());
}
