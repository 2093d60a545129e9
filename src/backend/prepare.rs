//! COM_STMT_PREPARE and COM_STMT_CLOSE on one connection.

use super::conn::Conn;
use super::error::ConnError;
use super::known_texts::TextKey;
use super::param_class::ParamClass;
use super::statements::PreparedId;
use super::whole_answer::{self, read_whole};
use crate::protocol::{
    Command, ErrPacket, Event, ParamType, ParamValue, PrepareOk, ProtocolError, ResponseScanner,
    StatusFlags, write_execute,
};

/// What a server says of a statement's parameters and columns, as payloads of column definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definitions {
    /// One a parameter.
    pub params: Vec<Vec<u8>>,
    /// One a column; empty without a result set.
    pub columns: Vec<Vec<u8>>,
    /// Number of warnings.
    pub warnings: u16,
}

impl Conn {
    /// The statement of a text prepared here before under the session state of this hash, without
    /// a word to the server.
    pub fn cached_prepared(&mut self, sql: &[u8], state: u64) -> Option<PreparedId> {
        self.statements.find(sql, state, &[])
    }

    /// The statement of a text under the session state that the connection carries: one prepared
    /// before, else it is prepared now.
    ///
    /// The id holds until the next call that prepares on this connection.
    ///
    /// # Errors
    /// [`ConnError::Server`] if the server refuses the text (the connection stays usable), others
    /// if it is lost.
    ///
    /// # Cancel safety
    /// A dropped call leaves a response owed: the connection can only be closed.
    pub async fn prepared(&mut self, sql: &[u8]) -> Result<PreparedId, ConnError> {
        self.prepared_for(sql, std::iter::empty()).await
    }

    /// As [`Conn::prepared`], for an execution with parameters of these types: a MySQL server
    /// keeps what it has derived from earlier ones, so that types of different classes need
    /// statements of their own.
    ///
    /// # Errors
    /// As [`Conn::prepared`].
    ///
    /// # Cancel safety
    /// As [`Conn::prepared`].
    pub async fn prepared_for(
        &mut self,
        sql: &[u8],
        types: impl Iterator<Item = ParamType>,
    ) -> Result<PreparedId, ConnError> {
        let classes = self.classes(types);
        let state = self.state.hash();
        let id = match self.statements.find(sql, state, &classes) {
            Some(id) => id,
            None => {
                let id = self.prepare_now(sql, None).await?;
                self.statements.insert(sql, state, &classes, id);
                id
            }
        };
        self.statements.keep_classes(classes);
        Ok(id)
    }

    /// As [`Conn::prepared_for`], if it was prepared before.
    pub fn prepared_before(
        &mut self,
        sql: &[u8],
        types: impl Iterator<Item = ParamType>,
    ) -> Option<PreparedId> {
        let classes = self.classes(types);
        let found = self.statements.find(sql, self.state.hash(), &classes);
        self.statements.keep_classes(classes);
        found
    }

    /// As [`Conn::prepared_for`], of a text that is made of this, if [`Conn::note_prepared`] has told of it.
    pub fn known_prepared(
        &mut self,
        key: TextKey<'_>,
        types: impl Iterator<Item = ParamType>,
    ) -> Option<PreparedId> {
        let classes = self.classes(types);
        let state = self.state.hash();
        let found = self.statements.find_known(key, state, &classes);
        self.statements.keep_classes(classes);
        found
    }

    /// The text, of which [`Conn::prepared_for`] has just answered the statement for parameters of these types, is made
    /// of this.
    pub fn note_prepared(
        &mut self,
        key: TextKey<'_>,
        sql: &[u8],
        types: impl Iterator<Item = ParamType>,
    ) {
        let classes = self.classes(types);
        let state = self.state.hash();
        self.statements.note(key, sql, state, &classes);
        self.statements.keep_classes(classes);
    }

    /// Whether a cached statement is of this text, under the session state that the connection carries.
    #[must_use]
    pub fn is_prepared_of(&self, id: PreparedId, sql: &[u8]) -> bool {
        self.statements.holds(id, sql, self.state.hash())
    }

    /// By which a statement of one text is told from another.
    fn classes(&mut self, types: impl Iterator<Item = ParamType>) -> Vec<ParamClass> {
        let mut classes = self.statements.take_classes();
        if !self.family().is_mariadb() {
            classes.extend(types.map(ParamClass::of));
        }
        classes
    }

