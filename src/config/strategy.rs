//! Strategies and the algorithms they name.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::rule::{Algorithm, AlgorithmFault, Strategy};

use super::catalogue::{self, Scope};
use super::cursor::{Cursor, Map};
use super::typed::{Typed, read_all};

/// Algorithms by name; `None` for one that has a fault of its own, which is reported already.
pub(super) type Algorithms<'a> = BTreeMap<&'a str, Option<Arc<Algorithm>>>;

/// Reads `shardingAlgorithms`.
pub(super) fn read_algorithms<'a>(at: &Cursor<'a>) -> Algorithms<'a> {
    read_all(at)
        .into_iter()
        .map(|(name, typed)| (name, build(&typed).map(Arc::new)))
        .collect()
}

fn build(typed: &Typed<'_>) -> Option<Algorithm> {
    if typed.type_name.eq_ignore_ascii_case("CLASS_BASED") {
        let class = typed.props.get("algorithmClassName");
        let fault = AlgorithmFault::class_based(class.and_then(Cursor::text));
        typed.place("").fault(fault.message, fault.remedy);
        return None;
    }
    let props = match scope(typed.type_name) {
        Some(scope) => typed.checked_props(scope),
        None => BTreeMap::new(),
    };
    match Algorithm::build(typed.type_name, &props) {
        Ok(algorithm) => Some(algorithm),
        Err(fault) => {
            typed.place(&fault.key).fault(fault.message, fault.remedy);
            None
        }
    }
}

/// The page of all algorithms.
#[must_use]
pub fn algorithms_markdown() -> String {
    let mut page = ALGORITHMS.to_owned();
    for (type_name, about) in Algorithm::abouts() {
        // writing to a String cannot fail
        let _ = write!(
            page,
            "\n## {type_name}\n{about}\n\n| property | meaning |\n|---|---|\n"
        );
        for row in scope(type_name).into_iter().flat_map(catalogue::rows) {
            let _ = writeln!(page, "| `{}` | {} |", row.key, row.note.replace('|', "\\|"));
        }
    }
    page
}

const ALGORITHMS: &str = "\
# Sharding algorithms

This page is printed from the registry in `src/rule/algorithm` and the key catalogue; a test keeps it equal
(`UPDATE_DOCS=1 cargo test --lib config::` rewrites it).

`shardingAlgorithms: { NAME: { type: ..., props: { ... } } }`; strategies name them by `shardingAlgorithmName`. Types and
properties are ShardingSphere's, beside COMPLEX_INTERVAL, CONSISTENT_HASH and LIST. `examples/seed004` has a table of
nearly every kind. A value that leads to no declared node is refused, never dropped; a range that an algorithm cannot use
is \"no value known\". `CLASS_BASED` runs Java and is a fault that names what to write instead.

Integers are read by value (`5`, `'5'`, a bound DECIMAL `5.00`), strings as [values.md](values.md) says.
";

/// Where the catalogue lists an algorithm's properties.
fn scope(type_name: &str) -> Option<Scope> {
    Some(match type_name.to_ascii_uppercase().as_str() {
        "HASH_MOD" => Scope::HashModProps,
        "MOD" => Scope::ModProps,
        "INLINE" => Scope::InlineProps,
        "COMPLEX_INLINE" => Scope::ComplexInlineProps,
        "COMPLEX_INTERVAL" => Scope::ComplexIntervalProps,
        "CONSISTENT_HASH" => Scope::ConsistentHashProps,
        "LIST" => Scope::ListProps,
        "HINT_INLINE" => Scope::HintInlineProps,
        "BOUNDARY_RANGE" => Scope::BoundaryRangeProps,
        "VOLUME_RANGE" => Scope::VolumeRangeProps,
        "INTERVAL" => Scope::IntervalProps,
        "AUTO_INTERVAL" => Scope::AutoIntervalProps,
        _ => return None,
    })
}

