//! The laws of merging, over generated rules and histories: any order of merges ends alike, nothing is lost unseen, and what
//! the schema promises holds afterwards.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_domain::dot::{Clock, Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::{FieldName, ReplicaId, TableName};
use lifeboat_domain::merge::{
    Cell, Finding, ForeignKey, Identity, MergePolicy, MissingParent, OnDelete, Raw, Row, RowId, Rules,
    TableRules, UniqueClash, UniqueKey, Versions, View, settle, touches,
};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use lifeboat_testkit::memory::MemoryReplica;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a product might say: each field picks one of few.
#[derive(Debug, Clone)]
struct Chosen {
    policies: [MergePolicy; 4],
    on_missing: MissingParent,
    on_delete: OnDelete,
    natural: bool,
}

const PARENT: usize = 0;
const CHILD: usize = 1;
const LOOSE: usize = 3;

fn table(name: &str, fields: &[&str], policy: MergePolicy) -> TableRules {
    TableRules {
        name: TableName::new(name),
        fields: fields.iter().map(|field| FieldName::new(*field)).collect(),
        key: vec![0],
        identity: Identity::Key,
        policy,
        foreign_keys: Vec::new(),
        unique: Vec::new(),
    }
}

/// Parents with a unique name, children, grandchildren, and a table that refers to itself.
fn rules(chosen: &Chosen) -> Arc<Rules> {
    let reference =
        |parent, on_delete| ForeignKey { fields: vec![1], parent, on_delete, on_missing: chosen.on_missing };
    let name = UniqueKey { fields: vec![1], on_clash: UniqueClash::Park };
    let mut parent = table("parent", &["id", "name", "a", "b"], chosen.policies[0]);
    if chosen.natural {
        parent.identity = Identity::NaturalKey(vec![1]);
    }
    parent.unique = vec![name];
    let mut child = table("child", &["id", "parent", "a"], chosen.policies[1]);
    child.foreign_keys = vec![reference(PARENT, chosen.on_delete)];
    let mut grandchild = table("grandchild", &["id", "child", "a"], chosen.policies[2]);
    grandchild.foreign_keys = vec![reference(CHILD, OnDelete::Cascade)];
    let mut loose = table("loose", &["id", "above", "a"], chosen.policies[3]);
    loose.foreign_keys = vec![reference(LOOSE, OnDelete::SetNull)];
    Arc::new(Rules { tables: vec![parent, child, grandchild, loose] })
}

#[derive(Debug, Clone)]
enum Op {
    Insert { at: usize, table: usize, key: i64, refers: i64, value: i64 },
    Update { at: usize, table: usize, key: i64, field: usize, value: i64 },
    Delete { at: usize, table: usize, key: i64 },
    Merge { into: usize, from: usize },
    Clock { at: usize, ms: i64 },
    Copy { from: usize, onto: usize },
    Restore { at: usize },
    Keep { at: usize },
}

fn op(replicas: usize, forks: bool) -> impl Strategy<Value = Op> {
    let at = 0..replicas;
    let write = prop_oneof![
        4 => (at.clone(), 0..4usize, 0..5i64, 0..25i64, 0..3i64)
            .prop_map(|(at, table, key, refers, value)| Op::Insert { at, table, key, refers, value }),
        4 => (at.clone(), 0..4usize, 0..20i64, 1..4usize, 0..5i64)
            .prop_map(|(at, table, key, field, value)| Op::Update { at, table, key, field, value }),
        2 => (at.clone(), 0..4usize, 0..20i64).prop_map(|(at, table, key)| Op::Delete { at, table, key }),
        1 => (at.clone(), -5_000..5_000i64).prop_map(|(at, ms)| Op::Clock { at, ms }),
    ];
    let merge = (at.clone(), at.clone()).prop_map(|(into, from)| Op::Merge { into, from });
    let fork = prop_oneof![
        (at.clone(), at.clone()).prop_map(|(from, onto)| Op::Copy { from, onto }),
        at.clone().prop_map(|at| Op::Restore { at }),
        at.prop_map(|at| Op::Keep { at }),
    ];
    let weight = u32::from(forks);
    prop_oneof![8 => write, 3 => merge, weight => fork]
}

fn policy() -> impl Strategy<Value = MergePolicy> {
    prop_oneof![
        Just(MergePolicy::AppendOnly),
        Just(MergePolicy::LastWriteWins),
        Just(MergePolicy::LastWriteWinsPerField),
        Just(MergePolicy::Manual),
    ]
}

fn chosen() -> impl Strategy<Value = Chosen> {
    let missing =
        prop_oneof![Just(MissingParent::Revive), Just(MissingParent::Park), Just(MissingParent::SetNull)];
    let deletes = prop_oneof![Just(OnDelete::Nothing), Just(OnDelete::Cascade), Just(OnDelete::SetNull)];
    ([policy(), policy(), policy(), policy()], missing, deletes, any::<bool>()).prop_map(
        |(policies, on_missing, on_delete, natural)| Chosen { policies, on_missing, on_delete, natural },
    )
}

