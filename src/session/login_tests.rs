//! Logins of all kinds over loopback sockets, by a client of our own and by the `mysql` crate.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{
    Account, Accounts, ClientStream, HostPattern, Login, LoginGate, Plugin, Secret, SessionError,
    Throttle,
};
use crate::metrics::Metrics;
use crate::model::Rights;
use crate::protocol::{
    AuthSwitchRequest, CACHING_SHA2_PASSWORD, CachingSha2Hash, Capabilities, Command, CryptHash,
    ErrPacket, Greeting, HandshakeResponse, MYSQL_NATIVE_PASSWORD, NativeHash, Nonce, OkPacket,
    PublicKey, RsaKeyPair, StatusFlags, scramble_caching_sha2, scramble_native, write_packet,
};

const CERTIFICATE: &[u8] = include_bytes!("../../tests/tls/localhost.crt");
const KEY: &[u8] = include_bytes!("../../tests/tls/localhost.key");
/// Of the password `geheim`, as MySQL 9.7 stored it.
const CRYPT: &[u8] =
    b"$A$00A$\x13,\x0f;M%\x1eK)\x03\x205\x10\x08AEo,D8JkCKD/HyL77N5tZ3xnWJto70MbYDtaXOiJK7QH3WIV/";

fn account(user: &str, secret: Secret) -> Account {
    Account {
        user: user.into(),
        host: HostPattern::Any,
        secret: Arc::new(secret),
        rights: Rights {
            databases: Some(vec!["ecommerce".into(), "gone".into()]),
            ..Rights::default()
        },
        requires_tls: false,
        max_connections: None,
    }
}

fn gate() -> LoginGate {
    let native = || Some(NativeHash::from_password(b"geheim"));
    let accounts = Accounts::new(vec![
        account("app", Secret::from_password("geheim")),
        account(
            "hashed",
            Secret::from_hashes(native(), Some(CachingSha2Hash::from_password(b"geheim"))),
        ),
        account("old", Secret::from_hashes(native(), None)),
        account(
            "new",
            Secret::from_hashes(None, Some(CachingSha2Hash::from_password(b"geheim"))),
        ),
        account(
            "salted",
            Secret::from_crypt(CryptHash::parse(CRYPT).unwrap()),
        ),
        account("open", Secret::from_password("")),
        Account {
            requires_tls: true,
            ..account("careful", Secret::from_password("geheim"))
        },
    ]);
    LoginGate {
        version: "8.4.3-shardgate".into(),
        accounts: Arc::new(accounts.unwrap()),
        throttle: Arc::new(Throttle::new(10)),
        tls: None,
        requires_tls: false,
        takes_files: false,
        rsa: Some(Arc::new(RsaKeyPair::generate().unwrap())),
        deadline: std::time::Duration::from_secs(10),
        metrics: Arc::new(Metrics::new()),
    }
}

fn acceptor() -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(KEY).unwrap());
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn databases(name: &str) -> Option<String> {
    name.eq_ignore_ascii_case("ecommerce")
        .then(|| "ecommerce".to_owned())
}

/// Serves one connection: login, then pings and changes of user until it ends. The result is the
/// last login's.
async fn serve(gate: LoginGate) -> (SocketAddr, JoinHandle<Result<Login, SessionError>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut stream = ClientStream::new(tcp).unwrap();
        let mut login = gate
            .login(
                &mut stream,
                7,
                &databases,
                &super::places::LoginPlaces::new(1),
            )
            .await?;
        let mut command = Vec::new();
        loop {
            stream.write_ok(&OkPacket {
                status: StatusFlags::AUTOCOMMIT,
                ..OkPacket::default()
            });
            stream.flush().await?;
            if !stream.read_command(&mut command, 1 << 20).await? {
                return Ok(login);
            }
            let (&first, arguments) = command.split_first().unwrap();
            match Command::from_byte(first) {
                Some(Command::Quit) => return Ok(login),
                Some(Command::ChangeUser) => {
                    login = gate
                        .change_user(&mut stream, arguments, &login, &databases)
                        .await?;
                }
                _ => {}
            }
        }
    });
    (address, task)
}

