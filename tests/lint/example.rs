//! The project under `examples/lint`: its findings are those of `expected.txt`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::program::lint;

/// As the example's own page tells it.
pub const ARGUMENTS: [&str; 5] = [
    "--schema",
    "examples/lint/migrations",
    "--rules",
    "examples/lint/shardgate-lint.yaml",
    "examples/lint",
];

#[test]
fn the_example_project_has_the_findings_that_its_page_lists() {
    let said = lint(&[&["--format", "json"], ARGUMENTS.as_slice()].concat());
    assert_eq!(said.code, 1, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let line = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let count = finding["count"].as_u64().unwrap();
        let times = if count > 1 {
            format!(" x{count}")
        } else {
            String::new()
        };
        let file = text("file");
        let file = file.strip_prefix("examples/lint/").unwrap_or(&file);
        format!(
            "{file}:{}:{} {} {}{}{times}\n",
            finding["line"],
            finding["column"],
            text("severity"),
            text("rule"),
            finding["code"]
                .as_u64()
                .map(|code| format!(" {code}"))
                .unwrap_or_default(),
        )
    };
    let found: String = findings.iter().map(line).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lint/expected.txt");
    if std::env::var_os("UPDATE_ROUTES").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, expected,
        "examples/lint/expected.txt is old: run UPDATE_ROUTES=1 cargo test --test lint"
    );
    assert_eq!(report["problems"].as_array().unwrap().len(), 0);
    assert!(report["counts"]["suppressed"].as_u64().unwrap() >= 2);
}

#[test]
fn every_kind_of_source_of_the_example_is_read() {
    let said = lint(&[&["--format", "json"], ARGUMENTS.as_slice()].concat());
    for part in [
        "sql/stock.sql",
        "sql/routines.sql",
        "mapper/StockMapper.xml",
        "mapper/ReservationMapper.xml",
        "logs/mysql-slow.log",
        "logs/mariadb-slow.log",
        "logs/mysql-general.log",
        "logs/mariadb-general.log",
        "logs/application.log",
        "migrations/V10__keys.sql",
    ] {
        assert!(said.out.contains(part), "nothing is found in {part}");
    }
}

#[test]
fn the_hook_and_the_pages_of_ci_name_options_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let help = lint(&["--help"]);
    assert_eq!(help.code, 0);
    for page in [
        ".pre-commit-hooks.yaml",
        "examples/lint/pre-commit-config.yaml",
        "examples/lint/ci/github.yml",
        "examples/lint/ci/gitlab.yml",
        "docs/lint-usage.md",
        "README.md",
    ] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.contains("shardgate lint") || line.contains("args:"));
        for word in lines.flat_map(|line| line.split([' ', '[', ']', ',', '`'])) {
            if word.starts_with("--") && word.len() > 2 {
                assert!(help.out.contains(word), "{page} names {word}");
            }
        }
    }
}
