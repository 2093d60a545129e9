//! Outputs, levels, baselines and exit codes.

use std::fs;

use serde_json::Value;

use super::example::ARGUMENTS;
use super::program::{lint, lint_text};
use super::schema::Schema;

const KEYLESS: &str = "SELECT stock FROM inv_stock WHERE warehouse_id = 1;\n";

fn example(format: &str) -> String {
    lint(&[&["--format", format], ARGUMENTS.as_slice()].concat()).out
}

#[test]
fn sarif_validates_against_the_published_schema() {
    let schema = Schema::read(include_str!("sarif-schema-2.1.0.json"));
    let example: Value = serde_json::from_str(&example("sarif")).unwrap();
    assert_eq!(schema.faults(&example), Vec::<String>::new());
    assert!(!example["runs"][0]["results"].as_array().unwrap().is_empty());
    // clean, and with files that cannot be read
    for arguments in [["examples/ecommerce.sql"], ["examples/none.sql"]] {
        let said = lint(&[["--format", "sarif"].as_slice(), arguments.as_slice()].concat());
        let log: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(schema.faults(&log), Vec::<String>::new(), "{arguments:?}");
    }
    // the schema is awake
    let mut wrong = example;
    wrong["runs"][0]["results"][0]["level"] = "fatal".into();
    wrong["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] =
        0.into();
    wrong["runs"][0]["tool"]["driver"]["nam"] = "x".into();
    assert_eq!(
        schema.faults(&wrong).len(),
        3,
        "{:?}",
        schema.faults(&wrong)
    );
}

#[test]
fn every_result_of_sarif_names_its_rule_by_id_and_index() {
    let log: Value = serde_json::from_str(&example("sarif")).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn all_outputs_tell_the_same_findings() {
    let json: Value = serde_json::from_str(&example("json")).unwrap();
    let count = json["findings"].as_array().unwrap().len();
    let text = example("text");
    let told = |text: &str, word: &str| text.lines().filter(|line| line.contains(word)).count();
    assert_eq!(told(&text, ": error[") + told(&text, ": warning["), count);
    assert!(text.contains("^^^") && text.contains("errors: "), "{text}");
    let github = example("github");
    assert_eq!(
        told(&github, "::error file=") + told(&github, "::warning file="),
        count
    );
    assert!(
        github.lines().all(|line| line.starts_with("::")),
        "{github}"
    );
    let junit = example("junit");
    assert_eq!(told(&junit, "<failure "), count);
    assert!(junit.contains(&format!("failures=\"{count}\"")));
}

#[test]
fn annotations_of_github_are_escaped() {
    let said = lint_text(
        &["--format", "github", "-"],
        "/* shardgate: a%b,c */ SELECT 1;\n",
    );
    assert_eq!(said.out.lines().count(), 1, "{}", said.out);
    assert!(!said.out.contains("a%b"), "{}", said.out);
}

#[test]
fn the_exit_code_tells_clean_from_findings_from_failure() {
    let code = |arguments: &[&str], text: &str| lint_text(arguments, text).code;
    assert_eq!(code(&["-"], "SELECT 1;"), 0);
    assert_eq!(code(&["-"], KEYLESS), 1);
    assert_eq!(code(&["--config", "examples/none", "-"], KEYLESS), 2);
    assert_eq!(code(&["--database", "none", "-"], KEYLESS), 2);
    assert_eq!(code(&["--baseline", "examples/none.json", "-"], KEYLESS), 2);
    assert_eq!(code(&["--rules", "config/server.yaml", "-"], KEYLESS), 2);
    assert_eq!(code(&["--schema", "examples/none", "-"], KEYLESS), 2);
    assert_eq!(code(&["--user", "nobody", "-"], KEYLESS), 2);
    assert_eq!(code(&["examples/none.sql"], ""), 2);
    assert_eq!(code(&["README.md"], ""), 2, "it is none of the kinds");
    assert_eq!(code(&["--as", "mybatis", "-"], "<mapper>"), 2);
    assert_eq!(code(&[], ""), 2);
    assert_eq!(code(&["--format", "none", "-"], ""), 2);
}

#[test]
fn a_baseline_holds_old_findings_and_tells_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (file, baseline) = (folder.path().join("a.sql"), folder.path().join("b.json"));
    let (file_name, baseline_name) = (file.to_str().unwrap(), baseline.to_str().unwrap());
    fs::write(&file, KEYLESS).unwrap();
    let written = lint(&["--baseline", baseline_name, "--write-baseline", file_name]);
    assert_eq!(written.code, 0, "{}", written.err);
    fs::write(
        &file,
        format!(
            "\n-- moved, with another value\n{}",
            KEYLESS.replace('1', "2")
        ),
    )
    .unwrap();
    let held = lint(&["--baseline", baseline_name, file_name]);
    assert_eq!(held.code, 0, "{}", held.out);
    assert!(held.out.contains("1 in the baseline"), "{}", held.out);
    fs::write(&file, format!("{KEYLESS}DELETE FROM inv_stock;\n")).unwrap();
    let new = lint(&["--baseline", baseline_name, file_name]);
    assert_eq!(new.code, 1);
    assert!(
        new.out.contains(":2:13: error[missing-sharding-value]"),
        "{}",
        new.out
    );
}

#[test]
fn levels_of_a_rules_file_count() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.yaml");
    let run = |text: &str| {
        fs::write(&rules, text).unwrap();
        lint_text(&["--rules", rules.to_str().unwrap(), "-"], KEYLESS)
    };
    assert!(
        run("rules: { missing-sharding-value: warning }")
            .out
            .contains("warning[missing-sharding-value]")
    );
    assert_eq!(run("rules: { missing-sharding-value: off }").code, 0);
    let fault = run("rules: { missing-sharding-valu: off }");
    assert_eq!(fault.code, 2);
    assert!(
        fault.err.contains("rules.yaml:1:") && fault.err.contains("missing-sharding-value"),
        "{}",
        fault.err
    );
}

#[test]
fn rights_of_a_user_count_where_one_is_named() {
    let hint = "/* shardgate: data_source=rw_0 */ SELECT 1;";
    assert_eq!(lint_text(&["-"], hint).code, 0);
    let said = lint_text(&["--user", "app", "-"], hint);
    assert!(
        said.code == 1 && said.out.contains("no-right"),
        "{}",
        said.out
    );
    assert_eq!(lint_text(&["--user", "dba", "-"], hint).code, 0);
}

#[test]
fn executable_comments_are_read_for_the_server_that_is_named() {
    let text = "SELECT stock FROM inv_stock WHERE warehouse_id = 1 /*M!101100 AND sku_id = 5 */;";
    assert_eq!(lint_text(&["--server", "mysql-8.4", "-"], text).code, 1);
    assert_eq!(lint_text(&["--server", "mariadb-10.11", "-"], text).code, 0);
}

#[test]
fn columns_of_migrations_decide_what_the_rule_leaves_open() {
    let text = "INSERT INTO inv_stock VALUES (1, 2, 3, 4, 0, 0);";
    let without = lint_text(&["-"], text);
    assert!(without.out.contains("not-understood"), "{}", without.out);
    let with = lint_text(&["--schema", "examples/lint/migrations", "-"], text);
    assert!(!with.out.contains("not-understood"), "{}", with.out);
    let short = lint_text(
        &["--schema", "examples/lint/migrations", "-"],
        "INSERT INTO inv_stock VALUES (1, 2);",
    );
    assert!(short.out.contains("column-count"), "{}", short.out);
}
