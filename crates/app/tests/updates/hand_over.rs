//! From the share into the depot, and from there to an installer.

use crate::world::{OLD, version, world};
use lifeboat::ApplyOrder;
use lifeboat::ReleaseOrder;
use lifeboat::Withdrawal;
use lifeboat::domain::code::Code;
use lifeboat::domain::kind::PointKind;
use lifeboat::domain::update::Scope;
use lifeboat::domain::update::Settled;
use lifeboat::ports::Depot as _;

#[tokio::test]
async fn published_checked_fetched_applied_confirmed() {
    let world = world();
    world.publish("1.1.0").await;
    let fetched = world.client("1.0.0").fetch(OLD).await.unwrap();
    assert_eq!(fetched.fetched.unwrap().version, version("1.1.0"));
    let applied = world.client("1.0.0").apply(ApplyOrder::Wait).await.unwrap();
    assert_eq!(applied.point.kind, PointKind::PreUpdate);
    assert_eq!(applied.point.app_version.as_deref(), Some("1.0.0"));
    assert_eq!(world.installer.started()[0].arguments, ["1.1.0"]);
    assert_eq!(world.client("1.1.0").confirm().await.unwrap(), Some(Settled::Confirmed));
    assert_eq!(world.client("1.1.0").confirm().await.unwrap(), None, "it is said once");
    world.publish("1.2.0").await;
    world.client("1.1.0").fetch(OLD).await.unwrap();
    let second = world.client("1.1.0").apply(ApplyOrder::LetGo).await.unwrap();
    world.client("1.2.0").confirm().await.unwrap();
    let back = world.client("1.2.0").status().await.unwrap().way_back.unwrap();
    assert_eq!((back.version, back.point), (version("1.1.0"), second.point.id));
    assert!(world.depot.hold(&back.installer).await.is_ok(), "the installer of the version before is kept");
}

#[tokio::test]
async fn a_fetch_that_is_cut_goes_on_where_it_stopped() {
    let world = world();
    world.publish("1.1.0").await;
    world.offered("1.0.0").await;
    // Root, pointer, and two pieces of three.
    world.source.answer(4);
    let error = world.client("1.0.0").fetch(OLD).await.unwrap_err();
    assert_eq!(error.code(), Code::ShareUnreachable);
    assert!(error.state_of_data().contains("% of it is here"), "{error}");
    world.source.answer(u64::MAX);
    let fetched = world.client("1.0.0").fetch(OLD).await.unwrap();
    assert_eq!((fetched.resumed_from, fetched.was_here), (2 << 20, false));
    assert!(world.client("1.0.0").fetch(OLD).await.unwrap().was_here);
}

#[tokio::test]
async fn what_arrived_wrong_is_never_kept() {
    let world = world();
    world.publish("1.1.0").await;
    let place = world.artifact().await;
    let right = world.bytes(&place).await;
    let mut zero_tail = right.clone();
    zero_tail[right.len() / 3..].fill(0);
    for wrong in [right[..1000].to_vec(), zero_tail, Vec::new()] {
        world.share.put(&place, &wrong);
        let error = world.client("1.0.0").fetch(OLD).await.unwrap_err();
        assert_eq!(error.code(), Code::ArtifactDamaged);
    }
    world.share.remove(&place);
    assert_eq!(world.client("1.0.0").fetch(OLD).await.unwrap_err().code(), Code::ReleaseIncomplete);
    assert_eq!(world.client("1.0.0").apply(ApplyOrder::Wait).await.unwrap_err().code(), Code::NothingFetched);
    // Publishing the same release again brings what is missing.
    world.publish("1.1.0").await;
    assert!(world.client("1.0.0").fetch(OLD).await.unwrap().fetched.is_some());
}

#[tokio::test]
async fn a_partial_file_of_other_bytes_costs_time_and_nothing_else() {
    let world = world();
    world.publish("1.1.0").await;
    let file = world.artifact().await.file_name();
    world.depot.begin(&file).await.unwrap();
    world.depot.append(&file, 0, b"somebody else's").await.unwrap();
    assert_eq!(world.client("1.0.0").fetch(OLD).await.unwrap().resumed_from, 0);
}

#[tokio::test]
async fn an_installer_that_was_swapped_is_set_aside_and_never_started() {
    let world = world();
    world.publish("1.1.0").await;
    let file = world.client("1.0.0").fetch(OLD).await.unwrap().fetched.unwrap().file;
    world.depot.swap(&file, b"forged");
    let error = world.client("1.0.0").apply(ApplyOrder::Wait).await.unwrap_err();
    assert_eq!((error.code(), error.code().exit_status()), (Code::ArtifactSwapped, 12));
    assert!(world.installer.started().is_empty());
    assert!(world.boat.list().await.is_err(), "not even a restore point was taken");
    assert!(world.depot.hold(&file).await.is_err());
    assert!(world.client("1.0.0").fetch(OLD).await.unwrap().fetched.is_some(), "it is fetched again");
}

#[tokio::test]
async fn no_restore_point_no_update() {
    let world = world();
    world.publish("1.1.0").await;
    world.client("1.0.0").fetch(OLD).await.unwrap();
    world.space.leave(10);
    let error = world.client("1.0.0").apply(ApplyOrder::Wait).await.unwrap_err();
    assert_eq!(error.code(), Code::TooLittleSpace);
    assert!(world.installer.started().is_empty());
    assert!(world.client("1.0.0").status().await.unwrap().hand_over.is_none());
}

