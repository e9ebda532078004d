//! What a client believes of a share, and what it remembers.

use crate::world::{OLD, Seeds, version, world};
use lifeboat::ApplyOrder;
use lifeboat::OldMetadata;
use lifeboat::Publishing;
use lifeboat::Rotation;
use lifeboat::domain::code::Code;
use lifeboat::domain::update::Document;
use lifeboat::domain::update::Place;
use lifeboat::ports::Depot as _;
use lifeboat::ports::PortErrorKind;
use lifeboat::trust::Role;

#[tokio::test]
async fn each_state_of_a_share_has_its_code() {
    let world = world();
    assert_eq!(world.refused("1.0.0").await, Code::NothingPublished);
    world.publish("1.1.0").await;
    let kinds = [
        (PortErrorKind::Unreachable, Code::ShareUnreachable),
        (PortErrorKind::FolderMissing, Code::ShareMissing),
        (PortErrorKind::Unauthenticated, Code::ShareLoginRefused),
        (PortErrorKind::PermissionDenied, Code::ShareDenied),
        (PortErrorKind::Io, Code::InputOutput),
    ];
    for (kind, code) in kinds {
        world.source.fail_as(kind);
        assert_eq!(world.refused("1.0.0").await, code);
        let status = world.client("1.0.0").status().await.unwrap();
        assert_eq!(status.last_check.unwrap().outcome, code.to_string(), "the last look is shown");
    }
    world.source.answer(u64::MAX);
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
}

#[tokio::test]
async fn a_pointer_that_is_torn_empty_huge_or_deep_is_refused() {
    let world = world();
    world.publish("1.1.0").await;
    let whole = world.bytes(&Place::Pointer).await;
    let deep = "[".repeat(10_000).into_bytes();
    let twice = String::from_utf8(whole.clone()).unwrap().replacen('{', "{\"signed\": 1,", 1).into_bytes();
    for torn in [Vec::new(), whole[..whole.len() / 2].to_vec(), vec![0; whole.len()], deep, twice] {
        world.share.put(&Place::Pointer, &torn);
        assert_eq!(world.refused("1.0.0").await, Code::ReleaseIncomplete);
    }
    world.share.put(&Place::Pointer, &vec![b' '; 50_000_000]);
    assert_eq!(world.refused("1.0.0").await, Code::MetadataRefused);
    world.share.put(&Place::Pointer, &whole);
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
}

#[tokio::test]
async fn a_pointer_of_yesterday_and_a_whole_old_folder_are_refused() {
    let world = world();
    world.publish("1.1.0").await;
    let old = world.bytes(&Place::Pointer).await;
    world.publish("1.2.0").await;
    assert_eq!(world.offered("1.0.0").await, Some(version("1.2.0")));
    world.share.put(&Place::Pointer, &old);
    assert_eq!(world.refused("1.0.0").await, Code::RollbackRefused);
    world.share.remove(&Place::Document(Document::Targets, 2));
    world.share.remove(&Place::Document(Document::Snapshot, 2));
    assert_eq!(
        world.refused("1.0.0").await,
        Code::RollbackRefused,
        "again: it is no loop of errors, and no change"
    );
    // The publisher knows what it published.
    world.remembering().resign(&world.ring()).await.unwrap();
    world.publish("1.3.0").await;
    assert_eq!(world.offered("1.0.0").await, Some(version("1.3.0")));
}

