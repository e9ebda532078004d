//! What the tests need besides Rust. Installs it where it may; names the command where it may not.

use crate::shell::{Done, cargo, has, root, run};
use std::process::Command;

/// Program and Debian package.
const PACKAGES: [(&str, &str); 7] = [
    ("makensis", "nsis"),
    ("openssl", "openssl"),
    ("sqlite3", "sqlite3"),
    ("strace", "strace"),
    ("setpriv", "util-linux"),
    ("unshare", "util-linux"),
    ("python3", "python3"),
];

const DENY_VERSION: &str = "0.20";

/// Makes sure that every program is there.
pub(crate) fn ensure() -> Done {
    let missing: Vec<&str> = PACKAGES.iter().filter(|(program, _)| !has(program)).map(|(_, p)| *p).collect();
    if !missing.is_empty() {
        install(&missing)?;
    }
    if has("cargo-deny") {
        return Ok(());
    }
    run(cargo(&["install", "cargo-deny", "--locked", "--version", &format!("^{DENY_VERSION}")]))
}

/// The second judge of release metadata: python-tuf, in an environment of its own under `target`.
const ORACLE: [&str; 2] = ["tuf==7.0.0", "securesystemslib[crypto]==1.4.0"];

/// Makes sure that python-tuf is there.
pub(crate) fn ensure_oracle() -> Done {
    let place = root().join("target/oracle");
    let python = place.join("bin/python");
    let mut asked = Command::new(&python);
    asked.args(["-c", "import tuf; raise SystemExit(tuf.__version__ != '7.0.0')"]);
    if asked.output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&place);
    run(make).map_err(|why| format!("{why}. On Debian: apt-get install -y python3-venv"))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(ORACLE);
    run(install)
}

/// The session extension's bindings are made at build time, which wants this library.
pub(crate) fn ensure_libclang() -> Done {
    let mut asked = Command::new("sh");
    asked.args(["-c", "ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/*/libclang*.so*"]);
    let there = asked.output().is_ok_and(|output| !output.stdout.is_empty());
    if there { Ok(()) } else { install(&["libclang-dev"]) }
}

fn install(packages: &[&str]) -> Done {
    let by_hand = format!("apt-get install -y {}", packages.join(" "));
    if !has("apt-get") {
        return Err(format!("missing: {}. On Debian: {by_hand}", packages.join(", ")));
    }
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        run(command)
    };
    let installed = apt(&["update"]).and_then(|()| apt(&[&["install", "-y"], packages].concat()));
    installed.map_err(|why| format!("{why}. Run as root: {by_hand}"))
}
