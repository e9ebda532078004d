//! Salvage by page scan: all of a sound database, and of a damaged one never a row that was not in it.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::SqliteMedic;
use lifeboat_ports::{LogReading, Medic, PortError, Salvaged, Watch};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn script(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/salvage").join(name)).unwrap()
}

struct Bench {
    folder: TempDir,
    database: PathBuf,
    reading: LogReading,
}

impl Bench {
    fn new(prepare: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let connection = Connection::open(&database).unwrap();
        connection.execute_batch(prepare).unwrap();
        connection.execute_batch(&script("schema.sql")).unwrap();
        connection.execute_batch(&script("rows.sql")).unwrap();
        drop(connection);
        Self { folder, database, reading: LogReading::AsEngine }
    }

    fn salvage_with(&self, model: Option<&Path>) -> Result<(Salvaged, PathBuf), PortError> {
        let into = self.folder.path().join("out.db");
        let _ = std::fs::remove_file(&into);
        let medic = SqliteMedic::foreign(&self.database);
        let watch = Watch::silent();
        let work = medic.salvage(&self.database, &into, model, self.reading, &watch);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Ok((runtime.block_on(work)?, into))
    }

    fn salvage(&self) -> (Salvaged, PathBuf) {
        self.salvage_with(None).unwrap()
    }

    fn damage(&self, work: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(&self.database).unwrap();
        work(&mut bytes);
        std::fs::write(&self.database, bytes).unwrap();
    }

    /// Zeroes a page, counted from 1.
    fn zero(&self, page: usize) {
        let size = self.page_size();
        self.damage(|bytes| bytes[(page - 1) * size..page * size].fill(0));
    }

    fn page_size(&self) -> usize {
        let bytes = std::fs::read(&self.database).unwrap();
        match u16::from_be_bytes([bytes[16], bytes[17]]) {
            1 => 65_536,
            size => usize::from(size),
        }
    }
}

type Rows = BTreeMap<String, Vec<Vec<String>>>;

/// Every row of every table with its number, the values in words that tell types apart.
fn rows(database: &Path) -> Rows {
    let connection = Connection::open(database).unwrap();
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_stat%' AND name NOT LIKE 'lifeboat_lost%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    names.into_iter().map(|name| (name.clone(), rows_of(&connection, &name))).collect()
}

fn rows_of(connection: &Connection, table: &str) -> Vec<Vec<String>> {
    let table = table.replace('"', "\"\"");
    let with_number = format!("SELECT _rowid_, * FROM \"{table}\" NOT INDEXED ORDER BY _rowid_");
    let plain = format!("SELECT * FROM \"{table}\" ORDER BY 1, 2");
    let mut statement = connection.prepare(&with_number).or_else(|_| connection.prepare(&plain)).unwrap();
    let columns = statement.column_count();
    let values = |row: &rusqlite::Row<'_>| {
        (0..columns).map(|at| Ok(format!("{:?}", row.get::<_, Value>(at)?))).collect()
    };
    statement.query_map([], |row| values(row)).unwrap().map(Result::unwrap).collect()
}

fn objects(database: &Path) -> BTreeSet<(String, String, Option<String>)> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection
        .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        .unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    found.map(Result::unwrap).collect()
}

#[test]
fn everything_of_a_sound_database_comes_out_in_every_geometry() {
    let geometries = [
        "",
        "PRAGMA page_size = 512;",
        "PRAGMA page_size = 65536;",
        "PRAGMA encoding = 'UTF-16le';",
        "PRAGMA encoding = 'UTF-16be';",
        "PRAGMA auto_vacuum = FULL;",
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA page_size = 1024;",
    ];
    for prepare in geometries {
        let bench = Bench::new(prepare);
        let (salvaged, out) = bench.salvage();
        assert!(salvaged.is_whole(), "{prepare}: {salvaged:?}");
        assert_eq!(rows(&out), rows(&bench.database), "{prepare}");
        assert_eq!(objects(&out), objects(&bench.database), "{prepare}");
        let check: String = Connection::open(&out)
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok", "{prepare}");
    }
}