/// What strategies need to know of the rule around them.
pub(super) struct StrategyContext<'a> {
    /// `shardingAlgorithms`
    pub algorithms: Algorithms<'a>,
    /// `defaultShardingColumn`
    pub default_column: Option<&'a str>,
}

impl StrategyContext<'_> {
    /// Reads one strategy: exactly one of its four forms.
    pub(super) fn read(&self, at: &Cursor<'_>) -> Option<Strategy> {
        let map = at.map(Scope::Strategy);
        let forms = ["standard", "complex", "hint", "none"];
        let found: Vec<_> = forms
            .iter()
            .filter_map(|form| map.take_even_null(form).map(|at| (*form, at)))
            .collect();
        map.finish();
        let [(form, form_at)] = found.as_slice() else {
            if at.is_mapping() {
                let message = format!(
                    "a strategy is exactly one of {}; here are {}",
                    forms.join(", "),
                    found.len()
                );
                at.fault(message, "keep one of them");
            }
            return None;
        };
        match *form {
            "standard" => self.standard(&form_at.map(Scope::Standard)),
            "complex" => self.complex(&form_at.map(Scope::Complex)),
            "hint" => self.hint(&form_at.map(Scope::HintStrategy)),
            _ => Some(Strategy::None),
        }
    }

    fn standard(&self, map: &Map<'_>) -> Option<Strategy> {
        let column = map
            .take("shardingColumn")
            .and_then(|at| at.text())
            .or(self.default_column);
        let algorithm = self.algorithm(map);
        map.finish();
        let Some(column) = column else {
            map.at().fault(
                "shardingColumn is missing",
                "write shardingColumn: and the column",
            );
            return None;
        };
        Some(Strategy::Columns {
            columns: vec![column.to_owned()],
            algorithm: algorithm?,
        })
    }

    fn complex(&self, map: &Map<'_>) -> Option<Strategy> {
        let columns = map
            .require("shardingColumns", "write shardingColumns: a, b")
            .map(|at| names(&at));
        let algorithm = self.algorithm(map);
        map.finish();
        Some(Strategy::Columns {
            columns: columns?,
            algorithm: algorithm?,
        })
    }

    fn hint(&self, map: &Map<'_>) -> Option<Strategy> {
        let algorithm = self.algorithm(map);
        map.finish();
        Some(Strategy::Hint {
            algorithm: algorithm?,
        })
    }

    fn algorithm(&self, map: &Map<'_>) -> Option<Arc<Algorithm>> {
        let at = map.require("shardingAlgorithmName", "name one of shardingAlgorithms")?;
        let name = at.text()?;
        match self.algorithms.get(name) {
            Some(algorithm) => algorithm.clone(),
            None => {
                at.unknown_name("sharding algorithm", name, self.algorithms.keys().copied());
                None
            }
        }
    }
}

/// Names of a list, or of one text separated by commas.
pub(super) fn names(at: &Cursor<'_>) -> Vec<String> {
    let texts = at.items();
    let texts = texts.iter().filter_map(Cursor::text);
    texts
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::catalogue::{Class, rows};

    #[test]
    fn the_page_of_algorithms_is_what_the_code_prints() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/algorithms.md");
        let page = algorithms_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/algorithms.md is old: run UPDATE_DOCS=1 cargo test --lib config::"
        );
    }

    #[test]
    fn the_catalogue_lists_the_properties_of_every_algorithm() {
        for type_name in Algorithm::type_names() {
            let scope = scope(type_name).unwrap_or_else(|| panic!("{type_name} has no scope"));
            for row in rows(scope) {
                let props = BTreeMap::from([(row.key.to_owned(), "x".to_owned())]);
                let message = Algorithm::build(type_name, &props).unwrap_err().message;
                assert!(
                    !message.contains("has no property"),
                    "{type_name} {}: {message}",
                    row.key
                );
                assert_ne!(row.class, Class::Refused);
            }
        }
    }
}
