//! Session variables as replayable values.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::variables::Variables;

/// What a session has set, or what a connection carries: variable -> SQL literal.
///
/// System variables are lower-case names; user variables are kept apart, since only statements
/// that read them need them on the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionState {
    variables: Variables,
    user_variables: Variables,
    hash: u64,
}

impl SessionState {
    /// Sets a system variable to a SQL literal.
    pub fn set(&mut self, name: &str, literal: &str) {
        if self.variables.get(name).is_some_and(|old| old == literal) {
            return;
        }
        self.variables.insert(name, literal);
        self.rehash();
    }

    /// Forgets a system variable: it has the server's default again.
    pub fn unset(&mut self, name: &str) {
        if self.variables.remove(name) {
            self.rehash();
        }
    }

    /// The literal of a system variable, if the session has set it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)
    }

    /// Takes the four variables of `SET NAMES` at once: `literal` is what stands behind `NAMES`, such as
    /// `'utf8mb4' COLLATE 'utf8mb4_bin'`; `None` for what connections have by themselves.
    pub fn set_names(&mut self, literal: Option<&str>) {
        let names = CHARSETS.into_iter().filter(|name| *name != NAMES);
        names.for_each(|name| self.unset(name));
        match literal {
            Some(literal) => self.set(NAMES, literal),
            None => self.unset(NAMES),
        }
    }

    /// A connection whose character sets are not known: they are replayed before its next statement.
    pub fn forget_names(&mut self) {
        self.set(NAMES, "?");
    }

    /// The character set of `character_set_client` or one of its like; `None` for what connections have by themselves.
    #[must_use]
    pub fn charset(&self, variable: &str) -> Option<&str> {
        let literal = self.get(variable).or_else(|| self.get(NAMES))?;
        let first = literal.split(' ').next().unwrap_or_default();
        Some(first.trim_matches('\''))
    }

    /// The collation behind `COLLATE` in `SET NAMES`, if there is one.
    #[must_use]
    pub fn names_collation(&self) -> Option<&str> {
        let (_, collation) = self.get(NAMES)?.split_once(" COLLATE ")?;
        Some(collation.trim_matches('\''))
    }

    /// Sets a user variable (lower-case name without `@`) to a SQL literal; `NULL` forgets it.
    pub fn set_user(&mut self, name: &str, literal: &str) {
        if literal == "NULL" {
            self.user_variables.remove(name);
        } else {
            self.user_variables.insert(name, literal);
        }
    }

    /// The literal of a user variable.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&str> {
        self.user_variables.get(name)
    }

    /// Number of user variables that are not NULL.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.user_variables.len()
    }

    /// Equal for states with equal system variables.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// A connection that carries `self` needs no SET statement for `wanted`, by the hash of the system variables and by
    /// the user variables themselves.
    #[must_use]
    pub fn serves(&self, wanted: &Self, with_user: bool) -> bool {
        self.hash == wanted.hash && (!with_user || self.user_variables == wanted.user_variables)
    }

    /// The SET statement that brings a connection carrying `self` to `wanted`; `None` if nothing differs.
    /// User variables are compared only if `with_user`. A variable that only the connection carries goes
    /// back to the server's default, a user variable to NULL.
    #[must_use]
    pub fn replay_to(&self, wanted: &Self, with_user: bool) -> Option<String> {
        let mut items = Vec::new();
        if self.hash != wanted.hash || self.variables != wanted.variables {
            let names = self.variables.iter().map(|(name, _)| name);
            let gone = names.filter(|name| !wanted.variables.contains(name));
            items.extend(gone.filter(|name| !is_of_charset(name)).map(default_of));
            if CHARSETS
                .iter()
                .any(|name| self.get(name) != wanted.get(name))
            {
                wanted.charsets(&mut items);
            }
            for (name, literal) in wanted
                .variables
                .iter()
                .filter(|(name, _)| !is_of_charset(name))
            {
                if self.variables.get(name) != Some(literal) {
                    items.push(format!("{name}={literal}"));
                }
            }
        }
        if with_user {
            for (name, literal) in wanted.user_variables.iter() {
                if self.user_variables.get(name) != Some(literal) {
                    items.push(format!("@`{}`={literal}", name.replace('`', "``")));
                }
            }
            for (name, _) in self.user_variables.iter() {
                if !wanted.user_variables.contains(name) {
                    items.push(format!("@`{}`=NULL", name.replace('`', "``")));
                }
            }
        }
        (!items.is_empty()).then(|| format!("SET {}", items.join(",")))
    }

    /// Each of these variables moves another one, so they are set together and in order.
    fn charsets(&self, items: &mut Vec<String>) {
        items.push(format!("NAMES {}", self.get(NAMES).unwrap_or("utf8mb4")));
        items.extend(
            CHARSETS
                .iter()
                .filter(|name| **name != NAMES)
                .filter_map(|name| Some(format!("{name}={}", self.get(name)?))),
        );
    }

    /// Takes over what a replay has just set.
    pub fn adopt(&mut self, wanted: &Self, with_user: bool) {
        if self.hash != wanted.hash || self.variables != wanted.variables {
            self.variables.clone_from(&wanted.variables);
            self.hash = wanted.hash;
        }
        if with_user && self.user_variables != wanted.user_variables {
            self.user_variables.clone_from(&wanted.user_variables);
        }
    }

    fn rehash(&mut self) {
        if self.variables.is_empty() {
            self.hash = 0;
            return;
        }
        let mut hasher = DefaultHasher::new();
        self.variables.hash(&mut hasher);
        self.hash = hasher.finish();
    }
}

