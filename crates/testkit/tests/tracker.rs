//! The reference tracker holds every clause, and every broken one fails a named one.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_ports::Tracker;
use lifeboat_testkit::broken::{BrokenTracker, TrackerDefect};
use lifeboat_testkit::contract::failures;
use lifeboat_testkit::contract::tracker::{CLAUSES, TrackerFixture};
use lifeboat_testkit::memory::MemoryTracker;
use lifeboat_testkit::tracker_contract;
use std::collections::BTreeSet;
use std::path::PathBuf;

struct Shop<T: Tracker> {
    tracker: T,
    reference: MemoryTracker,
}

impl<T: Tracker> TrackerFixture for Shop<T> {
    fn tracker(&self) -> &dyn Tracker {
        &self.tracker
    }

    fn insert(&self, row: u64) {
        self.reference.insert(row);
    }

    fn change(&self, row: u64) {
        self.reference.change(row);
    }

    fn delete(&self, row: u64) {
        self.reference.delete(row);
    }

    fn insert_and_roll_back(&self, row: u64) {
        self.reference.insert_and_roll_back(row);
    }

    fn lose_triggers(&self) {
        self.reference.lose_triggers();
    }

    fn take_a_name(&self) {
        self.reference.take_a_name();
    }

    fn file_with(&self, rows: &[u64]) -> PathBuf {
        self.reference.file_with(rows)
    }

    fn rows(&self) -> BTreeSet<u64> {
        self.reference.rows()
    }

    fn imprint(&self) -> String {
        self.reference.imprint()
    }
}

fn shop() -> Shop<MemoryTracker> {
    let tracker = MemoryTracker::new(1..=3);
    Shop { reference: tracker.clone(), tracker }
}

tracker_contract!(the_reference_tracker_holds_the_contract, shop());

#[test]
fn broken_trackers_are_caught() {
    let cases = [
        (TrackerDefect::WritesWhileLooking, "looking_changes_nothing"),
        (TrackerDefect::WritesDownWhatWasThere, "tracking_changes_no_row_and_is_sound"),
        (TrackerDefect::BeginsAgain, "what_was_begun_keeps_its_names"),
        (TrackerDefect::OverlooksUpdates, "each_write_adds_a_line_and_no_other_does"),
        (TrackerDefect::OverlooksDeletions, "each_write_adds_a_line_and_no_other_does"),
        (TrackerDefect::CountsWhatWasTakenBack, "what_was_rolled_back_adds_none"),
        (TrackerDefect::BeginsNow, "what_differs_from_an_earlier_state_gets_lines"),
        (TrackerDefect::TakesAbsenceForDeletion, "what_another_copy_has_alone_is_not_deleted_here"),
        (TrackerDefect::BlindToLostTriggers, "triggers_that_are_gone_are_found_and_made_again"),
        (TrackerDefect::TracksOverATakenName, "a_taken_name_is_refused_and_nothing_is_changed"),
        (TrackerDefect::LeavesThingsBehind, "untracking_leaves_nothing_behind"),
        (TrackerDefect::AuditsNothing, "what_is_not_tracked_cannot_be_audited"),
    ];
    for (defect, clause) in cases {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let failed: Vec<&str> = failures(CLAUSES, || {
            let (tracker, reference) = BrokenTracker::new(MemoryTracker::new(1..=3), defect);
            Box::new(Shop { tracker, reference }) as Box<dyn TrackerFixture>
        });
        std::panic::set_hook(hook);
        assert!(failed.contains(&clause), "expected {clause} to fail for {defect:?}, failed: {failed:?}");
    }
}
