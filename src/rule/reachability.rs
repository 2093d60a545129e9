//! Which nodes any value can reach, and how evenly, for `check` (contract 1.4).

use std::collections::BTreeMap;

use super::level::Level;
use super::{Layout, ShardedTable, Strategy, TwoLevel};
use crate::model::{ColumnKind, ShardingValue, SourceId};

/// Least common multiples beyond this are not walked but sampled.
const MAX_WALK: u64 = 4_000_000;
/// Rows of the estimate.
const SAMPLES: usize = 100_000;
/// Shares that differ from the mean by more than this are called uneven.
const TOLERANCE: f64 = 0.25;

/// What values can reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Reachability {
    /// How many nodes a value can reach.
    pub reachable: usize,
    /// How many nodes are declared.
    pub total: usize,
    /// Whether `reachable` is proven; otherwise it is what sampled values reached.
    pub is_exact: bool,
    /// Nodes that no value reaches, as indices, ascending.
    pub unreachable: Vec<usize>,
    /// Share of sampled rows in each data source that the table names, 0.0 to 1.0.
    pub source_shares: BTreeMap<SourceId, f64>,
    /// What a DBA should know about the layout.
    pub notes: Vec<LayoutNote>,
}

/// What a DBA should know about a layout.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LayoutNote {
    /// Both levels take the same hash of the same columns.
    #[error(
        "databases modulo {databases} and tables modulo {tables} of the same hash reach {reachable} of {total} nodes: use autoTables with sharding-count {total}, or another column or seed for the tables"
    )]
    SameHash {
        /// Count of the databases' algorithm.
        databases: u64,
        /// Count of the tables' algorithm.
        tables: u64,
        /// Nodes reached.
        reachable: usize,
        /// Nodes declared.
        total: usize,
    },
    /// Both levels are XXH3 with one seed.
    #[error(
        "both levels use hash: xxh3 with the same seed: give the tables' algorithm another seed"
    )]
    EqualSeeds,
    /// Nodes that no value reaches for another reason.
    #[error(
        "{count} of {total} nodes are reached by no value, such as node {first}: their tables stay empty"
    )]
    Unreachable {
        /// How many.
        count: usize,
        /// Of how many.
        total: usize,
        /// The first one.
        first: usize,
    },
    /// Data sources with unlike shares.
    #[error("data source {source_id} would hold {share:.1} % of the rows, an even share is {even:.1} %", source_id = .source_id.0)]
    Uneven {
        /// Which.
        source_id: SourceId,
        /// Its share in percent.
        share: f64,
        /// The even share in percent.
        even: f64,
    },
    /// A hint or `none` decides, so values say nothing.
    #[error("no sharding column decides where a row lies: only hints can")]
    NoColumns,
    /// The algorithm works on values that cannot be guessed (ranges, dates).
    #[error("the spread depends on the values themselves: ranges and dates are not estimated")]
    ValueDependent,
}

impl ShardedTable {
    /// Which nodes any value can reach: exact for numbered algorithms, sampled for expressions.
    #[must_use]
    pub fn reachable(&self) -> Reachability {
        let mut notes = Vec::new();
        let (hits, shares) = self.sample();
        let is_guessable = hits.is_some();
        let exact = self.exact(&mut notes);
        let is_exact = exact.is_some();
        let is_reached = exact
            .or(hits)
            .unwrap_or_else(|| vec![true; self.nodes.len()]);
        let unreachable: Vec<usize> = is_reached
            .iter()
            .enumerate()
            .filter(|(_, is)| !**is)
            .map(|(node, _)| node)
            .collect();
        let total = self.nodes.len();
        if self.columns.is_empty() {
            notes.push(LayoutNote::NoColumns);
        } else if !is_guessable {
            notes.push(LayoutNote::ValueDependent);
        }
        if let (Some(first), true) = (unreachable.first(), notes.is_empty()) {
            notes.push(LayoutNote::Unreachable {
                count: unreachable.len(),
                total,
                first: *first,
            });
        }
        notes.extend(uneven(&shares));
        Reachability {
            reachable: total - unreachable.len(),
            total,
            is_exact,
            unreachable,
            source_shares: shares,
            notes,
        }
    }

    fn exact(&self, notes: &mut Vec<LayoutNote>) -> Option<Vec<bool>> {
        match &self.layout {
            // every number from 0 to the count is a table, and a hash or a range reaches each
            Layout::Auto(_) => Some(vec![true; self.nodes.len()]),
            Layout::TwoLevel(two) => two.exact(notes),
        }
    }

