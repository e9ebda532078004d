//! The laws of merging, over generated rules and histories: any order of merges ends alike, nothing is lost unseen, and what
//! the schema promises holds afterwards.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_domain::dot::{Clock, Dot};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Cell, MergePolicy, MissingParent, OnDelete, RowId, Versions, View, touches};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use lifeboat_testkit::memory::MemoryReplica;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod world;
use world::*;

/// Equal raw state, equal shown rows, and the schema kept.
fn alike(world: &World) {
    let first = &world.replicas[0];
    for other in &world.replicas[1..] {
        assert_eq!(first.vector(), other.vector());
        same(first, other);
    }
}

/// Equal raw and shown rows; names the first that differs.
fn same(one: &MemoryReplica, other: &MemoryReplica) {
    let ((rows, versions, aliases), (rows2, versions2, aliases2)) = (one.raw_state(), other.raw_state());
    for id in rows.keys().chain(rows2.keys()) {
        assert_eq!(rows.get(id), rows2.get(id), "raw {id:?}");
    }
    for (id, open) in versions.iter().chain(&versions2) {
        for (cell, _) in open.iter() {
            let of = |versions: &BTreeMap<RowId, Versions>| versions.get(id).map(|v| v.of(cell).to_vec());
            assert_eq!(of(&versions), of(&versions2), "versions of {id:?} {cell:?}");
        }
    }
    assert_eq!(aliases, aliases2);
    assert_eq!(one.shown(), other.shown());
}

