//! What a client accepts, in which order, and what it remembers.

mod share;

use lifeboat_trust::sign::{self, Change, NewRoot, SignError, Standing};
use lifeboat_trust::{Freshness, News, Profile, Remembered, Role, RootChain, TrustError, UtcSeconds};
use share::{NOW, Share, key, plan, target, versions};

#[test]
fn what_was_published_is_found() {
    let share = Share::with_releases(&["1.0.0", "1.1.0"]);
    let trusted = share.look(&Remembered::default()).unwrap();
    assert_eq!(versions(&trusted), ["1.0.0", "1.1.0"]);
    let (name, published) = target("1.1.0");
    assert_eq!(trusted.releases().unwrap().get(&name), Some(&published));
    assert_eq!(trusted.version(Role::Targets), 2);
}

#[test]
fn what_is_remembered_are_the_received_bytes_and_nothing_is_fetched_twice() {
    let share = Share::with_releases(&["1.0.0"]);
    let remembered = share.look(&Remembered::default()).unwrap().remember();
    assert_eq!(remembered.timestamp.as_deref(), share.files.get("timestamp.json").map(Vec::as_slice));
    assert_eq!(remembered.targets.as_deref(), share.files.get("1.targets.json").map(Vec::as_slice));
    let mut pointer_alone = share.clone();
    pointer_alone.files.retain(|name, _| name == "timestamp.json");
    assert_eq!(versions(&pointer_alone.look(&remembered).unwrap()), ["1.0.0"]);
}

#[test]
fn an_older_timestamp_and_a_whole_older_share_are_refused() {
    let mut share = Share::with_releases(&["1.0.0"]);
    let old = share.clone();
    share.publish("1.1.0");
    let remembered = share.look(&Remembered::default()).unwrap().remember();
    let rollback = TrustError::Rollback { role: Role::Timestamp, offered: 1, seen: 2 };
    assert_eq!(old.look(&remembered).unwrap_err(), rollback);
    let mut trusted = None;
    old.look_into(&remembered, &mut trusted).unwrap_err();
    assert_eq!(versions(&trusted.unwrap()), ["1.0.0", "1.1.0"], "what was trusted stays");
}

#[test]
fn a_newer_timestamp_may_not_lead_to_an_older_snapshot_or_older_targets() {
    let mut share = Share::with_releases(&["1.0.0", "1.1.0"]);
    let remembered = share.look(&Remembered::default()).unwrap().remember();
    let honest = share.clone();
    // The keys of timestamp and snapshot were stolen; those of the targets were not.
    let stolen = Share::with_releases(&["1.0.0"]).look(&Remembered::default()).unwrap();
    let forged = sign::edition(&stolen, Change::Refresh, &share.keys, NOW, sign::Terms::default()).unwrap();
    let timestamp = forged.timestamp.unwrap().1;
    let again = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(again(&timestamp).contains("\"version\": 2"));
    let mut chain = honest.look(&remembered).unwrap();
    assert_eq!(chain.timestamp(&timestamp), Ok(News::Same), "the number that is known stays");
    let third = {
        share.change(Change::Refresh, NOW);
        share.look(&Remembered::default()).unwrap();
        Share::with_releases(&["1.0.0"])
    };
    let mut third = third;
    third.change(Change::Refresh, NOW);
    third.change(Change::Refresh, NOW);
    let rollback = TrustError::Rollback { role: Role::Snapshot, offered: 1, seen: 2 };
    assert_eq!(third.look(&remembered).unwrap_err(), rollback);
}

#[test]
fn a_pointer_before_its_snapshot_leaves_what_was_trusted() {
    let mut share = Share::with_releases(&["1.0.0"]);
    let remembered = share.look(&Remembered::default()).unwrap().remember();
    share.publish("1.1.0");
    share.files.remove("2.snapshot.json");
    let mut trusted = None;
    share.look_into(&remembered, &mut trusted).unwrap_err();
    let trusted = trusted.unwrap();
    assert_eq!(trusted.version(Role::Timestamp), 2);
    assert_eq!(trusted.releases(), None, "what does not belong together is not offered");
}

#[test]
fn roots_are_followed_step_by_step_over_three_rotations() {
    let mut share = Share::with_releases(&["1.0.0"]);
    let away = share.look(&Remembered::default()).unwrap().remember();
    share.keys = [4, 5, 6, 9, 11, 12].map(key).into();
    share.rotate(&plan(&[1, 2, 7], 4, 5, 6), &[key(1), key(2)]);
    share.rotate(&plan(&[1, 7, 8], 9, 5, 6), &[key(1), key(7)]);
    share.rotate(&plan(&[7, 8, 10], 9, 11, 12), &[key(7), key(8)]);
    share.keys = [9, 11, 12].map(key).into();
    share.publish("1.1.0");
    let trusted = share.look(&away).unwrap();
    assert_eq!(
        (trusted.version(Role::Root), versions(&trusted)),
        (4, vec!["1.0.0".to_owned(), "1.1.0".to_owned()])
    );
}

