//! A small statement of our own, its answer read as a whole.

use super::conn::Conn;
use super::error::ConnError;
use super::whole_answer::{self, read_whole};
use crate::protocol::{
    ColumnDefinition, Command, ErrPacket, Event, OkPacket, ProtocolError, Reader, ResponseScanner,
    TextRow,
};

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

/// Sends one command and reads its answer; the connection is usable after `ConnError::Server`.
pub(super) async fn run(
    conn: &mut Conn,
    command: Command,
    argument: &[u8],
) -> Result<QueryResult, ConnError> {
    conn.begin_command(&[&[command.byte()], argument]);
    conn.flush().await?;
    let mut reading = Reading {
        scanner: ResponseScanner::new(),
        result: QueryResult::default(),
        error: None,
    };
    read_whole(conn, &mut reading).await?;
    if let Some(error) = reading.error {
        return Err(conn.server_error(&error));
    }
    conn.set_status(reading.result.ok.status);
    if reading.result.ok.last_insert_id != 0 {
        conn.insert_id = None;
    }
    Ok(reading.result)
}

struct Reading {
    scanner: ResponseScanner,
    result: QueryResult,
    error: Option<ErrPacket>,
}

impl whole_answer::Reading for Reading {
    fn is_done(&self) -> bool {
        self.scanner.is_done()
    }

    fn take(&mut self, payload: &[u8]) -> Result<(), ProtocolError> {
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
                return Err(ProtocolError::Malformed(
                    "a request for a file that nobody offered",
                ));
            }
        }
        Ok(())
    }
}
