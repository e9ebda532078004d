//! The console blocks of README and guide run as tests.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, lifeboat, root};
use std::path::{Path, PathBuf};

#[test]
fn console_blocks_print_what_they_show() {
    let scene = Scene::shop("app.db", "readme.sql");
    let mut pages: Vec<PathBuf> = vec![root().join("README.md")];
    pages.extend(root().join("docs/guide").read_dir().unwrap().map(|entry| entry.unwrap().path()));
    let mut blocks = 0;
    for page in pages.iter().filter(|page| std::fs::read_to_string(page).unwrap().contains("```console")) {
        let folder = scene.fork();
        let copy = folder.folder().join(page.file_name().unwrap());
        std::fs::copy(page, &copy).unwrap();
        let sandbox = copy.with_extension("in");
        std::fs::create_dir(&sandbox).unwrap();
        std::fs::copy(&folder.database, sandbox.join("app.db")).unwrap();
        for version in ["1.1.0", "1.2.0"] {
            make_installer(&sandbox.join(format!("till-{version}.run")), version);
        }
        let cases = trycmd::TestCases::new();
        cases.register_bin("lifeboat", lifeboat());
        cases.register_bin("sqlite3", sqlite3().as_path());
        cases.register_bin("mkdir", Path::new("/bin/mkdir"));
        cases.case(&copy);
        cases.run();
        blocks += 1;
    }
    assert!(blocks > 0);
}

/// What stands for an installer in the pages.
fn make_installer(path: &Path, version: &str) {
    std::fs::write(path, format!("#!/bin/sh\n# installs {version}\n")).unwrap();
}

fn sqlite3() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join("sqlite3")).find(|p| p.is_file());
    found.expect("apt-get install -y sqlite3")
}

#[test]
fn the_first_command_of_the_readme_runs() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut run = std::process::Command::new(cargo);
    run.args(["run", "--quiet", "--release", "--", "--version"]).current_dir(lifeboat_tests::command::root());
    let output = run.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("lifeboat "));
}
