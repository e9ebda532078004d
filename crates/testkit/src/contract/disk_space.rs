//! The contract of `DiskSpace`.

use super::clauses;
use lifeboat_ports::DiskSpace;
use std::path::PathBuf;

/// Volumes to look at.
pub trait DiskSpaceFixture {
    /// The port.
    fn disk(&self) -> &dyn DiskSpace;
    /// A folder that exists.
    fn folder(&self) -> PathBuf;
    /// Is something at that path now? A look must not make it.
    fn exists(&self, path: &std::path::Path) -> bool;
}

clauses! { dyn DiskSpaceFixture: free_is_within_total, a_file_to_be_made_lies_on_its_folders_volume, looking_makes_nothing, }

async fn free_is_within_total(f: &dyn DiskSpaceFixture) {
    let space = f.disk().volume(&f.folder()).await.unwrap().space;
    assert!(space.free_bytes > 0 && space.free_bytes <= space.total_bytes);
}

async fn a_file_to_be_made_lies_on_its_folders_volume(f: &dyn DiskSpaceFixture) {
    let folder = f.disk().volume(&f.folder()).await.unwrap();
    let deep = f.disk().volume(&f.folder().join("not/there/yet.db")).await.unwrap();
    assert_eq!(folder.space.volume, deep.space.volume);
}

async fn looking_makes_nothing(f: &dyn DiskSpaceFixture) {
    let path = f.folder().join("not");
    f.disk().volume(&path).await.unwrap();
    assert!(!f.exists(&path));
}
