//! The contract of `Tracker`.

use super::clauses;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Rules, TableDraft, resolve};
use lifeboat_domain::tracking::{Genesis, TrackingFault};
use lifeboat_ports::{Absence, Beginning, Earlier, PortErrorKind, TrackOrder, Tracked, Tracker};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

const WAIT: Duration = Duration::from_millis(50);

/// A database with one table of numbered rows, 1 to 3, which nobody has open.
pub trait TrackerFixture {
    /// The port.
    fn tracker(&self) -> &dyn Tracker;
    /// A client adds a row.
    fn insert(&self, row: u64);
    /// A client changes a row.
    fn change(&self, row: u64);
    /// A client takes a row away.
    fn delete(&self, row: u64);
    /// A client adds a row and takes the transaction back.
    fn insert_and_roll_back(&self, row: u64);
    /// Somebody takes the triggers away.
    fn lose_triggers(&self);
    /// The application has a table of its own under a name that tracking needs.
    fn take_a_name(&self);
    /// A file at rest beside it, of the same schema, with these rows: what both have is alike.
    fn file_with(&self, rows: &[u64]) -> PathBuf;
    /// The rows of the table.
    fn rows(&self) -> BTreeSet<u64>;
    /// Everything about the database that looking may not change, and that untracking brings back.
    fn imprint(&self) -> String;
}

clauses! { dyn TrackerFixture:
    looking_changes_nothing,
    tracking_changes_no_row_and_is_sound,
    tracking_twice_changes_nothing_more,
    what_was_begun_keeps_its_names,
    each_write_adds_a_line_and_no_other_does,
    what_was_rolled_back_adds_none,
    what_differs_from_an_earlier_state_gets_lines,
    what_another_copy_has_alone_is_not_deleted_here,
    triggers_that_are_gone_are_found_and_made_again,
    a_taken_name_is_refused_and_nothing_is_changed,
    untracking_leaves_nothing_behind,
    what_is_not_tracked_cannot_be_audited,
}

async fn rules(f: &dyn TrackerFixture) -> Rules {
    let shapes = f.tracker().survey().await.unwrap();
    let drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
    resolve(&drafts, &shapes).unwrap()
}

async fn order(f: &dyn TrackerFixture, name: u8) -> TrackOrder {
    let (rules, replica) = (rules(f).await, ReplicaId::from_bytes([name; 16]));
    TrackOrder { rules, genesis: Genesis([name; 16]), replica, beginning: Beginning::Now, wait: WAIT }
}

async fn track(f: &dyn TrackerFixture) -> Tracked {
    f.tracker().track(order(f, 7).await).await.unwrap()
}

async fn writes(f: &dyn TrackerFixture) -> u64 {
    f.tracker().tracking().await.unwrap().unwrap().writes
}

async fn looking_changes_nothing(f: &dyn TrackerFixture) {
    let before = f.imprint();
    assert!(!f.tracker().survey().await.unwrap().is_empty());
    assert!(f.tracker().tracking().await.unwrap().is_none());
    assert!(f.imprint() == before, "something was written");
    track(f).await;
    let before = f.imprint();
    f.tracker().audit(&rules(f).await).await.unwrap();
    f.tracker().tracking().await.unwrap();
    assert!(f.imprint() == before, "something was written");
}

async fn tracking_changes_no_row_and_is_sound(f: &dyn TrackerFixture) {
    let before = f.rows();
    let tracked = track(f).await;
    assert!(tracked.began && tracked.mended.is_empty());
    assert_eq!(f.rows(), before);
    assert_eq!(tracked.tracking.writes, 0, "rows that were there need no line");
    assert_eq!(f.tracker().audit(&rules(f).await).await.unwrap(), []);
}

async fn tracking_twice_changes_nothing_more(f: &dyn TrackerFixture) {
    track(f).await;
    f.insert(7);
    let (before, rows) = (f.imprint(), f.rows());
    let again = track(f).await;
    assert!(!again.began && again.mended.is_empty() && again.rewritten == 0);
    assert_eq!(f.rows(), rows);
    assert!(f.imprint() == before, "something was written");
}

