//! Tables whose keys every copy counts by itself: rows keep their identity, whatever numbers they have, through merges, copies
//! of files, restored backups, deletions, and numbers that are given again.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::{SqliteReplica, SqliteTracker};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Rules, TableDraft, resolve};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{
    Beginning, Duplicates, FutureClock, MergeOrder, MergeStop, Merged, Replica, TrackOrder, Tracker, Watch,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const SCHEMA: &str = "
    CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT NOT NULL {unique}, name TEXT);
    CREATE TABLE invoice (id INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER REFERENCES customer (id) ON DELETE CASCADE, word TEXT);
    CREATE TABLE line (id INTEGER PRIMARY KEY, invoice INTEGER NOT NULL REFERENCES invoice (id) ON DELETE CASCADE, word TEXT);
    INSERT INTO customer VALUES (1, 'ada@x', 'Ada'), (2, 'bob@x', 'Bob');
    INSERT INTO invoice VALUES (1, 1, 'first'); INSERT INTO line VALUES (1, 1, 'tea');";

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

struct Shops {
    folder: TempDir,
    rules: Rules,
    written: u32,
}

#[derive(Debug, Clone)]
enum Op {
    Customer { at: usize, email: u8 },
    Rename { at: usize, row: u8 },
    Invoice { at: usize, customer: u8 },
    Line { at: usize, invoice: u8 },
    DropCustomer { at: usize, row: u8 },
    DropInvoice { at: usize, row: u8 },
    DropLine { at: usize, row: u8 },
    Merge { into: usize, from: usize },
    Copy { from: usize, onto: usize },
    Keep { at: usize },
    Restore { at: usize },
}

fn op(forks: bool) -> impl Strategy<Value = Op> {
    let at = 0..3usize;
    let row = 0..6u8;
    let pair = (at.clone(), row.clone());
    prop_oneof![
        3 => (at.clone(), 0..4u8).prop_map(|(at, email)| Op::Customer { at, email }),
        2 => pair.clone().prop_map(|(at, row)| Op::Rename { at, row }),
        4 => pair.clone().prop_map(|(at, customer)| Op::Invoice { at, customer }),
        4 => pair.clone().prop_map(|(at, invoice)| Op::Line { at, invoice }),
        1 => pair.clone().prop_map(|(at, row)| Op::DropCustomer { at, row }),
        1 => pair.clone().prop_map(|(at, row)| Op::DropInvoice { at, row }),
        2 => pair.prop_map(|(at, row)| Op::DropLine { at, row }),
        4 => (at.clone(), at.clone()).prop_map(|(into, from)| Op::Merge { into, from }),
        u32::from(forks) => (at.clone(), at.clone()).prop_map(|(from, onto)| Op::Copy { from, onto }),
        u32::from(forks) => at.clone().prop_map(|at| Op::Keep { at }),
        u32::from(forks) => at.prop_map(|at| Op::Restore { at }),
    ]
}

/// The row so far from the first, by number.
fn nth(table: &str, row: u8) -> String {
    format!("(SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET {row})")
}

impl Shops {
    fn new(unique: &str) -> Self {
        Self::with(unique, "")
    }

    /// And what else was there before it was tracked.
    fn with(unique: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("0.db");
        Connection::open(&first)
            .unwrap()
            .execute_batch(&(SCHEMA.replace("{unique}", unique) + more))
            .unwrap();
        let tracker = SqliteTracker::new(&first);
        let shapes = wait(tracker.survey()).unwrap();
        let drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
        let rules = resolve(&drafts, &shapes).unwrap();
        let order = TrackOrder {
            rules: rules.clone(),
            genesis: Genesis([9; 16]),
            replica: ReplicaId::from_bytes([1; 16]),
            beginning: Beginning::Now,
            wait: Duration::ZERO,
        };
        wait(tracker.track(order)).unwrap();
        for at in 1..3 {
            std::fs::copy(&first, folder.path().join(format!("{at}.db"))).unwrap();
        }
        Self { folder, rules, written: 0 }
    }

