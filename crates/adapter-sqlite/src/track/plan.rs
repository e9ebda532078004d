//! What a tracked table needs, worked out before anything is written: slots, key, and how its rows are told apart.

use super::names::{Names, key_column, slot};
use super::shape::Surveyed;
use crate::quoted::{Fill, Image, Joint, Statement};
use crate::sql;
use lifeboat_domain::merge::{Identity, KeyShape, MergePolicy, TableRules};

/// One column and its bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) bit: i64,
    pub(crate) name: String,
}

/// One table that is tracked.
#[derive(Debug, Clone)]
pub(super) struct Tracked<'a> {
    pub(super) no: i64,
    pub(super) table: &'a Surveyed,
    pub(super) rules: &'a TableRules,
    /// Its columns, in the order of the rules.
    pub(super) slots: Vec<Slot>,
    /// How far a counted table was counted when the last epoch was opened.
    pub(super) highest: i64,
    /// Columns that hold numbers of counted tables, with the number of each table.
    pub(super) parents: Vec<(usize, i64)>,
}

impl Tracked<'_> {
    pub(super) fn names(&self) -> Names {
        Names(self.no)
    }

    pub(super) fn table_name(&self) -> &str {
        self.table.shape.name.as_str()
    }

    pub(super) fn is_counted(&self) -> bool {
        matches!(self.table.shape.key, KeyShape::Counted(_))
    }

    pub(super) fn key(&self) -> Vec<&Slot> {
        self.rules.key.iter().map(|field| &self.slots[*field]).collect()
    }

    pub(super) fn natural_key(&self) -> Vec<&Slot> {
        match &self.rules.identity {
            Identity::NaturalKey(fields) => fields.iter().map(|field| &self.slots[*field]).collect(),
            Identity::Key | Identity::Renumber => Vec::new(),
        }
    }

    /// May a row have no key? Only an old quirk of the engine lets it.
    fn may_lack_key(&self) -> bool {
        let fields = &self.table.shape.fields;
        !self.is_counted() && self.rules.key.iter().any(|field| !fields[*field].not_null)
    }

    /// Are rows as they were born?
    fn is_append_only(&self) -> bool {
        self.rules.policy == MergePolicy::AppendOnly
    }

    /// Is a row that comes back looked after by a trigger of its own, which most inserts do not set off? Where a number and a
    /// natural key change hands together, they do so in one body, in order.
    fn returns_apart(&self) -> bool {
        self.natural_key().is_empty()
    }

    /// Where nothing leaves, nothing is written down.
    pub(super) fn is_tracked(rules: &TableRules) -> bool {
        rules.policy != MergePolicy::LocalOnly
    }
}

/// Names as text, for a fill.
pub(super) fn names_of(slots: &[&Slot]) -> Vec<String> {
    slots.iter().map(|slot| slot.name.clone()).collect()
}

pub(super) fn slots_of(slots: &[&Slot]) -> Vec<String> {
    slots.iter().map(|one| slot(one.bit)).collect()
}

