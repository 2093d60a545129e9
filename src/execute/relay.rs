//! Relays a backend's response to the client as bytes; only names, sequence ids and the EOF style change.

use std::io;

use crate::backend::{Conn, ConnError};
use crate::protocol::{
    Capabilities, ErrPacket, Event, FrameKind, HEADER_LEN, OkPacket, PacketHeader, ProtocolError,
    ResponseScanner, SessionChange, StatusFlags, write_columns_end, write_lenenc_int,
    write_packet_with, write_result_end,
};

use super::binary_run::BinaryRun;
use super::downstream::Downstream;
use super::row_run::{EOF, ERR, RowRun, Stop};
use super::shown_columns::ShownColumns;

/// Bytes of answer after which the client's buffer is written out.
const FLUSH_AT: usize = 64 << 10;
/// Largest packet that is read whole before it is understood: OK, ERR, a column definition.
const MAX_WHOLE: usize = 4 << 20;

/// Names that an answer may show, as pairs of actual and logical.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnswerNames<'a> {
    /// Schemas.
    pub schemas: &'a [(String, String)],
    /// Tables.
    pub tables: &'a [(String, String)],
}

/// Bounds of one result set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultLimits {
    /// Rows.
    pub rows: u64,
    /// Bytes of its packets.
    pub bytes: u64,
}

/// How a response ended. The last packet is not yet written: whoever knows the session's state writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A statement without rows succeeded.
    Ok(OkPacket),
    /// A result set is complete but for its last packet.
    End(OkPacket),
    /// The server answered an error, perhaps behind some rows.
    Err(ErrPacket),
}

/// What has gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// How it ended.
    pub ending: Ending,
    /// Rows of the last result set.
    pub rows: u64,
    /// What the server has reported of the session with any of the results.
    pub changes: Vec<SessionChange>,
}

/// How much of a response the client has been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The statement itself was not sent yet.
    Unsent,
    /// Nothing: any other answer may still be given.
    Nothing,
    /// Some column definitions: no answer can follow, the client's connection must end.
    Columns,
    /// Rows, or whole results: an ERR packet may follow.
    Rows,
}

/// Why a relay broke off.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The backend's side.
    #[error("{source}")]
    Backend {
        /// Cause.
        source: ConnError,
        /// How far the response had come.
        progress: Progress,
    },
    /// The backend sent what cannot be read.
    #[error("a backend's response cannot be read: {source}")]
    Malformed {
        /// Cause.
        source: ProtocolError,
        /// How far the response had come.
        progress: Progress,
    },
    /// A killed statement got no answer within the time that is given to it.
    #[error("a backend does not answer")]
    Silent,
    /// The result set is larger than allowed.
    #[error("a result is larger than the limits allow")]
    TooLarge,
    /// The client is gone.
    #[error("the client is gone: {0}")]
    Client(#[from] io::Error),
}

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
        if progress == Progress::Rows && !client.out_mut().is_empty() {
            client.flush().await?;
        }
        conn.fill()
            .await
            .map_err(|source| RelayError::Backend { source, progress })?;
    }
}

/// What becomes of a result set's rows.
enum Rows {
    /// They go on as they are.
    AsSent,
    /// As they are, and no columns stand in front of them.
    Fetched,
    /// As they are; but perhaps none come, and then no EOF stands behind the columns.
    Cursor,
    /// They are rows of the text protocol and go on as binary ones.
    ToBinary(Box<BinaryRun>),
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

struct Relay {
    scanner: ResponseScanner,
    rows: Rows,
    run: RowRun,
    /// Column definitions still to come.
    columns: u64,
    shown: ShownColumns,
    is_partial: bool,
    /// The EOF between columns and rows is held back: it is not known yet whether rows follow.
    owes_columns_end: bool,
    limits: ResultLimits,
    bytes: u64,
    /// What a procedure's results before the last one have reported: servers tell each change once.
    changes: Vec<SessionChange>,
}

impl Relay {
    fn new(scanner: ResponseScanner, rows: Rows, columns: u64, limits: ResultLimits) -> Self {
        Self {
            scanner,
            is_partial: matches!(rows, Rows::Fetched),
            rows,
            run: RowRun::default(),
            columns,
            owes_columns_end: false,
            shown: ShownColumns::default(),
            limits,
            bytes: 0,
            changes: Vec::new(),
        }
    }

