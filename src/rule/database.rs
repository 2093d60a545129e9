//! One logical database.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Firewall, Group, KeySpec, ShardedTable};
use crate::model::SourceId;

/// One logical table's rule.
#[derive(Clone, Debug)]
pub enum TableRule {
    /// Rows spread by rule.
    Sharded(Arc<ShardedTable>),
    /// Same rows in every data source.
    Broadcast {
        /// Logical name.
        name: String,
        /// Where it lives.
        sources: Vec<SourceId>,
    },
    /// One of the same name in each data source, written where the transaction is.
    Local {
        /// Logical name.
        name: String,
        /// Where it lives.
        sources: Vec<SourceId>,
    },
    /// In one data source.
    Single {
        /// Logical name.
        name: String,
        /// Where it lives.
        source: SourceId,
    },
}

impl TableRule {
    /// The logical name as declared.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Sharded(table) => &table.name,
            Self::Broadcast { name, .. } | Self::Local { name, .. } | Self::Single { name, .. } => {
                name
            }
        }
    }

    /// Every data source that the rule names; a sharded table's with repetitions.
    pub fn sources(&self) -> Vec<SourceId> {
        match self {
            Self::Sharded(table) => table.nodes.iter().map(|node| node.source).collect(),
            Self::Broadcast { sources, .. } | Self::Local { sources, .. } => sources.clone(),
            Self::Single { source, .. } => vec![*source],
        }
    }
}

/// What a [`Database`] is built from.
#[derive(Clone, Debug, Default)]
pub struct DatabaseParts {
    /// Logical name.
    pub name: String,
    /// Data sources; `SourceId` indexes this.
    pub groups: Vec<Group>,
    /// Schema at the server, one per group, from its primary's url.
    pub schemas: Vec<String>,
    /// Declared tables of all kinds.
    pub tables: Vec<TableRule>,
    /// Groups of binding tables, logical names.
    pub binding: Vec<Vec<String>>,
    /// Declared key generators by name.
    pub key_generators: BTreeMap<String, KeySpec>,
    /// Data source of tables without a rule; the first one if not said.
    pub default_source: SourceId,
    /// `catalogDataSource`
    pub catalog_source: Option<SourceId>,
    /// `crossShard: allow`
    pub allows_cross_shard: bool,
    /// `sqlFirewall`
    pub firewall: Option<Firewall>,
}

/// Why parts make no database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseFault {
    /// No data source at all.
    #[error("database {database} has no data source: declare one under dataSources")]
    NoSource {
        /// The logical database.
        database: String,
    },
    /// `schemas` and `groups` differ in length.
    #[error(
        "database {database} has {groups} data sources but {schemas} schemas: each url names one"
    )]
    SchemaCount {
        /// The logical database.
        database: String,
        /// How many groups.
        groups: usize,
        /// How many schemas.
        schemas: usize,
    },
    /// Two data sources of one name.
    #[error("data source {source_name} is declared twice: rename one")]
    DuplicateSource {
        /// The name.
        source_name: String,
    },
    /// Two rules for one table.
    #[error("table {table} has two rules: names compare without case, keep one")]
    DuplicateTable {
        /// The table.
        table: String,
    },
    /// A rule names a source that does not exist.
    #[error("table {table} lies in data source number {index}, which does not exist")]
    UnknownSource {
        /// The table.
        table: String,
        /// The source's number.
        index: u16,
    },
    /// A binding group names a table that is not sharded.
    #[error("bindingTables name {table}, which is not a sharded table of this database")]
    BindingTable {
        /// The name.
        table: String,
    },
}

/// One logical database: immutable, shared.
#[derive(Clone, Debug)]
pub struct Database {
    /// Logical name.
    pub name: String,
    /// Data sources; `SourceId` indexes this.
    pub groups: Vec<Group>,
    /// Groups of binding tables, logical names as declared.
    pub binding: Vec<Vec<String>>,
    /// Data source of single tables without a rule of their own.
    pub default_source: SourceId,
    /// Data source that holds the catalog schema (contract 10.2).
    pub catalog_source: Option<SourceId>,
    /// `crossShard: allow`
    pub allows_cross_shard: bool,
    /// Digest lists, if there are any.
    pub firewall: Option<Firewall>,
    /// Declared key generators by name, those that no table uses too.
    pub key_generators: BTreeMap<String, KeySpec>,
    schemas: Vec<String>,
    tables: BTreeMap<String, TableRule>,
    actual_names: HashSet<String>,
    actual_schemas: HashSet<String>,
    sources: HashMap<String, SourceId>,
}

