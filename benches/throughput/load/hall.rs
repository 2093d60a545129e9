//! What the clients of one thread have in common.

use super::login::Credentials;
use super::settings::Load;
use super::work::Kind;

/// What the clients of one thread share.
pub struct Hall<'a> {
    pub credentials: Credentials<'a>,
    pub kind: Kind,
    /// Whether the actual tables are asked.
    pub names_tables: bool,
    /// Bytes to be sent.
    pub out: Vec<u8>,
    /// Bytes that have arrived.
    pub buffer: Vec<u8>,
}

impl<'a> Hall<'a> {
    pub fn new(load: &Load<'a>, buffer: usize) -> Hall<'a> {
        Hall {
            credentials: Credentials {
                account: &load.target.account,
                schema: &load.target.schema,
                is_eof_deprecated: load.is_eof_deprecated,
            },
            kind: load.kind,
            names_tables: load.target.places.is_some(),
            out: Vec::with_capacity(1024),
            buffer: vec![0; buffer],
        }
    }
}
