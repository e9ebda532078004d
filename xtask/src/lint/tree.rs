//! The files and packages that rules look at.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::path::{Path, PathBuf};

/// Folders that no rule enters.
const SKIPPED: [&str; 4] = ["target", ".git", "node_modules", "xtask/tests/fixtures"];

/// One file, with its path from the root.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A tree: the repository or a fixture.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) files: Vec<File>,
    pub(crate) packages: Vec<Package>,
}

impl Tree {
    /// Reads all text files, and the packages where there is a manifest.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut files = Vec::new();
        walk(root, root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let manifest = root.join("Cargo.toml");
        let packages = if manifest.is_file() { packages(&manifest)? } else { Vec::new() };
        Ok(Self { root: root.to_path_buf(), files, packages })
    }

    /// Files with this ending.
    pub(crate) fn with_ending(&self, ending: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.ends_with(ending))
    }

    /// One file by its path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// Is this a test, a bench or a fixture, which never ships?
    pub(crate) fn is_test(&self) -> bool {
        let in_folder = |name: &str| self.path.split('/').any(|part| part == name);
        in_folder("tests") || in_folder("benches") || self.path.ends_with("tests.rs")
    }
}

fn packages(manifest: &Path) -> Result<Vec<Package>, String> {
    let metadata =
        MetadataCommand::new().manifest_path(manifest).no_deps().exec().map_err(|e| e.to_string())?;
    Ok(metadata.packages)
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<(), String> {
    for entry in folder.read_dir().map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        let relative = path.strip_prefix(root).expect("because the walk starts at the root");
        let relative = relative.to_string_lossy().replace('\\', "/");
        if SKIPPED.contains(&relative.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, files)?;
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.push(File { path: relative, text });
        }
    }
    Ok(())
}

/// Names of what a package depends on, without the `lifeboat-` of our own.
pub(crate) fn dependencies(package: &Package, kinds: &[DependencyKind]) -> Vec<String> {
    package.dependencies.iter().filter(|d| kinds.contains(&d.kind)).map(|d| d.name.clone()).collect()
}

/// A package's manifest, from the root.
pub(crate) fn manifest_path(tree: &Tree, package: &Package) -> String {
    let path = package.manifest_path.as_std_path();
    let root = tree.root.canonicalize().unwrap_or_else(|_| tree.root.clone());
    path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
