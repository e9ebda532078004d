//! Laws of retention and of the catalogue, over generated points with clocks that jump and suspects between.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_domain::catalogue::{is_offered, latest, next_sequence, resolve, sort};
use lifeboat_domain::digest::Digest;
use lifeboat_domain::findings::Findings;
use lifeboat_domain::id::{SnapshotId, TableName};
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::{Manifest, decode, encode};
use lifeboat_domain::retention::{KeepRules, Listing, Policy, Refusal, plan};
use lifeboat_domain::schema::{DatabaseFacts, JournalMode, TableCount};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::trust::{Trust, TrustLevel};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::{Config, FileFailurePersistence};
use std::collections::BTreeSet;

fn manifest(
    sequence: u64,
    kind: PointKind,
    level: TrustLevel,
    suspect: bool,
    created: i64,
    size: u64,
) -> Manifest {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&sequence.to_be_bytes());
    Manifest {
        id: SnapshotId::from_parts(1, random),
        kind,
        note: None,
        sequence,
        created: UtcMillis(created),
        database: "app.db".into(),
        app_version: None,
        lifeboat_version: "0".into(),
        facts: DatabaseFacts {
            page_size: 512,
            page_count: 1,
            encoding: "UTF-8".into(),
            journal: JournalMode::Wal,
            user_version: 0,
            application_id: 0,
            schema_cookie: 0,
            fingerprint: Digest::of(b""),
            tables: vec![TableCount { table: TableName::new("a \"b\" \u{0} ü"), rows: Some(size) }],
            engine_version: "0".into(),
        },
        size_bytes: size,
        digest: Digest::of(b""),
        parent: None,
        trust: Trust { level, at: UtcMillis(created) },
        findings: Findings::none(),
        not_checked: vec![],
        suspect,
    }
}

fn points() -> impl Strategy<Value = Vec<Manifest>> {
    let kind = proptest::sample::select(PointKind::ALL.to_vec());
    let level = proptest::sample::select(TrustLevel::ALL.to_vec());
    let one =
        (kind, level, proptest::bool::weighted(0.15), -1_000_000_000i64..4_000_000_000_000, 1u64..1_000);
    vec(one, 0..40).prop_map(|all| {
        let number = |(i, (kind, level, suspect, created, size))| {
            manifest(i as u64 + 1, kind, level, suspect, created, size)
        };
        all.into_iter().enumerate().map(number).collect()
    })
}

fn rules() -> impl Strategy<Value = KeepRules> {
    let few = || 0u32..4;
    let limit = || proptest::option::of(0u32..5);
    (few(), few(), few(), few(), few(), limit(), limit()).prop_map(
        |(last, hourly, daily, weekly, monthly, age, count)| KeepRules {
            last,
            hourly,
            daily,
            weekly,
            monthly,
            age_days_max: age,
            count_max: count,
        },
    )
}

fn policies() -> impl Strategy<Value = Policy> {
    let kind = proptest::sample::select(PointKind::ALL.to_vec());
    (proptest::collection::btree_map(kind, rules(), 0..8), proptest::option::of(0u64..5_000))
        .prop_map(|(rules, total_bytes_max)| Policy { rules, total_bytes_max })
}

fn config() -> Config {
    let persistence = FileFailurePersistence::WithSource("regressions");
    Config { failure_persistence: Some(Box::new(persistence)), ..Config::with_cases(400) }
}

fn kept(points: &[Manifest], policy: &Policy, now: i64) -> Option<Vec<Manifest>> {
    let decisions = plan(points, Listing::Complete, (policy, &BTreeSet::new()), UtcMillis(now)).ok()?;
    let stays = |point: &&Manifest| decisions.iter().any(|d| d.id == point.id && d.reason.keeps());
    Some(points.iter().filter(stays).cloned().collect())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_newest_verified_point_always_stays(points in points(), policy in policies(), now in any::<i64>()) {
        let Some(kept) = kept(&points, &policy, now) else { return Ok(()) };
        let newest = points.iter().rev().find(|p| is_offered(p));
        prop_assert!(newest.is_none_or(|newest| kept.contains(newest)));
    }

    #[test]
    fn what_an_undo_goes_back_to_always_stays(points in points(), policy in policies(), every in 1usize..4) {
        let needed: BTreeSet<_> = points.iter().step_by(every).map(|point| point.id).collect();
        let Ok(decisions) = plan(&points, Listing::Complete, (&policy, &needed), UtcMillis(0)) else { return Ok(()) };
        prop_assert!(decisions.iter().all(|d| d.reason.keeps() || !needed.contains(&d.id)));
    }

    #[test]
    fn some_point_at_the_highest_trust_always_stays(points in points(), policy in policies(), now in any::<i64>()) {
        let Some(kept) = kept(&points, &policy, now) else { return Ok(()) };
        let best = |points: &[Manifest]| points.iter().filter(|p| !p.suspect).map(|p| p.trust.level).max();
        prop_assert_eq!(best(&points), best(&kept));
    }

    #[test]
    fn a_plan_is_the_same_for_every_order_of_its_input(
        (points, shuffled) in points().prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle())),
        policy in policies(),
        now in any::<i64>(),
    ) {
        let listing = Listing::Complete;
        prop_assert_eq!(
            plan(&points, listing, (&policy, &BTreeSet::new()), UtcMillis(now)),
            plan(&shuffled, listing, (&policy, &BTreeSet::new()), UtcMillis(now))
        );
    }

    #[test]
    fn nothing_is_dropped_on_a_doubtful_list(points in points(), policy in policies()) {
        let incomplete = plan(&points, Listing::Incomplete, (&policy, &BTreeSet::new()), UtcMillis(0));
        prop_assert_eq!(incomplete, Err(Refusal::IncompleteListing));
        if points.last().is_some_and(|p| p.suspect) {
            let refused = plan(&points, Listing::Complete, (&policy, &BTreeSet::new()), UtcMillis(0));
            prop_assert_eq!(refused, Err(Refusal::NewestIsSuspect));
        }
    }

    #[test]
    fn order_and_latest_follow_the_sequence_whatever_the_clock_did(points in points()) {
        let mut sorted = points.clone();
        sorted.reverse();
        sort(&mut sorted);
        prop_assert_eq!(&sorted, &points);
        let expected = points.iter().rev().find(|p| is_offered(p) && p.kind != PointKind::PreRestore);
        prop_assert_eq!(latest(&points), expected);
        prop_assert!(points.iter().all(|p| p.sequence < next_sequence(&points, 0)));
    }

    #[test]
    fn every_point_is_found_by_its_id(points in points()) {
        for point in &points {
            prop_assert_eq!(resolve(&points, &point.id.to_string()), Ok(point));
        }
    }

    #[test]
    fn a_manifest_survives_its_bytes_and_no_flipped_bit_does(points in points(), bit in any::<proptest::sample::Index>()) {
        for point in points.iter().take(3) {
            let bytes = encode(point);
            prop_assert_eq!(&decode(&bytes).unwrap(), point);
            let mut hurt = bytes.clone();
            let at = bit.index(hurt.len() * 8);
            hurt[at / 8] ^= 1 << (at % 8);
            prop_assert!(decode(&hurt).is_err());
        }
    }
}
