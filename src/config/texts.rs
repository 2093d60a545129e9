//! What is known without a server of how string sharding columns compare (contract 1.4, 4.2).

use crate::model::ColumnKind;
use crate::rule::{Comparison, Normalize, ShardedTable};

use super::cursor::Place;
use super::fault::Fault;
use super::load::Config;

/// A string sharding column that the rule declares.
struct TextColumn<'a> {
    table: &'a ShardedTable,
    name: &'a str,
    collation: Option<&'a str>,
    length: Option<usize>,
}

/// One line a string sharding column whose texts can be compared, such as
/// `shop.ledger.region: texts are equal as utf8mb4_bin has it`.
#[must_use]
pub fn comparison_lines(config: &Config) -> Vec<String> {
    let tables = config.databases.iter().flat_map(|config| {
        let tables = config.database.sharded_tables();
        tables.map(|table| (&config.database.name, table))
    });
    let lines = tables.flat_map(|(database, table)| {
        let told = columns(table).filter_map(|column| column.told());
        told.map(move |line| format!("{database}.{}.{line}", table.name))
    });
    lines.collect()
}

/// Warns of string sharding columns by which no statement is routed until a server tells otherwise.
pub(super) fn check(table: &ShardedTable, place: &Place, warnings: &mut Vec<Fault>) {
    warnings.extend(columns(table).filter_map(|column| column.warning(place)));
}

fn columns(table: &ShardedTable) -> impl Iterator<Item = TextColumn<'_>> {
    table
        .columns
        .iter()
        .filter_map(|name| match table.declared.get(name)? {
            ColumnKind::Text { collation, length } => Some(TextColumn {
                table,
                name,
                collation: collation.as_deref(),
                length: *length,
            }),
            _ => None,
        })
}

impl TextColumn<'_> {
    fn comparison(&self) -> Comparison {
        Comparison::of(self.table.normalize, self.collation)
    }

    fn told(&self) -> Option<String> {
        let Comparison::Told { pads } = self.comparison() else {
            return None;
        };
        let how = match (self.table.normalize, self.collation) {
            (Some(Normalize::AsciiCi), _) => {
                "texts are folded by normalize: ascii_ci, others than printable ASCII are no values".to_owned()
            }
            (Some(Normalize::Exact), _) => {
                "texts are taken as they are by normalize: exact, for whose one spelling the application answers"
                    .to_owned()
            }
            (None, collation) => {
                format!("texts are equal as {} has it", collation.unwrap_or("binary"))
            }
        };
        let blanks = if pads {
            ", and those that end with a blank are no values"
        } else {
            ""
        };
        Some(format!("{}: {how}{blanks}", self.name))
    }

    fn warning(&self, place: &Place) -> Option<Fault> {
        let name = self.name;
        let message = match (self.comparison(), self.collation, self.table.normalize) {
            (Comparison::Told { .. }, ..) => return None,
            (Comparison::Loose, Some(collation), Some(Normalize::AsciiCi)) => format!(
                "normalize: ascii_ci does not fold {collation} of sharding column {name}: statements by it are refused (29002)"
            ),
            (Comparison::Loose, Some(collation), _) => format!(
                "{collation} of sharding column {name} calls different texts equal: statements by it are refused (29002)"
            ),
            _ => format!(
                "the collation of sharding column {name} is not declared: until a server tells it, statements by it are \
                 refused (29002), in explain and lint too"
            ),
        };
        let length = self
            .length
            .map_or("64".to_owned(), |length| length.to_string());
        let remedy = format!(
            "give the column a *_bin collation and write columns: {{ {name}: \"varchar({length}) collate utf8mb4_bin\" }}, \
             or write normalize: exact if one spelling is always written, or normalize: ascii_ci for a general, unicode \
             or 0900 collation"
        );
        Some(place.warning(message, remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{check, load_texts};

    const SERVER: &str = "authority:\n  users:\n    - { user: root, password: secret }\n";

    fn config(column: &str, normalize: &str) -> Config {
        let database = format!(
            "databaseName: shop\n\
             dataSources:\n  ds_0: {{ url: \"jdbc:mysql://127.0.0.1:3306/shop\", username: a, password: b }}\n\
             rules:\n- !SHARDING\n  tables:\n    t:\n      actualDataNodes: ds_0.t_${{0..3}}\n      \
             tableStrategy: {{ standard: {{ shardingColumn: code, shardingAlgorithmName: h }} }}\n      \
             columns: {{ code: \"{column}\" }}\n{normalize}  \
             shardingAlgorithms:\n    h: {{ type: HASH_MOD, props: {{ sharding-count: 4 }} }}\n"
        );
        let server = ("server.yaml".to_owned(), SERVER.to_owned());
        let texts = vec![server, ("shop.yaml".to_owned(), database)];
        load_texts(".", texts, &|_| None).unwrap()
    }

    #[test]
    fn what_is_told_of_a_string_sharding_column_hangs_on_its_collation_and_normalize() {
        let exact = "      normalize: exact\n";
        let folded = "      normalize: ascii_ci\n";
        for (column, normalize, line, warning) in [
            (
                "varchar(8) collate utf8mb4_bin",
                "",
                "shop.t.code: texts are equal as utf8mb4_bin has it, and those",
                "",
            ),
            (
                "varchar(8) collate utf8mb4_0900_bin",
                "",
                "shop.t.code: texts are equal as utf8mb4_0900_bin has it",
                "",
            ),
            ("varchar(8)", "", "", "not declared"),
            (
                "varchar(8) collate utf8mb4_general_ci",
                "",
                "",
                "calls different texts equal",
            ),
            (
                "varchar(8) collate utf8mb4_general_ci",
                folded,
                "shop.t.code: texts are folded",
                "",
            ),
            (
                "varchar(8) collate utf8mb4_roman_ci",
                folded,
                "",
                "does not fold utf8mb4_roman_ci",
            ),
            (
                "varchar(8)",
                exact,
                "shop.t.code: texts are taken as they are",
                "",
            ),
            ("bigint", "", "", ""),
        ] {
            let config = config(column, normalize);
            let lines = comparison_lines(&config);
            assert_eq!(
                lines.len(),
                usize::from(!line.is_empty()),
                "{column} {normalize}: {lines:?}"
            );
            assert!(lines.iter().all(|told| told.starts_with(line)), "{lines:?}");
            let warned: Vec<Fault> = check(&config)
                .into_iter()
                .filter(|fault| fault.message.contains("sharding column code"))
                .collect();
            assert_eq!(
                warned.len(),
                usize::from(!warning.is_empty()),
                "{column} {normalize}: {warned:?}"
            );
            assert!(
                warned.iter().all(|fault| fault.message.contains(warning)),
                "{warned:?}"
            );
            assert!(
                warned
                    .iter()
                    .all(|fault| fault.remedy.contains("varchar(8) collate utf8mb4_bin")),
                "{warned:?}"
            );
        }
    }
}
