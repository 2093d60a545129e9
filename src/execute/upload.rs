//! A client's file on its way to the server that asked for it (contract 2.6).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{Conn, ConnError};
use crate::protocol::{
    Event, HEADER_LEN, PacketHeader, ProtocolError, ResponseScanner, write_packet,
};

use super::downstream::Downstream;
use super::ending::{Ending, Relayed};
use super::relay_error::{Progress, RelayError};

/// Bytes after which the server's buffer is written out.
const FLUSH_AT: usize = 64 << 10;
/// Longest packet of a server that is read here: a file's name, OK, ERR.
const MAX_ANSWER: usize = 1 << 20;
/// How long a client may pause in a file that nobody wants any more; the servers' own `net_read_timeout`.
const DRAIN_PATIENCE: Duration = Duration::from_secs(30);
/// The first byte of a request for a file.
const FILE_REQUEST: u8 = 0xFB;

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The server has not asked for it.
    Unasked,
    /// The client has been asked for it, and sends.
    Sending,
    /// The client has sent all of it.
    Whole,
}

/// What was found in the client's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Starved,
    Moved,
    End,
}

/// One file, read from the client packet by packet and sent on in packets of our own: of each only what has arrived
/// is held. The file is what its packets hold together, so their borders need not be kept.
#[derive(Debug)]
pub struct Upload {
    phase: Phase,
    scanner: ResponseScanner,
    /// Sequence id of our next packet to the server.
    sequence: u8,
    /// Bytes of the client's frame that are still to come.
    left: usize,
    /// The next frame continues the packet: an empty one is not the file's end.
    is_continued: bool,
    /// The server has answered before it had all.
    is_early: bool,
}

impl Default for Upload {
    fn default() -> Self {
        Self {
            phase: Phase::Unasked,
            scanner: ResponseScanner::new(),
            sequence: 0,
            left: 0,
            is_continued: false,
            is_early: false,
        }
    }
}

impl Upload {
    /// How far it has come; to be asked after [`Upload::run`] was dropped.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Carries the file out: the command has been flushed. The client is asked for `name`, which its own statement
    /// said; what the server calls the file is not looked at.
    ///
    /// # Errors
    /// See [`RelayError`]. If [`Upload::phase`] is `Sending` then, the rest of the client's packets is on its way.
    ///
    /// # Cancel safety
    /// After a drop the connection can only be closed; the client's side goes on with [`Upload::drain`].
    pub async fn run<D: Downstream>(
        &mut self,
        conn: &mut Conn,
        client: &mut D,
        name: &[u8],
    ) -> Result<Relayed, RelayError> {
        if let Some(relayed) = self.first_answer(conn).await? {
            return Ok(relayed);
        }
        let (out, sequence) = client.parts_mut();
        write_packet(out, sequence, &[&[FILE_REQUEST], name].concat());
        // from here on the client sends, whether it has read all of this or not
        self.phase = Phase::Sending;
        client.flush().await?;
        self.forward(conn, client).await?;
        self.answer(conn).await
    }

    /// `None`: the server asks for the file.
    async fn first_answer(&mut self, conn: &mut Conn) -> Result<Option<Relayed>, RelayError> {
        let (header, payload) = packet(conn).await?;
        if !conn.is_answer(header) {
            return Err(malformed("a packet that answers nothing"));
        }
        match self.advance(&payload)? {
            Event::LocalInfile(_) => {
                self.sequence = header.sequence.wrapping_add(1);
                Ok(None)
            }
            event => self.ended(event, conn).map(Some),
        }
    }

    /// Sends on what the client sends, up to its empty packet.
    async fn forward<D: Downstream>(
        &mut self,
        conn: &mut Conn,
        client: &mut D,
    ) -> Result<(), RelayError> {
        self.is_early = !conn.buffered().is_empty();
        while !self.is_early {
            match self.step(client, Some(conn.out_mut()))? {
                Step::End => {
                    write_packet(conn.out_mut(), &mut self.sequence, &[]);
                    self.phase = Phase::Whole;
                    self.is_early = conn.flush().await.is_err();
                    return Ok(());
                }
                Step::Moved if conn.out_mut().len() < FLUSH_AT => {}
                Step::Moved => self.is_early = conn.flush().await.is_err(),
                Step::Starved => {
                    if conn.flush().await.is_err() {
                        self.is_early = true;
                        break;
                    }
                    tokio::select! {
                        biased;
                        filled = client.fill() => filled?,
                        // a server says nothing before the end unless it gives up
                        _ = conn.fill() => self.is_early = true,
                    }
                }
            }
        }
        self.drain(client).await?;
        Ok(())
    }