/// A client that does as it is told.
struct Client<S> {
    socket: S,
    sequence: u8,
    greeting: Greeting,
    nonce: Nonce,
    is_tls: bool,
    has_plugins: bool,
    /// Which headers the server sent.
    seen: Vec<u8>,
}

struct Attempt {
    user: &'static str,
    password: &'static str,
    plugin: Option<&'static str>,
    database: Option<&'static str>,
    /// What the client calls itself.
    client: &'static str,
}

const APP: Attempt = Attempt {
    user: "app",
    password: "geheim",
    plugin: Some(CACHING_SHA2_PASSWORD),
    database: Some("Ecommerce"),
    client: "test",
};

async fn connect(address: SocketAddr) -> Client<TcpStream> {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let payload = read_packet(&mut socket, 0).await.unwrap();
    let greeting = Greeting::parse(&payload).unwrap();
    let nonce = greeting.nonce;
    Client {
        socket,
        sequence: 1,
        greeting,
        nonce,
        is_tls: false,
        has_plugins: true,
        seen: Vec::new(),
    }
}

async fn read_packet(socket: &mut (impl AsyncRead + Unpin), sequence: u8) -> Option<Vec<u8>> {
    let mut header = [0; 4];
    socket.read_exact(&mut header).await.ok()?;
    assert_eq!(header[3], sequence);
    let mut payload =
        vec![
            0;
            usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16
        ];
    socket.read_exact(&mut payload).await.ok()?;
    Some(payload)
}

fn scramble(plugin: &str, password: &str, nonce: &Nonce) -> Vec<u8> {
    match plugin {
        CACHING_SHA2_PASSWORD => scramble_caching_sha2(password.as_bytes(), nonce),
        _ => scramble_native(password.as_bytes(), nonce),
    }
}

