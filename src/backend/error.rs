//! What can go wrong on the way to a data source; no message holds an address or a credential.

use std::sync::Arc;

/// A connection could not be made or used.
///
/// `source_name` is the data source's name as the configuration spells it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConnError {
    /// No TCP connection: refused, unreachable, name not resolved.
    #[error("data source {source_name} cannot be reached: {reason}")]
    Unreachable {
        /// The data source.
        source_name: Arc<str>,
        /// The operating system's word for it, such as `connection refused`.
        reason: String,
    },
    /// The deadline for connecting and logging in passed; a server that never greets ends here.
    #[error("data source {source_name} did not finish the login within {timeout_ms} ms")]
    ConnectTimeout {
        /// The data source.
        source_name: Arc<str>,
        /// The deadline that passed.
        timeout_ms: u64,
    },
    /// The server answered the connection or the login with an error, such as 1040, 1129 or 1045.
    ///
    /// `message` may name users and hosts: for the log of an operator, never for a client.
    #[error("data source {source_name} refused the login with error {code}")]
    LoginRefused {
        /// The data source.
        source_name: Arc<str>,
        /// The server's error code.
        code: u16,
        /// The server's text.
        message: String,
    },
    /// The server asks for an authentication plugin that is not spoken here.
    #[error(
        "data source {source_name} asks for the authentication plugin {plugin:?}: give its account caching_sha2_password or mysql_native_password"
    )]
    UnsupportedPlugin {
        /// The data source.
        source_name: Arc<str>,
        /// The plugin's name as the server wrote it.
        plugin: String,
    },
    /// TLS is required or was begun, and failed.
    #[error("data source {source_name}: TLS failed: {reason}")]
    Tls {
        /// The data source.
        source_name: Arc<str>,
        /// What failed.
        reason: String,
    },
    /// A command was answered with ERR; the connection stays usable.
    #[error("data source {source_name} answered error {code} ({sqlstate}): {message}")]
    Server {
        /// The data source.
        source_name: Arc<str>,
        /// The server's error code.
        code: u16,
        /// Five characters.
        sqlstate: String,
        /// The server's text; may hold actual names.
        message: String,
    },
    /// The connection ended or broke.
    #[error("connection to data source {source_name} was lost ({})", if *.sent { "its statement may have been executed" } else { "nothing of its statement was sent" })]
    Lost {
        /// The data source.
        source_name: Arc<str>,
        /// Whether any byte of the current command may have reached the server.
        sent: bool,
    },
    /// The server broke the protocol.
    #[error("data source {source_name} broke the protocol: {reason}")]
    Protocol {
        /// The data source.
        source_name: Arc<str>,
        /// What was expected.
        reason: String,
    },
    /// More unread bytes than a connection may hold.
    #[error("data source {source_name}: an answer of more than {limit} bytes cannot be held")]
    TooMuchData {
        /// The data source.
        source_name: Arc<str>,
        /// The bound in bytes.
        limit: usize,
    },
}

impl ConnError {
    /// Whether the connection cannot be used any more.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::Server { .. })
    }

    /// Whether waiting does not help: the server is up and does not take the account, its password or its schema as
    /// the configuration has them (ER_DBACCESS_DENIED, ER_ACCESS_DENIED, ER_BAD_DB, ER_HOST_NOT_PRIVILEGED,
    /// ER_PLUGIN_IS_NOT_LOADED, ER_ACCESS_DENIED_NO_PASSWORD, ER_MUST_CHANGE_PASSWORD_LOGIN, ER_ACCOUNT_HAS_BEEN_LOCKED).
    #[must_use]
    pub fn is_misconfigured(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedPlugin { .. }
                | Self::LoginRefused {
                    code: 1044 | 1045 | 1049 | 1130 | 1524 | 1698 | 1862 | 3118 | 4151,
                    ..
                }
        )
    }

    /// Whether the server is up and merely has no room for one more connection
    /// (ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED).
    #[must_use]
    pub fn is_server_full(&self) -> bool {
        matches!(
            self,
            Self::LoginRefused {
                code: 1040 | 1203 | 1226,
                ..
            }
        )
    }
}

/// A pool gave no connection.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AcquireError {
    /// Every connection is in use and the queue is full.
    #[error("data source {source_name}: {waiting} requests already wait for a connection")]
    QueueFull {
        /// The data source.
        source_name: Arc<str>,
        /// Length of the queue.
        waiting: usize,
    },
    /// No connection became free in time.
    #[error("data source {source_name}: no connection became free within {timeout_ms} ms")]
    WaitTimeout {
        /// The data source.
        source_name: Arc<str>,
        /// The deadline that passed.
        timeout_ms: u64,
    },
    /// The last connects failed and the next trial is not due yet.
    #[error("data source {source_name} is down{}", because(last.as_deref()))]
    CircuitOpen {
        /// The data source.
        source_name: Arc<str>,
        /// What the last connect failed of.
        last: Option<Arc<ConnError>>,
    },
    /// A new connection was needed and could not be made.
    #[error(transparent)]
    Connect(#[from] ConnError),
    /// The pool is closed: the proxy stops, or a reload removed the data source.
    #[error("data source {source_name} is no longer served")]
    Closed {
        /// The data source.
        source_name: Arc<str>,
    },
}

impl AcquireError {
    /// As [`ConnError::is_misconfigured`].
    #[must_use]
    pub fn is_misconfigured(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_misconfigured(),
            Self::CircuitOpen { last, .. } => {
                last.as_ref().is_some_and(|last| last.is_misconfigured())
            }
            Self::QueueFull { .. } | Self::WaitTimeout { .. } | Self::Closed { .. } => false,
        }
    }

    /// Whether the pool was too busy (29010), rather than the data source down (29011).
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::QueueFull { .. } | Self::WaitTimeout { .. })
    }
}

fn because(last: Option<&ConnError>) -> String {
    last.map(|last| format!(": {last}")).unwrap_or_default()
}
