//! The contract of `Replica`.

use super::clauses;
use lifeboat_domain::merge::Rules;
use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::{
    Check, CheckBody, Choice, CompactOrder, Compacted, Duplicates, FutureClock, Mark, MergeOrder,
    MergeReport, MergeStop, Merged, MergedRows, PortErrorKind, Replica, ResolveOrder, Told, Trial, Validator,
    Watch,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const WAIT: Duration = Duration::from_millis(50);
/// Wall time of every merge; the clocks of the fixtures are behind it.
const NOW: UtcMillis = UtcMillis(4_000_000_000_000);

/// Two copies of one tracked database with a table of keys and numbers, under the manual policy.
pub trait ReplicaFixture {
    /// The port of one copy.
    fn replica(&self, at: usize) -> &dyn Replica;
    /// The rules of both.
    fn rules(&self) -> Rules;
    /// A client says that the row `key` holds `value`; nothing takes it away. Each call is later than the one before.
    fn write(&self, at: usize, key: i64, value: Option<i64>);
    /// The rows of one copy.
    fn rows(&self, at: usize) -> BTreeMap<i64, i64>;
    /// A private copy of one of them, for an order.
    fn stage(&self, at: usize) -> PathBuf;
    /// A private copy of a database that was tracked apart, with the same table.
    fn stranger(&self) -> PathBuf;
    /// The state of one copy, for an order that must not come too late.
    fn mark(&self, at: usize) -> Mark;
    /// Everything about one copy that looking may not change.
    fn imprint(&self, at: usize) -> String;
}

clauses! { dyn ReplicaFixture:
    both_have_what_either_wrote,
    a_merge_that_brings_nothing_writes_nothing,
    the_later_write_is_shown_and_the_conflict_stays_open_on_both,
    a_decision_closes_the_conflict_everywhere,
    an_unknown_conflict_is_none,
    another_lineage_stops_and_changes_nothing,
    what_came_since_the_mark_is_not_overwritten,
    a_dry_run_changes_nothing_here,
    a_merge_is_remembered_by_its_id,
    a_check_that_finds_something_stops_the_merge,
    looking_changes_nothing,
    what_every_peer_has_is_forgotten_and_nothing_else_changes,
    what_nobody_else_is_known_to_have_is_not_forgotten,
    a_rehearsed_compaction_changes_nothing,
    who_lacks_what_was_forgotten_is_refused,
    a_peer_that_is_unknown_cannot_be_forgotten,
}

fn order(f: &dyn ReplicaFixture, other: PathBuf) -> MergeOrder {
    let clock = FutureClock::Believe;
    MergeOrder {
        other,
        rules: f.rules(),
        now: NOW,
        id: format!("{:?}", std::time::Instant::now()),
        clock,
        base: None,
        duplicates: Duplicates::Leave,
        checks: Vec::new(),
        wait: WAIT,
    }
}

async fn merge(f: &dyn ReplicaFixture, into: usize, from: usize) -> MergeReport {
    match f.replica(into).merge(order(f, f.stage(from)), None, &Watch::silent()).await.unwrap() {
        Merged::Done(report) => report,
        Merged::Stopped(stop) => panic!("{stop:?}"),
    }
}

async fn both_have_what_either_wrote(f: &dyn ReplicaFixture) {
    f.write(0, 1, Some(10));
    f.write(1, 2, Some(20));
    f.write(1, 7, None);
    let report = merge(f, 0, 1).await;
    assert!(report.rows >= 2 && report.lines >= 2, "{report:?}");
    merge(f, 1, 0).await;
    assert_eq!(f.rows(0), [(1, 10), (2, 20)].into());
    assert_eq!(f.rows(1), f.rows(0));
}

async fn a_merge_that_brings_nothing_writes_nothing(f: &dyn ReplicaFixture) {
    f.write(0, 1, Some(10));
    merge(f, 1, 0).await;
    merge(f, 0, 1).await;
    let before = (f.imprint(0), f.imprint(1));
    assert_eq!(merge(f, 1, 0).await, MergeReport::default());
    assert_eq!(merge(f, 0, 1).await, MergeReport::default());
    assert!((f.imprint(0), f.imprint(1)) == before, "something was written");
}

/// The row 7 is there from the beginning; both change it.
async fn disagree(f: &dyn ReplicaFixture) -> String {
    f.write(0, 7, Some(1));
    f.write(1, 7, Some(2));
    merge(f, 0, 1).await;
    merge(f, 1, 0).await;
    let conflicts = f.replica(0).conflicts(&f.rules()).await.unwrap();
    let [conflict] = conflicts.as_slice() else { panic!("{conflicts:?}") };
    conflict.id.clone()
}

async fn the_later_write_is_shown_and_the_conflict_stays_open_on_both(f: &dyn ReplicaFixture) {
    f.write(0, 7, Some(1));
    f.write(1, 7, Some(2));
    let report = merge(f, 0, 1).await;
    let told = report.told.iter().any(|told| matches!(told, Told::Conflict(one) if one.versions.len() == 2));
    assert!(told, "{report:?}");
    merge(f, 1, 0).await;
    assert_eq!((f.rows(0)[&7], f.rows(1)[&7]), (2, 2));
    let ids = async |at| -> Vec<String> {
        let open = f.replica(at).conflicts(&f.rules()).await.unwrap();
        open.into_iter().map(|conflict| conflict.id).collect()
    };
    let (here, there) = (ids(0).await, ids(1).await);
    assert_eq!(here.len(), 1);
    assert_eq!(here, there);
}

async fn a_decision_closes_the_conflict_everywhere(f: &dyn ReplicaFixture) {
    let id = disagree(f).await;
    let decision = |choice| ResolveOrder { id: id.clone(), choice, rules: f.rules(), wait: WAIT };
    let decided = f.replica(0).resolve(decision(Choice::Ours)).await.unwrap().unwrap();
    assert_eq!(decided.id, id);
    assert_eq!(f.rows(0)[&7], 1);
    merge(f, 1, 0).await;
    assert_eq!(f.rows(1)[&7], 1);
    for at in 0..2 {
        assert_eq!(f.replica(at).conflicts(&f.rules()).await.unwrap(), []);
    }
    assert!(f.replica(0).resolve(decision(Choice::Theirs)).await.unwrap().is_none(), "it is closed");
}

async fn an_unknown_conflict_is_none(f: &dyn ReplicaFixture) {
    let order = ResolveOrder { id: "nothing".into(), choice: Choice::Ours, rules: f.rules(), wait: WAIT };
    assert!(f.replica(0).resolve(order).await.unwrap().is_none());
}

async fn another_lineage_stops_and_changes_nothing(f: &dyn ReplicaFixture) {
    let before = f.imprint(0);
    let stopped = f.replica(0).merge(order(f, f.stranger()), None, &Watch::silent()).await.unwrap();
    assert_eq!(stopped, Merged::Stopped(MergeStop::OtherLineage));
    assert!(f.imprint(0) == before, "something was written");
}

async fn what_came_since_the_mark_is_not_overwritten(f: &dyn ReplicaFixture) {
    f.write(1, 2, Some(20));
    let mark = f.mark(0);
    f.write(0, 1, Some(10));
    let error = f.replica(0).merge(order(f, f.stage(1)), Some(mark), &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Changed);
    assert_eq!(f.rows(0), [(1, 10), (7, 0)].into());
}

async fn a_dry_run_changes_nothing_here(f: &dyn ReplicaFixture) {
    f.write(1, 2, Some(20));
    let (before, copy) = (f.imprint(0), f.stage(0));
    let merged = f.replica(0).merge_on(&copy, order(f, f.stage(1)), &Watch::silent()).await.unwrap();
    assert!(matches!(merged, Merged::Done(report) if report.rows > 0));
    assert!(f.imprint(0) == before, "something was written");
}

async fn a_merge_is_remembered_by_its_id(f: &dyn ReplicaFixture) {
    f.write(1, 2, Some(20));
    let order = order(f, f.stage(1));
    let id = order.id.clone();
    assert!(!f.replica(0).has_merged(&id).await.unwrap());
    f.replica(0).merge(order, None, &Watch::silent()).await.unwrap();
    assert!(f.replica(0).has_merged(&id).await.unwrap());
}

async fn a_check_that_finds_something_stops_the_merge(f: &dyn ReplicaFixture) {
    f.write(1, 2, Some(20));
    let before = f.imprint(0);
    let with = |found: u64| {
        let code: Arc<dyn Validator> = Arc::new(move |_: &dyn MergedRows| Ok(found));
        let check = Check { name: "books".into(), body: CheckBody::Code(code) };
        MergeOrder { checks: vec![check], ..order(f, f.stage(1)) }
    };
    let stopped = f.replica(0).merge(with(3), None, &Watch::silent()).await.unwrap();
    assert_eq!(stopped, Merged::Stopped(MergeStop::Checked { check: "books".into(), found: 3 }));
    assert!(f.imprint(0) == before, "something was written");
    let done = f.replica(0).merge(with(0), None, &Watch::silent()).await.unwrap();
    assert!(matches!(done, Merged::Done(report) if report.rows > 0));
}

async fn looking_changes_nothing(f: &dyn ReplicaFixture) {
    disagree(f).await;
    let before = f.imprint(0);
    f.replica(0).conflicts(&f.rules()).await.unwrap();
    f.replica(0).has_merged("nothing").await.unwrap();
    assert!(f.imprint(0) == before, "something was written");
}

async fn compact(f: &dyn ReplicaFixture, at: usize, trial: Trial) -> Compacted {
    let order = CompactOrder { rules: f.rules(), forget: Vec::new(), trial, wait: WAIT };
    f.replica(at).compact(order).await.unwrap()
}

/// One of them has written much, and both know all of it and of each other.
async fn much_that_both_know(f: &dyn ReplicaFixture) {
    for key in 10..20 {
        f.write(0, key, Some(key));
        f.write(0, key, Some(key + 1));
    }
    f.write(1, 2, Some(20));
    for (into, from) in [(1, 0), (0, 1), (1, 0), (0, 1)] {
        merge(f, into, from).await;
    }
}

async fn what_every_peer_has_is_forgotten_and_nothing_else_changes(f: &dyn ReplicaFixture) {
    much_that_both_know(f).await;
    let rows = f.rows(0);
    let compacted = compact(f, 0, Trial::CarryOut).await;
    assert!(compacted.lines >= 15, "{compacted:?}");
    assert_eq!(compacted.peers.len(), 1);
    assert_eq!(f.rows(0), rows);
    assert_eq!(compact(f, 0, Trial::CarryOut).await.lines, 0, "once is enough");
    f.write(0, 10, Some(1));
    f.write(1, 11, Some(2));
    f.write(1, 7, Some(3));
    merge(f, 0, 1).await;
    merge(f, 1, 0).await;
    assert_eq!((f.rows(0)[&10], f.rows(0)[&11], f.rows(0)[&7]), (1, 2, 3));
    assert_eq!(f.rows(0), f.rows(1));
}

async fn what_nobody_else_is_known_to_have_is_not_forgotten(f: &dyn ReplicaFixture) {
    for key in 10..20 {
        f.write(0, key, Some(key));
    }
    assert_eq!(compact(f, 0, Trial::CarryOut).await, Compacted::default());
    merge(f, 1, 0).await;
    assert_eq!(f.rows(1), f.rows(0));
}

async fn a_rehearsed_compaction_changes_nothing(f: &dyn ReplicaFixture) {
    much_that_both_know(f).await;
    let before = f.imprint(0);
    let rehearsed = compact(f, 0, Trial::Rehearse).await;
    assert!(f.imprint(0) == before, "something was written");
    assert_eq!(compact(f, 0, Trial::CarryOut).await, rehearsed);
}

async fn who_lacks_what_was_forgotten_is_refused(f: &dyn ReplicaFixture) {
    f.write(1, 3, Some(30));
    let old = f.stage(1);
    much_that_both_know(f).await;
    compact(f, 0, Trial::CarryOut).await;
    let before = f.imprint(0);
    let stopped = f.replica(0).merge(order(f, old), None, &Watch::silent()).await.unwrap();
    assert_eq!(stopped, Merged::Stopped(MergeStop::BelowFloor { ours: true }));
    assert!(f.imprint(0) == before, "something was written");
}

async fn a_peer_that_is_unknown_cannot_be_forgotten(f: &dyn ReplicaFixture) {
    let forget = vec![lifeboat_domain::id::ReplicaId::from_bytes([77; 16])];
    let order = CompactOrder { rules: f.rules(), forget, trial: Trial::CarryOut, wait: WAIT };
    let error = f.replica(0).compact(order).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::NotFound);
}
