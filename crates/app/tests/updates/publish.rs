//! What a publisher may put there, and what the doctor says of it.

use crate::world::{Faulty, OLD, Seeds, World, version, world};
use lifeboat::Publishing;
use lifeboat::ReleaseOrder;
use lifeboat::Rotation;
use lifeboat::Withdrawal;
use lifeboat::domain::code::Code;
use lifeboat::domain::update::Document;
use lifeboat::domain::update::Offer;
use lifeboat::domain::update::Place;
use lifeboat::domain::update::Scope;
use lifeboat::trust::Role;
use lifeboat_testkit::memory::MemoryShare;

#[tokio::test]
async fn one_version_with_other_bytes_is_refused_by_publisher_and_client() {
    let world = world();
    world.publish("1.1.0").await;
    let mut order = world.order("1.1.0");
    order.file = world.order("6.6.6").file;
    let error = world.publishing().release(&world.ring(), &order).await.unwrap_err();
    assert_eq!(error.code(), Code::VersionPublished);
    world.offered("1.0.0").await;
    // Forced by hand: another seat with the same keys, which knows nothing, and a share that was emptied.
    for name in ["published-0.json", "published-1.json"] {
        std::fs::remove_file(world.keys().join(name)).unwrap();
    }
    let other = MemoryShare::default();
    let forced = World { share: other.clone(), source: Faulty::new(other), ..world };
    forced.publishing().release(&forced.ring(), &order).await.unwrap();
    for _ in 0..2 {
        forced.publishing().resign(&forced.ring()).await.unwrap();
    }
    for _ in 0..2 {
        assert_eq!(forced.refused("1.0.0").await, Code::ReleaseClash, "until somebody mends it");
    }
    // Another version is offered all the same, and says so.
    forced.publish("1.2.0").await;
    let report = forced.client("1.0.0").check(OLD).await.unwrap();
    assert_eq!(report.offer.release().unwrap().version, version("1.2.0"));
    assert_eq!(report.clashing, [version("1.1.0")]);
    let withdrawal = Withdrawal { version: version("1.1.0"), channel: "stable".to_owned(), platform: None };
    forced.publishing().withdraw(&forced.ring(), &withdrawal).await.unwrap();
    assert!(forced.client("1.0.0").check(OLD).await.unwrap().clashing.is_empty());
    let again = forced.publishing().withdraw(&forced.ring(), &withdrawal).await.unwrap_err();
    assert_eq!(again.code(), Code::NothingPublished);
}

/// Who can write the share and has no key must not have old states signed anew.
#[tokio::test]
async fn a_publisher_remembers_what_it_published() {
    let world = world();
    world.publish("1.1.0").await;
    let old = world.bytes(&Place::Pointer).await;
    world.publish("1.2.0").await;
    world.offered("1.0.0").await;
    world.share.put(&Place::Pointer, &old);
    let publish = || async {
        world.publishing().release(&world.ring(), &world.order("1.3.0")).await.unwrap_err().code()
    };
    assert_eq!(publish().await, Code::RollbackRefused);
    assert_eq!(world.publishing().refresh(&world.ring()).await.unwrap_err().code(), Code::RollbackRefused);
    world.share.remove(&Place::Pointer);
    assert_eq!(publish().await, Code::RollbackRefused);
    let unsaid = world.publishing().resign(&world.ring()).await.unwrap_err();
    assert_eq!(unsaid.code(), Code::RollbackRefused, "nobody publishes old things by mistake");
    world.remembering().resign(&world.ring()).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.2.0")));
    world.publish("1.3.0").await;
    assert_eq!(world.offered("1.0.0").await, Some(version("1.3.0")));
}

#[tokio::test]
async fn a_server_that_was_restored_is_mended_by_one_command() {
    let world = world();
    world.publish("1.1.0").await;
    let old = world.bytes(&Place::Pointer).await;
    world.publish("1.2.0").await;
    world.publish("1.3.0").await;
    world.offered("1.0.0").await;
    world.share.put(&Place::Pointer, &old);
    for number in [2, 3] {
        world.share.remove(&Place::Document(Document::Targets, number));
        world.share.remove(&Place::Document(Document::Snapshot, number));
    }
    assert_eq!(world.refused("1.0.0").await, Code::RollbackRefused);
    world.remembering().resign(&world.ring()).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.3.0")));
}

