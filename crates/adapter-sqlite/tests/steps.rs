//! Steps on a tracked database, and rules that change: clients can write at any time, are tracked afterwards, and what a step wrote
//! is told apart from what they wrote.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::{SqliteMigrator, SqliteTracker};
use lifeboat_domain::dot::Clock;
use lifeboat_domain::id::{FieldName, ReplicaId, TableName};
use lifeboat_domain::merge::{IdentityDraft, MergePolicy, TableDraft, resolve};
use lifeboat_domain::migration::{StepHeader, StepId, digest_of};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{
    Beginning, Follow, MigrationStep, Migrator, PortError, Ran, RunOrder, RunRecord, StepBody, TrackOrder,
    Tracked, Tracker, Watch,
};
use rusqlite::Connection;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

struct Shop {
    folder: TempDir,
    drafts: Vec<TableDraft>,
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn draft(table: &str, policy: MergePolicy, identity: IdentityDraft) -> TableDraft {
    let shape = lifeboat_domain::merge::TableShape {
        name: TableName::new(table),
        fields: Vec::new(),
        key: lifeboat_domain::merge::KeyShape::None,
        unique: Vec::new(),
        opaque: Vec::new(),
        references: Vec::new(),
    };
    TableDraft { policy, identity, ..TableDraft::suggested(&shape) }
}

fn by_field(table: &str) -> TableDraft {
    draft(table, MergePolicy::LastWriteWinsPerField, IdentityDraft::Renumber)
}

fn named(table: &str, column: &str) -> TableDraft {
    draft(table, MergePolicy::LastWriteWinsPerField, IdentityDraft::NaturalKey(vec![FieldName::new(column)]))
}

const SCHEMA: &str = "
    CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT, x INT, y INT);
    INSERT INTO c VALUES (1, 'a', 1, 1), (2, 'b', 2, 2);";