/// Rows of each table that are in `found` and not in `original`.
fn invented(original: &Rows, found: &Rows) -> Vec<String> {
    let had = |table: &String| {
        original.get(table).map(|rows| rows.iter().collect::<BTreeSet<_>>()).unwrap_or_default()
    };
    let strange = |(table, rows): (&String, &Vec<Vec<String>>)| {
        let had = had(table);
        // The inside of a long value lies on pages without any structure: what is overwritten there looks like a value.
        let is_short = |row: &&Vec<String>| row.iter().all(|value| value.len() < 700);
        rows.iter()
            .filter(is_short)
            .filter(|row| !had.contains(row))
            .map(|row| format!("{table}: {row:?}"))
            .collect::<Vec<_>>()
    };
    found.iter().flat_map(strange).collect()
}

fn count(rows: &Rows) -> usize {
    rows.values().map(Vec::len).sum()
}

fn root_of(database: &Path, name: &str) -> usize {
    let connection = Connection::open(database).unwrap();
    let root: i64 = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0))
        .unwrap();
    usize::try_from(root).unwrap()
}

#[test]
fn a_lost_branch_loses_no_row() {
    let bench = Bench::new("PRAGMA page_size = 512;");
    let before = rows(&bench.database);
    bench.zero(root_of(&bench.database, "invoice"));
    let (salvaged, out) = bench.salvage();
    let after = rows(&out);
    assert_eq!(after["invoice"], before["invoice"]);
    let invoice = salvaged.tables.iter().find(|table| table.table.as_str() == "invoice").unwrap();
    assert!(invoice.has_gap && invoice.matched_rows == invoice.rows, "{invoice:?}");
    assert_eq!(salvaged.lost_rows, 0, "deleted rows stay deleted: {salvaged:?}");
}

#[test]
fn a_lost_leaf_loses_its_own_rows_and_no_others() {
    let bench = Bench::new("");
    let before = rows(&bench.database);
    let root = root_of(&bench.database, "invoice");
    let bytes = std::fs::read(&bench.database).unwrap();
    // The first child of the root: its cell's first four bytes.
    let page = &bytes[(root - 1) * 4096..root * 4096];
    let cell = usize::from(u16::from_be_bytes([page[12], page[13]]));
    let child = u32::from_be_bytes(page[cell..cell + 4].try_into().unwrap());
    bench.zero(child as usize);
    let (salvaged, out) = bench.salvage();
    let after = rows(&out);
    assert!(
        after["invoice"].len() < before["invoice"].len()
            && after["invoice"].len() * 100 > before["invoice"].len() * 90
    );
    assert!(invented(&before, &after).is_empty());
    assert_eq!(after["customer"], before["customer"]);
    assert_eq!((salvaged.damaged_pages, salvaged.lost_rows), (1, 0), "{salvaged:?}");
}

#[test]
fn a_lost_first_page_is_made_good_by_a_model_and_without_one_rows_are_kept_as_lost() {
    let bench = Bench::new("");
    let before = rows(&bench.database);
    let model = bench.folder.path().join("model.db");
    std::fs::copy(&bench.database, &model).unwrap();
    Connection::open(&bench.database).unwrap().execute("DELETE FROM log WHERE at = 'a'", []).unwrap();
    let before_lost = rows(&bench.database);
    bench.zero(1);
    let (salvaged, out) = bench.salvage_with(Some(&model)).unwrap();
    assert_eq!(rows(&out), before_lost, "the rows are the file's own, not the model's: {salvaged:?}");
    assert!(salvaged.objects_from_model > 0 && salvaged.schema_has_gap);
    let (salvaged, out) = bench.salvage();
    assert!(salvaged.tables.is_empty() && salvaged.lost_rows as usize > count(&before) / 2, "{salvaged:?}");
    let lost: i64 = Connection::open(&out)
        .unwrap()
        .query_row("SELECT count(*) FROM lifeboat_lost_rows", [], |row| row.get(0))
        .unwrap();
    assert_eq!(lost.cast_unsigned(), salvaged.lost_rows);
}

