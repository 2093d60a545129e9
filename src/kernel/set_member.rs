//! ENABLE MEMBER and DISABLE MEMBER: an operator takes a replica out of the reads, and puts it back.

use std::sync::Arc;

use crate::backend::{MemberState, Members};
use crate::protocol::{ColumnDefinition, TextResult};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::session_context::SessionContext;
use super::show::named_database;
use super::walk::Job;

/// Which groups a statement is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedMembers<'a> {
    /// `None` = every group.
    group: Option<&'a str>,
    /// `None` = the current logical database.
    database: Option<&'a str>,
}

impl<'a> AskedMembers<'a> {
    pub(super) fn of(group: Option<&'a str>, database: Option<&'a str>) -> Self {
        Self { group, database }
    }

    fn groups(self, database: &LogicalDatabase) -> Result<Vec<&Arc<Members>>, Failure> {
        let is_asked = |members: &&Arc<Members>| match self.group {
            Some(group) => members.care().group.eq_ignore_ascii_case(group),
            None => true,
        };
        let groups: Vec<_> = database.members.iter().filter(is_asked).collect();
        match self.group {
            Some(group) if groups.is_empty() => Err(unknown(format!(
                "{} has no group called {group}: SHOW SHARDGATE MEMBERS tells of them",
                database.name
            ))),
            _ => Ok(groups),
        }
    }
}

impl Job<'_> {
    /// Takes the replica called `name` out of the reads, or back; it lasts until the process ends or its group's
    /// configuration changes.
    ///
    /// # Errors
    /// The user is no admin; no group has a replica of this name.
    pub(super) fn set_member(
        &self,
        session: &SessionContext,
        asked: AskedMembers<'_>,
        name: &str,
        is_disabled: bool,
    ) -> Result<(), Failure> {
        if !session.rights.is_admin {
            let message =
                "Access denied; you need the admin right of the proxy's user for this operation";
            return Err(Failure::new(1227, "42000", message));
        }
        let database = self.asked_database(session, asked)?;
        let groups = asked.groups(database)?;
        let is_primary =
            |members: &&&Arc<Members>| members.primary().endpoint().name.eq_ignore_ascii_case(name);
        if is_disabled && groups.iter().any(|members| is_primary(&members)) {
            return Err(unknown(format!(
                "{name} is the primary of its group, which only a promotion changes: see SHOW SHARDGATE MEMBERS"
            )));
        }
        // one data source may be a replica in several groups
        let mut is_found = false;
        for members in groups {
            is_found |= members.disable(name, is_disabled, &session.user);
        }
        if !is_found {
            return Err(unknown(format!(
                "no group of {} has a replica called {name}: SHOW SHARDGATE MEMBERS tells of them",
                database.name
            )));
        }
        tracing::warn!(user = %session.user, member = name, is_disabled, "a member was set by hand");
        Ok(())
    }

    /// Replicas with whether they are enabled, in ShardingSphere's columns.
    ///
    /// # Errors
    /// There is no such database or group.
    pub(super) fn replica_table(
        &self,
        session: &SessionContext,
        asked: AskedMembers<'_>,
    ) -> Result<TextResult, Failure> {
        let database = self.asked_database(session, asked)?;
        let mut rows = Vec::new();
        for members in asked.groups(database)? {
            let view = members.view();
            let replicas = view.members.iter().enumerate();
            for (_, member) in replicas.filter(|(index, _)| *index != view.primary) {
                let status = match member.state {
                    MemberState::Disabled => "DISABLED",
                    _ => "ENABLED",
                };
                let row = [&*members.care().group, &*member.name, status];
                rows.push(row.map(|text| Some(text.as_bytes().to_vec())).to_vec());
            }
        }
        let columns = ["name", "storage_unit", "status"].map(ColumnDefinition::text);
        Ok(TextResult {
            columns: columns.to_vec(),
            rows,
        })
    }

    fn asked_database(
        &self,
        session: &SessionContext,
        asked: AskedMembers<'_>,
    ) -> Result<&LogicalDatabase, Failure> {
        match asked.database {
            Some(name) => named_database(self, session, Some(name)).map(|database| &**database),
            None => Ok(self.database(session)),
        }
    }
}

fn unknown(message: String) -> Failure {
    Failure::new(1105, "HY000", message)
}
