//! One logged-in connection: raw packets for the relay, small queries for us.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::bell::Bell;
use super::error::ConnError;
use super::login::LoggedIn;
use super::options::PoolKey;
use super::query::{self, QueryResult};
use super::reactor::Reactor;
use super::statements::Statements;
use super::trackers::{session_set, tracked_variables};
use super::version::Family;
use super::wire::Wire;
use crate::model::SessionState;
use crate::protocol::{Command, ErrPacket, PacketHeader, ProtocolError, StatusFlags};

/// ER_UNKNOWN_SYSTEM_VARIABLE
const UNKNOWN_VARIABLE: u16 = 1193;

/// A server that ends within this time of its last answer may cost the next read on the connection a repetition, as one
/// that ends in the moment after the look does anyway.
const MOMENT: Duration = Duration::from_millis(1);

/// Where a connection comes from and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) key: PoolKey,
    /// The pool's generation at its birth; an older one is not pooled again.
    pub(super) generation: u64,
    pub(super) created: Instant,
    /// Statements that it keeps prepared at most.
    pub(super) max_prepared: usize,
    /// The server may ask for a file over it; never pooled.
    pub(super) is_for_file: bool,
    /// Answers to writes tell their GTIDs.
    pub(super) tracks_gtids: bool,
}

impl Origin {
    /// Of a connection that the proxy makes for itself beside any pool, to ask or to kill: it keeps nothing prepared and
    /// is never pooled.
    pub(super) fn apart() -> Self {
        Self {
            key: PoolKey::default(),
            generation: 0,
            created: Instant::now(),
            max_prepared: 0,
            is_for_file: false,
            tracks_gtids: false,
        }
    }
}

/// A connection to a data source, exclusively held.
///
/// The relay writes commands with [`Conn::begin_command`] and [`Conn::flush`], reads raw packets with
/// [`Conn::fill`], [`Conn::buffered`] and [`Conn::consume`], and says [`Conn::response_done`] after each
/// response. A connection that still owes a response is never pooled.
#[derive(Debug)]
pub struct Conn {
    wire: Wire,
    /// Where its socket is registered.
    home: Reactor,
    /// When its last loan ended.
    released: Instant,
    thread_id: u64,
    server_version: String,
    family: Family,
    status: StatusFlags,
    /// Commands whose response is not complete.
    owed: u32,
    is_dirty: bool,
    origin: Origin,
    pub(super) statements: Statements,
    /// The session state that this connection carries beyond the defaults of a fresh one; kept
    /// by whoever replays state. A fresh connection has `utf8mb4` with its server's default
    /// collation and the server's global values for the rest.
    pub state: SessionState,
    /// What LAST_INSERT_ID() says on it; `None` if that is not known.
    pub insert_id: Option<u64>,
    /// Rings when its pool cuts off what is under way.
    bell: Arc<Bell>,
}

impl Conn {
    pub(super) fn new(logged_in: LoggedIn, origin: Origin) -> Self {
        Self {
            wire: logged_in.wire,
            home: Reactor::current(),
            released: origin.created,
            thread_id: logged_in.thread_id,
            family: Family::parse(&logged_in.server_version),
            server_version: logged_in.server_version,
            status: logged_in.status,
            owed: 0,
            is_dirty: false,
            origin,
            bell: Arc::default(),
            statements: Statements::new(origin.max_prepared),
            state: SessionState::default(),
            insert_id: Some(0),
        }
    }

    /// Rings when its pool cuts off what is under way ([`super::Cut`]).
    pub(super) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// The server's id of this connection, for KILL.
    #[must_use]
    pub fn thread_id(&self) -> u64 {
        self.thread_id
    }

    /// The version as the server greets with it.
    #[must_use]
    pub fn server_version(&self) -> &str {
        &self.server_version
    }

    /// MySQL or MariaDB, and the numeric version.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// The data source's name.
    #[must_use]
    pub fn source_name(&self) -> &Arc<str> {
        &self.wire.source_name
    }

    /// The capabilities in which it differs from others of its pool.
    #[must_use]
    pub fn key(&self) -> PoolKey {
        self.origin.key
    }

    /// It was opened for one file ([`super::Pool::acquire_for_file`]) and is closed when it is given back.
    #[must_use]
    pub fn is_for_file(&self) -> bool {
        self.origin.is_for_file
    }

