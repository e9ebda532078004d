//! Every statement of this crate by name: the only place that includes statement files.
//! A statement with `{holes}` is a template and goes through `quoted::Statement`.

macro_rules! statements {
    ($($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: &str = include_str!(concat!("../sql/", $file));)+

        /// Name and text of each, for the test that prepares them.
        #[cfg(test)]
        pub(crate) const LIST: &[(&str, &str)] = &[$(($file, $name),)+];
    };
}

pub(crate) mod adopt {
    //! Statements of `sql/adopt/`.
    statements! {
        HAS_TABLE = "adopt/has_table.sql";
        IS_KNEX_LOCKED = "adopt/is_knex_locked.sql";
        READ_DIESEL = "adopt/read_diesel.sql";
        READ_DJANGO = "adopt/read_django.sql";
        READ_DRIZZLE = "adopt/read_drizzle.sql";
        READ_GOLANG_MIGRATE = "adopt/read_golang_migrate.sql";
        READ_KNEX = "adopt/read_knex.sql";
        READ_REFINERY = "adopt/read_refinery.sql";
        READ_SCHEMA = "adopt/read_schema.sql";
        READ_SQLX = "adopt/read_sqlx.sql";
    }
}

pub(crate) mod compare {
    //! Statements of `sql/compare/`.
    statements! {
        ATTACH_POINT = "compare/attach_point.sql";
        COLUMN_DIFFERS = "compare/column_differs.sql";
        COUNT_CHANGED = "compare/count_changed.sql";
        COUNT_MISSING = "compare/count_missing.sql";
        COUNT_ROWS = "compare/count_rows.sql";
        IS_WITHOUT_ROWID = "compare/is_without_rowid.sql";
        LIST_COLUMNS = "compare/list_columns.sql";
        LIST_TABLES = "compare/list_tables.sql";
        SAME_KEY = "compare/same_key.sql";
    }
}

#[cfg(any(test, feature = "demo"))]
pub(crate) mod demo {
    //! Statements of `sql/demo/`.
    statements! {
        DELETE_INVOICES = "demo/delete_invoices.sql";
        INSERT_CUSTOMER = "demo/insert_customer.sql";
        INSERT_INVOICE = "demo/insert_invoice.sql";
        INSERT_LINE = "demo/insert_line.sql";
        INSERT_NOTE = "demo/insert_note.sql";
        INSERT_PRODUCT = "demo/insert_product.sql";
    }
}

pub(crate) mod examine {
    //! Statements of `sql/examine/`.
    statements! {
        CHECK_FOREIGN_KEYS = "examine/check_foreign_keys.sql";
        FIND_INTEGER_KEY = "examine/find_integer_key.sql";
        HAS_INTEGER_AFFINITY = "examine/has_integer_affinity.sql";
        HAS_LEADING_INDEX = "examine/has_leading_index.sql";
        HAS_ORPHAN_BY_DISTINCT = "examine/has_orphan_by_distinct.sql";
        HAS_ORPHAN_BY_ROW = "examine/has_orphan_by_row.sql";
        LIST_FOREIGN_KEYS = "examine/list_foreign_keys.sql";
        QUICK_CHECK = "examine/quick_check.sql";
        QUICK_CHECK_TABLE = "examine/quick_check_table.sql";
    }
}

pub(crate) mod install {
    //! Statements of `sql/install/`.
    statements! {
        BEGIN_EXCLUSIVE = "install/begin_exclusive.sql";
        CHECKPOINT = "install/checkpoint.sql";
        COMMIT = "install/commit.sql";
        JOURNAL_OFF = "install/journal_off.sql";
        LOCK_ALONE = "install/lock_alone.sql";
        LOCK_SHARED = "install/lock_shared.sql";
        SET_PAGE_SIZE = "install/set_page_size.sql";
        SYNC_OFF = "install/sync_off.sql";
        USE_ROLLBACK = "install/use_rollback.sql";
        VACUUM = "install/vacuum.sql";
        WRITE_BACK = "install/write_back.sql";
    }
}