    /// Takes the rest of the client's packets and drops it: only behind them it listens to an answer.
    ///
    /// # Errors
    /// The client is gone, or pauses for too long.
    pub async fn drain<D: Downstream>(&mut self, client: &mut D) -> io::Result<()> {
        while self.phase == Phase::Sending {
            match self.step(client, None)? {
                Step::End => self.phase = Phase::Whole,
                Step::Moved => {}
                Step::Starved => tokio::time::timeout(DRAIN_PATIENCE, client.fill())
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?,
            }
        }
        Ok(())
    }

    /// The server's answer to the whole file.
    ///
    /// # Errors
    /// As [`Upload::run`].
    pub async fn answer(&mut self, conn: &mut Conn) -> Result<Relayed, RelayError> {
        let (header, payload) = packet(conn).await?;
        let event = self.advance(&payload)?;
        let is_error = matches!(event, Event::Err(_));
        // whoever gives up in the middle counts what it has read
        if self.is_early && !is_error || !self.is_early && header.sequence != self.sequence {
            return Err(malformed("an answer in the middle of a file"));
        }
        self.ended(event, conn)
    }

    fn advance(&mut self, payload: &[u8]) -> Result<Event, RelayError> {
        let event = self.scanner.advance(payload.len(), payload);
        event.map_err(|source| RelayError::Malformed {
            source,
            progress: Progress::Nothing,
        })
    }

    fn ended(&self, event: Event, conn: &mut Conn) -> Result<Relayed, RelayError> {
        let (ending, changes) = match event {
            Event::Ok(mut ok) if self.scanner.is_done() => {
                let changes = std::mem::take(&mut ok.changes);
                (Ending::Ok(ok), changes)
            }
            Event::Err(err) => (Ending::Err(err), Vec::new()),
            _ => return Err(malformed("not the answer to a file")),
        };
        conn.response_done();
        Ok(Relayed {
            ending,
            rows: 0,
            changes,
        })
    }

    /// Takes from the client's bytes what has arrived of one frame, and gives it to the server if there still is one.
    fn step<D: Downstream>(
        &mut self,
        client: &mut D,
        server: Option<&mut Vec<u8>>,
    ) -> io::Result<Step> {
        if self.left == 0 {
            let Some(header) = PacketHeader::peek(client.arrived()) else {
                return Ok(Step::Starved);
            };
            if header.sequence != *client.sequence_mut() {
                let text = "a file's packets are out of order";
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            client.take_arrived(HEADER_LEN);
            *client.sequence_mut() = header.sequence.wrapping_add(1);
            let is_end = header.payload_len == 0 && !self.is_continued;
            self.is_continued = header.is_continued();
            self.left = header.payload_len;
            if is_end {
                return Ok(Step::End);
            }
            return Ok(Step::Moved);
        }
        let arrived = client.arrived();
        let count = arrived.len().min(self.left);
        if count == 0 {
            return Ok(Step::Starved);
        }
        if let (Some(out), Some(piece)) = (server, arrived.get(..count)) {
            write_packet(out, &mut self.sequence, piece);
        }
        client.take_arrived(count);
        self.left -= count;
        Ok(Step::Moved)
    }
}

/// The server's next packet.
async fn packet(conn: &mut Conn) -> Result<(PacketHeader, Vec<u8>), RelayError> {
    loop {
        if let Some(header) = PacketHeader::peek(conn.buffered()) {
            if header.payload_len > MAX_ANSWER {
                return Err(backend(ConnError::TooMuchData {
                    source_name: Arc::clone(conn.source_name()),
                    limit: MAX_ANSWER,
                }));
            }
            let end = HEADER_LEN + header.payload_len;
            if let Some(payload) = conn.buffered().get(HEADER_LEN..end) {
                let payload = payload.to_vec();
                conn.consume(end);
                return Ok((header, payload));
            }
        }
        conn.fill().await.map_err(backend)?;
    }
}

fn backend(source: ConnError) -> RelayError {
    RelayError::Backend {
        source,
        progress: Progress::Nothing,
    }
}

fn malformed(what: &'static str) -> RelayError {
    RelayError::Malformed {
        source: ProtocolError::Malformed(what),
        progress: Progress::Nothing,
    }
}
