//! No bytes in front of, inside or behind a login let anyone in who has not proved a password.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use shardgate::metrics::Metrics;
use shardgate::model::{Charset, Rights};
use shardgate::protocol::{
    CachingSha2Hash, Capabilities, ChangeUser, CryptHash, Greeting, HEADER_LEN, HandshakeResponse,
    NativeHash, PacketHeader, RsaKeyPair,
};
use shardgate::session::{
    Account, Accounts, HostPattern, Login, LoginGate, LoginPlaces, Plugin, Secret, SessionError,
    Throttle,
};

use super::loopback::serve;

/// Of the password `geheim`, as MySQL 9.7 stored it.
const CRYPT: &[u8] =
    b"$A$00A$\x13,\x0f;M%\x1eK)\x03\x205\x10\x08AEo,D8JkCKD/HyL77N5tZ3xnWJto70MbYDtaXOiJK7QH3WIV/";
/// The one account that needs no proof.
const OPEN: &str = "open";

/// The first byte chooses what is asked: its lowest bit a COM_CHANGE_USER instead of a login, the others the
/// gate's demands. The rest is what the client sends.
pub fn check(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    parsers(bytes);
    let gate = LoginGate {
        requires_tls: choice & 2 != 0,
        ..gate().clone()
    };
    let is_change = choice & 1 != 0;
    let (login, answer) = serve(bytes, async |stream| {
        if !is_change {
            return gate
                .login(stream, 7, &databases, &LoginPlaces::new(1))
                .await;
        }
        let mut arguments = Vec::new();
        if !stream
            .read_command(&mut arguments, 1 << 16)
            .await
            .is_ok_and(|came| came)
        {
            return Err(SessionError::Closed);
        }
        gate.change_user(stream, &arguments, &current(choice), &databases)
            .await
    });
    let is_told = well_framed(&answer);
    match login {
        Ok(login) => {
            assert_eq!(&*login.account.user, OPEN, "let in without a proof");
            assert!(!gate.requires_tls || is_change, "let in without tls");
            assert!(login.database.is_none_or(|name| name == "ecommerce"));
        }
        Err(SessionError::Refused { .. }) => assert!(is_told, "refused without a word"),
        Err(_) => {}
    }
}

/// The payloads alone, with flags of the input's own.
fn parsers(bytes: &[u8]) {
    let Some((flags, payload)) = bytes.split_first_chunk() else {
        return;
    };
    let offered = Capabilities(u32::from_le_bytes(*flags));
    let _ = HandshakeResponse::is_ssl_request(payload, offered);
    let _ = ChangeUser::parse(payload, offered);
    let _ = Greeting::parse(payload);
    if let Ok(response) = HandshakeResponse::parse(payload, offered) {
        assert!(
            offered.contains(response.capabilities),
            "more than was offered"
        );
        if !offered.contains(Capabilities::PROTOCOL_41) {
            return;
        }
        let mut written = Vec::new();
        response.write(&mut written);
        // an attribute block that was cut short, or names that are no UTF-8, are not what was sent
        let again = HandshakeResponse::parse(&written, offered);
        assert!(
            again.is_ok_and(|again| again.user == response.user
                && again.auth_response == response.auth_response)
        );
    }
}

/// Whether the answer ends with an ERR; all of it must be whole packets.
fn well_framed(mut answer: &[u8]) -> bool {
    let mut is_err = false;
    while let Some(header) = PacketHeader::peek(answer) {
        let payload = answer.get(HEADER_LEN..HEADER_LEN + header.payload_len);
        let payload = payload.expect("a whole packet");
        is_err = payload.first() == Some(&0xFF);
        answer = &answer[HEADER_LEN + payload.len()..];
    }
    assert!(answer.is_empty(), "half a header");
    is_err
}

fn databases(name: &str) -> Option<String> {
    name.eq_ignore_ascii_case("ecommerce")
        .then(|| "ecommerce".to_owned())
}

fn current(choice: u8) -> Login {
    let plugins = [Plugin::CachingSha2, Plugin::Native];
    Login {
        account: gate().accounts.find(OPEN, [127, 0, 0, 1].into()).unwrap(),
        capabilities: Capabilities(u32::MAX).intersection(Capabilities(!u32::from(choice & 0xF0))),
        charset: Charset::Utf8mb4,
        collation: 45,
        database: None,
        attributes: Vec::new(),
        plugin: plugins[usize::from(choice >> 2 & 1)],
    }
}

fn gate() -> &'static LoginGate {
    static GATE: OnceLock<LoginGate> = OnceLock::new();
    GATE.get_or_init(|| {
        let native = || Some(NativeHash::from_password(b"geheim"));
        let sha2 = || Some(CachingSha2Hash::from_password(b"geheim"));
        let accounts = vec![
            account("app", Secret::from_password("geheim")),
            account("old", Secret::from_hashes(native(), None)),
            account("new", Secret::from_hashes(None, sha2())),
            account(
                "salted",
                Secret::from_crypt(CryptHash::parse(CRYPT).unwrap()),
            ),
            account(OPEN, Secret::from_password("")),
        ];
        LoginGate {
            version: "8.4.3-shardgate".into(),
            accounts: Arc::new(Accounts::new(accounts).unwrap()),
            throttle: Arc::new(Throttle::new(0)),
            tls: None,
            requires_tls: false,
            takes_files: true,
            rsa: Some(Arc::new(RsaKeyPair::generate().unwrap())),
            deadline: Duration::from_secs(10),
            metrics: Arc::new(Metrics::new()),
        }
    })
}

fn account(user: &str, secret: Secret) -> Account {
    Account {
        user: user.into(),
        host: HostPattern::Any,
        secret: Arc::new(secret),
        rights: Rights {
            databases: Some(vec!["ecommerce".into()]),
            ..Rights::default()
        },
        requires_tls: false,
        max_connections: None,
    }
}
