//! Relays a backend's response to the client as bytes; only names, sequence ids and the EOF style change.

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
pub async fn relay<D: Downstream>(
    conn: &mut Conn,
    client: &mut D,
    names: AnswerNames<'_>,
    status: StatusFlags,
    limits: ResultLimits,
) -> Result<Relayed, RelayError> {
    let relay = Relay::new(ResponseScanner::new(), Rows::AsSent, 0, limits);
    run(relay, conn, client, names, status).await
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
    mut relay: Relay,
    conn: &mut Conn,
    client: &mut D,
    names: AnswerNames<'_>,
    status: StatusFlags,
) -> Result<Relayed, RelayError> {
    first_packet(conn).await?;
    loop {
        while let Some(relayed) = relay.advance(conn, client, names, status)? {
            if let Some(relayed) = relayed {
                conn.response_done();
                return Ok(relayed);
            }
            if client.out_mut().len() >= FLUSH_AT {
                client.flush().await?;
            }
        }
        let progress = relay.progress();
        if relay.is_streaming() && !client.out_mut().is_empty() {
            client.flush().await?;
        }
        conn.fill()
            .await
            .map_err(|source| RelayError::Backend { source, progress })?;
    }
}

/// Waits until an answer begins. Bytes that were there before the command are no answer to it (contract 3.2).
async fn first_packet(conn: &mut Conn) -> Result<(), RelayError> {
    let progress = Progress::Nothing;
    let header = loop {
        if let Some(header) = PacketHeader::peek(conn.buffered()) {
            break header;
        }
        conn.fill()
            .await
            .map_err(|source| RelayError::Backend { source, progress })?;
    };
    if conn.is_answer(header) {
        return Ok(());
    }
    let source = ProtocolError::Malformed("a packet that answers nothing");
    Err(RelayError::Malformed { source, progress })
}
