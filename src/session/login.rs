//! The server's side of a login, from the greeting to the moment before OK.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::account::{Account, Accounts, Candidate};
use super::error::SessionError;
use super::places::LoginPlaces;
use super::proof::{Claim, Exchange, Plugin};
use super::stream::ClientStream;
use super::throttle::Throttle;
use crate::metrics::Metrics;
use crate::model::Charset;
use crate::protocol::{
    CACHING_SHA2_PASSWORD, Capabilities, ChangeUser, ErrPacket, Greeting, HandshakeResponse, Nonce,
    ProtocolError, RsaKeyPair, StatusFlags,
};

/// `utf8mb4_0900_ai_ci` for MySQL and `utf8mb4` for clients that know the number only.
const GREETING_CHARSET: u8 = 255;

/// What we offer to clients; CLIENT_SSL comes with a certificate, LOCAL_FILES where they are taken.
const OFFERED: &[Capabilities] = &[
    Capabilities::LONG_PASSWORD,
    Capabilities::FOUND_ROWS,
    Capabilities::LONG_FLAG,
    Capabilities::CONNECT_WITH_DB,
    Capabilities::ODBC,
    Capabilities::IGNORE_SPACE,
    Capabilities::PROTOCOL_41,
    Capabilities::INTERACTIVE,
    Capabilities::TRANSACTIONS,
    Capabilities::RESERVED,
    Capabilities::SECURE_CONNECTION,
    Capabilities::MULTI_STATEMENTS,
    Capabilities::MULTI_RESULTS,
    Capabilities::PS_MULTI_RESULTS,
    Capabilities::PLUGIN_AUTH,
    Capabilities::CONNECT_ATTRS,
    Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA,
    Capabilities::DEPRECATE_EOF,
];

/// Finds a logical database: its name as declared, or `None`.
pub type FindDatabase<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// What logins are checked by. Cheap to clone and to make anew for a changed configuration.
#[derive(Clone)]
pub struct LoginGate {
    /// The server version that clients are told, such as `8.4.3-shardgate`.
    pub version: String,
    /// Who may log in.
    pub accounts: Arc<Accounts>,
    /// Counts wrong passwords.
    pub throttle: Arc<Throttle>,
    /// Offers TLS.
    pub tls: Option<TlsAcceptor>,
    /// No login without TLS.
    pub requires_tls: bool,
    /// For clients without TLS where [`Accounts::need_full_path`].
    pub rsa: Option<Arc<RsaKeyPair>>,
    /// Clients may send files for LOAD DATA LOCAL.
    pub takes_files: bool,
    /// The whole login has to be done within this time.
    pub deadline: Duration,
    /// Where logins are counted.
    pub metrics: Arc<Metrics>,
}

/// A client that has proved who it is. It has not been told so: write an OK packet and flush.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account.
    pub account: Arc<Account>,
    /// What client and proxy both can.
    pub capabilities: Capabilities,
    /// The character set of the client's collation.
    pub charset: Charset,
    /// The collation's id as sent; 0 for the default.
    pub collation: u8,
    /// The logical database to start in, as declared.
    pub database: Option<String>,
    /// Connect attributes, for logs.
    pub attributes: Vec<(String, String)>,
    /// The plugin that the client used.
    pub plugin: Plugin,
}

impl LoginGate {
    /// Greets a client and lets it log in, in a place of its own once it has begun to answer. Every refusal has been
    /// told to the client when this returns; the caller closes the connection on any error.
    ///
    /// # Cancel safety
    /// None: after a drop the connection has to be closed.
    pub async fn login(
        &self,
        stream: &mut ClientStream,
        connection_id: u32,
        databases: FindDatabase<'_>,
        places: &LoginPlaces,
    ) -> Result<Login, SessionError> {
        let result = self
            .greet_and_check(stream, connection_id, databases, places)
            .await;
        self.conclude(stream, result).await
    }

    /// The deadline is for what the client is waited for, not for the line in front of the places.
    async fn greet_and_check(
        &self,
        stream: &mut ClientStream,
        connection_id: u32,
        databases: FindDatabase<'_>,
        places: &LoginPlaces,
    ) -> Result<Login, SessionError> {
        let begun = Instant::now();
        let greeted = timeout(self.deadline, self.greeted(stream, connection_id)).await;
        let nonce = greeted.map_err(|_| SessionError::LoginTimeout)??;
        let left = self.deadline.saturating_sub(begun.elapsed());
        let checked = async {
            let check = timeout(left, self.check(stream, nonce, databases));
            check.await.unwrap_or(Err(SessionError::LoginTimeout))
        };
        // the line has a bound of its own, as long again
        let within = timeout(2 * self.deadline, places.within(&self.metrics, checked));
        within.await.unwrap_or(Err(SessionError::LoginTimeout))
    }

    /// Greets, and waits for the first byte of an answer.
    async fn greeted(
        &self,
        stream: &mut ClientStream,
        connection_id: u32,
    ) -> Result<Nonce, SessionError> {
        let nonce = Nonce::random()?;
        self.greet(stream, connection_id, nonce, self.offered())
            .await?;
        stream.readable().await?;
        Ok(nonce)
    }

