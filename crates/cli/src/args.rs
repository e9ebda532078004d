//! Arguments: the whole grammar of the command line.

mod actions;
mod updates;

pub(crate) use actions::{ConfigAction, DedupeAction, MergeAction, MigrateAction, RulesAction};
pub(crate) use updates::{KeysAction, PublishArgs, ScopeArg, UpdateAction, UpdateArgs};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit status:
    0  done                                     20  damaged or unverified
    1  failed                                   21  newer schema or format
    2  usage, or a yes was needed               22  network file system refused
    3  done, with warnings to read              23  too little space
    4  conflicts await a decision              130  cancelled
   10  database, vault or point absent         any other: failed
   11  busy: another process holds it

Settings come from lifeboat.toml (beside the database, or upwards from here), then from the
environment (LIFEBOAT_DATABASE, LIFEBOAT_VAULT, LIFEBOAT_WAIT), then from flags; the last wins.

Examples:
    lifeboat --database app.db backup -m \"before the experiment\"
    lifeboat --database app.db restore latest
    lifeboat --database app.db undo";

/// Nobody waits longer than a day; the bound keeps deadlines representable.
pub(crate) const WAIT_SECONDS_MAX: u64 = 86_400;

/// Verified restore points of a local SQLite database.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags that every verb takes.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Global {
    /// The database file
    #[arg(long, short, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) database: Option<PathBuf>,
    /// The vault's folder [default: DATABASE.lifeboat beside the database]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) vault: Option<PathBuf>,
    /// Seconds to wait for a lock of another process [default: 5]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=WAIT_SECONDS_MAX))]
    pub(crate) wait: Option<u64>,
    /// One JSON document on standard output; an error is one on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Answer every question with yes
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Say more on standard error; twice for every step
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// NO_COLOR, CLICOLOR and TERM are honoured by `auto`.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write a lifeboat.toml for the database
    #[command(
        after_help = "Examples:\n    lifeboat init app.db\n    lifeboat init            (finds the one database in this folder)"
    )]
    Init {
        /// The database file
        #[arg(value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
    /// Show the database, its newest restore point, and what changed since
    Status,
    /// Take a verified restore point
    #[command(
        after_help = "Examples:\n    lifeboat backup -m \"before the import\"\n    lifeboat --database app.db backup --json"
    )]
    Backup {
        /// Words to find it again by
        #[arg(long, short = 'm', value_name = "NOTE")]
        note: Option<String>,
        /// Version of the application, for the manifest
        #[arg(long, value_name = "VERSION")]
        app_version: Option<String>,
        /// Mark it as taken by a schedule: retention applies to it
        #[arg(long)]
        scheduled: bool,
    },
    /// List the restore points
    List,
    /// Show one restore point in full
    #[command(after_help = "Examples:\n    lifeboat show latest\n    lifeboat show 7c31e0a2 --json")]
    Show {
        /// `latest`, an id, or at least four digits of one
        id: String,
    },
    /// Read restore points again, byte for byte
    #[command(
        after_help = "Examples:\n    lifeboat verify latest\n    lifeboat verify --all\n    lifeboat verify latest --drill"
    )]
    Verify {
        /// `latest`, an id, or at least four digits of one
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Every point, and everything else in the vault
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// Also restore to scratch, open and count
        #[arg(long)]
        drill: bool,
    },
    /// Put a restore point in place of the database, or write it to a new file
    #[command(
        after_help = "Examples:\n    lifeboat restore latest --dry-run\n    lifeboat restore latest\n    lifeboat restore 7c31e0a2 --to copy.db"
    )]
    Restore {
        /// `latest`, an id, or at least four digits of one
        id: String,
        /// Write to this new file and leave the database alone
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        to: Option<PathBuf>,
        /// Show what would change and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Take back the last restore, undo, migration or quarantine
    Undo {
        /// Show what would change and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Take restore points out of the catalogue, by id or by the retention rules
    #[command(
        after_help = "Examples:\n    lifeboat forget --dry-run     (what the rules would drop)\n    lifeboat forget 7c31e0a2\n    lifeboat prune                (frees the bytes)"
    )]
    Forget {
        /// Ids; without any the retention rules decide
        ids: Vec<String>,
        /// Show what would go and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Free the bytes of forgotten restore points
    Prune {
        /// Show what would go and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Bring the database to the newest schema, with a restore point first
    #[command(
        after_help = "Examples:\n    lifeboat migrate new add_city\n    lifeboat migrate plan --dir migrations\n    lifeboat migrate apply\n    lifeboat undo                (takes a migration back)"
    )]
    Migrate {
        #[command(subcommand)]
        action: MigrateAction,
        /// The folder of steps, NNNN_name.sql [default: `migrations` in lifeboat.toml]
        #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
        /// Version of the application, for the ledger
        #[arg(long, global = true, value_name = "VERSION")]
        app_version: Option<String>,
    },
    /// Run another program's migration with a restore point, and go back by itself where it fails
    #[command(
        after_help = "Examples:\n    lifeboat guard -- npx knex migrate:latest\n    lifeboat --database app.db guard -m \"to 2.0\" -- ./manage.py migrate"
    )]
    Guard {
        /// Words to find the restore point by
        #[arg(long, short = 'm', value_name = "NOTE")]
        note: Option<String>,
        /// The program and its arguments
        #[arg(required = true, last = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
        command: Vec<OsString>,
    },
    /// Check the health of the database, the vault and everything around them
    #[command(
        after_help = "Examples:\n    lifeboat doctor\n    lifeboat doctor --deep\n    lifeboat doctor --bundle for-support.zip"
    )]
    Doctor {
        /// Also compare every entry of every index: thirteen times as long
        #[arg(long)]
        deep: bool,
        /// Write what was found, without row values and names, into this new zip file
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        bundle: Option<PathBuf>,
        /// Keep the names of tables, columns and folders in the bundle
        #[arg(long, requires = "bundle")]
        with_names: bool,
        /// Version of SQLite that the application ships [default: `application_sqlite` in lifeboat.toml]
        #[arg(long, value_name = "VERSION")]
        application_sqlite: Option<String>,
    },
    /// Set a damaged database aside, with its log and journal
    #[command(
        after_help = "Examples:\n    lifeboat quarantine --dry-run\n    lifeboat quarantine\n    lifeboat undo                (brings the files back)"
    )]
    Quarantine {
        /// Show what would be set aside and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Bring what can be read out of a damaged database, into a new file
    #[command(
        after_help = "Examples:\n    lifeboat salvage --to saved.db\n    lifeboat salvage --set 20261121T101500.000Z-7c31e0a2 --to saved.db"
    )]
    Salvage {
        /// The new file
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        to: PathBuf,
        /// Read this set of files in quarantine instead of the database
        #[arg(long, value_name = "NAME")]
        set: Option<String>,
        /// Also read commits of the log that the engine does not: behind damage, or older than what stands before them
        #[arg(long)]
        behind_damage: bool,
    },
    /// Build damaged indexes anew, where nothing else is hurt
    Repair {
        /// Show what is hurt and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write down what every client writes from now on, so that copies can be merged; done again, it mends that
    #[command(
        after_help = "Examples:\n    lifeboat rules suggest\n    lifeboat track               (writes the proposed rules into lifeboat.toml where it has none)\n    lifeboat track --audit"
    )]
    Track {
        /// Compare triggers and bookkeeping with rules and schema, and change nothing
        #[arg(long)]
        audit: bool,
    },
    /// Take tracking away, with the journal of all writes
    Untrack,
    /// Take over what another copy of this database knows
    #[command(
        after_help = "Examples:\n    lifeboat merge plan /media/stick/till-2.db\n    lifeboat merge apply /media/stick/till-2.db\n    lifeboat undo                (takes the merge back)"
    )]
    Merge {
        #[command(subcommand)]
        action: MergeAction,
    },
    /// Unite rows of this database that are the same thing by their natural key
    Dedupe {
        #[command(subcommand)]
        action: DedupeAction,
    },
    /// Show what copies disagree about and somebody has to decide
    Conflicts,
    /// Decide conflicts; the decision closes them on every copy that learns of it
    #[command(
        after_help = "Examples:\n    lifeboat resolve 3f1c22d0 --theirs\n    lifeboat resolve 3f1c22d0 --value 1290\n    lifeboat resolve 3f1c22d0 --field price=theirs --field name='\"Tea\"'    (columns of one row)\n    lifeboat resolve --all-like product.price --ours"
    )]
    Resolve {
        /// Ids of conflicts
        #[arg(required_unless_present = "all_like")]
        ids: Vec<String>,
        /// Every open conflict of this column, `table.column`, or of the rows of a table
        #[arg(long, value_name = "KIND", conflicts_with = "ids")]
        all_like: Option<String>,
        /// The version that was written here
        #[arg(long, group = "choice")]
        ours: bool,
        /// The version that was written elsewhere
        #[arg(long, group = "choice", required_unless_present_any = ["ours", "value", "fields"])]
        theirs: bool,
        /// A column of the row that the conflict is about: `COLUMN=ours`, `=theirs` or `=JSON`; may be repeated
        #[arg(long = "field", value_name = "COLUMN=CHOICE", conflicts_with_all = ["choice", "all_like"], value_parser = choice_of_field)]
        fields: Vec<String>,
        /// Neither: this value, as JSON
        #[arg(long, group = "choice", value_name = "JSON")]
        value: Option<String>,
    },
    /// Rules by which copies are merged
    Rules {
        #[command(subcommand)]
        action: RulesAction,
    },
    /// Publish a release on a share, signed
    #[command(
        after_help = "Examples:\n    lifeboat publish setup.exe --version 1.4.0 --share //server/updates --keys keys\n    lifeboat publish setup.exe --version 1.4.0 --rollout 10%\n    lifeboat publish --refresh    (nothing new, and that is known to be so today)"
    )]
    Publish(PublishArgs),
    /// Keys that releases are signed with
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
    /// Newer releases of the application, from a share
    #[command(
        after_help = "Examples:\n    lifeboat update check\n    lifeboat update fetch\n    lifeboat update apply --dry-run\n    lifeboat update check --from /media/stick    (the same folder, carried by hand)"
    )]
    Update {
        #[command(flatten)]
        of: UpdateArgs,
        #[command(subcommand)]
        action: UpdateAction,
    },
    /// Move the log into the file, refresh statistics, give free pages back
    Maintain,
    /// Move the database and its restore points to another place, the old one kept until it is confirmed
    #[command(
        after_help = "Examples:\n    lifeboat --database old/app.db relocate --to /data/app.db --dry-run\n    lifeboat --database old/app.db relocate --to /data/app.db\n    lifeboat --database old/app.db relocate --confirm    (removes the old files)"
    )]
    Relocate {
        /// The new place
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "confirm")]
        to: Option<PathBuf>,
        /// Show what would move and change nothing
        #[arg(long, conflicts_with = "confirm")]
        dry_run: bool,
        /// Remove the old files of a move away from here, after a look at the new ones
        #[arg(long, conflicts_with = "to")]
        confirm: bool,
    },
    /// Show where everything lies
    Paths {
        /// Also show where data of this application belongs
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
    },
    /// Show the settings and where each comes from
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Break a shop's database and get it back, in a few seconds
    Demo {
        /// Keep the demonstration in this new folder
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
        /// Sell into this database until standard input closes: the demonstration's second process
        #[arg(long, hide = true)]
        seller: Option<PathBuf>,
        /// Only build the shop in this new file: for benchmarks
        #[arg(long, hide = true, requires = "mib")]
        build: Option<PathBuf>,
        /// Its size in MiB
        #[arg(long, hide = true)]
        mib: Option<u64>,
        /// Time how this database opens, with the steps in `--dir`: for benchmarks
        #[arg(long, hide = true, requires = "dir")]
        time_open: Option<PathBuf>,
    },
    /// Print shell completions
    #[command(after_help = "Examples:\n    lifeboat completions bash > /etc/bash_completion.d/lifeboat")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write all pages to a folder
    Man {
        /// The folder
        dir: Option<PathBuf>,
    },
}

fn choice_of_field(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((column, choice)) if !column.is_empty() && !choice.is_empty() => Ok(text.to_owned()),
        _ => Err("say COLUMN=ours, COLUMN=theirs or COLUMN=JSON".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_consistent() {
        Args::command().debug_assert();
    }
}
