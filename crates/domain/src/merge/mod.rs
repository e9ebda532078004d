//! Merge: two copies of one database that were written on their own become one, by the rules of the domain. Decided here
//! as pure functions; nothing in this module reads a row, a clock or a file.
//!
//! A replica keeps two states apart. The *raw* one is what all known writes amount to, cell by cell the latest
//! ([`decide()`]); it is the same on every replica that knows the same writes. The *shown* one is what the tables hold: the
//! raw one after repairs ([`settle`]), which are a function of it and write nothing down, so that no order of merges can
//! tell replicas apart (docs/adr/0019-merge-state.md).

mod alias;
mod apart;
mod canonical;
mod check;
mod compare;
mod decide;
mod draft;
mod entry;
mod floor;
mod inherit;
mod lineage;
mod numbering;
mod overlay;
mod plan;
mod repair;
mod report;
mod rules;
mod shape;
mod suggest;
mod unite;
mod versions;
mod view;
mod words;

pub use alias::Aliases;
pub use apart::Apart;
pub use canonical::Canonical;
pub use check::{Misruled, check};
pub use compare::compare;
pub use decide::{Decided, Half, decide, touches};
pub use draft::{IdentityDraft, ReferenceDraft, TableDraft, resolve};
pub use entry::{Cell, Cells, Change, Entry, Row, RowId, Touch};
pub use floor::{
    ANCHOR_EVERY, Anchors, CLOCK_AHEAD_MAX_MS, Forgetting, Reach, floor, is_from_the_future, may_drop, reach,
};
pub use inherit::inherit;
pub use lineage::{Split, Stamp, diverge};
pub use numbering::{Numbering, Origin};
pub use plan::{Plan, Stop, plan};
pub use repair::{Repair, Repairs, Shown, Unsettled, settle};
pub use report::{Finding, Kept};
pub use rules::{
    ForeignKey, Identity, MergePolicy, MissingParent, OnDelete, Rules, TableRules, UniqueClash, UniqueKey,
};
pub use shape::{FieldShape, KeyShape, ReferenceShape, TableShape, first_unlike};
pub use suggest::{Reason, Suggestion, suggest};
pub use unite::{Dated, unite};
pub use versions::{Version, Versions};
pub use view::{Latest, Raw, Read, Rows, Stage, Unread, View};
