//! A client of its own that shows an answer packet by packet, with whatever capabilities a test wants.

use std::io::{Read, Write};
use std::net::TcpStream;

/// CLIENT_FOUND_ROWS
pub const FOUND_ROWS: u32 = 0x0000_0002;
/// CLIENT_MULTI_STATEMENTS
pub const MULTI_STATEMENTS: u32 = 0x0001_0000;
/// CLIENT_DEPRECATE_EOF
pub const DEPRECATE_EOF: u32 = 0x0100_0000;

/// LONG_PASSWORD, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, MULTI_RESULTS,
/// PS_MULTI_RESULTS, PLUGIN_AUTH
const ALWAYS: u32 = 0x0000_0001
    | 0x0000_0004
    | 0x0000_0008
    | 0x0000_0200
    | 0x0000_2000
    | 0x0000_8000
    | 0x0002_0000
    | 0x0004_0000
    | 0x0008_0000;

const MORE_RESULTS: u16 = 0x0008;

/// A logged-in connection of an account without a password.
pub struct Raw {
    stream: TcpStream,
    has_deprecate_eof: bool,
    sequence: u8,
    /// The id that the greeting told.
    pub id: u32,
}

impl Raw {
    /// Logs in; `capabilities` beside the usual ones.
    pub fn login(port: u16, user: &str, database: &str, capabilities: u32) -> Raw {
        Raw::try_login(port, user, database, capabilities, 45).unwrap()
    }

    /// Logs in with a collation of the client's; `None` where that is refused.
    pub fn try_login(
        port: u16,
        user: &str,
        database: &str,
        capabilities: u32,
        collation: u8,
    ) -> Option<Raw> {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut raw = Raw {
            stream,
            has_deprecate_eof: capabilities & DEPRECATE_EOF != 0,
            sequence: 0,
            id: 0,
        };
        let greeting = raw.receive();
        let version_end = greeting.iter().position(|byte| *byte == 0).unwrap();
        raw.id = u32::from_le_bytes(
            greeting[version_end + 1..version_end + 5]
                .try_into()
                .unwrap(),
        );
        let mut payload = (ALWAYS | capabilities).to_le_bytes().to_vec();
        payload.extend((1_u32 << 24).to_le_bytes());
        payload.push(collation);
        payload.extend([0; 23]);
        payload.extend(user.bytes());
        payload.extend([0, 0]);
        payload.extend(database.bytes());
        payload.push(0);
        payload.extend(b"caching_sha2_password\0");
        raw.send(&payload);
        loop {
            let answer = raw.receive();
            match answer[0] {
                0x00 => break,
                // another plugin: an empty password has an empty proof with all of them
                0xFE => raw.send(&[]),
                0x01 => {}
                _ => return None,
            }
        }
        Some(raw)
    }

