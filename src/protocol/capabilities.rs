//! Capability flags, as the manual's "Capabilities Flags" page numbers them.

use std::fmt;
use std::ops::BitOr;

/// A set of `CLIENT_*` flags.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(pub u32);

impl Capabilities {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `CLIENT_LONG_PASSWORD`; MariaDB calls the bit `CLIENT_MYSQL` and, where it is clear, reads
    /// extended capabilities from the reserved bytes.
    pub const LONG_PASSWORD: Self = Self(1);
    /// `CLIENT_FOUND_ROWS`: affected rows of UPDATE count the rows found.
    pub const FOUND_ROWS: Self = Self(1 << 1);
    /// `CLIENT_LONG_FLAG`
    pub const LONG_FLAG: Self = Self(1 << 2);
    /// `CLIENT_CONNECT_WITH_DB`: the login names a database.
    pub const CONNECT_WITH_DB: Self = Self(1 << 3);
    /// `CLIENT_NO_SCHEMA`
    pub const NO_SCHEMA: Self = Self(1 << 4);
    /// `CLIENT_COMPRESS`
    pub const COMPRESS: Self = Self(1 << 5);
    /// `CLIENT_ODBC`
    pub const ODBC: Self = Self(1 << 6);
    /// `CLIENT_LOCAL_FILES`
    pub const LOCAL_FILES: Self = Self(1 << 7);
    /// `CLIENT_IGNORE_SPACE`: the session's `sql_mode` gets `IGNORE_SPACE`.
    pub const IGNORE_SPACE: Self = Self(1 << 8);
    /// `CLIENT_PROTOCOL_41`
    pub const PROTOCOL_41: Self = Self(1 << 9);
    /// `CLIENT_INTERACTIVE`: idle time-out is `interactive_timeout`.
    pub const INTERACTIVE: Self = Self(1 << 10);
    /// `CLIENT_SSL`
    pub const SSL: Self = Self(1 << 11);
    /// `CLIENT_IGNORE_SIGPIPE`
    pub const IGNORE_SIGPIPE: Self = Self(1 << 12);
    /// `CLIENT_TRANSACTIONS`
    pub const TRANSACTIONS: Self = Self(1 << 13);
    /// `CLIENT_RESERVED`
    pub const RESERVED: Self = Self(1 << 14);
    /// `CLIENT_SECURE_CONNECTION` (`CLIENT_RESERVED2`): the reply's length stands before it.
    pub const SECURE_CONNECTION: Self = Self(1 << 15);
    /// `CLIENT_MULTI_STATEMENTS`
    pub const MULTI_STATEMENTS: Self = Self(1 << 16);
    /// `CLIENT_MULTI_RESULTS`
    pub const MULTI_RESULTS: Self = Self(1 << 17);
    /// `CLIENT_PS_MULTI_RESULTS`
    pub const PS_MULTI_RESULTS: Self = Self(1 << 18);
    /// `CLIENT_PLUGIN_AUTH`
    pub const PLUGIN_AUTH: Self = Self(1 << 19);
    /// `CLIENT_CONNECT_ATTRS`
    pub const CONNECT_ATTRS: Self = Self(1 << 20);
    /// `CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA`
    pub const PLUGIN_AUTH_LENENC_CLIENT_DATA: Self = Self(1 << 21);
    /// `CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS`
    pub const CAN_HANDLE_EXPIRED_PASSWORDS: Self = Self(1 << 22);
    /// `CLIENT_SESSION_TRACK`
    pub const SESSION_TRACK: Self = Self(1 << 23);
    /// `CLIENT_DEPRECATE_EOF`: OK packets of header `0xFE` stand for EOF packets.
    pub const DEPRECATE_EOF: Self = Self(1 << 24);
    /// `CLIENT_OPTIONAL_RESULTSET_METADATA`
    pub const OPTIONAL_RESULTSET_METADATA: Self = Self(1 << 25);
    /// `CLIENT_ZSTD_COMPRESSION_ALGORITHM`
    pub const ZSTD_COMPRESSION: Self = Self(1 << 26);
    /// `CLIENT_QUERY_ATTRIBUTES`
    pub const QUERY_ATTRIBUTES: Self = Self(1 << 27);
    /// `MULTI_FACTOR_AUTHENTICATION`
    pub const MULTI_FACTOR_AUTHENTICATION: Self = Self(1 << 28);

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// The flags set in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The flags set in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Sets `flags`.
    pub fn insert(&mut self, flags: Self) {
        self.0 |= flags.0;
    }

    /// Clears `flags`.
    pub fn remove(&mut self, flags: Self) {
        self.0 &= !flags.0;
    }
}

impl BitOr for Capabilities {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capabilities({:#010x})", self.0)
    }
}
