//! The demonstration shop in SQLite: rows come as values from `lifeboat-shopdata`, only this writes them.
//! Used by `lifeboat demo`, by tests and by benchmarks; never by anything that handles a user's data.

use crate::connection::{creating, execute, writing};
use crate::error::SqliteError;
use crate::migrate::runner::run_unrecorded;
use crate::sql;
use lifeboat_ports::{PortError, PortErrorKind};
use lifeboat_shopdata::{Invoice, Shop, Size};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::path::Path;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

/// Builds the shop in a new file, in WAL.
///
/// # Errors
/// `AlreadyExists` where something stands there, `NoSpace`, `Io`.
pub fn build(path: &Path, seed: u64, size: Size) -> Result<(), PortError> {
    try_build(path, seed, size).map_err(|error| error.at("build the shop", &path.to_string_lossy()))
}

fn try_build(path: &Path, seed: u64, size: Size) -> Result<(), SqliteError> {
    if path.symlink_metadata().is_ok() {
        return Err(SqliteError::Found(PortErrorKind::AlreadyExists, "the file exists already"));
    }
    let mut connection = creating(path)?;
    execute(&connection, sql::install::SYNC_OFF)?;
    for step in lifeboat_migrations::DEMO {
        run_unrecorded(&connection, step.sql)?;
    }
    let mut shop = Shop::new(seed, size);
    let transaction = connection.transaction()?;
    insert_masters(&transaction, &mut shop)?;
    for invoice in shop.invoices() {
        insert_invoice(&transaction, &invoice, Some(invoice.id))?;
    }
    let mut statement = transaction.prepare(sql::demo::INSERT_NOTE)?;
    for note in shop.notes() {
        statement.execute(params![note.id, note.customer_id, note.body, note.scan])?;
    }
    drop(statement);
    transaction.commit()?;
    execute(&connection, sql::posture::USE_WAL)
}

fn insert_masters(transaction: &Transaction<'_>, shop: &mut Shop) -> Result<(), SqliteError> {
    let mut statement = transaction.prepare(sql::demo::INSERT_CUSTOMER)?;
    for customer in shop.customers() {
        statement.execute(params![customer.id, customer.name, customer.email, customer.city])?;
    }
    let mut statement = transaction.prepare(sql::demo::INSERT_PRODUCT)?;
    for product in shop.products() {
        statement.execute(params![product.id, product.name, product.price_cents])?;
    }
    Ok(())
}

fn insert_invoice(connection: &Connection, invoice: &Invoice, id: Option<i64>) -> Result<(), SqliteError> {
    let mut statement = connection.prepare_cached(sql::demo::INSERT_INVOICE)?;
    let values = params![id, invoice.customer_id, invoice.issued_on, invoice.total_cents];
    statement.execute(values)?;
    let id = connection.last_insert_rowid();
    let mut statement = connection.prepare_cached(sql::demo::INSERT_LINE)?;
    for line in &invoice.lines {
        statement.execute(params![id, line.product_id, line.quantity, line.price_cents, line.label])?;
    }
    Ok(())
}

/// A second process's till: sells one invoice a transaction, `pause` apart, until told to stop. Each commit's
/// duration goes to `sold`, which says whether to go on.
///
/// # Errors
/// `Busy`, `NoSpace`, `Io`.
pub fn sell(
    path: &Path,
    seed: u64,
    pause: Duration,
    mut sold: impl FnMut(Duration) -> bool,
) -> Result<(), PortError> {
    let mut run = || -> Result<(), SqliteError> {
        let mut connection = writing(path, WAIT)?;
        execute(&connection, sql::posture::SYNC_NORMAL)?;
        let mut shop = Shop::new(seed, Size::SMALL);
        loop {
            let invoice = shop.invoice(0);
            let begun = std::time::Instant::now();
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            insert_invoice(&transaction, &invoice, None)?;
            transaction.commit()?;
            if !sold(begun.elapsed()) {
                return Ok(());
            }
            std::thread::sleep(pause);
        }
    };
    run().map_err(|error| error.at("sell", &path.to_string_lossy()))
}

/// The mistake: deletes every third invoice with its lines, and tells how many invoices went.
///
/// # Errors
/// `Busy`, `Io`.
pub fn delete_by_mistake(path: &Path) -> Result<u64, PortError> {
    let run = || -> Result<u64, SqliteError> {
        let connection = writing(path, WAIT)?;
        execute(&connection, sql::posture::ENFORCE_FOREIGN_KEYS)?;
        Ok(connection.execute(sql::demo::DELETE_INVOICES, [])? as u64)
    };
    run().map_err(|error| error.at("delete", &path.to_string_lossy()))
}

/// Opens a database as any program does: the same settings, the schema read once. For benchmarks.
///
/// # Errors
/// `NotFound`, `Busy`, `Damaged`, `Io`.
pub fn open_plainly(path: &Path) -> Result<(), PortError> {
    let posture = crate::Posture::default();
    let open = || -> Result<(), SqliteError> {
        let connection = crate::connection::writing(path, posture.busy_timeout)?;
        crate::posture::apply(&connection, posture)?;
        crate::connection::execute(&connection, crate::sql::look::PIN)
    };
    open().map_err(|error| error.at("open", "the database"))
}
