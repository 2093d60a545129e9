//! What happens to a session's state at login, COM_CHANGE_USER and COM_RESET_CONNECTION.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::execute::{Downstream, Ending, Transaction, write_ending};
use crate::model::{Charset, Rights, SessionState};
use crate::protocol::{Capabilities, ErrPacket, OkPacket};

use super::kill_switch::KillSwitch;
use super::session_context::{SessionContext, Timeouts};
use super::session_row::TlsLink;
use super::walk::Kernel;

/// Who has logged in, as far as the kernel cares.
#[derive(Clone, Debug)]
pub struct Identity<'a> {
    /// User name.
    pub user: &'a Arc<str>,
    /// Address that the client came from, without port.
    pub host: &'a str,
    /// Port that the client came from.
    pub port: u16,
    /// The client's link, if it is encrypted.
    pub tls: Option<TlsLink>,
    /// Rights of the account.
    pub rights: &'a Rights,
    /// Collation id of the handshake.
    pub collation: u8,
    /// Schema of the handshake; it exists and the account may use it.
    pub database: Option<&'a str>,
    /// Connections of this user at once, instead of the limit of all users.
    pub max_connections: Option<usize>,
}

impl Identity<'_> {
    fn peer(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Kernel {
    /// A session for a client just logged in.
    ///
    /// # Errors
    /// 1226: the user has as many connections as allowed.
    pub fn open(
        &self,
        id: u64,
        identity: &Identity<'_>,
        capabilities: Capabilities,
    ) -> Result<SessionContext, ErrPacket> {
        let switch = self.admit(id, identity)?;
        let rights = identity.rights.clone();
        let mut session = SessionContext::new(
            id,
            identity.user,
            identity.host,
            rights,
            capabilities,
            switch,
        );
        self.start_state(&mut session, identity);
        Ok(session)
    }

    fn admit(&self, id: u64, identity: &Identity<'_>) -> Result<Arc<KillSwitch>, ErrPacket> {
        let most = identity
            .max_connections
            .or(self.context().max_connections_per_user)
            .unwrap_or(usize::MAX);
        self.switches
            .add(id, identity.user, &identity.peer(), most)
            .ok_or_else(|| {
                let message = format!(
                    "User '{}' has exceeded the 'max_user_connections' resource (current value: {most})",
                    identity.user
                );
                ErrPacket::new(1226, "42000", message)
            })
    }

    /// COM_CHANGE_USER: another user on the same connection, nothing of the old one left.
    ///
    /// # Errors
    /// As [`Kernel::open`]; the session is to be closed then.
    pub fn become_user(
        &self,
        session: &mut SessionContext,
        identity: &Identity<'_>,
    ) -> Result<(), ErrPacket> {
        let switch = self.admit(session.id, identity)?;
        let rights = identity.rights.clone();
        // a client's pool hands the connection on: who reads now may be told of what was written before
        let last_writes = std::mem::take(&mut session.last_writes);
        *session = SessionContext::new(
            session.id,
            identity.user,
            identity.host,
            rights,
            session.capabilities,
            switch,
        );
        session.last_writes = last_writes;
        self.start_state(session, identity);
        Ok(())
    }

    /// COM_RESET_CONNECTION: transaction, pins, variables and ids are gone; user, schema and capabilities stay, and
    /// reads still see what was written before.
    /// As on the servers, the character set falls back to the default, not to the handshake's.
    pub async fn reset(&self, session: &mut SessionContext) {
        session.transaction.roll_back().await;
        session.transaction = Transaction::default();
        session.kept_context = None;
        session.statements.clear();
        session.named.clear();
        session.state = SessionState::default();
        session.is_autocommit = true;
        session.next_transaction = None;
        session.timeouts = Timeouts::default();
        session.is_read_only = false;
        session.last_insert_id = 0;
        session.row_count = -1;
        session.found_rows = 0;
        session.diagnostics.clear();
        let context = self.context();
        session.mode = context.default_mode;
        session.set_names(Charset::default(), context.family);
    }

    /// Forgets a session that has ended.
    pub fn close(&self, id: u64) {
        self.switches.remove(id);
    }

    /// COM_PROCESS_KILL.
    ///
    /// # Errors
    /// None of its own; see [`Kernel::query`].
    pub fn kill_connection<D: Downstream>(
        &self,
        session: &mut SessionContext,
        id: Option<u64>,
        client: &mut D,
    ) -> io::Result<()> {
        match self.kill(session, false, id) {
            Ok(()) => {
                let ok = OkPacket {
                    status: session.status(),
                    ..OkPacket::default()
                };
                write_ending(&Ending::Ok(ok), client, false);
                Ok(())
            }
            Err(failure) => self.answer_failure(session, client, failure, Instant::now()),
        }
    }

    /// The text of COM_STATISTICS.
    #[must_use]
    pub fn statistics(&self) -> String {
        let uptime = self.started.elapsed().as_secs();
        format!(
            "Uptime: {uptime}  Threads: {}  Slow queries: 0",
            self.switches.count()
        )
    }

    fn start_state(&self, session: &mut SessionContext, identity: &Identity<'_>) {
        let context = self.context();
        let ignore_space = session.mode.ignore_space;
        session.mode = context.default_mode;
        session.mode.ignore_space |= ignore_space;
        session.start_names(identity.collation, context.family);
        if ignore_space {
            session.state.set(
                "sql_mode",
                &format!("'{}'", with_ignore_space(&context.default_sql_mode)),
            );
        }
        session.is_mariadb = context.is_mariadb();
        session.tls = identity.tls.clone();
        session.enter(identity.database.and_then(|name| context.schema(name)));
    }
}

fn with_ignore_space(modes: &str) -> String {
    if modes.is_empty() {
        "IGNORE_SPACE".to_owned()
    } else {
        format!("{modes},IGNORE_SPACE")
    }
}
