//! The rules hold for this repository, and each rule's fixtures give exactly the findings they expect.

use super::*;
use crate::shell::root;

#[test]
fn this_repository_keeps_every_rule() {
    run(&root()).unwrap();
}

#[test]
fn every_rule_has_a_passing_and_a_failing_fixture_and_they_do() {
    let fixtures = root().join("xtask/tests/fixtures");
    for (name, check) in RULES {
        let mut passing = 0;
        let mut failing = 0;
        for entry in fixtures.join(name).read_dir().unwrap_or_else(|_| panic!("{name} has no fixtures")) {
            let path = entry.unwrap().path();
            let case = path.file_name().unwrap().to_string_lossy().into_owned();
            let findings = check(&Tree::read(&path).unwrap());
            let lines: Vec<String> =
                findings.iter().map(|f| format!("{}:{} {}", f.path, f.line, f.rule)).collect();
            if case == "pass" {
                assert!(lines.is_empty(), "{name}/{case}: {findings:?}");
                passing += 1;
                continue;
            }
            let expected = std::fs::read_to_string(path.join("expected.txt")).unwrap();
            assert_eq!(lines.join("\n"), expected.trim_end(), "{name}/{case}: {findings:?}");
            assert!(!lines.is_empty(), "{name}/{case} must fail");
            failing += 1;
        }
        assert!(passing > 0 && failing > 0, "{name}: {passing} passing, {failing} failing fixtures");
    }
}