    fn progress(&self) -> Progress {
        match (self.is_partial, self.columns) {
            (false, _) => Progress::Nothing,
            (true, 0) if matches!(self.rows, Rows::Fetched) && self.bytes == 0 => Progress::Nothing,
            (true, 0 | u64::MAX) => Progress::Rows,
            (true, _) => Progress::Columns,
        }
    }

    /// Handles what is buffered. `None`: more bytes are needed. `Some(None)`: go on. `Some(Some(..))`: done.
    fn advance<D: Downstream>(
        &mut self,
        conn: &mut Conn,
        client: &mut D,
        names: AnswerNames<'_>,
        status: StatusFlags,
    ) -> Result<Option<Option<Relayed>>, RelayError> {
        let progress = self.progress();
        let malformed = |source| RelayError::Malformed { source, progress };
        if self.is_partial
            && self.columns == 0
            && self.forward_rows(conn, client, status)? == Stop::Starved
        {
            return Ok(None);
        }
        let Some(header) = PacketHeader::peek(conn.buffered()) else {
            return Ok(None);
        };
        let first = conn.buffered().get(HEADER_LEN).copied();
        if first.is_none() && header.payload_len > 0 {
            return Ok(None);
        }
        let kind = self
            .scanner
            .classify(header.payload_len, first)
            .map_err(malformed)?;
        if header.payload_len > MAX_WHOLE {
            return Err(malformed(ProtocolError::Malformed(
                "a packet longer than it may be",
            )));
        }
        let Some(payload) = conn
            .buffered()
            .get(HEADER_LEN..HEADER_LEN + header.payload_len)
        else {
            return Ok(None);
        };
        let event = self
            .scanner
            .advance(header.payload_len, payload)
            .map_err(malformed)?;
        if kind == FrameKind::Column {
            self.write_column(payload, client, names)
                .map_err(malformed)?;
        }
        conn.consume(HEADER_LEN + header.payload_len);
        Ok(Some(self.take(event, client, status)?))
    }

    /// Forwards the rows that are buffered.
    fn forward_rows<D: Downstream>(
        &mut self,
        conn: &mut Conn,
        client: &mut D,
        status: StatusFlags,
    ) -> Result<Stop, RelayError> {
        if self.owes_columns_end {
            match starts_with_row(conn.buffered()) {
                None => return Ok(Stop::Starved),
                Some(false) => return Ok(Stop::Terminal),
                Some(true) => self.write_owed_columns_end(client, status),
            }
        }
        let (out, sequence) = client.parts_mut();
        let (taken, stop) = match &mut self.rows {
            Rows::ToBinary(binary) => {
                let forwarded = binary.forward(conn.buffered(), out, sequence);
                self.run.rows = binary.rows;
                forwarded.map_err(|source| RelayError::Malformed {
                    source,
                    progress: Progress::Rows,
                })?
            }
            _ => self.run.forward(conn.buffered(), out, sequence),
        };
        conn.consume(taken);
        self.bytes = self.bytes.saturating_add(taken as u64);
        if self.run.rows > self.limits.rows || self.bytes > self.limits.bytes {
            return Err(RelayError::TooLarge);
        }
        Ok(stop)
    }

    fn write_owed_columns_end<D: Downstream>(&mut self, client: &mut D, status: StatusFlags) {
        if std::mem::take(&mut self.owes_columns_end) {
            let capabilities = client.capabilities();
            let (out, sequence) = client.parts_mut();
            write_columns_end(out, sequence, capabilities, status);
        }
    }