    /// Answers COM_CHANGE_USER, whose `arguments` follow the command byte: always with an auth
    /// switch over a fresh nonce. As for [`LoginGate::login`], OK is left to the caller, who
    /// resets the session first; on an error the caller closes the connection.
    ///
    /// # Cancel safety
    /// None: after a drop the connection has to be closed.
    pub async fn change_user(
        &self,
        stream: &mut ClientStream,
        arguments: &[u8],
        current: &Login,
        databases: FindDatabase<'_>,
    ) -> Result<Login, SessionError> {
        let result = timeout(
            self.deadline,
            self.switch_user(stream, arguments, current, databases),
        )
        .await;
        self.conclude(stream, result.unwrap_or(Err(SessionError::LoginTimeout)))
            .await
    }

    async fn check(
        &self,
        stream: &mut ClientStream,
        nonce: Nonce,
        databases: FindDatabase<'_>,
    ) -> Result<Login, SessionError> {
        let offered = self.offered();
        let mut exchange = Exchange::new(stream, self.rsa.as_deref());
        let mut payload = exchange.receive().await?;
        if HandshakeResponse::is_ssl_request(&payload, offered)
            && let Some(acceptor) = &self.tls
        {
            exchange.stream.upgrade(acceptor).await?;
            payload = exchange.receive().await?;
        }
        let response = HandshakeResponse::parse(&payload, offered)?;
        if self.requires_tls && !exchange.stream.is_tls() {
            return Err(insecure());
        }
        let applicant = Applicant {
            user: response.user,
            database: response.database,
            collation: response.charset,
            attributes: response.attributes,
            capabilities: response.capabilities,
        };
        let proof = match response.plugin.as_deref() {
            Some(CACHING_SHA2_PASSWORD) if !self.is_misread_by(&applicant.attributes) => {
                Proof::Given(Plugin::CachingSha2, nonce, response.auth_response)
            }
            _ if response.capabilities.contains(Capabilities::PLUGIN_AUTH) => Proof::Asked(None),
            // without plugins the reply is always the old one, over the greeting's nonce
            _ => Proof::Given(Plugin::Native, nonce, response.auth_response),
        };
        self.admit(&mut exchange, applicant, proof, databases).await
    }

    async fn switch_user(
        &self,
        stream: &mut ClientStream,
        arguments: &[u8],
        current: &Login,
        databases: FindDatabase<'_>,
    ) -> Result<Login, SessionError> {
        let change = ChangeUser::parse(arguments, current.capabilities)?;
        let collation = change
            .charset
            .map(|id| u8::try_from(id).unwrap_or(GREETING_CHARSET));
        let applicant = Applicant {
            user: change.user,
            database: change.database,
            collation: collation.unwrap_or(current.collation),
            attributes: change.attributes,
            capabilities: current.capabilities,
        };
        let mut exchange = Exchange::new(stream, self.rsa.as_deref());
        self.admit(
            &mut exchange,
            applicant,
            Proof::Asked(Some(current.plugin)),
            databases,
        )
        .await
    }

    /// Whether the client would stumble over a caching_sha2 exchange that succeeds. MySQL Connector/J takes MariaDB's
    /// 5.5.5 at its word, and with it expects the data of older servers, without a header: the native exchange has none.
    fn is_misread_by(&self, attributes: &[(String, String)]) -> bool {
        let client = ("_client_name".to_owned(), "MySQL Connector/J".to_owned());
        self.version.starts_with("5.5.5-") && attributes.contains(&client)
    }

    fn offered(&self) -> Capabilities {
        let mut offered = Capabilities::NONE;
        if self.tls.is_some() {
            offered.insert(Capabilities::SSL);
        }
        if self.takes_files {
            offered.insert(Capabilities::LOCAL_FILES);
        }
        OFFERED.iter().fold(offered, |all, &flag| all | flag)
    }

    async fn greet(
        &self,
        stream: &mut ClientStream,
        connection_id: u32,
        nonce: Nonce,
        capabilities: Capabilities,
    ) -> Result<(), SessionError> {
        let greeting = Greeting {
            version: self.version.clone(),
            connection_id,
            nonce,
            capabilities,
            charset: GREETING_CHARSET,
            status: StatusFlags::AUTOCOMMIT,
            plugin: CACHING_SHA2_PASSWORD.to_owned(),
        };
        let mut payload = Vec::new();
        greeting.write(&mut payload);
        stream.write_payload(&payload);
        Ok(stream.flush().await?)
    }

