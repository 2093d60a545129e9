//! A client that says exactly the bytes it is told to: what no driver would send.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::shop::DATABASE;

/// What a server answered to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// OK, with its status flags.
    Ok(u16),
    /// ERR.
    Err(u16, String),
    /// Rows as they are on the wire, with the status flags of their end.
    Rows(Vec<Vec<u8>>, u16),
}

impl Said {
    /// The code of an ERR.
    pub fn code(&self) -> u16 {
        match self {
            Said::Err(code, _) => *code,
            other => panic!("{other:?} is no error"),
        }
    }

    /// The rows and their end's status flags.
    pub fn rows(self) -> (Vec<Vec<u8>>, u16) {
        match self {
            Said::Rows(rows, status) => (rows, status),
            other => panic!("{other:?} is no result set"),
        }
    }
}

/// A prepared statement as the server told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub id: u32,
    pub columns: u16,
    pub params: u16,
}

/// A connection of the account with an empty password; it negotiates no DEPRECATE_EOF.
pub struct Packets {
    stream: TcpStream,
    modern: bool,
}

pub const PREPARE: u8 = 0x16;
pub const EXECUTE: u8 = 0x17;
pub const LONG_DATA: u8 = 0x18;
pub const CLOSE: u8 = 0x19;
pub const RESET: u8 = 0x1A;
pub const FETCH: u8 = 0x1C;
pub const CURSOR_EXISTS: u16 = 0x40;
pub const LAST_ROW_SENT: u16 = 0x80;

impl Packets {
    /// Logs in; `modern` negotiates DEPRECATE_EOF.
    pub fn login(port: u16, modern: bool) -> Packets {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut packets = Packets { stream, modern };
        packets.receive();
        // CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, MULTI_RESULTS, PS_MULTI_RESULTS, PLUGIN_AUTH
        let mut flags: u32 = 0x0000_0008 | 0x0000_0200 | 0x0000_2000 | 0x0000_8000;
        flags |= 0x0002_0000 | 0x0004_0000 | 0x0008_0000;
        if modern {
            flags |= 0x0100_0000;
        }
        let mut payload = flags.to_le_bytes().to_vec();
        payload.extend([0, 0, 0, 1, 45]);
        payload.extend([0; 23]);
        payload.extend(format!("empty\0\0{DATABASE}\0caching_sha2_password\0").into_bytes());
        packets.write(&frame(1, &payload));
        let mut answer = packets.receive();
        if answer[0] == 0xFE {
            // another plugin, to which an empty password is as empty
            packets.write(&frame(3, &[]));
            answer = packets.receive();
        }
        assert_eq!(answer[0], 0, "{}", String::from_utf8_lossy(&answer));
        packets
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends one command.
    pub fn send(&mut self, command: u8, body: &[u8]) {
        let bytes = packet(command, body);
        self.write(&bytes);
    }

    /// Sends one command and reads its answer.
    pub fn ask(&mut self, command: u8, body: &[u8]) -> Said {
        self.send(command, body);
        self.answer()
    }

    /// COM_QUERY.
    pub fn query(&mut self, sql: &str) -> Said {
        self.ask(0x03, sql.as_bytes())
    }

    /// COM_STMT_PREPARE.
    pub fn prepare(&mut self, sql: &str) -> Result<Prepared, (u16, String)> {
        self.send(PREPARE, sql.as_bytes());
        self.prepared()
    }

    /// COM_CHANGE_USER to the same account.
    pub fn change_user(&mut self) -> Said {
        let mut body = format!("empty\0\0{DATABASE}\0").into_bytes();
        body.extend([45, 0]);
        body.extend(b"caching_sha2_password\0");
        self.send(0x11, &body);
        let switch = self.receive();
        assert_eq!(switch[0], 0xFE);
        // the proof of an empty password is empty
        self.write(&frame(2, &[]));
        self.answer()
    }

    /// The answer to COM_STMT_PREPARE.
    pub fn prepared(&mut self) -> Result<Prepared, (u16, String)> {
        let first = self.receive();
        if first[0] == 0xFF {
            let Said::Err(code, message) = failure(&first) else {
                unreachable!()
            };
            return Err((code, message));
        }
        let prepared = Prepared {
            id: u32::from_le_bytes([first[1], first[2], first[3], first[4]]),
            columns: u16::from_le_bytes([first[5], first[6]]),
            params: u16::from_le_bytes([first[7], first[8]]),
        };
        for count in [prepared.params, prepared.columns] {
            for _ in 0..count {
                assert_eq!(&self.receive()[..4], b"\x03def");
            }
            if count > 0 && !self.modern {
                assert_eq!(self.receive()[0], 0xFE);
            }
        }
        Ok(prepared)
    }

    /// The answer to any other command.
    pub fn answer(&mut self) -> Said {
        let first = self.receive();
        match first[0] {
            0xFF => failure(&first),
            0x00 => Said::Ok(status_of_ok(&first)),
            count => {
                for _ in 0..count {
                    assert_eq!(&self.receive()[..4], b"\x03def");
                }
                if !self.modern {
                    let end = self.receive();
                    assert_eq!(end[0], 0xFE);
                    let status = u16::from_le_bytes([end[3], end[4]]);
                    if status & CURSOR_EXISTS != 0 {
                        return Said::Rows(Vec::new(), status);
                    }
                }
                self.rows()
            }
        }
    }

    /// Rows up to their end, as behind COM_STMT_FETCH.
    pub fn rows(&mut self) -> Said {
        let mut rows = Vec::new();
        loop {
            let packet = self.receive();
            match packet[0] {
                0xFF => return failure(&packet),
                0xFE if self.modern => return Said::Rows(rows, status_of_ok(&packet)),
                0xFE if packet.len() < 9 => {
                    return Said::Rows(rows, u16::from_le_bytes([packet[3], packet[4]]));
                }
                _ => rows.push(packet),
            }
        }
    }

    /// The next packet, whatever it is.
    pub fn receive(&mut self) -> Vec<u8> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header).unwrap();
        let len = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        let mut payload = vec![0; usize::try_from(len).unwrap()];
        self.stream.read_exact(&mut payload).unwrap();
        payload
    }
}

