//! Refusals for want of a right name the client's account, never the one that a data source is opened with.

use super::session_context::SessionContext;

/// Errors whose text names the account: for a schema, a login, a table, a column, a routine, a proxy user, a login by
/// socket.
const NAMED: [u16; 7] = [1044, 1045, 1142, 1143, 1370, 1410, 1698];

impl SessionContext {
    /// How a refusal begins.
    pub(super) fn denied(&self) -> String {
        format!("Access denied for user {}", self.account())
    }

    /// `'user'@'host'`
    fn account(&self) -> String {
        let host = self.user_at_host.strip_prefix(&*self.user);
        let host = host.and_then(|host| host.strip_prefix('@')).unwrap_or("%");
        format!("'{}'@'{host}'", self.user)
    }

    /// A server's refusal with the session's account in the place of the data source's.
    pub(super) fn own_account(&self, code: u16, message: &mut Vec<u8>) {
        if NAMED.contains(&code)
            && let Some((start, end)) = account(message)
        {
            message.splice(start..end, self.account().into_bytes());
        }
    }
}

/// Where `'user'@'host'` stands behind the word `user`.
fn account(message: &[u8]) -> Option<(usize, usize)> {
    const BEFORE: &[u8] = b"user '";
    const BETWEEN: &[u8] = b"'@'";
    let find = |what: &[u8], from: usize| {
        let rest = message.get(from..)?;
        let at = rest.windows(what.len()).position(|found| found == what)?;
        Some(from + at)
    };
    let start = find(BEFORE, 0)? + BEFORE.len() - 1;
    let host = find(BETWEEN, start)? + BETWEEN.len();
    Some((start, find(b"'", host)? + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_data_source_is_found() {
        let found = |message: &str| {
            account(message.as_bytes()).map(|(start, end)| message[start..end].to_owned())
        };
        let cases = [
            (
                "SELECT command denied to user 'gate'@'10.0.0.1' for table 't'",
                Some("'gate'@'10.0.0.1'"),
            ),
            (
                "Access denied for user 'it''s'@'%' to database 'x'",
                Some("'it''s'@'%'"),
            ),
            ("Access denied; you need the SUPER privilege", None),
            ("denied to user 'open", None),
        ];
        for (message, expected) in cases {
            assert_eq!(found(message).as_deref(), expected, "{message}");
        }
    }
}
