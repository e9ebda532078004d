//! One side of a merge: what it knows, its names, and how its local numbers are told apart. Reads only.

use super::code::{Bound, encode, from_engine};
use super::spell::Remembered;
use super::statements::Prepared;
use super::table::{self, Place, Table};
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::dot::{Clock, Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Aliases, Cell, Change, Entry, Repair, Row, RowId, Rules, Touch, Versions};
use lifeboat_domain::value::Value;
use lifeboat_ports::PortErrorKind;
use rusqlite::{Connection, params, params_from_iter};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A range of own lines under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch {
    pub(super) replica: i64,
    pub(super) first: u64,
    pub(super) last: u64,
}

/// A repair as it is kept: what is shown, and the row as it is where references of it are shown empty.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) repair: Repair,
    pub(super) image: Option<Row>,
}

/// One side.
pub(super) struct Side<'c> {
    pub(super) connection: &'c Connection,
    pub(super) rules: &'c Rules,
    pub(super) tables: Vec<Option<Table<'c>>>,

    /// The last own line at the last merge.
    pub(super) merged: u64,
    pub(super) last: u64,
    pub(super) last_hlc: Hlc,
    pub(super) replicas: BTreeMap<i64, ReplicaId>,
    pub(super) epochs: Vec<Epoch>,
    /// Marks of counted tables, the latest first: replica and highest number.
    pub(super) marks: BTreeMap<i64, Vec<(i64, i64)>>,
    pub(super) received: BTreeMap<i64, u64>,
    /// All that this side knows.
    pub(super) known: VersionVector,
    /// Of that, what lines were dropped of.
    pub(super) floor: VersionVector,
    pub(super) reused: BTreeSet<i64>,
    key_columns: Vec<String>,
    pub(super) aliases: Aliases,
    pub(super) versions: BTreeMap<RowId, Versions>,
    pub(super) repairs: BTreeMap<RowId, Kept>,
    /// Own writes since the last merge of rows that have versions or repairs.
    pub(super) since: BTreeMap<RowId, Vec<Change>>,
    /// Rows of append-only tables that clients changed since.
    pub(super) violated: BTreeSet<RowId>,
    pub(super) index: RefCell<Option<()>>,
    pub(super) remembered: RefCell<Remembered>,
    pub(super) read_origin: Prepared<'c>,
    pub(super) read_number: Prepared<'c>,
}

impl<'c> Side<'c> {
    pub(super) fn open(connection: &'c Connection, rules: &'c Rules) -> Result<Self, SqliteError> {
        let (merged, last, hlc): (i64, i64, i64) =
            connection
                .query_row(sql::merge::READ_HEAD, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut side = Self {
            connection,
            rules,
            tables: table::read(connection, rules)?,
            merged: merged.cast_unsigned(),
            last: last.cast_unsigned(),
            last_hlc: Hlc(hlc.cast_unsigned()),
            replicas: BTreeMap::new(),
            epochs: Vec::new(),
            marks: BTreeMap::new(),
            received: BTreeMap::new(),
            known: VersionVector::default(),
            floor: VersionVector::default(),
            reused: BTreeSet::new(),
            key_columns: Vec::new(),
            aliases: Aliases::default(),
            versions: BTreeMap::new(),
            repairs: BTreeMap::new(),
            since: BTreeMap::new(),
            violated: BTreeSet::new(),
            index: RefCell::new(None),
            remembered: RefCell::default(),
            read_origin: Prepared::new(Statement::fill(sql::merge::READ_ORIGIN, &[])),
            read_number: Prepared::new(Statement::fill(sql::merge::READ_NUMBER, &[])),
        };
        side.read_names()?;
        side.known = side.all_known()?;
        super::state::read(&mut side)?;
        Ok(side)
    }

    fn read_names(&mut self) -> Result<(), SqliteError> {
        let columns: i64 =
            self.connection
                .query_row(sql::track::COUNT_KEY_COLUMNS, ["lifeboat_journal"], |row| row.get(0))?;
        self.key_columns = crate::track::key_columns(usize::try_from(columns).unwrap_or(1));
        let mut statement = self.connection.prepare(sql::merge::READ_REPLICAS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: Vec<u8> = row.get(1)?;
            let id = ReplicaId::from_bytes(id.try_into().map_err(|_| damaged())?);
            self.replicas.insert(row.get(0)?, id);
        }
        let mut statement = self.connection.prepare(sql::merge::READ_EPOCHS)?;
        let epochs = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        let epochs: Vec<(i64, i64)> = epochs.collect::<Result<_, _>>()?;
        for (at, (replica, first)) in epochs.iter().enumerate() {
            let last = epochs.get(at + 1).map_or(self.last, |(_, next)| next.cast_unsigned() - 1);
            self.epochs.push(Epoch { replica: *replica, first: first.cast_unsigned(), last });
        }
        let mut statement = self.connection.prepare(sql::merge::READ_MARKS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.marks.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
        }
        let mut statement = self.connection.prepare(sql::merge::READ_VECTOR)?;
        let known =
            statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
        self.received = known.collect::<Result<_, _>>()?;
        self.floor = self.read_floor()?;
        let mut statement = self.connection.prepare(sql::merge::TABLES_OF_REUSE)?;
        self.reused = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(())
    }

    fn read_floor(&self) -> Result<VersionVector, SqliteError> {
        let mut statement = self.connection.prepare(sql::merge::READ_FLOOR)?;
        let mut rows = statement.query([])?;
        let mut floor = VersionVector::default();
        while let Some(row) = rows.next()? {
            floor.raise(Dot {
                replica: self.replica(row.get(0)?)?,
                seq: row.get::<_, i64>(1)?.cast_unsigned(),
            });
        }
        Ok(floor)
    }

    pub(super) fn table(&self, at: usize) -> Result<&Table<'c>, SqliteError> {
        self.tables[at].as_ref().ok_or(SqliteError::Found(PortErrorKind::Unsupported, "a local-only table"))
    }

