//! The contract of `Publisher`.

use super::clauses;
use lifeboat_domain::update::{Document, Place};
use lifeboat_ports::{Content, PortErrorKind, Publisher, StagedFile, Takeover, UpdateSource, Watch};
use std::path::PathBuf;

/// An empty share, seen by its publisher and by a client.
pub trait PublisherFixture {
    /// The port.
    fn publisher(&self) -> &dyn Publisher;
    /// A client of the same share.
    fn client(&self) -> &dyn UpdateSource;
    /// A local file with these bytes.
    fn local_file(&self, bytes: &[u8]) -> PathBuf;
    /// Everything on the share that a client may come across, by path.
    fn visible(&self) -> Vec<String>;
}

clauses! { dyn PublisherFixture:
    what_is_staged_is_seen_by_nobody,
    what_is_staged_reads_back_as_it_was_brought,
    settling_makes_the_bytes_visible,
    settling_replaces_nothing,
    of_two_that_settle_at_one_place_one_succeeds,
    the_pointer_is_replaced_whole,
    readers_of_the_pointer_see_the_old_or_the_new_bytes,
    one_publisher_holds_the_lock_and_the_other_learns_who,
    the_lock_is_free_again_when_its_guard_is_gone,
    a_lock_that_was_taken_over_is_noticed,
    a_fresh_lock_outlives_a_polite_takeover,
    sweeping_takes_what_is_staged_and_nothing_else,
    discarding_is_idempotent,
    trying_to_write_leaves_nothing,
}

fn artifact() -> Place {
    Place::Artifact { name: "stable/till.exe".to_owned(), sha256: "cd".repeat(32) }
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_246_822_519) >> 11).to_le_bytes()[0] | 1).collect()
}

async fn lock(f: &dyn PublisherFixture) -> Box<dyn lifeboat_ports::PublishGuard> {
    f.publisher().lock("first", Takeover::AfterLease).await.unwrap()
}

async fn stage(f: &dyn PublisherFixture, bytes: &[u8]) -> StagedFile {
    f.publisher().stage(Content::Bytes(bytes), &Watch::silent()).await.unwrap()
}

async fn read(f: &dyn PublisherFixture, place: &Place) -> Option<Vec<u8>> {
    match f.client().document(place, 1 << 20).await {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            assert_eq!(error.kind(), PortErrorKind::NotFound);
            None
        }
    }
}

async fn what_is_staged_is_seen_by_nobody(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    let old = stage(f, b"old").await;
    f.publisher().replace_pointer(&old).await.unwrap();
    let before = f.visible();
    stage(f, b"new").await;
    assert_eq!(f.visible(), before);
    assert_eq!(read(f, &Place::Pointer).await.as_deref(), Some(&b"old"[..]));
    assert_eq!(read(f, &artifact()).await, None);
}

async fn what_is_staged_reads_back_as_it_was_brought(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    let bytes = noise(3_000_001);
    let local = f.local_file(&bytes);
    let from_file = f.publisher().stage(Content::File(&local), &Watch::silent()).await.unwrap();
    let from_memory = stage(f, &bytes).await;
    for staged in [from_file, from_memory] {
        let mut whole: Vec<u8> = Vec::new();
        loop {
            let offset = u64::try_from(whole.len()).unwrap();
            let piece = f.publisher().read_back(&staged, offset, 1 << 20).await.unwrap();
            assert_eq!(piece.len(), (1 << 20).min(bytes.len() - whole.len()));
            if piece.is_empty() {
                break;
            }
            whole.extend(piece);
        }
        assert!(whole == bytes, "other bytes came back");
    }
}

async fn settling_makes_the_bytes_visible(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    for place in [artifact(), Place::Document(Document::Snapshot, 3)] {
        let staged = stage(f, &noise(5_000)).await;
        f.publisher().settle(&staged, &place).await.unwrap();
        assert_eq!(read(f, &place).await, Some(noise(5_000)));
    }
    assert!(f.publisher().leftovers().await.unwrap().is_empty());
}

async fn settling_replaces_nothing(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    f.publisher().settle(&stage(f, b"first").await, &artifact()).await.unwrap();
    let second = stage(f, b"second").await;
    let error = f.publisher().settle(&second, &artifact()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::AlreadyExists);
    assert_eq!(read(f, &artifact()).await.as_deref(), Some(&b"first"[..]));
    assert_eq!(f.publisher().read_back(&second, 0, 100).await.unwrap(), b"second");
}

