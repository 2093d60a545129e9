//! The server that a text is read for, as the command line names it.

use crate::sql::ServerFamily;

/// Where nothing is said.
pub(super) const DEFAULT_FAMILY: &str = "mysql-8.4";

/// Reads `mysql-8.4`, `mariadb-10.11.6`.
pub(super) fn family(text: &str) -> Result<ServerFamily, String> {
    let wrong =
        || "write mysql or mariadb with a version, such as mysql-8.4 or mariadb-10.11".to_owned();
    let (name, version) = text.split_once('-').ok_or_else(wrong)?;
    let parts: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() <= 3 && parts.iter().all(|part| *part < 100));
    let parts = parts.ok_or_else(wrong)?;
    let part = |index: usize| parts.get(index).copied().unwrap_or(0);
    let number = part(0) * 10_000 + part(1) * 100 + part(2);
    match name {
        "mysql" => Ok(ServerFamily::MySql(number)),
        "mariadb" => Ok(ServerFamily::MariaDb(number)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_with_their_version() {
        assert_eq!(family("mysql-8.4"), Ok(ServerFamily::MySql(80_400)));
        assert_eq!(
            family("mariadb-10.11.6"),
            Ok(ServerFamily::MariaDb(101_106))
        );
        for wrong in [
            "mysql",
            "oracle-1",
            "mysql-a",
            "mysql-8.4.0.1",
            "mysql-8.400",
        ] {
            assert!(family(wrong).is_err(), "{wrong}");
        }
    }
}
