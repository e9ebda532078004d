//! What holds for every document and every release, not only for the ones of the examples.

mod share;

use lifeboat_trust::sign::{self, Change, Terms};
use lifeboat_trust::{Payload, Profile, Release, Remembered, RootChain, Sha256Sum, Target};
use proptest::prelude::*;
use share::{NOW, Share};

fn short() -> impl Strategy<Value = String> {
    "[!-~]{1,64}"
}

prop_compose! {
    fn releases()(
        version in short(), channel in short(), platform in short(), scope in short(),
        minimum_version in proptest::option::of(short()), rollout_percent in 0_u8..=100,
        payload in proptest::option::of(any::<u8>()), notes in proptest::option::of(any::<u8>()),
    ) -> Release {
        let sum = |byte: u8| Sha256Sum::of(&[byte]);
        let payload = payload.map(|byte| Payload { sha256: sum(byte) });
        Release { version, channel, platform, scope, minimum_version, rollout_percent, payload, notes: notes.map(sum) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_is_what_is_read(release in releases(), name in "[a-z0-9]{3,9}/[a-z0-9]{4,20}", length in 0..u64::MAX >> 1) {
        let mut share = Share::new();
        let target = Target::new(length, Sha256Sum::of(b"x"), release);
        prop_assume!(lifeboat_trust::judge_name(&name).is_ok());
        share.change(Change::Release { name: name.clone(), target: Box::new(target.clone()) }, NOW);
        let trusted = share.look(&Remembered::default()).unwrap();
        prop_assert_eq!(trusted.releases().unwrap().get(&name), Some(&target));
        share.change(Change::Resign, NOW);
        let again = share.look(&Remembered::default()).unwrap();
        prop_assert_eq!(again.releases(), trusted.releases());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let share = Share::new();
        prop_assert!(RootChain::begin(&bytes, None, Profile::Lifeboat).is_err());
        let mut trusted = RootChain::begin(&share.shipped, Some(&bytes), Profile::Lifeboat).unwrap().settle(&Remembered::default());
        prop_assert!(trusted.timestamp(&bytes).is_err());
        prop_assert!(sign::cosign(&bytes, &[]).is_err());
    }

    #[test]
    fn numbers_only_rise(changes in proptest::collection::vec(0..3_u8, 1..6)) {
        let mut share = Share::with_releases(&["1.0.0"]);
        let mut known = share.look(&Remembered::default()).unwrap();
        for change in changes {
            let change = [Change::Refresh, Change::Resign, Change::Withdraw { names: vec!["stable/till-1.0.0.run".into()] }][usize::from(change)].clone();
            let edition = sign::edition(&known, change, &share.keys, NOW, Terms::default()).unwrap();
            share.take(edition);
            let next = share.look(&known.remember()).unwrap();
            for role in lifeboat_trust::Role::ALL {
                prop_assert!(next.version(role) >= known.version(role));
            }
            known = next;
        }
    }
}
