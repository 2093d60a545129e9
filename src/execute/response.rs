//! One response on its way from a backend to the client, packet by packet.

use crate::backend::Conn;
use crate::protocol::{
    Event, FrameKind, HEADER_LEN, PacketHeader, ProtocolError, ResponseScanner, SessionChange,
    StatusFlags, write_columns_end, write_lenenc_int, write_packet_with,
};

use super::binary_run::BinaryRun;
use super::downstream::Downstream;
use super::ending::{Ending, Relayed, write_ending};
use super::relay_error::{Progress, RelayError};
use super::row_run::{EOF, ERR, RowRun, Stop};
use super::shown_columns::{AnswerNames, ShownColumns};

/// Largest packet that is read whole before it is understood: OK, ERR, a column definition.
const MAX_WHOLE: usize = 4 << 20;

/// Bounds of one result set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultLimits {
    /// Rows.
    pub rows: u64,
    /// Bytes of its packets.
    pub bytes: u64,
}

/// What becomes of a result set's rows.
pub(super) enum Rows {
    /// They go on as they are.
    AsSent,
    /// As they are, and no columns stand in front of them.
    Fetched,
    /// As they are; but perhaps none come, and then no EOF stands behind the columns.
    Cursor,
    /// They are rows of the text protocol and go on as binary ones.
    ToBinary(Box<BinaryRun>),
}

/// What has come of a response, and what its packets turn into.
pub(super) struct Relay {
    scanner: ResponseScanner,
    rows: Rows,
    run: RowRun,
    /// Column definitions still to come.
    columns: u64,
    shown: ShownColumns,
    is_partial: bool,
    /// Its rows follow those of another answer: its columns are not written.
    is_later: bool,
    /// The EOF between columns and rows is held back: it is not known yet whether rows follow.
    owes_columns_end: bool,
    limits: ResultLimits,
    bytes: u64,
    /// What a procedure's results before the last one have reported: servers tell each change once.
    changes: Vec<SessionChange>,
}

impl Relay {
    pub(super) fn new(
        scanner: ResponseScanner,
        rows: Rows,
        columns: u64,
        limits: ResultLimits,
    ) -> Self {
        Self {
            scanner,
            is_partial: matches!(rows, Rows::Fetched),
            rows,
            run: RowRun::default(),
            columns,
            owes_columns_end: false,
            shown: ShownColumns::default(),
            is_later: false,
            limits,
            bytes: 0,
            changes: Vec::new(),
        }
    }

    pub(super) fn progress(&self) -> Progress {
        match (self.is_partial, self.columns) {
            _ if self.is_later && self.run.is_between_rows() => Progress::Rows,
            (false, _) => Progress::Nothing,
            (true, 0) if matches!(self.rows, Rows::Fetched) && self.bytes == 0 => Progress::Nothing,
            (true, 0 | u64::MAX) if self.run.is_between_rows() => Progress::Rows,
            (true, _) => Progress::Columns,
        }
    }

    /// Whether what was written may go to the client: columns wait for the first row or the end.
    pub(super) fn is_streaming(&self) -> bool {
        self.progress() != Progress::Nothing && matches!(self.columns, 0 | u64::MAX)
    }

    /// Handles what is buffered. `None`: more bytes are needed. `Some(None)`: go on. `Some(Some(..))`: done.
    pub(super) fn advance<D: Downstream>(
        &mut self,
        conn: &mut Conn,
        client: &mut D,
        names: AnswerNames<'_>,
        status: StatusFlags,
    ) -> Result<Option<Option<Relayed>>, RelayError> {
        if self.is_partial
            && self.columns == 0
            && self.forward_rows(conn, client, status)? == Stop::Starved
        {
            return Ok(None);
        }
        let progress = self.progress();
        let malformed = |source| RelayError::Malformed { source, progress };
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
            let is_fit = self
                .write_column(payload, client, names)
                .map_err(malformed)?;
            if !is_fit {
                return Err(RelayError::ColumnsDiffer);
            }
        }
        conn.consume(HEADER_LEN + header.payload_len);
        Ok(Some(self.take(event, client, names, status)?))
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
            _ => self
                .run
                .forward(conn.buffered(), out, sequence, self.limits),
        };
        conn.consume(taken);
        self.bytes = self.bytes.saturating_add(taken as u64);
        if stop == Stop::TooLarge
            || self.run.rows > self.limits.rows
            || self.bytes > self.limits.bytes
        {
            return Err(RelayError::TooLarge);
        }
        Ok(stop)
    }

    fn write_owed_columns_end<D: Downstream>(&mut self, client: &mut D, status: StatusFlags) {
        if std::mem::take(&mut self.owes_columns_end) && !self.is_later {
            let capabilities = client.capabilities();
            let (out, sequence) = client.parts_mut();
            write_columns_end(out, sequence, capabilities, status);
        }
    }

    fn take<D: Downstream>(
        &mut self,
        event: Event,
        client: &mut D,
        names: AnswerNames<'_>,
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
                if let Some(joined) = names.joined {
                    let begun = joined.begin(count);
                    self.is_later = begun.map_err(|_| RelayError::ColumnsDiffer)?;
                }
                if !self.is_later {
                    let (out, sequence) = client.parts_mut();
                    write_packet_with(out, sequence, |payload| write_lenenc_int(payload, count));
                }
            }
            Event::Column => {
                // a field list begins with them
                self.is_partial = true;
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
                if let Some(joined) = names.joined {
                    joined.count(self.run.rows, self.bytes);
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
    ) -> Result<bool, ProtocolError> {
        if let Rows::ToBinary(binary) = &mut self.rows {
            binary.push_definition(payload)?;
        }
        if let Some(joined) = names.joined {
            let is_fit = joined.column(payload)?;
            if self.is_later || !is_fit {
                return Ok(is_fit);
            }
        }
        let (out, sequence) = client.parts_mut();
        let is_last = self.columns == 1;
        self.shown.write(payload, names, is_last, out, sequence)?;
        Ok(true)
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
