//! Follows a server's response packet by packet, without decoding rows.

use super::capabilities::Capabilities;
use super::err::ErrPacket;
use super::error::ProtocolError;
use super::ok::OkPacket;
use super::packet::MAX_PAYLOAD;
use super::prepare_ok::PrepareOk;
use super::reader::Reader;
use super::status::StatusFlags;

/// Columns of one result set; servers have at most 4096.
const MAX_COLUMNS: u64 = 65_535;

/// What a frame is, known from its length and first byte alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// An OK packet: the whole payload is needed.
    Ok,
    /// An ERR packet: the whole payload is needed.
    Err,
    /// The number of columns: the whole payload is needed.
    ColumnCount,
    /// The answer to a prepare: the whole payload is needed.
    Prepared,
    /// A column definition.
    Column,
    /// A row, or its first frame.
    Row,
    /// A further frame of the row or column before it.
    Continuation,
    /// The OK packet that ends rows: the whole payload is needed.
    End,
    /// A server's request for a file: the whole payload is needed.
    LocalInfile,
}

impl FrameKind {
    /// Whether [`ResponseScanner::advance`] needs the frame's whole payload.
    #[must_use]
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::Column | Self::Row | Self::Continuation)
    }
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A statement without rows succeeded.
    Ok(OkPacket),
    /// The response ends with an error.
    Err(ErrPacket),
    /// A result set of so many columns starts.
    ColumnCount(u64),
    /// A statement is prepared; its parameters' and then its columns' definitions follow.
    Prepared(PrepareOk),
    /// A column definition.
    Column,
    /// A row, or its first frame.
    Row,
    /// A further frame of the row or column before it.
    Continuation,
    /// The result set is complete.
    End(OkPacket),
    /// The server asks for a file of this name; the client's packets and then one more OK or ERR
    /// follow.
    LocalInfile(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    PrepareStart,
    /// Column definitions still to come before the rows.
    Columns(u64),
    /// Definitions still to come, after which the response is done.
    Definitions(u32),
    /// Column definitions until the end, without a count.
    FieldList,
    Rows,
    /// Only OK or ERR may come.
    AfterInfile,
    Done,
}

/// The state machine of one command's response from a server with which `CLIENT_DEPRECATE_EOF`
/// and `CLIENT_SESSION_TRACK` are negotiated.
///
/// It is fed frames, not joined packets: a frame of [`MAX_PAYLOAD`] bytes is followed by
/// [`Event::Continuation`]. Works for text and binary rows.
#[derive(Clone, Debug)]
pub struct ResponseScanner {
    state: State,
    continued: bool,
    capabilities: Capabilities,
}

impl ResponseScanner {
    /// For COM_QUERY, COM_STMT_EXECUTE and all commands answered by OK or ERR.
    #[must_use]
    pub fn new() -> Self {
        Self::starting(State::Start)
    }

    /// For COM_FIELD_LIST.
    #[must_use]
    pub fn field_list() -> Self {
        Self::starting(State::FieldList)
    }

    /// For COM_STMT_PREPARE.
    #[must_use]
    pub fn prepare() -> Self {
        Self::starting(State::PrepareStart)
    }

    /// For COM_STMT_FETCH: rows at once.
    #[must_use]
    pub fn fetch() -> Self {
        Self::starting(State::Rows)
    }

    fn starting(state: State) -> Self {
        Self {
            state,
            continued: false,
            capabilities: Capabilities::DEPRECATE_EOF.union(Capabilities::SESSION_TRACK),
        }
    }