impl Shop {
    fn new(schema: &str, drafts: Vec<TableDraft>) -> Self {
        let shop = Self { folder: tempfile::tempdir().unwrap(), drafts };
        shop.run(schema);
        shop.track().unwrap();
        shop
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// As a client that knows nothing of Lifeboat.
    fn run(&self, script: &str) {
        self.open().execute_batch(script).unwrap();
    }

    fn ask(&self, question: &str) -> i64 {
        self.open().query_row(question, [], |row| row.get(0)).unwrap()
    }

    fn rules(&self) -> lifeboat_domain::merge::Rules {
        let shapes = wait(SqliteTracker::new(&self.path()).survey()).unwrap();
        resolve(&self.drafts, &shapes).unwrap()
    }

    fn track(&self) -> Result<Tracked, PortError> {
        let (genesis, replica) = (Genesis([9; 16]), ReplicaId::from_bytes([7; 16]));
        let (rules, beginning) = (self.rules(), Beginning::Now);
        let order = TrackOrder { rules, genesis, replica, beginning, wait: Duration::from_secs(1) };
        wait(SqliteTracker::new(&self.path()).track(order))
    }

    fn is_sound(&self) {
        let faults = wait(SqliteTracker::new(&self.path()).audit(&self.rules())).unwrap();
        assert_eq!(faults, []);
    }

    fn migrate(&self, head: u32, steps: &[&str]) -> Ran {
        let step = |(number, text): (u32, &&str)| {
            let id = StepId { number, name: format!("s{number}") };
            let header = StepHeader::read(&id, text).unwrap();
            MigrationStep { header, digest: digest_of(text), body: StepBody::Script((*text).to_owned()), id }
        };
        let record = RunRecord {
            at: UtcMillis(0),
            app_version: None,
            lifeboat_version: "0".into(),
            restore_point: None,
        };
        let order = RunOrder {
            steps: (head + 1..).zip(steps).map(step).collect(),
            head,
            application_id: None,
            record,
            follow: Follow::Rules(self.drafts.clone()),
            wait: Duration::ZERO,
        };
        wait(SqliteMigrator::new(&self.path()).run(order, None, &Watch::silent())).unwrap()
    }

    /// All steps ran, tracking is sound, and the clock goes on above all.
    fn migrates(&self, head: u32, steps: &[&str]) {
        let ran = self.migrate(head, steps);
        assert_eq!((ran.failed, ran.misruled, ran.done.len()), (None, Vec::new(), steps.len()));
        self.is_sound();
        let last = "SELECT hlc = (SELECT max(hlc) FROM lifeboat_journal) FROM lifeboat_journal ORDER BY seq DESC LIMIT 1";
        assert_eq!(self.ask(last), 1);
    }

    /// Lines of tables that are a step's, and others.
    fn lines(&self) -> (i64, i64) {
        let count = |what: &str| {
            let mark = Clock::MARK_OF_STEP;
            self.ask(&format!(
                "SELECT count(*) FROM lifeboat_journal WHERE table_no > 0 AND {what} stamp & {mark}"
            ))
        };
        (count(""), count("NOT"))
    }
}

#[test]
fn what_a_step_writes_is_told_apart_from_what_clients_write() {
    let shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.run("UPDATE c SET x = 5 WHERE id = 1");
    shop.migrates(
        0,
        &["UPDATE c SET x = x * 100; INSERT INTO c VALUES (9, 'n', 0, 0)", "UPDATE c SET y = 0 WHERE id = 1"],
    );
    assert_eq!(shop.lines(), (5, 1));
    let inherited =
        "SELECT count(*) FROM lifeboat_journal s JOIN lifeboat_journal c ON s.key = c.key AND s.cells = 4
                     AND s.hlc = c.hlc + 1 AND s.stamp & 32768 AND NOT c.stamp & 32768";
    assert_eq!(shop.ask(inherited), 1, "what is made of a client's write is as old");
    let order = "SELECT count(*) FROM lifeboat_journal a JOIN lifeboat_journal b
                 ON a.cells = 4 AND b.cells = 8 AND a.hlc < b.hlc AND a.table_no > 0 AND b.table_no > 0
                 AND a.hlc < 281474976710656";
    assert_eq!(shop.ask(order), 1, "a later step is later");
    shop.run("UPDATE c SET x = 6 WHERE id = 1");
    assert_eq!(shop.lines(), (5, 2));
}

#[test]
fn columns_come_go_and_get_other_names() {
    let shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.run("UPDATE c SET y = 5 WHERE id = 1; DELETE FROM c WHERE id = 2");
    shop.migrates(
        0,
        &[
            "-- lifeboat: drops c.x\nALTER TABLE c ADD COLUMN z TEXT NOT NULL DEFAULT 'none'; ALTER TABLE c DROP COLUMN x;",
            "UPDATE c SET z = 'some'; ALTER TABLE c RENAME COLUMN z TO zed;",
        ],
    );
    let lines = shop.lines();
    assert_eq!(lines, (2, 2), "the column, and that the row is there");
    let zed = shop.ask("SELECT bit FROM lifeboat_column WHERE name = 'zed' AND NOT dropped");
    let touched = format!("SELECT count(*) FROM lifeboat_journal WHERE cells > 0 AND cells >> {zed} & 1");
    assert_eq!(shop.ask(&touched), 1, "only the step wrote the new column");
    assert_eq!(shop.ask(&format!("SELECT count(*) FROM lifeboat_trash_1 WHERE c{zed} = 'none'")), 1);
    shop.run("UPDATE c SET zed = 'x', y = 1; INSERT INTO c (name) VALUES ('new'); DELETE FROM c");
    assert_eq!(shop.lines().1, lines.1 + 4);
}

#[test]
fn a_column_goes_where_the_newest_rules_do_not_fit_yet() {
    let schema = "CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT, x INT); INSERT INTO c VALUES (1, 'a', 1), (2, 'b', 2);";
    let mut shop = Shop::new(schema, vec![by_field("c")]);
    shop.drafts = vec![named("c", "label")];
    shop.migrates(
        0,
        &[
            "-- lifeboat: drops c.x\nALTER TABLE c DROP COLUMN x;",
            "ALTER TABLE c RENAME COLUMN name TO label;",
        ],
    );
    assert_eq!(shop.lines(), (0, 0), "no row was written");
    shop.run("INSERT INTO c (label) VALUES ('new')");
    assert_eq!(shop.lines(), (0, 1));
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_claim_1"), 1);
}

#[test]
fn a_table_that_is_made_anew_by_hand_is_written_down_as_the_steps() {
    let shop = Shop::new(SCHEMA, vec![by_field("c")]);
    let by_hand = "
        CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, x REAL, y INT);
        INSERT INTO new SELECT * FROM c; DROP TABLE c; ALTER TABLE new RENAME TO c;";
    shop.migrates(0, &[&format!("-- lifeboat: drops c\n{by_hand}")]);
    assert_eq!(shop.lines(), (2, 0));
    shop.run("UPDATE c SET x = 1.5");
    assert_eq!(shop.lines(), (2, 2));
}

