//! The contract of `Vault`.

use super::clauses;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::findings::Findings;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::trust::{Trust, TrustLevel};
use lifeboat_ports::{Draft, Forgotten, PortErrorKind, Sealed, Vault, VaultEntry, VaultGuard, Watch};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A vault that does not exist yet, and hands on its storage.
pub trait VaultFixture {
    /// The port.
    fn vault(&self) -> &dyn Vault;
    /// Writes into a draft, as a snapshotter would.
    fn fill(&self, draft: &Draft, bytes: &[u8]);
    /// Bytes at a path, `None` where nothing is.
    fn read(&self, path: &Path) -> Option<Vec<u8>>;
    /// Flips one bit of a point's stored file.
    fn damage_file(&self, manifest: &Manifest);
    /// Flips one bit of a stored manifest.
    fn damage_manifest(&self, manifest: &Manifest);
    /// Puts a file among the points that belongs to none.
    fn put_stray(&self, name: &str);
    /// A path outside the vault where nothing is.
    fn outside(&self) -> PathBuf;
}

clauses! { dyn VaultFixture:
    an_absent_vault_is_not_found,
    a_published_point_is_listed_with_its_bytes,
    a_draft_is_no_point,
    a_discarded_draft_is_gone,
    sealing_reads_what_is_stored,
    publishing_replaces_nothing,
    damage_of_a_manifest_is_named_and_the_rest_is_listed,
    damage_of_a_file_shows_in_its_hash,
    amending_replaces_the_manifest,
    forgetting_keeps_the_bytes_and_is_idempotent,
    withdrawing_frees_one_point_and_no_other,
    pruning_frees_forgotten_points_only,
    sequences_survive_pruning,
    sweeping_removes_drafts_and_nothing_else,
    the_lock_is_exclusive,
    exporting_writes_a_new_file_only,
    exporting_damage_fails_and_leaves_nothing,
}

fn id(number: u64) -> SnapshotId {
    let mut random = [7; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    SnapshotId::from_parts(1_790_000_000_000, random)
}

/// A manifest that describes sealed bytes.
#[must_use]
pub fn manifest(number: u64, sealed: Sealed) -> Manifest {
    Manifest {
        id: id(number),
        kind: PointKind::Manual,
        note: Some(format!("point {number}")),
        sequence: number,
        created: UtcMillis(1_790_000_000_000),
        database: "app.db".to_owned(),
        app_version: None,
        lifeboat_version: "0.0.0".to_owned(),
        facts: DatabaseFacts {
            page_size: 512,
            page_count: 1,
            encoding: "UTF-8".to_owned(),
            journal: JournalMode::Wal,
            user_version: 1,
            application_id: 2,
            schema_cookie: 3,
            fingerprint: Digest::of(b"schema"),
            tables: Vec::new(),
            engine_version: "0".to_owned(),
        },
        size_bytes: sealed.size_bytes,
        digest: sealed.digest,
        parent: None,
        trust: Trust { level: TrustLevel::Checked, at: UtcMillis(1_790_000_000_000) },
        findings: Findings::none(),
        not_checked: Vec::new(),
        suspect: false,
    }
}

async fn lock(f: &dyn VaultFixture) -> Box<dyn VaultGuard> {
    f.vault().lock(Duration::ZERO, &Watch::silent()).await.unwrap()
}

async fn point(f: &dyn VaultFixture, number: u64, bytes: &[u8]) -> Manifest {
    let draft = f.vault().begin(id(number)).await.unwrap();
    f.fill(&draft, bytes);
    let sealed = f.vault().seal(&draft, &Watch::silent()).await.unwrap();
    let manifest = manifest(number, sealed);
    f.vault().publish(&draft, &manifest).await.unwrap();
    manifest
}

async fn listed(f: &dyn VaultFixture) -> Vec<Manifest> {
    f.vault().list().await.unwrap().points()
}

async fn an_absent_vault_is_not_found(f: &dyn VaultFixture) {
    for _ in 0..2 {
        assert_eq!(f.vault().list().await.unwrap_err().kind(), PortErrorKind::NotFound);
    }
}

async fn a_published_point_is_listed_with_its_bytes(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let made = point(f, 1, b"one").await;
    assert_eq!(listed(f).await.as_slice(), std::slice::from_ref(&made));
    let file = f.vault().open(&made).await.unwrap();
    assert_eq!(f.read(&file.path).unwrap(), b"one");
}

async fn a_draft_is_no_point(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let draft = f.vault().begin(id(1)).await.unwrap();
    f.fill(&draft, b"half");
    let listing = f.vault().list().await.unwrap();
    assert!(listing.entries.is_empty());
}

async fn a_discarded_draft_is_gone(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let draft = f.vault().begin(id(1)).await.unwrap();
    f.fill(&draft, b"half");
    for _ in 0..2 {
        f.vault().discard(&draft).await.unwrap();
        assert_eq!(f.read(&draft.path), None);
    }
    let kept = point(f, 2, b"two").await;
    assert_eq!(listed(f).await, [kept]);
}

async fn sealing_reads_what_is_stored(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let draft = f.vault().begin(id(1)).await.unwrap();
    for bytes in [b"first".as_slice(), b"and second"] {
        f.fill(&draft, bytes);
        let sealed = f.vault().seal(&draft, &Watch::silent()).await.unwrap();
        assert_eq!(sealed, Sealed { size_bytes: bytes.len() as u64, digest: Digest::of(bytes) });
    }
}

async fn publishing_replaces_nothing(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let first = point(f, 1, b"one").await;
    let draft = f.vault().begin(id(2)).await.unwrap();
    f.fill(&draft, b"other");
    let error = f.vault().publish(&draft, &first).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::AlreadyExists);
    let file = f.vault().open(&first).await.unwrap();
    assert_eq!(f.read(&file.path).unwrap(), b"one");
}

