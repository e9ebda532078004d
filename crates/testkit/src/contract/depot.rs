//! The contract of `Depot`.

use super::clauses;
use lifeboat_ports::{Depot, PortErrorKind, Watch};
use std::time::Duration;

/// A depot that does not exist yet.
pub trait DepotFixture {
    /// The port.
    fn depot(&self) -> &dyn Depot;
    /// Puts other bytes in the place of a kept artifact, by replacing the file.
    fn swap(&self, file: &str, bytes: &[u8]);
    /// Is anything there at all?
    fn is_there(&self) -> bool;
}

clauses! { dyn DepotFixture:
    reading_makes_nothing,
    the_copies_of_the_memory_are_apart,
    a_memory_set_aside_is_gone_and_kept,
    the_record_is_replaced,
    an_artifact_is_written_from_where_it_stopped,
    a_piece_is_written_at_the_end_and_nowhere_else,
    a_restarted_artifact_begins_at_nothing,
    keeping_gives_the_name_and_takes_the_partial_one,
    a_name_that_leads_elsewhere_is_refused,
    a_held_artifact_stays_what_it_was,
    quarantine_takes_the_name_and_keeps_the_bytes,
    tidying_spares_what_is_named_and_everything_else_that_counts,
    the_lock_is_exclusive,
}

async fn lock(f: &dyn DepotFixture) -> Box<dyn lifeboat_ports::DepotGuard> {
    f.depot().lock(Duration::ZERO, &Watch::silent()).await.unwrap()
}

async fn kept(f: &dyn DepotFixture, file: &str, bytes: &[u8]) {
    f.depot().begin(file).await.unwrap();
    f.depot().append(file, 0, bytes).await.unwrap();
    f.depot().keep(file).await.unwrap();
}

async fn held(f: &dyn DepotFixture, file: &str) -> Vec<u8> {
    f.depot().hold(file).await.unwrap().read_at(0, 1 << 20).await.unwrap()
}

async fn reading_makes_nothing(f: &dyn DepotFixture) {
    assert_eq!(f.depot().memory().await.unwrap(), [None, None]);
    assert_eq!(f.depot().record().await.unwrap(), None);
    assert!(f.depot().hold("till.exe").await.is_err());
    assert!(!f.is_there());
}

async fn the_copies_of_the_memory_are_apart(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    f.depot().remember(1, b"one").await.unwrap();
    assert_eq!(f.depot().memory().await.unwrap(), [None, Some(b"one".to_vec())]);
    f.depot().remember(0, b"two").await.unwrap();
    f.depot().remember(1, b"three").await.unwrap();
    assert_eq!(f.depot().memory().await.unwrap(), [Some(b"two".to_vec()), Some(b"three".to_vec())]);
}

async fn a_memory_set_aside_is_gone_and_kept(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    f.depot().remember(0, b"damaged").await.unwrap();
    assert_eq!(f.depot().set_memory_aside().await.unwrap().len(), 1);
    assert_eq!(f.depot().memory().await.unwrap(), [None, None]);
    assert!(f.depot().set_memory_aside().await.unwrap().is_empty());
    f.depot().remember(0, b"anew").await.unwrap();
    assert_eq!(f.depot().set_memory_aside().await.unwrap().len(), 1, "no name is given twice");
}

async fn the_record_is_replaced(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    for bytes in [&b"a longer record"[..], b"short"] {
        f.depot().write_record(bytes).await.unwrap();
        assert_eq!(f.depot().record().await.unwrap().as_deref(), Some(bytes));
    }
    assert!(f.depot().set_record_aside().await.unwrap().is_some());
    assert_eq!(f.depot().record().await.unwrap(), None);
    assert_eq!(f.depot().set_record_aside().await.unwrap(), None);
}

async fn an_artifact_is_written_from_where_it_stopped(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    assert_eq!(f.depot().begin("till.exe").await.unwrap(), 0);
    f.depot().append("till.exe", 0, b"first ").await.unwrap();
    assert_eq!(f.depot().begin("till.exe").await.unwrap(), 6);
    f.depot().append("till.exe", 6, b"second").await.unwrap();
    assert_eq!(f.depot().read_partial("till.exe", 3, 100).await.unwrap(), b"st second");
    f.depot().keep("till.exe").await.unwrap();
    assert_eq!(held(f, "till.exe").await, b"first second");
}