    pub(super) fn name(&self, table: usize) -> &str {
        self.rules.tables[table].name.as_str()
    }

    /// The table with this number.
    pub(super) fn table_at(&self, no: i64) -> Option<usize> {
        self.tables.iter().position(|table| table.as_ref().is_some_and(|table| table.no == no))
    }

    pub(super) fn replica(&self, no: i64) -> Result<ReplicaId, SqliteError> {
        self.replicas.get(&no).copied().ok_or_else(damaged)
    }

    pub(super) fn replica_no(&self, id: ReplicaId) -> Option<i64> {
        self.replicas.iter().find(|(_, known)| **known == id).map(|(no, _)| *no)
    }

    /// The name under which this side writes.
    pub(super) fn own_name(&self) -> Result<ReplicaId, SqliteError> {
        self.replica(self.epochs.last().ok_or_else(damaged)?.replica)
    }

    fn all_known(&self) -> Result<VersionVector, SqliteError> {
        let mut vector = VersionVector::default();
        for (no, seq) in &self.received {
            vector.raise(Dot { replica: self.replica(*no)?, seq: *seq });
        }
        for epoch in self.epochs.iter().filter(|epoch| epoch.last >= epoch.first) {
            vector.raise(Dot { replica: self.replica(epoch.replica)?, seq: epoch.last });
        }
        Ok(vector)
    }

    /// How far a counted table was counted when the last epoch was opened.
    pub(super) fn highest_mark(&self, no: i64) -> i64 {
        self.marks.get(&no).and_then(|marks| marks.first()).map_or(0, |(_, highest)| *highest)
    }

    /// Columns of a line that keep a key.
    pub(super) fn key_columns(&self) -> &[String] {
        &self.key_columns
    }

    /// A row as it stands in one place.
    pub(super) fn standing(&self, id: &RowId, place: Place) -> Result<Option<Vec<Value>>, SqliteError> {
        let Some(key) = self.local_key(id)? else { return Ok(None) };
        let table = self.table(id.table)?;
        let values = table.statements.read_row(place).run(self.connection, |statement| {
            let mut rows = statement.query(params_from_iter(key.iter().map(Bound)))?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let values = (0..table.fields.len()).map(|at| from_engine(row.get_ref(at)?));
            values.collect::<Result<Vec<Value>, SqliteError>>().map(Some)
        });
        let in_table = |error: SqliteError| match error {
            SqliteError::Found(PortErrorKind::Unsupported, what) => {
                SqliteError::Refused(format!("{}: {what}", self.name(id.table)))
            }
            error => error,
        };
        values.map_err(in_table)?.map(|values| self.row_outward(id.table, values)).transpose()
    }

    /// Rows in one place that hold these values.
    pub(super) fn standing_with(
        &self,
        table: usize,
        fields: &[usize],
        values: &[Value],
        place: Place,
    ) -> Result<Vec<RowId>, SqliteError> {
        let Some(local) = self.all_inward(table, fields, values)? else { return Ok(Vec::new()) };
        let statement = self.table(table)?.statements.read_keys(place, fields);
        self.keys(table, statement.as_str(), &local)
    }