    /// Nodes hit by pseudo-random values, and the shares of the data sources.
    fn sample(&self) -> (Option<Vec<bool>>, BTreeMap<SourceId, f64>) {
        if self.columns.is_empty() || !self.is_guessable() {
            return (None, BTreeMap::new());
        }
        let is_text: Vec<bool> = self
            .columns
            .iter()
            .map(|name| matches!(self.declared.get(name), Some(ColumnKind::Text { .. })))
            .collect();
        let mut hits = vec![0_u32; self.nodes.len()];
        let mut random = SplitMix(0x5368_6172_6467_6174);
        for _ in 0..SAMPLES.max(self.nodes.len().min(50_000) * 20) {
            let row: Vec<ShardingValue> = is_text
                .iter()
                .map(|is_text| random.value(*is_text))
                .collect();
            if let Some(count) = self
                .place_row(&row)
                .ok()
                .and_then(|node| hits.get_mut(node))
            {
                *count += 1;
            }
        }
        let total: u32 = hits.iter().sum();
        if total == 0 {
            return (None, BTreeMap::new());
        }
        let mut shares = BTreeMap::new();
        for (node, count) in self.nodes.iter().zip(&hits) {
            *shares.entry(node.source).or_insert(0.0) += f64::from(*count) / f64::from(total);
        }
        (Some(hits.iter().map(|count| *count > 0).collect()), shares)
    }

    /// Whether pseudo-random values say anything: hashes, MOD and expressions, not ranges or dates.
    fn is_guessable(&self) -> bool {
        let strategies = match &self.layout {
            Layout::Auto(auto) => vec![&auto.strategy],
            Layout::TwoLevel(two) => vec![&two.database.strategy, &two.table.strategy],
        };
        strategies.into_iter().all(|strategy| {
            let algorithm = strategy.algorithm();
            algorithm.is_some_and(|algorithm| algorithm.is_guessable())
                || matches!(strategy, Strategy::None)
        })
    }
}

impl TwoLevel {
    fn exact(&self, notes: &mut Vec<LayoutNote>) -> Option<Vec<bool>> {
        let (databases, tables) = (self.database.numbered()?, self.table.numbered()?);
        let (d, t) = (
            u64::try_from(databases.len()).ok()?,
            u64::try_from(tables.len()).ok()?,
        );
        if self
            .database
            .columns
            .iter()
            .any(|column| self.table.columns.contains(column))
        {
            return self.exact_on_shared_columns(d, t, notes);
        }
        let mut is_reached = vec![false; self.pairs.len()];
        for pair in databases
            .iter()
            .flat_map(|d| tables.iter().map(move |t| (*d, *t)))
        {
            self.reach_pair(pair, &mut is_reached);
        }
        Some(is_reached)
    }

    fn exact_on_shared_columns(
        &self,
        d: u64,
        t: u64,
        notes: &mut Vec<LayoutNote>,
    ) -> Option<Vec<bool>> {
        if !is_same_hash(&self.database, &self.table) {
            return None;
        }
        let is_xxh3 = self
            .database
            .strategy
            .algorithm()
            .is_some_and(|a| a.props().get("hash").is_some_and(|hash| hash == "xxh3"));
        if is_xxh3 {
            notes.push(LayoutNote::EqualSeeds);
        }
        let common = lcm(d, t).filter(|common| *common <= MAX_WALK)?;
        let (databases, tables) = (self.database.numbered()?, self.table.numbered()?);
        let mut is_reached = vec![false; self.pairs.len()];
        for residue in 0..common {
            let database = databases.get(usize::try_from(residue % d).ok()?)?;
            let table = tables.get(usize::try_from(residue % t).ok()?)?;
            self.reach_pair((*database, *table), &mut is_reached);
        }
        let reachable = is_reached.iter().filter(|is| **is).count();
        if reachable < self.pairs.len() {
            notes.push(LayoutNote::SameHash {
                databases: d,
                tables: t,
                reachable,
                total: self.pairs.len(),
            });
        }
        Some(is_reached)
    }

    fn reach_pair(&self, pair: (usize, usize), is_reached: &mut [bool]) {
        if let Some(is) = self
            .nodes
            .get(&pair)
            .and_then(|node| is_reached.get_mut(*node))
        {
            *is = true;
        }
    }
}

/// Whether both levels take the residues of one and the same number.
fn is_same_hash(database: &Level, table: &Level) -> bool {
    let family = |strategy: &Strategy| {
        strategy
            .algorithm()
            .and_then(|algorithm| algorithm.sharding().residue_family())
    };
    let of_database = family(&database.strategy);
    database.columns == table.columns
        && of_database.is_some()
        && of_database == family(&table.strategy)
}

fn lcm(a: u64, b: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a.checked_div(x)?.checked_mul(b)
}

fn uneven(shares: &BTreeMap<SourceId, f64>) -> Vec<LayoutNote> {
    let Ok(amount) = u32::try_from(shares.len()) else {
        return Vec::new();
    };
    let even = 100.0 / f64::from(amount.max(1));
    let percent = shares
        .iter()
        .map(|(source, share)| (*source, share * 100.0));
    percent
        .filter(|(_, share)| (share - even).abs() > even * TOLERANCE)
        .map(|(source_id, share)| LayoutNote::Uneven {
            source_id,
            share,
            even,
        })
        .collect()
}

/// Steele's SplitMix64: the same values in every run.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn value(&mut self, is_text: bool) -> ShardingValue {
        let number = self.next();
        if is_text {
            ShardingValue::Text(format!("{number:016x}"))
        } else {
            ShardingValue::Int(i128::from(number >> 33))
        }
    }
}