pub(crate) mod look {
    //! Statements of `sql/look/`.
    statements! {
        BEGIN_READ = "look/begin_read.sql";
        COUNT_ROWS = "look/count_rows.sql";
        COUNT_ROWS_UNINDEXED = "look/count_rows_unindexed.sql";
        END_READ = "look/end_read.sql";
        FORBID_WRITES = "look/forbid_writes.sql";
        LIST_TABLES = "look/list_tables.sql";
        PIN = "look/pin.sql";
        READ_DATA_VERSION = "look/read_data_version.sql";
        READ_HEADER = "look/read_header.sql";
        READ_SCHEMA = "look/read_schema.sql";
    }
}

pub(crate) mod mend {
    //! Statements of `sql/mend/`.
    statements! {
        FORGET_INDEX = "mend/forget_index.sql";
        FREE_PAGES = "mend/free_pages.sql";
        INTEGRITY_CHECK = "mend/integrity_check.sql";
        LIST_COLUMNS = "mend/list_columns.sql";
        LIST_KEYLESS = "mend/list_keyless.sql";
        LIST_TREES = "mend/list_trees.sql";
        OPTIMIZE = "mend/optimize.sql";
        QUICK_CHECK = "mend/quick_check.sql";
        READ_DEFINITION = "mend/read_definition.sql";
        READ_FREE_PAGES = "mend/read_free_pages.sql";
        REINDEX = "mend/reindex.sql";
        TRUNCATE_LOG = "mend/truncate_log.sql";
    }
}

