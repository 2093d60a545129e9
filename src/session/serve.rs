//! The command loop of one client connection.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::execute::Downstream;
use crate::kernel::{Identity, Kernel, KillSwitch, SessionContext};
use crate::protocol::{Capabilities, Command, ErrPacket, OkPacket};

use super::error::SessionError;
use super::login::{Login, LoginGate};
use super::stream::ClientStream;

/// How long a killed session's statement may take to end by itself; its connections are closed then.
const KILLED_PATIENCE: Duration = Duration::from_secs(10);
/// How long a killed session's client may take to read its last answer.
const KILLED_FLUSH: Duration = Duration::from_secs(1);

/// Times after which a client is let go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Idle client.
    pub idle: Duration,
    /// Idle inside a transaction.
    pub idle_in_transaction: Duration,
    /// Longest command in bytes.
    pub max_command_bytes: usize,
}

/// A client after login: its stream and what was negotiated.
struct Channel {
    stream: ClientStream,
    capabilities: Capabilities,
    login: Login,
}

impl Downstream for Channel {
    fn out_mut(&mut self) -> &mut Vec<u8> {
        self.stream.out_mut()
    }

    fn sequence_mut(&mut self) -> &mut u8 {
        self.stream.sequence_mut()
    }

    fn parts_mut(&mut self) -> (&mut Vec<u8>, &mut u8) {
        self.stream.out_and_sequence()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.flush().await
    }

    fn arrived(&self) -> &[u8] {
        self.stream.buffered()
    }

