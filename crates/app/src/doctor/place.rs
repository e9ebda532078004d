//! Checks of where things lie: the volume, services that synchronise it, other copies, what was set aside.

use super::{Check, Health, by_hand, check, not_checked, ok, run};
use crate::Lifeboat;
use lifeboat_domain::advice::{cloud_service, unsuitable};
use lifeboat_ports::VolumeKind;
use std::path::{Component, Path};

/// Bytes in words for a finding.
fn mib(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}

impl Lifeboat {
    pub(super) async fn check_places(&self) -> Vec<Check> {
        vec![
            self.volume().await,
            self.cloud_folder(),
            self.data_folder(),
            self.copies(),
            self.staging(),
            self.set_aside().await,
        ]
    }

    async fn volume(&self) -> Check {
        let volume = match self.ports.disk.volume(&self.places.database).await {
            Ok(volume) => volume,
            Err(error) => return not_checked("volume", error),
        };
        if let VolumeKind::Network { protocol } = volume.kind {
            let found = format!(
                "the database lies on a network file system ({protocol}); only the vault may stay there"
            );
            return check("volume", Health::Problem, found, run("lifeboat relocate --to FILE"));
        }
        let found = format!("{} MiB free", mib(volume.space.free_bytes));
        if volume.space.free_bytes < volume.space.total_bytes / 20 {
            let found = format!("{found}, less than a twentieth");
            return check("volume", Health::Advice, found, run("lifeboat prune"));
        }
        ok("volume", found)
    }

    fn cloud_folder(&self) -> Check {
        let names = names_of(&self.places.database);
        let by_name = cloud_service(names.iter().map(String::as_str));
        match by_name.or_else(|| crate::wiring::cloud_marker(&self.places.database)) {
            None => ok("cloud-folder", "no service is known to synchronise it"),
            Some(service) => check(
                "cloud-folder",
                Health::Problem,
                format!("{service} synchronises the database's folder, and copies it while it is written"),
                run("lifeboat relocate --to FILE"),
            ),
        }
    }

    fn data_folder(&self) -> Check {
        let names = names_of(self.places.database.parent().unwrap_or(Path::new("")));
        match unsuitable(names.iter().map(String::as_str)) {
            None => ok("data-folder", "a folder for data"),
            Some(why) => check("data-folder", Health::Advice, why, run("lifeboat paths --app NAME")),
        }
    }

    /// Two databases of one name: people work in one and back up the other.
    fn copies(&self) -> Check {
        match crate::wiring::other_copies(&self.places.database).as_slice() {
            [] => ok("copies", "no other database of this name in the known places"),
            found => {
                let paths: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
                let words = format!("databases of this name also lie at {}", paths.join(", "));
                let mend = by_hand("find out which one is used, and move the others away");
                check("copies", Health::Problem, words, mend)
            }
        }
    }

    fn staging(&self) -> Check {
        match crate::wiring::staged(&self.places.database) {
            0 => ok("staging", "empty"),
            n => check(
                "staging",
                Health::Advice,
                format!("{n} files were left by an act that was killed"),
                run("lifeboat maintain"),
            ),
        }
    }

    async fn set_aside(&self) -> Check {
        match self.ports.workshop.quarantined().await {
            Err(error) => not_checked("quarantine", error),
            Ok(sets) if sets.is_empty() => ok("quarantine", "empty"),
            Ok(sets) => {
                let bytes = sets.iter().map(|set| set.size_bytes).sum();
                let found = format!("{} sets of files, {} MiB, were set aside", sets.len(), mib(bytes));
                check("quarantine", Health::Advice, found, run("lifeboat salvage --set NAME --to FILE"))
            }
        }
    }
}

fn names_of(path: &Path) -> Vec<String> {
    let normal = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    };
    path.components().filter_map(normal).collect()
}