pub(crate) mod merge {
    //! Statements of `sql/merge/`.
    statements! {
        CONFIRM = "merge/confirm.sql";
        COPY_FROM_TRASH = "merge/copy_from_trash.sql";
        CUT_PEERS = "merge/cut_peers.sql";
        DROP_OWN_LINE = "merge/drop_own_line.sql";
        DROP_RECEIVED_LINE = "merge/drop_received_line.sql";
        FORGET_PEER = "merge/forget_peer.sql";
        FORGO_JOURNAL = "merge/forgo_journal.sql";
        FORGO_SYNC = "merge/forgo_sync.sql";
        HAS_MERGED = "merge/has_merged.sql";
        PAGE_TRASH = "merge/page_trash.sql";
        RAISE_FLOOR = "merge/raise_floor.sql";
        READ_FLOOR = "merge/read_floor.sql";
        READ_PEERS = "merge/read_peers.sql";
        RECORD_MERGE = "merge/record_merge.sql";
        SET_FIELD = "merge/set_field.sql";
        CARRY_CLOCK = "merge/carry_clock.sql";
        CLAIM_DUPLICATES = "merge/claim_duplicates.sql";
        CLEAR_ALIASES = "merge/clear_aliases.sql";
        CLEAR_DISPLACED = "merge/clear_displaced.sql";
        CLEAR_REPAIRS = "merge/clear_repairs.sql";
        CLEAR_STAGE = "merge/clear_stage.sql";
        CLEAR_STAGE_PLACE = "merge/clear_stage_place.sql";
        CLEAR_VERSIONS = "merge/clear_versions.sql";
        COUNT_DELETIONS = "merge/count_deletions.sql";
        COUNT_OTHER_KEYS = "merge/count_other_keys.sql";
        COUNT_RECEIVED_DELETIONS = "merge/count_received_deletions.sql";
        FIRST_RECEIVED = "merge/first_received.sql";
        DROP_RECEIVED = "merge/drop_received.sql";
        CREATE_LINES = "merge/create_lines.sql";
        CREATE_STAGE = "merge/create_stage.sql";
        CREATE_STAGE_PLACE = "merge/create_stage_place.sql";
        CUT_VECTOR = "merge/cut_vector.sql";
        DELETE_ROW = "merge/delete_row.sql";
        DROP_TEMP = "merge/drop_temp.sql";
        FIND_STAGED = "merge/find_staged.sql";
        FOLLOW_REUSE = "merge/follow_reuse.sql";
        HAS_TEMP = "merge/has_temp.sql";
        HIGHEST_REFERENCE = "merge/highest_reference.sql";
        HIGHEST_REPLICA = "merge/highest_replica.sql";
        HIGHEST_WRITTEN = "merge/highest_written.sql";
        INSERT_ALIAS = "merge/insert_alias.sql";
        INSERT_CLAIM = "merge/insert_claim.sql";
        INSERT_EPOCH = "merge/insert_epoch.sql";
        INSERT_LINE = "merge/insert_line.sql";
        INSERT_MARK = "merge/insert_mark.sql";
        INSERT_NUMBER = "merge/insert_number.sql";
        INSERT_OWN = "merge/insert_own.sql";
        INSERT_RECEIVED = "merge/insert_received.sql";
        INSERT_REPAIR = "merge/insert_repair.sql";
        INSERT_ROW = "merge/insert_row.sql";
        INSERT_VERSION = "merge/insert_version.sql";
        LINES_OF_ROW = "merge/lines_of_row.sql";
        LOWEST_HIDDEN = "merge/lowest_hidden.sql";
        MARK_ATTEMPT = "merge/mark_attempt.sql";
        MARK_MERGED = "merge/mark_merged.sql";
        MOVE_NUMBER = "merge/move_number.sql";
        MOVE_RECEIVED = "merge/move_received.sql";
        MOVE_REUSE = "merge/move_reuse.sql";
        NOTE_PEER = "merge/note_peer.sql";
        PAGE_LINES = "merge/page_lines.sql";
        PAGE_STAGE = "merge/page_stage.sql";
        PAGE_TOUCHED = "merge/page_touched.sql";
        RAISE_SEQUENCE = "merge/raise_sequence.sql";
        RAISE_VECTOR = "merge/raise_vector.sql";
        READ_ALIASES = "merge/read_aliases.sql";
        READ_CLAIMS = "merge/read_claims.sql";
        READ_EPOCHS = "merge/read_epochs.sql";
        READ_HEAD = "merge/read_head.sql";
        READ_KEYS = "merge/read_keys.sql";
        READ_LINES = "merge/read_lines.sql";
        READ_MARKS = "merge/read_marks.sql";
        READ_NUMBER = "merge/read_number.sql";
        READ_ORIGIN = "merge/read_origin.sql";
        READ_RECEIVED = "merge/read_received.sql";
        READ_RECEIVED_STAMP = "merge/read_received_stamp.sql";
        READ_REPAIRS = "merge/read_repairs.sql";
        READ_REPLICAS = "merge/read_replicas.sql";
        READ_REUSE = "merge/read_reuse.sql";
        READ_ROW = "merge/read_row.sql";
        READ_STAGE = "merge/read_stage.sql";
        READ_STAMP = "merge/read_stamp.sql";
        READ_VECTOR = "merge/read_vector.sql";
        READ_VERSIONS = "merge/read_versions.sql";
        RENAME_BIRTHS = "merge/rename_births.sql";
        RENAME_ORIGIN = "merge/rename_origin.sql";
        RENAME_RECEIVED = "merge/rename_received.sql";
        RENAME_VERSIONS = "merge/rename_versions.sql";
        SETTLE_EPOCHS = "merge/settle_epochs.sql";
        SETTLE_MARKS = "merge/settle_marks.sql";
        SHIFT_EPOCHS = "merge/shift_epochs.sql";
        SHIFT_MARKS = "merge/shift_marks.sql";
        STAGE_PLACE = "merge/stage_place.sql";
        STAGE_ROW = "merge/stage_row.sql";
        STAGE_TOUCH = "merge/stage_touch.sql";
        TABLES_OF_REUSE = "merge/tables_of_reuse.sql";
        TOUCH_DUPLICATES = "merge/touch_duplicates.sql";
        UNDO_ATTEMPT = "merge/undo_attempt.sql";
        UPDATE_ROW = "merge/update_row.sql";
        WIDEN_CACHE = "merge/widen_cache.sql";
    }
}

