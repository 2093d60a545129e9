//! ENABLE MEMBER and DISABLE MEMBER: an operator takes a replica out of the reads, and puts it back.

use super::error::Failure;
use super::session_context::SessionContext;
use super::walk::Job;

impl Job<'_> {
    /// Takes the replica called `name` out of the reads of the current logical database, or back; it lasts until the
    /// process ends or its group's configuration changes.
    ///
    /// # Errors
    /// The user is no admin; no group has a replica of this name.
    pub(super) fn set_member(
        &self,
        session: &SessionContext,
        name: &str,
        is_disabled: bool,
    ) -> Result<(), Failure> {
        if !session.rights.is_admin {
            let message =
                "Access denied; you need the admin right of the proxy's user for this operation";
            return Err(Failure::new(1227, "42000", message));
        }
        let database = self.database(session);
        for members in &database.members {
            if members.primary().endpoint().name.eq_ignore_ascii_case(name) {
                let message = format!(
                    "{name} is the primary of its group, which only a promotion changes: see SHOW SHARDGATE MEMBERS"
                );
                return Err(Failure::new(1105, "HY000", message));
            }
            if members.disable(name, is_disabled) {
                tracing::warn!(user = %session.user, member = name, is_disabled, "a member was set by hand");
                return Ok(());
            }
        }
        let message = format!(
            "no group of {} has a replica called {name}: SHOW SHARDGATE MEMBERS tells of them",
            database.name
        );
        Err(Failure::new(1105, "HY000", message))
    }
}
