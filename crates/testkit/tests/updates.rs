//! The references of a share and of a depot hold every clause, and every broken one fails a named one.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_domain::update::Place;
use lifeboat_ports::{Depot, Installer, Publisher, UpdateSource};
use lifeboat_testkit::broken::{
    BrokenDepot, BrokenInstaller, BrokenShare, DepotDefect, InstallerDefect, ShareDefect,
};
use lifeboat_testkit::contract::depot::DepotFixture;
use lifeboat_testkit::contract::installer::InstallerFixture;
use lifeboat_testkit::contract::publisher::PublisherFixture;
use lifeboat_testkit::contract::update_source::UpdateSourceFixture;
use lifeboat_testkit::contract::{Clause, depot, failures, installer, publisher, update_source};
use lifeboat_testkit::memory::{MemoryDepot, MemoryInstaller, MemoryShare};
use lifeboat_testkit::{depot_contract, installer_contract, publisher_contract, update_source_contract};
use std::path::PathBuf;
use std::sync::Mutex;

fn must_fail<F: ?Sized>(clauses: &[Clause<F>], fixture: impl Fn() -> Box<F>, clause: &str) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let failed = failures(clauses, fixture);
    std::panic::set_hook(hook);
    assert!(failed.contains(&clause), "expected {clause} to fail, failed: {failed:?}");
}

struct Shares<S> {
    reference: MemoryShare,
    share: S,
    local: Mutex<Vec<tempfile::NamedTempFile>>,
}

impl<S> Shares<S> {
    fn new(make: impl Fn(MemoryShare) -> S) -> Self {
        let reference = MemoryShare::default();
        Self { share: make(reference.clone()), reference, local: Mutex::default() }
    }
}

impl<S: UpdateSource> UpdateSourceFixture for Shares<S> {
    fn source(&self) -> &dyn UpdateSource {
        &self.share
    }

    fn put(&self, place: &Place, bytes: &[u8]) {
        self.reference.put(place, bytes);
    }

    fn block(&self, place: &Place) {
        self.reference.block(place);
    }

    fn remove_share(&self) {
        self.reference.set_gone(true);
    }
}

impl<S: UpdateSource + Publisher> PublisherFixture for Shares<S> {
    fn publisher(&self) -> &dyn Publisher {
        &self.share
    }

    fn client(&self) -> &dyn UpdateSource {
        &self.share
    }

    fn local_file(&self, bytes: &[u8]) -> PathBuf {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let path = file.path().to_path_buf();
        self.local.lock().unwrap().push(file);
        path
    }

    fn visible(&self) -> Vec<String> {
        self.reference.visible()
    }
}

struct Depots<D> {
    reference: MemoryDepot,
    depot: D,
}

impl<D> Depots<D> {
    fn new(make: impl Fn(MemoryDepot) -> D) -> Self {
        let reference = MemoryDepot::default();
        Self { depot: make(reference.clone()), reference }
    }
}

impl<D: Depot> DepotFixture for Depots<D> {
    fn depot(&self) -> &dyn Depot {
        &self.depot
    }

    fn swap(&self, file: &str, bytes: &[u8]) {
        self.reference.swap(file, bytes);
    }

    fn is_there(&self) -> bool {
        self.reference.is_there()
    }
}

update_source_contract!(memory_source, Shares::<MemoryShare>::new(|share| share));
publisher_contract!(memory_publisher, Shares::<MemoryShare>::new(|share| share));
depot_contract!(memory_depot, Depots::<MemoryDepot>::new(|depot| depot));

#[test]
fn every_broken_source_fails_a_clause() {
    let cases = [
        (ShareDefect::StalePointer, "what_is_replaced_is_seen_at_once"),
        (ShareDefect::ShortRead, "as_many_bytes_come_as_were_asked_for"),
        (ShareDefect::SwallowedError, "what_cannot_be_read_is_an_error"),
        (ShareDefect::ZeroFilledTail, "reading_from_an_offset_gives_the_bytes_there"),
        (ShareDefect::OneKindOfAbsence, "an_absent_share_is_told_from_an_absent_file"),
        (ShareDefect::NoLimit, "a_document_over_the_limit_is_refused"),
    ];
    for (defect, clause) in cases {
        let fixture =
            || Box::new(Shares::new(|share| BrokenShare::new(share, defect))) as Box<dyn UpdateSourceFixture>;
        must_fail(update_source::CLAUSES, fixture, clause);
    }
}

