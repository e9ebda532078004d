//! The contract of `Workshop`.

use super::clauses;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::swap::{Part, PartRecord, Recovery, SwapIntent};
use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::{PortErrorKind, StageSource, Watch, Workshop};
use std::path::PathBuf;
use std::time::Duration;

/// A database's files, and a point's file elsewhere.
pub trait WorkshopFixture {
    /// The port.
    fn workshop(&self) -> &dyn Workshop;
    /// Writes one of the live files.
    fn put_live(&self, part: Part, bytes: &[u8]);
    /// Bytes of one of the live files.
    fn live(&self, part: Part) -> Option<Vec<u8>>;
    /// A point's file with these bytes.
    fn point(&self, bytes: &[u8]) -> PathBuf;
    /// Damages the record of the last act.
    fn damage_last(&self);
}

clauses! { dyn WorkshopFixture:
    the_lock_is_exclusive,
    an_intent_stays_until_it_is_abandoned,
    a_finished_act_is_the_last_one,
    a_damaged_record_is_an_error,
    a_record_that_is_set_aside_is_no_longer_pending,
    standing_describes_what_is_there,
    an_exchange_puts_the_new_and_keeps_the_old,
    an_exchange_works_where_nothing_was,
    a_quarantined_set_comes_back_whole,
    a_quarantine_takes_all_files_and_leaves_none,
    recovery_of_what_moved_nothing_leaves_the_old,
    recovery_is_idempotent_after_the_end,
    unstaging_leaves_the_live_files,
    a_swept_stage_is_empty_and_quarantine_stays,
    only_the_named_set_is_discarded,
}

fn act(number: u8, way: Way) -> Act {
    let id = SnapshotId::from_parts(1, [number; 10]);
    Act { id, verb: Verb::Restore, begun: UtcMillis(1_000), point: Some(id), safety: None, way }
}

fn in_place(number: u8) -> Act {
    act(number, Way::InPlace { cookie_before: 1 })
}

async fn swap(f: &dyn WorkshopFixture, number: u8, set: &str, incoming: Vec<PartRecord>) -> Act {
    let outgoing = f.workshop().standing().await.unwrap();
    let intent =
        SwapIntent { database: "app.db".to_owned(), set: set.to_owned(), outgoing, incoming, moved_to: None };
    act(number, Way::Swap(intent))
}

async fn stage_point(f: &dyn WorkshopFixture, set: &str, bytes: &[u8]) -> Vec<PartRecord> {
    f.workshop().stage(set, StageSource::Point(&f.point(bytes))).await.unwrap()
}

async fn the_lock_is_exclusive(f: &dyn WorkshopFixture) {
    let guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    let second = f.workshop().lock(Duration::ZERO, &Watch::silent()).await;
    assert_eq!(second.err().map(|e| e.kind()), Some(PortErrorKind::Busy));
    drop(guard);
    f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
}

async fn an_intent_stays_until_it_is_abandoned(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    assert_eq!(f.workshop().pending().await.unwrap(), None);
    f.workshop().begin(&in_place(1)).await.unwrap();
    assert_eq!(f.workshop().pending().await.unwrap(), Some(in_place(1)));
    f.workshop().abandon().await.unwrap();
    assert_eq!(f.workshop().pending().await.unwrap(), None);
    assert_eq!(f.workshop().last().await.unwrap(), None);
}

async fn a_record_that_is_set_aside_is_no_longer_pending(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    let none = f.workshop().set_record_aside().await;
    assert_eq!(none.err().map(|e| e.kind()), Some(PortErrorKind::NotFound));
    f.workshop().begin(&in_place(1)).await.unwrap();
    assert!(!f.workshop().set_record_aside().await.unwrap().is_empty());
    assert_eq!(f.workshop().pending().await.unwrap(), None);
}

async fn a_finished_act_is_the_last_one(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    for number in [1, 2] {
        f.workshop().begin(&in_place(number)).await.unwrap();
        f.workshop().finish(&in_place(number)).await.unwrap();
        assert_eq!(f.workshop().pending().await.unwrap(), None);
        assert_eq!(f.workshop().last().await.unwrap(), Some(in_place(number)));
    }
}

async fn a_damaged_record_is_an_error(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    f.workshop().finish(&in_place(1)).await.unwrap();
    f.damage_last();
    assert_eq!(f.workshop().last().await.unwrap_err().kind(), PortErrorKind::Damaged);
}

async fn standing_describes_what_is_there(f: &dyn WorkshopFixture) {
    assert!(f.workshop().standing().await.unwrap().is_empty());
    f.put_live(Part::Main, b"old");
    f.put_live(Part::Wal, b"log");
    let parts: Vec<_> =
        f.workshop().standing().await.unwrap().iter().map(|r| (r.part, r.size_bytes)).collect();
    assert_eq!(parts, [(Part::Main, 3), (Part::Wal, 3)]);
}

async fn an_exchange_puts_the_new_and_keeps_the_old(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    f.put_live(Part::Main, b"old");
    f.put_live(Part::Journal, b"journal");
    let staged = stage_point(f, "a", b"new").await;
    let act = swap(f, 1, "a", staged).await;
    assert!(f.workshop().exchange(&act).await.unwrap().is_empty());
    assert_eq!((f.live(Part::Main), f.live(Part::Journal)), (Some(b"new".to_vec()), None));
    assert_eq!(f.workshop().last().await.unwrap(), Some(act));
    assert_eq!(f.workshop().pending().await.unwrap(), None);
}

