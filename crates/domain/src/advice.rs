//! What a doctor knows by heart: folders that are no place for a database, engines with a known fault, columns that
//! look like secrets. Pure questions about names and numbers.

/// First engine in which the WAL-reset bug (3.7.0 to 3.51.2) is fixed (sqlite.org, release 3.51.3).
pub const WAL_RESET_FIXED: EngineVersion = EngineVersion { major: 3, minor: 51, patch: 3 };

/// First engine with a write-ahead log, and with the bug.
const WAL_RESET_BEGAN: EngineVersion = EngineVersion { major: 3, minor: 7, patch: 0 };

/// Version of a database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineVersion {
    /// Major.
    pub major: u32,
    /// Minor.
    pub minor: u32,
    /// Patch.
    pub patch: u32,
}

impl EngineVersion {
    /// Reads `3.51.3`; more numbers behind are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(str::parse::<u32>);
        let mut next = || numbers.next()?.ok();
        Some(Self { major: next()?, minor: next()?, patch: next().unwrap_or(0) })
    }

    /// Reads the number that the engine writes into the header: 3051003.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        if number < 3_000_000 {
            return None;
        }
        Some(Self { major: number / 1_000_000, minor: number / 1000 % 1000, patch: number % 1000 })
    }

    /// May a checkpoint of this engine lose committed pages when two connections reset a log at once?
    #[must_use]
    pub fn carries_wal_reset(self) -> bool {
        self >= WAL_RESET_BEGAN && self < WAL_RESET_FIXED
    }
}

impl std::fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Folder names that a service for synchronising gives its folder: the beginning of the name, in lower case.
const CLOUD_FOLDERS: [(&str, &str); 11] = [
    ("onedrive", "OneDrive"),
    ("dropbox", "Dropbox"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("icloud", "iCloud"),
    ("mobile documents", "iCloud"),
    ("nextcloud", "Nextcloud"),
    ("owncloud", "ownCloud"),
    ("pcloud", "pCloud"),
    ("box sync", "Box"),
    ("syncthing", "Syncthing"),
];

/// The service that synchronises a folder, by the names on the way to it. It copies a database and its log at
/// different moments, and replaces them while they are open.
#[must_use]
pub fn cloud_service<'a>(folders: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    let service = |folder: &str| {
        let folder = folder.to_lowercase();
        CLOUD_FOLDERS.iter().find(|(name, _)| folder.starts_with(name)).map(|(_, service)| *service)
    };
    folders.into_iter().find_map(service)
}

/// Files that a service leaves in the folder that it synchronises.
pub const CLOUD_MARKERS: [(&str, &str); 3] =
    [(".dropbox", "Dropbox"), (".stfolder", "Syncthing"), (".owncloudsync.log", "ownCloud")];

/// Why a folder is no place for a database, by the names on the way to it.
#[must_use]
pub fn unsuitable<'a>(folders: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    folders.into_iter().find_map(|folder| match folder.to_lowercase().as_str() {
        "tmp" | "temp" => Some("in a folder that the system may empty"),
        "downloads" => Some("among downloads, which people tidy away"),
        "program files" | "program files (x86)" => {
            Some("among programs, where an update or a missing right takes it away")
        }
        "virtualstore" => Some("in a shadow of the program folder: another user sees another one"),
        "$recycle.bin" | ".trash" | "trash" => Some("in the waste bin"),
        _ => None,
    })
}

/// Words in a column's name that tell of secrets; a name is split at `_`, `-`, blanks and capitals.
const SECRET_WORDS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
    "privatekey",
    "pin",
    "cvv",
    "iban",
    "ssn",
];
/// Pairs of words that do so together.
const SECRET_PAIRS: [(&str, &str); 5] =
    [("api", "key"), ("private", "key"), ("access", "key"), ("session", "key"), ("card", "number")];

/// Does a column's name look like that of a stored secret?
#[must_use]
pub fn looks_secret(column: &str) -> bool {
    let words = words_of(column);
    let has = |word: &str| words.iter().any(|found| found == word);
    let whole: String = words.concat();
    SECRET_WORDS.iter().any(|word| has(word) || *word == whole)
        || words.windows(2).any(|pair| SECRET_PAIRS.iter().any(|(a, b)| pair[0] == *a && pair[1] == *b))
}

fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let breaks = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if breaks {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words
                .last_mut()
                .expect("because the first word is there from the beginning")
                .extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_with_the_bug_are_known() {
        let carries = |text: &str| EngineVersion::parse(text).unwrap().carries_wal_reset();
        assert!(carries("3.7.0") && carries("3.40.1") && carries("3.51.2"));
        assert!(!carries("3.6.23") && !carries("3.51.3") && !carries("3.53.2") && !carries("4.0"));
        assert_eq!(EngineVersion::from_number(3_040_001).unwrap().to_string(), "3.40.1");
        assert_eq!(EngineVersion::from_number(0), None);
        assert_eq!(EngineVersion::parse("x"), None);
    }

    #[test]
    fn folders_of_services_and_of_no_use_are_known() {
        assert_eq!(cloud_service(["home", "me", "OneDrive - Firm", "app"]), Some("OneDrive"));
        assert_eq!(cloud_service(["Users", "me", "Library", "Mobile Documents"]), Some("iCloud"));
        assert_eq!(cloud_service(["home", "me", "drop", "boxes"]), None);
        assert!(unsuitable(["C:", "Program Files", "App"]).is_some());
        assert!(unsuitable(["home", "me", ".local", "share"]).is_none());
    }

    #[test]
    fn names_of_secrets_are_known_and_others_are_left_alone() {
        for name in
            ["password", "user_password", "apiKey", "API_KEY", "accessToken", "token", "PIN", "CardNumber"]
        {
            assert!(looks_secret(name), "{name}");
        }
        for name in
            ["name", "key", "spinner", "tokenizer", "primary_key", "opinion", "unit_price", "secretary"]
        {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