async fn a_piece_is_written_at_the_end_and_nowhere_else(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    f.depot().begin("till.exe").await.unwrap();
    f.depot().append("till.exe", 0, b"12345").await.unwrap();
    for offset in [0, 4, 6] {
        let error = f.depot().append("till.exe", offset, b"x").await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Changed);
    }
    assert_eq!(f.depot().read_partial("till.exe", 0, 100).await.unwrap(), b"12345");
}

async fn a_restarted_artifact_begins_at_nothing(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    f.depot().begin("till.exe").await.unwrap();
    f.depot().append("till.exe", 0, b"wrong").await.unwrap();
    for _ in 0..2 {
        f.depot().restart("till.exe").await.unwrap();
    }
    assert_eq!(f.depot().begin("till.exe").await.unwrap(), 0);
}

async fn keeping_gives_the_name_and_takes_the_partial_one(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    f.depot().begin("till.exe").await.unwrap();
    assert!(f.depot().hold("till.exe").await.is_err(), "a partial artifact is none");
    f.depot().keep("till.exe").await.unwrap();
    assert_eq!(f.depot().begin("till.exe").await.unwrap(), 0);
    kept(f, "till.exe", b"again").await;
    assert_eq!(held(f, "till.exe").await, b"again");
}

async fn a_name_that_leads_elsewhere_is_refused(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    for name in ["", "..", "a/b", "../x", "a\\b", "/etc/passwd", "C:x", "nul"] {
        assert_eq!(f.depot().begin(name).await.unwrap_err().kind(), PortErrorKind::Unsupported, "{name}");
        assert!(f.depot().hold(name).await.is_err(), "{name}");
    }
}

async fn a_held_artifact_stays_what_it_was(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    kept(f, "till.exe", b"signed").await;
    let held = f.depot().hold("till.exe").await.unwrap();
    assert!(held.is_in_place().await.unwrap());
    assert!(held.path().ends_with("till.exe"));
    f.swap("till.exe", b"forged");
    assert_eq!(held.read_at(0, 100).await.unwrap(), b"signed");
    assert!(!held.is_in_place().await.unwrap());
}

async fn quarantine_takes_the_name_and_keeps_the_bytes(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..2 {
        kept(f, "till.exe", b"forged").await;
        names.insert(f.depot().quarantine("till.exe").await.unwrap());
        assert!(f.depot().hold("till.exe").await.is_err());
    }
    assert_eq!(names.len(), 2, "no name is given twice");
    assert_eq!(f.depot().quarantine("till.exe").await.unwrap_err().kind(), PortErrorKind::NotFound);
}

async fn tidying_spares_what_is_named_and_everything_else_that_counts(f: &dyn DepotFixture) {
    let _guard = lock(f).await;
    f.depot().remember(0, b"memory").await.unwrap();
    f.depot().write_record(b"record").await.unwrap();
    kept(f, "old.exe", b"old").await;
    kept(f, "new.exe", b"new").await;
    f.depot().begin("half.exe").await.unwrap();
    let mut gone = f.depot().tidy(&["new.exe".to_owned()]).await.unwrap();
    gone.sort();
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert!(gone[1].starts_with("old.exe"));
    assert_eq!(held(f, "new.exe").await, b"new");
    assert_eq!(f.depot().memory().await.unwrap()[0].as_deref(), Some(&b"memory"[..]));
    assert_eq!(f.depot().record().await.unwrap().as_deref(), Some(&b"record"[..]));
}

async fn the_lock_is_exclusive(f: &dyn DepotFixture) {
    let guard = lock(f).await;
    let second = f.depot().lock(Duration::ZERO, &Watch::silent()).await;
    assert_eq!(second.err().unwrap().kind(), PortErrorKind::Busy);
    drop(guard);
    lock(f).await;
}
