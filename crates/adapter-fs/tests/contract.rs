//! The adapters on real files hold the contracts of their ports.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_fs::{
    DatabasePath, FolderWorkshop, PlainVault, SystemClock, SystemDiskSpace, SystemEntropy, work_folder,
};
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::swap::Part;
use lifeboat_ports::{Clock, DiskSpace, Draft, Entropy, Vault, Workshop};
use lifeboat_testkit::contract::clock::ClockFixture;
use lifeboat_testkit::contract::disk_space::DiskSpaceFixture;
use lifeboat_testkit::contract::entropy::EntropyFixture;
use lifeboat_testkit::contract::vault::VaultFixture;
use lifeboat_testkit::contract::workshop::WorkshopFixture;
use lifeboat_testkit::{
    clock_contract, disk_space_contract, entropy_contract, vault_contract, workshop_contract,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Vaults {
    folder: TempDir,
    vault: PlainVault,
}

impl Vaults {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = PlainVault::new(folder.path().join("vault"));
        Self { folder, vault }
    }
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[0] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

impl VaultFixture for Vaults {
    fn vault(&self) -> &dyn Vault {
        &self.vault
    }

    fn fill(&self, draft: &Draft, bytes: &[u8]) {
        std::fs::write(&draft.path, bytes).unwrap();
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }

    fn damage_file(&self, manifest: &Manifest) {
        flip(&self.vault.point_path(manifest));
    }

    fn damage_manifest(&self, manifest: &Manifest) {
        flip(&self.vault.point_path(manifest).with_file_name(manifest.stem().manifest_file()));
    }

    fn put_stray(&self, name: &str) {
        std::fs::write(self.vault.root().join("points").join(name), b"stray").unwrap();
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("copy.db")
    }
}

vault_contract!(plain_vault_holds_the_contract, Vaults::new());

struct Workshops {
    folder: TempDir,
    workshop: FolderWorkshop,
}

impl Workshops {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = DatabasePath::resolve(&folder.path().join("app.db")).unwrap();
        Self { workshop: FolderWorkshop::new(&path), folder }
    }

    fn path(&self, part: Part) -> PathBuf {
        self.folder.path().join(format!("app.db{}", part.suffix()))
    }
}

impl WorkshopFixture for Workshops {
    fn workshop(&self) -> &dyn Workshop {
        &self.workshop
    }

    fn put_live(&self, part: Part, bytes: &[u8]) {
        std::fs::write(self.path(part), bytes).unwrap();
    }

    fn live(&self, part: Part) -> Option<Vec<u8>> {
        std::fs::read(self.path(part)).ok()
    }

    fn point(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("point.db");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn damage_last(&self) {
        flip(&work_folder(&self.path(Part::Main)).join("last-act.json"));
    }
}

workshop_contract!(folder_workshop_holds_the_contract, Workshops::new());

struct Clocks(SystemClock);

impl ClockFixture for Clocks {
    fn clock(&self) -> &dyn Clock {
        &self.0
    }

    fn pass(&self) {
        let begun = self.0.monotonic();
        while self.0.monotonic() == begun {
            std::hint::spin_loop();
        }
    }
}

clock_contract!(system_clock_holds_the_contract, Clocks(SystemClock::default()));

struct Sources(SystemEntropy);

impl EntropyFixture for Sources {
    fn entropy(&self) -> &dyn Entropy {
        &self.0
    }
}

entropy_contract!(system_entropy_holds_the_contract, Sources(SystemEntropy));

struct Disks {
    disk: SystemDiskSpace,
    folder: TempDir,
}

impl DiskSpaceFixture for Disks {
    fn disk(&self) -> &dyn DiskSpace {
        &self.disk
    }

    fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

disk_space_contract!(
    system_disk_space_holds_the_contract,
    Disks { disk: SystemDiskSpace, folder: tempfile::tempdir().unwrap() }
);