/// Rows that were there before tracking began: a parent with a child, and a loose row.
fn genesis() -> Vec<(RowId, Row)> {
    let row = |table, values: &[i64]| {
        let id = RowId { table, key: vec![Value::Integer(values[0])] };
        (id, Row { alive: true, values: values.iter().map(|value| Value::Integer(*value)).collect() })
    };
    vec![row(PARENT, &[4, 9, 0, 0]), row(CHILD, &[4, 4, 0]), row(LOOSE, &[4, 4, 0])]
}

/// Replicas at work, and what is known of their history.
struct World {
    rules: Arc<Rules>,
    replicas: Vec<MemoryReplica>,
    clocks: Vec<i64>,
    kept: Vec<Option<MemoryReplica>>,
    drawn: u64,
    /// What the writer knew, for every write.
    knew: BTreeMap<Dot, VersionVector>,
    /// What was told as lost.
    told: BTreeSet<Dot>,
    /// Kinds of lines of all reports.
    kinds: BTreeSet<&'static str>,
    /// What each write said of each cell of its row.
    said: BTreeMap<(Dot, RowId, Cell), Vec<Value>>,
}

impl World {
    fn new(chosen: &Chosen, replicas: usize) -> Self {
        let rules = rules(chosen);
        let mut world = Self {
            rules: Arc::clone(&rules),
            replicas: Vec::new(),
            clocks: vec![1_000_000; replicas],
            kept: vec![None; replicas],
            drawn: 0,
            knew: BTreeMap::new(),
            told: BTreeSet::new(),
            kinds: BTreeSet::new(),
            said: BTreeMap::new(),
        };
        for _ in 0..replicas {
            let id = world.draw();
            world.replicas.push(MemoryReplica::adopting(Arc::clone(&rules), id, genesis()));
        }
        world
    }

    fn draw(&mut self) -> ReplicaId {
        self.drawn += 1;
        ReplicaId::derived(&self.drawn.to_be_bytes())
    }

    fn now(&mut self, at: usize) -> UtcMillis {
        self.clocks[at] += 7;
        UtcMillis(self.clocks[at])
    }

    /// Keys of tables with a natural key are drawn, as UUIDs are: no two replicas give the same one.
    fn is_natural(&self, table: usize) -> bool {
        matches!(self.rules.tables[table].identity, Identity::NaturalKey(_))
    }

    fn spread(&self, table: usize, key: i64) -> i64 {
        if self.is_natural(table) { key % 5 + 10 * (key / 5) } else { key % 5 }
    }

    /// What is decided by itself: of a table whose rows are one register only the row.
    fn cells(&self, table: usize) -> Vec<Cell> {
        let rules = &self.rules.tables[table];
        if [MergePolicy::LastWriteWins, MergePolicy::AppendOnly].contains(&rules.policy) {
            return vec![Cell::Life];
        }
        rules.cells().collect()
    }

    /// What a replica holds of a cell; of a register the whole row.
    fn held(&self, replica: &MemoryReplica, id: &RowId, cell: Cell) -> Vec<Value> {
        let row = replica.row(id).unwrap().unwrap();
        let alive = Value::Integer(i64::from(row.alive));
        match cell {
            Cell::Field(field) => vec![row.values[field].clone()],
            Cell::Life if self.cells(id.table).len() == 1 => [row.values, vec![alive]].concat(),
            Cell::Life => vec![alive],
        }
    }

    /// What refused writes a database would refuse too.
    fn carry_out(&mut self, op: &Op) {
        match *op {
            Op::Insert { at, table, key, refers, value } => {
                let key = if self.is_natural(table) { key + 10 * at as i64 } else { key };
                let named = if table == CHILD { self.spread(PARENT, refers) } else { refers % 5 };
                let refers = if refers >= 20 { Value::Null } else { Value::Integer(named) };
                let mut values = vec![Value::Integer(key), refers, Value::Integer(value)];
                if table == PARENT {
                    values.push(Value::Integer(value + 1));
                }
                self.write(at, |replica, now| replica.insert(now, table, values));
            }
            Op::Update { at, table, key, field, value } => {
                let field = if table == PARENT { field } else { 1 + field % 2 };
                let value = if value == 4 { Value::Null } else { Value::Integer(value) };
                let id = RowId { table, key: vec![Value::Integer(self.spread(table, key))] };
                self.write(at, |replica, now| replica.update(now, &id, field, value));
            }
            Op::Delete { at, table, key } => {
                let id = RowId { table, key: vec![Value::Integer(self.spread(table, key))] };
                self.write(at, |replica, now| replica.delete(now, &id));
            }
            Op::Merge { into, from } => self.merge(into, from),
            Op::Clock { at, ms } => self.clocks[at] = (self.clocks[at] + ms).max(0),
            Op::Copy { from, onto } => self.replicas[onto] = self.replicas[from].clone(),
            Op::Keep { at } => self.kept[at] = Some(self.replicas[at].clone()),
            Op::Restore { at } => {
                if let Some(kept) = self.kept[at].clone() {
                    self.replicas[at] = kept;
                }
            }
        }
    }

