//! Replicas in SQLite against the reference: the same history, written by plain SQL and merged by the adapter, shows the same
//! rows.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

#[path = "../../testkit/tests/world/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the kit's own tests use the rest")]
mod world;

use lifeboat_adapter_sqlite::{SqliteReplica, SqliteTracker};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Change, MergePolicy, OnDelete, RowId, Rules, View, inherit};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::tracking::Genesis;
use lifeboat_domain::value::Value;
use lifeboat_ports::{
    Beginning, CompactOrder, Duplicates, FutureClock, MergeOrder, MergeReport, MergeStop, Merged, Replica,
    TrackOrder, Tracker, Trial, Watch,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use world::*;

const TABLES: [&str; 5] = ["parent", "child", "grandchild", "loose", "note"];

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn schema(chosen: &Chosen) -> String {
    let action = match chosen.on_delete {
        OnDelete::Nothing => "NO ACTION",
        OnDelete::Cascade => "CASCADE",
        OnDelete::SetNull => "SET NULL",
    };
    format!(
        "CREATE TABLE parent (id INT PRIMARY KEY NOT NULL, name INT UNIQUE, a INT, b INT);
         CREATE TABLE child (id INT PRIMARY KEY NOT NULL, parent INT REFERENCES parent (id) ON DELETE {action}, a INT);
         CREATE TABLE grandchild (id INT PRIMARY KEY NOT NULL, child INT REFERENCES child (id) ON DELETE CASCADE, a INT);
         CREATE TABLE loose (id INT PRIMARY KEY NOT NULL, above INT REFERENCES loose (id) ON DELETE SET NULL, a INT);
         CREATE TABLE note (id INT PRIMARY KEY NOT NULL, word INT, a INT);
         INSERT INTO parent VALUES (4, 9, 0, 0); INSERT INTO child VALUES (4, 4, 0); INSERT INTO loose VALUES (4, 4, 0);"
    )
}

/// Files that do what the world's replicas do.
struct Files {
    folder: TempDir,
    world: World,
    chosen: Chosen,
    now: i64,
    /// Lines of files were dropped.
    forgot: bool,
}

impl Files {
    fn new(chosen: &Chosen, count: usize) -> Self {
        let files = Self {
            folder: tempfile::tempdir().unwrap(),
            world: World::new(chosen, count),
            chosen: chosen.clone(),
            now: NOON,
            forgot: false,
        };
        let first = files.path(0);
        Connection::open(&first).unwrap().execute_batch(&schema(chosen)).unwrap();
        let order = TrackOrder {
            rules: files.rules(),
            genesis: Genesis([9; 16]),
            replica: ReplicaId::from_bytes([1; 16]),
            beginning: Beginning::Now,
            wait: Duration::ZERO,
        };
        wait(SqliteTracker::new(&first).track(order)).unwrap();
        for at in 0..count {
            if at > 0 {
                std::fs::copy(&first, files.path(at)).unwrap();
            }
            // Each copy gets a name of its own, as a split would give it.
            let name = format!("UPDATE lifeboat_replica SET id = x'{:032x}' WHERE no = 1", at + 1);
            Connection::open(files.path(at)).unwrap().execute_batch(&name).unwrap();
        }
        files
    }

    fn rules(&self) -> Rules {
        (*rules(&self.chosen)).clone()
    }

    fn path(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("{at}.db"))
    }

    /// Time goes on everywhere alike, so that both worlds know the same later.
    fn tick(&mut self) {
        self.now += 1000;
        self.world.clocks.iter_mut().for_each(|clock| *clock = self.now);
        std::thread::sleep(Duration::from_millis(2));
    }

    fn carry_out(&mut self, op: &Op) {
        self.tick();
        match *op {
            Op::Clock { .. } => {}
            Op::Merge { into, from } => self.merge(into, from),
            Op::Copy { from, onto } => {
                self.world.carry_out(op);
                if from != onto {
                    std::fs::copy(self.path(from), self.path(onto)).unwrap();
                }
            }
            Op::Keep { at } => {
                self.world.carry_out(op);
                std::fs::copy(self.path(at), self.path(at).with_extension("kept")).unwrap();
            }
            Op::Restore { at } => {
                self.world.carry_out(op);
                if self.world.kept[at].is_some() {
                    std::fs::copy(self.path(at).with_extension("kept"), self.path(at)).unwrap();
                }
            }
            Op::Insert { at, .. } | Op::Update { at, .. } | Op::Delete { at, .. } => self.write(at, op),
            Op::Compact { at } => {
                self.world.carry_out(op);
                let (rules, trial) = (self.rules(), Trial::CarryOut);
                let order = CompactOrder { rules, forget: Vec::new(), trial, wait: Duration::ZERO };
                let compacted = wait(SqliteReplica::new(&self.path(at)).compact(order)).unwrap();
                self.forgot |= compacted.lines + compacted.tombstones > 0;
                self.same(at, "a compaction");
            }
            Op::Step(ref op) => {
                let drawn = self.world.drawn;
                let Some((at, instant)) = self.world.instant_of_step(op) else { return };
                self.world.drawn = drawn;
                let last = last_line(&self.path(at));
                self.write_as(at, op, &Op::Step(op.clone()));
                self.date(at, last, instant);
            }
        }
    }

    /// Lines since then are a step's, dated as the adapter dates them.
    fn date(&self, at: usize, last: i64, instant: Hlc) {
        let connection = Connection::open(self.path(at)).unwrap();
        let list = |question: &str, key: (i64, i64)| -> Vec<(i64, Option<i64>)> {
            let mut statement = connection.prepare(question).unwrap();
            let rows = statement.query_map([key.0, key.1], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let lines =
            list("SELECT seq, cells FROM lifeboat_journal WHERE seq > ?1 AND table_no > ?2", (last, 0));
        for (seq, cells) in lines {
            let row = format!("SELECT table_no, key FROM lifeboat_journal WHERE seq = {seq}");
            let row: (i64, i64) = connection.query_row(&row, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
            let known = format!(
                "SELECT hlc, cells FROM (SELECT * FROM lifeboat_journal WHERE seq <= {last}
                 UNION ALL SELECT seq, hlc, table_no, cells, stamp, key FROM lifeboat_received)
                 WHERE table_no = ?1 AND key = ?2 AND hlc >= {}",
                Hlc::FIRST_OF_CLIENTS.0
            );
            let known = list(&known, row).into_iter();
            let known: Vec<(Change, Hlc)> = known
                .map(|(hlc, cells)| (Change::decode(cells).unwrap(), Hlc(hlc.cast_unsigned())))
                .collect();
            let named = format!("SELECT name FROM lifeboat_table WHERE no = {}", row.0);
            let named: String = connection.query_row(&named, [], |row| row.get(0)).unwrap();
            let rules = self.world.rules.tables.iter().find(|rules| rules.name.as_str() == named).unwrap();
            let fields: Vec<usize> = (0..rules.fields.len()).collect();
            let parts = inherit(rules.policy, Change::decode(cells).unwrap(), &known, &fields);
            for (nth, (change, hlc)) in parts.into_iter().enumerate() {
                let hlc = hlc.unwrap_or(instant).0.cast_signed();
                let write = match nth {
                    0 => format!("UPDATE lifeboat_journal SET hlc = ?1, cells = ?2, stamp = stamp | 32768 WHERE seq = {seq}"),
                    _ => format!(
                        "INSERT INTO lifeboat_journal (hlc, cells, table_no, stamp, key)
                         SELECT ?1, ?2, table_no, (random() & 32767) | 32768, key FROM lifeboat_journal WHERE seq = {seq}"
                    ),
                };
                connection.execute(&write, rusqlite::params![hlc, change.code()]).unwrap();
            }
        }
    }

    fn write(&mut self, at: usize, op: &Op) {
        self.write_as(at, op, op);
    }

    /// What a client or a step writes, and how the world carries it out.
    fn write_as(&mut self, at: usize, op: &Op, whole: &Op) {
        if self.changes_nothing(op) {
            return;
        }
        let before = self.world.replicas[at].clone();
        self.world.carry_out(whole);
        let after = &self.world.replicas[at];
        if before.vector() == after.vector() {
            return;
        }
        // The first row that the client named; cascades are the engine's.
        let statement = match *op {
            Op::Insert { table, .. } => {
                let new = after.entries().find(|e| !before.vector().includes(e.touch.dot)).unwrap();
                let values = &after.shown()[new.row.as_ref().unwrap()];
                let values: Vec<String> = values.iter().map(literal).collect();
                format!("INSERT INTO {} VALUES ({})", TABLES[table], values.join(", "))
            }
            Op::Update { table, key, field, value, .. } => {
                let field = if table == PARENT { field } else { 1 + field % 2 };
                let column = &self.world.rules.tables[table].fields[field];
                let value = if value == 4 { Value::Null } else { Value::Integer(value) };
                let (table, key) = (TABLES[table], self.world.spread(table, key));
                format!("UPDATE {table} SET {column} = {} WHERE id = {key}", literal(&value))
            }
            Op::Delete { table, key, .. } => {
                format!("DELETE FROM {} WHERE id = {}", TABLES[table], self.world.spread(table, key))
            }
            _ => unreachable!("only writes come here"),
        };
        let script = format!("PRAGMA foreign_keys = ON; {statement}");
        let done = Connection::open(self.path(at)).unwrap().execute_batch(&script);
        assert!(done.is_ok(), "{statement}: {done:?}");
        self.same(at, &statement);
    }

    /// An update that says what is there already touches no column in plain SQL.
    fn changes_nothing(&self, op: &Op) -> bool {
        let Op::Update { at, table, key, field, value } = *op else { return false };
        let field = if table == PARENT { field } else { 1 + field % 2 };
        let value = if value == 4 { Value::Null } else { Value::Integer(value) };
        let id = RowId { table, key: vec![Value::Integer(self.world.spread(table, key))] };
        self.world.replicas[at].shown().get(&id).is_some_and(|row| row[field] == value)
    }

    fn merge(&mut self, into: usize, from: usize) {
        self.tick();
        let (refused, before) = (self.world.refused, self.world.replicas[into].clone());
        self.world.merge(into, from);
        if self.world.refused > refused {
            return;
        }
        let report = merge(&self.path(into), &self.path(from), &self.rules());
        // What is dropped depends on lines of clocks too, which the two worlds do not have alike.
        if matches!(report, Merged::Stopped(MergeStop::BelowFloor { .. })) && self.forgot {
            self.world.replicas[into] = before;
            return;
        }
        assert!(matches!(report, Merged::Done(_)), "{report:?}");
        self.same(into, &format!("merge of {from} into {into}"));
    }

    /// The tables hold what the reference shows.
    fn same(&self, at: usize, after: &str) {
        let connection = Connection::open(self.path(at)).unwrap();
        let mut rows = BTreeMap::new();
        for (table, name) in TABLES.iter().enumerate() {
            let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let count = statement.column_count();
            let mut found = statement.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                let value = |at| row.get::<_, Option<i64>>(at).unwrap().map_or(Value::Null, Value::Integer);
                let values: Vec<Value> = (0..count).map(value).collect();
                rows.insert(RowId { table, key: values[..1].to_vec() }, values);
            }
        }
        assert_eq!(rows, self.world.replicas[at].shown(), "after {after}");
    }
}

fn last_line(path: &Path) -> i64 {
    let last = "SELECT max(seq) FROM lifeboat_journal";
    Connection::open(path).unwrap().query_row(last, [], |row| row.get(0)).unwrap()
}

fn merge(into: &Path, from: &Path, rules: &Rules) -> Merged {
    let copy = into.with_extension("other");
    std::fs::copy(from, &copy).unwrap();
    let order = MergeOrder {
        other: copy,
        rules: rules.clone(),
        now: UtcMillis(0),
        id: lifeboat_domain::digest::Digest::of(format!("{:?}", std::time::Instant::now()).as_bytes())
            .to_string(),
        clock: FutureClock::Believe,
        base: None,
        duplicates: Duplicates::Leave,
        checks: Vec::new(),
        wait: Duration::ZERO,
    };
    wait(SqliteReplica::new(into).merge(order, None, &Watch::silent())).unwrap()
}

fn literal(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        _ => "NULL".to_owned(),
    }
}