pub(super) fn idents(names: &[String]) -> Fill {
    Fill::idents(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(super) fn images(image: Image, slots: &[&Slot]) -> Fill {
    Fill::images(image, &slots.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>())
}

/// Every statement that makes the triggers of a table; pure text, so that an audit can compare it.
pub(super) fn triggers(table: &Tracked<'_>) -> Vec<(String, Statement)> {
    use sql::track as t;
    let mut changed = keep_image(table);
    changed.push(line(table, &mask(table), Image::New));
    let mut made = vec![
        trigger(table, "insert", t::INSERT_TRIGGER, Image::New, insertion(table)),
        trigger(table, "update", t::UPDATE_TRIGGER, Image::New, changed),
        trigger(table, "leave", t::LEAVE_TRIGGER, Image::Old, departure(table)),
        trigger(table, "arrive", t::LEAVE_TRIGGER, Image::New, arrival(table)),
        trigger(table, "delete", t::DELETE_TRIGGER, Image::Old, departure(table)),
    ];
    if table.returns_apart() && !comeback(table).is_empty() {
        let template = if table.is_counted() { t::RETURN_NUMBER_TRIGGER } else { t::RETURN_TRIGGER };
        made.push(trigger(table, "return", template, Image::New, comeback(table)));
    }
    if !table.table.clashes.is_empty() {
        made.extend(notes(table));
    }
    if table.is_counted() {
        for (kind, template) in [
            ("number_insert", t::NOTE_NUMBER_INSERT_TRIGGER),
            ("number_update", t::NOTE_NUMBER_UPDATE_TRIGGER),
        ] {
            made.push(trigger(table, kind, template, Image::New, Vec::new()));
        }
        made.extend(burials(table));
    }
    made.extend(followers(table));
    made
}

fn trigger(
    table: &Tracked<'_>,
    kind: &str,
    template: &'static str,
    image: Image,
    body: Vec<Statement>,
) -> (String, Statement) {
    let name = table.names().trigger(kind);
    let holes = [
        ("name", Fill::ident(&name)),
        ("table", Fill::ident(table.table_name())),
        ("known", Fill::Joined(known(table, image), Joint::And)),
        ("kept", Fill::Joined(same_key(table), Joint::And)),
        ("same", Fill::Joined(held(&table.key(), Image::New), Joint::And)),
        ("body", Fill::Joined(body, Joint::Then)),
    ];
    (name, Statement::fill(template, &[&holes[..], &of_trash(table)].concat()))
}

/// A row without a key is passed over; where none can be, nothing is asked.
fn known(table: &Tracked<'_>, image: Image) -> Vec<Statement> {
    if !table.may_lack_key() {
        return vec![Statement::fill(sql::track::ALWAYS, &[])];
    }
    let is_known = |slot: &&Slot| {
        Statement::fill(sql::track::KEY_IS_KNOWN, &[("image", Fill::images(image, &[&slot.name]))])
    };
    table.key().iter().map(is_known).collect()
}

fn same_key(table: &Tracked<'_>) -> Vec<Statement> {
    let same =
        |slot: &&Slot| Statement::fill(sql::track::SAME_NEW_KEY, &[("column", Fill::ident(&slot.name))]);
    table.key().iter().map(same).collect()
}

/// A row is there that was not. Most never were: what lies in the trash under the key is looked after apart.
fn insertion(table: &Tracked<'_>) -> Vec<Statement> {
    if !table.returns_apart() {
        return arrival(table);
    }
    vec![line(table, &Statement::fill(sql::track::CELLS_INSERTED, &[]), Image::New)]
}

/// A row is there, and what lies in the trash under its key is it, or was another one.
fn arrival(table: &Tracked<'_>) -> Vec<Statement> {
    let mut body = comeback(table);
    if !table.natural_key().is_empty() {
        body.push(claim(table));
    }
    body.push(line(table, &Statement::fill(sql::track::CELLS_INSERTED, &[]), Image::New));
    body
}

fn comeback(table: &Tracked<'_>) -> Vec<Statement> {
    let clear = (!table.is_append_only()).then(|| clear_trash(table, Image::New));
    if !table.is_counted() {
        return clear.into_iter().collect();
    }
    let fill = |template| Statement::fill(template, &of_trash(table));
    let reuse = std::iter::once(fill(sql::track::REUSE));
    reuse.chain(clear).chain([fill(sql::track::FORGET_NOTE)]).collect()
}

fn departure(table: &Tracked<'_>) -> Vec<Statement> {
    let deleted = line(table, &Statement::fill(sql::track::CELLS_DELETED, &[]), Image::Old);
    if table.is_append_only() {
        return keep_image(table).into_iter().chain([deleted]).collect();
    }
    vec![clear_trash(table, Image::Old), image(table, sql::track::FILL_TRASH), deleted]
}

/// Nothing but in append-only tables.
fn keep_image(table: &Tracked<'_>) -> Vec<Statement> {
    table.is_append_only().then(|| image(table, sql::track::KEEP_IMAGE)).into_iter().collect()
}

fn image(table: &Tracked<'_>, template: &'static str) -> Statement {
    let all: Vec<&Slot> = table.slots.iter().collect();
    let holes = [
        ("trash", Fill::ident(&table.names().trash())),
        ("slots", idents(&slots_of(&all))),
        ("values", images(Image::Old, &all)),
        ("same", Fill::Joined(held(&table.key(), Image::Old), Joint::And)),
    ];
    Statement::fill(template, &holes)
}

fn clear_trash(table: &Tracked<'_>, image: Image) -> Statement {
    let holes = [
        ("trash", Fill::ident(&table.names().trash())),
        ("same", Fill::Joined(held(&table.key(), image), Joint::And)),
    ];
    Statement::fill(sql::track::CLEAR_TRASH, &holes)
}

fn held(slots: &[&Slot], image: Image) -> Vec<Statement> {
    let holds = |one: &&Slot| {
        let holes = [("slot", Fill::ident(&slot(one.bit))), ("image", Fill::images(image, &[&one.name]))];
        Statement::fill(sql::track::SLOT_HOLDS, &holes)
    };
    slots.iter().map(holds).collect()
}

fn claim(table: &Tracked<'_>) -> Statement {
    let all: Vec<&Slot> = table.natural_key().into_iter().chain(table.key()).collect();
    let known = |slot: &&Slot| {
        Statement::fill(sql::track::KEY_IS_KNOWN, &[("image", Fill::images(Image::New, &[&slot.name]))])
    };
    let holes = [
        ("claim", Fill::ident(&table.names().claim())),
        ("slots", idents(&claim_columns(table))),
        ("values", images(Image::New, &all)),
        ("same", Fill::Joined(claim_holds(table, &all), Joint::And)),
        ("known", Fill::Joined(table.natural_key().iter().map(known).collect(), Joint::And)),
    ];
    Statement::fill(sql::track::CLAIM, &holes)
}

/// Columns of the table of claims: the claimed values, then the key. A column may be both.
pub(super) fn claim_columns(table: &Tracked<'_>) -> Vec<String> {
    let claimed = table.natural_key().into_iter().map(|one| format!("v{}", one.bit));
    claimed.chain(slots_of(&table.key())).collect()
}

fn claim_holds(table: &Tracked<'_>, all: &[&Slot]) -> Vec<Statement> {
    let holds = |(column, one): (String, &&Slot)| {
        let holes = [("slot", Fill::ident(&column)), ("image", Fill::images(Image::New, &[&one.name]))];
        Statement::fill(sql::track::SLOT_HOLDS, &holes)
    };
    claim_columns(table).into_iter().zip(all).map(holds).collect()
}

/// Names of the columns of a line that keep this key.
pub(crate) fn key_columns(count: usize) -> Vec<String> {
    (0..count).map(key_column).collect()
}

fn line(table: &Tracked<'_>, cells: &Statement, image: Image) -> Statement {
    let key = table.key();
    let holes = [
        ("columns", idents(&key_columns(key.len()))),
        ("table_no", Fill::Number(table.no)),
        ("cells", Fill::Joined(vec![cells.clone()], Joint::Then)),
        ("values", images(image, &key)),
    ];
    Statement::fill(sql::track::WRITE_LINE, &holes)
}

/// Bits beyond this one would meet the sign.
pub(super) const LAST_BIT: i64 = 61;

/// Which columns changed, as bits; 0 where none that is known did.
fn mask(table: &Tracked<'_>) -> Statement {
    let key = table.key();
    let changed = |slot: &Slot| {
        let holes = [("column", Fill::ident(&slot.name)), ("bit", Fill::Number(slot.bit))];
        let is_far = slot.bit > LAST_BIT;
        Statement::fill(if is_far { sql::track::CHANGED_FAR_CELL } else { sql::track::CHANGED_CELL }, &holes)
    };
    let cells: Vec<Statement> = table.slots.iter().filter(|slot| !key.contains(slot)).map(changed).collect();
    if cells.is_empty() {
        return Statement::fill(sql::track::CELLS_UNTOUCHED, &[]);
    }
    Statement::fill(sql::track::CELLS_CHANGED, &[("cells", Fill::Joined(cells, Joint::Bits))])
}

fn of_trash(table: &Tracked<'_>) -> Vec<(&'static str, Fill)> {
    let key = table.key();
    vec![
        ("table_no", Fill::Number(table.no)),
        ("highest", Fill::Number(table.highest)),
        ("key", Fill::ident(&key[0].name)),
        ("slot", Fill::ident(&slot(key[0].bit))),
        ("trash", Fill::ident(&table.names().trash())),
    ]
}

fn burials(table: &Tracked<'_>) -> Vec<(String, Statement)> {
    let mut made = vec![trigger(table, "bury", sql::track::BURY_TRIGGER, Image::New, Vec::new())];
    if !table.natural_key().is_empty() {
        let name = table.names().trigger("bury_claim");
        let holes = [
            ("name", Fill::ident(&name)),
            ("table_no", Fill::Number(table.no)),
            ("claim", Fill::ident(&table.names().claim())),
            ("slot", Fill::ident(&slot(table.key()[0].bit))),
        ];
        made.push((name, Statement::fill(sql::track::BURY_CLAIM_TRIGGER, &holes)));
    }
    made
}

/// Tombstones of children keep to the parent that they had.
fn followers(table: &Tracked<'_>) -> Vec<(String, Statement)> {
    let follow = |(field, parent): &(usize, i64)| {
        let bit = table.slots[*field].bit;
        let name = table.names().trigger(&format!("follow_{bit}"));
        let holes = [
            ("name", Fill::ident(&name)),
            ("parent", Fill::Number(*parent)),
            ("trash", Fill::ident(&table.names().trash())),
            ("slot", Fill::ident(&slot(bit))),
        ];
        (name, Statement::fill(sql::track::FOLLOW_TRIGGER, &holes))
    };
    table.parents.iter().map(follow).collect()
}

/// Triggers by which rows that REPLACE pushes aside are seen.
fn notes(table: &Tracked<'_>) -> Vec<(String, Statement)> {
    let key = table.key();
    let clashes: Vec<Statement> = table.table.clashes.iter().map(clash_on).collect();
    let other =
        |slot: &&Slot| Statement::fill(sql::track::NOT_ITSELF, &[("column", Fill::ident(&slot.name))]);
    let all: Vec<&Slot> = table.slots.iter().collect();
    let note = |kind: &str, template| {
        let name = table.names().trigger(kind);
        let holes = [
            ("name", Fill::ident(&name)),
            ("table", Fill::ident(table.table_name())),
            ("displaced", Fill::ident(&table.names().displaced())),
            ("slots", idents(&slots_of(&all))),
            ("columns", idents(&names_of(&all))),
            ("clash", Fill::Joined(clashes.clone(), Joint::Or)),
            ("other", Fill::Joined(key.iter().map(other).collect(), Joint::Or)),
        ];
        (name, Statement::fill(template, &holes))
    };
    let body = tail(table);
    vec![
        note("note_insert", sql::track::NOTE_INSERT_TRIGGER),
        note("note_update", sql::track::NOTE_UPDATE_TRIGGER),
        aside(table, "aside_insert", sql::track::DISPLACED_INSERT_TRIGGER, body.clone()),
        aside(table, "aside_update", sql::track::DISPLACED_UPDATE_TRIGGER, body),
    ]
}

fn clash_on(clash: &super::shape::Clash) -> Statement {
    let on = |(column, collation): &(String, String)| {
        let holes = [("column", Fill::ident(column)), ("collation", Fill::ident(collation))];
        Statement::fill(sql::track::CLASH_ON_COLUMN, &holes)
    };
    Statement::fill(
        sql::track::CLASH,
        &[("columns", Fill::Joined(clash.iter().map(on).collect(), Joint::And))],
    )
}

fn aside(
    table: &Tracked<'_>,
    kind: &str,
    template: &'static str,
    body: Vec<Statement>,
) -> (String, Statement) {
    let name = table.names().trigger(kind);
    let holes = [
        ("name", Fill::ident(&name)),
        ("table", Fill::ident(table.table_name())),
        ("displaced", Fill::ident(&table.names().displaced())),
        ("body", Fill::Joined(body, Joint::Then)),
    ];
    (name, Statement::fill(template, &holes))
}

fn tail(table: &Tracked<'_>) -> Vec<Statement> {
    let (key, all): (Vec<&Slot>, Vec<&Slot>) = (table.key(), table.slots.iter().collect());
    let of = |template: &'static str| {
        let fill = |one: &&Slot| {
            let holes = [("column", Fill::ident(&one.name)), ("slot", Fill::ident(&slot(one.bit)))];
            Statement::fill(template, &holes)
        };
        Fill::Joined(key.iter().map(fill).collect(), Joint::And)
    };
    let fill = |template| {
        let holes = [
            ("columns", idents(&key_columns(key.len()))),
            ("keys", idents(&slots_of(&key))),
            ("table_no", Fill::Number(table.no)),
            ("table", Fill::ident(table.table_name())),
            ("displaced", Fill::ident(&table.names().displaced())),
            ("trash", Fill::ident(&table.names().trash())),
            ("slots", idents(&slots_of(&all))),
            ("there", of(sql::track::DISPLACED_IS_THERE)),
            ("trashed", of(sql::track::DISPLACED_IS_TRASHED)),
        ];
        Statement::fill(template, &holes)
    };
    vec![fill(sql::track::LINE_OF_DISPLACED), fill(sql::track::TRASH_OF_DISPLACED)]
}
