//! The manifest on disk: JSON, version 1, with a digest over itself (docs/formats/manifest.md).
//! Types here belong to the file, not to the domain; a field is never renamed within a version.

use super::Manifest;
use crate::digest::Digest;
use crate::findings::{Findings, NotChecked, Orphans};
use crate::id::{SnapshotId, TableName};
use crate::kind::PointKind;
use crate::schema::{DatabaseFacts, JournalMode, TableCount};
use crate::sealed::{Unsealed, seal, unseal};
use crate::time::UtcMillis;
use crate::trust::{Trust, TrustLevel};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version that this build writes, and the only one it reads.
pub const FORMAT_VERSION: u32 = 1;

const FORMAT: &str = "lifeboat-manifest";

/// Why bytes are not a manifest that may be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, not ours, a field missing, unknown or of another type.
    #[error("the manifest is not readable ({0})")]
    Malformed(&'static str),
    /// A format version that this build does not know.
    #[error("the manifest has format version {0}, this build reads {FORMAT_VERSION}")]
    UnknownVersion(u32),
    /// The bytes are not the ones that were written.
    #[error("the manifest's digest does not match its content")]
    DigestMismatch,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    id: String,
    kind: String,
    note: Option<String>,
    sequence: u64,
    created: String,
    database: String,
    // Merge bookkeeping: null until a database is tracked.
    replica: Option<String>,
    incarnation: Option<u64>,
    version_vector: Option<BTreeMap<String, u64>>,
    app_version: Option<String>,
    lifeboat_version: String,
    engine_version: String,
    page_size: u32,
    page_count: u64,
    encoding: String,
    journal: String,
    user_version: i32,
    application_id: i32,
    schema_cookie: i64,
    schema_fingerprint: String,
    tables: Vec<WireTable>,
    size_bytes: u64,
    blake3: String,
    parent: Option<String>,
    trust: WireTrust,
    findings: WireFindings,
    not_checked: Vec<WireNotChecked>,
    suspect: bool,
    // Plain points are neither compressed nor encrypted.
    compression: Option<String>,
    encryption: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireTable {
    name: String,
    rows: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct WireTrust {
    level: String,
    at: String,
}

#[derive(Serialize, Deserialize)]
struct WireFindings {
    structure: u64,
    structure_digest: String,
    orphans: Vec<WireOrphans>,
    orphans_digest: String,
}

#[derive(Serialize, Deserialize)]
struct WireOrphans {
    table: String,
    parent: String,
    rows: u64,
}

#[derive(Serialize, Deserialize)]
struct WireNotChecked {
    subject: String,
    check: String,
    reason: String,
}

/// Writes the canonical bytes: indented JSON in a fixed field order, the digest last.
#[must_use]
pub fn encode(manifest: &Manifest) -> Vec<u8> {
    seal(FORMAT, FORMAT_VERSION, to_wire(manifest))
}

/// Reads and verifies a manifest. Bytes that differ in any bit from what [`encode`] wrote are refused.
///
/// # Errors
/// [`ManifestError::UnknownVersion`] before anything else is looked at, so that a newer format is named as
/// such; otherwise malformed or a digest that does not match.
pub fn decode(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    let wire = unseal(bytes, FORMAT, FORMAT_VERSION).map_err(|e| match e {
        Unsealed::Malformed(what) => ManifestError::Malformed(what),
        Unsealed::UnknownVersion(version) => ManifestError::UnknownVersion(version),
        Unsealed::Mismatch => ManifestError::DigestMismatch,
    })?;
    from_wire(wire).ok_or(ManifestError::Malformed("a value is out of range"))
}

fn to_wire(m: &Manifest) -> Wire {
    let f = &m.facts;
    let tables = f.tables.iter().map(|t| WireTable { name: t.table.to_string(), rows: t.rows }).collect();
    Wire {
        id: m.id.to_string(),
        kind: m.kind.to_string(),
        note: m.note.clone(),
        sequence: m.sequence,
        created: m.created.rfc3339(),
        database: m.database.clone(),
        replica: None,
        incarnation: None,
        version_vector: None,
        app_version: m.app_version.clone(),
        lifeboat_version: m.lifeboat_version.clone(),
        engine_version: f.engine_version.clone(),
        page_size: f.page_size,
        page_count: f.page_count,
        encoding: f.encoding.clone(),
        journal: f.journal.to_string(),
        user_version: f.user_version,
        application_id: f.application_id,
        schema_cookie: f.schema_cookie,
        schema_fingerprint: f.fingerprint.to_string(),
        tables,
        size_bytes: m.size_bytes,
        blake3: m.digest.to_string(),
        parent: m.parent.map(|id| id.to_string()),
        trust: WireTrust { level: m.trust.level.to_string(), at: m.trust.at.rfc3339() },
        findings: findings_to_wire(&m.findings),
        not_checked: m.not_checked.iter().map(not_checked_to_wire).collect(),
        suspect: m.suspect,
        compression: None,
        encryption: None,
    }
}

fn findings_to_wire(found: &Findings) -> WireFindings {
    let orphan =
        |o: &Orphans| WireOrphans { table: o.table.to_string(), parent: o.parent.to_string(), rows: o.rows };
    WireFindings {
        structure: found.structure,
        structure_digest: found.structure_digest.to_string(),
        orphans: found.orphans.iter().map(orphan).collect(),
        orphans_digest: found.orphans_digest.to_string(),
    }
}

fn not_checked_to_wire(n: &NotChecked) -> WireNotChecked {
    WireNotChecked { subject: n.subject.clone(), check: n.check.clone(), reason: n.reason.clone() }
}

fn from_wire(w: Wire) -> Option<Manifest> {
    if w.compression.is_some() || w.encryption.is_some() {
        return None;
    }
    let parent = match &w.parent {
        Some(text) => Some(SnapshotId::parse(text).ok()?),
        None => None,
    };
    let trust =
        Trust { level: TrustLevel::parse(&w.trust.level)?, at: UtcMillis::parse_rfc3339(&w.trust.at)? };
    Some(Manifest {
        id: SnapshotId::parse(&w.id).ok()?,
        kind: PointKind::parse(&w.kind)?,
        note: w.note,
        sequence: w.sequence,
        created: UtcMillis::parse_rfc3339(&w.created)?,
        database: w.database,
        app_version: w.app_version,
        lifeboat_version: w.lifeboat_version,
        facts: DatabaseFacts {
            page_size: w.page_size,
            page_count: w.page_count,
            encoding: w.encoding,
            journal: JournalMode::parse(&w.journal)?,
            user_version: w.user_version,
            application_id: w.application_id,
            schema_cookie: w.schema_cookie,
            fingerprint: Digest::parse(&w.schema_fingerprint)?,
            tables: w.tables.into_iter().map(table_from_wire).collect(),
            engine_version: w.engine_version,
        },
        size_bytes: w.size_bytes,
        digest: Digest::parse(&w.blake3)?,
        parent,
        trust,
        findings: findings_from_wire(w.findings)?,
        not_checked: w.not_checked.into_iter().map(not_checked_from_wire).collect(),
        suspect: w.suspect,
    })
}

fn table_from_wire(t: WireTable) -> TableCount {
    TableCount { table: TableName::new(t.name), rows: t.rows }
}

fn findings_from_wire(w: WireFindings) -> Option<Findings> {
    let orphans = w.orphans.into_iter().map(|o| Orphans {
        table: TableName::new(o.table),
        parent: TableName::new(o.parent),
        rows: o.rows,
    });
    Some(Findings {
        structure: w.structure,
        structure_digest: Digest::parse(&w.structure_digest)?,
        orphans: orphans.collect(),
        orphans_digest: Digest::parse(&w.orphans_digest)?,
    })
}

fn not_checked_from_wire(n: WireNotChecked) -> NotChecked {
    NotChecked { subject: n.subject, check: n.check, reason: n.reason }
}