fn config() -> ProptestConfig {
    let asked = std::env::var("LIFEBOAT_SCHEDULES").ok().and_then(|cases| cases.parse::<u32>().ok());
    let kept = FileFailurePersistence::WithSource("regressions");
    ProptestConfig {
        cases: asked.map_or(24, |cases| cases / 10),
        failure_persistence: Some(Box::new(kept)),
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    }
}

fn run_files(chosen: &Chosen, count: usize, ops: &[Op]) -> Files {
    let mut files = Files::new(chosen, count);
    for op in ops {
        files.carry_out(op);
    }
    for _ in 0..2 {
        for into in 0..count {
            for from in (0..count).rev().filter(|from| *from != into) {
                files.merge(into, from);
            }
        }
    }
    files
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn replicas_in_sqlite_show_what_the_reference_shows((chosen, ops) in history(3, false)) {
        run_files(&chosen, 3, &ops);
    }

    #[test]
    fn files_on_which_steps_ran_show_what_the_reference_shows((chosen, ops) in stepped_history(3, true)) {
        run_files(&chosen, 3, &ops);
    }

    #[test]
    fn files_that_forget_show_what_the_reference_shows((chosen, ops) in forgetful_history(3, true)) {
        run_files(&chosen, 3, &ops);
    }

    #[test]
    fn copies_and_restored_files_show_what_the_reference_shows((chosen, ops) in history(3, true)) {
        run_files(&chosen, 3, &ops);
    }
}

#[test]
fn a_merge_that_brings_nothing_writes_nothing() {
    let chosen = Chosen {
        policies: [MergePolicy::LastWriteWins; 4],
        on_missing: lifeboat_domain::merge::MissingParent::Revive,
        on_delete: OnDelete::Nothing,
        natural: false,
    };
    let mut files = Files::new(&chosen, 2);
    files.carry_out(&Op::Insert { at: 0, table: 3, key: 1, refers: 25, value: 2 });
    files.merge(1, 0);
    files.merge(0, 1);
    let lines = |at: usize| -> i64 {
        let connection = Connection::open(files.path(at)).unwrap();
        connection.query_row("SELECT max(seq) FROM lifeboat_journal", [], |row| row.get(0)).unwrap()
    };
    let before = (lines(0), lines(1));
    for (into, from) in [(0, 1), (1, 0), (0, 0)] {
        let done = merge(&files.path(into), &files.path(from), &files.rules());
        assert_eq!(done, Merged::Done(MergeReport::default()));
    }
    assert_eq!((lines(0), lines(1)), before);
}
