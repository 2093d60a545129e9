//! An answer to a command of our own, read from its first packet to its last.

use std::sync::Arc;

use super::conn::Conn;
use super::error::ConnError;
use crate::protocol::{HEADER_LEN, MAX_PAYLOAD, PacketHeader, ProtocolError};

/// Answers to our own commands are small; one that is not is a mistake of ours.
const MAX_ANSWER: usize = 64 << 20;

/// What takes an answer packet by packet.
pub(super) trait Reading {
    /// Nothing more may come.
    fn is_done(&self) -> bool;

    /// Takes the payload of the next packet.
    fn take(&mut self, payload: &[u8]) -> Result<(), ProtocolError>;
}

/// Feeds `reading` with the whole answer to the command begun last. Bytes that were there before the command are no
/// answer to it (contract 3.2).
pub(super) async fn read_whole(
    conn: &mut Conn,
    reading: &mut impl Reading,
) -> Result<(), ConnError> {
    let mut size = 0;
    while !reading.is_done() {
        let Some(header) = PacketHeader::peek(conn.buffered()) else {
            conn.fill().await?;
            continue;
        };
        if size == 0 && !conn.is_answer(header) {
            let stray = ProtocolError::Malformed("a packet that answers nothing");
            return Err(conn.protocol_error(&stray));
        }
        let len = header.payload_len + HEADER_LEN;
        if len > MAX_PAYLOAD || size + len > MAX_ANSWER {
            return Err(ConnError::TooMuchData {
                source_name: Arc::clone(conn.source_name()),
                limit: MAX_ANSWER,
            });
        }
        let Some(frame) = conn.buffered().get(..len) else {
            conn.fill().await?;
            continue;
        };
        size += len;
        let payload = frame.get(HEADER_LEN..).unwrap_or_default();
        reading
            .take(payload)
            .map_err(|error| conn.protocol_error(&error))?;
        conn.consume(len);
    }
    conn.response_done();
    Ok(())
}