#[test]
fn every_broken_publisher_fails_a_clause() {
    let cases = [
        (ShareDefect::TornPointer, "the_pointer_is_replaced_whole"),
        (ShareDefect::PointerBeforeArtifact, "what_is_staged_is_seen_by_nobody"),
        (ShareDefect::ShortRead, "what_is_staged_reads_back_as_it_was_brought"),
        (ShareDefect::ZeroFilledTail, "what_is_staged_reads_back_as_it_was_brought"),
        (ShareDefect::OverwritingSettle, "settling_replaces_nothing"),
        (ShareDefect::SharedLock, "one_publisher_holds_the_lock_and_the_other_learns_who"),
        (ShareDefect::UnnoticedTakeover, "a_lock_that_was_taken_over_is_noticed"),
        (ShareDefect::SweepsTheVisible, "sweeping_takes_what_is_staged_and_nothing_else"),
        (ShareDefect::KeepsDiscarded, "discarding_is_idempotent"),
        (ShareDefect::LeavesTraces, "trying_to_write_leaves_nothing"),
    ];
    for (defect, clause) in cases {
        let fixture =
            || Box::new(Shares::new(|share| BrokenShare::new(share, defect))) as Box<dyn PublisherFixture>;
        must_fail(publisher::CLAUSES, fixture, clause);
    }
}

#[test]
fn every_broken_depot_fails_a_clause() {
    let cases = [
        (DepotDefect::OneMemory, "the_copies_of_the_memory_are_apart"),
        (DepotDefect::KeepsMemory, "a_memory_set_aside_is_gone_and_kept"),
        (DepotDefect::AppendsAnywhere, "a_piece_is_written_at_the_end_and_nowhere_else"),
        (DepotDefect::NeverRestarts, "a_restarted_artifact_begins_at_nothing"),
        (DepotDefect::AnyName, "a_name_that_leads_elsewhere_is_refused"),
        (DepotDefect::HoldsNames, "a_held_artifact_stays_what_it_was"),
        (DepotDefect::IdleQuarantine, "quarantine_takes_the_name_and_keeps_the_bytes"),
        (DepotDefect::TidiesAll, "tidying_spares_what_is_named_and_everything_else_that_counts"),
        (DepotDefect::SharedLock, "the_lock_is_exclusive"),
    ];
    for (defect, clause) in cases {
        let fixture =
            || Box::new(Depots::new(|depot| BrokenDepot::new(depot, defect))) as Box<dyn DepotFixture>;
        must_fail(depot::CLAUSES, fixture, clause);
    }
}

struct Installers<I> {
    reference: MemoryInstaller,
    installer: I,
}

impl<I> Installers<I> {
    fn new(make: impl Fn(MemoryInstaller) -> I) -> Self {
        let reference = MemoryInstaller::default();
        Self { installer: make(reference.clone()), reference }
    }
}

impl<I: Installer> InstallerFixture for Installers<I> {
    fn installer(&self) -> &dyn Installer {
        &self.installer
    }

    fn program(&self, status: i32) -> String {
        let name = format!("ends-with-{status}");
        self.reference.add(&name, Some(status));
        name
    }

    fn absent(&self) -> String {
        "nowhere".to_owned()
    }

    fn arguments(&self) -> Vec<String> {
        self.reference.started().pop().unwrap().arguments
    }
}

installer_contract!(memory_installer, Installers::<MemoryInstaller>::new(|installer| installer));

#[test]
fn every_broken_installer_fails_a_clause() {
    let cases = [
        (InstallerDefect::AlwaysWell, "a_program_tells_how_it_ended"),
        (InstallerDefect::StartsNothing, "a_program_that_is_not_there_is_not_started"),
        (InstallerDefect::ThroughAShell, "arguments_arrive_as_they_were_given"),
        (InstallerDefect::AlwaysElevates, "nobody_needs_more_rights_for_himself"),
    ];
    for (defect, clause) in cases {
        let fixture =
            || Box::new(Installers::new(|i| BrokenInstaller::new(i, defect))) as Box<dyn InstallerFixture>;
        must_fail(installer::CLAUSES, fixture, clause);
    }
}