/// A server that came back from before a change of keys lacks a root.
#[tokio::test]
async fn roots_that_the_share_lost_are_brought_back() {
    let world = world();
    world.publish("1.1.0").await;
    let current = std::fs::read(world.keys().join("root.json")).unwrap();
    let rotation = Rotation { role: Role::Timestamp, lost: None };
    let draft = Publishing::rotate(&Seeds(9), world.now(), &world.keys(), &current, &rotation).unwrap();
    world.publishing().root(&world.ring(), std::fs::read(draft.path).unwrap()).await.unwrap();
    std::fs::remove_file(world.keys().join("timestamp-1.key")).unwrap();
    world.publish("1.2.0").await;
    world.share.remove(&Place::Document(Document::Root, 2));
    assert_eq!(world.refused("1.0.0").await, Code::MetadataRefused);
    world.publishing().resign(&world.ring()).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.2.0")));
    // What a client cannot follow is no publication.
    world.share.put(&Place::Document(Document::Root, 3), b"garbage");
    assert!(world.publishing().resign(&world.ring()).await.is_err());
}

/// Bytes that are refused under one version are not refused under another.
#[tokio::test]
async fn a_clash_is_about_its_version_alone() {
    let world = world();
    world.publish("1.1.0").await;
    world.offered("1.0.0").await;
    let mut other = world.order("1.1.0");
    other.file = world.order("6.6.6").file;
    let withdrawal = Withdrawal { version: version("1.1.0"), channel: "stable".to_owned(), platform: None };
    world.publishing().withdraw(&world.ring(), &withdrawal).await.unwrap();
    world.publishing().release(&world.ring(), &other).await.unwrap();
    assert_eq!(world.refused("1.0.0").await, Code::ReleaseClash);
    world.publishing().withdraw(&world.ring(), &withdrawal).await.unwrap();
    let mended = ReleaseOrder { version: version("1.1.1"), ..other };
    world.publishing().release(&world.ring(), &mended).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.1")));
}

#[tokio::test]
async fn a_lost_key_and_a_stopped_publication_leave_a_way_on() {
    let world = world();
    world.publish("1.1.0").await;
    std::fs::remove_file(world.keys().join("timestamp-1.key")).unwrap();
    let current = std::fs::read(world.keys().join("root.json")).unwrap();
    let rotation = Rotation { role: Role::Timestamp, lost: None };
    let draft = Publishing::rotate(&Seeds(9), world.now(), &world.keys(), &current, &rotation).unwrap();
    let root = std::fs::read(draft.path).unwrap();
    // The root is visible, and the publisher was killed before the pointer.
    world.share.put(&Place::Document(Document::Root, 2), &root);
    assert_eq!(world.refused("1.0.0").await, Code::MetadataRefused);
    world.remembering().root(&world.ring(), root.clone()).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
    // Once more does no harm.
    world.publishing().root(&world.ring(), root).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
}

#[tokio::test]
async fn a_name_stands_for_one_release() {
    let world = world();
    world.publish("1.1.0").await;
    for other in [
        ReleaseOrder { scope: Scope::PerMachine, ..world.order("1.1.0") },
        ReleaseOrder { platform: "linux-x86_64".to_owned(), ..world.order("1.1.0") },
        ReleaseOrder { version: version("1.2.0"), ..world.order("1.1.0") },
    ] {
        let error = world.publishing().release(&world.ring(), &other).await.unwrap_err();
        assert_eq!(error.code(), Code::VersionPublished);
    }
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
}

#[tokio::test]
async fn words_that_cannot_be_signed_are_refused_before_anything_is_brought() {
    let world = world();
    for channel in ["my channel", "", "K\u{e4}se"] {
        let order = ReleaseOrder { channel: channel.to_owned(), ..world.order("1.1.0") };
        let error = world.publishing().release(&world.ring(), &order).await.unwrap_err();
        assert!([Code::UsageWrong, Code::ArtifactNameRefused].contains(&error.code()), "{channel}: {error}");
    }
    assert!(world.share.visible().is_empty());
}