async fn what_was_begun_keeps_its_names(f: &dyn TrackerFixture) {
    let first = track(f).await.tracking;
    let second = f.tracker().track(order(f, 8).await).await.unwrap().tracking;
    assert_eq!((first.genesis, first.replica), (second.genesis, second.replica));
}

async fn each_write_adds_a_line_and_no_other_does(f: &dyn TrackerFixture) {
    track(f).await;
    let mut before = 0;
    let all: [&dyn Fn(); 3] = [&|| f.insert(7), &|| f.change(7), &|| f.delete(1)];
    for write in all {
        write();
        let after = writes(f).await;
        assert!(after > before, "a write left no line");
        before = after;
    }
    assert_eq!(f.rows(), [2, 3, 7].into());
    f.rows();
    assert_eq!(writes(f).await, before);
}

async fn what_was_rolled_back_adds_none(f: &dyn TrackerFixture) {
    track(f).await;
    f.insert_and_roll_back(7);
    assert_eq!(writes(f).await, 0);
}

async fn from_earlier(f: &dyn TrackerFixture, absence: Absence) -> Tracked {
    let file = f.file_with(&[1, 2, 8, 9]);
    let before = f.rows();
    let earlier = Earlier { file, absence, whole: BTreeSet::new(), rank: 1 };
    let order = TrackOrder { beginning: Beginning::Earlier(earlier), ..order(f, 7).await };
    let tracked = f.tracker().track(order).await.unwrap();
    assert_eq!(f.rows(), before);
    assert_eq!(f.tracker().audit(&rules(f).await).await.unwrap(), []);
    tracked
}

async fn what_differs_from_an_earlier_state_gets_lines(f: &dyn TrackerFixture) {
    let tracked = from_earlier(f, Absence::Deleted).await;
    assert!(tracked.tracking.writes >= 3, "a row was made and two were deleted");
}

async fn what_another_copy_has_alone_is_not_deleted_here(f: &dyn TrackerFixture) {
    let with_deletions = from_earlier(f, Absence::Deleted).await.tracking.writes;
    f.tracker().untrack(WAIT).await.unwrap();
    let without = from_earlier(f, Absence::Unknown).await.tracking.writes;
    assert!(without >= 1, "one row is here alone");
    assert!(without < with_deletions, "what the other has alone was taken for deleted");
}

async fn triggers_that_are_gone_are_found_and_made_again(f: &dyn TrackerFixture) {
    track(f).await;
    f.lose_triggers();
    f.insert(7);
    let faults = f.tracker().audit(&rules(f).await).await.unwrap();
    assert!(matches!(faults.as_slice(), [TrackingFault::TriggersGone(_)]), "{faults:?}");
    let tracked = track(f).await;
    assert_eq!(tracked.mended, faults);
    assert!(tracked.rewritten >= 1, "nobody knows what was written meanwhile");
    assert_eq!(f.tracker().audit(&rules(f).await).await.unwrap(), []);
    let before = writes(f).await;
    f.change(7);
    assert!(writes(f).await > before);
}

async fn a_taken_name_is_refused_and_nothing_is_changed(f: &dyn TrackerFixture) {
    let order = order(f, 7).await;
    f.take_a_name();
    let before = f.imprint();
    let error = f.tracker().track(order).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::AlreadyExists);
    assert!(f.imprint() == before, "something was written");
}

async fn untracking_leaves_nothing_behind(f: &dyn TrackerFixture) {
    let before = f.imprint();
    track(f).await;
    f.insert(7);
    let was = f.tracker().untrack(WAIT).await.unwrap().unwrap();
    assert_eq!(was.writes, 1);
    f.delete(7);
    assert!(f.imprint() == before, "something was written");
    assert!(f.tracker().untrack(WAIT).await.unwrap().is_none());
}

async fn what_is_not_tracked_cannot_be_audited(f: &dyn TrackerFixture) {
    let error = f.tracker().audit(&rules(f).await).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::NotFound);
}
