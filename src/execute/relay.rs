//! Relays a backend's response to the client as bytes; only names, sequence ids and the EOF style change.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use crate::backend::Conn;
use crate::protocol::{PacketHeader, ProtocolError, ResponseScanner, StatusFlags};

use super::downstream::Downstream;
use super::ending::Relayed;
use super::relay_error::{Progress, RelayError};
use super::response::{Relay, ResultLimits, Rows};
use super::shown_columns::AnswerNames;

/// Bytes of answer after which the client's buffer is written out.
const FLUSH_AT: usize = 64 << 10;

/// Relays the response to the command just sent on `conn`.
///
/// # Errors
/// See [`RelayError`]; the connection must not be used again after one.
///
/// # Cancel safety
/// Not cancel safe: the response may be half read. Drop the connection with the future.
pub fn relay<'a, D: Downstream>(
    conn: &'a mut Conn,
    client: &'a mut D,
    names: AnswerNames<'a>,
    status: StatusFlags,
    limits: ResultLimits,
) -> impl Future<Output = Result<Relayed, RelayError>> + Send + use<'a, D> {
    let relay = Relay::new(ResponseScanner::new(), Rows::AsSent, 0, limits);
    run(relay, conn, client, names, status)
}

/// As [`relay`], for a COM_STMT_EXECUTE that asked for a cursor: where the server opened one, the
/// ending has `CURSOR_EXISTS` and no rows came.
///
/// # Errors
/// As [`relay`].
///
/// # Cancel safety
/// As [`relay`].
pub async fn relay_cursor<D: Downstream>(
    conn: &mut Conn,
    client: &mut D,
    names: AnswerNames<'_>,
    status: StatusFlags,
    limits: ResultLimits,
) -> Result<Relayed, RelayError> {
    let relay = Relay::new(ResponseScanner::new(), Rows::Cursor, 0, limits);
    run(relay, conn, client, names, status).await
}

/// As [`relay`], for the response to COM_STMT_FETCH: rows without columns in front.
///
/// # Errors
/// As [`relay`].
///
/// # Cancel safety
/// As [`relay`].
pub async fn relay_fetch<D: Downstream>(
    conn: &mut Conn,
    client: &mut D,
    status: StatusFlags,
    limits: ResultLimits,
) -> Result<Relayed, RelayError> {
    let relay = Relay::new(ResponseScanner::fetch(), Rows::Fetched, 0, limits);
    run(relay, conn, client, AnswerNames::default(), status).await
}

/// As [`relay`], for the response to a COM_QUERY that stands for a client's COM_STMT_EXECUTE:
/// its rows go on in the binary protocol.
///
/// # Errors
/// As [`relay`].
///
/// # Cancel safety
/// As [`relay`].
pub async fn relay_as_binary<D: Downstream>(
    conn: &mut Conn,
    client: &mut D,
    names: AnswerNames<'_>,
    status: StatusFlags,
    limits: ResultLimits,
) -> Result<Relayed, RelayError> {
    let relay = Relay::new(
        ResponseScanner::new(),
        Rows::ToBinary(Box::default()),
        0,
        limits,
    );
    run(relay, conn, client, names, status).await
}

/// As [`relay`], for the response to COM_FIELD_LIST.
///
/// # Errors
/// As [`relay`].
///
/// # Cancel safety
/// As [`relay`].
pub async fn relay_field_list<D: Downstream>(
    conn: &mut Conn,
    client: &mut D,
    names: AnswerNames<'_>,
    status: StatusFlags,
) -> Result<Relayed, RelayError> {
    let scanner = ResponseScanner::field_list();
    // their number is not told: the end packet ends them
    let relay = Relay::new(
        scanner,
        Rows::AsSent,
        u64::MAX,
        ResultLimits {
            rows: u64::MAX,
            bytes: u64::MAX,
        },
    );
    run(relay, conn, client, names, status).await
}

async fn run<D: Downstream>(
    relay: Relay,
    conn: &mut Conn,
    client: &mut D,
    names: AnswerNames<'_>,
    status: StatusFlags,
) -> Result<Relayed, RelayError> {
    let mut answer = Answer::of(relay);
    poll_fn(|cx| answer.poll(cx, conn, client, names, status)).await
}

/// An answer on its way, for a future that waits for other things too. Where such a future is dropped, the response may
/// be half read: the connection must not be used again.
pub struct Answer {
    relay: Relay,
    /// Its first packet has come.
    has_begun: bool,
    /// The client has not taken yet what was written for it.
    is_flushing: bool,
}

impl Answer {
    /// The answer to the COM_QUERY or COM_STMT_EXECUTE that is sent now: as by [`relay`].
    #[must_use]
    pub fn new(limits: ResultLimits) -> Self {
        Self::of(Relay::new(ResponseScanner::new(), Rows::AsSent, 0, limits))
    }

    fn of(relay: Relay) -> Self {
        Self {
            relay,
            has_begun: false,
            is_flushing: false,
        }
    }

    /// Relays what has come. Each call names the same connection and client.
    ///
    /// # Errors
    /// As [`relay`].
    pub fn poll<D: Downstream>(
        &mut self,
        cx: &mut Context<'_>,
        conn: &mut Conn,
        client: &mut D,
        names: AnswerNames<'_>,
        status: StatusFlags,
    ) -> Poll<Result<Relayed, RelayError>> {
        if !self.has_begun {
            ready!(poll_begun(conn, cx))?;
            self.has_begun = true;
        }
        loop {
            if self.is_flushing {
                ready!(client.poll_flush(cx))?;
                self.is_flushing = false;
            }
            while let Some(relayed) = self.relay.advance(conn, client, names, status)? {
                if let Some(relayed) = relayed {
                    conn.response_done();
                    return Poll::Ready(Ok(relayed));
                }
                if client.out_mut().len() >= FLUSH_AT {
                    self.is_flushing = true;
                    break;
                }
            }
            if self.is_flushing {
                continue;
            }
            if self.relay.is_streaming() && !client.out_mut().is_empty() {
                self.is_flushing = true;
                continue;
            }
            if let Err(source) = ready!(conn.poll_fill(cx)) {
                let progress = self.relay.progress();
                return Poll::Ready(Err(RelayError::Backend { source, progress }));
            }
        }
    }
}

/// Waits until an answer begins. Bytes that were there before the command are no answer to it (contract 3.2).
fn poll_begun(conn: &mut Conn, cx: &mut Context<'_>) -> Poll<Result<(), RelayError>> {
    let progress = Progress::Nothing;
    let header = loop {
        if let Some(header) = PacketHeader::peek(conn.buffered()) {
            break header;
        }
        if let Err(source) = ready!(conn.poll_fill(cx)) {
            return Poll::Ready(Err(RelayError::Backend { source, progress }));
        }
    };
    if conn.is_answer(header) {
        return Poll::Ready(Ok(()));
    }
    let source = ProtocolError::Malformed("a packet that answers nothing");
    Poll::Ready(Err(RelayError::Malformed { source, progress }))
}
