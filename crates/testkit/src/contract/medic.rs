//! The contract of `Medic`.

use super::clauses;
use lifeboat_domain::damage::{Condition, Opening, Place, classify};
use lifeboat_ports::{Depth, LogReading, Mark, Medic, PortErrorKind, Watch};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

const WAIT: Duration = Duration::from_millis(50);

/// A database with one table of numbered rows, and an index on it.
pub trait MedicFixture {
    /// The port.
    fn medic(&self) -> &dyn Medic;
    /// The database's file. Nobody has it open.
    fn database(&self) -> PathBuf;
    /// Adds a row, as another connection.
    fn insert(&self, row: u64);
    /// All rows of a file.
    fn rows(&self, file: &Path) -> BTreeSet<u64>;
    /// The database as it is now, for `reindex`.
    fn mark(&self) -> Mark;
    /// Makes the index disagree with its table.
    fn hurt_index(&self);
    /// Makes the file unreadable as a database, and leaves its rows in it.
    fn damage(&self);
    /// Everything about the database that looking may not change.
    fn imprint(&self) -> Vec<u8>;
    /// A path that does not exist yet.
    fn new_file(&self) -> PathBuf;
}

clauses! { dyn MedicFixture:
    a_sound_database_is_told_so_and_looking_changes_nothing,
    damage_is_evidence_and_no_error,
    a_hurt_index_is_found_by_a_deep_look,
    an_index_that_is_built_anew_is_sound_and_no_row_changes,
    indexes_are_not_built_over_what_came_since,
    every_row_of_a_sound_database_comes_out_and_no_other,
    salvaging_only_reads,
    a_damaged_database_can_be_salvaged,
    upkeep_changes_no_row,
}

async fn condition(f: &dyn MedicFixture, depth: Depth) -> Condition {
    classify(&f.medic().examine(depth, &Watch::silent()).await.unwrap())
}

async fn a_sound_database_is_told_so_and_looking_changes_nothing(f: &dyn MedicFixture) {
    let before = f.imprint();
    for depth in [Depth::Quick, Depth::Deep] {
        assert_eq!(condition(f, depth).await, Condition::Sound);
    }
    assert!(!f.medic().describe().await.unwrap().columns.is_empty());
    assert_eq!(f.imprint(), before);
}

async fn damage_is_evidence_and_no_error(f: &dyn MedicFixture) {
    f.damage();
    let evidence = f.medic().examine(Depth::Quick, &Watch::silent()).await.unwrap();
    assert_eq!(evidence.opening, Opening::HeaderHurt);
}

async fn a_hurt_index_is_found_by_a_deep_look(f: &dyn MedicFixture) {
    f.hurt_index();
    let evidence = f.medic().examine(Depth::Deep, &Watch::silent()).await.unwrap();
    let places: Vec<_> = evidence.places.iter().collect();
    assert!(matches!(places.as_slice(), [Place::Index(_)]), "{places:?}");
}

fn hurt_indexes(condition: Condition) -> BTreeSet<String> {
    match condition {
        Condition::IndexesHurt(names) => names,
        other => panic!("an index is hurt: {other:?}"),
    }
}

async fn an_index_that_is_built_anew_is_sound_and_no_row_changes(f: &dyn MedicFixture) {
    f.hurt_index();
    let before = f.rows(&f.database());
    let names = hurt_indexes(condition(f, Depth::Deep).await);
    f.medic().repair(&names, f.mark(), WAIT, &Watch::silent()).await.unwrap();
    assert_eq!(condition(f, Depth::Deep).await, Condition::Sound);
    assert_eq!(f.rows(&f.database()), before);
}

async fn indexes_are_not_built_over_what_came_since(f: &dyn MedicFixture) {
    f.hurt_index();
    let names = hurt_indexes(condition(f, Depth::Deep).await);
    let mark = f.mark();
    f.insert(77);
    let error = f.medic().repair(&names, mark, WAIT, &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Changed);
}

async fn every_row_of_a_sound_database_comes_out_and_no_other(f: &dyn MedicFixture) {
    let into = f.new_file();
    let salvaged =
        f.medic().salvage(&f.database(), &into, None, LogReading::AsEngine, &Watch::silent()).await.unwrap();
    assert_eq!(f.rows(&into), f.rows(&f.database()));
    assert!(salvaged.is_whole() && salvaged.rows() == f.rows(&into).len() as u64, "{salvaged:?}");
}

async fn salvaging_only_reads(f: &dyn MedicFixture) {
    let before = f.imprint();
    f.medic()
        .salvage(&f.database(), &f.new_file(), None, LogReading::AsEngine, &Watch::silent())
        .await
        .unwrap();
    assert_eq!(f.imprint(), before);
}

async fn a_damaged_database_can_be_salvaged(f: &dyn MedicFixture) {
    f.damage();
    let salvaged = f
        .medic()
        .salvage(&f.database(), &f.new_file(), None, LogReading::AsEngine, &Watch::silent())
        .await
        .unwrap();
    assert!(!salvaged.is_whole(), "{salvaged:?}");
}

async fn upkeep_changes_no_row(f: &dyn MedicFixture) {
    let before = f.rows(&f.database());
    f.medic().maintain(WAIT).await.unwrap();
    assert_eq!(f.rows(&f.database()), before);
    assert_eq!(condition(f, Depth::Deep).await, Condition::Sound);
}