    /// Prepares a text, known or not, and reads its definitions; the statement is cached as by
    /// [`Conn::prepared`].
    ///
    /// # Errors
    /// As [`Conn::prepared`].
    ///
    /// # Cancel safety
    /// As [`Conn::prepared`].
    pub async fn prepare_definitions(&mut self, sql: &[u8]) -> Result<Definitions, ConnError> {
        let mut definitions = Definitions::default();
        let id = self.prepare_now(sql, Some(&mut definitions)).await?;
        self.statements.insert(sql, self.state.hash(), &[], id);
        Ok(definitions)
    }

    /// Prepares a statement for a cursor, which no other execution of the same text may close; it
    /// is not cached. Until [`Conn::close_private`] the connection is not pooled.
    ///
    /// # Errors
    /// As [`Conn::prepared`].
    ///
    /// # Cancel safety
    /// As [`Conn::prepared`].
    pub async fn prepare_private(&mut self, sql: &[u8]) -> Result<PreparedId, ConnError> {
        let id = self.prepare_now(sql, None).await?;
        self.statements.add_private(id.statement_id);
        Ok(id)
    }

    /// Closes a statement of [`Conn::prepare_private`] and with it its cursor.
    ///
    /// # Errors
    /// [`ConnError::Lost`].
    pub async fn close_private(&mut self, statement_id: u32) -> Result<(), ConnError> {
        if !self.statements.remove_private(statement_id) {
            return Ok(());
        }
        if !self.statements.has_private() {
            let mut status = self.status();
            status.remove(StatusFlags::CURSOR_EXISTS);
            self.set_status(status);
        }
        self.begin_close(statement_id);
        self.flush().await
    }

    /// Appends a COM_STMT_EXECUTE to the pending bytes, as [`Conn::begin_command`] would.
    pub fn begin_execute<'a>(
        &mut self,
        statement_id: u32,
        flags: u8,
        params: impl ExactSizeIterator<Item = (ParamType, ParamValue<'a>)> + Clone,
    ) {
        self.begin_written(|out| write_execute(out, statement_id, flags, params));
    }

    /// Forgets a text that the server no longer knows, or must read anew (errors 1243 and 1615).
    pub fn forget_prepared(&mut self, sql: &[u8]) {
        self.statements.forget(sql);
    }

    /// Gives up every cached statement, where the server has room for no more (error 1461).
    pub fn evict_prepared(&mut self) {
        self.statements.evict_all();
    }

    async fn prepare_now(
        &mut self,
        sql: &[u8],
        definitions: Option<&mut Definitions>,
    ) -> Result<PreparedId, ConnError> {
        while let Some(unwanted) = self.statements.take_unwanted() {
            self.begin_close(unwanted);
        }
        self.begin_command(&[&[Command::StmtPrepare.byte()], sql]);
        self.flush().await?;
        read_prepared(self, definitions).await
    }

    fn begin_close(&mut self, statement_id: u32) {
        let close = [Command::StmtClose.byte()];
        self.begin_command(&[&close, &statement_id.to_le_bytes()]);
        // it has no answer
        self.response_done();
    }
}

/// Reads the whole answer to a prepare; the connection is usable after `ConnError::Server`.
async fn read_prepared(
    conn: &mut Conn,
    definitions: Option<&mut Definitions>,
) -> Result<PreparedId, ConnError> {
    let mut reading = Reading {
        scanner: ResponseScanner::prepare(),
        ok: PrepareOk::default(),
        seen: 0,
        definitions,
        error: None,
    };
    read_whole(conn, &mut reading).await?;
    if let Some(error) = reading.error {
        return Err(conn.server_error(&error));
    }
    Ok(PreparedId {
        statement_id: reading.ok.statement_id,
        params: reading.ok.params,
        columns: reading.ok.columns,
    })
}

struct Reading<'a> {
    scanner: ResponseScanner,
    ok: PrepareOk,
    seen: usize,
    definitions: Option<&'a mut Definitions>,
    error: Option<ErrPacket>,
}

impl whole_answer::Reading for Reading<'_> {
    fn is_done(&self) -> bool {
        self.scanner.is_done()
    }

    fn take(&mut self, payload: &[u8]) -> Result<(), ProtocolError> {
        match self.scanner.advance(payload.len(), payload)? {
            Event::Prepared(ok) => {
                self.ok = ok;
                if let Some(definitions) = &mut self.definitions {
                    definitions.warnings = ok.warnings;
                }
            }
            Event::Column => {
                if let Some(definitions) = &mut self.definitions {
                    let is_param = self.seen < usize::from(self.ok.params);
                    let kind = if is_param {
                        &mut definitions.params
                    } else {
                        &mut definitions.columns
                    };
                    kind.push(payload.to_vec());
                }
                self.seen += 1;
            }
            Event::Err(error) => self.error = Some(error),
            _ => return Err(ProtocolError::Malformed("not the answer to a prepare")),
        }
        Ok(())
    }
}
