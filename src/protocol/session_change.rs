//! Session changes that a server reports behind an OK packet's info.

use super::error::ProtocolError;
use super::reader::Reader;

/// One entry of the session trackers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// A system variable's new value (`SESSION_TRACK_SYSTEM_VARIABLES`).
    SystemVariable {
        /// Name in lower case, as the server spells it.
        name: String,
        /// Value as text in the server's bytes.
        value: Vec<u8>,
    },
    /// The default schema's name (`SESSION_TRACK_SCHEMA`); empty if there is none.
    Schema(String),
    /// Something of the session changed (`SESSION_TRACK_STATE_CHANGE`).
    StateChange(bool),
    /// The server's encoding byte and the GTIDs as text (`SESSION_TRACK_GTIDS`).
    Gtids(String),
    /// Statements that open the same transaction again, empty outside of one.
    TransactionCharacteristics(String),
    /// Eight letters of the transaction's state, such as `T_______`.
    TransactionState(String),
    /// A tracker of a newer server.
    Other(u8),
}

impl SessionChange {
    /// Reads all entries of an OK packet's session state block.
    pub fn parse_all(block: &[u8]) -> Result<Vec<Self>, ProtocolError> {
        let mut reader = Reader::new(block);
        let mut changes = Vec::new();
        while !reader.is_empty() {
            let kind = reader.u8()?;
            let mut entry = Reader::new(reader.lenenc_bytes()?);
            match kind {
                // MariaDB may put several variables into one entry
                0 => {
                    while !entry.is_empty() {
                        changes.push(system_variable(&mut entry)?);
                    }
                }
                1 => changes.push(Self::Schema(text(&mut entry)?)),
                // the manual shows a string with a length here, both families send the bare digit
                2 => changes.push(Self::StateChange(entry.rest() == b"1")),
                3 => {
                    entry.u8()?;
                    changes.push(Self::Gtids(text(&mut entry)?));
                }
                4 => changes.push(Self::TransactionCharacteristics(text(&mut entry)?)),
                5 => changes.push(Self::TransactionState(text(&mut entry)?)),
                other => changes.push(Self::Other(other)),
            }
        }
        Ok(changes)
    }
}

fn system_variable(entry: &mut Reader<'_>) -> Result<SessionChange, ProtocolError> {
    let name = text(entry)?;
    // MariaDB reports a variable that cannot be read as its name alone
    let value = if entry.is_empty() {
        &[][..]
    } else {
        entry.lenenc_bytes()?
    };
    Ok(SessionChange::SystemVariable {
        name,
        value: value.to_vec(),
    })
}

fn text(entry: &mut Reader<'_>) -> Result<String, ProtocolError> {
    entry
        .lenenc_bytes()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_change_is_read() {
        let block = b"\x00\x0f\x0aautocommit\x03OFF\x01\x05\x04shop\x02\x011\x03\x05\x00\x03a:1\x05\x09\x08T_______\x04\x01\x00\x63\x02xx";
        let changes = SessionChange::parse_all(block).unwrap();
        assert_eq!(
            changes,
            [
                SessionChange::SystemVariable {
                    name: "autocommit".into(),
                    value: b"OFF".to_vec()
                },
                SessionChange::Schema("shop".into()),
                SessionChange::StateChange(true),
                SessionChange::Gtids("a:1".into()),
                SessionChange::TransactionState("T_______".into()),
                SessionChange::TransactionCharacteristics(String::new()),
                SessionChange::Other(0x63),
            ]
        );
    }

    #[test]
    fn an_entry_cut_short_is_malformed() {
        assert!(SessionChange::parse_all(b"\x01\x05\x04sh").is_err());
        assert!(SessionChange::parse_all(b"\x01\x02\x04s").is_err());
    }
}
