//! `shardgate explain`: the live router on statements, without any server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::config::{Config, DatabaseConfig};
use crate::lint::read_schema;
use crate::model::Schema;
use crate::route::Refusal;
use crate::server;
use crate::sql::{ServerFamily, SqlMode};
use crate::verdict::{ALL_RIGHTS, Grounds, Logical, Story};

use super::output::print;
use super::server_family::{DEFAULT_FAMILY, family};

/// How the story is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One line a step.
    #[default]
    Text,
    /// An array with an object for each statement.
    Json,
}

/// What explain is asked.
#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Folder of server.yaml and the logical databases' files
    #[arg(long, default_value = "config", value_name = "DIR")]
    config: PathBuf,
    /// Logical database, where there are several
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// CREATE TABLE files or a folder of migrations that tell the columns; may be given several times
    #[arg(long, value_name = "PATH")]
    schema: Vec<PathBuf>,
    /// Server that executable comments are read for, such as mysql-8.4 or mariadb-10.11
    #[arg(long, default_value = DEFAULT_FAMILY, value_parser = family, value_name = "SERVER")]
    server: ServerFamily,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The statement, or several with ; between
    sql: String,
}

/// Prints the story of each statement; fails if one of them is refused.
pub(super) fn explain(arguments: &ExplainArguments) -> ExitCode {
    match told(arguments) {
        Ok((lines, is_refused)) => {
            print(&lines);
            if is_refused {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(message) => {
            eprintln!("shardgate explain: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The lines to print, and whether a statement is refused.
fn told(arguments: &ExplainArguments) -> Result<(Vec<String>, bool), String> {
    let folder: &Path = &arguments.config;
    let config: Config = server::load(folder).map_err(|error| {
        format!(
            "{error}; run: shardgate check --config {}",
            folder.display()
        )
    })?;
    let wanted = |known: &DatabaseConfig| {
        let name = arguments.database.as_deref();
        name.is_none_or(|name| known.database.name.eq_ignore_ascii_case(name))
    };
    let current = config.databases.iter().position(wanted);
    let current = current.ok_or("there is no such logical database")?;
    let rules = config.databases.iter().map(|known| &known.database);
    let names: Vec<String> = rules.clone().map(|rules| rules.name.clone()).collect();
    let mode = SqlMode::default();
    // without files the rules' own `columns:` are all that is known
    let mut schemas = vec![Schema::default(); names.len()];
    if let Some(schema) = schemas.get_mut(current) {
        read_schema(&arguments.schema, mode, arguments.server, schema)
            .map_err(|fault| fault.to_string())?;
    }
    let databases: Vec<Logical<'_>> = rules
        .zip(&schemas)
        .map(|(rules, schema)| Logical { rules, schema })
        .collect();
    let grounds = Grounds {
        databases: &databases,
        names: &names,
        current,
        mode,
        family: arguments.server,
        rights: ALL_RIGHTS,
    };
    Ok(stories(
        &grounds,
        arguments.sql.as_bytes(),
        arguments.format,
    ))
}

fn stories(grounds: &Grounds<'_>, text: &[u8], format: Format) -> (Vec<String>, bool) {
    let stories = match grounds.stories(text) {
        Ok(stories) => stories,
        Err(refusal) => return (unread(&refusal, format), true),
    };
    let is_refused = stories.iter().any(|story| story.refusal().is_some());
    let lines = match format {
        Format::Text => stories.iter().flat_map(lines).collect(),
        Format::Json => {
            let all = stories.iter().map(Story::json).collect();
            vec![format!("{:#}", serde_json::Value::Array(all))]
        }
    };
    (lines, is_refused)
}

fn lines(story: &Story) -> Vec<String> {
    let steps = story.steps().into_iter();
    steps
        .map(|(step, detail)| format!("{step}: {detail}"))
        .collect()
}

/// A text that cannot be cut into tokens.
fn unread(refusal: &Refusal, format: Format) -> Vec<String> {
    let (code, sqlstate) = refusal.code.number();
    match format {
        Format::Text => vec![format!("refused: {code} ({sqlstate}): {refusal}")],
        Format::Json => {
            let verdict = serde_json::json!({
                "outcome": "refused", "code": code, "sqlstate": sqlstate, "message": refusal.message,
            });
            vec![format!("{:#}", serde_json::json!([{ "verdict": verdict }]))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(config: &str, text: &str, format: Format) -> ExplainArguments {
        ExplainArguments {
            config: config.into(),
            database: None,
            schema: Vec::new(),
            server: ServerFamily::MySql(80_400),
            format,
            sql: text.to_owned(),
        }
    }

    fn explained(text: &str) -> (String, bool) {
        let (lines, is_refused) = told(&asked("config", text, Format::Text)).unwrap();
        (lines.join("\n"), is_refused)
    }

    #[test]
    fn create_table_files_tell_the_columns_that_no_server_does() {
        let insert = "INSERT INTO inv_stock VALUES (1, 5, 1, 10, 0, 0, NOW())";
        let (text, is_refused) = explained(insert);
        assert!(is_refused && text.contains("refused: 29002"), "{text}");
        let mut arguments = asked("config", insert, Format::Text);
        arguments.schema = vec!["examples/ecommerce.sql".into()];
        let (lines, is_refused) = told(&arguments).unwrap();
        let text = lines.join("\n");
        assert!(!is_refused && text.contains("sends: rw_"), "{text}");
        arguments.schema = vec!["examples/nowhere.sql".into()];
        assert!(told(&arguments).unwrap_err().contains("nowhere.sql"));
    }

    #[test]
    fn a_constant_of_another_query_block_is_told_as_one_contract_4_6() {
        let (text, _) = explained(
            "SELECT * FROM (SELECT * FROM inv_stock) t WHERE t.sku_id = 5 AND t.warehouse_id = 1",
        );
        let because = text
            .lines()
            .find(|line| line.starts_with("because"))
            .unwrap();
        assert!(
            because.contains(
                "sku_id = 5 (carried from another query block), warehouse_id = 1 (carried"
            ),
            "{text}"
        );
        let table = text.lines().find(|line| line.starts_with("table")).unwrap();
        assert!(table.contains("sku_id = 5 (carried"), "{table}");
        let (text, _) = explained(
            "SELECT * FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id \
             WHERE s.sku_id = 5 AND s.warehouse_id = 1",
        );
        assert!(!text.contains("carried"), "{text}");
    }

    #[test]
    fn ids_of_the_proxys_own_are_told_to_be_answered_by_itself() {
        let (text, is_refused) = explained("SELECT SNOWFLAKE() AS id");
        assert!(
            !is_refused && text.contains("route: the proxy answers it"),
            "{text}"
        );
        for refused in [
            "SELECT SNOWFLAKE() + 1",
            "SET @id = SNOWFLAKE()",
            "SELECT SNOWFLAKE('nobody')",
        ] {
            let (text, is_refused) = explained(refused);
            assert!(is_refused && text.contains("refused: 1235"), "{text}");
        }
    }

    #[test]
    fn parameters_are_shown_by_a_stand_in() {
        let (text, is_refused) =
            explained("SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?");
        assert!(
            !is_refused && text.contains("note: each ? stands for"),
            "{text}"
        );
        let actual = text.lines().last().unwrap();
        assert!(
            actual.starts_with("sends: rw_") && actual.contains("FROM `inv_stock_"),
            "{actual}"
        );
        assert!(
            actual.ends_with("WHERE sku_id = ? AND warehouse_id = ?"),
            "{actual}"
        );
    }

    #[test]
    fn what_no_value_can_route_is_refused_with_its_parameters_and_the_remedy() {
        let (text, is_refused) = explained("SELECT stock FROM inv_stock WHERE stock > ?");
        assert!(
            is_refused && text.contains("refused: 20090 (42000)"),
            "{text}"
        );
        assert!(
            text.contains("sku_id no value known") && text.contains("remedy: "),
            "{text}"
        );
    }

    #[test]
    fn each_statement_of_a_text_has_its_story() {
        let (text, is_refused) = explained("BEGIN; SELECT 1; /* shardgate: nonsense */ SELECT 2");
        let routes: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("route: ") || line.starts_with("refused: "))
            .collect();
        assert!(is_refused, "{text}");
        assert_eq!(routes.len(), 3, "{text}");
        assert!(
            routes[0].contains("the proxy answers it") && routes[2].contains("29004"),
            "{text}"
        );
    }

    #[test]
    fn json_holds_what_the_text_tells() {
        let ask = "SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 1";
        let (lines, _) = told(&asked("config", ask, Format::Json)).unwrap();
        let stories: serde_json::Value = serde_json::from_str(&lines.concat()).unwrap();
        let story = &stories[0];
        assert_eq!(story["verdict"]["outcome"], "routed");
        assert_eq!(story["tables"][0]["sharding_columns"][0]["known"], "= 5");
        assert_eq!(story["tables"][0]["candidates"]["count"], 1);
        assert!(
            story["verdict"]["units"][0]["sql"]
                .as_str()
                .unwrap()
                .contains("inv_stock_")
        );
    }
}
