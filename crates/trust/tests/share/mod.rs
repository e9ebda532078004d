//! A share in memory, with its publisher and its clients.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "it is a test")]

use lifeboat_trust::sign::{self, Change, Edition, NewRoot, RootPlan, SecretKey, Terms};
use lifeboat_trust::{
    Profile, Release, Remembered, Role, RootChain, Sha256Sum, Target, TrustError, Trusted, UtcSeconds,
};
use std::collections::BTreeMap;

pub(crate) const NOW: UtcSeconds = UtcSeconds(1_795_338_000);

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn release(version: &str) -> Release {
    Release {
        version: version.to_owned(),
        channel: "stable".to_owned(),
        platform: "linux-x86_64".to_owned(),
        scope: "per-user".to_owned(),
        minimum_version: None,
        rollout_percent: 100,
        payload: None,
        notes: None,
    }
}

pub(crate) fn target(version: &str) -> (String, Target) {
    let bytes = format!("installer of {version}");
    let length = u64::try_from(bytes.len()).unwrap();
    (
        format!("stable/till-{version}.run"),
        Target::new(length, Sha256Sum::of(bytes.as_bytes()), release(version)),
    )
}

/// Two of three for the root, one key each for the others.
#[derive(Clone)]
pub(crate) struct Share {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) shipped: Vec<u8>,
    pub(crate) root_keys: Vec<SecretKey>,
    pub(crate) keys: Vec<SecretKey>,
}

pub(crate) fn plan(root: &[u8], targets: u8, snapshot: u8, timestamp: u8) -> RootPlan {
    let public = |seed: u8| vec![key(seed).public()];
    let roots = root.iter().map(|seed| key(*seed).public()).collect();
    RootPlan {
        roles: [(roots, 2), (public(timestamp), 1), (public(snapshot), 1), (public(targets), 1)],
        expires: NOW.plus_days(3650),
        grace_days: 400,
    }
}

impl Share {
    pub(crate) fn new() -> Self {
        let root_keys: Vec<_> = [1, 2, 3].map(key).into();
        let shipped = sign::first_root(&plan(&[1, 2, 3], 4, 5, 6), &root_keys[..2]).unwrap();
        let files = BTreeMap::from([("1.root.json".to_owned(), shipped.clone())]);
        Self { files, shipped, root_keys, keys: [4, 5, 6].map(key).into() }
    }

    pub(crate) fn with_releases(versions: &[&str]) -> Self {
        let mut share = Self::new();
        for version in versions {
            share.publish(version);
        }
        share
    }

    pub(crate) fn publish(&mut self, version: &str) {
        let (name, target) = target(version);
        self.change(Change::Release { name, target: Box::new(target) }, NOW);
    }

    pub(crate) fn change(&mut self, change: Change, now: UtcSeconds) {
        let published = self.look(&Remembered::default()).or_else(|error| self.only_root(error)).unwrap();
        let edition = sign::edition(&published, change, &self.keys, now, Terms::default()).unwrap();
        self.take(edition);
    }

    pub(crate) fn take(&mut self, edition: Edition) {
        let root = edition.root.map(|(NewRoot::First(root) | NewRoot::Last(root))| root);
        for (name, document) in [("root", root), ("targets", edition.targets), ("snapshot", edition.snapshot)]
        {
            if let Some((version, bytes)) = document {
                self.files.insert(format!("{version}.{name}.json"), bytes);
            }
        }
        self.files.extend(edition.timestamp.map(|(_, bytes)| ("timestamp.json".to_owned(), bytes)));
    }

    /// A root by this plan, signed by these; everything is signed again with all keys at hand.
    pub(crate) fn rotate(&mut self, plan: &RootPlan, signers: &[SecretKey]) {
        let newest = (1..).take_while(|n| self.files.contains_key(&format!("{n}.root.json"))).last().unwrap();
        let current = self.files[&format!("{newest}.root.json")].clone();
        self.change(Change::Rekey { root: sign::next_root(&current, plan, signers).unwrap() }, NOW);
    }

    fn only_root(&self, error: TrustError) -> Result<Trusted, TrustError> {
        if self.files.contains_key("timestamp.json") {
            return Err(error);
        }
        let mut chain = RootChain::begin(&self.shipped, None, Profile::Lifeboat)?;
        while let Some(next) = self.files.get(&format!("{}.root.json", chain.version() + 1)) {
            chain.next(next)?;
        }
        Ok(chain.settle(&Remembered::default()))
    }

    /// What a client does, with what it remembers.
    pub(crate) fn look(&self, remembered: &Remembered) -> Result<Trusted, TrustError> {
        let mut trusted = None;
        self.look_into(remembered, &mut trusted)?;
        Ok(trusted.unwrap())
    }

    /// As [`Self::look`], keeping what was trusted before a failure.
    pub(crate) fn look_into(
        &self,
        remembered: &Remembered,
        out: &mut Option<Trusted>,
    ) -> Result<(), TrustError> {
        let missing = |role| TrustError::NotAnnounced { role };
        let mut chain = RootChain::begin(&self.shipped, remembered.root.as_deref(), Profile::Lifeboat)?;
        while let Some(next) = self.files.get(&format!("{}.root.json", chain.version() + 1)) {
            chain.next(next)?;
        }
        let trusted = out.insert(chain.settle(remembered));
        trusted.timestamp(self.files.get("timestamp.json").ok_or(missing(Role::Timestamp))?)?;
        if let Some(wanted) = trusted.wants_snapshot() {
            let file = self.files.get(&format!("{}.snapshot.json", wanted.version));
            trusted.snapshot(file.ok_or(missing(Role::Snapshot))?)?;
        }
        if let Some(wanted) = trusted.wants_targets() {
            let file = self.files.get(&format!("{}.targets.json", wanted.version));
            trusted.targets(file.ok_or(missing(Role::Targets))?)?;
        }
        Ok(())
    }
}

pub(crate) fn versions(trusted: &Trusted) -> Vec<String> {
    trusted.releases().unwrap().iter().map(|(_, target)| target.release().unwrap().version.clone()).collect()
}