#[test]
fn two_pages_that_changed_places_are_told_apart() {
    let bench = Bench::new("");
    let before = rows(&bench.database);
    let (a, b) = (root_of(&bench.database, "log"), root_of(&bench.database, "odd \"name\""));
    bench.damage(|bytes| {
        let (a, b) = ((a - 1) * 4096, (b - 1) * 4096);
        for at in 0..4096 {
            bytes.swap(a + at, b + at);
        }
    });
    let (_, out) = bench.salvage();
    assert!(invented(&before, &rows(&out)).iter().all(|row| row.contains("log") || row.contains("odd")));
}

#[test]
fn rows_of_the_log_count_and_those_behind_a_damaged_frame_where_they_are_asked_for() {
    let bench = Bench::new("PRAGMA journal_mode = wal;");
    let keeper = Connection::open(&bench.database).unwrap();
    keeper.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;").unwrap();
    for at in 0..40 {
        keeper.execute("INSERT INTO log VALUES (?1, ?2)", (format!("late {at}"), at)).unwrap();
    }
    let before = rows(&bench.database);
    let copy = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", bench.database.display());
        std::fs::copy(from, copy.path().join(format!("a.db{suffix}"))).unwrap();
    }
    drop(keeper);
    let copied = Bench { database: copy.path().join("a.db"), folder: copy, reading: LogReading::AsEngine };
    let (salvaged, out) = copied.salvage();
    assert_eq!(rows(&out)["log"], before["log"]);
    assert!(salvaged.is_whole());
    let log = copied.folder.path().join("a.db-wal");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[32 + 24 + 4000] ^= 0xff;
    std::fs::write(&log, bytes).unwrap();
    let (salvaged, out) = copied.salvage();
    assert!(salvaged.unread_commits > 0 && !salvaged.is_whole(), "{salvaged:?}");
    let as_engine = rows(&out)["log"].clone();
    assert!(as_engine.len() < before["log"].len());
    let asked = Bench { reading: LogReading::BehindDamage, ..copied };
    let (_, out) = asked.salvage();
    assert_eq!(rows(&out)["log"], before["log"], "the newest frames are behind the damage");
}

#[test]
fn an_unfinished_transaction_is_taken_back() {
    let bench = Bench::new("");
    let before = rows(&bench.database);
    let copy = tempfile::tempdir().unwrap();
    let writer = Connection::open(&bench.database).unwrap();
    writer
        .execute_batch(
            "PRAGMA cache_size = 2; BEGIN; UPDATE invoice SET memo = 'unfinished'; DELETE FROM tag;",
        )
        .unwrap();
    for suffix in ["", "-journal"] {
        let from = format!("{}{suffix}", bench.database.display());
        std::fs::copy(from, copy.path().join(format!("a.db{suffix}"))).unwrap();
    }
    drop(writer);
    let copied = Bench { database: copy.path().join("a.db"), folder: copy, reading: LogReading::AsEngine };
    let (salvaged, out) = copied.salvage();
    assert_eq!(rows(&out), before, "{salvaged:?}");
}

#[test]
fn whatever_is_destroyed_nothing_is_invented_and_most_comes_out() {
    let bench = Bench::new("PRAGMA page_size = 1024;");
    let before = rows(&bench.database);
    let whole = std::fs::read(&bench.database).unwrap();
    let model = bench.folder.path().join("model.db");
    std::fs::write(&model, &whole).unwrap();
    let pages = whole.len() / 1024;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    println!("seed {seed}");
    let mut state = u64::from(seed) | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let trunks = trunks(&whole);
    for round in 0..60 {
        std::fs::write(&bench.database, &whole).unwrap();
        let victims: Vec<usize> = (0..=round % 5).map(|_| 2 + next(pages - 2)).collect();
        for page in &victims {
            bench.zero(*page);
        }
        let (salvaged, out) = bench.salvage_with((round % 2 == 0).then_some(model.as_path())).unwrap();
        let after = rows(&out);
        assert_eq!(
            invented(&before, &after),
            Vec::<String>::new(),
            "seed {seed}, pages {victims:?}: {salvaged:?}"
        );
        let kept = count(&after) + usize::try_from(salvaged.lost_rows).unwrap();
        // Where the list of free pages is hurt, nothing tells a lost page from a deleted one: its rows are kept aside.
        let has_trunk = victims.iter().any(|page| trunks.contains(page));
        let share = if round % 2 == 0 && !has_trunk { count(&after) } else { kept } * 100 / count(&before);
        assert!(share >= 90, "seed {seed}, pages {victims:?}: {share} %, {salvaged:?}");
    }
}

