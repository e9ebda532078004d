//! Statements say why they are there, and prepare against a real schema.

use super::*;
use crate::quoted::{Fill, Joint, Statement};
use rusqlite::Connection;

/// Tables of other migrators, as their tools make them.
const FOREIGN: &str = "CREATE TABLE _sqlx_migrations (version BIGINT, description, success, checksum);
    CREATE TABLE refinery_schema_history (version, name, checksum);
    CREATE TABLE __diesel_schema_migrations (version);
    CREATE TABLE knex_migrations (id, name); CREATE TABLE knex_migrations_lock (is_locked);
    CREATE TABLE __drizzle_migrations (hash, created_at);
    CREATE TABLE django_migrations (id, app, name); CREATE TABLE schema_migrations (version, dirty);";

fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for step in lifeboat_migrations::DEMO {
        connection.execute_batch(step.sql).unwrap();
    }
    connection.execute("ATTACH ':memory:' AS point", []).unwrap();
    connection.execute_batch("CREATE TABLE point.invoice (id INTEGER PRIMARY KEY, total_cents)").unwrap();
    connection
}

fn filled(text: &'static str) -> Statement {
    let key = Statement::fill(compare::SAME_KEY, &[("column", Fill::ident("id"))]);
    let differs = Statement::fill(compare::COLUMN_DIFFERS, &[("column", Fill::ident("total_cents"))]);
    let ident = |name| Fill::ident(name);
    let holes = [
        ("table", ident("invoice")),
        ("child", ident("invoice")),
        ("parent", ident("customer")),
        ("column", ident("customer_id")),
        ("key", ident("id")),
        ("schema", ident("main")),
        ("here", ident("main")),
        ("there", ident("point")),
        ("size", Fill::Number(4096)),
        ("keys", Fill::Joined(vec![key], Joint::And)),
        ("differences", Fill::Joined(vec![differs], Joint::Or)),
        ("number", if text == salvage::INSERT_NUMBERED_ROW { ident("rowid") } else { Fill::Number(7) }),
        ("values", Fill::Parameters(if text == salvage::INSERT_NUMBERED_ROW { 3 } else { 2 })),
        ("from", ident("invoice")),
        ("to", ident(if text == migrate::RENAME_TABLE { "elsewhere" } else { "aside" })),
        ("columns", Fill::idents(&["id", "total_cents"])),
        ("side", ident("aside")),
        ("index", ident("invoice_customer")),
    ];
    Statement::fill(text, &holes)
}

#[test]
fn every_statement_says_why_and_prepares_against_the_migrated_schema() {
    let connection = migrated();
    connection.execute_batch(migrate::CREATE_LEDGER).unwrap();
    connection.execute_batch(salvage::CREATE_LOST_ROWS).unwrap();
    connection.execute_batch(salvage::CREATE_LOST_VALUES).unwrap();
    connection.execute_batch(filled(migrate::CREATE_SIDE_TABLE).as_str()).unwrap();
    let fragments = [compare::SAME_KEY, compare::COLUMN_DIFFERS];
    connection.execute_batch(FOREIGN).unwrap();
    for (file, text) in [
        adopt::LIST,
        look::LIST,
        examine::LIST,
        compare::LIST,
        install::LIST,
        mend::LIST,
        migrate::LIST,
        posture::LIST,
        salvage::LIST,
        demo::LIST,
    ]
    .concat()
    {
        assert!(text.starts_with("-- "), "{file}: the first line says why");
        if fragments.contains(&text) {
            continue;
        }
        // Only while this mode is on may the engine's own list be written.
        let writes_schema = [salvage::INSERT_VIRTUAL_TABLE, mend::FORGET_INDEX].contains(&text);
        let mode = if writes_schema { "ON" } else { "OFF" };
        connection.execute_batch(&format!("PRAGMA writable_schema = {mode}")).unwrap();
        let prepared = connection.prepare(filled(text).as_str());
        assert!(prepared.is_ok(), "{file}: {:?}", prepared.err());
    }
}

/// Most are parts of triggers; each is prepared by tests/tracking.rs, as part of a whole.
#[test]
fn statements_of_tracking_say_why() {
    for (file, text) in [track::LIST, merge::LIST].concat() {
        assert!(text.starts_with("-- "), "{file}: the first line says why");
    }
}

#[test]
fn the_set_based_orphan_question_reads_an_index_and_looks_parents_up_by_key() {
    let connection = migrated();
    let plan = |statement: &Statement| -> String {
        let text = format!("EXPLAIN QUERY PLAN {}", statement.as_str());
        let mut prepared = connection.prepare(&text).unwrap();
        let rows = prepared.query_map([], |row| row.get::<_, String>(3)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    };
    let distinct = plan(&filled(examine::HAS_ORPHAN_BY_DISTINCT));
    assert!(distinct.contains("COVERING INDEX invoice_customer"), "{distinct}");
    assert!(distinct.contains("SEARCH p USING INTEGER PRIMARY KEY"), "{distinct}");
    let counted = plan(&filled(look::COUNT_ROWS));
    assert!(counted.contains("COVERING INDEX"), "{counted}");
}
