//! Tracking and merging beside plain SQLite and its session extension, on one build of the engine. Prints a name and a
//! number a line; `cargo xtask bench merge` reads them and knows the bars.

mod shop;

use shop::{Kind, Shop, copy, seconds};
use std::path::Path;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["writes", folder] => writes(Path::new(folder)),
        ["merge", folder] => merge(Path::new(folder)),
        ["scale", folder] => scale(Path::new(folder)),
        ["memory", folder] => memory(Path::new(folder)),
        ["peers", folder] => peers(Path::new(folder)),
        ["adopt", folder, rows] => adopt(Path::new(folder), rows.parse()?),
        _ => Err("merge-bench writes|merge|scale|peers|memory|adopt FOLDER".into()),
    }
}

/// What tracking costs those who write.
fn writes(folder: &Path) -> Outcome {
    for (kind, name) in [(Kind::Text, "text"), (Kind::Counted, "counted")] {
        let mut took = [[0.0; 3]; 2];
        let mut bytes = [0; 2];
        for (at, tracked) in [(0, false), (1, true)] {
            let shop = Shop::new(&folder.join("writes.db"), kind, 0)?;
            if tracked {
                shop.track()?;
            }
            took[at][0] = shop.insert(0, 100_000, 1_000)?;
            took[at][1] = shop.update_singly(1_000)?;
            bytes[at] = shop.bytes()?;
            let shop = Shop::new(&folder.join("writes.db"), kind, 0)?;
            if tracked {
                shop.track()?;
            }
            took[at][2] = shop.insert(0, 100_000, 100_000)?;
        }
        for (at, what) in ["insert_1000", "update", "insert_whole"].into_iter().enumerate() {
            println!("{what}_{name} {}", took[1][at] / took[0][at]);
        }
        println!("growth_{name} {}", bytes[1] as f64 / bytes[0] as f64 - 1.0);
    }
    Ok(())
}

/// 14,000 changed rows of another copy: by journals, and as a changeset of the session extension.
fn merge(folder: &Path) -> Outcome {
    for (kind, name) in [(Kind::Text, "text"), (Kind::Counted, "counted")] {
        let ours = Shop::new(&folder.join("ours.db"), kind, 100_000)?;
        let plain = copy(&ours, &folder.join("plain.db"))?;
        let (changes, _) = plain.captured(|shop| shop.edit(10_000, 2_000, 2_000))?;
        let target = copy(&ours, &folder.join("target.db"))?;
        let session = seconds(|| target.apply(&changes))?;
        ours.track()?;
        let theirs = copy(&ours, &folder.join("theirs.db"))?;
        theirs.edit(10_000, 2_000, 2_000)?;
        let merged = seconds(|| ours.merge(&theirs))?;
        ours.agree(&target)?;
        println!("session_{name}_rows_per_s {}", 14_000.0 / session);
        println!("merge_{name}_rows_per_s {}", 14_000.0 / merged);
        println!("merge_{name} {}", session / merged);
    }
    Ok(())
}

/// 1,400 changes into a small table and into a large one.
fn scale(folder: &Path) -> Outcome {
    let mut took = Vec::new();
    for rows in [100_000, 1_000_000] {
        let ours = Shop::new(&folder.join("ours.db"), Kind::Text, rows)?;
        ours.track()?;
        let theirs = copy(&ours, &folder.join("theirs.db"))?;
        theirs.edit(1_000, 200, 200)?;
        took.push(seconds(|| ours.merge(&theirs))?);
        println!("scale_{rows}_ms {}", took.last().unwrap_or(&0.0) * 1000.0);
    }
    println!("scale {}", took[1] / took[0]);
    Ok(())
}

/// 1,400 changes into a million rows; leaves `base.db`, `peer-theirs.db` and `peer-ours.db` for others to do the same.
fn peers(folder: &Path) -> Outcome {
    let base = Shop::new(&folder.join("base.db"), Kind::Text, 1_000_000)?;
    let theirs = copy(&base, &folder.join("peer-theirs.db"))?;
    theirs.edit(1_000, 200, 200)?;
    copy(&base, &folder.join("peer-ours.db"))?;
    let ours = copy(&base, &folder.join("ours.db"))?;
    ours.track()?;
    let theirs = copy(&ours, &folder.join("theirs.db"))?;
    theirs.edit(1_000, 200, 200)?;
    println!("peer_lifeboat_ms {}", seconds(|| ours.merge(&theirs))? * 1000.0);
    Ok(())
}

/// Resident memory that a merge of a million changes adds.
fn memory(folder: &Path) -> Outcome {
    let ours = Shop::new(&folder.join("ours.db"), Kind::Text, 1_000_000)?;
    ours.track()?;
    let theirs = copy(&ours, &folder.join("theirs.db"))?;
    theirs.edit(1_000_000, 0, 0)?;
    shop::forget_peak()?;
    let before = shop::peak_bytes()?;
    let took = seconds(|| ours.merge(&theirs))?;
    println!("million_s {took}");
    println!("memory_mib {}", (shop::peak_bytes()? - before) as f64 / f64::from(1 << 20));
    Ok(())
}

/// Rows that are there already need no line of their own.
fn adopt(folder: &Path, rows: i64) -> Outcome {
    let shop = Shop::new(&folder.join("adopt.db"), Kind::Counted, rows)?;
    println!("adopt_s {}", seconds(|| shop.track())?);
    Ok(())
}