fn failure(packet: &[u8]) -> Said {
    let code = u16::from_le_bytes([packet[1], packet[2]]);
    Said::Err(code, String::from_utf8_lossy(&packet[9..]).into_owned())
}

/// Behind two small numbers.
fn status_of_ok(packet: &[u8]) -> u16 {
    let skip = |at: usize| match packet[at] {
        0xFC => at + 3,
        0xFD => at + 4,
        0xFE => at + 9,
        _ => at + 1,
    };
    let at = skip(skip(1));
    u16::from_le_bytes([packet[at], packet[at + 1]])
}

/// A command in its frame.
pub fn packet(command: u8, body: &[u8]) -> Vec<u8> {
    frame(0, &[&[command], body].concat())
}

fn frame(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&[a, b, c, sequence], payload].concat()
}

/// The body of an EXECUTE: types and values as they are to lie on the wire, `None` = NULL.
pub fn execute(id: u32, flags: u8, params: &[(u8, Option<&[u8]>)]) -> Vec<u8> {
    let mut body = head(id, flags, params);
    if !params.is_empty() {
        body.push(1);
        body.extend(params.iter().flat_map(|(code, _)| [*code, 0]));
        body.extend(params.iter().filter_map(|(_, value)| *value).flatten());
    }
    body
}

/// As [`execute`], without types.
pub fn execute_again(id: u32, params: &[Option<&[u8]>]) -> Vec<u8> {
    let typed: Vec<(u8, Option<&[u8]>)> = params.iter().map(|value| (0, *value)).collect();
    let mut body = head(id, 0, &typed);
    body.push(0);
    body.extend(params.iter().filter_map(|value| *value).flatten());
    body
}

fn head(id: u32, flags: u8, params: &[(u8, Option<&[u8]>)]) -> Vec<u8> {
    let mut body = id.to_le_bytes().to_vec();
    body.push(flags);
    body.extend(1_u32.to_le_bytes());
    let mut bitmap = vec![0_u8; params.len().div_ceil(8)];
    for (index, (_, value)) in params.iter().enumerate() {
        if value.is_none() {
            bitmap[index / 8] |= 1 << (index % 8);
        }
    }
    body.extend(bitmap);
    body
}