    /// Bytes received and not consumed.
    #[must_use]
    pub fn buffered(&self) -> &[u8] {
        self.wire.input.unread()
    }

    /// Drops the first `count` buffered bytes.
    pub fn consume(&mut self, count: usize) {
        self.wire.input.consume(count);
    }

    /// Receives at least one byte behind the buffered ones and returns how many.
    ///
    /// # Errors
    /// [`ConnError::Lost`] at the end of the stream, [`ConnError::TooMuchData`] if more than one
    /// whole frame of 16 MiB is buffered and not consumed.
    ///
    /// # Cancel safety
    /// Nothing received is lost if the future is dropped.
    pub async fn fill(&mut self) -> Result<usize, ConnError> {
        self.wire.fill().await
    }

    /// Bytes to be sent by the next [`Conn::flush`]; for packets that are not commands.
    pub fn out_mut(&mut self) -> &mut Vec<u8> {
        &mut self.wire.out
    }

    /// Sends all pending bytes.
    ///
    /// # Errors
    /// [`ConnError::Lost`].
    ///
    /// # Cancel safety
    /// A later call goes on where this one was dropped.
    pub async fn flush(&mut self) -> Result<(), ConnError> {
        self.wire.flush().await
    }

    /// As [`Conn::fill`], for a future that waits for other things too.
    ///
    /// # Errors
    /// As [`Conn::fill`].
    pub fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, ConnError>> {
        self.wire.poll_fill(cx)
    }

    /// As [`Conn::flush`], for a future that waits for other things too.
    ///
    /// # Errors
    /// As [`Conn::flush`].
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnError>> {
        self.wire.poll_flush(cx)
    }

    /// Sends as many of the pending bytes as the kernel takes at once; whether that is all of them. If not,
    /// [`Conn::flush`] sends the rest.
    ///
    /// # Errors
    /// [`ConnError::Lost`].
    pub fn flush_at_once(&mut self) -> Result<bool, ConnError> {
        self.wire.flush_at_once()
    }

    /// Appends one command packet to the pending bytes: sequence id 0, the payload in several
    /// parts, split at 16 MiB. Commands may be pipelined.
    pub fn begin_command(&mut self, payload_parts: &[&[u8]]) {
        self.owed += 1;
        self.wire.begin_command(payload_parts);
    }

    /// Whether a packet with this header can be the first of the answer to the command begun last. What a server
    /// says unasked, such as that it shuts down, or the rest of an older answer, has another sequence id.
    #[must_use]
    pub fn is_answer(&self, header: PacketHeader) -> bool {
        header.sequence == self.wire.answers_from
    }

    /// As [`Conn::begin_command`], for a payload that `write` appends.
    pub fn begin_written(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.owed += 1;
        self.wire.begin_written(write);
    }

    /// Says that one begun command's response is complete (at once for commands that have none).
    pub fn response_done(&mut self) {
        self.owed = self.owed.saturating_sub(1);
    }

    /// Runs a small statement of our own and reads its whole answer.
    ///
    /// # Errors
    /// [`ConnError::Server`] if the server answers ERR (the connection stays usable), others if it
    /// is lost.
    ///
    /// # Cancel safety
    /// A dropped call leaves a response owed: the connection can only be closed.
    pub async fn query(&mut self, sql: &str) -> Result<QueryResult, ConnError> {
        query::run(self, Command::Query, sql.as_bytes()).await
    }

    /// As [`Conn::query`], for a text in whatever character set the connection carries.
    ///
    /// # Errors
    /// As [`Conn::query`].
    pub async fn query_bytes(&mut self, sql: &[u8]) -> Result<QueryResult, ConnError> {
        query::run(self, Command::Query, sql).await
    }

    /// COM_PING.
    ///
    /// # Errors
    /// As [`Conn::query`].
    pub async fn ping(&mut self) -> Result<(), ConnError> {
        query::run(self, Command::Ping, &[]).await.map(drop)
    }

