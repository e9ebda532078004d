//! Checks of the product, asked in the merge's own transaction before it counts. They read, and nothing else.

use super::code::{Bound, from_engine};
use crate::error::SqliteError;
use lifeboat_domain::value::Value;
use lifeboat_ports::{Check, CheckBody, MergeStop, MergedRows, StepFailure};
use rusqlite::{Connection, params_from_iter};

/// The first check that finds something, or cannot be asked.
pub(super) fn refusal(connection: &Connection, checks: &[Check]) -> Result<Option<MergeStop>, SqliteError> {
    let rows = Rows(connection);
    for Check { name, body } in checks {
        let found = match body {
            CheckBody::Query(statement) => rows.each(statement, &[], |_| Ok(())),
            CheckBody::Code(validator) => validator.check(&rows),
        };
        let check = name.clone();
        match found {
            Ok(0) => {}
            Ok(found) => return Ok(Some(MergeStop::Checked { check, found })),
            Err(StepFailure::Step(why)) => return Ok(Some(MergeStop::CheckFailed { check, why })),
            Err(StepFailure::Machine(error)) => return Err(SqliteError::Refused(error.to_string())),
        }
    }
    Ok(None)
}

struct Rows<'c>(&'c Connection);

impl Rows<'_> {
    /// Gives how many rows there are.
    fn each(
        &self,
        statement: &str,
        parameters: &[Value],
        mut each: impl FnMut(Vec<Value>) -> Result<(), SqliteError>,
    ) -> Result<u64, StepFailure> {
        let mut prepared = self.0.prepare(statement).map_err(|error| failure(error.into()))?;
        // The engine's own word for a statement that writes no row (c3ref/stmt_readonly.html); it says so of COMMIT too.
        let columns = prepared.column_count();
        if !prepared.readonly() || columns == 0 {
            return Err(StepFailure::Step("it is no query, and a check only reads".to_owned()));
        }
        let mut read = || -> Result<u64, SqliteError> {
            let mut rows = prepared.query(params_from_iter(parameters.iter().map(Bound)))?;
            let mut found = 0;
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|at| from_engine(row.get_ref(at)?));
                each(values.collect::<Result<_, SqliteError>>()?)?;
                found += 1;
            }
            Ok(found)
        };
        read().map_err(failure)
    }
}

impl MergedRows for Rows<'_> {
    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StepFailure> {
        let mut found = Vec::new();
        self.each(statement, parameters, |row| {
            found.push(row);
            Ok(())
        })?;
        Ok(found)
    }
}

fn failure(error: SqliteError) -> StepFailure {
    match error.reason_of_a_step() {
        Some(reason) => StepFailure::Step(reason),
        None => StepFailure::Machine(error.at("check", "the merged rows")),
    }
}
