//! What a restore would change, one line a table; equal tables are counted, not listed.

use super::{plain, rows};
use lifeboat::domain::row_difference::{TableChange, TableDifference};

/// Lines such as `invoice_line: +534 rows`, and how many tables are equal.
pub(crate) fn differences(differences: &[TableDifference]) -> Vec<String> {
    let mut lines: Vec<String> = differences
        .iter()
        .filter_map(|d| Some(format!("  {}: {}", plain(d.table.as_str()), words(d.change)?)))
        .collect();
    let equal = differences.len() - lines.len();
    lines.push(match (lines.is_empty(), equal) {
        (true, _) => "  no table changes".to_owned(),
        (false, 0) => return lines,
        (false, 1) => "  1 other table is equal".to_owned(),
        (false, equal) => format!("  {equal} other tables are equal"),
    });
    lines
}

/// How counts moved since a point: what `status` shows.
pub(crate) fn count_changes(differences: &[TableDifference]) -> Vec<String> {
    let line = |d: &TableDifference| {
        let moved = match d.change {
            TableChange::CountOnly { live: Some(live), point: Some(point) } if live != point => {
                let sign = if live > point { '+' } else { '-' };
                format!("{sign}{} rows", rows(live.abs_diff(point)))
            }
            TableChange::CountOnly { live: None, .. } => "rows cannot be counted".to_owned(),
            TableChange::Vanishes { rows: count } => format!("new table, {} rows", rows(count.unwrap_or(0))),
            TableChange::Appears { .. } => "table is gone".to_owned(),
            _ => return None,
        };
        Some(format!("{} {moved}", plain(d.table.as_str())))
    };
    differences.iter().filter_map(line).collect()
}

fn words(change: TableChange) -> Option<String> {
    let known = |count: Option<u64>| count.map_or("an unknown number of".to_owned(), rows);
    match change {
        TableChange::Equal => None,
        TableChange::Rows { added, removed, changed } => {
            let part = |count: u64, what: &str| (count > 0).then(|| format!("{} {what}", rows(count)));
            let parts =
                [part(added, "rows come back"), part(removed, "rows go"), part(changed, "rows change back")];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        TableChange::CountOnly { live, point } if live == point && live.is_some() => {
            Some(format!("{} rows on both sides (not compared row by row)", known(live)))
        }
        TableChange::CountOnly { live, point } => {
            Some(format!("{} rows now, {} rows then (not compared row by row)", known(live), known(point)))
        }
        TableChange::Appears { rows } => Some(format!("the table comes back with {} rows", known(rows))),
        TableChange::Vanishes { rows } => Some(format!("the table goes with its {} rows", known(rows))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifeboat::domain::id::TableName;

    #[test]
    fn equal_tables_are_counted_and_others_described() {
        let of = |name: &str, change| TableDifference { table: TableName::new(name), change };
        let lines = differences(&[
            of("a", TableChange::Equal),
            of("b", TableChange::Rows { added: 1534, removed: 0, changed: 2 }),
        ]);
        assert_eq!(lines, ["  b: 1,534 rows come back, 2 rows change back", "  1 other table is equal"]);
    }
}