/// What was said behind `SET NAMES`. It is kept as a whole, since its collation is also that of the results, which no
/// variable tells.
const NAMES: &str = "names";
/// `SET NAMES` and the variables that were set after it, the collation last: a character set brings its default
/// collation.
const CHARSETS: [&str; 5] = [
    NAMES,
    "character_set_client",
    "character_set_results",
    "character_set_connection",
    "collation_connection",
];

fn is_of_charset(name: &str) -> bool {
    CHARSETS.contains(&name)
}

/// Variables that have no global value.
const SESSION_ONLY: [&str; 13] = [
    "debug_sync",
    "default_master_connection",
    "gtid_seq_no",
    "identity",
    "immediate_server_version",
    "last_insert_id",
    "original_commit_timestamp",
    "original_server_version",
    "rbr_exec_mode",
    "skip_replication",
    "timestamp",
    "transaction_allow_batching",
    "use_secondary_engine",
];

/// The expression that gives a system variable back its default: the global value, said in so many words, since
/// MySQL reads `foreign_key_checks = DEFAULT` and `unique_checks = DEFAULT` as 0 whatever the global value is.
#[must_use]
pub fn default_value(name: &str) -> String {
    if SESSION_ONLY.contains(&name) || name.contains('.') {
        "DEFAULT".to_owned()
    } else {
        format!("@@global.`{}`", name.replace('`', "``"))
    }
}

/// A fresh connection has autocommit on, whatever its server's default.
fn default_of(name: &str) -> String {
    if name == "autocommit" {
        "autocommit=1".to_owned()
    } else {
        format!("{name}={}", default_value(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_states_need_no_replay() {
        let mut session = SessionState::default();
        session.set("sql_mode", "'ANSI'");
        let connection = session.clone();
        assert_eq!(connection.replay_to(&session, true), None);
    }

    #[test]
    fn a_variable_of_another_session_goes_back_to_default() {
        let mut connection = SessionState::default();
        connection.set("sql_mode", "'ANSI'");
        connection.set_user("a", "1");
        let mut session = SessionState::default();
        session.set("time_zone", "'+00:00'");
        assert_eq!(
            connection.replay_to(&session, true).as_deref(),
            Some("SET sql_mode=@@global.`sql_mode`,time_zone='+00:00',@`a`=NULL")
        );
        connection.adopt(&session, true);
        assert_eq!(connection.replay_to(&session, true), None);
    }

    #[test]
    fn user_variables_are_left_alone_unless_asked_for() {
        let mut connection = SessionState::default();
        connection.set_user("a", "1");
        assert_eq!(connection.replay_to(&SessionState::default(), false), None);
    }

    #[test]
    fn character_sets_are_set_together_and_the_collation_last() {
        let mut connection = SessionState::default();
        connection.set("collation_connection", "'utf8mb4_bin'");
        assert_eq!(
            connection
                .replay_to(&SessionState::default(), false)
                .as_deref(),
            Some("SET NAMES utf8mb4")
        );
        let mut session = SessionState::default();
        session.set_names(Some("'latin1' COLLATE 'latin1_bin'"));
        assert_eq!(
            connection.replay_to(&session, false).as_deref(),
            Some("SET NAMES 'latin1' COLLATE 'latin1_bin'")
        );
        assert_eq!(session.charset("character_set_results"), Some("latin1"));
        assert_eq!(session.names_collation(), Some("latin1_bin"));
        session.set_names(None);
        assert_eq!(session, SessionState::default());
        session.set("collation_connection", "'latin1_bin'");
        session.set("character_set_client", "'latin1'");
        session.set("character_set_connection", "'latin1'");
        assert_eq!(
            connection.replay_to(&session, false).as_deref(),
            Some(
                "SET NAMES utf8mb4,character_set_client='latin1',character_set_connection='latin1',\
                 collation_connection='latin1_bin'"
            )
        );
    }

    #[test]
    fn a_default_is_the_global_value_where_there_is_one() {
        assert_eq!(default_value("unique_checks"), "@@global.`unique_checks`");
        assert_eq!(default_value("timestamp"), "DEFAULT");
        assert_eq!(default_value("hot.key_buffer_size"), "DEFAULT");
    }

    #[test]
    fn autocommit_goes_back_on_and_not_to_a_servers_default() {
        let mut connection = SessionState::default();
        connection.set("autocommit", "0");
        assert_eq!(
            connection
                .replay_to(&SessionState::default(), false)
                .as_deref(),
            Some("SET autocommit=1")
        );
    }
}
