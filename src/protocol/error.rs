//! What can be wrong with bytes from a peer.

use thiserror::Error;

/// A peer's bytes that are not what the protocol allows at that place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// A field runs past the end of its packet, or holds a value that no peer may send.
    #[error("malformed packet: {0}")]
    Malformed(&'static str),
    /// A value's type that is none of the protocol's.
    #[error("unknown type code {0} of a value")]
    ParameterType(u8),
    /// A client of MySQL 4.0 or older.
    #[error("the client does not speak protocol 4.1")]
    NoProtocol41,
    /// A server greeting of another protocol version than 10.
    #[error("protocol version {0} is not supported")]
    ProtocolVersion(u8),
    /// A stored password hash that is none of the known forms.
    #[error("not a password hash: {0}")]
    Hash(&'static str),
    /// The system has no randomness to give.
    #[error("the system gives no random bytes")]
    Random,
    /// A public key that cannot be read, or a message that it cannot carry.
    #[error("rsa: {0}")]
    Rsa(&'static str),
}
