//! The reference of the replica port holds every clause, and every broken one fails a named one.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_domain::id::{FieldName, ReplicaId, TableName};
use lifeboat_domain::merge::{Identity, MergePolicy, RowId, Rules, TableRules};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use lifeboat_ports::{Mark, Replica};
use lifeboat_testkit::broken::{BrokenReplica, ReplicaDefect};
use lifeboat_testkit::contract::failures;
use lifeboat_testkit::contract::replica::{CLAUSES, ReplicaFixture};
use lifeboat_testkit::memory::{MemoryMerger, MemoryReplica, MemoryShop, MemoryShops, numbered};
use lifeboat_testkit::replica_contract;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

struct Pair<R: Replica> {
    shops: MemoryShops,
    replicas: [R; 2],
    now: Cell<i64>,
}

fn rules() -> Rules {
    let table = TableRules {
        name: TableName::new("numbered"),
        fields: ["id", "value"].map(FieldName::new).to_vec(),
        key: vec![0],
        identity: Identity::Key,
        policy: MergePolicy::Manual,
        foreign_keys: Vec::new(),
        unique: Vec::new(),
        changed_at: None,
    };
    Rules { tables: vec![table] }
}

fn path(at: usize) -> PathBuf {
    format!("/memory/{at}").into()
}

fn shop(genesis: u8, name: u8) -> MemoryShop {
    let id = ReplicaId::from_bytes([name; 16]);
    let replica = MemoryReplica::adopting(Arc::new(rules()), id, [numbered(7, 0)]);
    MemoryShop { genesis, replica, merges: BTreeSet::new() }
}

fn pair<R: Replica>(make: impl Fn(MemoryMerger) -> R) -> Pair<R> {
    let shops = MemoryShops::default();
    for at in 0..2 {
        shops.all().insert(path(at), shop(1, 1 + at as u8));
    }
    let replicas = [0, 1].map(|at| make(MemoryMerger::new(&shops, &path(at))));
    Pair { shops, replicas, now: Cell::new(1_000_000) }
}

impl<R: Replica> ReplicaFixture for Pair<R> {
    fn replica(&self, at: usize) -> &dyn Replica {
        &self.replicas[at]
    }

    fn rules(&self) -> Rules {
        rules()
    }

    fn write(&self, at: usize, key: i64, value: Option<i64>) {
        self.now.set(self.now.get() + 1000);
        let (now, mut all) = (UtcMillis(1_790_000_000_000 + self.now.get()), self.shops.all());
        let replica = &mut all.get_mut(&path(at)).unwrap().replica;
        let id = RowId { table: 0, key: vec![Value::Integer(key)] };
        match value {
            None => replica.delete(now, &id),
            Some(value) if replica.shown().contains_key(&id) => {
                replica.update(now, &id, 1, Value::Integer(value))
            }
            Some(value) => replica.insert(now, 0, numbered(key, value).1.values),
        }
        .unwrap();
    }

    fn rows(&self, at: usize) -> BTreeMap<i64, i64> {
        let number = |value: &Value| if let Value::Integer(number) = value { *number } else { -1 };
        let shown = self.shops.all()[&path(at)].replica.shown();
        shown.values().map(|row| (number(&row[0]), number(&row[1]))).collect()
    }

    fn stage(&self, at: usize) -> PathBuf {
        let copy = PathBuf::from(format!("/memory/stage-{at}-{}", self.shops.all().len()));
        let shop = self.shops.all()[&path(at)].clone();
        self.shops.all().insert(copy.clone(), shop);
        copy
    }

    fn stranger(&self) -> PathBuf {
        let path = PathBuf::from("/memory/stranger");
        self.shops.all().insert(path.clone(), shop(2, 9));
        path
    }

    fn mark(&self, at: usize) -> Mark {
        Mark(Box::new(self.shops.all()[&path(at)].replica.entries().count()))
    }

    fn imprint(&self, at: usize) -> String {
        let shop = self.shops.all()[&path(at)].clone();
        let entries: Vec<_> = shop.replica.entries().cloned().collect();
        format!("{entries:?} {:?} {:?}", shop.replica.shown(), shop.merges)
    }
}

replica_contract!(the_reference_replica_holds_the_contract, pair(|merger: MemoryMerger| merger));

#[test]
fn broken_replicas_are_caught() {
    let cases = [
        (ReplicaDefect::MergesStrangers, "another_lineage_stops_and_changes_nothing"),
        (ReplicaDefect::AlwaysWrites, "a_merge_that_brings_nothing_writes_nothing"),
        (ReplicaDefect::IgnoresTheMark, "what_came_since_the_mark_is_not_overwritten"),
        (ReplicaDefect::RehearsesOnTheLiveOne, "a_dry_run_changes_nothing_here"),
        (ReplicaDefect::ForgetsItsMerges, "a_merge_is_remembered_by_its_id"),
        (ReplicaDefect::AsksNoChecks, "a_check_that_finds_something_stops_the_merge"),
        (ReplicaDefect::HidesConflicts, "the_later_write_is_shown_and_the_conflict_stays_open_on_both"),
        (ReplicaDefect::DecidesNothing, "a_decision_closes_the_conflict_everywhere"),
        (ReplicaDefect::ForgetsTooMuch, "what_nobody_else_is_known_to_have_is_not_forgotten"),
        (ReplicaDefect::RehearsesForReal, "a_rehearsed_compaction_changes_nothing"),
        (ReplicaDefect::GuessesBelowTheFloor, "who_lacks_what_was_forgotten_is_refused"),
    ];
    for (defect, clause) in cases {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let failed: Vec<&str> = failures(CLAUSES, || {
            Box::new(pair(|merger| BrokenReplica::new(merger, defect))) as Box<dyn ReplicaFixture>
        });
        std::panic::set_hook(hook);
        assert!(failed.contains(&clause), "expected {clause} to fail for {defect:?}, failed: {failed:?}");
    }
}