#[test]
fn a_change_of_keys_leaves_no_moment_in_which_a_client_is_refused() {
    let mut share = Share::with_releases(&["1.0.0"]);
    share.keys = [4, 5, 6, 9, 11, 12].map(key).into();
    let published = share.look(&Remembered::default()).unwrap();
    let root = sign::next_root(&share.shipped, &plan(&[1, 2, 3], 9, 11, 12), &share.root_keys).unwrap();
    let rekey = |keys: &[lifeboat_trust::sign::SecretKey]| {
        let change = Change::Rekey { root: root.clone() };
        sign::edition(&published, change, keys, NOW, sign::Terms::default())
    };
    let edition = rekey(&share.keys).unwrap();
    assert!(matches!(edition.root, Some(NewRoot::Last((2, _)))));
    let mut before = share.clone();
    before.take(sign::Edition { root: None, ..edition.clone() });
    assert_eq!(before.look(&Remembered::default()).unwrap().version(Role::Timestamp), 2);
    before.take(edition);
    assert_eq!(before.look(&Remembered::default()).unwrap().version(Role::Root), 2);
    // A lost key cannot sign: then the root comes first.
    assert!(matches!(rekey(&[9, 11, 12].map(key)).unwrap().root, Some(NewRoot::First(_))));
    assert!(matches!(rekey(&[4, 5, 6].map(key)), Err(SignError::KeysMissing { role: Role::Targets, .. })));
}

#[test]
fn a_root_needs_the_keys_of_its_predecessor_and_its_own() {
    let share = Share::new();
    let refuse = |plan: &sign::RootPlan, signers: &[u8]| {
        let signers: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
        let next = sign::next_root(&share.shipped, plan, &signers).unwrap();
        let mut chain = RootChain::begin(&share.shipped, None, Profile::Lifeboat).unwrap();
        let error = chain.next(&next).unwrap_err();
        assert_eq!(chain.version(), 1);
        error
    };
    let few = |valid| TrustError::Signatures { role: Role::Root, valid, needed: 2 };
    assert_eq!(refuse(&plan(&[7, 8, 9], 4, 5, 6), &[7, 8, 9]), few(0));
    assert_eq!(refuse(&plan(&[1, 2, 3], 4, 5, 6), &[1]), few(1));
    assert_eq!(refuse(&plan(&[7, 8, 9], 4, 5, 6), &[1, 2, 7]), few(1));
    let twice = sign::next_root(&share.shipped, &plan(&[1, 2, 3], 4, 5, 6), &[key(1), key(1)]);
    let why = "one key signed twice".to_owned();
    assert_eq!(twice, Err(SignError::Refused(TrustError::Malformed { role: Role::Root, why })));
}

#[test]
fn one_signer_under_two_names_counts_once() {
    let share = Share::new();
    let text =
        String::from_utf8(sign::next_root(&share.shipped, &plan(&[1, 2, 3], 4, 5, 6), &[key(1)]).unwrap())
            .unwrap();
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut second = document["signatures"][0].clone();
    second["keyid"] = document["signed"]["roles"]["root"]["keyids"][1].clone();
    document["signatures"].as_array_mut().unwrap().push(second);
    let mut chain = RootChain::begin(&share.shipped, None, Profile::Lifeboat).unwrap();
    let forged = serde_json::to_vec(&document).unwrap();
    assert!(matches!(chain.next(&forged), Err(TrustError::Signatures { valid: 1, needed: 2, .. })));
}

#[test]
fn a_root_that_skips_a_number_or_goes_back_is_refused() {
    let mut share = Share::new();
    for _ in 0..2 {
        share.rotate(&plan(&[1, 2, 3], 4, 5, 6), &share.root_keys.clone());
    }
    let mut chain = RootChain::begin(&share.shipped, None, Profile::Lifeboat).unwrap();
    let wrong = |found| TrustError::WrongVersion { role: Role::Root, found, expected: 2 };
    assert_eq!(chain.next(&share.files["3.root.json"]), Err(wrong(3)));
    assert_eq!(chain.next(&share.shipped), Err(wrong(1)));
}

#[test]
fn a_newer_root_that_was_reached_wins_over_the_shipped_one() {
    let mut share = Share::with_releases(&["1.0.0"]);
    share.rotate(&plan(&[7, 8, 9], 4, 5, 6), &[key(1), key(2), key(7), key(8)]);
    let remembered = share.look(&Remembered::default()).unwrap().remember();
    let mut old = share.clone();
    old.files.remove("2.root.json");
    assert_eq!(old.look(&remembered).unwrap().version(Role::Root), 2, "keys that were taken away stay away");
    let newer_build =
        RootChain::begin(&share.files["2.root.json"], Some(&share.shipped), Profile::Lifeboat).unwrap();
    assert_eq!(newer_build.version(), 2);
}

