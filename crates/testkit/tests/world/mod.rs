//! Generated rules, and replicas at work under them.

use lifeboat_domain::dot::{Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::{FieldName, ReplicaId, TableName};
use lifeboat_domain::merge::{
    Cell, Finding, ForeignKey, Identity, MergePolicy, MissingParent, OnDelete, Raw, Row, RowId, Rules, Stop,
    TableRules, UniqueClash, UniqueKey, View, settle,
};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use lifeboat_testkit::memory::MemoryReplica;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a product might say: each field picks one of few.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) policies: [MergePolicy; 4],
    pub(crate) on_missing: MissingParent,
    pub(crate) on_delete: OnDelete,
    pub(crate) natural: bool,
}

/// When the first client writes, in milliseconds since 1970.
pub(crate) const NOON: i64 = 1_790_000_000_000;

pub(crate) const PARENT: usize = 0;
pub(crate) const CHILD: usize = 1;
pub(crate) const LOOSE: usize = 3;

pub(crate) fn table(name: &str, fields: &[&str], policy: MergePolicy) -> TableRules {
    TableRules {
        name: TableName::new(name),
        fields: fields.iter().map(|field| FieldName::new(*field)).collect(),
        key: vec![0],
        identity: Identity::Key,
        policy,
        foreign_keys: Vec::new(),
        unique: Vec::new(),
        changed_at: None,
    }
}

/// Parents with a unique name, children, grandchildren, and a table that refers to itself.
pub(crate) fn rules(chosen: &Chosen) -> Arc<Rules> {
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
    // Nothing refers to a note, nor a note to anything.
    let note = table("note", &["id", "word", "a"], chosen.policies[3]);
    Arc::new(Rules { tables: vec![parent, child, grandchild, loose, note] })
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Insert {
        at: usize,
        table: usize,
        key: i64,
        refers: i64,
        value: i64,
    },
    Update {
        at: usize,
        table: usize,
        key: i64,
        field: usize,
        value: i64,
    },
    Delete {
        at: usize,
        table: usize,
        key: i64,
    },
    Merge {
        into: usize,
        from: usize,
    },
    Clock {
        at: usize,
        ms: i64,
    },
    Copy {
        from: usize,
        onto: usize,
    },
    Restore {
        at: usize,
    },
    Keep {
        at: usize,
    },
    /// A write that a step of a migration makes.
    Step(Box<Op>),
    /// What everybody has is forgotten.
    Compact {
        at: usize,
    },
}

/// Writes of steps: of no row that is referred to, because steps cascade nothing.
pub(crate) fn step(replicas: usize) -> impl Strategy<Value = Op> {
    let at = 0..replicas;
    prop_oneof![
        2 => (at.clone(), 0..5usize, 0..5i64, 0..25i64, 0..3i64)
            .prop_map(|(at, table, key, refers, value)| Op::Insert { at, table, key, refers, value }),
        4 => (at.clone(), 0..5usize, 0..20i64, 1..4usize, 0..5i64)
            .prop_map(|(at, table, key, field, value)| Op::Update { at, table, key, field, value }),
        1 => (at, 0..20i64).prop_map(|(at, key)| Op::Delete { at, table: 2, key }),
    ]
    .prop_map(|op| Op::Step(Box::new(op)))
}