/// Trunks of the list of free pages (fileformat2.html section 1.5).
fn trunks(bytes: &[u8]) -> Vec<usize> {
    let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let mut found = Vec::new();
    let mut trunk = word(32);
    while trunk != 0 {
        found.push(trunk);
        trunk = word((trunk - 1) * 1024);
    }
    found
}

/// A page that was given back still holds the rows that were deleted, and may fit a gap.
#[test]
fn what_was_deleted_stays_deleted_where_the_list_of_free_pages_is_hurt() {
    let bench = Bench::new("PRAGMA page_size = 1024;");
    let before = rows(&bench.database);
    let whole = std::fs::read(&bench.database).unwrap();
    let trunks = trunks(&whole);
    assert!(!trunks.is_empty());
    for page in (2..whole.len() / 1024).step_by(13).chain([8, 32, 48, 479, 542, 610]) {
        std::fs::write(&bench.database, &whole).unwrap();
        trunks.iter().for_each(|trunk| bench.zero(*trunk));
        bench.zero(page);
        let (salvaged, out) = bench.salvage();
        assert_eq!(invented(&before, &rows(&out)), Vec::<String>::new(), "page {page}: {salvaged:?}");
    }
}

#[test]
fn noise_in_any_place_never_panics() {
    let bench = Bench::new("PRAGMA page_size = 512;");
    let whole = std::fs::read(&bench.database).unwrap();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    println!("seed {seed}");
    let mut state = u64::from(seed) | 1;
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..200 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state % bytes.len() as u64).unwrap();
            bytes[at] = (state >> 32) as u8;
        }
        bytes.truncate(bytes.len() - usize::try_from(state % 4000).unwrap());
        std::fs::write(&bench.database, &bytes).unwrap();
        bench.salvage_with(None).unwrap();
    }
}

/// A database of one script, salvaged; its output and what was told.
fn of_script(script: &str) -> (Salvaged, PathBuf, Bench) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("a.db");
    Connection::open(&database).unwrap().execute_batch(script).unwrap();
    let bench = Bench { folder, database, reading: LogReading::AsEngine };
    let (salvaged, out) = bench.salvage();
    (salvaged, out, bench)
}