    /// Sends a packet that goes on in a conversation.
    fn send(&mut self, payload: &[u8]) {
        let bytes = frame(self.sequence, payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.stream.write_all(&bytes).unwrap();
    }

    /// Sends commands without waiting for their answers.
    pub fn send_commands(&mut self, commands: &[Vec<u8>]) {
        let bytes: Vec<u8> = commands
            .iter()
            .flat_map(|command| frame(0, command))
            .collect();
        self.stream.write_all(&bytes).unwrap();
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends COM_QUERY without waiting for its answer.
    pub fn send_query(&mut self, sql: &str) {
        self.send_commands(&[query(sql)]);
    }

    /// The next packet's payload; panics at the end of the stream.
    pub fn receive(&mut self) -> Vec<u8> {
        self.try_receive().unwrap()
    }

    /// The next packet's payload; the parts of one of 16 MiB and more are put together.
    pub fn try_receive(&mut self) -> std::io::Result<Vec<u8>> {
        let mut payload = Vec::new();
        loop {
            let mut header = [0; 4];
            self.stream.read_exact(&mut header)?;
            let [a, b, c, sequence] = header;
            if !payload.is_empty() && sequence != self.sequence {
                return Err(std::io::Error::other("a part is out of its turn"));
            }
            self.sequence = sequence.wrapping_add(1);
            let length = usize::try_from(u32::from_le_bytes([a, b, c, 0])).unwrap();
            let start = payload.len();
            payload.resize(start + length, 0);
            self.stream.read_exact(&mut payload[start..])?;
            if length < 0xFF_FFFF {
                return Ok(payload);
            }
        }
    }

    /// Everything that answers one statement, a line for each packet.
    pub fn ask(&mut self, sql: &str) -> Vec<String> {
        self.send_query(sql);
        self.answer()
    }

    /// Everything that answers one text of any bytes and length.
    pub fn ask_bytes(&mut self, sql: &[u8]) -> Vec<String> {
        let payload = [&[0x03], sql].concat();
        let mut sequence = 0;
        let mut rest = payload.as_slice();
        loop {
            let (part, tail) = rest.split_at(rest.len().min(0xFF_FFFF));
            self.stream.write_all(&frame(sequence, part)).unwrap();
            (sequence, rest) = (sequence.wrapping_add(1), tail);
            if part.len() < 0xFF_FFFF {
                break;
            }
        }
        self.sequence = sequence;
        self.answer_from(sequence)
    }

    /// The answer to a command sent before.
    pub fn answer(&mut self) -> Vec<String> {
        self.answer_from(1)
    }

    fn answer_from(&mut self, sequence: u8) -> Vec<String> {
        let mut lines = Vec::new();
        self.sequence = sequence;
        loop {
            let payload = self.next(&mut lines);
            match payload[0] {
                0x00 => {
                    let (line, status) = ok("ok", &payload);
                    lines.push(line);
                    if status & MORE_RESULTS == 0 {
                        return lines;
                    }
                }
                0xFF => {
                    lines.push(err(&payload));
                    return lines;
                }
                0xFE if payload.len() < 9 => {
                    // COM_SET_OPTION
                    lines.push(eof("end", &payload).0);
                    return lines;
                }
                count => {
                    lines.push(format!("{count} columns"));
                    for _ in 0..count {
                        let payload = self.next(&mut lines);
                        lines.push(column(&payload));
                    }
                    if !self.has_deprecate_eof {
                        let payload = self.next(&mut lines);
                        lines.push(eof("columns end", &payload).0);
                    }
                    if !self.rows(&mut lines) {
                        return lines;
                    }
                }
            }
        }
    }

    /// Rows and their end; whether more results follow.
    fn rows(&mut self, lines: &mut Vec<String>) -> bool {
        loop {
            let payload = self.next(lines);
            match payload[0] {
                0xFE if payload.len() < 0xFF_FFFF && self.has_deprecate_eof => {
                    let (line, status) = ok("end", &payload);
                    lines.push(line);
                    return status & MORE_RESULTS != 0;
                }
                0xFE if payload.len() < 9 => {
                    let (line, status) = eof("end", &payload);
                    lines.push(line);
                    return status & MORE_RESULTS != 0;
                }
                0xFF => {
                    lines.push(err(&payload));
                    return false;
                }
                _ => lines.push(format!("row {}", fields(&payload))),
            }
        }
    }

    fn next(&mut self, lines: &mut Vec<String>) -> Vec<u8> {
        let expected = self.sequence;
        let payload = self.receive();
        // each part of a long packet has a number of its own
        let parts = u8::try_from(payload.len() / 0xFF_FFFF + 1).unwrap();
        if self.sequence != expected.wrapping_add(parts) {
            lines.push(format!(
                "sequence id {} instead of {expected}",
                self.sequence.wrapping_sub(1)
            ));
        }
        payload
    }
}

/// COM_QUERY as a payload.
pub fn query(sql: &str) -> Vec<u8> {
    let mut payload = vec![0x03];
    payload.extend(sql.bytes());
    payload
}

fn frame(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut bytes = vec![a, b, c, sequence];
    bytes.extend_from_slice(payload);
    bytes
}

fn ok(what: &str, payload: &[u8]) -> (String, u16) {
    let mut rest = &payload[1..];
    let (affected, id) = (integer(&mut rest), integer(&mut rest));
    let (status, warnings) = (short(rest), short(&rest[2..]));
    let info = String::from_utf8_lossy(&rest[4..]).into_owned();
    let line = format!(
        "{what}: affected {affected} id {id} status {status:#06x} warnings {warnings} info {info:?}"
    );
    (line, status)
}

fn eof(what: &str, payload: &[u8]) -> (String, u16) {
    let (warnings, status) = (short(&payload[1..]), short(&payload[3..]));
    let line = format!("{what}: status {status:#06x} warnings {warnings}");
    (line, status)
}

fn err(payload: &[u8]) -> String {
    format!(
        "error {} {}",
        short(&payload[1..]),
        String::from_utf8_lossy(&payload[3..])
    )
}

fn column(payload: &[u8]) -> String {
    let mut rest = payload;
    let names: Vec<String> = (0..6).map(|_| text(&mut rest)).collect();
    format!(
        "column {} of {} ({} of {}): charset {} length {} type {} flags {:#06x} decimals {}",
        names[4],
        names[2],
        names[5],
        names[3],
        short(&rest[1..]),
        u32::from_le_bytes(rest[3..7].try_into().unwrap()),
        rest[7],
        short(&rest[8..]),
        rest[10]
    )
}

/// The fields of a row of text with `|` between.
fn fields(payload: &[u8]) -> String {
    let mut rest = payload;
    let mut fields = Vec::new();
    while let Some(first) = rest.first() {
        if *first == 0xFB {
            rest = &rest[1..];
            fields.push("NULL".to_owned());
        } else {
            fields.push(text(&mut rest));
        }
    }
    fields.join("|")
}

fn short(bytes: &[u8]) -> u16 {
    u16::from_le_bytes(bytes[..2].try_into().unwrap())
}

fn integer(rest: &mut &[u8]) -> u64 {
    let (first, tail) = rest.split_first().unwrap();
    let width = match first {
        0xFC => 2,
        0xFD => 3,
        0xFE => 8,
        small => {
            *rest = tail;
            return u64::from(*small);
        }
    };
    let mut bytes = [0; 8];
    bytes[..width].copy_from_slice(&tail[..width]);
    *rest = &tail[width..];
    u64::from_le_bytes(bytes)
}

fn text(rest: &mut &[u8]) -> String {
    let length = usize::try_from(integer(rest)).unwrap();
    let (text, tail) = rest.split_at(length);
    *rest = tail;
    String::from_utf8_lossy(text).into_owned()
}