/// `LIFEBOAT_SCHEDULES` asks for more, as `cargo xtask soak merge` does.
fn cases() -> u32 {
    std::env::var("LIFEBOAT_SCHEDULES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

/// Every run draws histories anew; what ever failed is kept beside this file and tried first.
fn config() -> ProptestConfig {
    let kept = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases: cases(), failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn replicas_that_know_the_same_are_alike_whatever_the_order(
        (count, order, (chosen, ops)) in (3..=6usize).prop_flat_map(|count| {
            (Just(count), Just((0..count).collect::<Vec<_>>()).prop_shuffle(), history(count, false))
        })
    ) {
        let mut one = run(&chosen, count, &ops);
        let mut two = run(&chosen, count, &ops);
        one.settle(&(0..count).collect::<Vec<_>>());
        alike(&one);
        two.settle(&order);
        alike(&two);
        same(&one.replicas[0], &two.replicas[0]);
    }

    #[test]
    fn copies_and_restored_backups_lose_nothing((chosen, ops) in history(4, true)) {
        let mut world = run(&chosen, 4, &ops);
        let stamps = |replica: &MemoryReplica| -> BTreeSet<(Hlc, u16)> {
            replica.entries().map(|entry| (entry.touch.clock.hlc, entry.touch.clock.noise)).collect()
        };
        let before: BTreeSet<_> = world.replicas.iter().flat_map(stamps).collect();
        world.settle(&[0, 1, 2, 3]);
        alike(&world);
        prop_assert!(before.is_subset(&stamps(&world.replicas[0])), "a write of a branch is gone");
    }

    #[test]
    fn steps_of_migrations_leave_copies_alike((chosen, ops) in stepped_history(4, true)) {
        let mut world = run(&chosen, 4, &ops);
        world.settle(&[0, 1, 2, 3]);
        alike(&world);
    }

    #[test]
    fn what_everybody_has_can_be_forgotten((chosen, ops) in forgetful_history(3, true)) {
        let (mut forgetful, mut mindful) = (World::new(&chosen, 3), World::new(&chosen, 3));
        let settling = (0..3).flat_map(|_| [(0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)]);
        let settling = settling.map(|(into, from)| Op::Merge { into, from });
        for op in ops.into_iter().chain(settling) {
            let refused = forgetful.refused;
            forgetful.carry_out(&op);
            match op {
                Op::Compact { .. } => {}
                // A refusal changes nothing, and the other world does not hear of it.
                Op::Merge { into, .. } if forgetful.refused > refused => drop(mindful.now(into)),
                op => mindful.carry_out(&op),
            }
            for (one, other) in forgetful.replicas.iter().zip(&mindful.replicas) {
                prop_assert_eq!(one.shown(), other.shown());
                prop_assert_eq!(one.vector(), other.vector());
            }
        }
    }

    #[test]
    fn a_merge_is_commutative_associative_and_idempotent((chosen, ops) in history(3, false)) {
        let world = run(&chosen, 3, &ops);
        let now = UtcMillis(NOON + 8_000_000);
        let merged = |into: &MemoryReplica, from: &MemoryReplica| {
            let mut into = into.clone();
            into.merge(from, now).unwrap();
            into
        };
        let [a, b, c] = [&world.replicas[0], &world.replicas[1], &world.replicas[2]];
        let (ab, ba) = (merged(a, b), merged(b, a));
        same(&ab, &ba);
        let (left, right) = (merged(&ab, c), merged(a, &merged(b, c)));
        same(&left, &right);
        for again in [&ab, b, a] {
            let twice = merged(&ab, again);
            same(&twice, &ab);
            prop_assert_eq!(twice.vector().of(twice.id()), ab.vector().of(ab.id()), "no clock line");
        }
    }

    #[test]
    fn no_write_is_lost_unseen_and_no_old_one_wins((chosen, ops) in history(3, false)) {
        let mut world = run(&Chosen { natural: false, ..chosen }, 3, &ops);
        world.settle(&[0, 1, 2]);
        alike(&world);
        no_write_is_lost(&world);
    }
}

/// A class that takes in one more member long after it was made: what its first members were written at still counts.
#[test]
fn a_class_that_grows_keeps_the_dates_of_those_that_it_took_over() {
    let chosen = Chosen {
        policies: [MergePolicy::LastWriteWinsPerField; 4],
        on_missing: MissingParent::Revive,
        on_delete: OnDelete::Nothing,
        natural: true,
    };
    let rules = rules(&chosen);
    let mut replicas: Vec<MemoryReplica> =
        (1..=5).map(|at| MemoryReplica::new(Arc::clone(&rules), ReplicaId::from_bytes([at; 16]))).collect();
    let at = |ms: i64| UtcMillis(NOON + ms);
    let row = |key, name, f| [key, name, f, 0].map(Value::Integer).to_vec();
    let [a, b, c, d, e] = [0, 1, 2, 3, 4];
    replicas[d].insert(at(50), PARENT, row(1, 1, 0)).unwrap();
    let merge = |replicas: &mut Vec<MemoryReplica>, into: usize, from: usize| {
        let other = replicas[from].clone();
        replicas[into].merge(&other, at(60)).unwrap();
    };
    merge(&mut replicas, a, d);
    replicas[b].insert(at(100), PARENT, row(2, 1, 2)).unwrap();
    replicas[c].insert(at(80), PARENT, row(3, 2, 3)).unwrap();
    let p = RowId { table: PARENT, key: vec![Value::Integer(1)] };
    replicas[d].delete(at(54), &p).unwrap();
    replicas[d].insert(at(55), PARENT, row(1, 2, 1)).unwrap();
    for from in [b, c, d] {
        merge(&mut replicas, a, from);
    }
    for from in [d, b, c] {
        merge(&mut replicas, e, from);
    }
    same(&replicas[a], &replicas[e]);
}

#[test]
fn the_histories_meet_everything_that_a_report_can_say() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..300 {
        let (chosen, ops) = history(4, true).new_tree(&mut runner).unwrap().current();
        let mut world = run(&chosen, 4, &ops);
        world.settle(&[0, 1, 2, 3]);
        kinds.extend(world.kinds);
    }
    let all = ["conflict", "lost", "nulled", "parked", "revived", "united", "violation"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn much_is_forgotten_and_little_refused() {
    let mut runner = TestRunner::deterministic();
    let (mut forgotten, mut refused, mut merges) = ((0, 0), 0, 0);
    for _ in 0..200 {
        let (chosen, ops) = forgetful_history(3, false).new_tree(&mut runner).unwrap().current();
        let world = run(&chosen, 3, &ops);
        forgotten = (forgotten.0 + world.forgotten.0, forgotten.1 + world.forgotten.1);
        refused += world.refused;
        merges += ops.iter().filter(|op| matches!(op, Op::Merge { .. })).count();
    }
    assert!(forgotten.0 > 100 && forgotten.1 > 5, "{forgotten:?}");
    assert!(refused * 10 < merges, "{refused} of {merges}");
}

/// Every write of a cell is what the cell holds, or was written over by somebody who knew it, or is told as lost, or is an
/// open version. The latest by its clock is never one that a later writer knew.
fn no_write_is_lost(world: &World) {
    let replica = &world.replicas[0];
    let mut writes: BTreeMap<(RowId, Cell), Vec<(Dot, Clock)>> = BTreeMap::new();
    for entry in replica.entries() {
        let Some(row) = &entry.row else { continue };
        let policy = world.rules.tables[row.table].policy;
        for cell in world.cells(row.table) {
            if touches(policy, entry.touch.change, cell) {
                let write = (entry.touch.dot, entry.touch.clock);
                writes.entry((row.clone(), cell)).or_default().push(write);
            }
        }
    }
    for ((row, cell), writes) in writes {
        let knew = |later: &Dot, earlier: &Dot| world.knew[later].includes(*earlier);
        let is_head = |dot: &Dot| !writes.iter().any(|(other, _)| knew(other, dot));
        let first_wins = world.rules.tables[row.table].policy == MergePolicy::AppendOnly;
        let latest = writes.iter().max_by_key(|(_, clock)| *clock).unwrap().0;
        assert!(is_head(&latest), "{row:?} {cell:?}: an old write is the latest by its clock");
        let held = world.held(replica, &row, cell);
        let open: Vec<Value> =
            replica.versions(&row).unwrap().of(cell).iter().map(|v| v.value.clone()).collect();
        for (dot, _) in writes.iter().filter(|(dot, _)| is_head(dot) && !first_wins) {
            let said = &world.said[&(*dot, row.clone(), cell)];
            let is_open = matches!(said.as_slice(), [value] if open.contains(value));
            // Of writes that said the same one stands for all.
            let is_told = writes.iter().any(|(other, _)| {
                world.told.contains(other) && world.said[&(*other, row.clone(), cell)] == *said
            });
            assert!(*said == held || is_open || is_told, "{row:?} {cell:?}: {dot:?} is lost");
        }
    }
}
