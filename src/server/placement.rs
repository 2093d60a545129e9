//! Verifying placement on the data sources of a configuration.

use std::collections::HashMap;
use std::sync::Arc;

use crate::backend::Pool;
use crate::config::Config;
use crate::model::SourceId;
use crate::placement::{NodeReport, NodeSource, PlacementError, Report, VerifyOptions, verify};
use crate::rule::Database;

/// Pools of data sources by logical database and name; nothing probes them or writes to them.
struct Reached<'c> {
    pools: HashMap<(&'c str, &'c str), Arc<Pool>>,
    databases: Vec<&'c Database>,
}

impl NodeSource for Reached<'_> {
    fn pool(&self, database: &str, source: SourceId, is_replica: bool) -> Option<Arc<Pool>> {
        let rules = self.databases.iter().find(|rules| rules.name == database)?;
        let group = rules.group(source)?;
        let replica = group.replicas.first().filter(|_| is_replica);
        let name = replica.unwrap_or(&group.primary);
        self.pools.get(&(database, name.as_str())).cloned()
    }
}

/// Holds the rows of every node against the rules; `database` leaves the others out.
///
/// # Errors
/// As [`verify`].
pub async fn verify_placement(
    config: &Config,
    database: Option<&str>,
    options: &VerifyOptions,
    told: impl FnMut(&NodeReport),
) -> Result<Report, PlacementError> {
    let mut reached = Reached {
        pools: HashMap::new(),
        databases: Vec::new(),
    };
    for declared in &config.databases {
        let rules = &declared.database;
        if database.is_some_and(|name| !rules.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        for source in &declared.sources {
            let pool = Pool::new(Arc::new(source.endpoint.clone()), source.pool);
            let key = (rules.name.as_str(), &*source.endpoint.name);
            reached.pools.insert(key, pool);
        }
        reached.databases.push(rules);
    }
    let report = verify(&reached.databases, &reached, options, told).await;
    reached.pools.values().for_each(|pool| pool.close());
    report
}
