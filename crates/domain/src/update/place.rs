//! Where things lie on a share. One file is ever replaced; everything else is written once.
//!
//! ```text
//! metadata/timestamp.json                   the pointer
//! metadata/N.root.json, N.snapshot.json, N.targets.json
//! targets/CHANNEL/SHA256.NAME
//! .stage/                                   what is being published
//! .publish.lock                             who publishes
//! ```

/// A document that carries its number in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// Who may sign what.
    Root,
    /// Which targets belong together.
    Snapshot,
    /// The releases.
    Targets,
}

impl Document {
    /// The word in its file name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Snapshot => "snapshot",
            Self::Targets => "targets",
        }
    }
}

/// A place on a share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The one file that is ever replaced.
    Pointer,
    /// A numbered document.
    Document(Document, u64),
    /// An artifact.
    Artifact {
        /// Its signed name, `FILE` or `FOLDER/FILE`, of the allow-list of `lifeboat-trust`.
        name: String,
        /// SHA-256 sum of its bytes, in hexadecimal digits.
        sha256: String,
    },
}

impl Place {
    /// The way there from the share's root: folders, then the file.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let parts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
        match self {
            Self::Pointer => parts(&["metadata", "timestamp.json"]),
            Self::Document(document, number) => {
                parts(&["metadata", &format!("{number}.{}.json", document.as_str())])
            }
            Self::Artifact { name, sha256 } => match name.rsplit_once('/') {
                Some((folder, file)) => parts(&["targets", folder, &format!("{sha256}.{file}")]),
                None => parts(&["targets", &format!("{sha256}.{name}")]),
            },
        }
    }

    /// File name, for messages.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.parts().pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_ones_of_the_format() {
        assert_eq!(Place::Pointer.parts().join("/"), "metadata/timestamp.json");
        assert_eq!(Place::Document(Document::Targets, 12).parts().join("/"), "metadata/12.targets.json");
        let place =
            |name: &str| Place::Artifact { name: name.to_owned(), sha256: "ab".to_owned() }.parts().join("/");
        assert_eq!(place("stable/Till 1.exe"), "targets/stable/ab.Till 1.exe");
        assert_eq!(place("till.exe"), "targets/ab.till.exe");
    }
}