    /// COM_RESET_CONNECTION, and what a fresh connection has on top of it; the state is empty and
    /// the connection no longer dirty after. The default schema stays.
    ///
    /// # Errors
    /// As [`Conn::query`].
    pub async fn reset(&mut self) -> Result<(), ConnError> {
        query::run(self, Command::ResetConnection, &[]).await?;
        self.statements.clear();
        self.prepare_session().await?;
        self.state = SessionState::default();
        self.insert_id = Some(0);
        self.is_dirty = false;
        Ok(())
    }

    /// Status flags of the last OK or end of result set.
    #[must_use]
    pub fn status(&self) -> StatusFlags {
        self.status
    }

    /// Notes the status flags of a relayed OK or end of result set.
    pub fn set_status(&mut self, status: StatusFlags) {
        self.status = status;
    }

    /// The connection will be closed, not pooled, unless it is reset before.
    pub fn mark_dirty(&mut self) {
        self.is_dirty = true;
    }

    /// Whether it may serve another session: nothing owed, pending, open or marked.
    pub(super) fn is_clean(&mut self) -> bool {
        const OPEN: [StatusFlags; 3] = [
            StatusFlags::IN_TRANS,
            StatusFlags::MORE_RESULTS,
            StatusFlags::CURSOR_EXISTS,
        ];
        !self.is_dirty
            && !self.is_for_file()
            && !self.statements.has_private()
            && self.owed == 0
            && !OPEN.into_iter().any(|flag| self.status.contains(flag))
            && self.wire.is_idle()
    }

    /// Where its socket is registered.
    pub(super) fn home(&self) -> Reactor {
        self.home
    }

    /// Registers the socket with the calling thread's reactor, if it is another's.
    ///
    /// # Errors
    /// The system has no file descriptor left; the connection stays where it was, and usable.
    pub(super) fn move_here(&mut self) -> std::io::Result<()> {
        let here = Reactor::current();
        if self.home != here {
            self.wire.socket.move_here()?;
            self.home = here;
        }
        Ok(())
    }

    /// Whether the server is still there and silent.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.wire.is_quiet()
    }

    /// As [`Conn::is_quiet`], for what is lent on: the kernel is not asked about what was used a moment ago and of
    /// which the reactor has heard nothing since.
    pub(super) fn is_still_quiet(&mut self) -> bool {
        if self.home == Reactor::current() && self.released.elapsed() < MOMENT {
            self.wire.seems_quiet()
        } else {
            self.wire.is_quiet()
        }
    }

    /// Its loan ends now.
    pub(super) fn note_release(&mut self) {
        self.released = Instant::now();
    }

    /// When its last loan ended.
    pub(super) fn released(&self) -> Instant {
        self.released
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    pub(super) fn shrink(&mut self) {
        self.wire.shrink();
    }

    /// Closes politely, so that the server does not count an aborted client.
    pub(super) fn quit(mut self) {
        self.wire
            .socket
            .write_now(&[1, 0, 0, 0, Command::Quit.byte()]);
    }

    /// Character set and trackers, after a login or a reset.
    pub(super) async fn prepare_session(&mut self) -> Result<(), ConnError> {
        let tracked = tracked_variables(self.family);
        let tracks_gtids = self.origin.tracks_gtids && matches!(self.family, Family::MySql(_));
        match self.query(&session_set(&tracked, tracks_gtids)).await {
            Err(ConnError::Server {
                code: UNKNOWN_VARIABLE,
                ..
            }) => self.prepare_unusual_session(&tracked).await,
            other => other.map(drop),
        }
    }

    /// A server between the families: it is asked which of the variables it knows.
    async fn prepare_unusual_session(&mut self, wanted: &[&str]) -> Result<(), ConnError> {
        let known = self.query("SHOW SESSION VARIABLES").await?;
        let names = (0..known.rows.len()).filter_map(|row| known.text(row, 0));
        let tracked: Vec<&str> = names.filter(|name| wanted.contains(name)).collect();
        self.query(&session_set(&tracked, false)).await.map(drop)
    }

    pub(super) fn protocol_error(&self, error: &ProtocolError) -> ConnError {
        self.wire.broken(error)
    }

    pub(super) fn server_error(&self, error: &ErrPacket) -> ConnError {
        ConnError::Server {
            source_name: Arc::clone(self.source_name()),
            code: error.code,
            sqlstate: error.state().into_owned(),
            message: error.text().into_owned(),
        }
    }
}