async fn of_two_that_settle_at_one_place_one_succeeds(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    let (one, other) = (stage(f, b"one").await, stage(f, b"other").await);
    let place = artifact();
    let publisher = f.publisher();
    let (a, b) = tokio::join!(publisher.settle(&one, &place), publisher.settle(&other, &place));
    assert_ne!(a.is_ok(), b.is_ok());
    let stands = if a.is_ok() { &b"one"[..] } else { b"other" };
    assert_eq!(read(f, &place).await.as_deref(), Some(stands));
}

async fn the_pointer_is_replaced_whole(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    for length in [4_000, 10, 9_000] {
        let staged = stage(f, &noise(length)).await;
        f.publisher().replace_pointer(&staged).await.unwrap();
        assert_eq!(read(f, &Place::Pointer).await, Some(noise(length)));
    }
}

async fn readers_of_the_pointer_see_the_old_or_the_new_bytes(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    let texts = [noise(9_000), noise(3_000)];
    f.publisher().replace_pointer(&stage(f, &texts[1]).await).await.unwrap();
    for round in 0..30_usize {
        let staged = stage(f, &texts[round % 2]).await;
        let (replaced, seen) = tokio::join!(
            f.publisher().replace_pointer(&staged),
            f.client().document(&Place::Pointer, 1 << 16)
        );
        replaced.unwrap();
        assert!(texts.contains(&seen.unwrap()));
    }
}

async fn one_publisher_holds_the_lock_and_the_other_learns_who(f: &dyn PublisherFixture) {
    let guard = f.publisher().lock("anna on desk-7", Takeover::AfterLease).await.unwrap();
    let Err(error) = f.publisher().lock("second", Takeover::AfterLease).await else { panic!("two hold it") };
    assert_eq!(error.kind(), PortErrorKind::Busy);
    assert!(error.subject().contains("anna on desk-7"), "{error}");
    assert!(f.publisher().holder().await.unwrap().is_some_and(|who| who.contains("anna on desk-7")));
    guard.renew().await.unwrap();
}

async fn the_lock_is_free_again_when_its_guard_is_gone(f: &dyn PublisherFixture) {
    drop(lock(f).await);
    assert_eq!(f.publisher().holder().await.unwrap(), None);
    drop(lock(f).await);
}

async fn a_lock_that_was_taken_over_is_noticed(f: &dyn PublisherFixture) {
    let first = lock(f).await;
    let second = f.publisher().lock("second", Takeover::Always).await.unwrap();
    assert_eq!(first.renew().await.unwrap_err().kind(), PortErrorKind::Changed);
    second.renew().await.unwrap();
    drop(first);
    second.renew().await.unwrap();
    assert!(f.publisher().holder().await.unwrap().is_some());
}

async fn a_fresh_lock_outlives_a_polite_takeover(f: &dyn PublisherFixture) {
    let guard = lock(f).await;
    for _ in 0..3 {
        assert!(f.publisher().lock("second", Takeover::AfterLease).await.is_err());
    }
    guard.renew().await.unwrap();
}

async fn sweeping_takes_what_is_staged_and_nothing_else(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    f.publisher().replace_pointer(&stage(f, b"pointer").await).await.unwrap();
    f.publisher().settle(&stage(f, b"artifact").await, &artifact()).await.unwrap();
    let left = stage(f, b"left").await;
    let before = f.visible();
    let left = vec![left.name];
    assert_eq!(f.publisher().leftovers().await.unwrap(), left);
    assert_eq!(f.publisher().sweep().await.unwrap(), left);
    assert!(f.publisher().leftovers().await.unwrap().is_empty());
    assert_eq!(f.visible(), before);
    assert_eq!(read(f, &artifact()).await.as_deref(), Some(&b"artifact"[..]));
}

async fn discarding_is_idempotent(f: &dyn PublisherFixture) {
    let _guard = lock(f).await;
    let staged = stage(f, b"x").await;
    for _ in 0..2 {
        f.publisher().discard(&staged).await.unwrap();
        assert!(f.publisher().leftovers().await.unwrap().is_empty());
    }
}

async fn trying_to_write_leaves_nothing(f: &dyn PublisherFixture) {
    drop(lock(f).await);
    let before = f.visible();
    f.publisher().try_write().await.unwrap();
    assert_eq!(f.visible(), before);
    assert!(f.publisher().leftovers().await.unwrap().is_empty());
}
