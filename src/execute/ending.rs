//! How a response ended, and its last packet.

use crate::protocol::{
    Capabilities, ErrPacket, OkPacket, SessionChange, StatusFlags, write_packet_with,
    write_result_end,
};

use super::downstream::Downstream;

/// How a response ended. The last packet is not yet written: whoever knows the session's state writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A statement without rows succeeded.
    Ok(OkPacket),
    /// A result set is complete but for its last packet.
    End(OkPacket),
    /// The server answered an error, perhaps behind some rows.
    Err(ErrPacket),
}

/// What has gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// How it ended.
    pub ending: Ending,
    /// Rows of the last result set.
    pub rows: u64,
    /// What the server has reported of the session with any of the results.
    pub changes: Vec<SessionChange>,
}

/// Writes the packet that ends a response into the client's buffer; `more_follow` sets MORE_RESULTS.
pub fn write_ending<D: Downstream>(ending: &Ending, client: &mut D, more_follow: bool) {
    let capabilities: Capabilities = client.capabilities();
    let (out, sequence) = client.parts_mut();
    match ending {
        Ending::Ok(ok) => {
            let mut ok = ok.clone();
            set_more(&mut ok.status, more_follow);
            write_packet_with(out, sequence, |payload| ok.write(payload));
        }
        Ending::End(ok) => {
            let mut status = ok.status;
            set_more(&mut status, more_follow);
            let end = crate::protocol::EofPacket {
                warnings: ok.warnings,
                status,
            };
            write_result_end(out, sequence, capabilities, end);
        }
        Ending::Err(err) => write_packet_with(out, sequence, |payload| err.write(payload)),
    }
}

fn set_more(status: &mut StatusFlags, more_follow: bool) {
    if more_follow {
        status.insert(StatusFlags::MORE_RESULTS);
    } else {
        status.remove(StatusFlags::MORE_RESULTS);
    }
}
