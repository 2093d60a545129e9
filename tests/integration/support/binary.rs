//! A client of the binary protocol that chooses each parameter's wire type and whether the types are sent at all: no
//! driver lets a test choose.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::answer::{Fault, Refusal};

/// PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, CONNECT_WITH_DB, PLUGIN_AUTH
const CAPABILITIES: u32 = 0x0000_0200 | 0x0000_2000 | 0x0000_8000 | 0x0000_0008 | 0x0008_0000;
const DEPRECATE_EOF: u32 = 0x0100_0000;
/// Longer than any lock wait; a server that never answers must not hang the tests.
const PATIENCE: Duration = Duration::from_secs(120);

const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const SEND_LONG_DATA: u8 = 0x18;
const CLOSE: u8 = 0x19;
const RESET: u8 = 0x1A;

/// A parameter as it goes over the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    Null,
    Long(i32),
    LongLong(i64),
    Double(f64),
    VarString(String),
    /// VAR_STRING, sent ahead by SEND_LONG_DATA in two pieces.
    LongData(String),
}

impl Param {
    /// Type code and flag of EXECUTE.
    fn wire_type(&self) -> [u8; 2] {
        match self {
            Param::Null => [6, 0],
            Param::Long(_) => [3, 0],
            Param::LongLong(_) => [8, 0],
            Param::Double(_) => [5, 0],
            Param::VarString(_) | Param::LongData(_) => [253, 0],
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Param::Null | Param::LongData(_) => {}
            Param::Long(n) => out.extend(n.to_le_bytes()),
            Param::LongLong(n) => out.extend(n.to_le_bytes()),
            Param::Double(n) => out.extend(n.to_le_bytes()),
            Param::VarString(text) => {
                out.push(u8::try_from(text.len()).unwrap());
                out.extend(text.bytes());
            }
        }
    }
}

/// A statement of this connection.
#[derive(Debug, Clone)]
pub struct Prepared {
    id: u32,
    pub params: u16,
    /// Types of the last EXECUTE: what the server remembers.
    types: Vec<[u8; 2]>,
}

/// An answer; every value as text, whatever its type.
#[derive(Debug, PartialEq, Eq)]
pub struct BinaryAnswer {
    pub affected: u64,
    pub rows: Vec<Vec<String>>,
}

/// A connection that is not pooled, cached or repaired by anybody.
pub struct Binary {
    stream: TcpStream,
    capabilities: u32,
    id: u32,
}

impl Binary {
    /// Logs in as the user with the empty password, whose proof is empty too.
    pub fn connect(port: u16, database: &str, deprecates_eof: bool) -> Result<Binary, Fault> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let eof = if deprecates_eof { DEPRECATE_EOF } else { 0 };
        let mut binary = Binary {
            stream,
            capabilities: CAPABILITIES | eof,
            id: 0,
        };
        let greeting = binary.receive()?;
        let version = greeting.iter().position(|byte| *byte == 0).unwrap();
        binary.id = u32::from_le_bytes(greeting[version + 1..version + 5].try_into().unwrap());
        let mut login = binary.capabilities.to_le_bytes().to_vec();
        login.extend([0, 0, 0, 1, 45]);
        login.extend([0; 23]);
        login.extend(format!("empty\0\0{database}\0caching_sha2_password\0").bytes());
        binary.send(1, &login)?;
        let mut answer = binary.receive()?;
        if answer[0] == 0xFE {
            // another plugin is asked for: its proof of no password is empty too
            binary.send(3, &[])?;
            answer = binary.receive()?;
        }
        refused(&answer)?;
        Ok(binary)
    }

    /// The connection id of the handshake.
    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn prepare(&mut self, sql: &str) -> Result<Prepared, Fault> {
        self.command(PREPARE, sql.as_bytes())?;
        let head = self.receive()?;
        refused(&head)?;
        let id = u32::from_le_bytes(head[1..5].try_into().unwrap());
        let columns = u16::from_le_bytes(head[5..7].try_into().unwrap());
        let params = u16::from_le_bytes(head[7..9].try_into().unwrap());
        self.skip_definitions(params.into())?;
        self.skip_definitions(columns.into())?;
        Ok(Prepared {
            id,
            params,
            types: Vec::new(),
        })
    }

    /// Sends the types only if they are others than last time, as drivers may.
    pub fn execute(
        &mut self,
        prepared: &mut Prepared,
        params: &[Param],
    ) -> Result<BinaryAnswer, Fault> {
        for (n, param) in params.iter().enumerate() {
            if let Param::LongData(text) = param {
                self.send_long_data(prepared.id, n, text)?;
            }
        }
        let mut body = prepared.id.to_le_bytes().to_vec();
        body.extend([0, 1, 0, 0, 0]);
        if !params.is_empty() {
            let mut nulls = vec![0_u8; params.len().div_ceil(8)];
            for (n, _) in params
                .iter()
                .enumerate()
                .filter(|(_, param)| **param == Param::Null)
            {
                nulls[n / 8] |= 1 << (n % 8);
            }
            body.extend(nulls);
            let types: Vec<_> = params.iter().map(Param::wire_type).collect();
            let is_new = types != prepared.types;
            body.push(u8::from(is_new));
            if is_new {
                body.extend(types.concat());
                prepared.types = types;
            }
            params.iter().for_each(|param| param.write(&mut body));
        }
        self.command(EXECUTE, &body)?;
        self.read_answer()
    }

    /// Has no answer.
    pub fn close(&mut self, prepared: &Prepared) -> Result<(), Fault> {
        self.command(CLOSE, &prepared.id.to_le_bytes())
    }

    /// Forgets long data; the types stay.
    pub fn reset(&mut self, prepared: &Prepared) -> Result<(), Fault> {
        self.command(RESET, &prepared.id.to_le_bytes())?;
        refused(&self.receive()?)
    }

    fn send_long_data(&mut self, id: u32, param: usize, text: &str) -> Result<(), Fault> {
        let (first, second) = text.as_bytes().split_at(text.len() / 2);
        for piece in [first, second] {
            let mut body = id.to_le_bytes().to_vec();
            body.extend(u16::try_from(param).unwrap().to_le_bytes());
            body.extend(piece);
            self.command(SEND_LONG_DATA, &body)?;
        }
        Ok(())
    }

    fn read_answer(&mut self) -> Result<BinaryAnswer, Fault> {
        let head = self.receive()?;
        refused(&head)?;
        if head[0] == 0 {
            return Ok(BinaryAnswer {
                affected: Cursor(&head[1..]).length(),
                rows: Vec::new(),
            });
        }
        let mut types = Vec::new();
        for _ in 0..head[0] {
            types.push(column_type(&self.receive()?));
        }
        self.skip_eof()?;
        let mut rows = Vec::new();
        loop {
            let packet = self.receive()?;
            refused(&packet)?;
            if packet[0] == 0xFE {
                return Ok(BinaryAnswer { affected: 0, rows });
            }
            rows.push(row(&packet, &types));
        }
    }

    fn skip_definitions(&mut self, count: usize) -> Result<(), Fault> {
        for _ in 0..count {
            self.receive()?;
        }
        if count > 0 { self.skip_eof() } else { Ok(()) }
    }

    fn skip_eof(&mut self) -> Result<(), Fault> {
        if self.capabilities & DEPRECATE_EOF == 0 {
            let packet = self.receive()?;
            assert_eq!((packet[0], packet.len()), (0xFE, 5), "EOF expected");
        }
        Ok(())
    }

    fn command(&mut self, command: u8, body: &[u8]) -> Result<(), Fault> {
        self.send(0, &[&[command], body].concat())
    }

    fn send(&mut self, sequence: u8, payload: &[u8]) -> Result<(), Fault> {
        let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
        self.stream
            .write_all(&[&[a, b, c, sequence], payload].concat())?;
        Ok(())
    }

    fn receive(&mut self) -> Result<Vec<u8>, Fault> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header)?;
        let len = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        let mut payload = vec![0; usize::try_from(len).unwrap()];
        self.stream.read_exact(&mut payload)?;
        Ok(payload)
    }
}

