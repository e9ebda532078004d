//! A share as a folder holds the contracts of its ports.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_smb::FolderShare;
use lifeboat_domain::update::Place;
use lifeboat_ports::{PortErrorKind, Publisher, Takeover, UpdateSource};
use lifeboat_testkit::contract::publisher::PublisherFixture;
use lifeboat_testkit::contract::update_source::UpdateSourceFixture;
use lifeboat_testkit::{publisher_contract, update_source_contract};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

struct Shares {
    folder: TempDir,
    share: FolderShare,
}

impl Shares {
    /// A name that trips whoever encodes paths.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("upd\u{430}tes #1 %20 \u{e9}");
        std::fs::create_dir(&root).unwrap();
        Self { share: FolderShare::new(root), folder }
    }

    fn root(&self) -> PathBuf {
        PathBuf::from(self.share.shown())
    }

    fn path(&self, place: &Place) -> PathBuf {
        let path = place.parts().iter().fold(self.root(), |path, part| path.join(part));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl UpdateSourceFixture for Shares {
    fn source(&self) -> &dyn UpdateSource {
        &self.share
    }

    fn put(&self, place: &Place, bytes: &[u8]) {
        let staged = self.folder.path().join("staged");
        std::fs::write(&staged, bytes).unwrap();
        std::fs::rename(staged, self.path(place)).unwrap();
    }

    fn block(&self, place: &Place) {
        std::fs::create_dir(self.path(place)).unwrap();
    }

    fn remove_share(&self) {
        std::fs::remove_dir_all(self.root()).unwrap();
    }
}

impl PublisherFixture for Shares {
    fn publisher(&self) -> &dyn Publisher {
        &self.share
    }

    fn client(&self) -> &dyn UpdateSource {
        &self.share
    }

    fn local_file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("local");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn visible(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.root(), &mut found);
        found.retain(|path| !path.contains("/.stage") && !path.ends_with(".publish.lock"));
        found.sort();
        found
    }
}

fn walk(folder: &Path, into: &mut Vec<String>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        into.push(path.display().to_string());
        if path.is_dir() {
            walk(&path, into);
        }
    }
}

update_source_contract!(folder_share_is_a_source, Shares::new());
publisher_contract!(folder_share_is_a_publisher, Shares::new());

#[cfg(unix)]
#[tokio::test]
async fn links_and_pipes_on_a_share_are_not_read() {
    let shares = Shares::new();
    let secret = shares.folder.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    std::os::unix::fs::symlink(&secret, shares.path(&Place::Pointer)).unwrap();
    assert!(shares.share.document(&Place::Pointer, 100).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_folder_is_not_published_through() {
    let shares = Shares::new();
    let elsewhere = shares.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, shares.root().join("targets")).unwrap();
    let error = shares.share.lock("x", Takeover::AfterLease).await.err().unwrap();
    assert_eq!(error.kind(), PortErrorKind::Unsupported);
    assert_eq!(elsewhere.read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn a_lock_without_a_sign_of_life_is_over_after_its_lease() {
    let shares = Shares::new();
    let silent = shares.share.lock("silent", Takeover::AfterLease).await.unwrap();
    let file = std::fs::File::options().write(true).open(shares.root().join(".publish.lock")).unwrap();
    let ago = |minutes: u64| SystemTime::now() - Duration::from_secs(60 * minutes);
    file.set_modified(ago(29)).unwrap();
    assert!(shares.share.lock("second", Takeover::AfterLease).await.is_err());
    file.set_modified(ago(31)).unwrap();
    let second = shares.share.lock("second", Takeover::AfterLease).await.unwrap();
    assert_eq!(silent.renew().await.unwrap_err().kind(), PortErrorKind::Changed);
    second.renew().await.unwrap();
    assert!(shares.share.leftovers().await.unwrap().is_empty());
}

/// Many at once: one has it, whoever comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_want_the_lock_one_gets_it() {
    for _ in 0..20 {
        let shares = Shares::new();
        let tries = (0..6).map(|n| {
            let share = shares.share.clone();
            tokio::spawn(async move { share.lock(&format!("publisher {n}"), Takeover::AfterLease).await })
        });
        let mut held = Vec::new();
        for tried in tries.collect::<Vec<_>>() {
            held.extend(tried.await.unwrap().ok());
        }
        assert_eq!(held.len(), 1);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_published_may_be_read_by_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let shares = Shares::new();
    let _guard = shares.share.lock("x", Takeover::AfterLease).await.unwrap();
    let content = lifeboat_ports::Content::Bytes(b"pointer");
    let staged = shares.share.stage(content, &lifeboat_ports::Watch::silent()).await.unwrap();
    shares.share.replace_pointer(&staged).await.unwrap();
    let mode = shares.path(&Place::Pointer).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o044, 0o044, "{mode:o}");
}
