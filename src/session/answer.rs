//! One command and its answer.

use arc_swap::ArcSwap;

use crate::kernel::{Identity, Kernel, SessionContext};
use crate::protocol::{Capabilities, Command, EofPacket, ErrPacket, OkPacket, write_result_end};

use super::channel::Channel;
use super::error::SessionError;
use super::login::LoginGate;
use super::serve::{House, Next};

impl House {
    /// Writes the answer to one command; what goes out at once is the caller's to say.
    pub(super) async fn answer(
        &self,
        channel: &mut Channel,
        session: &mut SessionContext,
        command: &[u8],
    ) -> Result<Next, SessionError> {
        let (kernel, max_command_bytes) = (&*self.kernel, self.limits.max_command_bytes);
        let Some((&byte, body)) = command.split_first() else {
            unknown(channel);
            return Ok(Next::Read);
        };
        match Command::from_byte(byte) {
            Some(Command::Quit) => return Ok(Next::End),
            Some(Command::Query) => kernel.query(session, body, channel).await?,
            Some(Command::Ping) => ok(channel, session),
            Some(Command::InitDb) => {
                kernel.init_database(session, &String::from_utf8_lossy(body), channel)?;
            }
            Some(Command::FieldList) => Box::pin(kernel.field_list(session, body, channel)).await?,
            Some(Command::Statistics) => {
                let text = kernel.statistics();
                channel.stream.write_payload(text.as_bytes());
            }
            Some(Command::SetOption) => set_option(channel, session, body),
            Some(Command::ResetConnection) => {
                Box::pin(kernel.reset(session)).await;
                ok(channel, session);
            }
            Some(Command::ChangeUser) => {
                Box::pin(kernel.reset(session)).await;
                Box::pin(change_user(channel, session, kernel, &self.gate, body)).await?;
                ok(channel, session);
            }
            Some(Command::ProcessKill) => {
                let id = body
                    .first_chunk()
                    .map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
                kernel.kill_connection(session, id, channel)?;
            }
            Some(Command::StmtPrepare) => {
                Box::pin(kernel.prepare_statement(session, body, channel)).await?;
            }
            Some(Command::StmtExecute) => kernel.execute_statement(session, body, channel).await?,
            Some(Command::StmtFetch) => Box::pin(kernel.fetch(session, body, channel)).await?,
            Some(Command::StmtReset) => {
                Box::pin(kernel.reset_statement(session, body, channel)).await?;
            }
            // neither has an answer in the protocol
            Some(Command::StmtClose) => kernel.close_statement(session, body).await,
            Some(Command::StmtSendLongData) => {
                kernel.send_long_data(session, body, max_command_bytes);
            }
            _ => unknown(channel),
        }
        Ok(Next::Read)
    }
}

async fn change_user(
    channel: &mut Channel,
    session: &mut SessionContext,
    kernel: &Kernel,
    gate: &ArcSwap<LoginGate>,
    arguments: &[u8],
) -> Result<(), SessionError> {
    let context = kernel.context();
    let find = |name: &str| context.schema(name).map(|schema| schema.to_string());
    // the accounts of now, not those of the login
    channel.login = gate
        .load_full()
        .change_user(&mut channel.stream, arguments, &channel.login, &find)
        .await?;
    let host = channel.stream.peer().ip().to_string();
    let identity = Identity {
        user: &channel.login.account.user,
        host: &host,
        port: channel.stream.peer().port(),
        tls: channel.stream.tls(),
        rights: &channel.login.account.rights,
        collation: channel.login.collation,
        database: channel.login.database.as_deref(),
        max_connections: channel.login.account.max_connections,
    };
    if let Err(err) = kernel.become_user(session, &identity) {
        channel.stream.write_err(&err);
        channel.stream.shutdown().await?;
        let (code, message) = (err.code, err.text().into_owned());
        return Err(SessionError::Refused { code, message });
    }
    Ok(())
}

fn ok(channel: &mut Channel, session: &SessionContext) {
    channel.stream.write_ok(&OkPacket {
        status: session.status(),
        ..OkPacket::default()
    });
}

fn unknown(channel: &mut Channel) {
    channel
        .stream
        .write_err(&ErrPacket::new(1047, "08S01", "Unknown command"));
}

/// COM_SET_OPTION: 0 turns multi-statements on, 1 off; answered by an EOF packet.
fn set_option(channel: &mut Channel, session: &mut SessionContext, body: &[u8]) {
    match body.first_chunk().map(|bytes| u16::from_le_bytes(*bytes)) {
        Some(0) => session.capabilities.insert(Capabilities::MULTI_STATEMENTS),
        Some(1) => session.capabilities.remove(Capabilities::MULTI_STATEMENTS),
        _ => return unknown(channel),
    }
    channel.capabilities = session.capabilities;
    let status = session.status();
    let capabilities = session.capabilities;
    let (out, sequence) = channel.stream.out_and_sequence();
    write_result_end(
        out,
        sequence,
        capabilities,
        EofPacket {
            warnings: 0,
            status,
        },
    );
}
