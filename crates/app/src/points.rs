//! Reads the catalogue and finds points in it.

use crate::Lifeboat;
use crate::error::{About, Error, not_named};
use crate::handle::Explain;
use lifeboat_domain::catalogue;
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::{Manifest, ManifestError};
use lifeboat_domain::trust::TrustLevel;
use lifeboat_ports::{VaultEntry, VaultListing};

impl Lifeboat {
    /// Everything in the vault: points, damage, strays. Writes nothing.
    ///
    /// # Errors
    /// `LB0301` where there is no vault, `LB0105`, `LB0305`, `LB0112`.
    pub async fn list(&self) -> Result<VaultListing, Error> {
        self.ports.vault.list().await.about(About::Vault)
    }

    /// One point by `latest`, its id, or at least four digits of its short id.
    ///
    /// # Errors
    /// `LB0302` to `LB0304`, and as [`Self::list`]; `LB0305` where the word names a point of a newer format.
    pub async fn find(&self, word: &str) -> Result<Manifest, Error> {
        find_in(&self.list().await?, word)
    }
}

pub(crate) fn find_in(listing: &VaultListing, word: &str) -> Result<Manifest, Error> {
    match catalogue::resolve(&listing.points(), word) {
        Ok(point) => Ok(point.clone()),
        Err(error) => Err(unreadable(listing, word).unwrap_or_else(|| not_named(&error))),
    }
}

/// A point that is there and cannot be used is better named than called unknown.
fn unreadable(listing: &VaultListing, word: &str) -> Option<Error> {
    for entry in &listing.entries {
        match entry {
            VaultEntry::BadFile { name, manifest }
                if word == manifest.id.to_string() || word == manifest.id.short() =>
            {
                let cause = format!("{name} is missing or has another size than its manifest says");
                return Some(Error::new(
                    Code::PointDamaged,
                    cause,
                    "see which points are sound: `lifeboat verify --all`",
                ));
            }
            VaultEntry::BadManifest { name, error: error @ ManifestError::UnknownVersion(_) }
                if word == "latest" =>
            {
                let next =
                    "use the version of Lifeboat that wrote it, or name an older point: `lifeboat list`";
                return Some(Error::new(Code::UnknownFormat, format!("{name}: {error}"), next));
            }
            _ => {}
        }
    }
    let unproven = listing.points().iter().filter(|point| point.trust.level < TrustLevel::Checked).count();
    let damaged = listing.damaged() + unproven;
    let next = "see what is damaged: `lifeboat verify --all`";
    (word == "latest" && damaged > 0).then(|| {
        let cause = format!("no restore point can be used: {damaged} of them damaged");
        Error::new(Code::PointDamaged, cause, next)
    })
}
