//! Sharding algorithms: one file each, one line each in [`REGISTRY`].

mod auto_interval;
mod boundary_range;
mod closest;
mod complex_inline;
mod complex_interval;
mod consistent_hash;
mod date_pattern;
mod hash_mod;
mod hint_inline;
mod inline;
mod inline_expression;
mod interval;
mod java_hash;
mod list;
mod modulo;
mod props;
mod template;
mod volume_range;
mod xxh3;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::ValueSet;
use crate::model::ShardingValue;
pub(super) use hash_mod::Slots;
use props::Props;

/// One algorithm: its name in the configuration, the properties it knows, how it is built.
struct Entry {
    type_name: &'static str,
    /// What it is for, for the reference page.
    about: &'static str,
    keys: &'static [&'static str],
    build: fn(&Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault>,
}

/// Every algorithm; a new one is a file and a line here.
const REGISTRY: &[Entry] = &[
    Entry {
        type_name: "AUTO_INTERVAL",
        about: "Numbered tables of equal length in time, one before the first moment and one behind the last. One date column; ranges narrow; `autoTables`.",
        keys: auto_interval::KEYS,
        build: auto_interval::build,
    },
    Entry {
        type_name: "BOUNDARY_RANGE",
        about: "Numbered tables between listed bounds; a value lies in the table of the last bound that is not above it. One integer column; ranges narrow; `autoTables`. New rows of a growing id all go to the last table.",
        keys: boundary_range::KEYS,
        build: boundary_range::build,
    },
    Entry {
        type_name: "COMPLEX_INLINE",
        about: "A target's name by an expression over several columns, for `complex`. Equality and IN on all of them; ranges do not narrow.",
        keys: complex_inline::KEYS,
        build: complex_inline::build,
    },
    Entry {
        type_name: "COMPLEX_INTERVAL",
        about: "Tables by steps of time and by other columns, such as `order_202401_02`, for `complex`. A range of the moment narrows to its steps and values of the other columns to theirs, each also without the other.",
        keys: complex_interval::KEYS,
        build: complex_interval::build,
    },
    Entry {
        type_name: "CONSISTENT_HASH",
        about: "A ring of virtual nodes (XXH3-64). One target more takes its share of the rows, and no row moves between the others. One column or several, integers or texts; equality and IN; `autoTables`. Slots of HASH_MOD move whole tables instead of rows: prefer them where tables can be moved.",
        keys: consistent_hash::KEYS,
        build: consistent_hash::build,
    },
    Entry {
        type_name: "HASH_MOD",
        about: "The hash of a value modulo the number of targets: Java's `hashCode` (default, as in ShardingSphere; one column) or XXH3-64 (`hash: xxh3`; several columns, slots). Equality and IN; `autoTables`, and `tables` too.",
        keys: hash_mod::KEYS,
        build: hash_mod::build,
    },
    Entry {
        type_name: "HINT_INLINE",
        about: "A target's name by an expression over the value of a hint, for `hint` strategies; see [hints.md](hints.md).",
        keys: hint_inline::KEYS,
        build: hint_inline::build,
    },
    Entry {
        type_name: "INLINE",
        about: "A target's name by an expression over one column: integers, `+ - * / %`, `.intdiv(n)`, brackets. Equality and IN; ranges do not narrow. What else of Groovy stands there is a fault that says what to write.",
        keys: inline::KEYS,
        build: inline::build,
    },
    Entry {
        type_name: "INTERVAL",
        about: "Tables by steps of time (seconds to years), named by a date at the end. One date column; equality, IN and ranges. `datetime-upper` is needed: a table behind it would be unknown until a restart.",
        keys: interval::KEYS,
        build: interval::build,
    },
    Entry {
        type_name: "LIST",
        about: "A map from values to targets, such as regions to data sources. One column, texts or integers; equality, IN, and ranges of integers. A value that is not listed goes to `default-target`, or is refused. For `tables`.",
        keys: list::KEYS,
        build: list::build,
    },
    Entry {
        type_name: "MOD",
        about: "The value itself modulo the number of targets. One integer column, or texts of digits; equality, IN and narrow ranges; `autoTables`.",
        keys: modulo::KEYS,
        build: modulo::build,
    },
    Entry {
        type_name: "VOLUME_RANGE",
        about: "Numbered tables of one width between two bounds, one before and one behind. One integer column; ranges narrow; `autoTables`.",
        keys: volume_range::KEYS,
        build: volume_range::build,
    },
];

