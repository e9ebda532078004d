//! An embedded database: posture, pool, and what a dropped future leaves.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::demo::{Size, build};
use lifeboat::{BackupOrder, Config, Lifeboat, RestoreOrder, VerifyDepth};
use std::time::Duration;

fn shop() -> (tempfile::TempDir, Lifeboat) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    build(&path, 3, Size::SMALL).unwrap();
    let boat = Lifeboat::at(Config::embedded(&path)).unwrap();
    (folder, boat)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_embedded_database_goes_there_and_back_through_its_pool() {
    let (_folder, boat) = shop();
    boat.backup(BackupOrder::manual("first")).await.unwrap();
    lifeboat::demo::delete_by_mistake(boat.database()).unwrap();
    let restored = boat.restore("latest", RestoreOrder::default()).await.unwrap();
    assert!(!restored.others_wrote);
    boat.undo(RestoreOrder::default()).await.unwrap();
    assert!(boat.status().await.unwrap().database.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_is_dropped_while_quiesced_reopens_the_database() {
    let (_folder, boat) = shop();
    boat.backup(BackupOrder::manual("first")).await.unwrap();
    for delay_ms in [1, 3, 6, 10, 15, 25] {
        let restore = boat.restore("latest", RestoreOrder::default());
        let _ = tokio::time::timeout(Duration::from_millis(delay_ms), restore).await;
        works_again(&boat, delay_ms).await;
        // A worker may have written its intent late: then the next act settles it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        boat.recover().await.unwrap();
        assert!(boat.status().await.unwrap().pending.is_none());
    }
    assert!(boat.verify(None, VerifyDepth::Drill).await.unwrap().damaged.is_empty());
}

/// What had begun on a worker runs to its end; until then the database may be busy, and nothing else.
async fn works_again(boat: &Lifeboat, delay_ms: u64) {
    for _ in 0..200 {
        match boat.backup(BackupOrder::manual("after")).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.code().exit_status(), 11, "after {delay_ms} ms: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("after {delay_ms} ms the database stays closed");
}
