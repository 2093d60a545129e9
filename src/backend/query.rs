//! A small statement of our own, its answer read as a whole.

use std::sync::Arc;

use super::conn::Conn;
use super::error::ConnError;
use crate::protocol::{
    ColumnDefinition, Command, ErrPacket, Event, HEADER_LEN, MAX_PAYLOAD, OkPacket, PacketHeader,
    Reader, ResponseScanner, TextRow,
};

/// Control answers are small; one that is not is a mistake of ours.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// The answer to a control statement. Of several result sets the last one with rows is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryResult {
    /// The columns; empty without a result set.
    pub columns: Vec<ColumnDefinition>,
    /// Rows of the text protocol, `None` for NULL.
    pub rows: Vec<TextRow>,
    /// The last OK packet, with the session changes that the server reported.
    pub ok: OkPacket,
}

impl QueryResult {
    /// A field as text; `None` for NULL or a place that does not exist.
    #[must_use]
    pub fn text(&self, row: usize, column: usize) -> Option<&str> {
        let field = self.rows.get(row)?.get(column)?.as_deref()?;
        std::str::from_utf8(field).ok()
    }
}

/// Reads one whole response; the connection is usable after `ConnError::Server`.
pub(super) async fn read_response(conn: &mut Conn) -> Result<QueryResult, ConnError> {
    let mut reading = Reading {
        scanner: ResponseScanner::new(),
        result: QueryResult::default(),
        size: 0,
        error: None,
    };
    while !reading.scanner.is_done() {
        let header = PacketHeader::peek(conn.buffered());
        let Some(len) = header.map(|header| header.payload_len + HEADER_LEN) else {
            conn.fill().await?;
            continue;
        };
        let Some(frame) = conn.buffered().get(..len) else {
            conn.fill().await?;
            continue;
        };
        reading.size += len;
        if len > MAX_PAYLOAD || reading.size > MAX_ANSWER {
            return Err(ConnError::TooMuchData {
                source_name: Arc::clone(conn.source_name()),
                limit: MAX_ANSWER,
            });
        }
        let payload = frame.get(HEADER_LEN..).unwrap_or_default();
        reading
            .take(payload)
            .map_err(|error| conn.protocol_error(&error))?;
        conn.consume(len);
    }
    conn.response_done();
    if let Some(error) = reading.error {
        return Err(conn.server_error(&error));
    }
    conn.set_status(reading.result.ok.status);
    if reading.result.ok.last_insert_id != 0 {
        conn.insert_id = None;
    }
    Ok(reading.result)
}

/// Sends one command and reads its answer.
pub(super) async fn run(
    conn: &mut Conn,
    command: Command,
    argument: &[u8],
) -> Result<QueryResult, ConnError> {
    conn.begin_command(&[&[command.byte()], argument]);
    conn.flush().await?;
    read_response(conn).await
}

struct Reading {
    scanner: ResponseScanner,
    result: QueryResult,
    size: usize,
    error: Option<ErrPacket>,
}

impl Reading {
    fn take(&mut self, payload: &[u8]) -> Result<(), crate::protocol::ProtocolError> {
        match self.scanner.advance(payload.len(), payload)? {
            Event::ColumnCount(_) => {
                self.result.columns.clear();
                self.result.rows.clear();
            }
            Event::Column => {
                self.result.columns.push(ColumnDefinition::parse(payload)?);
            }
            Event::Row => {
                let mut reader = Reader::new(payload);
                let mut row = TextRow::with_capacity(self.result.columns.len());
                for _ in 0..self.result.columns.len() {
                    row.push(reader.text_value()?.map(<[u8]>::to_vec));
                }
                self.result.rows.push(row);
            }
            Event::Ok(ok) | Event::End(ok) => self.result.ok = ok,
            Event::Err(error) => self.error = Some(error),
            Event::Continuation | Event::Prepared(_) => {}
            Event::LocalInfile(_) => {
                return Err(crate::protocol::ProtocolError::Malformed(
                    "a request for a file that nobody offered",
                ));
            }
        }
        Ok(())
    }
}
