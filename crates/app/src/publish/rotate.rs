//! A change of keys: the next root, signed by whoever is here, and by others later.

use super::Publishing;
use super::keys::{ROOT_DAYS, new_key, read_keys};
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::update::refused;
use crate::wiring;
use lifeboat_domain::code::Code;
use lifeboat_ports::Entropy;
use lifeboat_trust::sign::{self, RootPlan, SecretKey, Standing};
use lifeboat_trust::{PublicKey, Role, UtcSeconds};
use std::path::{Path, PathBuf};

/// Which keys are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Of which role.
    pub role: Role,
    /// One key alone, by the beginning of its name; all of the role where none is named.
    pub lost: Option<String>,
}

/// A root on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootDraft {
    /// Where it lies.
    pub path: PathBuf,
    /// Files with new secret keys.
    pub files: Vec<PathBuf>,
    /// How far it is from being accepted.
    pub standing: Standing,
}

impl Publishing {
    /// Makes new keys in the folder, and the root that follows `current`, signed with every key at hand. The old keys stay:
    /// what is published next is signed with both.
    ///
    /// # Errors
    /// `LB1107` where `current` is no root, `LB1124` where the lost key is none of the role's, `LB0105`, `LB0203`, `LB0504`.
    pub fn rotate(
        entropy: &dyn Entropy,
        now: UtcSeconds,
        folder: &Path,
        current: &[u8],
        rotation: &Rotation,
    ) -> Result<RootDraft, Error> {
        let told = |error| refused("the current root", error);
        let mut plan = RootPlan::of(current).map_err(told)?;
        let goes = going(&plan, rotation)?;
        let path = folder.join(format!("{}.root.json", version_of(current)? + 1));
        if path.exists() {
            let cause = format!("{} is there already", path.display());
            return Err(Error::new(
                Code::TargetExists,
                cause,
                "publish it, or take it away, before you make another",
            ));
        }
        let mut files = Vec::new();
        for key in goes {
            let new = new_key(entropy, folder, rotation.role, &mut files)?;
            let (keys, _) = &mut plan.roles[rotation.role as usize];
            keys.retain(|other| *other != key);
            keys.push(new.public());
        }
        plan.expires = now.plus_days(ROOT_DAYS);
        let signers = root_keys(read_keys(folder)?, current, &plan);
        let bytes = sign::next_root(current, &plan, &signers).map_err(super::unsigned)?;
        wiring::write_new(&path, &bytes).about(About::Target)?;
        let standing = sign::standing(&bytes, Some(current)).map_err(told)?;
        Ok(RootDraft { path, files, standing })
    }

    /// Adds the signatures of the keys at hand to a root that waits for them.
    ///
    /// # Errors
    /// `LB1107` where one of both is no root, `LB1124` where no key at hand may sign it, `LB0105`, `LB0203`.
    pub fn cosign(folder: &Path, draft: &Path, current: &[u8]) -> Result<RootDraft, Error> {
        let told = |error| refused("the root", error);
        let bytes = wiring::read_file(draft).about(About::Target)?;
        let plan = RootPlan::of(&bytes).map_err(told)?;
        let signers = root_keys(read_keys(folder)?, current, &plan);
        if signers.is_empty() {
            let cause = "none of the keys at hand is one of the root's, before or after";
            return Err(Error::new(
                Code::KeysMissing,
                cause,
                "bring the key to the folder of keys: `--keys DIR`",
            ));
        }
        let signed = sign::cosign(&bytes, &signers).map_err(told)?;
        wiring::replace_file(draft, &signed).about(About::Target)?;
        let standing = sign::standing(&signed, Some(current)).map_err(told)?;
        Ok(RootDraft { path: draft.to_path_buf(), files: Vec::new(), standing })
    }
}

/// Keys that the rotation replaces.
fn going(plan: &RootPlan, rotation: &Rotation) -> Result<Vec<PublicKey>, Error> {
    let (keys, _) = &plan.roles[rotation.role as usize];
    let Some(lost) = &rotation.lost else { return Ok(keys.clone()) };
    let named: Vec<PublicKey> =
        keys.iter().filter(|key| key.id().to_string().starts_with(lost)).cloned().collect();
    match named.len() {
        1 => Ok(named),
        count => {
            let known: Vec<String> = keys.iter().map(|key| key.id().to_string()[..8].to_owned()).collect();
            let cause = format!(
                "{count} keys of the {} begin with {lost}; it has {}",
                rotation.role,
                known.join(", ")
            );
            Err(Error::new(Code::KeysMissing, cause, "name one of them"))
        }
    }
}

/// Keys at hand that may sign a root: its own, and its predecessor's.
fn root_keys(keys: Vec<SecretKey>, current: &[u8], next: &RootPlan) -> Vec<SecretKey> {
    let before =
        RootPlan::of(current).map(|plan| plan.roles[Role::Root as usize].0.clone()).unwrap_or_default();
    let (after, _) = &next.roles[Role::Root as usize];
    let may = |key: &SecretKey| before.contains(&key.public()) || after.contains(&key.public());
    keys.into_iter().filter(may).collect()
}

fn version_of(root: &[u8]) -> Result<u64, Error> {
    sign::version_of_root(root).map_err(|error| refused("the current root", error))
}