async fn damage_of_a_manifest_is_named_and_the_rest_is_listed(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let (first, second) = (point(f, 1, b"one").await, point(f, 2, b"two").await);
    f.damage_manifest(&first);
    let listing = f.vault().list().await.unwrap();
    assert_eq!(listing.points(), [second]);
    assert!(!listing.is_complete());
    let name = first.stem().manifest_file();
    assert!(
        listing.entries.iter().any(|e| matches!(e, VaultEntry::BadManifest { name: n, .. } if *n == name))
    );
}

async fn damage_of_a_file_shows_in_its_hash(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let made = point(f, 1, b"one").await;
    let sound = f.vault().hash(&made, &Watch::silent()).await.unwrap();
    assert_eq!((sound.digest, sound.size_bytes), (made.digest, 3));
    f.damage_file(&made);
    assert_ne!(f.vault().hash(&made, &Watch::silent()).await.unwrap().digest, made.digest);
}

async fn amending_replaces_the_manifest(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let mut made = point(f, 1, b"one").await;
    made.trust.level = TrustLevel::Drilled;
    f.vault().amend(&made).await.unwrap();
    assert_eq!(listed(f).await, [made]);
    let absent = manifest(9, Sealed { size_bytes: 0, digest: Digest::of(b"") });
    assert_eq!(f.vault().amend(&absent).await.unwrap_err().kind(), PortErrorKind::NotFound);
}

async fn withdrawing_frees_one_point_and_no_other(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let (forgotten, withdrawn) = (point(f, 1, b"forgotten").await, point(f, 2, b"in vain").await);
    f.vault().forget(&forgotten).await.unwrap();
    let path = f.vault().open(&withdrawn).await.unwrap().path;
    f.vault().withdraw(&withdrawn).await.unwrap();
    f.vault().withdraw(&withdrawn).await.unwrap();
    assert_eq!(f.read(&path), None);
    let listing = f.vault().list().await.unwrap();
    assert!(listing.entries.is_empty() && listing.forgotten.len() == 1);
    assert!(listing.sequence_floor >= 2, "its number is not given again");
}

async fn forgetting_keeps_the_bytes_and_is_idempotent(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let made = point(f, 1, b"one").await;
    let file = f.vault().open(&made).await.unwrap();
    assert_eq!(f.vault().forget(&made).await.unwrap(), Forgotten::Now);
    assert_eq!(f.vault().forget(&made).await.unwrap(), Forgotten::Before);
    assert!(listed(f).await.is_empty());
    assert_eq!(f.vault().list().await.unwrap().forgotten.len(), 1);
    assert_eq!(f.read(&file.path).unwrap(), b"one");
}

async fn pruning_frees_forgotten_points_only(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let (first, second) = (point(f, 1, b"one").await, point(f, 2, b"two").await);
    let file = f.vault().open(&first).await.unwrap();
    f.put_stray("somebody's.db");
    f.vault().forget(&first).await.unwrap();
    assert!(f.vault().prune().await.unwrap().bytes >= 3);
    assert_eq!(f.read(&file.path), None);
    let listing = f.vault().list().await.unwrap();
    assert_eq!((listing.points(), listing.forgotten.len()), (vec![second], 0));
    assert!(
        listing.entries.iter().any(|e| matches!(e, VaultEntry::Stray { name } if name == "somebody's.db"))
    );
    assert_eq!(f.vault().prune().await.unwrap().bytes, 0);
}

async fn sequences_survive_pruning(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    point(f, 1, b"one").await;
    let last = point(f, 5, b"five").await;
    f.vault().forget(&last).await.unwrap();
    assert_eq!(f.vault().list().await.unwrap().sequence_floor, 5);
    f.vault().prune().await.unwrap();
    assert_eq!(f.vault().list().await.unwrap().sequence_floor, 5);
}

async fn sweeping_removes_drafts_and_nothing_else(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let made = point(f, 1, b"one").await;
    f.put_stray("somebody's.db");
    let draft = f.vault().begin(id(2)).await.unwrap();
    f.fill(&draft, b"half");
    f.vault().sweep().await.unwrap();
    assert_eq!(f.read(&draft.path), None);
    let listing = f.vault().list().await.unwrap();
    assert_eq!((listing.points(), listing.entries.len()), (vec![made], 2));
}

async fn the_lock_is_exclusive(f: &dyn VaultFixture) {
    let guard = lock(f).await;
    let second = f.vault().lock(Duration::ZERO, &Watch::silent()).await;
    assert_eq!(second.err().map(|e| e.kind()), Some(PortErrorKind::Busy));
    drop(guard);
    lock(f).await;
}

async fn exporting_writes_a_new_file_only(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let (first, second) = (point(f, 1, b"one").await, point(f, 2, b"two").await);
    let to = f.outside();
    f.vault().export(&first, &to, &Watch::silent()).await.unwrap();
    let again = f.vault().export(&second, &to, &Watch::silent()).await.unwrap_err();
    assert_eq!(again.kind(), PortErrorKind::AlreadyExists);
    assert_eq!(f.read(&to).unwrap(), b"one");
}

async fn exporting_damage_fails_and_leaves_nothing(f: &dyn VaultFixture) {
    let _guard = lock(f).await;
    let made = point(f, 1, b"one").await;
    f.damage_file(&made);
    let error = f.vault().export(&made, &f.outside(), &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Damaged);
    assert_eq!(f.read(&f.outside()), None);
}
