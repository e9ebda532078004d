//! What a step may not do, whatever its text says: end the transaction, reach another file, touch the ledger, or change
//! a setting on which the transaction's safety stands.

use crate::error::SqliteError;
use crate::track::names;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// While it stands, a statement that may not run is an error when it is prepared.
pub(super) struct Fence<'c>(&'c Connection);

impl<'c> Fence<'c> {
    pub(super) fn around(connection: &'c Connection) -> Result<Self, SqliteError> {
        connection.authorizer(Some(judge)).done()?;
        Ok(Self(connection))
    }
}

fn judge(context: AuthContext<'_>) -> Authorization {
    // Triggers write the books of tracking, also those that a step sets off.
    let by_hand = context.accessor.is_none_or(|trigger| !names::is_trigger(trigger));
    match context.action {
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
            if by_hand && names::is_ours(table_name) =>
        {
            Authorization::Deny
        }
        AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, pragma_value } if !is_harmless(pragma_name, pragma_value) => {
            Authorization::Deny
        }
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateTable { table_name }
        | AuthAction::CreateTempTable { table_name }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::CreateTempTrigger { table_name, .. }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::CreateTempIndex { table_name, .. }
        | AuthAction::CreateView { view_name: table_name }
        | AuthAction::CreateTempView { view_name: table_name }
            if is_ours(table_name) || is_a_pragma(table_name) =>
        {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }
}

/// Pragmas whose value changes nothing that a failed step would leave behind.
const SETTABLE: [&str; 21] = [
    "application_id",
    "cache_size",
    "case_sensitive_like",
    "collation_list",
    "defer_foreign_keys",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "legacy_alter_table",
    "quick_check",
    "recursive_triggers",
    "table_info",
    "table_list",
    "table_xinfo",
    "temp_store",
    "user_version",
];

/// Pragmas that do something without a value too.
const ACTING: [&str; 4] = ["incremental_vacuum", "optimize", "shrink_memory", "wal_checkpoint"];

fn is_harmless(pragma: &str, value: Option<&str>) -> bool {
    let is_in = |names: &[&str]| names.iter().any(|name| pragma.eq_ignore_ascii_case(name));
    match value {
        Some(_) => is_in(&SETTABLE),
        None => !is_in(&ACTING),
    }
}

/// A table of such a name stands before the engine's own answers, by which a step is judged.
fn is_a_pragma(table: &str) -> bool {
    table.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("pragma_"))
}

/// The ledger is written by the runner alone.
pub(super) fn is_ours(table: &str) -> bool {
    table.eq_ignore_ascii_case("lifeboat_migrations")
}

impl Drop for Fence<'_> {
    fn drop(&mut self) {
        let none: Option<fn(AuthContext<'_>) -> Authorization> = None;
        if let Err(error) = self.0.authorizer(none).done() {
            tracing::warn!(%error, "the fence around a step stands until its connection is closed");
        }
    }
}

/// The oldest drivers of the range give nothing where the newest give a result.
trait Done {
    fn done(self) -> Result<(), rusqlite::Error>;
}

impl Done for () {
    fn done(self) -> Result<(), rusqlite::Error> {
        Ok(())
    }
}

impl Done for Result<(), rusqlite::Error> {
    fn done(self) -> Result<(), rusqlite::Error> {
        self
    }
}
