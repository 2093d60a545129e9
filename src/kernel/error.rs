//! The one place that turns an error into code, SQLSTATE and message; none names a backend's address.

use std::io;

use crate::backend::{AcquireError, ConnError, NoWriter};
use crate::execute::ExecuteError;
use crate::metrics::Outcome;
use crate::protocol::ErrPacket;
use crate::route::{Refusal, RefusalCode};
use crate::sql::LexError;

/// The statement was killed.
pub(super) const INTERRUPTED: u16 = 1317;

/// What a killed statement is answered.
pub(super) fn interrupted() -> ErrPacket {
    ErrPacket::new(INTERRUPTED, "70100", "Query execution was interrupted")
}

/// Why a statement was not answered as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The client gets this error and goes on.
    Answer {
        packet: ErrPacket,
        outcome: Outcome,
        /// SHOW WARNINGS has rows already that tell more than the error.
        keeps_warnings: bool,
    },
    /// The client is gone, or can only be cut off.
    Gone(io::Error),
}

impl Failure {
    pub(super) fn new(code: u16, sqlstate: &str, message: impl Into<Vec<u8>>) -> Self {
        Self::Answer {
            packet: ErrPacket::new(code, sqlstate, message),
            outcome: Outcome::Refused,
            keeps_warnings: false,
        }
    }

    /// What the proxy cannot do, in MySQL's words (1235).
    pub(super) fn unsupported(message: &str) -> Self {
        Self::new(
            1235,
            "42000",
            format!("This version of shardgate doesn't yet support '{message}'"),
        )
    }

    /// KILL, or KILL QUERY, ended the statement.
    pub(super) fn interrupted() -> Self {
        Self::Answer {
            packet: interrupted(),
            outcome: Outcome::Killed,
            keeps_warnings: false,
        }
    }

    /// A refusal after which SHOW WARNINGS tells more.
    pub(super) fn keeping_warnings(refusal: Refusal) -> Self {
        let (code, sqlstate) = refusal.code.number();
        let packet = ErrPacket::new(code, sqlstate, refusal.message);
        Self::Answer {
            packet,
            outcome: Outcome::BackendError,
            keeps_warnings: true,
        }
    }

    /// The connection that a transaction was open on is lost (contract 7.3).
    pub(super) fn transaction_lost() -> Self {
        let message = "the connection to a data source was lost: the transaction is rolled back, repeat it from its beginning";
        Self::unavailable(RefusalCode::SourceDown, message)
    }

    /// The group's writes go elsewhere now than where the transaction is open.
    pub(super) fn failed_over() -> Self {
        let message = "the data source is being failed over: the transaction is rolled back, repeat it from its beginning";
        Self::unavailable(RefusalCode::SourceDown, message)
    }

    /// A data source did not do its part.
    pub(super) fn unavailable(code: RefusalCode, message: impl Into<Vec<u8>>) -> Self {
        let (code, sqlstate) = code.number();
        Self::Answer {
            packet: ErrPacket::new(code, sqlstate, message),
            outcome: Outcome::Unavailable,
            keeps_warnings: false,
        }
    }

    /// An error that a backend answered, passed on.
    pub(super) fn backend(packet: ErrPacket) -> Self {
        Self::Answer {
            packet,
            outcome: Outcome::BackendError,
            keeps_warnings: false,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (code, sqlstate) = refusal.code.number();
        Self::new(code, sqlstate, refusal.message)
    }
}

impl From<LexError> for Failure {
    fn from(error: LexError) -> Self {
        Self::new(
            1064,
            "42000",
            format!("You have an error in your SQL syntax; {error}"),
        )
    }
}

impl From<AcquireError> for Failure {
    fn from(error: AcquireError) -> Self {
        let code = if error.is_busy() {
            RefusalCode::PoolTimeout
        } else {
            RefusalCode::SourceDown
        };
        tracing::warn!(error = %error, "no backend connection");
        let (number, sqlstate) = code.number();
        Self::Answer {
            packet: ErrPacket::new(
                number,
                sqlstate,
                unavailable(&error, error.is_misconfigured()),
            ),
            outcome: Outcome::Unavailable,
            keeps_warnings: false,
        }
    }
}

impl From<ConnError> for Failure {
    fn from(error: ConnError) -> Self {
        if let ConnError::Server {
            code,
            sqlstate,
            message,
            ..
        } = &error
        {
            return Self::backend(ErrPacket::new(*code, sqlstate, message.as_bytes()));
        }
        tracing::warn!(error = %error, "a backend connection failed");
        let (code, sqlstate) = RefusalCode::SourceDown.number();
        Self::Answer {
            packet: ErrPacket::new(
                code,
                sqlstate,
                unavailable(&error, error.is_misconfigured()),
            ),
            outcome: Outcome::Unavailable,
            keeps_warnings: false,
        }
    }
}

impl From<NoWriter> for Failure {
    fn from(error: NoWriter) -> Self {
        let code = match error {
            NoWriter::TwoWriters { .. } => RefusalCode::TwoWriters,
            NoWriter::Missing { .. } => RefusalCode::SourceDown,
        };
        Self::unavailable(code, error.to_string())
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Acquire(error) => error.into(),
            ExecuteError::Replay(error) => not_carried(error),
            ExecuteError::NoWriter(error) => error.into(),
            error @ ExecuteError::NoReplica { .. } => {
                Self::unavailable(RefusalCode::SourceDown, format!("{error}; try again"))
            }
            ExecuteError::TransactionLost(error) => {
                tracing::warn!(error = %error, "a transaction is rolled back");
                Self::transaction_lost()
            }
        }
    }
}

/// What the client can do: come again, unless the configuration has to be mended first.
fn unavailable(error: &dyn std::error::Error, is_misconfigured: bool) -> String {
    if is_misconfigured {
        format!(
            "{error}; trying again does not help: the server does not take the url, username and password \
             of this data source in its logical database's file, mend them there and reload, or the account at the server"
        )
    } else {
        format!("{error}; try again")
    }
}

/// A server does not take what the session has set on another one: refused, never run under other values.
fn not_carried(error: ConnError) -> Failure {
    match error {
        ConnError::Server {
            code,
            sqlstate,
            message,
            ..
        } => {
            let message =
                format!("the session's variables cannot be carried to another server: {message}");
            Failure::backend(ErrPacket::new(code, &sqlstate, message))
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_login_at_a_server_says_where_to_mend_it_and_not_to_try_again() {
        let told = |code| {
            let refused = ConnError::LoginRefused {
                source_name: "ds_0".into(),
                code,
                message: "Access denied for user 'app'@'10.1.2.3'".to_owned(),
            };
            match Failure::from(AcquireError::Connect(refused)) {
                Failure::Answer { packet, .. } => (packet.code, packet.text().into_owned()),
                Failure::Gone(error) => panic!("{error}"),
            }
        };
        let (code, text) = told(1045);
        assert_eq!(code, 29011);
        assert!(
            text.contains("ds_0 refused the login with error 1045"),
            "{text}"
        );
        assert!(
            text.contains("username and password") && !text.ends_with("try again"),
            "{text}"
        );
        assert!(!text.contains("10.1.2.3"), "{text}");
        assert!(told(1040).1.ends_with("try again"));
    }
}
