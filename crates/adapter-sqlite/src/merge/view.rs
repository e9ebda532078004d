//! One side's answers: rows as all known writes amount to, in the spelling of all replicas.

use super::lines;
use super::side::Side;
use super::table::Place;
use super::unread;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::dot::{Clock, VersionVector};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{
    Aliases, Cell, Change, Latest, MergePolicy, Raw, Read, Row, RowId, Rows, Shown, Touch, Versions, View,
    touches,
};
use lifeboat_domain::value::Value;
use rusqlite::params_from_iter;
use std::collections::BTreeSet;

impl Side<'_> {
    fn raw_row(&self, id: &RowId) -> Result<Option<Row>, SqliteError> {
        // What another key stands for lies in the trash for its number's sake alone.
        if self.aliases.is_absorbed(id) {
            return Ok(None);
        }
        let Some(kept) = self.repairs.get(id) else { return self.plain_row(id) };
        match self.since.get(id) {
            Some(changes) => self.lifted_row(id, changes),
            None if kept.repair.shown == Shown::AsRaw && kept.image.is_none() => self.plain_row(id),
            None => Ok(match &kept.image {
                Some(image) => Some(image.clone()),
                None => {
                    self.plain_row(id)?.map(|row| Row { alive: kept.repair.shown != Shown::Revived, ..row })
                }
            }),
        }
    }

    /// As it stands: in its table or in the trash. Rows of append-only tables are as they were born.
    pub(super) fn plain_row(&self, id: &RowId) -> Result<Option<Row>, SqliteError> {
        let append_only = self.rules.tables[id.table].policy == MergePolicy::AppendOnly;
        if append_only && let Some(values) = self.standing(id, Place::Trash)? {
            return Ok(Some(Row { alive: true, values }));
        }
        if let Some(values) = self.standing(id, Place::Shown)? {
            return Ok(Some(Row { alive: true, values }));
        }
        Ok(self.standing(id, Place::Trash)?.map(|values| Row { alive: false, values }))
    }

    /// A client has written the row since it was repaired: it is what the client says, but for references that were shown
    /// empty and that he did not touch.
    fn lifted_row(&self, id: &RowId, changes: &[Change]) -> Result<Option<Row>, SqliteError> {
        let (policy, rules) = (self.rules.tables[id.table].policy, &self.rules.tables[id.table]);
        let Some(mut row) = self.plain_row(id)? else { return Ok(None) };
        let kept = &self.repairs[id];
        if let Some(image) = &kept.image {
            for number in &kept.repair.nulled {
                let fields = &rules.foreign_keys[*number].fields;
                let touched = |field: &usize| {
                    changes.iter().any(|change| touches(policy, *change, Cell::Field(*field)))
                };
                if !fields.iter().any(touched) {
                    fields.iter().for_each(|field| row.values[*field] = image.values[*field].clone());
                }
            }
        }
        Ok(Some(row))
    }

    /// Rows whose raw values do not stand where they are looked for by value.
    fn apart(&self, table: usize) -> impl Iterator<Item = &RowId> {
        self.repairs.keys().filter(move |id| id.table == table)
    }

    fn rows_holding(
        &self,
        table: usize,
        fields: &[usize],
        values: &[Value],
    ) -> Result<Vec<RowId>, SqliteError> {
        let mut found: BTreeSet<RowId> = BTreeSet::new();
        for place in [Place::Shown, Place::Trash] {
            found.extend(self.standing_with(table, fields, values, place)?);
        }
        found.extend(self.apart(table).cloned());
        let mut holding = Vec::new();
        for id in found {
            if self.raw_row(&id)?.is_some_and(|row| row.pick(fields) == values) {
                holding.push(id);
            }
        }
        Ok(holding)
    }

    fn all_lines(&self, id: &RowId) -> Result<Vec<Touch>, SqliteError> {
        if self.index.borrow().is_none() {
            lines::gather(self)?;
            *self.index.borrow_mut() = Some(());
        }
        lines::of_row(self, id)
    }

    fn row_claims(&self, id: &RowId) -> Result<BTreeSet<Vec<Value>>, SqliteError> {
        let table = self.table(id.table)?;
        let fields = table.natural_key.clone();
        let (Some(key), false) = (self.local_key(id)?, fields.is_empty()) else { return Ok(BTreeSet::new()) };
        let (values, keys) = table.claim_columns();
        let statement = claim_statement(&table.names.claim(), &values, &keys);
        let mut prepared = self.connection.prepare_cached(statement.as_str())?;
        let mut rows = prepared.query(params_from_iter(key.iter().map(super::code::Bound)))?;
        let mut claims = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let mut claim = Vec::new();
            for (at, field) in fields.iter().enumerate() {
                claim.push(self.outward(id.table, *field, super::code::from_engine(row.get_ref(at)?)?)?);
            }
            claims.insert(claim);
        }
        Ok(claims)
    }

    fn rows_claiming(&self, at: usize, values: &[Value]) -> Result<Vec<RowId>, SqliteError> {
        let table = self.table(at)?;
        let fields = table.natural_key.clone();
        let Some(local) = self.all_inward(at, &fields, values)? else { return Ok(Vec::new()) };
        let (claimed, keys) = table.claim_columns();
        let statement = claim_statement(&table.names.claim(), &keys, &claimed);
        self.keys(at, statement.as_str(), &local)
    }

    fn are_deletions(&self, replica: ReplicaId, (from, to): (u64, u64)) -> Result<bool, SqliteError> {
        let mut count = 0;
        for epoch in &self.epochs {
            let (low, high) = (from.max(epoch.first), to.min(epoch.last));
            if self.replica(epoch.replica)? == replica && low <= high {
                let mut statement = self.connection.prepare_cached(sql::merge::COUNT_DELETIONS)?;
                count += statement
                    .query_row([low.cast_signed(), high.cast_signed()], |row| row.get::<_, i64>(0))?;
            }
        }
        if let Some(no) = self.replica_no(replica) {
            let mut statement = self.connection.prepare_cached(sql::merge::COUNT_RECEIVED_DELETIONS)?;
            count += statement
                .query_row([no, from.cast_signed(), to.cast_signed()], |row| row.get::<_, i64>(0))?;
        }
        Ok(count.cast_unsigned() == to - from + 1)
    }
}

