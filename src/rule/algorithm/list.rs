//! LIST: a map from values to targets, such as regions to data sources.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;
use crate::rule::ValueSet;

pub(super) const KEYS: &[&str] = &["list", "default-target"];

const EXAMPLE: &str = "\"ds_asia: CN, HK, SG; ds_europe: DE, FR\"";
const DEFAULT: &str = "default-target";

#[derive(Debug)]
struct List {
    /// Target of each listed value as it is written.
    targets: HashMap<String, String>,
    /// Those values that are whole numbers, for ranges.
    numbers: BTreeMap<i128, String>,
    /// Target of every other value.
    other: Option<String>,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let text = props.required("list", EXAMPLE)?;
    let mut targets: HashMap<String, String> = HashMap::new();
    let mut current: Option<&str> = None;
    let items = text.split([';', '\n', ',']).map(str::trim);
    for item in items.filter(|item| !item.is_empty()) {
        let value = match item.split_once(':') {
            Some((target, first)) if !item.starts_with(['\'', '"']) => {
                current = Some(target.trim());
                first
            }
            _ => item,
        };
        let Some(target) = current.filter(|target| !target.is_empty()) else {
            return Err(fault(format!("{item:?} names no target"), EXAMPLE));
        };
        let value = unquoted(value);
        if value.is_empty() {
            return Err(fault(format!("{target} has no value"), EXAMPLE));
        }
        if let Some(earlier) = targets.insert(value.to_owned(), target.to_owned()) {
            let message = format!("{value} leads to {earlier} and to {target}");
            return Err(fault(message, "with each value once"));
        }
    }
    let other = props.text(DEFAULT).filter(|name| !name.is_empty());
    let numbers = targets.iter().filter_map(|(value, target)| {
        let number: i128 = value.parse().ok()?;
        (number.to_string() == *value).then(|| (number, target.clone()))
    });
    Ok(Arc::new(List {
        numbers: numbers.collect(),
        targets,
        other: other.map(str::to_owned),
    }))
}

fn fault(message: String, remedy: &str) -> AlgorithmFault {
    AlgorithmFault::new("list", message, format!("write list: {remedy}"))
}

/// A value without the blanks and quotes around it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let inner = |quote| {
        value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
    };
    inner('\'').or_else(|| inner('"')).unwrap_or(value)
}

impl Sharding for List {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let target = match values {
            [ShardingValue::Text(text)] => self.targets.get(text),
            [ShardingValue::Int(number)] => self.numbers.get(number),
            _ => return Err("LIST takes one column".to_owned()),
        };
        target
            .or(self.other.as_ref())
            .map(|name| Shard::Name(name.clone()))
            .ok_or_else(|| "it is not listed, and there is no default-target".to_owned())
    }

    /// A range of whole numbers: the targets of the listed ones in it, and the default unless all are listed.
    fn range(&self, range: &ValueSet) -> Option<Vec<Shard>> {
        let (Some(low), Some(high)) = range.integer_bounds() else {
            return None;
        };
        if low > high {
            return None;
        }
        let listed = self.numbers.range(low..=high);
        let mut names: Vec<&String> = listed.map(|(_, target)| target).collect();
        let width = high.checked_sub(low)?.checked_add(1)?;
        if i128::try_from(names.len()).ok()? < width {
            // without a default no row can lie there
            names.extend(&self.other);
        }
        names.sort();
        names.dedup();
        Some(
            names
                .into_iter()
                .map(|name| Shard::Name(name.clone()))
                .collect(),
        )
    }

    fn supports_range(&self) -> bool {
        true
    }

    fn listed_texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.targets.keys().cloned().collect();
        texts.sort();
        texts
    }

    fn check_targets(&self, targets: &[String]) -> Result<(), AlgorithmFault> {
        let named = self.targets.values().map(|name| ("list", name));
        let mut all = named.chain(self.other.iter().map(|name| (DEFAULT, name)));
        match all.find(|(_, name)| !targets.contains(name)) {
            None => Ok(()),
            Some((key, name)) => Err(AlgorithmFault::new(
                key,
                format!("{name} is none of the targets"),
                format!("write one of {}", targets.join(", ")),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::ShardingValue;
    use crate::rule::samples::{by, two_level};
    use crate::rule::{Algorithm, ShardedTable, Strategy, ValueSet};

    const REGIONS: &str = "ds_0: CN, HK, 'TW'; ds_1: DE\nds_1: FR";

    fn by_region(props: &[(&str, &str)]) -> Result<ShardedTable, String> {
        two_level(
            "ds_${0..2}.store",
            by(&["region"], "LIST", props),
            Strategy::None,
        )
    }

    fn source(table: &ShardedTable, value: ShardingValue) -> Option<u16> {
        let node = table.place_row(&[value]).ok()?;
        Some(table.nodes[node].source.0)
    }

    fn text(value: &str) -> ShardingValue {
        ShardingValue::Text(value.to_owned())
    }

    #[test]
    fn a_listed_value_leads_to_its_target_and_any_other_to_the_default() {
        let table = by_region(&[("list", REGIONS), ("default-target", "ds_2")]).unwrap();
        for (value, expected) in [
            ("CN", 0),
            ("TW", 0),
            ("DE", 1),
            ("FR", 1),
            ("US", 2),
            ("cn", 2),
        ] {
            assert_eq!(source(&table, text(value)), Some(expected), "{value}");
        }
        let strict = by_region(&[("list", REGIONS)]).unwrap();
        assert_eq!(source(&strict, text("US")), None);
    }

    #[test]
    fn a_range_of_numbers_visits_the_targets_of_the_listed_ones_and_the_default_for_the_rest() {
        let props = [
            ("list", "ds_0: 1, 2, 3; ds_1: 7"),
            ("default-target", "ds_2"),
        ];
        let table = by_region(&props).unwrap();
        let sources = |low, high| {
            let range = ValueSet::Range {
                lower: Some((ShardingValue::Int(low), true)),
                upper: Some((ShardingValue::Int(high), true)),
            };
            let placed = table.place(&[Some(range)]).unwrap();
            let of = |node: &usize| table.nodes[*node].source.0;
            placed.nodes.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(sources(1, 3), [0]);
        assert_eq!(sources(2, 4), [0, 2]);
        assert_eq!(sources(7, 7), [1]);
        assert_eq!(sources(1, 9), [0, 1, 2]);
        assert_eq!(source(&table, ShardingValue::Int(3)), Some(0));
        assert_eq!(source(&table, ShardingValue::Int(4)), Some(2));
    }

    #[test]
    fn faults_name_the_value_and_the_targets_that_there_are() {
        let build = |list: &str| {
            let props = [("list".to_owned(), list.to_owned())].into();
            Algorithm::build("LIST", &props).unwrap_err().to_string()
        };
        assert!(build("CN, HK").contains("names no target"));
        assert!(build("ds_0: ; ds_1: x").contains("ds_0 has no value"));
        assert!(build("ds_0: CN; ds_1: CN").contains("CN leads to ds_0 and to ds_1"));
        let fault = by_region(&[("list", "ds_9: CN")]).unwrap_err();
        assert!(
            fault.contains("ds_9 is none of the targets") && fault.contains("ds_0, ds_1, ds_2"),
            "{fault}"
        );
    }
}
