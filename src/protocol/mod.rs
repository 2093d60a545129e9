//! The wire: packets, commands, handshake, authentication proofs; bytes in, bytes out, no socket.
//!
//! Both directions live here: the packets a client sends and a server reads, and the reverse.
//! Rows are never decoded; [`ResponseScanner`] tells a server's packets apart by their first byte.

mod auth;
mod auth_exchange;
mod binary_rows;
mod binary_value;
mod capabilities;
mod column;
mod column_source;
mod command;
mod eof;
mod err;
mod error;
mod execute;
mod greeting;
mod handshake_response;
mod ok;
mod packet;
mod prepare_ok;
mod reader;
mod response_scanner;
mod session_change;
mod status;
mod text_result;
mod wire_type;

pub use auth::{
    CACHING_SHA2_PASSWORD, CachingSha2Hash, CryptHash, MYSQL_NATIVE_PASSWORD, NONCE_LEN,
    NativeHash, Nonce, PublicKey, RsaKeyPair, scramble_caching_sha2, scramble_native,
};
pub use auth_exchange::{AuthMoreData, AuthSwitchRequest};
pub use binary_rows::BinaryRows;
pub use capabilities::Capabilities;
pub use column::ColumnDefinition;
pub use column_source::ColumnSource;
pub use command::Command;
pub use eof::EofPacket;
pub use err::ErrPacket;
pub use error::ProtocolError;
pub use execute::{Execute, ParamSpan, ParamType, ParamValue, write_execute};
pub use greeting::Greeting;
pub use handshake_response::{ChangeUser, HandshakeResponse};
pub use ok::OkPacket;
pub use packet::{
    HEADER_LEN, MAX_PAYLOAD, PacketHeader, split_small_packet, write_lenenc_bytes,
    write_lenenc_int, write_packet, write_packet_with,
};
pub use prepare_ok::{PrepareOk, write_prepared};
pub use reader::Reader;
pub use response_scanner::{Event, FrameKind, ResponseScanner};
pub use session_change::SessionChange;
pub use status::StatusFlags;
pub use text_result::{TextResult, TextRow, write_columns_end, write_result_end, write_text_row};
pub use wire_type::{ValueShape, WireType};