pub(crate) mod migrate {
    //! Statements of `sql/migrate/`.
    statements! {
        BEGIN_WRITE = "migrate/begin_write.sql";
        COPY_ORPHAN = "migrate/copy_orphan.sql";
        COPY_ROWS = "migrate/copy_rows.sql";
        COPY_ROWS_NUMBERED = "migrate/copy_rows_numbered.sql";
        CREATE_LEDGER = "migrate/create_ledger.sql";
        CREATE_SIDE_TABLE = "migrate/create_side_table.sql";
        DELETE_ORPHAN = "migrate/delete_orphan.sql";
        DROP_TABLE = "migrate/drop_table.sql";
        HAS_HIDDEN_ROW_NUMBER = "migrate/has_hidden_row_number.sql";
        HAS_LEDGER = "migrate/has_ledger.sql";
        HAS_SEQUENCES = "migrate/has_sequences.sql";
        IGNORE_FOREIGN_KEYS = "migrate/ignore_foreign_keys.sql";
        INSERT_ENTRY = "migrate/insert_entry.sql";
        INSERT_SEQUENCE = "migrate/insert_sequence.sql";
        LIST_DEPENDENTS = "migrate/list_dependents.sql";
        LIST_OBJECTS = "migrate/list_objects.sql";
        LIST_READABLE_COLUMNS = "migrate/list_readable_columns.sql";
        LIST_SHADOW_TABLES = "migrate/list_shadow_tables.sql";
        LIST_STORED_COLUMNS = "migrate/list_stored_columns.sql";
        LIST_VIRTUAL_TABLES = "migrate/list_virtual_tables.sql";
        RAISE_SEQUENCE = "migrate/raise_sequence.sql";
        READ_HEAD = "migrate/read_head.sql";
        READ_LEDGER = "migrate/read_ledger.sql";
        READ_SEQUENCE = "migrate/read_sequence.sql";
        RENAME_BY_NAME_ONLY = "migrate/rename_by_name_only.sql";
        RENAME_TABLE = "migrate/rename_table.sql";
        RENAME_WITH_REFERENCES = "migrate/rename_with_references.sql";
        ROLL_BACK = "migrate/roll_back.sql";
        SET_APPLICATION_ID = "migrate/set_application_id.sql";
        SET_USER_VERSION = "migrate/set_user_version.sql";
    }
}

pub(crate) mod posture {
    //! Statements of `sql/posture/`.
    statements! {
        CHECK_CELL_SIZE = "posture/check_cell_size.sql";
        DISTRUST_SCHEMA = "posture/distrust_schema.sql";
        ENFORCE_FOREIGN_KEYS = "posture/enforce_foreign_keys.sql";
        READ_POSTURE = "posture/read_posture.sql";
        SYNC_FULL = "posture/sync_full.sql";
        SYNC_NORMAL = "posture/sync_normal.sql";
        USE_WAL = "posture/use_wal.sql";
    }
}

