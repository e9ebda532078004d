//! Stable error codes, grouped by verb. Each has a page in docs/errors/; a code is never given a new meaning.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $exit:literal;)+) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The number after `LB`.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)+ }
            }

            /// Exit status of the command line (docs/exit-codes.md).
            #[must_use]
            pub const fn exit_status(self) -> u8 {
                match self { $(Self::$name => $exit,)+ }
            }
        }
    };
}

codes! {
    /// The database file is not there.
    DatabaseAbsent = 101, 10;
    /// The file is not a SQLite database.
    NotADatabase = 102, 20;
    /// The database is damaged.
    DatabaseDamaged = 103, 20;
    /// Another process holds a lock on the database.
    DatabaseBusy = 104, 11;
    /// The system denies access.
    PermissionDenied = 105, 1;
    /// The database lies on a network file system.
    NetworkFileSystem = 106, 22;
    /// Another Lifeboat works on this database or vault.
    LockHeld = 108, 11;
    /// Too little space for what is asked.
    TooLittleSpace = 109, 23;
    /// Cancelled before the point of no return.
    Cancelled = 110, 130;
    /// The record of an interrupted act is damaged.
    ActRecordDamaged = 111, 20;
    /// The system reported an input or output error.
    InputOutput = 112, 1;
    /// It is not clear which database is meant.
    NoDatabaseNamed = 113, 2;
    /// The destination is the source.
    DestinationIsSource = 114, 2;
    /// What was asked for is longer than allowed.
    OutOfBounds = 115, 2;
    /// The command line is not understood.
    UsageWrong = 116, 2;
    /// The database was moved to another place.
    DatabaseMoved = 117, 10;
    /// The copy does not agree with its source.
    CaptureDisagrees = 201, 20;
    /// The capture held the source longer than allowed.
    CaptureLimit = 202, 11;
    /// The volume became full while writing.
    DiskFull = 203, 23;
    /// There is no vault.
    VaultAbsent = 301, 10;
    /// No restore point answers to that id.
    PointUnknown = 302, 10;
    /// Several restore points answer to that id.
    PointAmbiguous = 303, 2;
    /// There is no verified restore point yet.
    NoPointYet = 304, 10;
    /// The format of a file is newer than this build, or unknown.
    UnknownFormat = 305, 21;
    /// The bytes of a restore point are not the ones that were verified.
    PointDamaged = 401, 20;
    /// A manifest is damaged.
    ManifestDamaged = 402, 20;
    /// A drill did not give what the manifest says.
    DrillFailed = 403, 20;
    /// The point was never verified, or is suspect.
    PointNotVerified = 501, 20;
    /// The proof after a restore failed; the state before it is back.
    ProofFailed = 502, 20;
    /// A destructive act needs a yes.
    ConfirmationNeeded = 503, 2;
    /// The target of a restore exists.
    TargetExists = 504, 2;
    /// The folder of the target is not there.
    TargetFolderAbsent = 505, 2;
    /// The proof failed and the state before it could not be put back by itself.
    PutBackFailed = 506, 20;
    /// There is no act to take back.
    NothingToUndo = 601, 10;
    /// What undo would go back to is gone.
    UndoPointGone = 602, 10;
    /// Nothing may be dropped now.
    RetentionRefused = 701, 20;
    /// The point is protected.
    PointProtected = 702, 2;
    /// The configuration is not valid.
    ConfigInvalid = 801, 2;
    /// The configuration exists already.
    ConfigExists = 802, 2;
    /// There are no migrations where they were looked for.
    MigrationsAbsent = 901, 10;
    /// A file is no step, or declares what this build does not know.
    MigrationInvalid = 902, 2;
    /// Two steps have one number.
    MigrationDuplicate = 903, 2;
    /// A number is missing between the steps.
    MigrationGap = 904, 2;
    /// A step comes before one that is applied already.
    MigrationOutOfOrder = 905, 1;
    /// A step was changed after it was applied.
    MigrationEdited = 906, 1;
    /// A step that was applied is gone.
    MigrationMissing = 907, 1;
    /// The database is newer than this application.
    SchemaNewer = 908, 21;
    /// A step failed; nothing of it stayed.
    MigrationFailed = 909, 1;
    /// A step failed before and has not changed.
    MigrationFailedBefore = 910, 1;
    /// The database has tables and no ledger.
    AdoptionNeeded = 911, 1;
    /// The database belongs to another application.
    OtherApplication = 912, 1;
    /// The database was damaged after a migration; the state before it is back.
    MigrationPutBack = 913, 20;
    /// Guarded work failed; the state before it is back.
    GuardedWorkFailed = 914, 1;
    /// The ledger of another migrator cannot be believed.
    ForeignLedgerUnsound = 915, 1;
    /// The schema is that of no step.
    AdoptionDiffers = 916, 1;
    /// The schema is that of several steps.
    AdoptionAmbiguous = 917, 2;
    /// The header counts further than the steps.
    AdoptionBehindHeader = 918, 1;
    /// The rules of merging do not fit the schema.
    RulesInvalid = 1001, 2;
    /// The database is not tracked.
    NotTracked = 1002, 10;
    /// A table of the application has a name that tracking needs.
    TrackingNameTaken = 1003, 1;
    /// The other database is not tracked.
    OtherNotTracked = 1004, 10;
    /// The two databases were tracked apart.
    OtherLineage = 1005, 1;
    /// The two databases follow different rules.
    RulesDiffer = 1006, 1;
    /// A clock of the other side is far ahead.
    ClockAhead = 1007, 1;
    /// The rules forbid changes from elsewhere, and there are some.
    MergeForbidden = 1008, 1;
    /// The schema or the rules do not take what the merge amounts to.
    MergeViolated = 1009, 1;
    /// There is no such conflict.
    ConflictUnknown = 1010, 10;
    /// A conflict cannot be decided so.
    ResolutionRefused = 1011, 2;
    /// The two databases are not alike enough to be merged.
    MergeUnsupported = 1012, 1;
    /// One copy lacks writes that were forgotten on the other.
    BelowFloor = 1013, 1;
    /// The share does not answer.
    ShareUnreachable = 1101, 1;
    /// The share, or a folder of it, is not there.
    ShareMissing = 1102, 10;
    /// The server does not accept the user.
    ShareLoginRefused = 1103, 1;
    /// The system denies access to the share.
    ShareDenied = 1104, 1;
    /// Nothing was published on the share.
    NothingPublished = 1105, 10;
    /// A release is announced and not complete, or is being published.
    ReleaseIncomplete = 1106, 1;
    /// Release metadata is not accepted.
    MetadataRefused = 1107, 12;
    /// The share offers an older state than was seen before.
    RollbackRefused = 1108, 12;
    /// What was seen of the share before can no longer be read.
    UpdateMemoryDamaged = 1109, 20;
    /// Release metadata expired too long ago.
    MetadataTooOld = 1110, 12;
    /// One version stands for different bytes.
    ReleaseClash = 1111, 12;
    /// The artifact on the share is not the one that was signed.
    ArtifactDamaged = 1112, 20;
    /// There is nothing that could be applied.
    NothingFetched = 1113, 10;
    /// The fetched artifact is not the one that was signed any more.
    ArtifactSwapped = 1114, 12;
    /// The installer could not be started.
    InstallerNotStarted = 1115, 1;
    /// The installer ended with an error.
    InstallerFailed = 1116, 1;
    /// An update needs rights that this user has not.
    ElevationNeeded = 1117, 1;
    /// Updates are not configured.
    UpdatesNotConfigured = 1118, 2;
    /// Somebody else publishes.
    PublishLocked = 1119, 11;
    /// Another publisher was faster.
    PublishOvertaken = 1120, 11;
    /// The version is published already, with other bytes or for others.
    VersionPublished = 1121, 2;
    /// A minimum version would be lowered, or is above the release.
    MinimumWrong = 1122, 2;
    /// The name of an artifact is not allowed.
    ArtifactNameRefused = 1123, 2;
    /// A key that has to sign is not at hand, or cannot be read.
    KeysMissing = 1124, 12;
    /// There are keys already.
    KeysExist = 1125, 2;
    /// A root is not signed by enough keys.
    RootIncomplete = 1126, 12;
    /// The local file is not fit to be published.
    ArtifactUnfit = 1127, 2;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LB{:04}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_exit_codes_are_documented_ones() {
        let numbers: Vec<_> = Code::ALL.iter().map(|c| c.number()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
        let known = [1, 2, 3, 4, 10, 11, 12, 20, 21, 22, 23, 130];
        assert!(Code::ALL.iter().all(|c| known.contains(&c.exit_status())));
        assert_eq!(Code::DatabaseAbsent.to_string(), "LB0101");
    }
}