pub(crate) fn op(replicas: usize, forks: bool) -> impl Strategy<Value = Op> {
    let at = 0..replicas;
    let write = prop_oneof![
        4 => (at.clone(), 0..5usize, 0..5i64, 0..25i64, 0..3i64)
            .prop_map(|(at, table, key, refers, value)| Op::Insert { at, table, key, refers, value }),
        4 => (at.clone(), 0..5usize, 0..20i64, 1..4usize, 0..5i64)
            .prop_map(|(at, table, key, field, value)| Op::Update { at, table, key, field, value }),
        2 => (at.clone(), 0..5usize, 0..20i64).prop_map(|(at, table, key)| Op::Delete { at, table, key }),
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

pub(crate) fn policy() -> impl Strategy<Value = MergePolicy> {
    prop_oneof![
        Just(MergePolicy::AppendOnly),
        Just(MergePolicy::LastWriteWins),
        Just(MergePolicy::LastWriteWinsPerField),
        Just(MergePolicy::Manual),
    ]
}

pub(crate) fn chosen() -> impl Strategy<Value = Chosen> {
    let missing =
        prop_oneof![Just(MissingParent::Revive), Just(MissingParent::Park), Just(MissingParent::SetNull)];
    let deletes = prop_oneof![Just(OnDelete::Nothing), Just(OnDelete::Cascade), Just(OnDelete::SetNull)];
    ([policy(), policy(), policy(), policy()], missing, deletes, any::<bool>()).prop_map(
        |(policies, on_missing, on_delete, natural)| Chosen { policies, on_missing, on_delete, natural },
    )
}

/// Rows that were there before tracking began: a parent with a child, and a loose row.
pub(crate) fn genesis() -> Vec<(RowId, Row)> {
    let row = |table, values: &[i64]| {
        let id = RowId { table, key: vec![Value::Integer(values[0])] };
        (id, Row { alive: true, values: values.iter().map(|value| Value::Integer(*value)).collect() })
    };
    vec![row(PARENT, &[4, 9, 0, 0]), row(CHILD, &[4, 4, 0]), row(LOOSE, &[4, 4, 0])]
}

/// Replicas at work, and what is known of their history.
pub(crate) struct World {
    pub(crate) rules: Arc<Rules>,
    pub(crate) replicas: Vec<MemoryReplica>,
    pub(crate) clocks: Vec<i64>,
    pub(crate) kept: Vec<Option<MemoryReplica>>,
    pub(crate) drawn: u64,
    /// What the writer knew, for every write.
    pub(crate) knew: BTreeMap<Dot, VersionVector>,
    /// What was told as lost.
    pub(crate) told: BTreeSet<Dot>,
    /// Kinds of lines of all reports.
    pub(crate) kinds: BTreeSet<&'static str>,
    /// What each write said of each cell of its row.
    pub(crate) said: BTreeMap<(Dot, RowId, Cell), Vec<Value>>,
    /// Lines and tombstones that were dropped.
    pub(crate) forgotten: (usize, usize),
    /// Merges that were refused, because lines were dropped that one side lacks.
    pub(crate) refused: usize,
}

impl World {
    pub(crate) fn new(chosen: &Chosen, replicas: usize) -> Self {
        let rules = rules(chosen);
        let mut world = Self {
            rules: Arc::clone(&rules),
            replicas: Vec::new(),
            clocks: vec![NOON; replicas],
            kept: vec![None; replicas],
            drawn: 0,
            knew: BTreeMap::new(),
            told: BTreeSet::new(),
            kinds: BTreeSet::new(),
            said: BTreeMap::new(),
            forgotten: (0, 0),
            refused: 0,
        };
        for _ in 0..replicas {
            let id = world.draw();
            world.replicas.push(MemoryReplica::adopting(Arc::clone(&rules), id, genesis()));
        }
        world
    }

    pub(crate) fn draw(&mut self) -> ReplicaId {
        self.drawn += 1;
        ReplicaId::derived(&self.drawn.to_be_bytes())
    }

    pub(crate) fn now(&mut self, at: usize) -> UtcMillis {
        self.clocks[at] += 7;
        UtcMillis(self.clocks[at])
    }

    /// Keys of tables with a natural key are drawn, as UUIDs are: no two replicas give the same one.
    pub(crate) fn is_natural(&self, table: usize) -> bool {
        matches!(self.rules.tables[table].identity, Identity::NaturalKey(_))
    }

    pub(crate) fn spread(&self, table: usize, key: i64) -> i64 {
        if self.is_natural(table) { key % 5 + 10 * (key / 5) } else { key % 5 }
    }

    /// What is decided by itself: of a table whose rows are one register only the row.
    pub(crate) fn cells(&self, table: usize) -> Vec<Cell> {
        let rules = &self.rules.tables[table];
        if [MergePolicy::LastWriteWins, MergePolicy::AppendOnly].contains(&rules.policy) {
            return vec![Cell::Life];
        }
        rules.cells().collect()
    }

    /// What a replica holds of a cell; of a register the whole row.
    pub(crate) fn held(&self, replica: &MemoryReplica, id: &RowId, cell: Cell) -> Vec<Value> {
        let row = replica.row(id).unwrap().unwrap();
        let alive = Value::Integer(i64::from(row.alive));
        match cell {
            Cell::Field(field) => vec![row.values[field].clone()],
            Cell::Life if self.cells(id.table).len() == 1 => [row.values, vec![alive]].concat(),
            Cell::Life => vec![alive],
        }
    }

    /// What refused writes a database would refuse too.
    pub(crate) fn carry_out(&mut self, op: &Op) {
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
            Op::Step(ref op) => {
                if let Some((at, at_step)) = self.instant_of_step(op) {
                    self.replicas[at].set_step(Some(at_step));
                    self.carry_out(op);
                    self.replicas[at].set_step(None);
                }
            }
            Op::Merge { into, from } => self.merge(into, from),
            Op::Clock { at, ms } => self.clocks[at] = (self.clocks[at] + ms).max(0),
            Op::Copy { from, onto } => self.replicas[onto] = self.replicas[from].clone(),
            Op::Compact { at } => {
                let (lines, tombstones) = self.replicas[at].compact();
                self.forgotten = (self.forgotten.0 + lines, self.forgotten.1 + tombstones);
            }
            Op::Keep { at } => self.kept[at] = Some(self.replicas[at].clone()),
            Op::Restore { at } => {
                if let Some(kept) = self.kept[at].clone() {
                    self.replicas[at] = kept;
                }
            }
        }
    }

    /// Whose step, and when it counts as written. None where rows stay as they were born: nothing is written down there.
    pub(crate) fn instant_of_step(&mut self, op: &Op) -> Option<(usize, Hlc)> {
        let (Op::Insert { at, table, .. } | Op::Update { at, table, .. } | Op::Delete { at, table, .. }) =
            *op
        else {
            return None;
        };
        self.drawn += 1;
        let is_born = self.rules.tables[table].policy == MergePolicy::AppendOnly;
        (!is_born).then_some((at, Hlc(Hlc::of_step(1).0 + self.drawn * 977)))
    }

    pub(crate) fn write<E>(
        &mut self,
        at: usize,
        write: impl FnOnce(&mut MemoryReplica, UtcMillis) -> Result<Dot, E>,
    ) {
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

    pub(crate) fn note(&mut self, at: usize, dot: Dot) {
        let replica = self.replicas[at].clone();
        let entry = replica.entries().find(|entry| entry.touch.dot == dot).unwrap();
        let Some(row) = &entry.row else { return };
        for cell in self.cells(row.table) {
            let held = self.held(&replica, row, cell);
            self.said.insert((dot, row.clone(), cell), held);
        }
    }

    pub(crate) fn merge(&mut self, into: usize, from: usize) {
        let (now, other) = (self.now(into), self.replicas[from].clone());
        let findings = match self.replicas[into].merge(&other, now) {
            Err(Stop::Unreached(_)) if self.forgotten != (0, 0) => {
                self.refused += 1;
                return;
            }
            findings => findings.unwrap(),
        };
        self.whole(&self.replicas[into]);
        for finding in findings {
            self.kinds.insert(kind(&finding));
            if let Finding::Lost { dot, .. } | Finding::Violation { dot, .. } = finding {
                self.told.insert(dot);
            }
        }
    }

    /// Everybody learns from everybody, in an order of its own, until nobody learns anything.
    pub(crate) fn settle(&mut self, order: &[usize]) {
        // Twice round and everybody knows everything; the third time nobody may learn anything.
        for _ in 0..3 {
            for into in order {
                for from in order.iter().rev() {
                    self.merge(*into, *from);
                }
            }
        }
    }

    /// After every single merge: the schema is kept, and what only the touched rows and their neighbours were asked for is what
    /// all rows would have given.
    pub(crate) fn whole(&self, replica: &MemoryReplica) {
        self.schema_holds(replica);
        let all = settle(&self.rules, replica, replica.raw_state().0.into_keys()).unwrap();
        assert_eq!(all.repairs, *replica.repairs());
    }

    pub(crate) fn schema_holds(&self, replica: &MemoryReplica) {
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

pub(crate) fn kind(finding: &Finding) -> &'static str {
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

pub(crate) fn history(replicas: usize, forks: bool) -> impl Strategy<Value = (Chosen, Vec<Op>)> {
    (chosen(), proptest::collection::vec(op(replicas, forks), 1..60))
}

/// The same with writes of steps in between.
pub(crate) fn stepped_history(replicas: usize, forks: bool) -> impl Strategy<Value = (Chosen, Vec<Op>)> {
    let any = prop_oneof![5 => op(replicas, forks), 1 => step(replicas)];
    (chosen(), proptest::collection::vec(any, 1..60))
}

/// Many merges, and what everybody has is forgotten now and then. No steps: what they rest on may be forgotten, and then their lines
/// differ from those of a replica that has forgotten nothing, though not in what they come to.
pub(crate) fn forgetful_history(replicas: usize, forks: bool) -> impl Strategy<Value = (Chosen, Vec<Op>)> {
    let (at, from) = (0..replicas, 0..replicas);
    let merge = (at.clone(), from).prop_map(|(into, from)| Op::Merge { into, from });
    let compact = at.prop_map(|at| Op::Compact { at });
    let any = prop_oneof![6 => op(replicas, forks), 6 => merge, 2 => compact];
    (chosen(), proptest::collection::vec(any, 1..150))
}

pub(crate) fn run(chosen: &Chosen, replicas: usize, ops: &[Op]) -> World {
    let mut world = World::new(chosen, replicas);
    for op in ops {
        world.carry_out(op);
    }
    world
}
