//! The contract of `Snapshotter`.

use super::clauses;
use lifeboat_domain::findings::compare;
use lifeboat_domain::restore::{InPlaceOutcome, judge_in_place};
use lifeboat_domain::row_difference::TableChange;
use lifeboat_ports::{
    CancelToken, CaptureLimits, CaptureOrder, Captured, Counting, InstallOrder, PageSize, PortErrorKind,
    Snapshotter, SourceChecks, Watch, Writers,
};
use std::any::Any;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// A live database with one table of numbered rows, and a place for copies.
pub trait SnapshotterFixture {
    /// The port.
    fn snapshotter(&self) -> &dyn Snapshotter;
    /// Adds a row, as another connection.
    fn insert(&self, row: u64);
    /// All rows, as another connection.
    fn rows(&self) -> BTreeSet<u64>;
    /// Everything about the live database that looking may not change: bytes, journal mode, header ids.
    fn imprint(&self) -> Vec<u8>;
    /// A new empty file for a copy.
    fn new_copy(&self) -> PathBuf;
    /// Names beside a copy, itself included.
    fn beside(&self, copy: &std::path::Path) -> usize;
    /// Another process holds a write lock until the value is dropped.
    fn hold_write_lock(&self) -> Box<dyn Any>;
    /// Makes the live file unreadable as a database.
    fn damage(&self);
}

clauses! { dyn SnapshotterFixture:
    looking_changes_nothing,
    a_capture_agrees_with_its_source,
    a_capture_holds_what_was_there_and_nothing_later,
    a_cancelled_capture_says_so,
    examining_makes_nothing_beside_the_file,
    an_install_brings_the_captured_state_back,
    an_install_raises_the_cookie_by_one,
    an_install_beside_a_lock_is_busy_and_changes_nothing,
    an_install_never_overwrites_what_came_after_its_mark,
    differences_are_counted_by_row,
    a_guard_of_quiesce_reopens_on_drop,
    damage_is_told,
}

fn order(source: SourceChecks) -> CaptureOrder {
    let limits = CaptureLimits {
        pin_max: Duration::from_secs(60),
        wal_growth_bytes_max: u64::MAX,
        wait: Duration::from_millis(50),
    };
    CaptureOrder { source, limits }
}

const INSTALL: InstallOrder = InstallOrder { wait: Duration::from_millis(50), page_size: PageSize::AsPoint };

async fn captured(f: &dyn SnapshotterFixture) -> (PathBuf, Captured) {
    let copy = f.new_copy();
    let order = order(SourceChecks::Full);
    let captured = f.snapshotter().capture(&copy, order, &Watch::silent()).await.unwrap();
    (copy, captured)
}

async fn looking_changes_nothing(f: &dyn SnapshotterFixture) {
    f.insert(1);
    let before = f.imprint();
    f.snapshotter().inspect(Counting::Rows).await.unwrap();
    f.snapshotter().examine_live(&Watch::silent()).await.unwrap();
    let (copy, _) = captured(f).await;
    f.snapshotter().row_differences(&copy, &Watch::silent()).await.unwrap();
    assert!(f.imprint() == before);
}

async fn a_capture_agrees_with_its_source(f: &dyn SnapshotterFixture) {
    (1..50).for_each(|row| f.insert(row));
    let (copy, captured) = captured(f).await;
    let examined = f.snapshotter().examine(&copy, &Watch::silent()).await.unwrap();
    compare(&captured.facts, captured.source.as_ref(), &examined).unwrap();
    assert_eq!(examined.facts.rows(), 49);
    assert!(examined.findings.is_clean());
}

async fn a_capture_holds_what_was_there_and_nothing_later(f: &dyn SnapshotterFixture) {
    f.insert(1);
    let (copy, captured) = captured(f).await;
    f.insert(2);
    let examined = f.snapshotter().examine(&copy, &Watch::silent()).await.unwrap();
    assert_eq!((captured.facts.rows(), examined.facts.rows()), (1, 1));
}

