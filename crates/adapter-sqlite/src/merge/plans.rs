//! What a merge asks for every row is found by an index: the cost of a merge follows what changed, not what is there.

use super::side::Side;
use super::stage::SqliteStage;
use super::table::Place;
use super::view::claim_statement;
use crate::SqliteTracker;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{IdentityDraft, Rules, TableDraft, resolve};
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{Beginning, TrackOrder, Tracker};
use rusqlite::Connection;
use std::time::Duration;

const SCHEMA: [&str; 4] = [
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT)",
    "CREATE TABLE line (a TEXT, b INTEGER, customer INTEGER REFERENCES customer (id), PRIMARY KEY (a, b))",
    "CREATE INDEX line_customer ON line (customer)",
    "CREATE TABLE memo (id TEXT PRIMARY KEY, word TEXT) WITHOUT ROWID",
];

fn tracked(folder: &std::path::Path) -> (Connection, Rules) {
    let path = folder.join("shop.db");
    let connection = Connection::open(&path).unwrap();
    for statement in SCHEMA {
        connection.execute(statement, []).unwrap();
    }
    let tracker = SqliteTracker::new(&path);
    let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let shapes = wait.block_on(tracker.survey()).unwrap();
    let mut drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
    for draft in drafts.iter_mut().filter(|draft| draft.name.as_str() == "customer") {
        draft.identity = IdentityDraft::NaturalKey(vec![lifeboat_domain::id::FieldName::new("email")]);
    }
    let rules = resolve(&drafts, &shapes).unwrap();
    let order = TrackOrder {
        rules: rules.clone(),
        genesis: Genesis([1; 16]),
        replica: ReplicaId::from_bytes([1; 16]),
        beginning: Beginning::Now,
        wait: Duration::ZERO,
    };
    wait.block_on(tracker.track(order)).unwrap();
    (connection, rules)
}

/// Every step of the engine's plan, without those that only name a part of the statement.
fn steps(connection: &Connection, statement: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>();
    steps.unwrap()
}

#[test]
fn no_question_about_one_row_reads_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, rules) = tracked(folder.path());
    let side = Side::open(&connection, &rules).unwrap();
    let mut stage = SqliteStage::in_tables(&connection).unwrap();
    super::lines::gather(&side).unwrap();
    lifeboat_domain::merge::Stage::clear(&mut stage).unwrap();
    let mut asked: Vec<String> = [
        sql::merge::READ_ORIGIN,
        sql::merge::READ_NUMBER,
        sql::merge::READ_REUSE,
        sql::merge::READ_STAMP,
        sql::merge::READ_RECEIVED_STAMP,
        sql::merge::READ_STAGE,
        sql::merge::FIND_STAGED,
        sql::merge::PAGE_STAGE,
        sql::merge::PAGE_TOUCHED,
        sql::merge::COUNT_DELETIONS,
        sql::merge::COUNT_RECEIVED_DELETIONS,
    ]
    .map(str::to_owned)
    .to_vec();
    let keys = Fill::idents(&["key", "key2"]);
    for template in [sql::merge::READ_LINES, sql::merge::READ_RECEIVED] {
        asked.push(Statement::fill(template, &[("keys", keys.clone())]).as_str().to_owned());
    }
    let lines = [("name", Fill::ident("lifeboat_lines"))];
    asked.push(Statement::fill(sql::merge::LINES_OF_ROW, &lines).as_str().to_owned());
    for (at, table) in side.tables.iter().enumerate() {
        let table = table.as_ref().unwrap();
        for place in [Place::Shown, Place::Trash] {
            asked.push(table.statements.read_row(place).text().to_owned());
            asked.push(table.statements.delete_row(place).text().to_owned());
        }
        asked.push(table.statements.update_row().text().to_owned());
        let (rules, shown) = (&rules.tables[at], Place::Shown);
        let looked_for = rules.foreign_keys.iter().map(|key| &key.fields);
        for fields in looked_for.chain(rules.unique.iter().map(|key| &key.fields)) {
            asked.push(table.statements.read_keys(shown, fields).as_str().to_owned());
        }
        if !table.natural_key.is_empty() {
            let (values, keys) = table.claim_columns();
            let claim = table.names.claim();
            for statement in
                [claim_statement(&claim, &values, &keys), claim_statement(&claim, &keys, &values)]
            {
                asked.push(statement.as_str().to_owned());
            }
        }
    }
    assert!(asked.len() > 30, "{}", asked.len());
    for statement in asked {
        let steps = steps(&connection, &statement);
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{statement}\n{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{statement}\n{steps:?}");
    }
}
