//! The session trackers that every backend connection switches on after its login.

use super::version::{Family, Version};

/// Variables that both families know and that sessions may carry from one connection to another.
const COMMON: &[&str] = &[
    "autocommit",
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "collation_connection",
    "default_week_format",
    "div_precision_increment",
    "foreign_key_checks",
    "group_concat_max_len",
    "innodb_lock_wait_timeout",
    "lc_time_names",
    "lock_wait_timeout",
    "max_join_size",
    "max_sort_length",
    "net_read_timeout",
    "net_write_timeout",
    "optimizer_switch",
    "sql_auto_is_null",
    "sql_big_selects",
    "sql_mode",
    "sql_notes",
    "sql_quote_show_create",
    "sql_safe_updates",
    "sql_select_limit",
    "sql_warnings",
    "time_zone",
    "unique_checks",
];

const MYSQL: &[&str] = &["max_execution_time"];
const MYSQL_8: &[&str] = &["cte_max_recursion_depth", "default_collation_for_utf8mb4"];
const MARIADB: &[&str] = &[
    "last_gtid",
    "max_recursive_iterations",
    "max_statement_time",
];
const TRANSACTION: &[&str] = &["transaction_isolation", "transaction_read_only"];
const TX: &[&str] = &["tx_isolation", "tx_read_only"];

/// Names of the system variables whose changes a server of this family reports, sorted.
///
/// Whatever is replayed on connections must be in this list (contract 3.1 b), else a change
/// inside a procedure would go unseen. `last_gtid` is reported, never replayed.
#[must_use]
pub fn tracked_variables(family: Family) -> Vec<&'static str> {
    let groups: &[&[&str]] = match family {
        Family::MySql(version) if version < Version::new(5, 7, 20) => &[COMMON, MYSQL, TX],
        Family::MySql(version) if version < Version::new(8, 0, 11) => &[COMMON, MYSQL, TRANSACTION],
        Family::MySql(_) => &[COMMON, MYSQL, MYSQL_8, TRANSACTION],
        Family::MariaDb(version) if version < Version::new(11, 1, 1) => &[COMMON, MARIADB, TX],
        Family::MariaDb(_) => &[COMMON, MARIADB, TX, TRANSACTION],
    };
    let mut names = groups.concat();
    names.sort_unstable();
    names
}

/// The one statement that follows a login or a reset: character set and trackers.
///
/// A reset gives the server's default character set, not the handshake's, and switches the
/// trackers off, so both come here together.
pub(super) fn session_set(variables: &[&str], tracks_gtids: bool) -> String {
    let gtids = if tracks_gtids {
        ", session_track_gtids=OWN_GTID"
    } else {
        ""
    };
    format!(
        "SET NAMES utf8mb4, autocommit=1, session_track_system_variables='{}', session_track_schema=ON, \
         session_track_state_change=ON, session_track_transaction_info='CHARACTERISTICS'{gtids}",
        variables.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_tracks_the_name_it_knows() {
        let mariadb = tracked_variables(Family::MariaDb(Version::new(10, 11, 6)));
        assert!(mariadb.contains(&"tx_isolation") && !mariadb.contains(&"transaction_isolation"));
        assert!(mariadb.contains(&"last_gtid") && mariadb.contains(&"max_statement_time"));
        let mysql = tracked_variables(Family::MySql(Version::new(9, 7, 4)));
        assert!(mysql.contains(&"transaction_isolation") && !mysql.contains(&"tx_isolation"));
        assert!(mysql.contains(&"max_execution_time"));
        assert!(!mysql.contains(&"last_gtid"));
    }
}
