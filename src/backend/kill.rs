//! KILL, by a connection of its own.

use std::time::Duration;

use super::conn::Origin;
use super::error::ConnError;
use super::pool::Pool;

/// KILL connections of a pool that are open at once; they are not part of its maximum.
pub(super) const MAX_KILLS: usize = 4;

/// What a KILL ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillTarget {
    /// The statement that runs; the connection stays.
    Query,
    /// The whole connection.
    Connection,
}

impl Pool {
    /// Ends a statement or a connection of this data source, by a connection of its own that
    /// does not count against the pool's maximum.
    ///
    /// # Errors
    /// [`ConnError::Server`] with 1094 if the server knows no such connection any more.
    pub async fn kill_connection(
        &self,
        thread_id: u64,
        target: KillTarget,
    ) -> Result<(), ConnError> {
        let word = match target {
            KillTarget::Query => "QUERY",
            KillTarget::Connection => "CONNECTION",
        };
        let deadline = Duration::from_millis(self.endpoint().connect_timeout_ms.saturating_mul(2));
        let origin = Origin::apart();
        let attempt = async {
            let Ok(_permit) = self.kills.acquire().await else {
                return Ok(());
            };
            let mut conn = self.connector.connect(origin).await?;
            let outcome = conn.query(&format!("KILL {word} {thread_id}")).await;
            conn.quit();
            outcome.map(drop)
        };
        tokio::time::timeout(deadline, attempt)
            .await
            .unwrap_or_else(|_| {
                Err(ConnError::ConnectTimeout {
                    source_name: self.source_name(),
                    timeout_ms: self.endpoint().connect_timeout_ms,
                })
            })
    }
}
