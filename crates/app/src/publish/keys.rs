//! Keys: made, read, and who may sign what. They lie in one folder per person; what is in it is what is at hand.

use super::Publishing;
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use crate::wiring;
use lifeboat_domain::code::Code;
use lifeboat_ports::{Entropy, PortErrorKind};
use lifeboat_trust::sign::{self, RootPlan, SecretKey};
use lifeboat_trust::{DEFAULT_GRACE_DAYS, Memory, Remembered, Role, Trusted, UtcSeconds};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Ending of a file with a secret key.
const KEY_ENDING: &str = "key";
/// What was published from here, in two copies.
const MEMORY_FILES: [&str; 2] = ["published-0.json", "published-1.json"];
/// The first root, which goes into the application.
pub(super) const ROOT_FILE: &str = "root.json";
/// For how long a root is valid.
pub(super) const ROOT_DAYS: i64 = 3650;

/// Roots and secret keys of a folder.
#[derive(Debug, Clone)]
pub struct KeyRing {
    /// The first root that is here.
    pub(crate) root: Vec<u8>,
    /// Keys that are at hand.
    pub(crate) keys: Vec<SecretKey>,
    /// Where they lie.
    folder: PathBuf,
    /// What was published from here: a share that offers less was robbed, or restored.
    memory: Arc<Mutex<Memory>>,
}

/// How many keys a root shall have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceremony {
    /// So many must sign.
    pub threshold: usize,
    /// Of so many.
    pub of: usize,
}

/// Keys that were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKeys {
    /// Files with secret keys.
    pub files: Vec<PathBuf>,
    /// The root.
    pub root: PathBuf,
}

impl KeyRing {
    /// Reads a folder: `root.json` and every `*.key`.
    ///
    /// # Errors
    /// `LB1124` where there is no root or a key cannot be read, `LB0105`, `LB0112`.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let root = match wiring::read_file(&folder.join(ROOT_FILE)) {
            Ok(root) => root,
            Err(error) => {
                let cause = format!("{} has no {ROOT_FILE} that can be read ({error})", folder.display());
                let next = "name the folder of keys (`--keys DIR`), or make one: `lifeboat keys init DIR`";
                return Err(Error::new(Code::KeysMissing, cause, next));
            }
        };
        let read = |name: &str| match wiring::read_file(&folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == PortErrorKind::NotFound => Ok(None),
            Err(error) => Err(explain(About::Target, error)),
        };
        let copies = [read(MEMORY_FILES[0])?, read(MEMORY_FILES[1])?];
        let [first, second] = &copies;
        let chosen = Memory::choose([first.as_deref(), second.as_deref()]).map_err(|error| {
            let next =
                "take published-0.json and published-1.json out of the folder: the share is believed then";
            Error::new(Code::UpdateMemoryDamaged, error.to_string(), next).because(error)
        })?;
        let memory = chosen.unwrap_or(Memory { counter: 0, remembered: Remembered::default() });
        Ok(Self {
            root,
            keys: read_keys(folder)?,
            folder: folder.to_path_buf(),
            memory: Arc::new(Mutex::new(memory)),
        })
    }

    /// A root that was made here.
    pub(super) fn root_file(&self, number: u64) -> Option<Vec<u8>> {
        wiring::read_file(&self.folder.join(format!("{number}.root.json"))).ok()
    }

    /// What was published from here.
    pub(super) fn published(&self) -> Remembered {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).remembered.clone()
    }

    /// Writes down what is published now: twice, one copy after the other.
    pub(super) fn remember(&self, published: &Trusted) -> Result<(), Error> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..MEMORY_FILES.len() {
            *memory = memory.next(published.remember());
            let path = self.folder.join(MEMORY_FILES[memory.slot()]);
            wiring::replace_file(&path, &memory.bytes()).about(About::Target)?;
        }
        Ok(())
    }

    /// How many keys are at hand.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// No key is at hand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Publishing {
    /// Makes keys for every role and the first root, in a new folder. The keys of the root are meant to leave it: each to
    /// another person, off every network.
    ///
    /// # Errors
    /// `LB0116` for a threshold that cannot be, `LB1125` where keys are there, `LB0105`, `LB0203`, `LB0112`.
    pub fn init_keys(
        entropy: &dyn Entropy,
        now: UtcSeconds,
        folder: &Path,
        ceremony: Ceremony,
    ) -> Result<NewKeys, Error> {
        if ceremony.threshold == 0 || ceremony.threshold > ceremony.of {
            let cause = format!("{} of {} keys cannot sign", ceremony.threshold, ceremony.of);
            return Err(Error::new(Code::UsageWrong, cause, "for instance: `--threshold 2 --of 3`"));
        }
        if folder.join(ROOT_FILE).exists() || !keys_in(folder)?.is_empty() {
            let cause = format!("{} holds keys already", folder.display());
            return Err(Error::new(
                Code::KeysExist,
                cause,
                "name a new folder, or change keys: `lifeboat keys rotate`",
            ));
        }
        wiring::make_folder(folder).about(About::Target)?;
        let mut files = Vec::new();
        let mut make = |role: Role, count: usize| {
            (0..count).map(|_| new_key(entropy, folder, role, &mut files)).collect::<Result<Vec<_>, _>>()
        };
        let [root, timestamp, snapshot, targets] = [
            make(Role::Root, ceremony.of)?,
            make(Role::Timestamp, 1)?,
            make(Role::Snapshot, 1)?,
            make(Role::Targets, 1)?,
        ];
        let public = |keys: &[SecretKey]| keys.iter().map(SecretKey::public).collect::<Vec<_>>();
        let plan = RootPlan {
            roles: [
                (public(&root), ceremony.threshold),
                (public(&timestamp), 1),
                (public(&snapshot), 1),
                (public(&targets), 1),
            ],
            expires: now.plus_days(ROOT_DAYS),
            grace_days: DEFAULT_GRACE_DAYS,
        };
        let bytes = sign::first_root(&plan, &root).map_err(super::unsigned)?;
        let path = folder.join(ROOT_FILE);
        wiring::write_new(&path, &bytes).about(About::Target)?;
        Ok(NewKeys { files, root: path })
    }
}