impl Database {
    /// Checks the parts and builds the lookups.
    ///
    /// # Errors
    /// Every fault of the parts, at least one.
    pub fn new(parts: DatabaseParts) -> Result<Self, Vec<DatabaseFault>> {
        let mut faults = parts.check();
        let sources = sources_by_name(&parts.groups, &mut faults);
        let mut tables = BTreeMap::new();
        for rule in parts.tables {
            let folded = rule.name().to_lowercase();
            if tables.contains_key(&folded) {
                faults.push(DatabaseFault::DuplicateTable {
                    table: rule.name().to_owned(),
                });
                continue;
            }
            tables.insert(folded, rule);
        }
        for name in parts.binding.iter().flatten() {
            if !matches!(
                tables.get(&name.to_lowercase()),
                Some(TableRule::Sharded(_))
            ) {
                faults.push(DatabaseFault::BindingTable {
                    table: name.clone(),
                });
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let actual_schemas = parts
            .schemas
            .iter()
            .map(|schema| schema.to_lowercase())
            .collect();
        Ok(Self {
            actual_names: actual_names(&tables),
            actual_schemas,
            tables,
            sources,
            name: parts.name,
            groups: parts.groups,
            binding: parts.binding,
            default_source: parts.default_source,
            catalog_source: parts.catalog_source,
            allows_cross_shard: parts.allows_cross_shard,
            firewall: parts.firewall,
            key_generators: parts.key_generators,
            schemas: parts.schemas,
        })
    }

    /// The rule of the table called `name`, compared without case; `None` = a single table of the
    /// default data source, or unknown.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableRule> {
        match self.tables.get(name) {
            Some(rule) => Some(rule),
            None => self.tables.get(&name.to_lowercase()),
        }
    }

    /// Whether `name` is an actual table's name that is not a logical one (contract 4.8).
    #[must_use]
    pub fn is_actual_name(&self, name: &str) -> bool {
        self.actual_names.contains(&name.to_lowercase())
    }

    /// Whether `name` is a schema at a server and not the logical database's own name (contract 4.8).
    #[must_use]
    pub fn is_actual_schema(&self, name: &str) -> bool {
        let folded = name.to_lowercase();
        folded != self.name.to_lowercase() && self.actual_schemas.contains(&folded)
    }

    /// The schema of `source` at its server; empty for a source that does not exist.
    #[must_use]
    pub fn physical_schema(&self, source: SourceId) -> &str {
        self.schemas.get(source.index()).map_or("", String::as_str)
    }

    /// The data source called `name`: a group's name, or that of a physical data source in one.
    #[must_use]
    pub fn source_id(&self, name: &str) -> Option<SourceId> {
        self.sources.get(name).copied()
    }

    /// The group of `source`.
    #[must_use]
    pub fn group(&self, source: SourceId) -> Option<&Group> {
        self.groups.get(source.index())
    }

    /// All data sources in order.
    pub fn source_ids(&self) -> impl Iterator<Item = SourceId> {
        (0..self.groups.len())
            .filter_map(|index| u16::try_from(index).ok())
            .map(SourceId)
    }

    /// All declared tables, by folded name.
    pub fn tables(&self) -> impl Iterator<Item = &TableRule> {
        self.tables.values()
    }

    /// The sharded tables, by folded name.
    pub fn sharded_tables(&self) -> impl Iterator<Item = &ShardedTable> {
        self.tables.values().filter_map(|rule| match rule {
            TableRule::Sharded(table) => Some(table.as_ref()),
            _ => None,
        })
    }

    /// Whether two logical tables stand in one binding group.
    #[must_use]
    pub fn are_bound(&self, one: &str, other: &str) -> bool {
        let names = |group: &[String], name: &str| {
            group.iter().any(|table| table.eq_ignore_ascii_case(name))
        };
        self.binding
            .iter()
            .any(|group| names(group, one) && names(group, other))
    }
}

impl DatabaseParts {
    fn check(&self) -> Vec<DatabaseFault> {
        let mut faults = Vec::new();
        let database = self.name.clone();
        if self.groups.is_empty() {
            faults.push(DatabaseFault::NoSource {
                database: database.clone(),
            });
        }
        if self.groups.len() != self.schemas.len() {
            faults.push(DatabaseFault::SchemaCount {
                database,
                groups: self.groups.len(),
                schemas: self.schemas.len(),
            });
        }
        for rule in &self.tables {
            if let Some(source) = rule
                .sources()
                .into_iter()
                .find(|source| source.index() >= self.groups.len())
            {
                faults.push(DatabaseFault::UnknownSource {
                    table: rule.name().to_owned(),
                    index: source.0,
                });
            }
        }
        faults
    }
}

fn sources_by_name(groups: &[Group], faults: &mut Vec<DatabaseFault>) -> HashMap<String, SourceId> {
    let mut sources = HashMap::new();
    let ids = (0..groups.len())
        .filter_map(|index| u16::try_from(index).ok())
        .map(SourceId);
    for (group, id) in groups.iter().zip(ids) {
        if sources.insert(group.name.clone(), id).is_some() {
            faults.push(DatabaseFault::DuplicateSource {
                source_name: group.name.clone(),
            });
        }
        for name in std::iter::once(&group.primary).chain(&group.replicas) {
            sources.entry(name.clone()).or_insert(id);
        }
    }
    sources
}

fn actual_names(tables: &BTreeMap<String, TableRule>) -> HashSet<String> {
    let sharded = tables.values().filter_map(|rule| match rule {
        TableRule::Sharded(table) => Some(table),
        _ => None,
    });
    sharded
        .flat_map(|table| table.nodes.iter().map(|node| node.table.to_lowercase()))
        .filter(|name| !tables.contains_key(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Database, DatabaseFault, DatabaseParts, TableRule};
    use crate::model::SourceId;
    use crate::rule::{
        Algorithm, Balancer, Group, GroupCare, LayoutSpec, ShardedTable, Strategy, TableOptions,
        TableSpec,
    };

    fn parts() -> DatabaseParts {
        let group = |index: u16| Group {
            name: format!("rw_{index}"),
            primary: format!("ds_{index}_primary"),
            replicas: vec![format!("ds_{index}_replica")],
            balancer: Balancer::RoundRobin,
            read_your_writes_ms: 0,
            care: GroupCare::default(),
        };
        let groups = vec![group(0), group(1)];
        let props = [("sharding-count".to_owned(), "4".to_owned())].into();
        let algorithm = Algorithm::build("hash_mod", &props).unwrap().into();
        let strategy = Strategy::Columns {
            columns: vec!["SKU_ID".to_owned()],
            algorithm,
        };
        let spec = TableSpec {
            name: "Inv_Stock".to_owned(),
            layout: LayoutSpec::Auto {
                sources: vec![SourceId(0), SourceId(1)],
                strategy,
                slot_placement: None,
            },
            declared: Default::default(),
            key: None,
            options: TableOptions::default(),
            normalize: None,
        };
        let stock = ShardedTable::new(spec, &groups).unwrap();
        let single = TableRule::Single {
            name: "inv_stock_3".to_owned(),
            source: SourceId(1),
        };
        DatabaseParts {
            name: "ecommerce".to_owned(),
            groups,
            schemas: vec!["ecom".to_owned(), "ecommerce".to_owned()],
            tables: vec![TableRule::Sharded(Arc::new(stock)), single],
            ..DatabaseParts::default()
        }
    }

    #[test]
    fn names_compare_without_case_and_actual_names_are_told_from_logical_ones() {
        let database = Database::new(parts()).unwrap();
        assert!(
            matches!(database.table("INV_STOCK"), Some(TableRule::Sharded(table)) if table.columns == ["sku_id"])
        );
        assert!(database.table("other").is_none());
        assert!(database.is_actual_name("INV_stock_2"));
        assert!(
            !database.is_actual_name("inv_stock_3"),
            "it is a logical name too (contract 4.8)"
        );
        assert!(database.is_actual_schema("ECOM") && !database.is_actual_schema("ecommerce"));
        assert_eq!(database.physical_schema(SourceId(0)), "ecom");
        assert_eq!(database.source_id("ds_1_replica"), Some(SourceId(1)));
        assert_eq!(database.source_id("rw_0"), Some(SourceId(0)));
        assert_eq!(database.sharded_tables().count(), 1);
    }

    #[test]
    fn every_fault_of_the_parts_is_told_at_once() {
        let mut wrong = parts();
        wrong.schemas.pop();
        wrong.binding = vec![vec!["inv_stock".to_owned(), "nowhere".to_owned()]];
        wrong.tables.push(TableRule::Single {
            name: "INV_STOCK".to_owned(),
            source: SourceId(9),
        });
        let faults = Database::new(wrong).unwrap_err();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults.contains(&DatabaseFault::DuplicateTable {
            table: "INV_STOCK".to_owned()
        }));
        assert!(faults.contains(&DatabaseFault::BindingTable {
            table: "nowhere".to_owned()
        }));
    }
}