    fn take<D: Downstream>(
        &mut self,
        event: Event,
        client: &mut D,
        status: StatusFlags,
    ) -> Result<Option<Relayed>, RelayError> {
        match event {
            Event::ColumnCount(count) => {
                self.columns = count;
                self.is_partial = true;
                self.run = RowRun::default();
                self.bytes = 0;
                self.shown = ShownColumns::default();
                if let Rows::ToBinary(binary) = &mut self.rows {
                    binary.start();
                }
                let (out, sequence) = client.parts_mut();
                write_packet_with(out, sequence, |payload| write_lenenc_int(payload, count));
            }
            Event::Column => {
                self.columns = self.columns.saturating_sub(1);
                self.owes_columns_end = self.columns == 0;
                if !matches!(self.rows, Rows::Cursor) {
                    self.write_owed_columns_end(client, status);
                }
            }
            Event::Ok(ok) => return Ok(self.end_of_result(Ending::Ok(ok), client)),
            Event::End(ok) => {
                // with a cursor the columns' end is the answer's end
                if !ok.status.contains(StatusFlags::CURSOR_EXISTS) {
                    self.write_owed_columns_end(client, status);
                }
                return Ok(self.end_of_result(Ending::End(ok), client));
            }
            Event::Err(err) => {
                return Ok(Some(Relayed {
                    ending: Ending::Err(err),
                    rows: self.run.rows,
                    changes: std::mem::take(&mut self.changes),
                }));
            }
            Event::Row | Event::Continuation | Event::Prepared(_) | Event::LocalInfile(_) => {
                // a server's unasked request for a file is never forwarded (contract 2.6)
                return Err(RelayError::Malformed {
                    source: ProtocolError::Malformed("a packet that was not asked for"),
                    progress: self.progress(),
                });
            }
        }
        Ok(None)
    }

    fn end_of_result<D: Downstream>(
        &mut self,
        mut ending: Ending,
        client: &mut D,
    ) -> Option<Relayed> {
        if let Ending::Ok(ok) | Ending::End(ok) = &mut ending {
            self.changes.append(&mut ok.changes);
        }
        if self.scanner.is_done() {
            return Some(Relayed {
                ending,
                rows: self.run.rows,
                changes: std::mem::take(&mut self.changes),
            });
        }
        // a procedure's further results follow: this one's end is written at once
        self.is_partial = true;
        self.columns = u64::MAX;
        write_ending(&ending, client, true);
        None
    }

    fn write_column<D: Downstream>(
        &mut self,
        payload: &[u8],
        client: &mut D,
        names: AnswerNames<'_>,
    ) -> Result<(), ProtocolError> {
        if let Rows::ToBinary(binary) = &mut self.rows {
            binary.push_definition(payload)?;
        }
        let (out, sequence) = client.parts_mut();
        self.shown.write(payload, names, out, sequence)
    }
}

/// Whether the next packet is a row; `None` while that cannot be told.
fn starts_with_row(buffered: &[u8]) -> Option<bool> {
    let header = PacketHeader::peek(buffered)?;
    if header.payload_len == 0 {
        return Some(true);
    }
    Some(!matches!(buffered.get(HEADER_LEN)?, &(ERR | EOF)))
}

/// Writes the packet that ends a response into the client's buffer; `more_follow` sets MORE_RESULTS.
pub fn write_ending<D: Downstream>(ending: &Ending, client: &mut D, more_follow: bool) {
    let capabilities: Capabilities = client.capabilities();
    let (out, sequence) = client.parts_mut();
    match ending {
        Ending::Ok(ok) => {
            let mut ok = ok.clone();
            set_more(&mut ok.status, more_follow);
            write_packet_with(out, sequence, |payload| ok.write(payload));
        }
        Ending::End(ok) => {
            let mut status = ok.status;
            set_more(&mut status, more_follow);
            let end = crate::protocol::EofPacket {
                warnings: ok.warnings,
                status,
            };
            write_result_end(out, sequence, capabilities, end);
        }
        Ending::Err(err) => write_packet_with(out, sequence, |payload| err.write(payload)),
    }
}

fn set_more(status: &mut StatusFlags, more_follow: bool) {
    if more_follow {
        status.insert(StatusFlags::MORE_RESULTS);
    } else {
        status.remove(StatusFlags::MORE_RESULTS);
    }
}