#[tokio::test]
async fn too_little_space_for_the_installer_is_said_before_a_byte_is_fetched() {
    let world = world();
    world.publish("1.1.0").await;
    world.space.leave(10);
    assert_eq!(world.client("1.0.0").fetch(OLD).await.unwrap_err().code(), Code::TooLittleSpace);
    let file = world.artifact().await.file_name();
    assert_eq!(world.depot.begin(&file).await.unwrap(), 0);
}

#[tokio::test]
async fn each_end_of_a_hand_over_is_told_at_the_next_start() {
    let world = world();
    world.publish("1.1.0").await;
    world.client("1.0.0").fetch(OLD).await.unwrap();
    let cases = [
        (Some(0), Settled::NoEffect),
        (Some(2), Settled::Failed { status: Some(2) }),
        (None, Settled::Failed { status: None }),
    ];
    for (status, settled) in cases {
        world.installer.add_all(status);
        let applied = world.client("1.0.0").apply(ApplyOrder::Wait).await;
        assert_eq!(
            applied.err().map(|error| error.code()),
            (status != Some(0)).then_some(Code::InstallerFailed)
        );
        assert_eq!(world.client("1.0.0").confirm().await.unwrap(), Some(settled));
        assert!(world.client("1.0.0").status().await.unwrap().has_warnings());
    }
    world.client("1.0.0").apply(ApplyOrder::LetGo).await.unwrap();
    assert_eq!(world.client("1.0.0").confirm().await.unwrap(), Some(Settled::Unfinished));
    let twice = world.client("1.0.0").apply(ApplyOrder::LetGo).await.unwrap_err();
    assert_eq!(twice.code(), Code::LockHeld, "two installers at once would ruin both");
    world.clock.advance(std::time::Duration::from_secs(601));
    world.client("1.0.0").apply(ApplyOrder::LetGo).await.unwrap();
    assert_eq!(world.client("1.1.0").confirm().await.unwrap(), Some(Settled::Confirmed));
}

#[tokio::test]
async fn a_machine_wide_installation_takes_an_administrator() {
    let world = world();
    world.installer.set_needs_elevation();
    let order = ReleaseOrder { scope: Scope::PerMachine, ..world.order("1.1.0") };
    world.publishing().release(&world.ring(), &order).await.unwrap();
    let client = world.client_of("1.0.0", Scope::PerMachine);
    client.fetch(OLD).await.unwrap();
    assert_eq!(client.apply(ApplyOrder::Wait).await.unwrap_err().code(), Code::ElevationNeeded);
    assert!(world.installer.started().is_empty());
}

#[tokio::test]
async fn what_was_installed_otherwise_is_said_once() {
    let world = world();
    world.publish("1.1.0").await;
    world.client("1.0.0").fetch(OLD).await.unwrap();
    world.client("1.0.0").apply(ApplyOrder::LetGo).await.unwrap();
    assert_eq!(world.client("3.0.0").confirm().await.unwrap(), Some(Settled::Elsewhere));
    let status = world.client("3.0.0").status().await.unwrap();
    assert!(!status.has_warnings() && status.fetched.is_none() && status.way_back.is_none());
}

/// The way back leads to the version before, or nowhere: an older program would not know the data.
#[tokio::test]
async fn the_way_back_skips_no_version() {
    let world = world();
    for (from, to) in [("1.0.0", "1.1.0"), ("1.2.0", "1.3.0")] {
        world.publish(to).await;
        world.client(from).fetch(OLD).await.unwrap();
        world.client(from).apply(ApplyOrder::Wait).await.unwrap();
        // The next one is fetched before the application starts again.
        world.publish("1.9.0").await;
        world.client(from).fetch(OLD).await.unwrap();
        assert_eq!(world.client(to).confirm().await.unwrap(), Some(Settled::Confirmed));
        let withdrawal =
            Withdrawal { version: version("1.9.0"), channel: "stable".to_owned(), platform: None };
        world.publishing().withdraw(&world.ring(), &withdrawal).await.unwrap();
    }
    assert!(world.client("1.3.0").status().await.unwrap().way_back.is_none());
    world.publish("1.4.0").await;
    world.client("1.3.0").fetch(OLD).await.unwrap();
    world.client("1.3.0").apply(ApplyOrder::Wait).await.unwrap();
    world.client("1.4.0").confirm().await.unwrap();
    assert_eq!(world.client("1.4.0").status().await.unwrap().way_back.unwrap().version, version("1.3.0"));
}

#[tokio::test]
async fn what_is_offered_no_more_is_not_applied() {
    let world = world();
    world.publish("1.1.0").await;
    world.client("1.0.0").fetch(OLD).await.unwrap();
    let held = ReleaseOrder { rollout_percent: Some(0), ..world.order("1.1.0") };
    world.publishing().release(&world.ring(), &held).await.unwrap();
    world.client("1.0.0").check(OLD).await.unwrap();
    let error = world.client("1.0.0").apply(ApplyOrder::Wait).await.unwrap_err();
    assert_eq!(error.code(), Code::MetadataRefused);
    assert!(world.installer.started().is_empty());
}