    /// Whether the response is complete: nothing more may come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done && !self.continued
    }

    /// Tells what a frame is, from its length and its first byte (`None` if it is empty).
    pub fn classify(
        &self,
        payload_len: usize,
        first: Option<u8>,
    ) -> Result<FrameKind, ProtocolError> {
        if self.continued {
            return Ok(FrameKind::Continuation);
        }
        let Some(first) = first.filter(|_| payload_len > 0) else {
            return Err(ProtocolError::Malformed("an empty packet in a response"));
        };
        let kind = match (self.state, first) {
            (State::Done, _) => {
                return Err(ProtocolError::Malformed(
                    "a packet after the end of a response",
                ));
            }
            (_, 0xFF) => FrameKind::Err,
            // 0xFE: COM_SET_OPTION and COM_DEBUG are answered by what once was an EOF packet
            (State::Start | State::AfterInfile, 0x00) | (State::Start, 0xFE) => FrameKind::Ok,
            (State::AfterInfile, _) => {
                return Err(ProtocolError::Malformed("neither an OK nor an ERR packet"));
            }
            (State::Start, 0xFB) => FrameKind::LocalInfile,
            (State::Start, _) => FrameKind::ColumnCount,
            (State::PrepareStart, 0x00) => FrameKind::Prepared,
            (State::PrepareStart, _) => {
                return Err(ProtocolError::Malformed("not the answer to a prepare"));
            }
            (State::Rows | State::FieldList, 0xFE) if payload_len < MAX_PAYLOAD => FrameKind::End,
            (State::Rows, _) => FrameKind::Row,
            (State::Columns(_) | State::Definitions(_) | State::FieldList, _) => FrameKind::Column,
        };
        if kind.is_whole() && payload_len >= MAX_PAYLOAD {
            return Err(ProtocolError::Malformed("an OK or ERR packet of 16 MiB"));
        }
        Ok(kind)
    }

    /// Takes a frame and tells what it says. `payload` may be cut short after its first byte
    /// where [`FrameKind::is_whole`] is false.
    pub fn advance(&mut self, payload_len: usize, payload: &[u8]) -> Result<Event, ProtocolError> {
        let kind = self.classify(payload_len, payload.first().copied())?;
        self.continued = payload_len == MAX_PAYLOAD;
        if kind.is_whole() && payload.len() != payload_len {
            return Err(ProtocolError::Malformed("a packet is not complete"));
        }
        let event = match kind {
            FrameKind::Continuation => Event::Continuation,
            FrameKind::Row => Event::Row,
            FrameKind::Column => {
                self.column_passed();
                Event::Column
            }
            FrameKind::Ok => Event::Ok(self.finish(payload)?),
            FrameKind::End => Event::End(self.finish(payload)?),
            FrameKind::Err => {
                self.state = State::Done;
                Event::Err(ErrPacket::parse(payload)?)
            }
            FrameKind::LocalInfile => {
                self.state = State::AfterInfile;
                Event::LocalInfile(payload.get(1..).unwrap_or_default().to_vec())
            }
            FrameKind::ColumnCount => {
                let count = Reader::new(payload).lenenc_int()?;
                if !(1..=MAX_COLUMNS).contains(&count) {
                    return Err(ProtocolError::Malformed(
                        "no result set has so many columns",
                    ));
                }
                self.state = State::Columns(count);
                Event::ColumnCount(count)
            }
            FrameKind::Prepared => self.prepared(payload)?,
        };
        Ok(event)
    }

    fn column_passed(&mut self) {
        self.state = match self.state {
            State::Columns(0 | 1) => State::Rows,
            State::Columns(left) => State::Columns(left - 1),
            State::Definitions(0 | 1) => State::Done,
            State::Definitions(left) => State::Definitions(left - 1),
            other => other,
        };
    }

    fn finish(&mut self, payload: &[u8]) -> Result<OkPacket, ProtocolError> {
        let ok = OkPacket::parse(payload, self.capabilities)?;
        self.state = if ok.status.contains(StatusFlags::MORE_RESULTS) {
            State::Start
        } else {
            State::Done
        };
        Ok(ok)
    }

    fn prepared(&mut self, payload: &[u8]) -> Result<Event, ProtocolError> {
        let ok = PrepareOk::parse(payload)?;
        self.state = match u32::from(ok.columns) + u32::from(ok.params) {
            0 => State::Done,
            definitions => State::Definitions(definitions),
        };
        Ok(Event::Prepared(ok))
    }
}

impl Default for ResponseScanner {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn feed(scanner: &mut ResponseScanner, payload: &[u8]) -> Event {
        scanner.advance(payload.len(), payload).unwrap()
    }

