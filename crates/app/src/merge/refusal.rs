//! Why a merge does not take place, in words that lead on.

use crate::error::{About, Error, explain};
use lifeboat_domain::code::Code;
use lifeboat_ports::{MergeStop, PortErrorKind};
use std::path::Path;

/// What is wrong with another file is not mended by a restore of this one.
pub(super) fn unreadable(error: Error, file: &Path) -> Error {
    if !matches!(error.code(), Code::NotADatabase | Code::DatabaseDamaged) {
        return error;
    }
    let cause = format!("{}: {}", file.display(), error.cause());
    Error::new(
        error.code(),
        cause,
        "name another copy, or mend that one first: `lifeboat --database FILE doctor`",
    )
}

pub(super) fn unlike(error: lifeboat_ports::PortError) -> Error {
    if error.kind() != PortErrorKind::Unsupported {
        return explain(About::Database, error);
    }
    let cause = explain(About::Database, error).cause().to_owned();
    let next = "mend what the message names, then track both: `lifeboat track`";
    Error::new(Code::MergeUnsupported, cause, next)
}

pub(super) fn stopped(stop: &MergeStop) -> Error {
    match stop {
        MergeStop::OtherNotTracked => Error::new(
            Code::OtherNotTracked,
            "the other database is not tracked, so nobody knows what was written where",
            "track before you copy: `lifeboat track`; to compare these two row by row: `lifeboat untrack`, then merge",
        ),
        MergeStop::OtherLineage => Error::new(
            Code::OtherLineage,
            "the two were tracked apart: they have no beginning in common",
            "track one of them, and make the other a copy of it",
        ),
        MergeStop::RulesDiffer(table) => Error::new(
            Code::RulesDiffer,
            format!("the two follow different rules for {table}"),
            "give both the same lifeboat.toml, and run `lifeboat track` on both",
        ),
        MergeStop::ClockAhead { by } => Error::new(
            Code::ClockAhead,
            format!(
                "a clock of the other side is {} hours ahead: its writes would win until then",
                by / 3_600_000
            ),
            "set that clock right; to merge all the same: `lifeboat merge apply FILE --believe-clock`",
        ),
        MergeStop::Forbidden(table) => Error::new(
            Code::MergeForbidden,
            format!("the other side changed {table}, which the rules forbid"),
            "look at them with the other side's owner, or change the policy of the table",
        ),
        MergeStop::Unsettled(table) => Error::new(
            Code::MergeViolated,
            format!("a row of {table} would lack its parent or share a unique value, and the rules let none"),
            "mend the rows on one side; between tracked copies on-missing-parent and on-unique-clash can say what becomes of them",
        ),
        MergeStop::Violated(words) => Error::new(
            Code::MergeViolated,
            format!("the schema does not take what the merge amounts to: {words}"),
            "mend the rows on one side, or say it in the rules",
        ),
        MergeStop::BelowFloor { ours } => Error::new(
            Code::BelowFloor,
            if *ours {
                "the other copy lacks writes that were forgotten here: nobody knew of it when this one was compacted"
            } else {
                "this copy lacks writes that were forgotten on the other one: nobody there knew of it"
            },
            "keep both files, and compare them row by row: `lifeboat untrack` on a copy of each, then `lifeboat merge apply FILE --base POINT`",
        ),
        MergeStop::Checked { check, found } => Error::new(
            Code::MergeViolated,
            format!("the check {check} finds {found} things wrong with what the merge amounts to"),
            "mend the rows on one side; `lifeboat merge plan FILE` tries again on a copy",
        ),
        MergeStop::CheckFailed { check, why } => Error::new(
            Code::RulesInvalid,
            format!("the check {check} cannot be asked: {why}"),
            "mend the check: `[merge.checks]` in lifeboat.toml, or the application's code",
        ),
    }
}