pub(crate) mod salvage {
    //! Statements of `sql/salvage/`.
    statements! {
        ALLOW_SCHEMA_WRITES = "salvage/allow_schema_writes.sql";
        BEGIN_ENTRY = "salvage/begin_entry.sql";
        CREATE_LOST_ROWS = "salvage/create_lost_rows.sql";
        CREATE_LOST_VALUES = "salvage/create_lost_values.sql";
        ENCODE_UTF16BE = "salvage/encode_utf16be.sql";
        ENCODE_UTF16LE = "salvage/encode_utf16le.sql";
        FORBID_SCHEMA_WRITES = "salvage/forbid_schema_writes.sql";
        IGNORE_CHECKS = "salvage/ignore_checks.sql";
        INSERT_LOST_ROW = "salvage/insert_lost_row.sql";
        INSERT_LOST_VALUE = "salvage/insert_lost_value.sql";
        INSERT_NUMBERED_ROW = "salvage/insert_numbered_row.sql";
        INSERT_ROW = "salvage/insert_row.sql";
        INSERT_VIRTUAL_TABLE = "salvage/insert_virtual_table.sql";
        IS_THERE = "salvage/is_there.sql";
        JOURNAL_IN_MEMORY = "salvage/journal_in_memory.sql";
        KEEP_ENTRY = "salvage/keep_entry.sql";
        LIST_RECORD_COLUMNS = "salvage/list_record_columns.sql";
        READ_OBJECTS = "salvage/read_objects.sql";
        TAKE_ENTRY_BACK = "salvage/take_entry_back.sql";
    }
}

