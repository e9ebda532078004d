//! `list`: the restore points, newest first.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{json, render};
use lifeboat::domain::code::Code;
use lifeboat::domain::trust::TrustLevel;
use lifeboat_ports_view::{damaged, strays};

pub(crate) async fn run(context: &Context) -> Result<Outcome, Failure> {
    let listing = context.boat.list().await?;
    let points = listing.points();
    let damaged = damaged(&listing);
    let unproven = points.iter().any(|point| point.trust.level < TrustLevel::Checked);
    let warned = !damaged.is_empty() || unproven;
    let strays = strays(&listing);
    if context.global.json {
        let points = points.iter().map(Into::into).collect();
        let outcome = Outcome::warned_if(warned);
        context.document(&json::document("list", json::List { points, damaged, strays }))?;
        return Ok(outcome);
    }
    if points.is_empty() {
        context.say("No restore points yet. Take one: lifeboat backup")?;
    } else {
        let table = render::points(&points, context.boat.now());
        context.say(table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"))?;
    }
    for entry in &damaged {
        render::warning(&format!("{}: {}", entry.name, entry.what));
    }
    Ok(Outcome::warned_if(warned))
}

mod lifeboat_ports_view {
    //! What a listing says besides its points.

    use super::Code;
    use crate::json;
    use lifeboat::ports::{VaultEntry, VaultListing};

    pub(super) fn damaged(listing: &VaultListing) -> Vec<json::Damaged> {
        let of = |entry: &VaultEntry| match entry {
            VaultEntry::BadManifest { name, error } => Some(json::Damaged {
                name: name.clone(),
                what: error.to_string(),
                code: Code::ManifestDamaged.to_string(),
            }),
            VaultEntry::BadFile { name, .. } => Some(json::Damaged {
                name: name.clone(),
                what: "the file is missing or has another size than its manifest says".to_owned(),
                code: Code::PointDamaged.to_string(),
            }),
            VaultEntry::Point(_) | VaultEntry::Stray { .. } => None,
        };
        listing.entries.iter().filter_map(of).collect()
    }

    pub(super) fn strays(listing: &VaultListing) -> Vec<String> {
        let of = |entry: &VaultEntry| match entry {
            VaultEntry::Stray { name } => Some(name.clone()),
            _ => None,
        };
        listing.entries.iter().filter_map(of).collect()
    }
}