    #[test]
    fn a_result_set_is_followed_to_its_end() {
        let mut scanner = ResponseScanner::new();
        assert_eq!(feed(&mut scanner, &[2]), Event::ColumnCount(2));
        assert_eq!(feed(&mut scanner, b"\x03def"), Event::Column);
        assert_eq!(feed(&mut scanner, b"\x03def"), Event::Column);
        assert_eq!(feed(&mut scanner, b"\x011\x012"), Event::Row);
        assert_eq!(feed(&mut scanner, b"\xFB\xFB"), Event::Row);
        assert!(!scanner.is_done());
        let end = feed(&mut scanner, b"\xFE\0\0\x02\0\x01\0");
        assert!(matches!(end, Event::End(ok) if ok.warnings == 1));
        assert!(scanner.is_done());
        assert!(scanner.advance(1, &[0]).is_err());
    }

    #[test]
    fn a_result_set_has_columns_but_not_any_number() {
        for count in [
            &b"\xFC\0\0"[..],
            b"\xFD\0\0\x01",
            b"\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        ] {
            assert!(ResponseScanner::new().advance(count.len(), count).is_err());
        }
    }

    #[test]
    fn more_results_start_again() {
        let mut scanner = ResponseScanner::new();
        feed(&mut scanner, b"\0\x01\0\x0A\0\0\0");
        assert!(!scanner.is_done());
        assert_eq!(feed(&mut scanner, &[1]), Event::ColumnCount(1));
        feed(&mut scanner, b"\x03def");
        let err = feed(
            &mut scanner,
            b"\xFF\x25\x05#70100Query execution was interrupted",
        );
        assert!(matches!(err, Event::Err(err) if err.code == 1317));
        assert!(scanner.is_done());
    }

    #[test]
    fn a_row_over_16_mib_goes_by_its_first_byte() {
        let mut scanner = ResponseScanner::new();
        feed(&mut scanner, &[1]);
        feed(&mut scanner, b"\x03def");
        // 0xFE here is the length mark of a huge value, since the frame is full
        assert_eq!(scanner.advance(MAX_PAYLOAD, &[0xFE]), Ok(Event::Row));
        assert_eq!(
            scanner.advance(MAX_PAYLOAD, &[0xFF]),
            Ok(Event::Continuation)
        );
        assert_eq!(scanner.advance(0, &[]), Ok(Event::Continuation));
        assert_eq!(
            scanner.advance(9, b"\xFE"),
            Err(ProtocolError::Malformed("a packet is not complete"))
        );
    }

    #[test]
    fn a_file_request_is_followed_by_ok_or_err_alone() {
        let mut scanner = ResponseScanner::new();
        assert_eq!(
            feed(&mut scanner, b"\xFB/tmp/x"),
            Event::LocalInfile(b"/tmp/x".to_vec())
        );
        assert!(scanner.advance(1, &[1]).is_err());
        assert!(matches!(
            feed(&mut scanner, b"\0\0\0\x02\0\0\0"),
            Event::Ok(_)
        ));
        assert!(scanner.is_done());
    }

    #[test]
    fn a_field_list_has_columns_until_its_end() {
        let mut scanner = ResponseScanner::field_list();
        assert_eq!(feed(&mut scanner, b"\x03def\x01"), Event::Column);
        assert!(matches!(
            feed(&mut scanner, b"\xFE\0\0\x02\0\0\0"),
            Event::End(_)
        ));
        assert!(scanner.is_done());
    }

    #[test]
    fn a_prepare_is_done_after_its_definitions() {
        let mut scanner = ResponseScanner::prepare();
        let event = feed(&mut scanner, b"\0\x07\0\0\0\x01\0\x01\0\0\0\0");
        assert_eq!(
            event,
            Event::Prepared(PrepareOk {
                statement_id: 7,
                columns: 1,
                params: 1,
                warnings: 0
            })
        );
        feed(&mut scanner, b"\x03def");
        assert!(!scanner.is_done());
        feed(&mut scanner, b"\x03def");
        assert!(scanner.is_done());
        let mut scanner = ResponseScanner::prepare();
        feed(&mut scanner, b"\0\x07\0\0\0\0\0\0\0\0\0\0");
        assert!(scanner.is_done());
    }

    proptest! {
        #[test]
        fn arbitrary_packets_never_panic(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
            kind in 0..4,
        ) {
            let mut scanner = match kind {
                0 => ResponseScanner::new(),
                1 => ResponseScanner::field_list(),
                2 => ResponseScanner::prepare(),
                _ => ResponseScanner::fetch(),
            };
            for packet in packets {
                let _ = scanner.advance(packet.len(), &packet);
            }
        }
    }
}