pub(crate) mod track {
    //! Statements of `sql/track/`.
    statements! {
        ADD_KEY_COLUMN = "track/add_key_column.sql";
        ALWAYS = "track/always.sql";
        APPEND_ONLY_DELETIONS = "track/append_only_deletions.sql";
        APPEND_ONLY_INSERTS = "track/append_only_inserts.sql";
        BRING_BIRTHS_BACK = "track/bring_births_back.sql";
        BURY_CLAIM_TRIGGER = "track/bury_claim_trigger.sql";
        BURY_TRIGGER = "track/bury_trigger.sql";
        CARRY_CLOCK = "track/carry_clock.sql";
        CELLS_CHANGED = "track/cells_changed.sql";
        CELLS_DELETED = "track/cells_deleted.sql";
        CELLS_INSERTED = "track/cells_inserted.sql";
        CELLS_UNTOUCHED = "track/cells_untouched.sql";
        CHANGED_ANEW = "track/changed_anew.sql";
        CHANGED_CELL = "track/changed_cell.sql";
        CHANGED_FAR_CELL = "track/changed_far_cell.sql";
        CHANGED_NEVER = "track/changed_never.sql";
        CHANGED_WHEN = "track/changed_when.sql";
        CLAIM = "track/claim.sql";
        CLAIMS_OF_ENTERED_ROWS = "track/claims_of_entered_rows.sql";
        CLAIMS_OF_NEW_ROWS = "track/claims_of_new_rows.sql";
        CLASH = "track/clash.sql";
        CLASH_ON_COLUMN = "track/clash_on_column.sql";
        CLEAR_BIRTHS = "track/clear_births.sql";
        CLEAR_TRASH = "track/clear_trash.sql";
        CLEAR_TRASH_OF_ROWS = "track/clear_trash_of_rows.sql";
        CLOSE_CONFLICTS = "track/close_conflicts.sql";
        COUNT_KEY_COLUMNS = "track/count_key_columns.sql";
        COUNT_KEYLESS_ROWS = "track/count_keyless_rows.sql";
        CREATE_ALIAS = "track/create_alias.sql";
        CREATE_CLAIM = "track/create_claim.sql";
        CREATE_CLAIM_KEY = "track/create_claim_key.sql";
        CREATE_COLUMN_REGISTRY = "track/create_column_registry.sql";
        CREATE_DISPLACED = "track/create_displaced.sql";
        CREATE_EPOCH = "track/create_epoch.sql";
        CREATE_FLOOR = "track/create_floor.sql";
        CREATE_JOURNAL = "track/create_journal.sql";
        CREATE_MARK = "track/create_mark.sql";
        CREATE_MERGE = "track/create_merge.sql";
        CREATE_NOTE = "track/create_note.sql";
        CREATE_NUMBER = "track/create_number.sql";
        CREATE_NUMBER_INDEX = "track/create_number_index.sql";
        CREATE_PEER = "track/create_peer.sql";
        CREATE_RECEIVED = "track/create_received.sql";
        CREATE_REPAIR = "track/create_repair.sql";
        CREATE_REPLICA = "track/create_replica.sql";
        CREATE_REUSE = "track/create_reuse.sql";
        CREATE_TABLE_REGISTRY = "track/create_table_registry.sql";
        CREATE_TRACKING = "track/create_tracking.sql";
        CREATE_TRASH = "track/create_trash.sql";
        CREATE_TRASH_KEY = "track/create_trash_key.sql";
        CREATE_VECTOR = "track/create_vector.sql";
        CREATE_VERSION = "track/create_version.sql";
        CURRENT_NAME = "track/current_name.sql";
        DATE_BACK = "track/date_back.sql";
        DATE_LINE = "track/date_line.sql";
        DELETE_TRIGGER = "track/delete_trigger.sql";
        DIFFERING_CELL = "track/differing_cell.sql";
        DIFFERING_FAR_CELL = "track/differing_far_cell.sql";
        DISPLACED_INSERT_TRIGGER = "track/displaced_insert_trigger.sql";
        DISPLACED_IS_THERE = "track/displaced_is_there.sql";
        DISPLACED_IS_TRASHED = "track/displaced_is_trashed.sql";
        DISPLACED_UPDATE_TRIGGER = "track/displaced_update_trigger.sql";
        DRAWN_DEFAULT = "track/drawn_default.sql";
        DROP_BIRTHS = "track/drop_births.sql";
        DROP_COLUMN = "track/drop_column.sql";
        DROP_LINES = "track/drop_lines.sql";
        DROP_RESTS_ON = "track/drop_rests_on.sql";
        DROP_TABLE = "track/drop_table.sql";
        DROP_TRIGGER = "track/drop_trigger.sql";
        EARLIER_CLAIMS = "track/earlier_claims.sql";
        EARLIER_DELETION_LINES = "track/earlier_deletion_lines.sql";
        EARLIER_DELETIONS = "track/earlier_deletions.sql";
        EARLIER_HAS_SEQUENCES = "track/earlier_has_sequences.sql";
        EARLIER_HIGHEST = "track/earlier_highest.sql";
        EARLIER_IMAGES = "track/earlier_images.sql";
        EARLIER_INSERTS = "track/earlier_inserts.sql";
        EARLIER_SEQUENCE = "track/earlier_sequence.sql";
        EARLIER_TOUCHES = "track/earlier_touches.sql";
        EARLIER_UPDATES = "track/earlier_updates.sql";
        FILL_TRASH = "track/fill_trash.sql";
        FILL_WITH_DEFAULT = "track/fill_with_default.sql";
        FOLLOW_TRIGGER = "track/follow_trigger.sql";
        FIND_REPLICA = "track/find_replica.sql";
        FORGET_BIRTHS = "track/forget_births.sql";
        FORGET_NOTE = "track/forget_note.sql";
        HAS_SEQUENCES = "track/has_sequences.sql";
        HAS_TRACKING = "track/has_tracking.sql";
        INDEX_RESTS_ON = "track/index_rests_on.sql";
        INSERTED_NUMBERS = "track/inserted_numbers.sql";
        INSERT_COLUMN = "track/insert_column.sql";
        INSERT_MARK = "track/insert_mark.sql";
        INSERT_REPLICA = "track/insert_replica.sql";
        INSERT_STEP_NUMBER = "track/insert_step_number.sql";
        INSERT_TABLE = "track/insert_table.sql";
        INSERT_TRACKING = "track/insert_tracking.sql";
        INSERT_TRIGGER = "track/insert_trigger.sql";
        IS_NAMED = "track/is_named.sql";
        KEEP_IMAGE = "track/keep_image.sql";
        KEY_IS_KNOWN = "track/key_is_known.sql";
        KEY_IS_LACKING = "track/key_is_lacking.sql";
        LEAVE_TRIGGER = "track/leave_trigger.sql";
        LINES_THAT_REST = "track/lines_that_rest.sql";
        LINE_IS_THERE = "track/line_is_there.sql";
        LINE_IS_TRASHED = "track/line_is_trashed.sql";
        LINE_OF_DISPLACED = "track/line_of_displaced.sql";
        LINES_OF_ALL_ROWS = "track/lines_of_all_rows.sql";
        LINES_OF_LOST_ROWS = "track/lines_of_lost_rows.sql";
        LINES_OF_NEW_ROWS = "track/lines_of_new_rows.sql";
        LIST_BIRTHS = "track/list_births.sql";
        LIST_COLUMNS = "track/list_columns.sql";
        LIST_FIELDS = "track/list_fields.sql";
        LIST_INDEX_COLUMNS = "track/list_index_columns.sql";
        LIST_KEY_COLLATIONS = "track/list_key_collations.sql";
        LIST_OWN_OBJECTS = "track/list_own_objects.sql";
        LIST_REFERENCES = "track/list_references.sql";
        LIST_REGISTRY = "track/list_registry.sql";
        LIST_TRIGGERS = "track/list_triggers.sql";
        LIST_UNIQUE_INDEXES = "track/list_unique_indexes.sql";
        MARK_AUDITED = "track/mark_audited.sql";
        NEXT_BIT = "track/next_bit.sql";
        NEXT_TABLE = "track/next_table.sql";
        NOT_ITSELF = "track/not_itself.sql";
        NOTE_INSERT_TRIGGER = "track/note_insert_trigger.sql";
        NOTE_NUMBER_INSERT_TRIGGER = "track/note_number_insert_trigger.sql";
        NOTE_NUMBER_UPDATE_TRIGGER = "track/note_number_update_trigger.sql";
        NOTE_UPDATE_TRIGGER = "track/note_update_trigger.sql";
        OPEN_EPOCH = "track/open_epoch.sql";
        PARENT_HAS = "track/parent_has.sql";
        PARENT_IS_THERE = "track/parent_is_there.sql";
        READ_AUDITED = "track/read_audited.sql";
        READ_CONTENT = "track/read_content.sql";
        READ_DEFAULT = "track/read_default.sql";
        READ_HIGHEST = "track/read_highest.sql";
        READ_MARK = "track/read_mark.sql";
        READ_SEQUENCE = "track/read_sequence.sql";
        READ_TRACKING = "track/read_tracking.sql";
        REMOVE_CHANGED = "track/remove_changed.sql";
        RENAME_COLUMN = "track/rename_column.sql";
        RESTS_ON = "track/rests_on.sql";
        RETURN_NUMBER_TRIGGER = "track/return_number_trigger.sql";
        RETURN_TRIGGER = "track/return_trigger.sql";
        REUSE = "track/reuse.sql";
        ROW_HAS_KEY = "track/row_has_key.sql";
        ROW_IS_TRASHED = "track/row_is_trashed.sql";
        SAME_IN_BOTH = "track/same_in_both.sql";
        SAME_LINE = "track/same_line.sql";
        SAME_NEW_KEY = "track/same_new_key.sql";
        SEED_JOURNAL = "track/seed_journal.sql";
        SET_MARK = "track/set_mark.sql";
        SET_POLICY = "track/set_policy.sql";
        SLOT_HOLDS = "track/slot_holds.sql";
        SLOT_IS_EMPTY = "track/slot_is_empty.sql";
        SPLIT_LINE = "track/split_line.sql";
        THERE_IS_KEY = "track/there_is_key.sql";
        TOUCH_NEW_COLUMN = "track/touch_new_column.sql";
        TRASH_LOST_ROWS = "track/trash_lost_rows.sql";
        TRASH_OF_DISPLACED = "track/trash_of_displaced.sql";
        UPDATE_TABLE = "track/update_table.sql";
        UPDATE_TRIGGER = "track/update_trigger.sql";
        WRITE_LINE = "track/write_line.sql";
    }
}

#[cfg(test)]
mod tests;
