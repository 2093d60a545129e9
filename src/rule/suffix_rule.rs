//! Which target a number or a suffix means, by the targets' names.

use std::collections::HashMap;

use super::{AlgorithmFault, Strategy};

/// ShardingSphere's suffix rule: the first target's name without the digits at its end, and the
/// number padded with zeros to the shortest suffix. A number without target is a fault here, where
/// ShardingSphere drops its rows' conditions in silence.
pub(super) fn numbered_targets(
    strategy: &Strategy,
    targets: &[String],
) -> Result<Vec<usize>, AlgorithmFault> {
    let Some((algorithm, count)) = strategy
        .algorithm()
        .and_then(|algorithm| Some((algorithm, algorithm.auto_table_count()?)))
    else {
        return Ok(Vec::new());
    };
    let by_name: HashMap<&str, usize> = targets
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let prefix = targets.first().map_or("", |name| without_digits(name));
    let shortest = targets
        .iter()
        .map(|name| name.len() - without_digits(name).len())
        .min()
        .unwrap_or(0);
    let width = shortest.max(algorithm.sharding().padding());
    (0..count)
        .map(|number| {
            let name = format!("{prefix}{number:0width$}");
            by_name.get(name.as_str()).copied().ok_or_else(|| AlgorithmFault {
                key: "sharding-count".to_owned(),
                message: format!(
                    "{} of {count} shards leads to {name}, which is not declared: there are {} from {} to {}",
                    algorithm.type_name(),
                    targets.len(),
                    targets.first().map_or("-", String::as_str),
                    targets.last().map_or("-", String::as_str),
                ),
                remedy: format!("number the targets from 0 to {}, or let the count be theirs", count - 1),
            })
        })
        .collect()
}

fn without_digits(name: &str) -> &str {
    name.trim_end_matches(|last: char| last.is_ascii_digit())
}

/// The target that ends with each suffix; a suffix without target is a table not yet created.
pub(super) fn suffixed_targets(
    strategy: &Strategy,
    targets: &[String],
) -> Result<HashMap<String, usize>, AlgorithmFault> {
    let suffixes = strategy
        .algorithm()
        .map(|algorithm| algorithm.sharding().suffixes(targets))
        .unwrap_or_default();
    let mut by_suffix = HashMap::new();
    // steps up to a far upper date outnumber the tables: bounded by 100,000 suffixes
    for suffix in suffixes {
        let mut ending = targets
            .iter()
            .enumerate()
            .filter(|(_, name)| name.ends_with(&suffix));
        let Some((index, name)) = ending.next() else {
            continue;
        };
        if let Some((_, other)) = ending.next() {
            return Err(AlgorithmFault {
                key: "sharding-suffix-pattern".to_owned(),
                message: format!("{name} and {other} both end with {suffix}"),
                remedy: "write a pattern whose dates all have the same length, such as yyyyMM"
                    .to_owned(),
            });
        }
        by_suffix.insert(suffix, index);
    }
    Ok(by_suffix)
}
