//! The committed schemas are the ones of these types.

use super::*;
use schemars::schema_for;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/json")
}

#[test]
fn the_committed_schemas_are_current() {
    let schemas = [
        ("error", schema_for!(Document<ErrorBody>)),
        ("backup", schema_for!(Document<Backup>)),
        ("list", schema_for!(Document<List>)),
        ("show", schema_for!(Document<Show>)),
        ("verify", schema_for!(Document<Verify>)),
        ("restore-plan", schema_for!(Document<RestorePlan>)),
        ("restore", schema_for!(Document<Restore>)),
        ("export", schema_for!(Document<Exported>)),
        ("forget", schema_for!(Document<Forget>)),
        ("prune", schema_for!(Document<Prune>)),
        ("doctor", schema_for!(Document<Doctor>)),
        ("status", schema_for!(Document<Status>)),
        ("paths", schema_for!(Document<Paths>)),
        ("config", schema_for!(Document<ConfigShow>)),
        ("init", schema_for!(Document<Init>)),
        ("guard", schema_for!(Document<Guard>)),
        ("quarantine", schema_for!(Document<damage::Quarantine>)),
        ("salvage", schema_for!(Document<damage::Salvage>)),
        ("repair", schema_for!(Document<damage::Repair>)),
        ("maintain", schema_for!(Document<damage::Maintain>)),
        ("relocate", schema_for!(Document<damage::Relocate>)),
        ("relocate-confirm", schema_for!(Document<damage::Confirmed>)),
        ("track", schema_for!(Document<track::Track>)),
        ("track-audit", schema_for!(Document<track::Audit>)),
        ("untrack", schema_for!(Document<track::Untrack>)),
        ("rules-suggest", schema_for!(Document<track::Suggest>)),
        ("merge-plan", schema_for!(Document<merge::Merge>)),
        ("merge", schema_for!(Document<merge::Merge>)),
        ("dedupe-plan", schema_for!(Document<merge::Merge>)),
        ("dedupe", schema_for!(Document<merge::Merge>)),
        ("conflicts", schema_for!(Document<merge::Conflicts>)),
        ("resolve", schema_for!(Document<merge::Resolved>)),
        ("update-check", schema_for!(Document<update::Checked>)),
        ("update-fetch", schema_for!(Document<update::Brought>)),
        ("update-plan", schema_for!(Document<update::Plan>)),
        ("update-apply", schema_for!(Document<update::HandedOver>)),
        ("update-status", schema_for!(Document<update::Status>)),
        ("update-repair", schema_for!(Document<update::Repaired>)),
        ("update-doctor", schema_for!(Document<Doctor>)),
        ("publish", schema_for!(Document<update::Publication>)),
        ("keys-init", schema_for!(Document<update::Keys>)),
        ("keys-rotate", schema_for!(Document<update::Keys>)),
        ("migrate-new", schema_for!(Document<migrate::Written>)),
        ("migrate-adopt", schema_for!(Document<migrate::Adopted>)),
        ("migrate-status", schema_for!(Document<migrate::Status>)),
        ("migrate-plan", schema_for!(Document<migrate::Plan>)),
        ("migrate", schema_for!(Document<migrate::Applied>)),
    ];
    for (kind, schema) in schemas {
        let path = folder().join(format!("{kind}.schema.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "{} is not current: run UPDATE_EXPECT=1 cargo test -p lifeboat-cli",
            path.display()
        );
    }
}
