//! Every rule's example, its page, and the registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::config::Config;
use crate::model::Schema;
use crate::route::{RefusalCode, Rights};
use crate::server;
use crate::sql::{ServerFamily, SqlMode};
use crate::verdict::{ALL_RIGHTS, Grounds, Logical};

const FAMILY: ServerFamily = ServerFamily::MySql(80_400);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn config() -> Config {
    server::load(&root().join("config")).unwrap()
}

/// What is found in a text with `config/` and `examples/ecommerce.sql`.
fn found(text: &str, kind: SourceKind, rights: Rights) -> Report {
    let config = config();
    let mut schema = Schema::default();
    let tables = root().join("examples/ecommerce.sql");
    read_schema(&[tables], SqlMode::default(), FAMILY, &mut schema).unwrap();
    let databases = [Logical {
        rules: &config.databases[0].database,
        schema: &schema,
    }];
    let names = ["ecommerce".to_owned()];
    let grounds = Grounds {
        databases: &databases,
        names: &names,
        current: 0,
        mode: SqlMode::default(),
        family: FAMILY,
        rights,
    };
    let settings = Settings::default();
    let mut linter = Linter::new(grounds, &settings);
    linter.source("example", kind, text.as_bytes());
    linter.finish()
}

fn told(report: &Report) -> Vec<String> {
    let findings = report.findings.iter();
    let mut told: Vec<String> = findings
        .map(|finding| {
            let place = finding.start;
            format!(
                "{}:{} {} {}",
                place.line, place.column, finding.rule.id, finding.message
            )
        })
        .collect();
    told.extend(report.problems.iter().map(ToString::to_string));
    told
}

