//! The adapters on real files hold the contracts of their ports.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_fs::{
    DatabasePath, FolderDepot, FolderWorkshop, PlainVault, SystemClock, SystemDiskSpace, SystemEntropy,
    SystemInstaller, work_folder,
};
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::swap::Part;
use lifeboat_ports::{Clock, Depot, DiskSpace, Draft, Entropy, Installer, Vault, Workshop};
use lifeboat_testkit::contract::clock::ClockFixture;
use lifeboat_testkit::contract::depot::DepotFixture;
use lifeboat_testkit::contract::disk_space::DiskSpaceFixture;
use lifeboat_testkit::contract::entropy::EntropyFixture;
use lifeboat_testkit::contract::installer::InstallerFixture;
use lifeboat_testkit::contract::vault::VaultFixture;
use lifeboat_testkit::contract::workshop::WorkshopFixture;
use lifeboat_testkit::{
    clock_contract, depot_contract, disk_space_contract, entropy_contract, installer_contract,
    vault_contract, workshop_contract,
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

struct Depots {
    folder: TempDir,
    depot: FolderDepot,
}

impl Depots {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let depot = FolderDepot::new(folder.path().join("app.db.lifeboat/updates"));
        Self { folder, depot }
    }

    fn artifacts(&self) -> PathBuf {
        self.folder.path().join("app.db.lifeboat/updates/artifacts")
    }
}

impl DepotFixture for Depots {
    fn depot(&self) -> &dyn Depot {
        &self.depot
    }

    fn swap(&self, file: &str, bytes: &[u8]) {
        let other = self.folder.path().join("other");
        std::fs::write(&other, bytes).unwrap();
        std::fs::rename(other, self.artifacts().join(file)).unwrap();
    }

    fn is_there(&self) -> bool {
        self.folder.path().read_dir().unwrap().count() > 0
    }
}

depot_contract!(folder_depot, Depots::new());

/// A link as a partial or a kept artifact would have another file written, or run.
#[cfg(unix)]
#[tokio::test]
async fn links_in_a_depot_are_refused() {
    let depots = Depots::new();
    std::fs::create_dir_all(depots.artifacts()).unwrap();
    let victim = depots.folder.path().join("victim");
    std::fs::write(&victim, "untouched").unwrap();
    for name in ["till.exe", "till.exe.partial"] {
        std::os::unix::fs::symlink(&victim, depots.artifacts().join(name)).unwrap();
    }
    assert!(depots.depot.begin("till.exe").await.is_err());
    assert!(depots.depot.hold("till.exe").await.is_err());
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
}

#[cfg(unix)]
struct Installers {
    folder: TempDir,
    installer: SystemInstaller,
}

#[cfg(unix)]
impl InstallerFixture for Installers {
    fn installer(&self) -> &dyn Installer {
        &self.installer
    }

    fn program(&self, status: i32) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder.path().join(format!("in staller {status}.sh"));
        let says = self.folder.path().join("arguments");
        let text = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\nexit {status}\n", says.display());
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path.display().to_string()
    }

    fn absent(&self) -> String {
        self.folder.path().join("nowhere").display().to_string()
    }

    fn arguments(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("arguments")).unwrap();
        text.strip_suffix('\n').unwrap().split('\n').map(str::to_owned).collect()
    }
}

#[cfg(unix)]
installer_contract!(
    system_installer,
    Installers { folder: tempfile::tempdir().unwrap(), installer: SystemInstaller }
);
