//! Makes logged-in connections to one endpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::TlsConnector;

use super::conn::{Conn, Origin};
use super::endpoint::{BackendTls, Endpoint};
use super::error::ConnError;
use super::login::log_in;
use super::tls;

/// An endpoint with what its connects share.
pub(super) struct Connector {
    endpoint: Arc<Endpoint>,
    tls: Result<Option<TlsConnector>, String>,
}

impl Connector {
    pub(super) fn new(endpoint: Arc<Endpoint>) -> Self {
        let tls = match endpoint.tls {
            BackendTls::Disabled => Ok(None),
            BackendTls::Preferred | BackendTls::Required => tls::connector(&endpoint).map(Some),
        };
        Self { endpoint, tls }
    }

    pub(super) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// One more connection, its trackers switched on.
    pub(super) async fn connect(&self, mut origin: Origin) -> Result<Conn, ConnError> {
        let tls = self.tls.as_ref().map_err(|reason| ConnError::Tls {
            source_name: Arc::clone(&self.endpoint.name),
            reason: reason.clone(),
        })?;
        let deadline = Duration::from_millis(self.endpoint.connect_timeout_ms);
        let attempt = async {
            let logged_in = log_in(&self.endpoint, tls.as_ref(), origin).await?;
            origin.created = Instant::now();
            let mut conn = Conn::new(logged_in, origin);
            conn.prepare_session().await?;
            Ok(conn)
        };
        tokio::time::timeout(deadline, attempt)
            .await
            .unwrap_or_else(|_| {
                Err(ConnError::ConnectTimeout {
                    source_name: Arc::clone(&self.endpoint.name),
                    timeout_ms: self.endpoint.connect_timeout_ms,
                })
            })
    }
}