impl Client<TcpStream> {
    async fn over_tls(mut self) -> Client<tokio_rustls::client::TlsStream<TcpStream>> {
        let request = HandshakeResponse {
            capabilities: self.greeting.capabilities | Capabilities::SSL,
            ..HandshakeResponse::default()
        };
        let mut payload = Vec::new();
        request.write_ssl_request(&mut payload);
        self.send(&payload).await;
        let name = ServerName::try_from("localhost").unwrap();
        let socket = connector().connect(name, self.socket).await.unwrap();
        Client {
            socket,
            sequence: self.sequence,
            greeting: self.greeting,
            nonce: self.nonce,
            is_tls: true,
            has_plugins: true,
            seen: self.seen,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    async fn send(&mut self, payload: &[u8]) {
        let mut bytes = Vec::new();
        write_packet(&mut bytes, &mut self.sequence, payload);
        // a server that has seen enough may have closed
        let _ = self.socket.write_all(&bytes).await;
        let _ = self.socket.flush().await;
    }

    async fn receive(&mut self) -> Option<Vec<u8>> {
        let payload = read_packet(&mut self.socket, self.sequence).await?;
        self.sequence = self.sequence.wrapping_add(1);
        self.seen.extend(payload.first());
        Some(payload)
    }

    async fn log_in(&mut self, attempt: &Attempt) -> Result<OkPacket, ErrPacket> {
        let mut capabilities = self.greeting.capabilities;
        self.has_plugins = attempt.plugin.is_some();
        if !self.has_plugins {
            capabilities
                .remove(Capabilities::PLUGIN_AUTH | Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA);
        }
        if attempt.database.is_none() {
            capabilities.remove(Capabilities::CONNECT_WITH_DB);
        }
        // not all clients repeat CLIENT_SSL
        capabilities.remove(Capabilities::SSL);
        let plugin = attempt.plugin.unwrap_or(MYSQL_NATIVE_PASSWORD);
        let response = HandshakeResponse {
            capabilities,
            max_packet: 1 << 24,
            charset: 45,
            user: attempt.user.into(),
            auth_response: scramble(plugin, attempt.password, &self.nonce),
            database: attempt.database.map(str::to_owned),
            plugin: attempt.plugin.map(str::to_owned),
            attributes: vec![("_client_name".into(), attempt.client.into())],
        };
        let mut payload = Vec::new();
        response.write(&mut payload);
        self.send(&payload).await;
        self.finish(attempt.password).await
    }

    async fn change_user(
        &mut self,
        user: &str,
        password: &str,
        database: &str,
    ) -> Result<OkPacket, ErrPacket> {
        self.sequence = 0;
        let mut payload = vec![Command::ChangeUser.byte()];
        payload.extend_from_slice(user.as_bytes());
        payload.extend_from_slice(b"\0\0");
        payload.extend_from_slice(database.as_bytes());
        payload.extend_from_slice(b"\0\x2d\0");
        if self.has_plugins {
            payload.extend_from_slice(b"caching_sha2_password\0");
        }
        payload.push(0);
        self.send(&payload).await;
        self.finish(password).await
    }

    /// Follows the server to OK or ERR.
    async fn finish(&mut self, password: &str) -> Result<OkPacket, ErrPacket> {
        loop {
            let payload = self
                .receive()
                .await
                .expect("the server closed without an answer");
            match payload.as_slice() {
                [0, ..] => return Ok(OkPacket::parse(&payload, Capabilities::NONE).unwrap()),
                [0xFF, ..] => return Err(ErrPacket::parse(&payload).unwrap()),
                [0xFE, ..] => {
                    let request = AuthSwitchRequest::parse(&payload).unwrap();
                    let nonce = Nonce::from_slice(&request.data).unwrap();
                    assert_ne!(nonce, self.nonce);
                    self.nonce = nonce;
                    self.send(&scramble(&request.plugin, password, &nonce))
                        .await;
                }
                [1, 3] => {}
                [1, 4] if self.is_tls => self.send(&[password.as_bytes(), &[0]].concat()).await,
                [1, 4] => {
                    self.send(&[2]).await;
                    let payload = self.receive().await.unwrap();
                    let key = PublicKey::from_pem(&payload[1..]).unwrap();
                    self.send(
                        &key.encrypt_password(password.as_bytes(), &self.nonce)
                            .unwrap(),
                    )
                    .await;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// One login on a connection of its own: the answer, the headers seen, and the server's view.
async fn attempt(
    gate: &LoginGate,
    attempt: &Attempt,
) -> (
    Result<OkPacket, ErrPacket>,
    Vec<u8>,
    Result<Login, SessionError>,
) {
    let (address, task) = serve(gate.clone()).await;
    let mut client = connect(address).await;
    let answer = client.log_in(attempt).await;
    let seen = client.seen.clone();
    drop(client);
    (answer, seen, task.await.unwrap())
}

#[tokio::test]
async fn each_account_is_let_in_by_its_path() {
    const SHA2: Option<&str> = Some(CACHING_SHA2_PASSWORD);
    const NATIVE: Option<&str> = Some(MYSQL_NATIVE_PASSWORD);
    let cases: &[(&str, &str, Option<&str>, &[u8])] = &[
        // contract 2.1: the fast path sends 01 03, then OK
        ("app", "geheim", SHA2, &[1, 0]),
        ("hashed", "geheim", SHA2, &[1, 0]),
        ("new", "geheim", SHA2, &[1, 0]),
        // another plugin is switched, over a fresh nonce
        ("app", "geheim", NATIVE, &[0xFE, 0]),
        ("old", "geheim", Some("client_ed25519"), &[0xFE, 0]),
        ("new", "geheim", NATIVE, &[0xFE, 1, 0]),
        // a client without plugins is checked by the greeting's nonce
        ("app", "geheim", None, &[0]),
        ("old", "geheim", None, &[0]),
        // the full path by RSA, and the fast one from then on
        ("old", "geheim", SHA2, &[1, 1, 0]),
        ("old", "geheim", SHA2, &[1, 0]),
        ("salted", "geheim", SHA2, &[1, 1, 0]),
        ("salted", "geheim", SHA2, &[1, 0]),
        ("salted", "geheim", NATIVE, &[0xFE, 1, 0]),
        // no password
        ("open", "", SHA2, &[0]),
        ("open", "", NATIVE, &[0xFE, 0]),
        ("open", "", None, &[0]),
    ];
    let gate = gate();
    for &(user, password, plugin, headers) in cases {
        let (answer, seen, login) = attempt(
            &gate,
            &Attempt {
                user,
                password,
                plugin,
                ..APP
            },
        )
        .await;
        let ok = answer.unwrap_or_else(|err| panic!("{user} {plugin:?}: {}", err.text()));
        assert!(ok.status.contains(StatusFlags::AUTOCOMMIT));
        assert_eq!(seen, headers, "{user} {plugin:?}");
        let login = login.unwrap();
        assert_eq!(
            (&*login.account.user, login.database.as_deref()),
            (user, Some("ecommerce"))
        );
        assert_eq!(login.attributes.len(), 1);
    }
    assert_eq!(gate.metrics.logins.get(), cases.len() as u64);
}

#[tokio::test]
async fn connector_j_proves_natively_where_the_greeting_has_mariadbs_prefix() {
    let mut gate = gate();
    for (version, client, headers) in [
        ("5.5.5-10.11.6-MariaDB", "MySQL Connector/J", &[0xFE, 0][..]),
        ("5.5.5-10.11.6-MariaDB", "libmysql", &[1, 0]),
        ("11.4.2-MariaDB", "MySQL Connector/J", &[1, 0]),
    ] {
        gate.version = version.into();
        let (answer, seen, _) = attempt(&gate, &Attempt { client, ..APP }).await;
        assert!(answer.is_ok());
        assert_eq!(seen, headers, "{version} {client}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let mut gate = gate();
    gate.throttle = Arc::new(Throttle::new(0));
    for plugin in [
        Some(CACHING_SHA2_PASSWORD),
        Some(MYSQL_NATIVE_PASSWORD),
        None,
    ] {
        for (user, password, used) in [
            ("app", "falsch", "YES"),
            ("app", "", "NO"),
            ("salted", "falsch", "YES"),
            ("open", "falsch", "YES"),
            ("nobody", "geheim", "YES"),
            ("nobody", "", "NO"),
        ] {
            let (answer, _, login) = attempt(
                &gate,
                &Attempt {
                    user,
                    password,
                    plugin,
                    ..APP
                },
            )
            .await;
            let err = answer.unwrap_err();
            let text =
                format!("Access denied for user '{user}'@'127.0.0.1' (using password: {used})");
            assert_eq!(
                (err.code, err.text().as_ref(), err.state().as_ref()),
                (1045, text.as_str(), "28000")
            );
            assert!(matches!(
                login,
                Err(SessionError::Refused { code: 1045, .. })
            ));
        }
    }
    assert_eq!(gate.metrics.failed_logins.get(), 18);
}

#[tokio::test]
async fn a_right_password_without_the_tls_that_it_needs_is_told_by_no_step() {
    let mut gate = gate();
    // one kind of account alone, so that all who are unknown are asked for the same
    let careful = Account {
        requires_tls: true,
        ..account("careful", Secret::from_password("geheim"))
    };
    gate.accounts = Arc::new(Accounts::new(vec![careful]).unwrap());
    for plugin in [Some(CACHING_SHA2_PASSWORD), Some(MYSQL_NATIVE_PASSWORD)] {
        let mut seen = Vec::new();
        for (user, password) in [
            ("careful", "geheim"),
            ("careful", "falsch"),
            ("nobody", "geheim"),
        ] {
            let tried = Attempt {
                user,
                password,
                plugin,
                ..APP
            };
            let (answer, headers, _) = attempt(&gate, &tried).await;
            let text = answer.unwrap_err().text().replace(user, "USER");
            seen.push((headers, text));
        }
        assert!(seen.iter().all(|other| *other == seen[0]), "{seen:?}");
    }
    assert_eq!(gate.metrics.failed_logins.get(), 6);
}

#[tokio::test]
async fn a_database_must_exist_and_be_allowed() {
    let gate = gate();
    for (database, code) in [("gone", 1049), ("mysql", 1044)] {
        let (answer, ..) = attempt(
            &gate,
            &Attempt {
                database: Some(database),
                ..APP
            },
        )
        .await;
        assert_eq!(answer.unwrap_err().code, code);
    }
    let (answer, _, login) = attempt(
        &gate,
        &Attempt {
            database: None,
            ..APP
        },
    )
    .await;
    assert!(answer.is_ok());
    assert_eq!(login.unwrap().database, None);
}

#[tokio::test]
async fn ten_wrong_passwords_stop_the_right_one() {
    let gate = gate();
    for _ in 0..10 {
        let (answer, ..) = attempt(
            &gate,
            &Attempt {
                password: "falsch",
                ..APP
            },
        )
        .await;
        assert!(answer.unwrap_err().text().contains("using password"));
    }
    let (answer, ..) = attempt(&gate, &APP).await;
    assert!(
        answer
            .unwrap_err()
            .text()
            .contains("too many failed logins")
    );
    // a connection that closes without a login counts for nobody
    for _ in 0..12 {
        let (address, task) = serve(gate.clone()).await;
        drop(connect(address).await);
        assert!(matches!(
            task.await.unwrap(),
            Err(SessionError::Closed | SessionError::Io(_))
        ));
    }
    let (answer, ..) = attempt(
        &gate,
        &Attempt {
            user: "hashed",
            ..APP
        },
    )
    .await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn tls_carries_every_path() {
    let gate = LoginGate {
        tls: Some(acceptor()),
        rsa: None,
        ..gate()
    };
    for (user, headers) in [
        ("app", &[1, 0][..]),
        ("careful", &[1, 0]),
        ("old", &[1, 0]),
        ("salted", &[1, 0]),
    ] {
        let (address, task) = serve(gate.clone()).await;
        let mut client = connect(address).await.over_tls().await;
        client.log_in(&Attempt { user, ..APP }).await.unwrap();
        assert_eq!(client.seen, headers);
        drop(client);
        assert!(task.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn accounts_and_gates_may_require_tls() {
    let mut gate = LoginGate {
        tls: Some(acceptor()),
        ..gate()
    };
    let (answer, ..) = attempt(
        &gate,
        &Attempt {
            user: "careful",
            ..APP
        },
    )
    .await;
    assert_eq!(answer.unwrap_err().code, 1045);
    gate.requires_tls = true;
    let (answer, ..) = attempt(&gate, &APP).await;
    assert_eq!(answer.unwrap_err().code, 3159);
}

#[tokio::test]
async fn plain_bytes_behind_an_ssl_request_are_never_taken() {
    let gate = LoginGate {
        tls: Some(acceptor()),
        ..gate()
    };
    let (address, task) = serve(gate).await;
    let mut client = connect(address).await;
    let login = HandshakeResponse {
        capabilities: client.greeting.capabilities | Capabilities::SSL,
        user: "open".into(),
        ..HandshakeResponse::default()
    };
    let (mut bytes, mut payload) = (Vec::new(), Vec::new());
    login.write_ssl_request(&mut payload);
    write_packet(&mut bytes, &mut 1, &payload);
    payload.clear();
    login.write(&mut payload);
    write_packet(&mut bytes, &mut 2, &payload);
    client.socket.write_all(&bytes).await.unwrap();
    assert!(matches!(task.await.unwrap(), Err(SessionError::Tls(_))));
}

#[tokio::test]
async fn a_user_is_changed_by_an_auth_switch() {
    for plugin in [
        Some(CACHING_SHA2_PASSWORD),
        Some(MYSQL_NATIVE_PASSWORD),
        None,
    ] {
        let (address, task) = serve(gate()).await;
        let mut client = connect(address).await;
        client.log_in(&Attempt { plugin, ..APP }).await.unwrap();
        for user in ["hashed", "old", "salted", "app"] {
            client.seen.clear();
            client.change_user(user, "geheim", "").await.unwrap();
            assert_eq!(client.seen.first(), Some(&0xFE));
        }
        client.change_user("open", "", "ecommerce").await.unwrap();
        let err = client.change_user("app", "falsch", "").await.unwrap_err();
        assert_eq!(err.code, 1045);
        assert!(matches!(
            task.await.unwrap(),
            Err(SessionError::Refused { code: 1045, .. })
        ));
    }
}

#[tokio::test]
async fn bad_handshakes_are_answered_and_closed() {
    let cases: [(&[u8], u16); 4] = [
        (b"\x08\0\0\x01\x05\xa4\0\0root", 1251),
        (b"\x02\0\0\x01\x00\x02", 1043),
        (b"\x01\0\x01\x01", 1043),
        (b"\x02\0\0\x05\x00\x02", 1156),
    ];
    for (bytes, code) in cases {
        let (address, task) = serve(gate()).await;
        let mut client = connect(address).await;
        // one byte at a time: a packet may come in any pieces
        for byte in bytes {
            client.socket.write_all(&[*byte]).await.unwrap();
        }
        client.sequence = bytes[3] + 1;
        let err = ErrPacket::parse(&client.receive().await.unwrap()).unwrap();
        assert_eq!(err.code, code);
        assert!(client.receive().await.is_none());
        assert!(task.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_character_set_that_hides_backslashes_is_refused() {
    let (address, _task) = serve(gate()).await;
    let mut client = connect(address).await;
    let response = HandshakeResponse {
        capabilities: client.greeting.capabilities,
        charset: 28,
        user: "open".into(),
        plugin: Some(CACHING_SHA2_PASSWORD.into()),
        ..HandshakeResponse::default()
    };
    let mut payload = Vec::new();
    response.write(&mut payload);
    client.send(&payload).await;
    assert_eq!(client.finish("").await.unwrap_err().code, 1115);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mysql_crate_logs_in() {
    let gate = gate();
    for (user, password) in [
        ("app", "geheim"),
        ("old", "geheim"),
        ("salted", "geheim"),
        ("open", ""),
    ] {
        let (address, task) = serve(gate.clone()).await;
        tokio::task::spawn_blocking(move || {
            let options = mysql::OptsBuilder::new()
                .ip_or_hostname(Some(IpAddr::from([127, 0, 0, 1]).to_string()))
                .tcp_port(address.port())
                .user(Some(user))
                .pass(Some(password))
                .db_name(Some("ecommerce"))
                .prefer_socket(false)
                .max_allowed_packet(Some(1 << 20));
            let mut connection = mysql::Conn::new(options).unwrap();
            connection.ping().unwrap();
        })
        .await
        .unwrap();
        let login = task.await.unwrap().unwrap();
        assert_eq!(
            (&*login.account.user, login.plugin),
            (user, Plugin::CachingSha2)
        );
    }
}

#[tokio::test]
async fn arbitrary_first_bytes_end_the_connection_and_nothing_else() {
    let gate = gate();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..150 {
        let len = usize::try_from(next() % 120).unwrap();
        let mut bytes: Vec<u8> = (0..len).map(|_| next().to_le_bytes()[0]).collect();
        // mostly a packet of the right length and flags, so that the fields behind are reached
        if len > 40 && next() % 4 != 0 {
            bytes[..4].copy_from_slice(&[u8::try_from(len - 4).unwrap(), 0, 0, 1]);
            bytes[5] |= 0x02;
        }
        let (address, task) = serve(gate.clone()).await;
        let mut client = connect(address).await;
        let _ = client.socket.write_all(&bytes).await;
        let _ = client.socket.shutdown().await;
        assert!(task.await.expect("no panic").is_err());
    }
}