async fn an_exchange_works_where_nothing_was(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    let staged = stage_point(f, "a", b"new").await;
    let act = swap(f, 1, "a", staged).await;
    f.workshop().exchange(&act).await.unwrap();
    assert_eq!(f.live(Part::Main), Some(b"new".to_vec()));
}

async fn a_quarantined_set_comes_back_whole(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    f.put_live(Part::Main, b"old");
    f.put_live(Part::Wal, b"log");
    let staged = stage_point(f, "a", b"new").await;
    let there = swap(f, 1, "a", staged).await;
    f.workshop().exchange(&there).await.unwrap();
    let staged = f.workshop().stage("b", StageSource::Quarantined("a")).await.unwrap();
    let back = swap(f, 2, "b", staged).await;
    f.workshop().exchange(&back).await.unwrap();
    assert_eq!((f.live(Part::Main), f.live(Part::Wal)), (Some(b"old".to_vec()), Some(b"log".to_vec())));
}

async fn recovery_of_what_moved_nothing_leaves_the_old(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    f.put_live(Part::Main, b"old");
    let staged = stage_point(f, "a", b"new").await;
    let act = swap(f, 1, "a", staged).await;
    f.workshop().begin(&act).await.unwrap();
    let recovered = f.workshop().recover(&act).await.unwrap();
    assert_eq!(recovered.outcome, Recovery::NothingMoved);
    assert_eq!(f.live(Part::Main), Some(b"old".to_vec()));
    assert_eq!(f.workshop().pending().await.unwrap(), None);
}

async fn recovery_is_idempotent_after_the_end(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    f.put_live(Part::Main, b"old");
    let staged = stage_point(f, "a", b"new").await;
    let act = swap(f, 1, "a", staged).await;
    f.workshop().exchange(&act).await.unwrap();
    // As if killed before the intent was removed.
    f.workshop().begin(&act).await.unwrap();
    for _ in 0..2 {
        assert_eq!(f.workshop().recover(&act).await.unwrap().outcome, Recovery::Forward);
        assert_eq!(f.live(Part::Main), Some(b"new".to_vec()));
    }
}

async fn unstaging_leaves_the_live_files(f: &dyn WorkshopFixture) {
    let _guard = f.workshop().lock(Duration::ZERO, &Watch::silent()).await.unwrap();
    f.put_live(Part::Main, b"old");
    stage_point(f, "a", b"new").await;
    for _ in 0..2 {
        f.workshop().unstage("a").await.unwrap();
    }
    assert_eq!(f.live(Part::Main), Some(b"old".to_vec()));
}

async fn a_quarantine_takes_all_files_and_leaves_none(f: &dyn WorkshopFixture) {
    for part in Part::ALL {
        f.put_live(part, part.suffix().as_bytes());
    }
    f.put_live(Part::Main, b"damaged");
    let act = swap(f, 1, "aside", Vec::new()).await;
    f.workshop().exchange(&act).await.unwrap();
    assert!(Part::ALL.into_iter().all(|part| f.live(part).is_none()));
    let sets = f.workshop().quarantined().await.unwrap();
    let [set] = sets.as_slice() else { panic!("one set: {sets:?}") };
    assert!(set.name == "aside" && set.main.is_some() && set.size_bytes > 0);
    assert_eq!(f.workshop().last().await.unwrap(), Some(act.clone()));
    let again = f.workshop().recover(&act).await.unwrap();
    assert_eq!(again.outcome, Recovery::Aside);
    assert_eq!(f.workshop().quarantined().await.unwrap(), sets);
    let staged = f.workshop().stage("back", StageSource::Quarantined("aside")).await.unwrap();
    let back = swap(f, 2, "back", staged).await;
    f.workshop().exchange(&back).await.unwrap();
    assert_eq!(f.live(Part::Main).as_deref(), Some(b"damaged".as_slice()));
    assert_eq!(f.live(Part::Wal).as_deref(), Some(b"-wal".as_slice()));
}

async fn a_swept_stage_is_empty_and_quarantine_stays(f: &dyn WorkshopFixture) {
    f.put_live(Part::Main, b"old");
    let act = swap(f, 1, "aside", Vec::new()).await;
    f.workshop().exchange(&act).await.unwrap();
    stage_point(f, "left", b"staged").await;
    assert_eq!(f.workshop().sweep_stage().await.unwrap(), 1);
    assert_eq!(f.workshop().sweep_stage().await.unwrap(), 0);
    assert_eq!(f.workshop().quarantined().await.unwrap().len(), 1);
}

async fn only_the_named_set_is_discarded(f: &dyn WorkshopFixture) {
    for set in ["first", "second"] {
        f.put_live(Part::Main, set.as_bytes());
        let act = swap(f, 1, set, Vec::new()).await;
        f.workshop().exchange(&act).await.unwrap();
    }
    assert!(f.workshop().discard("first").await.unwrap() > 0);
    let left: Vec<String> =
        f.workshop().quarantined().await.unwrap().into_iter().map(|set| set.name).collect();
    assert_eq!(left, ["second"]);
    assert_eq!(f.workshop().discard("first").await.unwrap_err().kind(), PortErrorKind::NotFound);
}