    fn path(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("{at}.db"))
    }

    fn run(&mut self, at: usize, statement: &str) {
        self.written += 1;
        std::thread::sleep(Duration::from_millis(2));
        let script = format!("PRAGMA foreign_keys = ON; {statement}");
        // What a database refuses is refused.
        let _ = Connection::open(self.path(at)).unwrap().execute_batch(&script);
    }

    fn carry_out(&mut self, op: &Op) {
        let word = format!("w{}", self.written);
        match *op {
            Op::Customer { at, email } => {
                self.run(at, &format!("INSERT INTO customer (email, name) VALUES ('e{email}', '{word}')"));
            }
            Op::Rename { at, row } => {
                self.run(
                    at,
                    &format!("UPDATE customer SET name = '{word}' WHERE id = {}", nth("customer", row)),
                );
            }
            Op::Invoice { at, customer } => {
                let customer = nth("customer", customer);
                self.run(at, &format!("INSERT INTO invoice (customer, word) VALUES ({customer}, '{word}')"));
            }
            Op::Line { at, invoice } => {
                let invoice = nth("invoice", invoice);
                self.run(at, &format!("INSERT INTO line (invoice, word) VALUES ({invoice}, '{word}')"));
            }
            Op::DropCustomer { at, row } => {
                self.run(at, &format!("DELETE FROM customer WHERE id = {}", nth("customer", row)));
            }
            Op::DropInvoice { at, row } => {
                self.run(at, &format!("DELETE FROM invoice WHERE id = {}", nth("invoice", row)));
            }
            Op::DropLine { at, row } => {
                self.run(at, &format!("DELETE FROM line WHERE id = (SELECT max(id) - {row} FROM line)"));
            }
            Op::Merge { into, from } => self.merge(into, from),
            Op::Copy { from, onto } if from != onto => {
                let _ = std::fs::copy(self.path(from), self.path(onto)).unwrap();
            }
            Op::Copy { .. } => {}
            Op::Keep { at } => {
                let _ = std::fs::copy(self.path(at), self.path(at).with_extension("kept")).unwrap();
            }
            Op::Restore { at } => {
                let _ = std::fs::copy(self.path(at).with_extension("kept"), self.path(at));
            }
        }
    }

    fn merge(&mut self, into: usize, from: usize) {
        if into == from {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
        let done = merge(&self.path(into), &self.path(from), &self.rules);
        assert!(matches!(done, Merged::Done(_)), "{done:?}");
    }

    fn settle(&mut self) {
        for _ in 0..3 {
            for into in 0..3 {
                for from in (0..3).rev() {
                    self.merge(into, from);
                }
            }
        }
    }

    /// What the rows say, without a number: lines with their invoices and customers.
    fn content(&self, at: usize) -> BTreeMap<String, Vec<String>> {
        let connection = Connection::open(self.path(at)).unwrap();
        let ask = |question: &str| -> Vec<String> {
            let mut statement = connection.prepare(question).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let questions = [
            ("customers", "SELECT email || ' ' || coalesce(name, '-') FROM customer ORDER BY 1"),
            (
                "invoices",
                "SELECT i.word || ' of ' || coalesce(c.name, '-') FROM invoice i
                 LEFT JOIN customer c ON c.id = i.customer ORDER BY 1",
            ),
            (
                "lines",
                "SELECT l.word || ' in ' || i.word FROM line l JOIN invoice i ON i.id = l.invoice ORDER BY 1",
            ),
            ("orphans", "SELECT \"table\" FROM pragma_foreign_key_check"),
        ];
        questions.into_iter().map(|(name, question)| (name.to_owned(), ask(question))).collect()
    }

    fn alike(&self) {
        let first = self.content(0);
        assert!(first["orphans"].is_empty());
        for at in 1..3 {
            assert_eq!(self.content(at), first, "replica {at}");
        }
    }
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

fn config() -> ProptestConfig {
    let asked = std::env::var("LIFEBOAT_SCHEDULES").ok().and_then(|cases| cases.parse::<u32>().ok());
    let kept = FileFailurePersistence::WithSource("regressions");
    ProptestConfig {
        cases: asked.map_or(16, |cases| cases / 10),
        failure_persistence: Some(Box::new(kept)),
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn counted_rows_end_alike(forks: bool, natural: bool, ops in proptest::collection::vec(op(true), 1..40)) {
        let mut shops = Shops::new(if natural { "UNIQUE" } else { "" });
        for op in ops {
            if forks || !matches!(op, Op::Copy { .. } | Op::Keep { .. } | Op::Restore { .. }) {
                shops.carry_out(&op);
            }
        }
        shops.settle();
        shops.alike();
    }
}

#[test]
fn two_tills_that_sell_under_the_same_numbers_keep_every_sale() {
    let mut shops = Shops::new("UNIQUE");
    shops.run(0, "INSERT INTO invoice (customer, word) VALUES (1, 'left'); INSERT INTO line (invoice, word) VALUES (2, 'l')");
    shops.run(1, "INSERT INTO invoice (customer, word) VALUES (2, 'right'); INSERT INTO line (invoice, word) VALUES (2, 'r')");
    shops.settle();
    shops.alike();
    assert_eq!(shops.content(2)["invoices"], ["first of Ada", "left of Ada", "right of Bob"]);
    assert_eq!(shops.content(2)["lines"], ["l in left", "r in right", "tea in first"]);
}

#[test]
fn one_customer_who_was_entered_twice_is_one() {
    let mut shops = Shops::new("UNIQUE");
    for at in 0..2 {
        shops.run(at, "INSERT INTO customer (email, name) VALUES ('new@x', 'New'); INSERT INTO invoice (customer, word) VALUES (3, 'sale')");
    }
    shops.settle();
    shops.alike();
    assert_eq!(shops.content(0)["customers"].len(), 3);
    assert_eq!(shops.content(0)["invoices"], ["first of Ada", "sale of New", "sale of New"]);
}

/// A copy that was never written on its own learns of both others by one of them.
#[test]
fn rows_that_arrive_under_two_names_get_two_numbers() {
    for _ in 0..8 {
        let mut shops = Shops::new("");
        for at in [1, 2] {
            shops.run(at, &format!("INSERT INTO customer (email, name) VALUES ('e{at}', 'E{at}')"));
            shops.run(at, "INSERT INTO invoice (customer, word) VALUES (3, 'of ' || (SELECT name FROM customer WHERE id = 3))");
        }
        shops.merge(2, 1);
        shops.merge(0, 2);
        let lowest: i64 = Connection::open(shops.path(0))
            .unwrap()
            .query_row("SELECT min(id) FROM customer", [], |row| row.get(0))
            .unwrap();
        assert_eq!(lowest, 1, "a client sees no number of ours");
        assert_eq!(shops.content(0)["invoices"], ["first of Ada", "of E1 of E1", "of E2 of E2"]);
        shops.settle();
        shops.alike();
    }
}

#[test]
fn what_is_entered_after_two_rows_became_one_is_a_row_of_its_own() {
    let mut shops = Shops::new("UNIQUE");
    for at in 0..2 {
        shops.run(at, "INSERT INTO customer (email, name) VALUES ('x@x', 'X')");
    }
    shops.merge(0, 1);
    shops.run(0, "INSERT INTO customer (email, name) VALUES ('new@x', 'New'); INSERT INTO invoice (customer, word) SELECT id, 'n' FROM customer WHERE name = 'New'");
    shops.settle();
    shops.alike();
    assert_eq!(shops.content(1)["customers"].len(), 4);
    assert!(shops.content(1)["invoices"].contains(&"n of New".to_owned()));
}

#[test]
fn a_note_of_a_number_does_not_outlive_its_write() {
    let mut shops = Shops::new("");
    shops.run(0, "INSERT INTO customer (email, name) VALUES ('old@x', 'Old')");
    shops.settle();
    shops.run(
        0,
        "DELETE FROM customer WHERE id = 3; INSERT OR IGNORE INTO customer (id, email) VALUES (3, NULL)",
    );
    shops.run(0, "INSERT INTO customer (email, name) VALUES ('brand@x', 'Brandnew')");
    shops.run(1, "UPDATE customer SET name = 'Older' WHERE email = 'old@x'");
    shops.settle();
    shops.alike();
    let customers = shops.content(0)["customers"].clone();
    assert!(customers.contains(&"brand@x Brandnew".to_owned()), "{customers:?}");
}

#[test]
fn the_largest_numbers_stay_what_they_are() {
    let mut shops = Shops::new("");
    for id in [i64::MIN + 5, -5_000_000_000_000_000_000, -3] {
        shops.run(0, &format!("INSERT INTO customer (id, email, name) VALUES ({id}, 'c{id}', 'C')"));
        shops.run(0, &format!("INSERT INTO invoice (customer, word) VALUES ({id}, 'of {id}')"));
    }
    shops.settle();
    shops.run(1, "UPDATE customer SET name = 'D' WHERE name = 'C'");
    shops.settle();
    shops.alike();
    let here: i64 = Connection::open(shops.path(0))
        .unwrap()
        .query_row("SELECT count(*) FROM customer WHERE id < 0 AND name = 'D'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(here, 3, "a row never changes its number where it lives");
}

#[test]
fn a_conflict_clause_of_the_schema_drops_no_row_unseen() {
    let mut shops = Shops::new("COLLATE NOCASE UNIQUE ON CONFLICT REPLACE");
    shops.run(0, "INSERT INTO customer (email, name) VALUES ('same@x', 'Low')");
    shops.run(1, "INSERT INTO customer (email, name) VALUES ('SAME@x', 'High')");
    let before = shops.content(0);
    let done = merge(&shops.path(0), &shops.path(1), &shops.rules);
    assert!(matches!(done, Merged::Stopped(lifeboat_ports::MergeStop::Violated(_))), "{done:?}");
    assert_eq!(shops.content(0), before);
}

/// The engine gives the number of a deleted row again; a child of the deleted one comes back with its own parent.
#[test]
fn children_of_a_row_whose_number_was_given_again_keep_their_parent() {
    let mut shops = Shops::new("");
    shops.run(0, "INSERT INTO customer (id, email, name) VALUES (3, 'c@x', 'Cy'); INSERT INTO invoice (customer, word) VALUES (3, 'of Cy')");
    shops.settle();
    shops
        .run(0, "DELETE FROM customer WHERE id = 3; INSERT INTO customer (email, name) VALUES ('d@x', 'Di')");
    shops.run(1, "UPDATE invoice SET word = 'edited' WHERE word = 'of Cy'");
    shops.settle();
    shops.alike();
    for at in 0..3 {
        assert_eq!(shops.content(at)["invoices"], ["edited of Cy", "first of Ada"], "{at}");
        assert_eq!(shops.content(at)["customers"].len(), 4, "{at}");
    }
}

#[test]
fn an_orphan_of_long_ago_hinders_no_merge_and_none_is_taken_over() {
    let mut shops = Shops::new("");
    shops.run(0, "PRAGMA foreign_keys = OFF; INSERT INTO line (invoice, word) VALUES (77, 'lost')");
    shops.run(1, "INSERT INTO invoice (customer, word) VALUES (1, 'sale')");
    shops.merge(0, 1);
    assert_eq!(shops.content(0)["invoices"], ["first of Ada", "sale of Ada"]);
    assert_eq!(shops.content(0)["orphans"], ["line"]);
    let stopped = merge(&shops.path(1), &shops.path(0), &shops.rules);
    assert!(
        matches!(&stopped, Merged::Stopped(MergeStop::Violated(words)) if words.contains("line")),
        "{stopped:?}"
    );
    assert!(shops.content(1)["orphans"].is_empty());
    assert_eq!(shops.content(1)["lines"], ["tea in first"]);
}

#[test]
fn a_row_that_a_branch_enters_again_is_the_row_that_it_was() {
    for again in [
        "INSERT OR REPLACE INTO customer (id, email, name) VALUES (3, 'c', 'New')",
        "DELETE FROM customer WHERE id = 3; INSERT INTO customer (id, email, name) VALUES (3, 'c', 'New')",
        "UPDATE customer SET id = 9, name = 'New' WHERE id = 3; UPDATE customer SET id = 3 WHERE id = 9",
    ] {
        let mut shops = Shops::new("");
        shops.run(0, "INSERT INTO customer (id, email, name) VALUES (3, 'c', 'Old')");
        std::fs::copy(shops.path(0), shops.path(1)).unwrap();
        shops.run(0, "INSERT INTO customer (email, name) VALUES ('d', 'Other')");
        shops.run(1, again);
        shops.settle();
        shops.alike();
        assert_eq!(shops.content(0)["customers"], ["ada@x Ada", "bob@x Bob", "c New", "d Other"], "{again}");
    }
}

#[test]
fn a_reference_to_nothing_does_not_come_to_mean_a_row_that_arrives() {
    let lost = "PRAGMA foreign_keys = OFF; INSERT INTO line (id, invoice, word) VALUES (9, 3, 'lost');";
    let mut shops = Shops::with("", lost);
    for at in 0..2 {
        shops.run(at, &format!("INSERT INTO invoice (customer, word) VALUES (1, 'of {at}')"));
    }
    shops.merge(0, 1);
    shops.merge(1, 0);
    for at in 0..2 {
        let content = shops.content(at);
        assert_eq!(content["orphans"], ["line"], "replica {at}");
        assert_eq!(content["lines"], ["tea in first"], "replica {at}");
    }
}