pub(super) fn claim_statement(claim: &str, what: &[String], by: &[String]) -> Statement {
    let what: Vec<&str> = what.iter().map(String::as_str).collect();
    let by: Vec<&str> = by.iter().map(String::as_str).collect();
    let holes =
        [("claim", Fill::ident(claim)), ("columns", Fill::idents(&what)), ("same", Fill::matches(&by))];
    Statement::fill(sql::merge::READ_CLAIMS, &holes)
}

impl Raw for Side<'_> {
    fn row(&self, row: &RowId) -> Read<Option<Row>> {
        self.raw_row(row).map_err(unread)
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        self.rows_holding(table, fields, values).map_err(unread)
    }

    fn claims(&self, row: &RowId) -> Read<BTreeSet<Vec<Value>>> {
        self.row_claims(row).map_err(unread)
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Read<Vec<RowId>> {
        self.rows_claiming(table, values).map_err(unread)
    }

    fn birth(&self, row: &RowId) -> Read<Clock> {
        let lines = self.all_lines(row).map_err(unread)?;
        let first = lines.iter().filter(|touch| touch.tells_birth()).min_by_key(|touch| touch.clock);
        let born = first.filter(|touch| touch.change == Change::Insert);
        Ok(born.map_or(Clock::GENESIS, |touch| touch.clock))
    }

    fn latest(&self, row: &RowId) -> Read<Latest> {
        let mut latest = Latest::new();
        let rules = &self.rules.tables[row.table];
        for touch in self.all_lines(row).map_err(unread)? {
            let write = (touch.clock, touch.dot);
            for cell in rules.cells().filter(|cell| touches(rules.policy, touch.change, *cell)) {
                latest.entry(cell).and_modify(|known| *known = write.max(*known)).or_insert(write);
            }
        }
        Ok(latest)
    }

    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> Read<bool> {
        self.are_deletions(replica, between).map_err(unread)
    }
}

impl View for Side<'_> {
    fn vector(&self) -> VersionVector {
        self.known.clone()
    }

    fn floor(&self) -> VersionVector {
        self.floor.clone()
    }

    fn aliases(&self) -> Aliases {
        self.aliases.clone()
    }

    fn touched(&self, since: &VersionVector) -> Rows<'_, Vec<Touch>> {
        lines::beyond(self, since).unwrap_or_else(|error| Box::new(std::iter::once(Err(unread(error)))))
    }

    fn versions(&self, row: &RowId) -> Read<Versions> {
        Ok(self.versions.get(row).cloned().unwrap_or_default())
    }

    fn repaired(&self) -> Read<Vec<RowId>> {
        let rows: BTreeSet<&RowId> = self.repairs.keys().chain(&self.violated).collect();
        Ok(rows.into_iter().cloned().collect())
    }
}
