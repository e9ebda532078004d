//! Reads the steps of another migrator by the names that it gives its files, with the digest that it writes down.
//!
//! Digests as of sqlx 0.9 (SHA-384 of the file), refinery 0.10 (SipHash 1-3 of name, number and text), Drizzle 0.45
//! (SHA-256 of the file). The other tools keep none.

use super::{ForeignFile, Tool};
use sha2::{Digest, Sha256, Sha384};
use siphasher::sip::SipHasher13;
use std::fmt::Write;
use std::hash::{Hash, Hasher};

/// The step that a file is, by its path inside the tool's folder (`/` between names) and its bytes; `None` where it is
/// none. `order` is the text of Drizzle's own journal, where there is one.
#[must_use]
pub fn file_of(tool: Tool, path: &str, bytes: &[u8], order: Option<&str>) -> Option<ForeignFile> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let file = |id: String, digest: Option<String>| Some(ForeignFile { id, digest });
    match tool {
        Tool::Sqlx => {
            let stem = name.strip_suffix(".sql").filter(|stem| !stem.ends_with(".down"))?;
            let (number, _) = stem.split_once('_')?;
            file(number.parse::<i64>().ok()?.to_string(), Some(hex(&Sha384::digest(bytes))))
        }
        Tool::Refinery => {
            let stem = name.strip_suffix(".sql")?;
            let (number, words) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
            let number: i32 = number.parse().ok()?;
            file(number.to_string(), Some(refinery_digest(words, number, std::str::from_utf8(bytes).ok()?)))
        }
        Tool::Diesel => {
            let folder = path.strip_suffix("/up.sql")?.rsplit('/').next()?;
            let number = folder.split('_').next()?.replace('-', "");
            file((!number.is_empty()).then_some(number)?, None)
        }
        Tool::Knex => {
            let known = ["js", "cjs", "mjs", "ts", "sql"];
            known
                .contains(&name.rsplit_once('.')?.1)
                .then(|| ForeignFile { id: name.to_owned(), digest: None })
        }
        Tool::Drizzle => {
            let tag = name.strip_suffix(".sql")?;
            file(drizzle_time(order?, tag)?, Some(hex(&Sha256::digest(bytes))))
        }
        Tool::Django => {
            let (folders, _) = path.rsplit_once('/')?;
            let step = name.strip_suffix(".py").filter(|step| *step != "__init__")?;
            let app = folders.strip_suffix("/migrations")?.rsplit('/').next()?;
            file(format!("{app}.{step}"), None)
        }
        Tool::GolangMigrate => {
            let (number, _) = name.strip_suffix(".up.sql")?.split_once('_')?;
            file(number.parse::<i64>().ok()?.to_string(), None)
        }
        Tool::UserVersion => None,
    }
}

fn refinery_digest(name: &str, number: i32, text: &str) -> String {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    number.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish().to_string()
}

/// When a step was made, which is what Drizzle's ledger keeps of it.
fn drizzle_time(journal: &str, tag: &str) -> Option<String> {
    let journal: serde_json::Value = serde_json::from_str(journal).ok()?;
    let entries = journal.get("entries")?.as_array()?;
    let entry = entries.iter().find(|entry| entry.get("tag").and_then(|t| t.as_str()) == Some(tag))?;
    Some(entry.get("when")?.as_i64()?.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("because writing into a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(tool: Tool, path: &str) -> Option<String> {
        let journal = r#"{"entries": [{"when": 17, "tag": "0000_first"}]}"#;
        file_of(tool, path, b"SELECT 1;", Some(journal)).map(|file| file.id)
    }

    #[test]
    fn every_tool_names_its_files_in_its_own_way() {
        let cases = [
            (Tool::Sqlx, "20260101_init.sql", Some("20260101")),
            (Tool::Sqlx, "1_init.up.sql", Some("1")),
            (Tool::Sqlx, "1_init.down.sql", None),
            (Tool::Refinery, "V12__add_city.sql", Some("12")),
            (Tool::Refinery, "12_add_city.sql", None),
            (Tool::Diesel, "2026-01-02-030405_init/up.sql", Some("20260102030405")),
            (Tool::Diesel, "2026-01-02-030405_init/down.sql", None),
            (Tool::Knex, "20260101_init.cjs", Some("20260101_init.cjs")),
            (Tool::Knex, "notes.md", None),
            (Tool::Drizzle, "0000_first.sql", Some("17")),
            (Tool::Drizzle, "0001_other.sql", None),
            (Tool::Django, "project/shop/migrations/0001_initial.py", Some("shop.0001_initial")),
            (Tool::Django, "shop/migrations/__init__.py", None),
            (Tool::GolangMigrate, "000003_add.up.sql", Some("3")),
            (Tool::GolangMigrate, "000003_add.down.sql", None),
            (Tool::UserVersion, "1.sql", None),
        ];
        for (tool, path, expected) in cases {
            assert_eq!(id(tool, path).as_deref(), expected, "{tool}: {path}");
        }
    }
}
