//! A client as small as the tour needs: text protocol, one statement at a time.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::lab::Account;
use crate::protocol::{
    AuthSwitchRequest, CACHING_SHA2_PASSWORD, Capabilities, ColumnDefinition, ErrPacket, Event,
    Greeting, HandshakeResponse, MYSQL_NATIVE_PASSWORD, OkPacket, PacketHeader, ProtocolError,
    Reader, ResponseScanner, scramble_caching_sha2, scramble_native, write_packet,
};

use super::error::DemoError;

/// No statement of the tour takes so long; a proxy that hangs must not hang the tour.
const PATIENCE: Duration = Duration::from_secs(60);
const QUERY: u8 = 0x03;
const UTF8MB4: u8 = 45;

/// A connection to the proxy.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    capabilities: Capabilities,
}

/// An answer: rows of text, or what the OK packet said.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) columns: Vec<String>,
    /// NULL is `NULL`.
    pub(super) rows: Vec<Vec<String>>,
    pub(super) affected_rows: u64,
    pub(super) last_insert_id: u64,
}

impl Answer {
    /// A value by position, empty if there is none.
    pub(super) fn value(&self, row: usize, column: usize) -> &str {
        self.rows
            .get(row)
            .and_then(|row| row.get(column))
            .map_or("", String::as_str)
    }

    /// A number by position, 0 if there is none.
    pub(super) fn number(&self, row: usize, column: usize) -> i64 {
        self.value(row, column).parse().unwrap_or(0)
    }
}

impl Client {
    /// Logs in on 127.0.0.1.
    pub(super) fn connect(
        port: u16,
        account: &Account,
        database: &str,
    ) -> Result<Client, DemoError> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut client = Client {
            stream: BufReader::new(stream),
            capabilities: Capabilities::NONE,
        };
        client.login(account, database)?;
        Ok(client)
    }

    /// Runs one statement that must succeed.
    pub(super) fn run(&mut self, sql: &str) -> Result<Answer, DemoError> {
        self.ask(sql)?.map_err(|packet| DemoError::Statement {
            sql: sql.to_owned(),
            packet,
        })
    }

    /// Runs one statement that may be refused.
    pub(super) fn ask(&mut self, sql: &str) -> Result<Result<Answer, ErrPacket>, DemoError> {
        let mut command = vec![QUERY];
        command.extend_from_slice(sql.as_bytes());
        self.send(0, &command)?;
        self.answer()
    }

    fn login(&mut self, account: &Account, database: &str) -> Result<(), DemoError> {
        let (_, payload) = self.receive()?;
        let greeting = Greeting::parse(&payload)?;
        self.capabilities = wanted().intersection(greeting.capabilities);
        let response = HandshakeResponse {
            capabilities: self.capabilities,
            charset: UTF8MB4,
            user: account.user.clone(),
            auth_response: scramble_caching_sha2(account.password.as_bytes(), &greeting.nonce),
            database: Some(database.to_owned()),
            plugin: Some(CACHING_SHA2_PASSWORD.to_owned()),
            ..HandshakeResponse::default()
        };
        let mut payload = Vec::new();
        response.write(&mut payload);
        self.send(1, &payload)?;
        self.finish_login(account)
    }

    fn finish_login(&mut self, account: &Account) -> Result<(), DemoError> {
        loop {
            let (sequence, payload) = self.receive()?;
            match payload.first() {
                Some(0x00) => return Ok(()),
                // "fast path succeeded", the OK follows
                Some(0x01) => {}
                Some(0xFE) => {
                    let switch = AuthSwitchRequest::parse(&payload)?;
                    let nonce = crate::protocol::Nonce::from_slice(&switch.data)?;
                    let proof = match switch.plugin.as_str() {
                        MYSQL_NATIVE_PASSWORD => {
                            scramble_native(account.password.as_bytes(), &nonce)
                        }
                        _ => scramble_caching_sha2(account.password.as_bytes(), &nonce),
                    };
                    self.send(sequence.wrapping_add(1), &proof)?;
                }
                _ => {
                    let packet = ErrPacket::parse(&payload)?;
                    return Err(DemoError::Statement {
                        sql: "login".to_owned(),
                        packet,
                    });
                }
            }
        }
    }

    fn answer(&mut self) -> Result<Result<Answer, ErrPacket>, DemoError> {
        let mut scanner = ResponseScanner::new();
        let mut answer = Answer::default();
        while !scanner.is_done() {
            let (_, payload) = self.receive()?;
            match scanner.advance(payload.len(), &payload)? {
                Event::Ok(ok) | Event::End(ok) => answer.note(&ok),
                Event::Err(packet) => return Ok(Err(packet)),
                Event::Column => {
                    let column = ColumnDefinition::parse(&payload)?;
                    answer
                        .columns
                        .push(String::from_utf8_lossy(&column.name).into_owned());
                }
                Event::Row => answer.rows.push(row(&payload)?),
                _ => {}
            }
        }
        Ok(Ok(answer))
    }

    fn send(&mut self, mut sequence: u8, payload: &[u8]) -> Result<(), DemoError> {
        let mut bytes = Vec::with_capacity(payload.len() + 4);
        write_packet(&mut bytes, &mut sequence, payload);
        self.stream.get_mut().write_all(&bytes)?;
        Ok(())
    }

    fn receive(&mut self) -> Result<(u8, Vec<u8>), DemoError> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header)?;
        let header = PacketHeader::parse(header);
        let mut payload = vec![0; header.payload_len];
        self.stream.read_exact(&mut payload)?;
        Ok((header.sequence, payload))
    }
}

impl Answer {
    fn note(&mut self, ok: &OkPacket) {
        self.affected_rows = ok.affected_rows;
        self.last_insert_id = ok.last_insert_id;
    }
}

fn wanted() -> Capabilities {
    [
        Capabilities::PROTOCOL_41,
        Capabilities::LONG_PASSWORD,
        Capabilities::LONG_FLAG,
        Capabilities::CONNECT_WITH_DB,
        Capabilities::TRANSACTIONS,
        Capabilities::SECURE_CONNECTION,
        Capabilities::PLUGIN_AUTH,
        Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA,
        Capabilities::MULTI_RESULTS,
        Capabilities::DEPRECATE_EOF,
    ]
    .into_iter()
    .fold(Capabilities::NONE, Capabilities::union)
}

fn row(payload: &[u8]) -> Result<Vec<String>, ProtocolError> {
    let mut reader = Reader::new(payload);
    let mut row = Vec::new();
    while !reader.is_empty() {
        let value = reader.text_value()?;
        row.push(value.map_or_else(
            || "NULL".to_owned(),
            |bytes| String::from_utf8_lossy(bytes).into_owned(),
        ));
    }
    Ok(row)
}