/// The keys in a folder.
pub(super) fn read_keys(folder: &Path) -> Result<Vec<SecretKey>, Error> {
    let texts = wiring::read_texts(folder, KEY_ENDING).map_err(|e| explain(About::Target, e))?;
    let read = |(name, text): (String, String)| {
        SecretKey::from_pem(&text).map_err(|error| {
            let next = "put the right file there, or take it out of the folder";
            Error::new(Code::KeysMissing, format!("{name}: {error}"), next).because(error)
        })
    };
    texts.into_iter().map(read).collect()
}

/// Names of the key files in a folder; none where it is not there.
fn keys_in(folder: &Path) -> Result<Vec<String>, Error> {
    match wiring::read_texts(folder, KEY_ENDING) {
        Ok(texts) => Ok(texts.into_iter().map(|(name, _)| name).collect()),
        Err(error) if error.kind() == PortErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(explain(About::Target, error)),
    }
}

/// A new key under the first free number of its role.
pub(super) fn new_key(
    entropy: &dyn Entropy,
    folder: &Path,
    role: Role,
    files: &mut Vec<PathBuf>,
) -> Result<SecretKey, Error> {
    let mut seed = [0; 32];
    entropy.fill(&mut seed).map_err(|e| explain(About::Target, e))?;
    let key = SecretKey::from_seed(&seed);
    for number in 1.. {
        let path = folder.join(format!("{role}-{number}.{KEY_ENDING}"));
        match wiring::write_new(&path, key.to_pem().as_bytes()) {
            Err(error) if error.kind() == PortErrorKind::AlreadyExists => {}
            written => {
                written.about(About::Target)?;
                files.push(path);
                return Ok(key);
            }
        }
    }
    unreachable!("because a folder has fewer files than there are numbers")
}
