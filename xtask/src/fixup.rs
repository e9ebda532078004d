//! Mends what a tool can mend.

use crate::shell::{Done, cargo, run as step};

/// `cargo xtask fixup`.
pub(crate) fn run() -> Done {
    let fix = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--fix",
        "--allow-dirty",
        "--allow-staged",
    ];
    step(cargo(&fix))?;
    step(cargo(&["fmt", "--all"]))?;
    let mut expected = cargo(&["test", "--quiet", "--package", "lifeboat-cli"]);
    expected.env("UPDATE_EXPECT", "1");
    step(expected)
}
