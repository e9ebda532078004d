//! The reference medic holds every clause, and every broken one fails a named one.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_ports::{Mark, Medic};
use lifeboat_testkit::broken::{BrokenMedic, MedicDefect};
use lifeboat_testkit::contract::failures;
use lifeboat_testkit::contract::medic::{CLAUSES, MedicFixture};
use lifeboat_testkit::medic_contract;
use lifeboat_testkit::memory::{MemoryDatabase, MemoryDisk, MemoryMedic};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

struct Ward<M: Medic> {
    disk: MemoryDisk,
    database: MemoryDatabase,
    reference: MemoryMedic,
    medic: M,
}

const PATH: &str = "/memory/app.db";

impl<M: Medic> MedicFixture for Ward<M> {
    fn medic(&self) -> &dyn Medic {
        &self.medic
    }

    fn database(&self) -> PathBuf {
        PATH.into()
    }

    fn insert(&self, row: u64) {
        self.database.insert(row);
    }

    fn rows(&self, file: &Path) -> BTreeSet<u64> {
        let text = String::from_utf8(self.disk.must_read(file).unwrap()).unwrap();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    fn mark(&self) -> Mark {
        Mark(Box::new(self.database.rows().unwrap()))
    }

    fn hurt_index(&self) {
        self.reference.hurt_index();
    }

    fn damage(&self) {
        self.database.damage();
    }

    fn imprint(&self) -> Vec<u8> {
        self.disk.must_read(Path::new(PATH)).unwrap()
    }

    fn new_file(&self) -> PathBuf {
        "/memory/salvaged.db".into()
    }
}

fn ward<M: Medic>(make: impl Fn(MemoryMedic) -> M) -> Ward<M> {
    let disk = MemoryDisk::default();
    let database = MemoryDatabase::create(&disk, Path::new(PATH));
    (1..=3).for_each(|row| database.insert(row));
    let reference = MemoryMedic::new(&disk, &database);
    let medic = make(reference.clone());
    Ward { disk, database, reference, medic }
}

medic_contract!(the_reference_medic_holds_the_contract, ward(|medic: MemoryMedic| medic));

#[test]
fn broken_medics_are_caught() {
    let cases = [
        (MedicDefect::BlindToDamage, "damage_is_evidence_and_no_error"),
        (MedicDefect::MendsNothing, "an_index_that_is_built_anew_is_sound_and_no_row_changes"),
        (MedicDefect::IgnoresTheMark, "indexes_are_not_built_over_what_came_since"),
        (MedicDefect::ForgetsARow, "every_row_of_a_sound_database_comes_out_and_no_other"),
        (MedicDefect::InventsARow, "every_row_of_a_sound_database_comes_out_and_no_other"),
        (MedicDefect::WritesToTheSource, "salvaging_only_reads"),
        (MedicDefect::TidiesRowsAway, "upkeep_changes_no_row"),
    ];
    for (defect, clause) in cases {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let failed: Vec<&str> = failures(CLAUSES, || {
            Box::new(ward(|medic| BrokenMedic::new(medic, defect))) as Box<dyn MedicFixture>
        });
        std::panic::set_hook(hook);
        assert!(failed.contains(&clause), "expected {clause} to fail for {defect:?}, failed: {failed:?}");
    }
}