#[test]
fn each_rule_finds_its_bad_example_and_nothing_is_found_in_the_good_one() {
    let mut faults = Vec::new();
    for rule in RULES {
        let rights = if rule.id == "no-right" {
            Rights::default()
        } else {
            ALL_RIGHTS
        };
        let bad = found(rule.example.bad, rule.example.kind, rights);
        if !bad
            .findings
            .iter()
            .any(|finding| finding.rule.id == rule.id)
        {
            faults.push(format!(
                "{}: the bad example gives {:?}",
                rule.id,
                told(&bad)
            ));
        }
        let good = found(rule.example.good, rule.example.kind, rights);
        if !told(&good).is_empty() {
            faults.push(format!(
                "{}: the good example gives {:?}",
                rule.id,
                told(&good)
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_refusal_has_one_rule_or_a_reason_to_have_none() {
    for code in RefusalCode::ALL {
        let count = RULES
            .iter()
            .filter(|rule| rule.code() == Some(*code))
            .count();
        let is_live = rules::LIVE_ONLY.contains(code);
        assert_eq!(count + usize::from(is_live), 1, "{code:?}");
    }
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn the_pages_of_rules_are_what_the_code_prints() {
    let docs = root().join("docs");
    let mut pages: Vec<(PathBuf, String)> = vec![(docs.join("lint.md"), index_markdown())];
    for rule in RULES {
        pages.push((
            docs.join("lint").join(format!("{}.md", rule.id)),
            rule_markdown(rule),
        ));
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(docs.join("lint")).unwrap();
        for (path, page) in &pages {
            fs::write(path, page).unwrap();
        }
    }
    for (path, page) in &pages {
        let written = fs::read_to_string(path).unwrap_or_default();
        assert!(
            &written == page,
            "{} is old: run UPDATE_DOCS=1 cargo test --lib lint::",
            path.display()
        );
    }
    let known: BTreeSet<PathBuf> = pages.into_iter().map(|(path, _)| path).collect();
    for entry in fs::read_dir(docs.join("lint")).unwrap() {
        let path = entry.unwrap().path();
        assert!(
            known.contains(&path),
            "{} is a page of no rule",
            path.display()
        );
    }
}

#[test]
fn a_condition_that_a_tag_drops_is_told_at_the_tag() {
    let mapper = "<mapper namespace=\"m\">\n<select id=\"a\">\nSELECT stock FROM inv_stock\n<where>\n\
                  <if test=\"skuId != null\">AND sku_id = #{skuId} AND warehouse_id = 1</if>\n\
                  <if test=\"low != null\">AND stock &lt; #{low}</if>\n</where>\n</select></mapper>";
    let report = found(mapper, SourceKind::Mapper, ALL_RIGHTS);
    assert_eq!(report.findings.len(), 1, "{:?}", told(&report));
    let finding = &report.findings[0];
    assert_eq!(
        (finding.rule.id, finding.start.line, finding.code),
        ("dynamic-condition", 5, Some(20090))
    );
    assert!(
        finding.message.contains("skuId != null"),
        "{}",
        finding.message
    );
}

#[test]
fn two_ways_to_give_the_key_are_refused_only_without_both() {
    let mapper = "<mapper namespace=\"m\"><select id=\"a\">SELECT stock FROM inv_stock WHERE warehouse_id = 1\n\
                  <if test=\"one != null\">AND sku_id = #{one}</if>\n<if test=\"two != null\">AND sku_id = #{two}</if></select></mapper>";
    let report = found(mapper, SourceKind::Mapper, ALL_RIGHTS);
    assert_eq!(report.findings.len(), 1, "{:?}", told(&report));
    let message = &report.findings[0].message;
    assert!(
        message.contains("one != null") && message.contains("two != null"),
        "{message}"
    );
}

#[test]
fn statements_that_name_no_sharded_table_are_no_findings() {
    let text = "SELECT * FROM dict_region;\nINSERT INTO notes VALUES (1);\nCREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY);\n\
                SELECT 1;\nUPDATE notes SET a = ${x};\nSET NAMES utf8mb4;\nBEGIN; COMMIT;";
    let report = found(text, SourceKind::Sql, ALL_RIGHTS);
    assert_eq!(told(&report), Vec::<String>::new());
    assert_eq!(report.counts.statements, 8);
}

#[test]
fn a_log_tells_the_same_statement_once() {
    let line = "SELECT stock FROM inv_stock WHERE warehouse_id = ";
    let log: String = (0..1_000)
        .map(|n| format!("# Time: 2026-01-01T00:00:00.000000Z\n# User@Host: a[a] @ b []\nSET timestamp={n};\n{line}{n};\n"))
        .collect();
    let report = found(&log, SourceKind::SlowLog, ALL_RIGHTS);
    assert_eq!(report.findings.len(), 1, "{:?}", told(&report));
    assert_eq!(
        (report.findings[0].count, report.findings[0].start.line),
        (1_000, 4)
    );
    assert_eq!(report.counts.statements, 2_000);
}

#[test]
fn a_baseline_holds_when_lines_move_and_not_for_a_second_one() {
    let one = "SELECT stock FROM inv_stock WHERE warehouse_id = 1;\n";
    let before = found(one, SourceKind::Sql, ALL_RIGHTS);
    let baseline = Baseline::read(&Baseline::of(&before.findings).text()).unwrap();
    let mut moved = found(
        &format!("\n\n-- new\n{}", one.replace('1', "2")),
        SourceKind::Sql,
        ALL_RIGHTS,
    )
    .findings;
    assert_eq!((baseline.subtract(&mut moved), moved.len()), (1, 0));
    let mut twice = found(&one.repeat(2), SourceKind::Sql, ALL_RIGHTS).findings;
    assert_eq!((baseline.subtract(&mut twice), twice.len()), (1, 1));
    assert!(Baseline::read("[]").is_err() && Baseline::read("{").is_err());
}

#[test]
fn carets_stand_below_what_is_meant() {
    let text = "-- list\nSELECT '\u{fc}', stock\n\tFROM inv_stock WHERE warehouse_id = :w;";
    let shown = Format::Text.write(&found(text, SourceKind::Sql, ALL_RIGHTS));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[0].starts_with("example:3:7: error[missing-sharding-value] (20090): inv_stock:"),
        "{shown}"
    );
    assert_eq!(
        lines[2..4],
        [
            "3 | \tFROM inv_stock WHERE warehouse_id = :w;",
            "  | \t     ^^^^^^^^^"
        ]
    );
}

#[test]
fn malformed_and_hostile_sources_are_told_with_their_place() {
    let broken = found(
        "<mapper>\n<select id='a'>SELECT 1</mapper>",
        SourceKind::Mapper,
        ALL_RIGHTS,
    );
    assert_eq!(broken.problems.len(), 1);
    assert_eq!(broken.problems[0].place.unwrap().line, 2);
    let open = found(
        "SELECT 1;\nSELECT 'x FROM inv_stock",
        SourceKind::Sql,
        ALL_RIGHTS,
    );
    assert_eq!(open.findings.len(), 1, "{:?}", told(&open));
    assert_eq!(
        (open.findings[0].rule.id, open.findings[0].start.line),
        ("syntax", 2)
    );
    for kind in SourceKind::ALL.map(|(_, kind)| kind) {
        let noise: String = (0..20_000_u32)
            .map(|n| char::from_u32(n * 7 % 0x250).unwrap_or('\''))
            .collect();
        let _ = found(&noise, kind, ALL_RIGHTS);
    }
}
