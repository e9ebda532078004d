//! Any bytes as any document: nothing panics, nothing is accepted that nobody signed, and what may be believed of a memory is
//! what was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat_trust::{Memory, Profile, Remembered, RootChain, judge_name, sign};

const SEED: [u8; 32] = [7; 32];

fn chain() -> RootChain {
    let key = sign::SecretKey::from_seed(&SEED);
    let role = || (vec![key.public()], 1);
    let plan = sign::RootPlan {
        roles: [role(), role(), role(), role()],
        expires: lifeboat_trust::UtcSeconds(4_000_000_000),
        grace_days: 1,
    };
    let root = sign::first_root(&plan, std::slice::from_ref(&key)).expect("because the plan is sound");
    RootChain::begin(&root, None, Profile::Lifeboat).expect("because it vouches for itself")
}

fuzz_target!(|bytes: &[u8]| {
    let mut chain = chain();
    assert!(chain.next(bytes).is_err());
    let remembered = Remembered {
        root: Some(bytes.to_vec()),
        timestamp: Some(bytes.to_vec()),
        snapshot: Some(bytes.to_vec()),
        targets: Some(bytes.to_vec()),
    };
    let mut trusted = chain.settle(&remembered);
    assert!(trusted.timestamp(bytes).is_err() && trusted.snapshot(bytes).is_err() && trusted.targets(bytes).is_err());
    assert!(sign::cosign(bytes, &[]).is_err() || std::str::from_utf8(bytes).is_ok());
    if let Ok(Some(memory)) = Memory::choose([Some(bytes), None]) {
        assert_eq!(memory.bytes(), bytes);
    }
    let _ = std::str::from_utf8(bytes).map(judge_name);
});
