//! One row that two sides touched: what it amounts to. Writes that only one side knows are later than all that both
//! know, whatever the clocks say; two writes that each side lacks of the other are concurrent, and the policy decides.

use super::entry::{Cell, Change, Row, RowId, Touch};
use super::report::{Finding, Kept};
use super::rules::{MergePolicy, TableRules};
use super::unite::{get, put};
use super::versions::{self, Version, Versions};
use crate::dot::VersionVector;

/// One side of a row.
#[derive(Debug, Clone)]
pub struct Half<'a> {
    /// The row as this side has it; none where it never had one.
    pub row: Option<Row>,
    /// Its writes that the other side does not know.
    pub touches: &'a [Touch],
    /// Its open versions.
    pub versions: Versions,
    /// Everything that this side knows.
    pub knows: &'a VersionVector,
}

/// What a row amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The row.
    pub row: Row,
    /// What is still open of it.
    pub versions: Versions,
    /// What is to be told.
    pub findings: Vec<Finding>,
}

/// Decides; none where neither side has the row.
#[must_use]
pub fn decide(rules: &TableRules, id: &RowId, ours: &Half<'_>, theirs: &Half<'_>) -> Option<Decided> {
    let mut findings = violations(rules, id, ours, theirs);
    let (row, versions) = match (&ours.row, &theirs.row) {
        (None, None) => return None,
        (Some(row), None) => (row.clone(), ours.versions.clone()),
        (None, Some(row)) => (row.clone(), theirs.versions.clone()),
        (Some(our_row), Some(their_row)) => match rules.policy {
            MergePolicy::AppendOnly | MergePolicy::LastWriteWins => {
                let row = whole(rules, id, (ours, our_row), (theirs, their_row), &mut findings);
                (row, Versions::default())
            }
            MergePolicy::LastWriteWinsPerField
            | MergePolicy::Manual
            | MergePolicy::Forbidden
            | MergePolicy::LocalOnly => {
                by_cell(rules, id, (ours, our_row), (theirs, their_row), &mut findings)
            }
        },
    };
    // One that was open here already was told before; one that arrives open is news.
    let news = versions.conflicts().filter(|cell| versions.of(*cell) != ours.versions.of(*cell));
    findings.extend(news.map(|cell| Finding::Conflict { row: id.clone(), cell }));
    Some(Decided { row, versions, findings })
}

/// Does a write of this policy touch the cell?
#[must_use]
pub fn touches(policy: MergePolicy, change: Change, cell: Cell) -> bool {
    match (policy, change, cell) {
        (MergePolicy::AppendOnly, change, _) => change == Change::Insert,
        // A deletion leaves the fields as they were; an edit says that the row is there.
        (_, Change::Delete, Cell::Field(_)) => false,
        (_, Change::Update(cells), Cell::Field(field)) => cells.has(field),
        (_, Change::Insert | Change::Update(_) | Change::Delete, _) => true,
    }
}

/// The latest of a side's writes of a cell.
fn latest<'a>(policy: MergePolicy, half: &'a Half<'_>, cell: Cell) -> Option<&'a Touch> {
    half.touches.iter().filter(|touch| touches(policy, touch.change, cell)).max_by_key(|touch| touch.clock)
}

/// What a step of a migration made of nothing yields to what anybody else wrote: every copy that runs the step does the same to its
/// rows. What it made of a client's write yields to a later one, and nobody is asked about the two.
fn yielding<'a>(
    policy: MergePolicy,
    a: Option<&'a Touch>,
    b: Option<&'a Touch>,
) -> (Option<&'a Touch>, Option<&'a Touch>) {
    let (Some(one), Some(other)) = (a, b) else { return (a, b) };
    let yields = |step: &Touch, other: &Touch| {
        let is_late = step.clock > other.clock;
        let is_older = policy == MergePolicy::Manual && step.is_of_step() && !other.is_of_step() && !is_late;
        (step.is_rootless() && !other.is_rootless()) || is_older
    };
    match (yields(one, other), yields(other, one)) {
        (true, _) => (None, b),
        (_, true) => (a, None),
        _ => (a, b),
    }
}

/// A step's write is told as lost only where it made something of what a client had written.
fn is_news(lost: &Touch) -> bool {
    !lost.is_rootless() || lost.clock.hlc.rests_on().is_some()
}