    fn write<E>(&mut self, at: usize, write: impl FnOnce(&mut MemoryReplica, UtcMillis) -> Result<Dot, E>) {
        let now = self.now(at);
        self.drawn += 1;
        let noise =
            u16::from_be_bytes(self.drawn.wrapping_mul(40_503).to_be_bytes()[6..].try_into().unwrap());
        self.replicas[at].set_noise(noise);
        let knew = self.replicas[at].vector();
        if write(&mut self.replicas[at], now).is_ok() {
            let id = self.replicas[at].id();
            let mut knew = knew;
            for seq in knew.of(id) + 1..=self.replicas[at].vector().of(id) {
                let dot = Dot { replica: id, seq };
                self.knew.insert(dot, knew.clone());
                knew.raise(dot);
                self.note(at, dot);
            }
        }
    }

    fn note(&mut self, at: usize, dot: Dot) {
        let replica = self.replicas[at].clone();
        let entry = replica.entries().find(|entry| entry.touch.dot == dot).unwrap();
        let Some(row) = &entry.row else { return };
        for cell in self.cells(row.table) {
            let held = self.held(&replica, row, cell);
            self.said.insert((dot, row.clone(), cell), held);
        }
    }

    fn merge(&mut self, into: usize, from: usize) {
        let (now, other) = (self.now(into), self.replicas[from].clone());
        let findings = self.replicas[into].merge(&other, now).unwrap();
        for finding in findings {
            self.kinds.insert(kind(&finding));
            if let Finding::Lost { dot, .. } | Finding::Violation { dot, .. } = finding {
                self.told.insert(dot);
            }
        }
    }

    /// Everybody learns from everybody, in an order of its own, until nobody learns anything.
    fn settle(&mut self, order: &[usize]) {
        // Twice round and everybody knows everything; the third time nobody may learn anything.
        for _ in 0..3 {
            for into in order {
                for from in order.iter().rev() {
                    self.merge(*into, *from);
                }
            }
        }
    }

    fn schema_holds(&self, replica: &MemoryReplica) {
        let shown = replica.shown();
        for (id, values) in &shown {
            let rules = &self.rules.tables[id.table];
            let pick = |values: &[Value], fields: &[usize]| -> Vec<Value> {
                fields.iter().map(|field| values[*field].clone()).collect()
            };
            for key in &rules.foreign_keys {
                let parent = RowId { table: key.parent, key: pick(values, &key.fields) };
                let is_there = parent.key.iter().any(Value::is_null) || shown.contains_key(&parent);
                assert!(is_there, "{id:?} has no parent {parent:?}");
            }
            for key in &rules.unique {
                let mine = pick(values, &key.fields);
                let same = shown.iter().filter(|(other, held)| {
                    other.table == id.table && pick(held, &key.fields) == mine && !mine[0].is_null()
                });
                assert!(same.count() < 2, "{id:?} shares {mine:?}");
            }
            assert_eq!(pick(values, &rules.key), id.key, "the key of {id:?}");
        }
    }
}

fn kind(finding: &Finding) -> &'static str {
    match finding {
        Finding::Lost { .. } => "lost",
        Finding::Conflict { .. } => "conflict",
        Finding::Violation { .. } => "violation",
        Finding::United { .. } => "united",
        Finding::Revived { .. } => "revived",
        Finding::Parked { .. } => "parked",
        Finding::Nulled { .. } => "nulled",
    }
}

/// Equal raw state, equal shown rows, and the schema kept.
fn alike(world: &World) {
    let first = &world.replicas[0];
    world.schema_holds(first);
    // What only the touched rows and their neighbours were asked for is what all rows would have given.
    let all = settle(&world.rules, first, first.raw_state().0.into_keys()).unwrap();
    assert_eq!(all.repairs, *first.repairs());
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

fn history(replicas: usize, forks: bool) -> impl Strategy<Value = (Chosen, Vec<Op>)> {
    (chosen(), proptest::collection::vec(op(replicas, forks), 1..60))
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

fn run(chosen: &Chosen, replicas: usize, ops: &[Op]) -> World {
    let mut world = World::new(chosen, replicas);
    for op in ops {
        world.carry_out(op);
    }
    world
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
    fn a_merge_is_commutative_associative_and_idempotent((chosen, ops) in history(3, false)) {
        let world = run(&chosen, 3, &ops);
        let now = UtcMillis(9_000_000);
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