    fn take_arrived(&mut self, count: usize) {
        self.stream.consume(count);
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.fill().await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// What to do after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Read,
    End,
}

/// Serves a logged-in client until it quits, is killed, idles too long or the server drains.
///
/// # Errors
/// The client is gone or sent what cannot be read.
///
/// # Cancel safety
/// Not cancel safe: dropping it closes the client and every backend connection that the session holds.
pub async fn serve(
    stream: ClientStream,
    mut session: SessionContext,
    login: Login,
    kernel: &Kernel,
    gate: &ArcSwap<LoginGate>,
    limits: Limits,
    drain: &CancellationToken,
) -> Result<(), SessionError> {
    let mut channel = Channel {
        stream,
        capabilities: session.capabilities,
        login,
    };
    let mut command = Vec::new();
    // one timer for all pauses: moving its deadline on is cheaper than a new one for each command
    let mut pause = pin!(sleep(limits.idle));
    // likewise one place in the line of those who wait for the end, and for a KILL
    let mut drained = pin!(drain.cancelled());
    let mut switch = Arc::clone(&session.switch);
    let mut killed = pin!(connection_killed(Arc::clone(&switch)));
    loop {
        let is_open = session.transaction.is_open();
        let idle = if is_open {
            limits.idle_in_transaction
        } else {
            limits.idle
        };
        let idle = session
            .timeouts
            .wait
            .map_or(idle, |seconds| idle.min(Duration::from_secs(seconds)));
        pause.as_mut().reset(Instant::now() + idle);
        if !Arc::ptr_eq(&switch, &session.switch) {
            switch = Arc::clone(&session.switch);
            killed.set(connection_killed(Arc::clone(&switch)));
        }
        // a client that never pauses is killed too
        if switch.is_killed() {
            return Ok(());
        }
        tokio::select! {
            biased;
            ready = channel.stream.ready() => if !ready? { return Ok(()); },
            () = &mut killed => return Ok(()),
            () = &mut drained, if !is_open => return Ok(()),
            () = &mut pause => {
                tracing::info!(session = session.id, in_transaction = is_open, "idle client closed");
                return Ok(());
            }
        }
        match channel
            .stream
            .read_command(&mut command, limits.max_command_bytes)
            .await
        {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(SessionError::CommandTooLong { max }) => {
                let message =
                    format!("Got a packet bigger than 'max_allowed_packet' bytes ({max})");
                channel
                    .stream
                    .write_err(&ErrPacket::new(1153, "08S01", message));
                channel.stream.flush().await?;
                return Err(SessionError::CommandTooLong { max });
            }
            Err(error) => return Err(error),
        }
        session.switch.begin();
        let max = limits.max_command_bytes;
        let next = tokio::select! {
            biased;
            next = answer(&mut channel, &mut session, kernel, gate, &command, max) => next?,
            () = overdue(killed.as_mut(), &switch, KILLED_PATIENCE) => return Ok(()),
        };
        // without its locks or temporary tables the session would go on in a wrong state
        let is_over =
            next == Next::End || session.is_released || session.transaction.has_lost_pins();
        // pipelined commands are answered together
        if is_over || channel.stream.buffered().is_empty() {
            tokio::select! {
                biased;
                flushed = channel.stream.flush() => flushed?,
                // who does not read does not hold up his own end
                () = overdue(killed.as_mut(), &switch, KILLED_FLUSH) => return Ok(()),
            }
        }
        if is_over {
            return Ok(());
        }
    }
}

/// Resolves some time after KILL CONNECTION was said; `killed` is not asked again when it has been.
async fn overdue(killed: Pin<&mut impl Future<Output = ()>>, switch: &KillSwitch, after: Duration) {
    if !switch.is_killed() {
        killed.await;
    }
    sleep(after).await;
}

async fn connection_killed(switch: Arc<KillSwitch>) {
    switch.connection_killed().await;
}

async fn answer(
    channel: &mut Channel,
    session: &mut SessionContext,
    kernel: &Kernel,
    gate: &ArcSwap<LoginGate>,
    command: &[u8],
    max_command_bytes: usize,
) -> Result<Next, SessionError> {
    let Some((&byte, body)) = command.split_first() else {
        unknown(channel);
        return Ok(Next::Read);
    };
    match Command::from_byte(byte) {
        Some(Command::Quit) => return Ok(Next::End),
        Some(Command::Query) => kernel.query(session, body, channel).await?,
        Some(Command::Ping) => ok(channel, session),
        Some(Command::InitDb) => {
            kernel.init_database(session, &String::from_utf8_lossy(body), channel)?;
        }
        Some(Command::FieldList) => kernel.field_list(session, body, channel).await?,
        Some(Command::Statistics) => {
            let text = kernel.statistics();
            channel.stream.write_payload(text.as_bytes());
        }
        Some(Command::SetOption) => set_option(channel, session, body),
        Some(Command::ResetConnection) => {
            kernel.reset(session).await;
            ok(channel, session);
        }
        Some(Command::ChangeUser) => {
            kernel.reset(session).await;
            change_user(channel, session, kernel, gate, body).await?;
            ok(channel, session);
        }
        Some(Command::ProcessKill) => {
            let id = body
                .first_chunk()
                .map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
            kernel.kill_connection(session, id, channel)?;
        }
        Some(Command::StmtPrepare) => kernel.prepare_statement(session, body, channel).await?,
        Some(Command::StmtExecute) => kernel.execute_statement(session, body, channel).await?,
        Some(Command::StmtFetch) => kernel.fetch(session, body, channel).await?,
        Some(Command::StmtReset) => kernel.reset_statement(session, body, channel).await?,
        // neither has an answer in the protocol
        Some(Command::StmtClose) => kernel.close_statement(session, body).await,
        Some(Command::StmtSendLongData) => {
            kernel.send_long_data(session, body, max_command_bytes);
        }
        _ => unknown(channel),
    }
    Ok(Next::Read)
}

async fn change_user(
    channel: &mut Channel,
    session: &mut SessionContext,
    kernel: &Kernel,
    gate: &ArcSwap<LoginGate>,
    arguments: &[u8],
) -> Result<(), SessionError> {
    let context = kernel.context();
    let find = |name: &str| context.schema(name).map(|schema| schema.to_string());
    // the accounts of now, not those of the login
    channel.login = gate
        .load_full()
        .change_user(&mut channel.stream, arguments, &channel.login, &find)
        .await?;
    let host = channel.stream.peer().ip().to_string();
    let identity = Identity {
        user: &channel.login.account.user,
        host: &host,
        port: channel.stream.peer().port(),
        tls: channel.stream.tls(),
        rights: &channel.login.account.rights,
        collation: channel.login.collation,
        database: channel.login.database.as_deref(),
        max_connections: channel.login.account.max_connections,
    };
    if let Err(err) = kernel.become_user(session, &identity) {
        channel.stream.write_err(&err);
        channel.stream.shutdown().await?;
        let (code, message) = (err.code, err.text().into_owned());
        return Err(SessionError::Refused { code, message });
    }
    Ok(())
}

fn ok(channel: &mut Channel, session: &SessionContext) {
    channel.stream.write_ok(&OkPacket {
        status: session.status(),
        ..OkPacket::default()
    });
}

fn unknown(channel: &mut Channel) {
    channel
        .stream
        .write_err(&ErrPacket::new(1047, "08S01", "Unknown command"));
}

/// COM_SET_OPTION: 0 turns multi-statements on, 1 off; answered by an EOF packet.
fn set_option(channel: &mut Channel, session: &mut SessionContext, body: &[u8]) {
    match body.first_chunk().map(|bytes| u16::from_le_bytes(*bytes)) {
        Some(0) => session.capabilities.insert(Capabilities::MULTI_STATEMENTS),
        Some(1) => session.capabilities.remove(Capabilities::MULTI_STATEMENTS),
        _ => return unknown(channel),
    }
    channel.capabilities = session.capabilities;
    let status = session.status();
    let capabilities = session.capabilities;
    let (out, sequence) = channel.stream.out_and_sequence();
    crate::protocol::write_result_end(
        out,
        sequence,
        capabilities,
        crate::protocol::EofPacket {
            warnings: 0,
            status,
        },
    );
}
