//! One accepted client, from handshake to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::kernel::Identity;
use crate::protocol::{ErrPacket, OkPacket};
use crate::session::{Client, ClientStream, House, LoginPlaces, SessionError, serve};

use super::reactors::Reactors;

/// Bits of a connection id that count up; the worker id's ten bits stand above them (contract 3.3). The highest bit
/// of all stays clear: MariaDB's drivers keep the id in a signed integer and write it with its sign behind KILL.
const COUNTER_BITS: u32 = 21;

/// Hands out connection ids.
#[derive(Debug)]
pub(super) struct ConnectionIds {
    worker: u32,
    next: AtomicU32,
}

impl ConnectionIds {
    pub(super) fn new(worker_id: u16) -> Self {
        Self {
            worker: u32::from(worker_id) << COUNTER_BITS,
            next: AtomicU32::new(1),
        }
    }

    /// An id that no session has: after some million the count begins again, and sessions may live long.
    fn take(&self, is_used: impl Fn(u64) -> bool) -> u32 {
        loop {
            let counter = self.next.fetch_add(1, Ordering::Relaxed) & ((1 << COUNTER_BITS) - 1);
            let id = self.worker | counter;
            if counter > 0 && !is_used(u64::from(id)) {
                return id;
            }
        }
    }
}

/// What every connection shares.
pub(super) struct Shared {
    pub(super) house: House,
    pub(super) ids: ConnectionIds,
    /// Logins at once.
    pub(super) places: LoginPlaces,
    /// Client connections.
    pub(super) connections: Arc<Semaphore>,
    /// Where logged-in clients are served.
    pub(super) reactors: Reactors,
    /// Every client, in its login or after.
    pub(super) clients: TaskTracker,
}

/// Logs one client in and hands it to the thread that serves it. A login computes and waits; those who are served
/// already are not to wait for it.
pub(super) async fn client(shared: Arc<Shared>, tcp: TcpStream) {
    let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
        refuse(tcp).await;
        return;
    };
    let kernel = &shared.house.kernel;
    let id = shared.ids.take(|id| kernel.switches().contains(id));
    match admitted(&shared, tcp, id).await {
        Ok(Some((client, open))) => {
            let served = serve_on_reactor(client, open, permit);
            shared.reactors.spawn(&shared.clients, served);
        }
        Ok(None) => {}
        Err(error) => note_end(&shared, &error),
    }
}

async fn serve_on_reactor(mut client: Box<Client>, open: Open, permit: OwnedSemaphorePermit) {
    if let Err(error) = client.move_here() {
        // slower, as each of its answers wakes two threads
        tracing::warn!(error = %error, "a client is served from another thread than its own");
    }
    if let Err(error) = serve(client, &open.shared.house).await {
        note_end(&open.shared, &error);
    }
    drop(open);
    drop(permit);
}

/// An open session, which is closed however its task ends.
struct Open {
    shared: Arc<Shared>,
    id: u32,
}

impl Open {
    /// Of a session that the kernel has opened.
    fn new(shared: &Arc<Shared>, id: u32) -> Self {
        shared.house.kernel.metrics().sessions.inc();
        Self {
            shared: Arc::clone(shared),
            id,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let kernel = &self.shared.house.kernel;
        kernel.close(u64::from(self.id));
        kernel.metrics().sessions.dec();
    }
}

/// Every end is logged, none is an error of the process.
fn note_end(shared: &Shared, error: &SessionError) {
    match error {
        SessionError::Protocol(_)
        | SessionError::OutOfOrder { .. }
        | SessionError::CommandTooLong { .. } => {
            shared.house.kernel.metrics().malformed_packets.inc();
            tracing::warn!(error = %error, "client connection closed");
        }
        // who tried and from where stands in the server's text
        SessionError::Refused { .. } => tracing::info!(error = %error, "login refused"),
        error => tracing::debug!(error = %error, "client connection closed"),
    }
}

/// Login and session of a client; `None` if it was told why it gets none.
async fn admitted(
    shared: &Arc<Shared>,
    tcp: TcpStream,
    id: u32,
) -> Result<Option<(Box<Client>, Open)>, SessionError> {
    let mut stream = ClientStream::new(tcp)?;
    let kernel = &shared.house.kernel;
    let login = {
        let context = kernel.context();
        let find = |name: &str| context.schema(name).map(|schema| schema.to_string());
        shared
            .house
            .gate
            .load_full()
            .login(&mut stream, id, &find, &shared.places)
            .await?
    };
    let host = stream.peer().ip().to_string();
    let identity = Identity {
        user: &login.account.user,
        host: &host,
        port: stream.peer().port(),
        tls: stream.tls(),
        rights: &login.account.rights,
        collation: login.collation,
        database: login.database.as_deref(),
        max_connections: login.account.max_connections,
    };
    let session = match kernel.open(u64::from(id), &identity, login.capabilities) {
        Ok(session) => session,
        Err(err) => {
            stream.write_err(&err);
            stream.shutdown().await?;
            return Ok(None);
        }
    };
    let open = Open::new(shared, id);
    stream.write_ok(&OkPacket {
        status: session.status(),
        ..OkPacket::default()
    });
    stream.flush().await?;
    Ok(Some((Client::new(stream, session, login), open)))
}

/// More clients than allowed: told so before any greeting, as MySQL does.
async fn refuse(tcp: TcpStream) {
    let Ok(mut stream) = ClientStream::new(tcp) else {
        return;
    };
    if let Err(error) = stream
        .refuse(&ErrPacket::new(1040, "08004", "Too many connections"))
        .await
    {
        tracing::debug!(error = %error, "a refused client was gone already");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_worker_above_and_is_nobody_elses() {
        // contract 3.3
        let ids = ConnectionIds::new(5);
        assert_eq!(ids.take(|_| false), 5 << COUNTER_BITS | 1);
        let last = (1 << COUNTER_BITS) - 1;
        ids.next.store(last, Ordering::Relaxed);
        assert_eq!(ids.take(|_| false), 5 << COUNTER_BITS | last);
        // 0 is none, 1 and 2 are still there
        let old = [5 << COUNTER_BITS | 1, 5 << COUNTER_BITS | 2];
        assert_eq!(ids.take(|id| old.contains(&id)), 5 << COUNTER_BITS | 3);
    }

    #[test]
    fn an_id_is_positive_as_a_signed_integer() {
        assert!(i32::try_from(ConnectionIds::new(1023).take(|_| false)).is_ok());
    }
}