async fn a_cancelled_capture_says_so(f: &dyn SnapshotterFixture) {
    let cancel = CancelToken::default();
    cancel.cancel();
    let watch = Watch { cancel, ..Watch::silent() };
    let copy = f.new_copy();
    let error = f.snapshotter().capture(&copy, order(SourceChecks::FactsOnly), &watch).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Cancelled);
}

async fn examining_makes_nothing_beside_the_file(f: &dyn SnapshotterFixture) {
    let (copy, _) = captured(f).await;
    let before = f.beside(&copy);
    f.snapshotter().examine(&copy, &Watch::silent()).await.unwrap();
    assert_eq!(f.beside(&copy), before);
}

async fn an_install_brings_the_captured_state_back(f: &dyn SnapshotterFixture) {
    f.insert(1);
    let (copy, captured) = captured(f).await;
    f.insert(2);
    let installed = f.snapshotter().install(&copy, None, INSTALL, &Watch::silent()).await.unwrap();
    assert_eq!(f.rows(), BTreeSet::from([1]));
    assert_eq!(installed.facts.tables, captured.facts.tables);
    assert_eq!(installed.facts.fingerprint, captured.facts.fingerprint);
    assert!(!installed.others_wrote);
}

async fn an_install_raises_the_cookie_by_one(f: &dyn SnapshotterFixture) {
    let (copy, _) = captured(f).await;
    for _ in 0..2 {
        let before = f.snapshotter().inspect(Counting::HeaderOnly).await.unwrap().schema_cookie;
        f.snapshotter().install(&copy, None, INSTALL, &Watch::silent()).await.unwrap();
        let after = f.snapshotter().inspect(Counting::HeaderOnly).await.unwrap().schema_cookie;
        assert_eq!(judge_in_place(before, after), InPlaceOutcome::New);
    }
}

async fn an_install_beside_a_lock_is_busy_and_changes_nothing(f: &dyn SnapshotterFixture) {
    f.insert(1);
    let (copy, _) = captured(f).await;
    f.insert(2);
    let lock = f.hold_write_lock();
    let error = f.snapshotter().install(&copy, None, INSTALL, &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Busy);
    drop(lock);
    assert_eq!(f.rows(), BTreeSet::from([1, 2]));
}

async fn an_install_never_overwrites_what_came_after_its_mark(f: &dyn SnapshotterFixture) {
    f.insert(1);
    let (copy, _) = captured(f).await;
    let mark = f.snapshotter().mark(Writers::MayCommit).await.unwrap();
    f.insert(2);
    let error = f.snapshotter().install(&copy, Some(mark), INSTALL, &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Changed);
    assert_eq!(f.rows(), BTreeSet::from([1, 2]));
    f.insert(3);
    let mark = f.snapshotter().mark(Writers::MayCommit).await.unwrap();
    let installed = f.snapshotter().install(&copy, Some(mark), INSTALL, &Watch::silent()).await.unwrap();
    assert!(!installed.others_wrote);
    assert_eq!(f.rows(), BTreeSet::from([1]));
    f.insert(4);
}

async fn differences_are_counted_by_row(f: &dyn SnapshotterFixture) {
    f.insert(1);
    let (copy, _) = captured(f).await;
    let equal = f.snapshotter().row_differences(&copy, &Watch::silent()).await.unwrap();
    assert!(equal.iter().all(|d| d.change.is_equal()));
    f.insert(2);
    let one = f.snapshotter().row_differences(&copy, &Watch::silent()).await.unwrap();
    assert_eq!(one[0].change, TableChange::Rows { added: 0, removed: 1, changed: 0 });
}

async fn a_guard_of_quiesce_reopens_on_drop(f: &dyn SnapshotterFixture) {
    let guard = f.snapshotter().quiesce(Duration::from_millis(50)).await.unwrap();
    drop(guard);
    f.snapshotter().inspect(Counting::Rows).await.unwrap();
    let again = f.snapshotter().quiesce(Duration::from_millis(50)).await.unwrap();
    drop(again);
}

async fn damage_is_told(f: &dyn SnapshotterFixture) {
    f.damage();
    let error = f.snapshotter().inspect(Counting::HeaderOnly).await.unwrap_err();
    assert!(matches!(error.kind(), PortErrorKind::Damaged | PortErrorKind::NotADatabase), "{error}");
}