#[tokio::test]
async fn one_lost_copy_of_the_memory_is_mended_and_two_are_told() {
    let world = world();
    world.publish("1.1.0").await;
    let old = world.bytes(&Place::Pointer).await;
    world.publish("1.2.0").await;
    world.offered("1.0.0").await;
    for slot in [0, 1] {
        world.depot.hurt_memory(slot, &[0; 5_000]);
        let report = world.client("1.0.0").check(OLD).await.unwrap();
        assert!(report.memory_mended && report.has_warnings());
        assert!(!world.client("1.0.0").check(OLD).await.unwrap().memory_mended);
    }
    world.depot.hurt_memory(0, b"");
    world.depot.hurt_memory(1, &[0; 64]);
    world.share.put(&Place::Pointer, &old);
    assert_eq!(world.refused("1.0.0").await, Code::UpdateMemoryDamaged);
    assert_eq!(world.client("1.0.0").apply(ApplyOrder::Wait).await.unwrap_err().code(), Code::NothingFetched);
    assert!(world.client("1.0.0").is_in_need_of_repair().await.unwrap());
    world.depot.set_memory_aside().await.unwrap();
    assert_eq!(
        world.refused("1.0.0").await,
        Code::UpdateMemoryDamaged,
        "both gone: the record knows of them"
    );
    world.depot.hurt_memory(0, b"");
    world.depot.hurt_memory(1, b"");
    assert_eq!(world.client("1.0.0").repair().await.unwrap().set_aside.len(), 2);
    // What a repair costs: the older release is believed. What it never costs: nothing below what runs.
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
    assert_eq!(world.offered("1.1.5").await, None);
}

#[tokio::test]
async fn expiry_is_graded_and_no_clock_bricks_a_client() {
    let world = world();
    world.publish("1.1.0").await;
    // Two years ahead once, then right again.
    world.days_pass(730 + 300);
    assert_eq!(world.refused("1.0.0").await, Code::MetadataTooOld);
    assert!(world.client("1.0.0").check(OldMetadata::Accept).await.is_ok());
    world.days_pass(-730 - 300);
    assert_eq!(world.client("1.0.0").check(OLD).await.unwrap().stale_since, None);
    // Two years behind.
    world.days_pass(-730);
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
    world.days_pass(730);
    // Expired yesterday.
    world.days_pass(366);
    let stale = world.client("1.0.0").check(OLD).await.unwrap();
    assert!(stale.stale_since.is_some() && stale.has_warnings());
    assert!(world.client("1.0.0").fetch(OLD).await.unwrap().fetched.is_some());
    world.publishing().refresh(&world.ring()).await.unwrap();
    assert_eq!(world.client("1.0.0").check(OLD).await.unwrap().stale_since, None);
}

#[tokio::test]
async fn keys_are_changed_three_times_while_a_client_is_away() {
    let world = world();
    world.publish("1.1.0").await;
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
    let mut current = std::fs::read(world.keys().join("root.json")).unwrap();
    for role in [Role::Timestamp, Role::Targets, Role::Root] {
        let rotation = Rotation { role, lost: None };
        let entropy = Seeds(role as u8);
        let draft = Publishing::rotate(&entropy, world.now(), &world.keys(), &current, &rotation).unwrap();
        assert_eq!(draft.standing, lifeboat::trust::sign::Standing::Complete);
        current = std::fs::read(&draft.path).unwrap();
        world.publishing().root(&world.ring(), current.clone()).await.unwrap();
    }
    world.publish("1.2.0").await;
    assert_eq!(world.offered("1.0.0").await, Some(version("1.2.0")));
    // The next root cannot be read: that is no missing one.
    let fresh = world.client("1.0.0");
    world.share.block(&Place::Document(Document::Root, 5));
    assert_eq!(fresh.check(OLD).await.unwrap_err().code(), Code::InputOutput);
}

/// Killed between the two writes, the copies differ: then the older one must not be what is left.
#[tokio::test]
async fn copies_that_differ_are_made_alike() {
    let world = world();
    world.publish("1.1.0").await;
    world.offered("1.0.0").await;
    let [_, old] = world.depot.memory().await.unwrap();
    world.publish("1.2.0").await;
    world.offered("1.0.0").await;
    let new = world.depot.memory().await.unwrap();
    world.depot.hurt_memory(1, &old.unwrap());
    assert_ne!(world.depot.memory().await.unwrap(), new);
    assert!(world.client("1.0.0").check(OLD).await.unwrap().memory_mended);
    for slot in [0, 1] {
        world.depot.hurt_memory(slot, b"");
        assert_eq!(world.offered("1.0.0").await, Some(version("1.2.0")));
    }
}