    pub(super) fn keys(
        &self,
        table: usize,
        statement: &str,
        by: &[Value],
    ) -> Result<Vec<RowId>, SqliteError> {
        let count = self.table(table)?.key.len();
        let mut prepared = self.connection.prepare_cached(statement)?;
        let mut rows = prepared.query(params_from_iter(by.iter().map(Bound)))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key: Vec<Value> =
                (0..count).map(|at| from_engine(row.get_ref(at)?)).collect::<Result<_, SqliteError>>()?;
            if !key.iter().any(Value::is_null) {
                found.push(self.row_id(table, key)?);
            }
        }
        Ok(found)
    }

    /// Every line beyond `since`, own and received ones.
    pub(super) fn each_line(
        &self,
        since: &VersionVector,
        mut each: impl FnMut(Entry) -> Result<(), SqliteError>,
    ) -> Result<(), SqliteError> {
        for epoch in &self.epochs {
            let replica = self.replica(epoch.replica)?;
            let from = since.of(replica).max(epoch.first - 1);
            if from < epoch.last {
                self.own_lines(replica, from, epoch.last, &mut each)?;
            }
        }
        for (no, last) in &self.received {
            let replica = self.replica(*no)?;
            let from = since.of(replica);
            if from < *last {
                self.received_lines(*no, from, *last, &mut each)?;
            }
        }
        Ok(())
    }

    /// Lines of another replica of a range.
    pub(super) fn received_lines(
        &self,
        no: i64,
        from: u64,
        to: u64,
        each: &mut dyn FnMut(Entry) -> Result<(), SqliteError>,
    ) -> Result<(), SqliteError> {
        let replica = self.replica(no)?;
        let statement = Statement::fill(sql::merge::READ_RECEIVED, &[("keys", self.keys_fill())]);
        let mut prepared = self.connection.prepare_cached(statement.as_str())?;
        let mut rows = prepared.query(params![no, from.cast_signed(), to.cast_signed()])?;
        while let Some(row) = rows.next()? {
            each(self.entry(replica, row, false)?)?;
        }
        Ok(())
    }

    fn keys_fill(&self) -> Fill {
        Fill::idents(&self.key_columns.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(super) fn own_lines(
        &self,
        replica: ReplicaId,
        from: u64,
        to: u64,
        each: &mut dyn FnMut(Entry) -> Result<(), SqliteError>,
    ) -> Result<(), SqliteError> {
        let statement = Statement::fill(sql::merge::READ_LINES, &[("keys", self.keys_fill())]);
        let mut prepared = self.connection.prepare_cached(statement.as_str())?;
        let mut rows = prepared.query([from.cast_signed(), to.cast_signed()])?;
        while let Some(row) = rows.next()? {
            each(self.entry(replica, row, true)?)?;
        }
        Ok(())
    }

    fn entry(&self, replica: ReplicaId, row: &rusqlite::Row<'_>, own: bool) -> Result<Entry, SqliteError> {
        let (seq, hlc, no): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (cells, stamp): (Option<i64>, i64) = (row.get(3)?, row.get(4)?);
        let noise = u16::try_from(stamp).map_err(|_| damaged())?;
        let clock = Clock { hlc: Hlc(hlc.cast_unsigned()), noise, replica };
        let dot = Dot { replica, seq: seq.cast_unsigned() };
        let Some(at) = self.table_at(no) else {
            // Of no table that is tracked any more, or a line that only carries the clock on.
            let change = Change::decode(cells).ok_or_else(damaged)?;
            return Ok(Entry { touch: Touch { dot, clock, change }, row: None });
        };
        let table = self.table(at)?;
        let change = table.change(cells).ok_or_else(damaged)?;
        let mut key: Vec<Value> = (0..table.key.len())
            .map(|k| from_engine(row.get_ref(5 + k)?))
            .collect::<Result<_, SqliteError>>()?;
        if own {
            let fields = table.key.clone();
            self.follow(at, &fields, &mut key, seq)?;
        }
        Ok(Entry { touch: Touch { dot, clock, change }, row: Some(self.row_id(at, key)?) })
    }
}

pub(crate) fn damaged() -> SqliteError {
    SqliteError::Found(PortErrorKind::Damaged, "the bookkeeping of tracking is damaged")
}

/// A cell as a number: the bit of its column, which it keeps for good; life is -1.
pub(super) fn write_cell(table: &Table<'_>, cell: Cell) -> i64 {
    match cell {
        Cell::Life => -1,
        Cell::Field(field) => table.bits[field],
    }
}

/// None where the column is no more.
pub(super) fn read_cell(table: &Table<'_>, number: i64) -> Option<Cell> {
    if number < 0 { Some(Cell::Life) } else { table.field_of(number).map(Cell::Field) }
}

/// The key of a row as bytes.
pub(super) fn member(local: &[Value]) -> Vec<u8> {
    encode(local)
}
