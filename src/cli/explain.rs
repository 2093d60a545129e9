//! `shardgate explain`: the live router on statements, without any server.

use std::path::Path;
use std::process::ExitCode;

use crate::config::{Config, DatabaseConfig};
use crate::model::Schema;
use crate::route::Refusal;
use crate::server;
use crate::sql::{ServerFamily, SqlMode};
use crate::verdict::{ALL_RIGHTS, Grounds, Logical, Story};

use super::output::print;

/// Read for a server that runs no version-gated comment.
const FAMILY: ServerFamily = ServerFamily::MySql(80_400);

/// How the story is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One line a step.
    #[default]
    Text,
    /// An array with an object for each statement.
    Json,
}

/// Prints the story of each statement in `text`; fails if one of them is refused.
pub(super) fn explain(
    folder: &Path,
    database: Option<&str>,
    text: &str,
    format: Format,
) -> ExitCode {
    let config = match server::load(folder) {
        Ok(config) => config,
        Err(error) => {
            eprintln!(
                "shardgate explain: {error}; run: shardgate check --config {}",
                folder.display()
            );
            return ExitCode::FAILURE;
        }
    };
    let wanted = |known: &DatabaseConfig| {
        database.is_none_or(|name| known.database.name.eq_ignore_ascii_case(name))
    };
    let Some(current) = config.databases.iter().position(wanted) else {
        eprintln!("shardgate explain: there is no such logical database");
        return ExitCode::FAILURE;
    };
    let (lines, is_refused) = told(&config, current, text.as_bytes(), format);
    print(&lines);
    if is_refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The lines to print, and whether a statement is refused.
fn told(config: &Config, current: usize, text: &[u8], format: Format) -> (Vec<String>, bool) {
    // the rules' own `columns:` are all that is known without a server
    let schema = Schema::default();
    let rules = config.databases.iter().map(|known| &known.database);
    let names: Vec<String> = rules.clone().map(|rules| rules.name.clone()).collect();
    let databases: Vec<Logical<'_>> = rules
        .map(|rules| Logical {
            rules,
            schema: &schema,
        })
        .collect();
    let grounds = Grounds {
        databases: &databases,
        names: &names,
        current,
        mode: SqlMode::default(),
        family: FAMILY,
        rights: ALL_RIGHTS,
    };
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

    fn explained(text: &str) -> (String, bool) {
        let config = server::load(Path::new("config")).unwrap();
        let (lines, is_refused) = told(&config, 0, text.as_bytes(), Format::Text);
        (lines.join("\n"), is_refused)
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
        let config = server::load(Path::new("config")).unwrap();
        let ask = b"SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 1";
        let (lines, _) = told(&config, 0, ask, Format::Json);
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