/// What an algorithm answers for a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shard {
    /// The target of this number (suffix rule).
    Number(u64),
    /// The target of this name.
    Name(String),
    /// The target whose name ends so.
    Suffix(String),
    /// Every target whose suffix begins so; only for sets of values.
    Within(String),
}

/// What each algorithm does.
pub(super) trait Sharding: fmt::Debug + Send + Sync {
    /// The shard of one value per column, in the strategy's order of columns.
    ///
    /// # Errors
    /// Why the values are none that this algorithm can use.
    fn shard(&self, columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String>;

    /// The shards that a range of the one column can reach; `None` if it cannot say or all of them.
    fn range(&self, _range: &ValueSet) -> Option<Vec<Shard>> {
        None
    }

    /// The shards that sets of values, one per column, can reach; `None` if it cannot say or all of them. Asked where
    /// not every column has values one by one; a column of which nothing is known is `None`.
    fn reach(&self, _columns: &[String], sets: &[Option<&ValueSet>]) -> Option<Vec<Shard>> {
        match sets {
            [Some(range)] => self.range(range),
            _ => None,
        }
    }

    /// How many shards, for algorithms that number them.
    fn count(&self) -> Option<u64> {
        None
    }

    /// How many digits the suffix has at least.
    fn padding(&self) -> usize {
        0
    }

    /// Whether ranges may narrow the route.
    fn supports_range(&self) -> bool {
        false
    }

    /// Whether a `complex` strategy may use it.
    fn is_multi_column(&self) -> bool {
        false
    }

    /// Whether it works on the values of hints, not on columns.
    fn is_hint(&self) -> bool {
        false
    }

    /// All suffixes that [`Shard::Suffix`] may carry, as far as `targets` can have them.
    fn suffixes(&self, _targets: &[String]) -> Vec<String> {
        Vec::new()
    }

    /// Texts that have a place of their own, as the rule spells them.
    fn listed_texts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether every moment from `one` to `other` of the column `_column` has the same place.
    fn is_one_step(&self, _column: &str, _one: &str, _other: &str) -> bool {
        false
    }

    /// Whether it spreads any values, so that pseudo-random ones say how evenly.
    fn is_guessable(&self) -> bool {
        false
    }

    /// Whether it names no target but these.
    ///
    /// # Errors
    /// The first that is none.
    fn check_targets(&self, _targets: &[String]) -> Result<(), AlgorithmFault> {
        Ok(())
    }

    /// Slots in front of the tables (contract 4.3).
    fn slots(&self) -> Option<&Slots> {
        None
    }

    /// Whether equal integers lie on equal shards by `hash(value) % count`, for the lcm rule: a
    /// word for the hash, the same for two algorithms that hash alike.
    fn residue_family(&self) -> Option<String> {
        None
    }

    /// `numericText: java_text`
    fn is_numeric_text_java(&self) -> bool {
        false
    }

    /// The text of a number leads elsewhere than the number.
    fn hashes_numeric_text(&self) -> bool {
        false
    }

    /// Whether the algorithm can work with these columns of a strategy.
    ///
    /// # Errors
    /// What is wrong with them.
    fn check_columns(&self, _columns: &[String]) -> Result<(), AlgorithmFault> {
        Ok(())
    }
}

/// Why an algorithm's properties are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {remedy}")]
pub struct AlgorithmFault {
    /// The property at fault; empty for the type itself.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl AlgorithmFault {
    fn new(key: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// A compiled sharding algorithm; equal if type and properties are.
#[derive(Clone, Debug)]
pub struct Algorithm {
    type_name: &'static str,
    props: BTreeMap<String, String>,
    sharding: Arc<dyn Sharding>,
}

impl PartialEq for Algorithm {
    fn eq(&self, other: &Self) -> bool {
        self.type_name == other.type_name && self.props == other.props
    }
}

impl Eq for Algorithm {}

impl Algorithm {
    /// Compiles an algorithm; `type_name` is compared without case.
    ///
    /// # Errors
    /// The first property (or the type) that is wrong, with what to write instead.
    pub fn build(
        type_name: &str,
        props: &BTreeMap<String, String>,
    ) -> Result<Self, AlgorithmFault> {
        let Some(entry) = REGISTRY
            .iter()
            .find(|entry| entry.type_name.eq_ignore_ascii_case(type_name))
        else {
            return Err(unknown_type(type_name));
        };
        let reader = Props::new(entry.type_name, props, entry.keys)?;
        Ok(Self {
            type_name: entry.type_name,
            props: props.clone(),
            sharding: (entry.build)(&reader)?,
        })
    }

    /// The types that [`Algorithm::build`] knows.
    pub fn type_names() -> impl Iterator<Item = &'static str> {
        REGISTRY.iter().map(|entry| entry.type_name)
    }

    /// Each type with what it is for.
    pub fn abouts() -> impl Iterator<Item = (&'static str, &'static str)> {
        REGISTRY.iter().map(|entry| (entry.type_name, entry.about))
    }

    /// The type, in capitals.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The properties it was built from.
    #[must_use]
    pub fn props(&self) -> &BTreeMap<String, String> {
        &self.props
    }

    /// How many tables an `autoTables` table of this algorithm has; `None` if it can have none.
    #[must_use]
    pub fn auto_table_count(&self) -> Option<u64> {
        self.sharding.count()
    }

    /// Whether ranges may narrow the route.
    #[must_use]
    pub fn supports_range(&self) -> bool {
        self.sharding.supports_range()
    }

    /// Whether a strategy of several columns (`complex`) may use it.
    #[must_use]
    pub fn is_multi_column(&self) -> bool {
        self.sharding.is_multi_column()
    }

    /// Whether it belongs to a `hint` strategy.
    #[must_use]
    pub fn is_hint(&self) -> bool {
        self.sharding.is_hint()
    }

    /// How many slots lie in front of the tables, if any (contract 4.3).
    #[must_use]
    pub fn slot_count(&self) -> Option<u64> {
        self.sharding.slots().map(|slots| slots.count)
    }

    /// `numericText: java_text`: quoted numbers are hashed as text (contract 4.2).
    #[must_use]
    pub fn is_numeric_text_java(&self) -> bool {
        self.sharding.is_numeric_text_java()
    }

    /// Whether it spreads any values, so that pseudo-random ones say how evenly.
    #[must_use]
    pub(super) fn is_guessable(&self) -> bool {
        self.sharding.is_guessable()
    }

    pub(super) fn sharding(&self) -> &dyn Sharding {
        self.sharding.as_ref()
    }
}

fn unknown_type(type_name: &str) -> AlgorithmFault {
    if type_name.eq_ignore_ascii_case("CLASS_BASED") {
        return AlgorithmFault::class_based(None);
    }
    let names: Vec<&str> = Algorithm::type_names().collect();
    AlgorithmFault::new(
        "",
        format!("unknown algorithm type {type_name}"),
        closest::suggest(type_name, &names),
    )
}

/// ShardingSphere's own classes, and the lines that mean the same here.
const OWN_CLASSES: &[(&str, &str)] = &[
    (
        "HashModShardingAlgorithm",
        "type: HASH_MOD, props: { sharding-count: 16 }",
    ),
    (
        "ModShardingAlgorithm",
        "type: MOD, props: { sharding-count: 16 }",
    ),
    (
        "InlineShardingAlgorithm",
        "type: INLINE, props: { algorithm-expression: \"t_${sku_id % 16}\" }",
    ),
    (
        "ComplexInlineShardingAlgorithm",
        "type: COMPLEX_INLINE, props: { algorithm-expression: \"t_${(sku_id + warehouse_id) % 16}\" }",
    ),
    (
        "HintInlineShardingAlgorithm",
        "type: HINT_INLINE, props: { algorithm-expression: \"t_${value % 16}\" }",
    ),
    (
        "IntervalShardingAlgorithm",
        "type: INTERVAL, and the same props",
    ),
    (
        "AutoIntervalShardingAlgorithm",
        "type: AUTO_INTERVAL, and the same props",
    ),
    (
        "BoundaryBasedRangeShardingAlgorithm",
        "type: BOUNDARY_RANGE, and the same props",
    ),
    (
        "VolumeBasedRangeShardingAlgorithm",
        "type: VOLUME_RANGE, and the same props",
    ),
];

impl AlgorithmFault {
    /// CLASS_BASED with the class that it names, if it does: what to write in its place.
    #[must_use]
    pub fn class_based(class: Option<&str>) -> Self {
        let simple = class.map(|class| class.rsplit('.').next().unwrap_or(class));
        let own = OWN_CLASSES.iter().find(|(name, _)| Some(*name) == simple);
        let message = match class {
            Some(class) => format!(
                "algorithm type CLASS_BASED runs the Java class {class}, which cannot be done here"
            ),
            None => {
                "algorithm type CLASS_BASED runs a Java class, which cannot be done here".to_owned()
            }
        };
        let remedy = match own {
            Some((_, line)) => format!("write {line}, with the props that stand there but strategy and algorithmClassName"),
            None => "write what the class computes: type: HASH_MOD for abs(key.hashCode()) % n, MOD for key % n, INLINE for \
                     an expression such as t_${sku_id % 16}, COMPLEX_INLINE for one over several columns, INTERVAL for a \
                     table a month or a day, COMPLEX_INTERVAL for both, BOUNDARY_RANGE for ranges of ids, LIST for a map \
                     such as `ds_asia: CN, HK`, CONSISTENT_HASH for a ring".to_owned(),
        };
        Self::new("", message, remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, AlgorithmFault, OWN_CLASSES, REGISTRY};
    use std::collections::BTreeMap;

    #[test]
    fn every_registered_algorithm_refuses_an_unknown_property_with_a_suggestion() {
        for entry in REGISTRY {
            let key = entry.keys.first().expect("each has a property");
            let props = BTreeMap::from([(format!("{key}x"), "1".to_owned())]);
            let fault = Algorithm::build(entry.type_name, &props).unwrap_err();
            assert_eq!(fault.key, format!("{key}x"));
            assert!(fault.remedy.contains(key), "{}", fault.remedy);
        }
    }

    #[test]
    fn the_registry_is_sorted_and_names_are_unique() {
        assert!(
            REGISTRY
                .windows(2)
                .all(|pair| pair[0].type_name < pair[1].type_name)
        );
    }

    #[test]
    fn class_based_shows_what_to_write_for_shardingspheres_own_classes_and_for_others() {
        let class =
            "org.apache.shardingsphere.sharding.algorithm.sharding.mod.HashModShardingAlgorithm";
        let own = AlgorithmFault::class_based(Some(class));
        assert!(
            own.message.contains(class) && own.remedy.starts_with("write type: HASH_MOD"),
            "{own}"
        );
        let other = AlgorithmFault::class_based(Some("com.shop.ByTail"));
        for name in ["HASH_MOD", "INLINE", "INTERVAL", "LIST", "CONSISTENT_HASH"] {
            assert!(other.remedy.contains(name), "{other}");
        }
        for (class, line) in OWN_CLASSES {
            let name = line.trim_start_matches("type: ").split(',').next().unwrap();
            assert!(
                Algorithm::type_names().any(|known| known == name),
                "{class}: {line}"
            );
        }
    }

    #[test]
    fn an_unknown_type_names_the_nearest() {
        let fault = Algorithm::build("HASHMOD", &BTreeMap::new()).unwrap_err();
        assert!(fault.remedy.contains("HASH_MOD"), "{fault}");
        assert!(
            Algorithm::build("CLASS_BASED", &BTreeMap::new())
                .unwrap_err()
                .message
                .contains("Java")
        );
    }
}