#[test]
fn numbers_that_a_stolen_key_drove_up_go_with_the_key() {
    let mut share = Share::with_releases(&["1.0.0"]);
    for _ in 0..5 {
        share.change(Change::Refresh, NOW);
    }
    let driven_up = share.look(&Remembered::default()).unwrap().remember();
    let mut mended = Share::with_releases(&["1.0.0"]);
    mended.keys = [4, 5, 13].map(key).into();
    mended.rotate(&plan(&[1, 2, 3], 4, 5, 13), &mended.root_keys.clone());
    let trusted = mended.look(&driven_up).unwrap();
    assert_eq!(trusted.version(Role::Timestamp), 2);
}

#[test]
fn expiry_is_graded_and_a_clock_that_is_behind_makes_nothing_fresh() {
    let mut share = Share::new();
    share.publish("1.0.0");
    let trusted = share.look(&Remembered::default()).unwrap();
    let expiry = NOW.plus_days(365);
    assert_eq!(trusted.freshness(NOW), Freshness::Fresh);
    assert_eq!(trusted.freshness(UtcSeconds(0)), Freshness::Fresh);
    assert_eq!(trusted.freshness(expiry), Freshness::Stale { role: Role::Timestamp, since: expiry });
    assert_eq!(
        trusted.freshness(expiry.plus_days(400)),
        Freshness::TooOld { role: Role::Timestamp, since: expiry }
    );
    share.change(Change::Refresh, NOW.plus_days(800));
    let refreshed = share.look(&Remembered::default()).unwrap();
    let targets = NOW.plus_days(730);
    assert_eq!(refreshed.freshness(UtcSeconds(0)), Freshness::Stale { role: Role::Snapshot, since: targets });
}

#[test]
fn the_same_name_with_other_bytes_is_not_signed() {
    let share = Share::with_releases(&["1.0.0"]);
    let published = share.look(&Remembered::default()).unwrap();
    let change = Change::Release { name: target("1.0.0").0, target: Box::new(target("6.6.6").1) };
    let refused = sign::edition(&published, change, &share.keys, NOW, sign::Terms::default());
    assert_eq!(refused.unwrap_err(), SignError::NameTaken);
}

#[test]
fn a_role_signs_with_its_own_keys_only_and_a_refresh_needs_one() {
    let share = Share::with_releases(&["1.0.0"]);
    let published = share.look(&Remembered::default()).unwrap();
    let sign = |change, keys: &[u8]| {
        let keys: Vec<_> = keys.iter().map(|seed| key(*seed)).collect();
        sign::edition(&published, change, &keys, NOW, sign::Terms::default())
    };
    let refresh = sign(Change::Refresh, &[6]).unwrap();
    assert_eq!((refresh.targets, refresh.snapshot, refresh.timestamp.unwrap().0), (None, None, 2));
    assert_eq!(
        sign(Change::Resign, &[5, 6, 1]).unwrap_err(),
        SignError::KeysMissing { role: Role::Targets, at_hand: 0, needed: 1 }
    );
}

#[test]
fn people_who_never_meet_sign_one_root() {
    let share = Share::new();
    let plan = plan(&[1, 2, 7], 4, 5, 6);
    let draft = sign::next_root(&share.shipped, &plan, &[key(1)]).unwrap();
    let waits = |of_predecessor| Standing::Waits { valid: 1, needed: 2, of_predecessor };
    assert_eq!(sign::standing(&draft, Some(&share.shipped)), Ok(waits(true)));
    assert_eq!(sign::standing(&draft, None), Ok(waits(false)));
    let signed = sign::cosign(&sign::cosign(&draft, &[key(2)]).unwrap(), &[key(2)]).unwrap();
    assert_eq!(sign::standing(&signed, Some(&share.shipped)), Ok(Standing::Complete));
    assert!(sign::cosign(b"{}", &[key(2)]).is_err());
}

#[test]
fn what_is_only_partly_known_is_not_published_over() {
    let mut share = Share::with_releases(&["1.0.0", "1.1.0"]);
    share.files.remove("2.targets.json");
    let mut known = None;
    share.look_into(&Remembered::default(), &mut known).unwrap_err();
    let (name, artifact) = target("1.2.0");
    let change = Change::Release { name, target: Box::new(artifact) };
    let refused = sign::edition(&known.unwrap(), change, &share.keys, NOW, sign::Terms::default());
    assert_eq!(refused.unwrap_err(), SignError::Incomplete);
}
