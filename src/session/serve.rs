//! The command loop of one client connection.

use std::future::ready;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use crate::kernel::{Kernel, KillSwitch, SessionContext, put_bytes, take_bytes};
use crate::protocol::{Command, ErrPacket};

use super::awake::Awake;
use super::channel::Channel;
use super::error::SessionError;
use super::login::{Login, LoginGate};
use super::stream::ClientStream;

/// How long a killed session's statement may take to end by itself; its connections are closed then.
const KILLED_PATIENCE: Duration = Duration::from_secs(10);
/// How long a killed session's client may take to read its last answer.
const KILLED_FLUSH: Duration = Duration::from_secs(1);

/// A client that sends nothing for so long pauses.
const PAUSE: Duration = Duration::from_millis(200);

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

/// What to do after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next one is read.
    Read,
    /// The session is over.
    End,
}

/// A client after login with its session; boxed, so that it lies in one place only.
pub struct Client {
    channel: Channel,
    session: SessionContext,
}

impl Client {
    /// What `serve` needs of a client that has been told that it is logged in.
    #[must_use]
    pub fn new(stream: ClientStream, session: SessionContext, mut login: Login) -> Box<Self> {
        // a client tells much of itself that nobody asks for after the login
        login.attributes = Vec::new();
        login.database = None;
        let channel = Channel {
            stream,
            capabilities: session.capabilities,
            login,
        };
        Box::new(Self { channel, session })
    }

    /// Registers the client's socket with the runtime of the calling task.
    ///
    /// # Errors
    /// The system has no file descriptor left.
    pub fn move_here(&mut self) -> io::Result<()> {
        self.channel.stream.move_here()
    }
}

/// What all sessions are served by.
#[derive(Clone)]
pub struct House {
    /// Runs statements.
    pub kernel: Arc<Kernel>,
    /// Knows the accounts, for COM_CHANGE_USER.
    pub gate: Arc<ArcSwap<LoginGate>>,
    /// Times and sizes.
    pub limits: Limits,
    /// Where long commands are served, so that they hold up no other session of this thread.
    pub aside: Handle,
    /// Sessions that serve commands now.
    pub awake: Awake,
}

/// Why commands are no longer served.
#[derive(Debug, PartialEq, Eq)]
enum Burst {
    /// Nothing came for a while.
    Paused,
    /// A command came whose parsing may take a while.
    Long(Vec<u8>),
    /// The session is over.
    Over,
}

/// A command of more bytes is long: to lex, parse and plan it takes milliseconds.
const LONG_COMMAND: usize = 64 * 1024;

/// Serves a logged-in client until it quits, is killed, idles too long or the server drains.
///
/// Commands are served by a future of some KiB, which lives as long as one command follows the other: a client that
/// pauses, or has only logged in, holds little more than its session.
///
/// # Errors
/// The client is gone or sent what cannot be read.
///
/// # Cancel safety
/// Not cancel safe: dropping it closes the client and every backend connection that the session holds.
pub async fn serve(mut client: Box<Client>, house: &House) -> Result<(), SessionError> {
    // in a storm of logins most clients have nothing to ask yet
    let mut is_new = client.channel.stream.rests_safely();
    loop {
        let Client { channel, session } = &mut *client;
        let burst = if std::mem::take(&mut is_new) {
            Burst::Paused
        } else {
            Box::pin(house.commands(channel, session)).await?
        };
        match burst {
            Burst::Over => return Ok(()),
            Burst::Paused => {
                session.rest();
                if !house.wakes(channel, session).await? {
                    return Ok(());
                }
            }
            Burst::Long(command) => {
                let own = house.clone();
                let served = house.aside.spawn(async move {
                    let Client { channel, session } = &mut *client;
                    let next = own.command(channel, session, &command).await;
                    (client, next)
                });
                let (returned, next) = served.await.map_err(io::Error::other)?;
                client = returned;
                if next? == Next::End {
                    return Ok(());
                }
            }
        }
    }
}

impl House {
    /// Waits for a client that pauses; false when its session is over instead.
    async fn wakes(
        &self,
        channel: &Channel,
        session: &SessionContext,
    ) -> Result<bool, SessionError> {
        let is_open = session.transaction.is_open();
        let patience = self.patience(session).saturating_sub(PAUSE);
        let switch = &session.switch;
        if switch.is_killed() {
            return Ok(false);
        }
        tokio::select! {
            biased;
            ready = channel.stream.readable() => {
                ready?;
                Ok(true)
            }
            () = switch.over(!is_open) => Ok(false),
            () = sleep(patience) => {
                tracing::info!(session = session.id, in_transaction = is_open, "idle client closed");
                Ok(false)
            }
        }
    }