#[test]
fn rows_that_stay_as_they_were_born_were_born_as_a_step_leaves_them() {
    let shop = Shop::new(SCHEMA, vec![draft("c", MergePolicy::AppendOnly, IdentityDraft::Renumber)]);
    shop.run("UPDATE c SET name = 'changed' WHERE id = 1");
    let step = "-- lifeboat: drops-rows c\nUPDATE c SET x = x * 100; DELETE FROM c WHERE id = 2; INSERT INTO c VALUES (7, 'n', 0, 0)";
    shop.migrates(0, &[step]);
    assert_eq!(shop.lines().1, 1, "what the client changed");
    assert_eq!(
        shop.ask("SELECT count(*) FROM lifeboat_journal WHERE table_no > 0 AND hlc < 281474976710656 AND cells NOT NULL"),
        0
    );
    let gaps = "SELECT max(seq) - min(seq) + 1 - count(*) FROM lifeboat_journal";
    assert_eq!(shop.ask(gaps), 0, "branches are told by numbers without gaps");
    assert_eq!(shop.ask("SELECT x FROM c WHERE name = 'a'"), 100, "as it was born, and as the step has it");
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_trash_1"), 0);
    shop.run("UPDATE c SET x = 0 WHERE id = 7");
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_trash_1"), 1);
}

#[test]
fn rules_that_do_not_fit_the_newest_schema_leave_everything_as_it_was() {
    let mut shop = Shop::new(SCHEMA, vec![by_field("c")]);
    let ran = shop.migrate(0, &["CREATE TABLE d (id INTEGER PRIMARY KEY)"]);
    assert_eq!((ran.done.len(), ran.misruled.len()), (0, 1));
    assert_eq!(shop.ask("SELECT count(*) FROM sqlite_schema WHERE name = 'd'"), 0);
    shop.is_sound();
    shop.drafts.push(by_field("d"));
    shop.migrates(
        0,
        &[
            "-- lifeboat: own-transaction\nCREATE TABLE d (id INTEGER PRIMARY KEY)",
            "INSERT INTO d VALUES (4)",
        ],
    );
    shop.run("INSERT INTO d VALUES (5)");
    assert_eq!(shop.lines(), (1, 1));
}

