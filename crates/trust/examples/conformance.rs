//! A client as the conformance suite of The Update Framework drives it: `init`, `refresh`, `download` over HTTP on
//! loopback, with the standard's hard expiry. It shows what this crate judges; it is no updater.
//!
//! ```text
//! python -m pytest tuf_conformance --entrypoint target/debug/examples/conformance
//! ```

use clap::{Parser, Subcommand};
use lifeboat_trust::{Profile, Remembered, Role, RootChain, Target, Trusted, UtcSeconds, Wanted, limits};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// What stands in a path as it is; the rest is percent-encoded.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

#[derive(Parser)]
struct Args {
    #[arg(long)]
    metadata_dir: PathBuf,
    #[arg(long)]
    metadata_url: Option<String>,
    #[arg(long)]
    target_name: Vec<String>,
    #[arg(long)]
    target_base_url: Option<String>,
    #[arg(long)]
    target_dir: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Init { root: PathBuf },
    Refresh,
    Download,
}

fn main() -> Done {
    let args = Args::parse();
    match &args.verb {
        Verb::Init { root } => {
            std::fs::create_dir_all(&args.metadata_dir)?;
            Ok(std::fs::write(path_of(&args.metadata_dir, Role::Root), std::fs::read(root)?)?)
        }
        Verb::Refresh => refresh(&args).map(drop),
        Verb::Download => download(&args),
    }
}

fn refresh(args: &Args) -> Done<Trusted> {
    let folder = &args.metadata_dir;
    let url = args.metadata_url.as_deref().ok_or("--metadata-url is missing")?.trim_end_matches('/');
    let mut trusted = newest_root(folder, url)?.settle(&remembered(folder));
    require_fresh(&trusted, Role::Root)?;

    let pointer = fetch(&format!("{url}/timestamp.json"), limits::bytes_of(Role::Timestamp))?;
    trusted.timestamp(&pointer.ok_or("there is no timestamp")?)?;
    accept(&trusted, Role::Timestamp, folder)?;
    if let Some(wanted) = trusted.wants_snapshot() {
        trusted.snapshot(&fetch_document(&trusted, &wanted, url)?)?;
    }
    accept(&trusted, Role::Snapshot, folder)?;
    if let Some(wanted) = trusted.wants_targets() {
        trusted.targets(&fetch_document(&trusted, &wanted, url)?)?;
    }
    accept(&trusted, Role::Targets, folder)?;
    Ok(trusted)
}

fn newest_root(folder: &Path, url: &str) -> Done<RootChain> {
    let file = path_of(folder, Role::Root);
    let mut chain = RootChain::begin(&std::fs::read(&file)?, None, Profile::Standard)?;
    for _ in 0..limits::ROOT_STEPS {
        let next = format!("{url}/{}.root.json", chain.version() + 1);
        let Some(bytes) = fetch(&next, limits::bytes_of(Role::Root))? else { break };
        chain.next(&bytes)?;
        std::fs::write(&file, bytes)?;
    }
    Ok(chain)
}

fn remembered(folder: &Path) -> Remembered {
    let read = |role| std::fs::read(path_of(folder, role)).ok();
    let [root, timestamp, snapshot, targets] = Role::ALL.map(read);
    Remembered { root, timestamp, snapshot, targets }
}

/// Writes down what is trusted now, unless it has expired.
fn accept(trusted: &Trusted, role: Role, folder: &Path) -> Done {
    require_fresh(trusted, role)?;
    let known = trusted.remember();
    let bytes = match role {
        Role::Root => known.root,
        Role::Timestamp => known.timestamp,
        Role::Snapshot => known.snapshot,
        Role::Targets => known.targets,
    };
    Ok(std::fs::write(path_of(folder, role), bytes.ok_or("nothing is trusted of this role")?)?)
}

fn require_fresh(trusted: &Trusted, role: Role) -> Done {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let expires = trusted.expires(role).ok_or("nothing is trusted of this role")?;
    if expires <= UtcSeconds(i64::try_from(now)?) {
        return Err(format!("the {role} expired").into());
    }
    Ok(())
}

fn fetch_document(trusted: &Trusted, wanted: &Wanted, url: &str) -> Done<Vec<u8>> {
    let name = match trusted.root().is_consistent() {
        true => format!("{url}/{}.{}.json", wanted.version, wanted.role),
        false => format!("{url}/{}.json", wanted.role),
    };
    fetch(&name, wanted.limit)?.ok_or_else(|| format!("{name} is not there").into())
}

fn download(args: &Args) -> Done {
    let trusted = refresh(args)?;
    args.target_name.iter().try_for_each(|name| download_one(args, &trusted, name))
}

fn download_one(args: &Args, trusted: &Trusted, name: &str) -> Done {
    let base = args.target_base_url.as_deref().ok_or("--target-base-url is missing")?.trim_end_matches('/');
    let folder = args.target_dir.as_deref().ok_or("--target-dir is missing")?;
    let target = trusted.releases().and_then(|targets| targets.get(name)).ok_or("there is no such target")?;
    let to = folder.join(utf8_percent_encode(name, NON_ALPHANUMERIC).to_string());
    if std::fs::read(&to).is_ok_and(|bytes| target.announces(&bytes)) {
        return Ok(());
    }
    let stored = stored_name(name, target, trusted.root().is_consistent());
    let url = format!("{base}/{}", utf8_percent_encode(&stored, IN_PATH));
    let bytes = fetch(&url, usize::try_from(target.length())?)?.ok_or("the artifact is not there")?;
    if !target.announces(&bytes) {
        return Err("the artifact is not the one that was announced".into());
    }
    Ok(std::fs::write(to, bytes)?)
}

/// `folder/file` is stored as `folder/SUM.file` where versions are consistent.
fn stored_name(name: &str, target: &Target, is_consistent: bool) -> String {
    let Some(sum) = target.sum_in_name().filter(|_| is_consistent) else { return name.to_owned() };
    match name.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/{sum}.{file}"),
        None => format!("{sum}.{name}"),
    }
}

fn path_of(folder: &Path, role: Role) -> PathBuf {
    folder.join(format!("{role}.json"))
}

/// The bytes behind an address, at most so many; none where the server says that there are none.
fn fetch(url: &str, limit: usize) -> Done<Option<Vec<u8>>> {
    match ureq::get(url).call() {
        Ok(mut response) => {
            let bytes = response.body_mut().with_config().limit(u64::try_from(limit)? + 1).read_to_vec()?;
            Ok((bytes.len() <= limit).then_some(bytes).map(Some).ok_or("larger than it may be")?)
        }
        Err(ureq::Error::StatusCode(403 | 404)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