    /// How long the client may idle now.
    fn patience(&self, session: &SessionContext) -> Duration {
        let idle = if session.transaction.is_open() {
            self.limits.idle_in_transaction
        } else {
            self.limits.idle
        };
        let own = session.timeouts.wait.map(Duration::from_secs);
        own.map_or(idle, |own| idle.min(own))
    }

    /// Serves commands as long as one follows the other.
    async fn commands(
        &self,
        channel: &mut Channel,
        session: &mut SessionContext,
    ) -> Result<Burst, SessionError> {
        let _counted = self.awake.enter();
        // one timer that is looked at when it rings: to move it on at each command would cost more
        let mut pause = pin!(sleep(self.patience(session).min(PAUSE)));
        let mut has_asked = false;
        loop {
            let switch = Arc::clone(&session.switch);
            let may_end = !session.transaction.is_open();
            // whole commands may lie buffered: whoever sends many at once does not hold up the other sessions
            tokio::task::consume_budget().await;
            // a client that never pauses is killed, and drained, too
            if switch.is_killed() || may_end && switch.is_draining() {
                leave(channel).await?;
                return Ok(Burst::Over);
            }
            tokio::select! {
                biased;
                ready = channel.stream.ready() => if !ready? { return Ok(Burst::Over); },
                () = switch.over(may_end) => return Ok(Burst::Over),
                // nothing has come yet, as the socket has just said
                () = ready(()), if has_asked && self.awake.is_crowded() && !channel.stream.is_tls() => {
                    return Ok(Burst::Paused);
                }
                () = &mut pause => {
                    if !has_asked {
                        return Ok(Burst::Paused);
                    }
                    has_asked = false;
                    let patience = self.patience(session);
                    pause.as_mut().reset(Instant::now() + patience.min(PAUSE));
                    continue;
                }
            }
            has_asked = true;
            let max = self.limits.max_command_bytes;
            let mut command = take_bytes();
            let read = match channel.stream.read_command_at_once(&mut command, max) {
                Ok(false) => tokio::select! {
                    biased;
                    read = channel.stream.read_command(&mut command, max) => read,
                    () = switch.connection_killed() => return Ok(Burst::Over),
                },
                read => read,
            };
            match read {
                Ok(true) => {}
                Ok(false) => return Ok(Burst::Over),
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
            if is_long(&command) {
                return Ok(Burst::Long(command));
            }
            let next = self.command(channel, session, &command).await?;
            put_bytes(command);
            if next == Next::End {
                return Ok(Burst::Over);
            }
        }
    }

    /// Serves one command that has been read.
    async fn command(
        &self,
        channel: &mut Channel,
        session: &mut SessionContext,
        command: &[u8],
    ) -> Result<Next, SessionError> {
        // COM_CHANGE_USER brings another
        let switch = Arc::clone(&session.switch);
        switch.begin();
        let next = {
            let mut answering = pin!(self.answer(channel, session, command));
            let answered = tokio::select! {
                biased;
                next = &mut answering => Some(next?),
                () = switch.connection_killed() => None,
            };
            match answered {
                Some(next) => next,
                // seldom: who is not killed has no room for the wait
                None => match Box::pin(timeout(KILLED_PATIENCE, answering)).await {
                    Ok(next) => next?,
                    Err(_) => return Ok(Next::End),
                },
            }
        };
        // without its locks or temporary tables the session would go on in a wrong state
        let is_over = next == Next::End
            || session.is_released
            || session.transaction.has_lost_pins()
            || switch.is_killed();
        // pipelined commands are answered together; who has sent but a part of one may wait for his answer first
        let is_due = is_over || !channel.stream.holds_command();
        if is_due && !channel.stream.flush_at_once()? {
            tokio::select! {
                biased;
                flushed = channel.stream.flush() => flushed?,
                // who does not read does not hold up his own end
                () = overdue(&switch, KILLED_FLUSH) => return Ok(Next::End),
            }
        }
        Ok(if is_over { Next::End } else { Next::Read })
    }
}

fn is_long(command: &[u8]) -> bool {
    // data for a parameter is only kept
    command.len() > LONG_COMMAND && command.first() != Some(&Command::StmtSendLongData.byte())
}

/// What has been done is answered before the end, if the client reads it soon: he might do it again.
async fn leave(channel: &mut Channel) -> io::Result<()> {
    if channel.stream.unflushed() == 0 {
        return Ok(());
    }
    let flushed = timeout(KILLED_FLUSH, channel.stream.flush()).await;
    flushed.unwrap_or(Ok(()))
}

/// Resolves some time after KILL CONNECTION was said.
async fn overdue(switch: &KillSwitch, after: Duration) {
    switch.connection_killed().await;
    sleep(after).await;
}
