//! Where a physical data source is and how to log in to it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Whether a backend connection is encrypted.
///
/// The server's certificate is verified (chain and host name) only if [`Endpoint::tls_ca`] is
/// given; without it TLS keeps out listeners, but not a host that answers in the server's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackendTls {
    /// Never; a password that must be sent in full goes by the server's RSA key.
    Disabled,
    /// If the server offers it.
    #[default]
    Preferred,
    /// Always; a server that does not offer TLS is an error.
    Required,
}

/// One physical data source.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The data source's name in the configuration; the only thing that messages say of it.
    pub name: Arc<str>,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Default schema of every connection.
    pub schema: String,
    /// Account.
    pub user: String,
    /// The account's password in clear.
    pub password: String,
    /// Encryption.
    pub tls: BackendTls,
    /// PEM file of the certificate authorities that sign the server's certificate; `None` = not verified.
    pub tls_ca: Option<PathBuf>,
    /// Deadline for TCP connect, TLS and login together, in ms.
    pub connect_timeout_ms: u64,
}

impl Endpoint {
    /// A data source with preferred TLS, no verification and the default deadline of 3 s.
    #[must_use]
    pub fn new(name: &str, host: &str, port: u16, schema: &str) -> Self {
        Self {
            name: name.into(),
            host: host.to_owned(),
            port,
            schema: schema.to_owned(),
            user: String::new(),
            password: String::new(),
            tls: BackendTls::default(),
            tls_ca: None,
            connect_timeout_ms: 3000,
        }
    }

    /// The same with an account.
    #[must_use]
    pub fn with_account(mut self, user: &str, password: &str) -> Self {
        user.clone_into(&mut self.user);
        password.clone_into(&mut self.password);
        self
    }

    /// The same with another use of TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: BackendTls) -> Self {
        self.tls = tls;
        self
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("schema", &self.schema)
            .field("tls", &self.tls)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_address_nor_credential() {
        let endpoint =
            Endpoint::new("ds_0", "10.1.2.3", 3306, "shop").with_account("app", "secret");
        let shown = format!("{endpoint:?}");
        for hidden in ["10.1.2.3", "3306", "app", "secret"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