#[test]
fn statements_that_stand_in_the_file_are_not_run() {
    let victim = tempfile::tempdir().unwrap();
    let path = victim.path().join("victim.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE v (x); INSERT INTO v VALUES (1)").unwrap();
    let script = format!(
        "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2); CREATE INDEX i1 ON t (x); CREATE INDEX i2 ON t (x, x);
         CREATE INDEX i3 ON t (x DESC); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'ATTACH ''{}'' AS p' WHERE name = 'i1';
         UPDATE sqlite_schema SET sql = 'DELETE FROM p.v' WHERE name = 'i2';
         UPDATE sqlite_schema SET sql = 'DROP TABLE t' WHERE name = 'i3';",
        path.display()
    );
    let (salvaged, out, _bench) = of_script(&script);
    assert_eq!(salvaged.not_restored, ["i1", "i2", "i3"]);
    assert_eq!(rows(&out)["t"].len(), 2);
    let left: i64 =
        Connection::open(&path).unwrap().query_row("SELECT count(*) FROM v", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}

#[test]
fn rows_that_a_table_would_pass_over_are_kept_and_counted() {
    let script = "CREATE TABLE w (a NOT NULL ON CONFLICT IGNORE, b); PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE TABLE w (a, b)' WHERE name = 'w'; PRAGMA writable_schema = RESET;
        INSERT INTO w VALUES (1, 1), (NULL, 2), (3, 3); PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE TABLE w (a NOT NULL ON CONFLICT IGNORE, b)' WHERE name = 'w';";
    let (salvaged, out, _bench) = of_script(script);
    assert_eq!((salvaged.rows(), salvaged.lost_rows, rows(&out)["w"].len()), (2, 1, 2));
}

#[test]
fn a_key_that_only_looks_like_the_row_number_keeps_its_own_value() {
    let script =
        "CREATE TABLE d (a INTEGER PRIMARY KEY DESC, b); INSERT INTO d VALUES (NULL, 'none'), (7, 'x');";
    let (salvaged, out, bench) = of_script(script);
    assert!(salvaged.is_whole(), "{salvaged:?}");
    assert_eq!(rows(&out), rows(&bench.database));
}

#[test]
fn a_wrong_number_of_cells_is_told() {
    for cells in [0_u16, 3] {
        let script = "CREATE TABLE t (id INTEGER PRIMARY KEY, x);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, 'row ' || i FROM n;";
        let (_, _, bench) = of_script(script);
        let root = root_of(&bench.database, "t");
        bench.damage(|bytes| {
            let page = &bytes[(root - 1) * 4096..root * 4096];
            let cell = usize::from(u16::from_be_bytes([page[12], page[13]]));
            let child = u32::from_be_bytes(page[cell..cell + 4].try_into().unwrap()) as usize;
            bytes[(child - 1) * 4096 + 3..(child - 1) * 4096 + 5].copy_from_slice(&cells.to_be_bytes());
        });
        let (salvaged, _) = bench.salvage();
        assert!(salvaged.tables[0].has_gap && !salvaged.is_whole(), "{cells}: {salvaged:?}");
    }
}

#[test]
fn a_row_whose_number_does_not_fit_its_place_is_kept() {
    let script = "CREATE TABLE t (id INTEGER PRIMARY KEY, x);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, 'row ' || i FROM n;";
    let (_, _, bench) = of_script(script);
    let root = root_of(&bench.database, "t");
    bench.damage(|bytes| {
        let begin = (root - 1) * 4096;
        let cell = begin + usize::from(u16::from_be_bytes([bytes[begin + 12], bytes[begin + 13]]));
        // The key behind the first child: two bytes as a varint; a smaller one.
        bytes[cell + 4] = 0x80 | (bytes[cell + 4] & 0x7f).saturating_sub(1);
    });
    let (salvaged, out) = bench.salvage();
    let kept = rows(&out)["t"].len() as u64 + salvaged.lost_rows;
    assert_eq!(kept, 2000, "{salvaged:?}");
}

#[test]
fn rows_of_a_table_that_cannot_be_made_again_are_kept_as_lost() {
    let script = "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('y'); PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a TEXT CHECK (known_to_nobody(a)))' WHERE name = 't';";
    let (salvaged, _, _bench) = of_script(script);
    assert_eq!(salvaged.lost_rows + salvaged.rows(), 2, "{salvaged:?}");
}

#[test]
fn what_was_dropped_does_not_come_back_from_the_model() {
    let bench = Bench::new("");
    let model = bench.folder.path().join("model.db");
    std::fs::copy(&bench.database, &model).unwrap();
    let connection = Connection::open(&bench.database).unwrap();
    connection.execute_batch("DROP TABLE tag; DROP TABLE log; CREATE VIEW later AS SELECT 1;").unwrap();
    drop(connection);
    bench.damage(|bytes| {
        let at = bytes.windows(11).position(|w| w == b"CREATE VIEW").unwrap();
        bytes[at - 12..at - 10].fill(0xff);
    });
    let (salvaged, out) = bench.salvage_with(Some(&model)).unwrap();
    let tables = rows(&out);
    assert!(!tables.contains_key("tag") && !tables.contains_key("log"), "{salvaged:?}");
}

#[test]
fn a_header_that_counts_too_few_pages_hides_none_and_holes_are_not_walked() {
    let bench = Bench::new("");
    let before = rows(&bench.database);
    // Both counters still agree, so the number would be believed.
    bench.damage(|bytes| bytes[28..32].copy_from_slice(&3_u32.to_be_bytes()));
    let (salvaged, out) = bench.salvage();
    assert_eq!(rows(&out), before, "{salvaged:?}");
    std::fs::File::options().write(true).open(&bench.database).unwrap().set_len(1 << 42).unwrap();
    let (salvaged, out) = bench.salvage();
    assert_eq!(rows(&out), before, "{salvaged:?}");
}