#[tokio::test]
async fn rollout_minimum_and_scope_are_kept() {
    let world = world();
    world.publish("1.1.0").await;
    let held = ReleaseOrder { rollout_percent: Some(0), ..world.order("1.2.0") };
    world.publishing().release(&world.ring(), &held).await.unwrap();
    assert_eq!(world.offered("1.0.0").await, Some(version("1.1.0")));
    let report = world.client("1.1.0").check(OLD).await.unwrap();
    assert!(matches!(report.offer, Offer::HeldBack { .. }));
    let floor = ReleaseOrder { minimum: Some(version("1.1.5")), ..held };
    assert!(world.publishing().release(&world.ring(), &floor).await.unwrap().was_there);
    assert!(matches!(world.client("1.1.0").check(OLD).await.unwrap().offer, Offer::Required { .. }));
    for minimum in [Some(version("1.1.4")), Some(version("1.2.1"))] {
        let lower = ReleaseOrder { minimum, ..floor.clone() };
        let error = world.publishing().release(&world.ring(), &lower).await.unwrap_err();
        assert_eq!(error.code(), Code::MinimumWrong);
    }
    let machine = ReleaseOrder { scope: Scope::PerMachine, ..world.order("2.0.0") };
    world.publishing().release(&world.ring(), &machine).await.unwrap();
    assert!(matches!(world.client("1.2.0").check(OLD).await.unwrap().offer, Offer::OtherScope { .. }));
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_not_published() {
    let world = world();
    for name in ["nul.exe", "a:b", "-rf", "x.exe.", "K\u{e4}se.exe", "till.exe "] {
        let file = world.folder.path().join(name);
        std::fs::write(&file, "x").unwrap();
        let order = ReleaseOrder { file, ..world.order("1.1.0") };
        let error = world.publishing().release(&world.ring(), &order).await.unwrap_err();
        assert_eq!(error.code(), Code::ArtifactNameRefused, "{name}");
    }
    let order = ReleaseOrder { channel: "..".to_owned(), ..world.order("1.1.0") };
    assert_eq!(
        world.publishing().release(&world.ring(), &order).await.unwrap_err().code(),
        Code::ArtifactNameRefused
    );
    assert!(world.share.visible().is_empty());
}

#[tokio::test]
async fn a_publisher_that_is_not_alone_says_who_is_there() {
    use lifeboat::ports::{Publisher as _, Takeover};
    let world = world();
    let guard = world.share.lock("berta on desk-9", Takeover::AfterLease).await.unwrap();
    let error = world.publishing().release(&world.ring(), &world.order("1.1.0")).await.unwrap_err();
    assert_eq!((error.code(), error.code().exit_status()), (Code::PublishLocked, 11));
    assert!(error.cause().contains("berta on desk-9"));
    world.publishing().taking_over().release(&world.ring(), &world.order("1.1.0")).await.unwrap();
    assert!(guard.renew().await.is_err());
}

#[tokio::test]
async fn the_doctor_of_a_share_names_what_is_wrong() {
    use lifeboat::Health;
    let world = world();
    world.publish("1.1.0").await;
    let root = std::fs::read(world.keys().join("root.json")).unwrap();
    let find =
        |checks: &[lifeboat::Check], id: &str| checks.iter().filter(|c| c.id == id).map(|c| c.health).max();
    let well = world.publishing().examine(&root).await;
    assert_eq!(find(&well, "share-chain"), Some(Health::Ok));
    assert_eq!(find(&well, "artifacts"), Some(Health::Ok));
    assert_eq!(find(&well, "share-rights"), Some(Health::Advice), "a client that can write is a finding");
    let place = world.artifact().await;
    world.share.put(&place, b"other");
    assert_eq!(find(&world.publishing().examine(&root).await, "artifacts"), Some(Health::Problem));
    world.days_pass(320);
    assert_eq!(find(&world.publishing().examine(&root).await, "share-dates"), Some(Health::Advice));
    world.days_pass(1_000);
    assert_eq!(find(&world.publishing().examine(&root).await, "share-dates"), Some(Health::Problem));
    world.share.put(&Place::Pointer, b"");
    assert_eq!(find(&world.publishing().examine(&root).await, "share-chain"), Some(Health::Problem));
}