fn refused(packet: &[u8]) -> Result<(), Fault> {
    if packet[0] != 0xFF {
        return Ok(());
    }
    Err(Fault::Refused(Refusal {
        code: u16::from_le_bytes([packet[1], packet[2]]),
        state: String::from_utf8_lossy(&packet[4..9]).into_owned(),
        message: String::from_utf8_lossy(&packet[9..]).into_owned(),
    }))
}

/// Type code and whether it is unsigned, of a column definition.
fn column_type(definition: &[u8]) -> (u8, bool) {
    let mut cursor = Cursor(definition);
    for _ in 0..6 {
        cursor.bytes();
    }
    // length of the fixed part, character set, display length
    let fixed = cursor.take(13);
    (fixed[7], fixed[8] & 0x20 != 0)
}

fn row(packet: &[u8], types: &[(u8, bool)]) -> Vec<String> {
    let bitmap = (types.len() + 9) / 8;
    let nulls = &packet[1..=bitmap];
    let mut cursor = Cursor(&packet[1 + bitmap..]);
    types
        .iter()
        .enumerate()
        .map(|(n, (code, is_unsigned))| {
            let bit = n + 2;
            if nulls[bit / 8] & 1 << (bit % 8) != 0 {
                return "NULL".to_owned();
            }
            cursor.value(*code, *is_unsigned)
        })
        .collect()
}

/// What is left of a packet; it panics at a packet that is too short, as a test may.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken
    }

    fn number<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().unwrap()
    }

    /// A length-encoded integer.
    fn length(&mut self) -> u64 {
        match self.take(1)[0] {
            0xFC => u16::from_le_bytes(self.number()).into(),
            0xFD => {
                let [a, b, c] = self.number();
                u32::from_le_bytes([a, b, c, 0]).into()
            }
            0xFE => u64::from_le_bytes(self.number()),
            small => small.into(),
        }
    }

    fn bytes(&mut self) -> &'a [u8] {
        let len = self.length();
        self.take(len.try_into().unwrap())
    }

    fn value(&mut self, code: u8, is_unsigned: bool) -> String {
        match code {
            1 => i8::from_le_bytes(self.number()).to_string(),
            2 => i16::from_le_bytes(self.number()).to_string(),
            3 | 9 if is_unsigned => u32::from_le_bytes(self.number()).to_string(),
            3 | 9 => i32::from_le_bytes(self.number()).to_string(),
            4 => f32::from_le_bytes(self.number()).to_string(),
            5 => f64::from_le_bytes(self.number()).to_string(),
            8 if is_unsigned => u64::from_le_bytes(self.number()).to_string(),
            8 => i64::from_le_bytes(self.number()).to_string(),
            _ => String::from_utf8_lossy(self.bytes()).into_owned(),
        }
    }
}
