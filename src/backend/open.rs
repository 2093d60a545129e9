//! New connections of a pool, behind its circuit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::conn::{Conn, Origin};
use super::error::{AcquireError, ConnError};
use super::options::PoolKey;
use super::pool::Pool;

impl Pool {
    /// A new connection, if the circuit lets it through; the caller holds a slot.
    pub(super) async fn connect(&self, key: PoolKey) -> Result<Conn, AcquireError> {
        self.connect_as(key, false).await
    }

    /// A new connection over which the server may ask for a file; as [`Pool::connect`].
    pub(super) async fn connect_for_file(&self, key: PoolKey) -> Result<Conn, AcquireError> {
        self.connect_as(key, true).await
    }

    async fn connect_as(&self, key: PoolKey, is_for_file: bool) -> Result<Conn, AcquireError> {
        {
            let mut ledger = self.lock();
            if !ledger.circuit.may_connect(Instant::now()) {
                return Err(AcquireError::CircuitOpen {
                    source_name: self.source_name(),
                    last: ledger.last_failure.clone(),
                });
            }
        }
        let origin = Origin {
            key,
            generation: self.generation.load(Ordering::Relaxed),
            created: Instant::now(),
            max_prepared: self.options().max_prepared,
            is_for_file,
            tracks_gtids: self.options().tracks_gtids,
        };
        // whoever is lent a connection that is there already does not hold the room of a login
        let outcome = Box::pin(self.connector.connect(origin)).await;
        self.note_connect(outcome.as_ref().err());
        let conn = outcome?;
        self.tell_of_cuts(&conn);
        Ok(conn)
    }

    fn note_connect(&self, error: Option<&ConnError>) {
        let mut ledger = self.lock();
        let was_open = ledger.circuit.is_open();
        match error {
            None => {
                self.counts.opened.fetch_add(1, Ordering::Relaxed);
                ledger.circuit.succeeded();
                ledger.last_failure = None;
            }
            Some(error) => {
                self.counts.connect_failures.fetch_add(1, Ordering::Relaxed);
                ledger.last_failure = Some(Arc::new(error.clone()));
                // a full server serves the connections that it has
                if !error.is_server_full() || ledger.open <= 1 {
                    ledger.circuit.failed(Instant::now());
                }
            }
        }
        let is_open = ledger.circuit.is_open();
        self.is_circuit_open.store(is_open, Ordering::Relaxed);
        drop(ledger);
        match (was_open, is_open, error) {
            (false, true, Some(error)) => {
                tracing::warn!(data_source = %self.endpoint().name, %error, "data source is down");
            }
            (true, false, _) => {
                tracing::info!(data_source = %self.endpoint().name, "data source is up again")
            }
            _ => {}
        }
    }
}