    /// Everything behind the client's first words, alike for known and unknown users.
    async fn admit(
        &self,
        exchange: &mut Exchange<'_>,
        applicant: Applicant,
        proof: Proof,
        databases: FindDatabase<'_>,
    ) -> Result<Login, SessionError> {
        let address = exchange.stream.peer().ip().to_canonical();
        let user = applicant.user.as_str();
        let throttled = || {
            let text = format!(
                "Access denied for user '{user}'@'{address}' (too many failed logins, try again in a minute)"
            );
            Err(refused(1045, text))
        };
        if !self.throttle.allows(address, user, Instant::now()) {
            return throttled();
        }
        let candidate = self
            .accounts
            .candidate(user, address, exchange.stream.is_tls());
        let claim = proof.claim(exchange, &candidate).await?;
        let is_proven = exchange.check(&claim, candidate.secret()).await?;
        // many tries side by side must not be told more than as many one after the other
        if !self.throttle.allows(address, user, Instant::now()) {
            return throttled();
        }
        let denied = || {
            let password = if claim.has_password() { "YES" } else { "NO" };
            refused(
                1045,
                format!("Access denied for user '{user}'@'{address}' (using password: {password})"),
            )
        };
        let account = match candidate {
            Candidate::Known(account) if is_proven => account,
            _ => {
                self.throttle.failed(address, user, Instant::now());
                return Err(denied());
            }
        };
        self.throttle.succeeded(address, user);
        let database = open_database(&applicant, &account, &address.to_string(), databases)?;
        let charset = Charset::from_collation(applicant.collation).ok_or_else(|| {
            refused(
                1115,
                format!("Unknown character set: '{}'", applicant.collation),
            )
        })?;
        Ok(Login {
            account,
            capabilities: applicant.capabilities,
            charset,
            collation: applicant.collation,
            database,
            attributes: applicant.attributes,
            plugin: claim.plugin,
        })
    }

    /// Counts the outcome, and tells the client of an error.
    async fn conclude(
        &self,
        stream: &mut ClientStream,
        result: Result<Login, SessionError>,
    ) -> Result<Login, SessionError> {
        let error = match result {
            Ok(login) => {
                self.metrics.logins.inc();
                return Ok(login);
            }
            Err(error) => error,
        };
        match &error {
            SessionError::Refused { .. } => self.metrics.failed_logins.inc(),
            SessionError::Protocol(_) | SessionError::OutOfOrder { .. } => {
                self.metrics.malformed_packets.inc()
            }
            _ => 0,
        };
        if let Some(err) = told(&error) {
            stream.write_err(&err);
            // a client that does not read is not waited for
            let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
        }
        Err(error)
    }
}

/// Who wants to log in, and how.
#[derive(Debug)]
struct Applicant {
    user: String,
    database: Option<String>,
    collation: u8,
    attributes: Vec<(String, String)>,
    capabilities: Capabilities,
}

/// Where the proof of the password comes from.
#[derive(Debug)]
enum Proof {
    /// It came with the login.
    Given(Plugin, Nonce, Vec<u8>),
    /// It is asked for by an auth switch; with the plugin that the client is known to have.
    Asked(Option<Plugin>),
}

impl Proof {
    async fn claim(
        self,
        exchange: &mut Exchange<'_>,
        candidate: &Candidate,
    ) -> Result<Claim, SessionError> {
        match self {
            Self::Given(plugin, nonce, response) => Ok(Claim {
                plugin,
                nonce,
                response,
            }),
            Self::Asked(Some(Plugin::CachingSha2)) => exchange.switch(Plugin::CachingSha2).await,
            Self::Asked(_) => exchange.switch(candidate.secret().switch_plugin()).await,
        }
    }
}

fn open_database(
    applicant: &Applicant,
    account: &Account,
    address: &str,
    databases: FindDatabase<'_>,
) -> Result<Option<String>, SessionError> {
    let Some(name) = &applicant.database else {
        return Ok(None);
    };
    let is_everyones = name.eq_ignore_ascii_case("information_schema");
    if !is_everyones && !account.rights.may_use(name) {
        let user = &applicant.user;
        let text = format!("Access denied for user '{user}'@'{address}' to database '{name}'");
        return Err(refused(1044, text));
    }
    databases(name)
        .map(Some)
        .ok_or_else(|| refused(1049, format!("Unknown database '{name}'")))
}

fn insecure() -> SessionError {
    let text =
        "Connections using insecure transport are prohibited while --require_secure_transport=ON.";
    refused(3159, text.to_owned())
}

fn refused(code: u16, message: String) -> SessionError {
    SessionError::Refused { code, message }
}

/// The ERR packet that a client gets for an error, if it is to get one.
fn told(error: &SessionError) -> Option<ErrPacket> {
    let err = match error {
        SessionError::Refused { code, message } => {
            ErrPacket::new(*code, sqlstate(*code), message.as_str())
        }
        SessionError::OutOfOrder { .. } => {
            ErrPacket::new(1156, "08S01", "Got packets out of order")
        }
        SessionError::Protocol(ProtocolError::NoProtocol41) => ErrPacket::new(
            1251,
            "08004",
            "Client does not support authentication protocol requested by server; consider upgrading MySQL client",
        ),
        SessionError::Protocol(_) | SessionError::CommandTooLong { .. } => {
            ErrPacket::new(1043, "08S01", "Bad handshake")
        }
        _ => return None,
    };
    Some(err)
}

fn sqlstate(code: u16) -> &'static str {
    match code {
        1045 => "28000",
        1044 | 1049 | 1115 => "42000",
        _ => "HY000",
    }
}
