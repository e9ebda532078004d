//! A shop that was built without a ledger is adopted, and has the schema of a new database. What older shipped schemas come
//! to is shown in `tests/tests/shipped.rs`.
#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::demo::Size;
use lifeboat::{AdoptOrder, Config, Lifeboat, MigrateOrder, Migrations};
use lifeboat_migrations::DEMO;
use std::path::Path;

fn steps(count: usize) -> Migrations {
    Migrations::from_texts(DEMO.iter().take(count).map(|step| (step.name, step.sql))).unwrap()
}

async fn schema(database: &Path) -> (lifeboat::domain::digest::Digest, u64) {
    let boat = Lifeboat::at(Config::foreign(database)).unwrap();
    let facts = boat.status().await.unwrap().database.unwrap();
    (facts.fingerprint, facts.rows())
}

#[tokio::test]
async fn a_shop_without_a_ledger_is_adopted_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.db");
    let boat = Lifeboat::at(Config::foreign(&fresh)).unwrap();
    boat.migrate(&steps(DEMO.len()), &MigrateOrder::default()).await.unwrap();
    let (newest, _) = schema(&fresh).await;
    // The shop as `lifeboat demo` builds it has rows and no ledger: it is adopted.
    let shop = folder.path().join("shop.db");
    lifeboat::demo::build(&shop, 1, Size::of_bytes(256 * 1024)).unwrap();
    let before = schema(&shop).await.1;
    let boat = Lifeboat::at(Config::foreign(&shop)).unwrap();
    let adopted = boat.adopt(&steps(DEMO.len()), &AdoptOrder::default()).await.unwrap();
    assert_eq!(adopted.steps.len(), DEMO.len());
    let (after, rows) = schema(&shop).await;
    assert_eq!((after, rows - DEMO.len() as u64), (newest, before));
}
