//! The members of every group asked once, for `check --online`.

use std::sync::Arc;

use crate::backend::{Examination, Members, Pool};
use crate::config::Config;

use super::pools::{care_of, choice_of};

/// One group as its servers showed it.
#[derive(Clone, Debug)]
pub struct ExaminedGroup {
    /// Its logical database.
    pub database: String,
    /// Its name.
    pub group: String,
    /// What was found.
    pub examination: Examination,
}

/// Asks each member of each group; data sources without replicas are groups of one. Nothing is written anywhere.
///
/// # Cancel safety
/// Cancel safe.
pub async fn examine(config: &Config) -> Vec<ExaminedGroup> {
    let mut examined = Vec::new();
    for database in &config.databases {
        let pool = |name: &String| {
            let named = |name: &&String| {
                let mut sources = database.sources.iter();
                sources.find(|source| *source.endpoint.name == **name)
            };
            let source = named(&name)?;
            Some(Pool::new(Arc::new(source.endpoint.clone()), source.pool))
        };
        for group in &database.database.groups {
            let Some(primary) = pool(&group.primary) else {
                continue;
            };
            let replicas = group.replicas.iter().filter_map(pool).collect();
            let mut care = care_of(group, config.options.worker_id);
            // to look is not to write
            care.heartbeat_table = None;
            let members = Members::with_care(primary, replicas, choice_of(&group.balancer), care);
            examined.push(ExaminedGroup {
                database: database.database.name.clone(),
                group: group.name.clone(),
                examination: members.examine().await,
            });
        }
    }
    examined
}