#[test]
fn a_step_may_not_write_the_books_nor_change_a_key() {
    let shop = Shop::new(SCHEMA, vec![by_field("c")]);
    let books = [
        "DELETE FROM lifeboat_journal",
        "UPDATE lifeboat_tracking SET merged = 0",
        "DROP TABLE lifeboat_trash_1",
        "ALTER TABLE lifeboat_trash_1 ADD COLUMN x",
    ];
    for step in books {
        let ran = shop.migrate(0, &[&format!("-- lifeboat: drops lifeboat_trash_1\n{step}")]);
        assert!(ran.failed.is_some(), "{step}");
    }
    let another = "-- lifeboat: rebuilds c\nCREATE TABLE c (id INTEGER, name TEXT, x INT, y INT PRIMARY KEY)";
    let mut other =
        Shop { folder: shop.folder, drafts: vec![draft("c", MergePolicy::Manual, IdentityDraft::Key)] };
    let (_, reason) = other.migrate(0, &[another]).failed.unwrap();
    assert!(reason.contains("the key of c"), "{reason}");
    other.drafts = vec![by_field("c")];
    other.is_sound();
}

#[test]
fn a_rule_that_names_a_natural_key_later_stops_no_client() {
    let mut shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.run("INSERT INTO c (name) VALUES ('entered'), (NULL)");
    for (drafts, claims) in [(named("c", "name"), 1), (named("c", "x"), 0), (named("c", "name"), 1)] {
        shop.drafts = vec![drafts];
        shop.track().unwrap();
        shop.is_sound();
        assert_eq!(
            shop.ask("SELECT count(*) FROM lifeboat_claim_1"),
            claims,
            "rows from before claim nothing"
        );
    }
    shop.run("INSERT INTO c (name) VALUES ('more')");
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_claim_1"), 2);
    shop.drafts = vec![by_field("c")];
    shop.track().unwrap();
    shop.run("INSERT INTO c (name) VALUES ('again')");
}

#[test]
fn a_table_that_comes_again_is_tracked_again() {
    let both = || vec![by_field("c"), by_field("d")];
    let mut shop = Shop::new(&format!("{SCHEMA} CREATE TABLE d (id INTEGER PRIMARY KEY, v)"), both());
    shop.run("INSERT INTO d VALUES (1, 1); DROP TABLE d");
    shop.drafts = vec![by_field("c")];
    shop.track().unwrap();
    shop.run("CREATE TABLE d (id INTEGER PRIMARY KEY, w, v); INSERT INTO d VALUES (1, 2, 3)");
    shop.drafts = both();
    assert_eq!(shop.track().unwrap().rewritten, 1);
    shop.is_sound();
    let before = shop.lines().1;
    shop.run("UPDATE d SET w = 5");
    assert_eq!(shop.lines().1, before + 1);
    shop.drafts[1].policy = MergePolicy::LocalOnly;
    shop.track().unwrap();
    shop.run("INSERT INTO d VALUES (2, 2, 2); ALTER TABLE d ADD COLUMN u");
    shop.drafts = both();
    assert_eq!(shop.track().unwrap().rewritten, 2, "nobody saw what was written meanwhile");
    shop.is_sound();
    shop.run("UPDATE d SET u = 5");
}

#[test]
fn what_only_bears_our_prefix_is_the_users() {
    let shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.run(
        "CREATE TRIGGER lifeboat_crew AFTER INSERT ON c BEGIN UPDATE c SET y = 7 WHERE id = NEW.id; END",
    );
    shop.is_sound();
    wait(SqliteTracker::new(&shop.path()).untrack(Duration::ZERO)).unwrap();
    assert_eq!(shop.ask("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'lifeboat%'"), 1);
}

