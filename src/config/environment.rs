//! `${NAME}` in capitals, replaced by the process's environment.

use super::tree::{Node, Position};

/// One variable that is not set, and where it is asked for.
pub struct MissingVariable {
    /// Its name.
    pub name: String,
    /// The scalar that asks for it.
    pub at: Position,
    /// The way to that scalar.
    pub path: String,
}

/// Replaces every `${NAME}` below `node`; returns those that are not set.
///
/// Names are capitals, digits and underscores, and begin with a capital: `${0..7}` and `${sku_id % 4}` are left
/// to inline expressions.
pub fn substitute(
    node: &mut Node,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Vec<MissingVariable> {
    let mut missing = Vec::new();
    node.for_each_scalar("", &mut |text, at, path| {
        if text.contains("${") {
            let mut note = |name: &str| {
                missing.push(MissingVariable {
                    name: name.to_owned(),
                    at,
                    path: path.to_owned(),
                })
            };
            *text = replace(text, environment, &mut note);
        }
    });
    missing
}

fn replace(
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
    missing: &mut dyn FnMut(&str),
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let Some((name, after)) = variable(from) else {
            out.push_str("${");
            rest = from.strip_prefix("${").unwrap_or_default();
            continue;
        };
        match environment(name) {
            Some(value) => out.push_str(&value),
            None => missing(name),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `${NAME}rest` as `(NAME, rest)`.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix("${")?.split_once('}')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> (String, Vec<String>) {
        let mut missing = Vec::new();
        let environment = |name: &str| (name == "HOST_1").then(|| "${PORT}".to_owned());
        let out = replace(text, &environment, &mut |name| {
            missing.push(name.to_owned())
        });
        (out, missing)
    }

    #[test]
    fn capitals_are_variables_and_values_are_not_read_again() {
        assert_eq!(
            run("mysql://${HOST_1}:1/a"),
            ("mysql://${PORT}:1/a".into(), vec![])
        );
    }

    #[test]
    fn inline_expressions_are_left_alone() {
        for text in [
            "rw_${0..7}.t_${0..15}",
            "t_$->{sku_id % 4}",
            "${['a','b']}",
            "${",
            "${}",
            "${a}${",
        ] {
            assert_eq!(run(text), (text.to_owned(), vec![]));
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        assert_eq!(
            run("a${WORKER_ID}b"),
            ("ab".into(), vec!["WORKER_ID".into()])
        );
    }
}
