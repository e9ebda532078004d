//! Judges repositories with `tough`: one folder a line on standard input, one JSON document a line on standard output.

use std::io::{BufRead, Write};
use std::path::Path;
use tough::{ExpirationEnforcement, RepositoryLoader};
use url::Url;

#[tokio::main]
async fn main() {
    let root = std::fs::read(std::env::args().nth(1).expect("the shipped root")).expect("the shipped root");
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let folder = line.expect("a line");
        let verdict = match judge(&root, Path::new(&folder)).await {
            Ok(verdict) => verdict,
            Err(error) => serde_json::json!({ "accepted": false, "why": error.to_string() }),
        };
        writeln!(out, "{verdict}").expect("somebody reads");
    }
}

async fn judge(root: &[u8], folder: &Path) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let url = |name: &str| Url::from_directory_path(folder.join(name)).map_err(|()| "no address");
    let loader = RepositoryLoader::new(&root, url("metadata")?, url("targets")?);
    let repository = loader.expiration_enforcement(ExpirationEnforcement::Unsafe).load().await?;
    let targets: serde_json::Map<String, serde_json::Value> = repository
        .targets()
        .signed
        .targets
        .iter()
        .map(|(name, target)| {
            let sum: String = target.hashes.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            (name.raw().to_owned(), serde_json::json!([target.length, sum]))
        })
        .collect();
    Ok(serde_json::json!({
        "accepted": true,
        "root": repository.root().signed.version,
        "timestamp": repository.timestamp().signed.version,
        "targets": targets,
    }))
}
