//! `make-ledger TOOL FOLDER DATABASE`: runs every step of a folder with another migrator, as an application would.

use diesel::{Connection as _, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use rusqlite_migration::{M, Migrations};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use std::error::Error;
use std::path::Path;

type Done = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> Done {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [tool, folder, database] = args.as_slice() else {
        return Err("usage: make-ledger sqlx|refinery|diesel|rusqlite_migration FOLDER DATABASE".into());
    };
    let (folder, database) = (Path::new(folder), Path::new(database));
    match tool.as_str() {
        "sqlx" => tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(sqlx(folder, database)),
        "refinery" => refinery(folder, database),
        "diesel" => diesel(folder, database),
        "rusqlite_migration" => by_user_version(folder, database),
        other => Err(format!("{other} is no migrator that is known here").into()),
    }
}

async fn sqlx(folder: &Path, database: &Path) -> Done {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::migrate::Migrator::new(folder).await?.run(&pool).await?;
    pool.close().await;
    Ok(())
}

fn refinery(folder: &Path, database: &Path) -> Done {
    let migrations = refinery::load_sql_migrations(folder)?;
    let mut connection = rusqlite::Connection::open(database)?;
    refinery::Runner::new(&migrations).run(&mut connection)?;
    Ok(())
}

fn diesel(folder: &Path, database: &Path) -> Done {
    let migrations = FileBasedMigrations::from_path(folder)?;
    let path = database.to_str().ok_or("a path in UTF-8")?;
    SqliteConnection::establish(path)?.run_pending_migrations(migrations)?;
    Ok(())
}

fn by_user_version(folder: &Path, database: &Path) -> Done {
    let mut files: Vec<_> = folder.read_dir()?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let texts: Vec<String> = files.iter().map(std::fs::read_to_string).collect::<Result<_, _>>()?;
    let steps = texts.iter().map(|text| M::up(text)).collect();
    Migrations::new(steps).to_latest(&mut rusqlite::Connection::open(database)?)?;
    Ok(())
}