#[test]
fn names_are_followed_whatever_else_a_step_does() {
    let schema = "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, a TEXT, b TEXT); INSERT INTO t VALUES ('1', 'a', 'b');";
    let key = |table: &str| draft(table, MergePolicy::Manual, IdentityDraft::Key);
    let mut shop = Shop::new(schema, vec![key("t")]);
    shop.drafts = vec![key("u")];
    shop.migrates(
        0,
        &["-- lifeboat: drops t, u.gone
            ALTER TABLE t RENAME COLUMN a TO x; CREATE UNIQUE INDEX ux ON t (x); ALTER TABLE t ADD COLUMN y;
            ALTER TABLE t RENAME COLUMN x TO tmp; ALTER TABLE t RENAME COLUMN b TO x; ALTER TABLE t RENAME COLUMN tmp TO b;
            ALTER TABLE t RENAME COLUMN id TO code; ALTER TABLE t RENAME TO u; ALTER TABLE u ADD COLUMN gone;",
          "-- lifeboat: drops u.gone\nALTER TABLE u DROP COLUMN gone;"],
    );
    let bits = "SELECT count(*) FROM lifeboat_column WHERE NOT dropped AND (bit, name) IN (VALUES (0, 'code'), (1, 'b'), (2, 'x'), (3, 'y'))";
    assert_eq!(shop.ask(bits), 4);
    shop.run("UPDATE u SET b = 'new', y = 1; DELETE FROM u");
}

#[test]
fn rows_that_steps_make_are_the_same_where_they_say_the_same() {
    let schema = "CREATE TABLE tag (id INTEGER PRIMARY KEY, word TEXT); INSERT INTO tag VALUES (1, 'old');";
    let names = |shop: &Shop| -> Vec<(i64, i64)> {
        let connection = shop.open();
        let text = "SELECT replica, origin FROM lifeboat_number ORDER BY origin";
        let mut statement = connection.prepare(text).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let of = |written: &str| {
        let shop = Shop::new(schema, vec![by_field("tag")]);
        shop.run(written);
        shop.migrates(0, &["INSERT INTO tag (word) VALUES ('new'), ('loyal'), ('loyal')"]);
        names(&shop)
    };
    let (one, other) = (of(""), of("INSERT INTO tag (word) VALUES ('mine'), ('yours')"));
    assert_eq!(one.len(), 3, "twins are two rows");
    assert_eq!(one, other, "under whatever numbers");
}

#[test]
fn a_gap_after_a_step_is_dated_by_clients() {
    let shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.run("UPDATE c SET x = 5 WHERE id = 1");
    shop.migrates(0, &["UPDATE c SET y = 0"]);
    let lines = shop.lines();
    shop.run("DROP TRIGGER lifeboat_update_1; UPDATE c SET x = 6");
    assert_eq!(shop.track().unwrap().rewritten, 2);
    assert_eq!(shop.lines(), (lines.0, lines.1 + 2));
}

#[test]
fn a_table_is_tracked_between_steps_of_their_own() {
    let mut shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.drafts = vec![named("c", "label")];
    let ran = shop.migrate(
        0,
        &[
            "-- lifeboat: own-transaction\nALTER TABLE c ADD COLUMN z; UPDATE c SET z = 1",
            "-- lifeboat: own-transaction\nINSERT INTO nowhere VALUES (1)",
        ],
    );
    assert_eq!((ran.done.len(), ran.failed.is_some()), (1, true));
    let before = shop.lines().1;
    shop.run(
        "UPDATE c SET z = 2 WHERE id = 1; DELETE FROM c WHERE id = 2; INSERT INTO c (name) VALUES ('n')",
    );
    assert_eq!(shop.lines().1, before + 3, "clients are tracked though the rules do not fit yet");
    shop.migrates(1, &["ALTER TABLE c RENAME COLUMN name TO label"]);
}

#[test]
fn rows_that_clients_made_before_the_steps_are_theirs() {
    let mut shop = Shop::new(SCHEMA, vec![by_field("c")]);
    shop.run(
        "CREATE TABLE sale (id INTEGER PRIMARY KEY, cents INT); INSERT INTO sale (cents) VALUES (100), (100)",
    );
    shop.drafts = vec![by_field("c"), by_field("sale"), by_field("vat")];
    shop.migrates(
        0,
        &["CREATE TABLE vat (id INTEGER PRIMARY KEY, rate INT); INSERT INTO vat (rate) VALUES (7)"],
    );
    assert_eq!(shop.lines(), (1, 2));
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_number"), 1, "two sales of one sum are two sales");
}
