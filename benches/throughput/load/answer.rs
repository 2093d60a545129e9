//! Follows one answer of a server or proxy to its end, over any cut of its bytes, and keeps what tells whether it is right.

use shardgate::protocol::{ErrPacket, HEADER_LEN, PacketHeader, PrepareOk, ProtocolError, Reader};

const OK: u8 = 0x00;
const END: u8 = 0xFE;
const ERR: u8 = 0xFF;
/// An EOF packet is shorter than this; a row that starts with its byte is not.
const EOF_LEN: usize = 9;
const OK_END_LEN: usize = 0xFF_FFFF;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Prepare,
    Columns(u64),
    ColumnsEnd,
    Rows,
    /// Packets that come yet.
    Definitions(u32),
    Done,
}

/// The answer to one command.
#[derive(Debug)]
pub struct Answer {
    state: State,
    /// Bytes of a row that come yet.
    skip: usize,
    is_eof_deprecated: bool,
    pub rows: u64,
    pub affected: u64,
    /// The id that a prepare gave.
    pub statement: u32,
    pub error: Option<ErrPacket>,
}

impl Answer {
    /// To COM_QUERY or COM_STMT_EXECUTE.
    pub fn to_query(is_eof_deprecated: bool) -> Answer {
        Answer {
            state: State::Start,
            skip: 0,
            is_eof_deprecated,
            rows: 0,
            affected: 0,
            statement: 0,
            error: None,
        }
    }

    pub fn to_prepare(is_eof_deprecated: bool) -> Answer {
        Answer {
            state: State::Prepare,
            ..Answer::to_query(is_eof_deprecated)
        }
    }

    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what it can use and tells how many bytes that was; the rest comes again with more behind it.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize, ProtocolError> {
        let mut at = 0;
        loop {
            let passed = self.skip.min(bytes.len() - at);
            self.skip -= passed;
            at += passed;
            let rest = &bytes[at..];
            let Some(header) = PacketHeader::peek(rest) else {
                return Ok(at);
            };
            if self.is_done() {
                return Ok(at);
            }
            let len = header.payload_len;
            let Some(&first) = rest.get(HEADER_LEN) else {
                return Ok(at);
            };
            if self.state == State::Rows && first != ERR && !self.ends_rows(first, len) {
                self.rows += 1;
                self.skip = HEADER_LEN + len;
                continue;
            }
            let Some(payload) = rest.get(HEADER_LEN..HEADER_LEN + len) else {
                return Ok(at);
            };
            self.packet(first, payload)?;
            at += HEADER_LEN + len;
        }
    }

    fn ends_rows(&self, first: u8, len: usize) -> bool {
        let longest = if self.is_eof_deprecated {
            OK_END_LEN
        } else {
            EOF_LEN
        };
        first == END && len < longest
    }

    fn packet(&mut self, first: u8, payload: &[u8]) -> Result<(), ProtocolError> {
        self.state = match (self.state, first) {
            (State::Definitions(left), _) => after_definitions(left - 1),
            (State::Columns(1), _) if self.is_eof_deprecated => State::Rows,
            (State::Columns(1), _) => State::ColumnsEnd,
            (State::Columns(left), _) => State::Columns(left - 1),
            (State::ColumnsEnd, _) => State::Rows,
            (_, ERR) => {
                self.error = Some(ErrPacket::parse(payload)?);
                State::Done
            }
            (State::Prepare, OK) => self.prepared(payload)?,
            (State::Prepare, _) => {
                return Err(ProtocolError::Malformed("not the answer to a prepare"));
            }
            (State::Start, OK) => {
                let mut reader = Reader::new(payload);
                reader.u8()?;
                self.affected = reader.lenenc_int()?;
                State::Done
            }
            (State::Start, _) => State::Columns(Reader::new(payload).lenenc_int()?.max(1)),
            (State::Rows | State::Done, _) => State::Done,
        };
        Ok(())
    }

    fn prepared(&mut self, payload: &[u8]) -> Result<State, ProtocolError> {
        let ok = PrepareOk::parse(payload)?;
        self.statement = ok.statement_id;
        let list = |count: u16| match count {
            0 => 0,
            count if self.is_eof_deprecated => u32::from(count),
            count => u32::from(count) + 1,
        };
        Ok(after_definitions(list(ok.params) + list(ok.columns)))
    }
}

fn after_definitions(left: u32) -> State {
    match left {
        0 => State::Done,
        left => State::Definitions(left),
    }
}