/// The row is one register.
fn whole(
    rules: &TableRules,
    id: &RowId,
    (ours, our_row): (&Half<'_>, &Row),
    (theirs, their_row): (&Half<'_>, &Row),
    findings: &mut Vec<Finding>,
) -> Row {
    let append_only = rules.policy == MergePolicy::AppendOnly;
    let write = |half: &Half<'_>| {
        let all = half.touches.iter().filter(|touch| touches(rules.policy, touch.change, Cell::Life));
        if append_only { all.min_by_key(|touch| touch.clock) } else { all.max_by_key(|touch| touch.clock) }
            .copied()
    };
    let (a, b) = (write(ours), write(theirs));
    let (lost, kept) = match yielding(rules.policy, a.as_ref(), b.as_ref()) {
        (_, None) => return our_row.clone(),
        (None, Some(_)) => return their_row.clone(),
        (Some(a), Some(b)) if (a.clock > b.clock) != append_only => (*b, Kept::Ours),
        (Some(a), Some(_)) => (*a, Kept::Theirs),
    };
    if our_row != their_row && is_news(&lost) {
        let (row, cell, dot, clock) = (id.clone(), Cell::Life, lost.dot, lost.clock);
        findings.push(Finding::Lost { row, cell, dot, clock, kept });
    }
    match kept {
        Kept::Ours => our_row.clone(),
        Kept::Theirs => their_row.clone(),
    }
}

fn by_cell(
    rules: &TableRules,
    id: &RowId,
    (ours, our_row): (&Half<'_>, &Row),
    (theirs, their_row): (&Half<'_>, &Row),
    findings: &mut Vec<Finding>,
) -> (Row, Versions) {
    let mut row = our_row.clone();
    let mut open = ours.versions.clone();
    for cell in rules.cells() {
        let written = (latest(rules.policy, ours, cell), latest(rules.policy, theirs, cell));
        let (a, b) = yielding(rules.policy, written.0, written.1);
        let (our_value, their_value) = (get(our_row, cell), get(their_row, cell));
        match (a, b) {
            // A tombstone is as old as the deletion: steps of migrations did not reach it.
            (None, None) if their_row.alive && !our_row.alive => put(&mut row, cell, their_value),
            (_, None) => {}
            (None, Some(_)) => {
                put(&mut row, cell, their_value);
                open.hold(cell, theirs.versions.of(cell).to_vec());
            }
            (Some(a), Some(b)) if rules.policy == MergePolicy::Manual && !a.is_rootless() => {
                let version = |touch: &Touch, value| Version { dot: touch.dot, clock: touch.clock, value };
                let (a, b) = (version(a, our_value), version(b, their_value));
                let all = both(cell, (ours, &a), (theirs, &b));
                let shown = all.iter().max_by_key(|version| version.clock).unwrap_or(&a).value.clone();
                put(&mut row, cell, shown);
                open.hold(cell, all);
            }
            (Some(a), Some(b)) => {
                let kept = if a.clock > b.clock { Kept::Ours } else { Kept::Theirs };
                let lost = if kept == Kept::Ours { b } else { a };
                if our_value != their_value && is_news(lost) {
                    let (row, dot, clock) = (id.clone(), lost.dot, lost.clock);
                    findings.push(Finding::Lost { row, cell, dot, clock, kept });
                }
                if kept == Kept::Theirs {
                    put(&mut row, cell, their_value);
                }
            }
        }
    }
    (row, open)
}

/// What both sides still hold of a cell that both wrote.
fn both(cell: Cell, (ours, a): (&Half<'_>, &Version), (theirs, b): (&Half<'_>, &Version)) -> Vec<Version> {
    let said = |half: &Half<'_>, last: &Version| match half.versions.of(cell) {
        [] => vec![last.clone()],
        open => open.to_vec(),
    };
    versions::join((&said(ours, a), ours.knows), (&said(theirs, b), theirs.knows))
}

/// Writes that an append-only table does not take: all but the one that made the row.
fn violations(rules: &TableRules, id: &RowId, ours: &Half<'_>, theirs: &Half<'_>) -> Vec<Finding> {
    if rules.policy != MergePolicy::AppendOnly {
        return Vec::new();
    }
    let first = |half: &Half<'_>| {
        let inserts = half.touches.iter().filter(|touch| touch.change == Change::Insert);
        inserts.min_by_key(|touch| (touch.is_of_step(), touch.clock)).map(|touch| touch.dot)
    };
    let wrong = |half: &Half<'_>, other: &Half<'_>| {
        // A row that the other side has without having made it was there before both.
        let was_there = other.row.is_some() && first(other).is_none();
        let made = first(half).filter(|_| !was_there);
        let clients = half.touches.iter().filter(|touch| !touch.is_of_step());
        clients.map(|touch| touch.dot).filter(|dot| Some(*dot) != made).collect::<Vec<_>>()
    };
    let all = wrong(ours, theirs).into_iter().chain(wrong(theirs, ours));
    all.map(|dot| Finding::Violation { row: id.clone(), dot }).collect()
}
