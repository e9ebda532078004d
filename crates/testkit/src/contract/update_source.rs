//! The contract of `UpdateSource`.

use super::clauses;
use lifeboat_domain::update::{Document, Place};
use lifeboat_ports::{PortErrorKind, UpdateSource};

/// A share with nothing on it but its folders, and ways to change it behind the port's back.
pub trait UpdateSourceFixture {
    /// The port.
    fn source(&self) -> &dyn UpdateSource;
    /// Puts a file at a place, in one step, in place of one that is there.
    fn put(&self, place: &Place, bytes: &[u8]);
    /// Puts something there that is no file and cannot be read as one.
    fn block(&self, place: &Place);
    /// Takes the whole share away.
    fn remove_share(&self);
}

clauses! { dyn UpdateSourceFixture:
    an_absent_file_is_not_found,
    an_absent_share_is_told_from_an_absent_file,
    a_document_comes_whole,
    a_document_over_the_limit_is_refused,
    reading_from_an_offset_gives_the_bytes_there,
    as_many_bytes_come_as_were_asked_for,
    the_end_is_empty_and_nothing_else_is,
    what_is_replaced_is_seen_at_once,
    what_cannot_be_read_is_an_error,
}

fn artifact() -> Place {
    Place::Artifact { name: "stable/Till 1.0 setup.exe".to_owned(), sha256: "ab".repeat(32) }
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0] | 1).collect()
}

async fn an_absent_file_is_not_found(f: &dyn UpdateSourceFixture) {
    for place in [Place::Pointer, Place::Document(Document::Root, 2), artifact()] {
        assert_eq!(f.source().document(&place, 9).await.unwrap_err().kind(), PortErrorKind::NotFound);
        assert_eq!(f.source().read_at(&place, 0, 9).await.unwrap_err().kind(), PortErrorKind::NotFound);
    }
}

async fn an_absent_share_is_told_from_an_absent_file(f: &dyn UpdateSourceFixture) {
    f.remove_share();
    let missing = PortErrorKind::FolderMissing;
    assert_eq!(f.source().document(&Place::Pointer, 9).await.unwrap_err().kind(), missing);
    assert_eq!(f.source().read_at(&artifact(), 0, 9).await.unwrap_err().kind(), missing);
}

async fn a_document_comes_whole(f: &dyn UpdateSourceFixture) {
    for bytes in [noise(0), noise(1), noise(70_000)] {
        f.put(&Place::Pointer, &bytes);
        assert_eq!(f.source().document(&Place::Pointer, 70_000).await.unwrap(), bytes);
    }
}

async fn a_document_over_the_limit_is_refused(f: &dyn UpdateSourceFixture) {
    f.put(&Place::Pointer, &noise(100));
    assert_eq!(f.source().document(&Place::Pointer, 100).await.unwrap().len(), 100);
    let error = f.source().document(&Place::Pointer, 99).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::LimitExceeded);
}

async fn reading_from_an_offset_gives_the_bytes_there(f: &dyn UpdateSourceFixture) {
    let bytes = noise(300_000);
    f.put(&artifact(), &bytes);
    for (offset, most) in [(0, 10), (1, 65_536), (123_457, 100_000), (299_999, 1)] {
        let read = f.source().read_at(&artifact(), offset, most).await.unwrap();
        let from = usize::try_from(offset).unwrap();
        assert_eq!(read, bytes[from..from + most], "from {offset}");
    }
}

async fn as_many_bytes_come_as_were_asked_for(f: &dyn UpdateSourceFixture) {
    let bytes = noise(2_500_000);
    f.put(&artifact(), &bytes);
    let mut whole = Vec::new();
    for step in 0..3 {
        let offset = u64::try_from(whole.len()).unwrap();
        let read = f.source().read_at(&artifact(), offset, 1 << 20).await.unwrap();
        assert_eq!(read.len(), if step < 2 { 1 << 20 } else { bytes.len() - (2 << 20) });
        whole.extend(read);
    }
    assert!(whole == bytes, "other bytes came");
}

async fn the_end_is_empty_and_nothing_else_is(f: &dyn UpdateSourceFixture) {
    f.put(&artifact(), &noise(10));
    assert_eq!(f.source().read_at(&artifact(), 4, 100).await.unwrap(), noise(10)[4..]);
    for offset in [10, 11, 1 << 40] {
        assert!(f.source().read_at(&artifact(), offset, 100).await.unwrap().is_empty());
    }
}

async fn what_is_replaced_is_seen_at_once(f: &dyn UpdateSourceFixture) {
    for round in 1..20_usize {
        let bytes = noise(round * 7);
        f.put(&Place::Pointer, &bytes);
        assert_eq!(f.source().document(&Place::Pointer, 1 << 12).await.unwrap(), bytes);
    }
}

async fn what_cannot_be_read_is_an_error(f: &dyn UpdateSourceFixture) {
    f.block(&Place::Pointer);
    f.block(&artifact());
    f.source().document(&Place::Pointer, 100).await.unwrap_err();
    f.source().read_at(&artifact(), 0, 100).await.unwrap_err();
}
