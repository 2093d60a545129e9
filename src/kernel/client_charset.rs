//! The character set that a client speaks, and the collation of its connection: SET NAMES and the handshake.

use crate::model::{Charset, SessionState, collation_id, collation_name};
use crate::sql::{ServerFamily, SetItem, SqlMode};

use super::error::Failure;
use super::result_charset::ResultCharset;
use super::session_context::SessionContext;

/// Variables of `SET NAMES`: each moves another one, so they are read back together.
pub(super) const CHARSETS: [&str; 4] = [
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "collation_connection",
];

/// Character sets of the servers in which a quote may hide inside a character, or that the proxy does not read.
const UNREADABLE: &str = "shardgate reads UTF-8, binary and character sets of one byte but swe7; in others a quote may \
                          hide inside a character";

/// Takes over what a server has made of an item of SET; `told` are the literals of [`CHARSETS`].
pub(super) fn keep(
    item: &SetItem,
    told: &[String],
    state: &mut SessionState,
    family: ServerFamily,
) {
    let [client, connection, results, collation] = told else {
        return;
    };
    match item {
        SetItem::Variable { name, .. } => match name.as_str() {
            "character_set_client" => state.set(name, client),
            "character_set_results" => state.set(name, results),
            _ => {
                state.set("character_set_connection", connection);
                state.set("collation_connection", collation);
            }
        },
        // of all three character sets the collation is the same
        SetItem::Names { .. } if client == connection && results == connection => {
            state.set_names(names(connection, collation, family).as_deref());
        }
        _ => {
            let base = Some(client.as_str()).filter(|client| *client != "'utf8mb4'");
            state.set_names(base);
            state.set("character_set_results", results);
            state.set("character_set_connection", connection);
            state.set("collation_connection", collation);
        }
    }
}

/// What stands behind `SET NAMES`, of quoted names; `None` for what connections have by themselves.
fn names(charset: &str, collation: &str, family: ServerFamily) -> Option<String> {
    let is_default = charset == "'utf8mb4'" && collation.trim_matches('\'') == default_name(family);
    (!is_default).then(|| format!("{charset} COLLATE {collation}"))
}

/// The collation of `SET NAMES utf8mb4`.
fn default_name(family: ServerFamily) -> &'static str {
    match family {
        ServerFamily::MySql(version) if version >= 80_000 => "utf8mb4_0900_ai_ci",
        ServerFamily::MariaDb(version) if version >= 110_500 => "utf8mb4_uca1400_ai_ci",
        ServerFamily::MySql(_) | ServerFamily::MariaDb(_) => "utf8mb4_general_ci",
    }
}

/// The id of a collation, as far as ours go; of the newer default ones too.
fn id_of(collation: &str, family: ServerFamily) -> Option<u16> {
    match collation {
        "utf8mb4_uca1400_ai_ci" => Some(2304),
        name => collation_id(name, is_mariadb(family)),
    }
}

fn is_mariadb(family: ServerFamily) -> bool {
    matches!(family, ServerFamily::MariaDb(_))
}

/// Before these versions the names of `utf8mb3` began with `utf8`.
fn is_before_utf8mb3(family: ServerFamily) -> bool {
    match family {
        ServerFamily::MySql(version) => version < 80_030,
        ServerFamily::MariaDb(version) => version < 100_600,
    }
}

impl SessionContext {
    /// `SET NAMES` of a character set that the lexer reads. `utf8mb4` is what connections have by themselves.
    pub(super) fn set_names(&mut self, charset: Charset, family: ServerFamily) {
        if charset == Charset::Utf8mb4 {
            self.state.set_names(None);
        } else {
            self.state.set_names(Some(&format!("'{}'", charset.name())));
        }
        self.learn_charsets(family);
    }

    /// The collation of the handshake; one whose character set cannot be read byte by byte becomes utf8mb4, as servers
    /// do with one that they do not know.
    pub(super) fn start_names(&mut self, collation: u8, family: ServerFamily) {
        let charset = Charset::from_collation(collation);
        let Some((charset, name)) = charset.zip(collation_name(collation, is_mariadb(family)))
        else {
            self.set_names(Charset::Utf8mb4, family);
            return;
        };
        let name = match name.strip_prefix("utf8mb3_") {
            Some(rest) if is_before_utf8mb3(family) => format!("utf8_{rest}"),
            _ => name,
        };
        let names = names(
            &format!("'{}'", charset.name()),
            &format!("'{name}'"),
            family,
        );
        self.state.set_names(names.as_deref());
        self.learn_charsets(family);
    }

    /// Takes over what the variables mean for our own reading and writing.
    pub(super) fn learn_charsets(&mut self, family: ServerFamily) {
        let client = self.state.charset("character_set_client");
        self.charset = client.and_then(Charset::from_name).unwrap_or_default();
        let results = self
            .state
            .charset("character_set_results")
            .unwrap_or("utf8mb4");
        let collation = match self.state.get("character_set_results") {
            Some(_) => None,
            None => self.state.names_collation(),
        };
        let default = || match Charset::from_name(results)? {
            Charset::Utf8mb4 => id_of(default_name(family), family),
            charset => Some(charset.default_collation(is_mariadb(family))),
        };
        let collation = match collation {
            Some(name) => id_of(name, family),
            None => default(),
        };
        let collation = collation.unwrap_or(self.results.collation);
        self.results = ResultCharset::of(results, collation);
    }
}

/// Our lexer reads statements under these variables.
pub(super) fn readable(state: &SessionState) -> Result<(), Failure> {
    let unknown = |charset: &str| {
        let message = format!("Unknown character set: '{charset}': {UNREADABLE}");
        Err(Failure::new(1115, "42000", message))
    };
    if let Some(charset) = state.charset("character_set_client")
        && Charset::from_name(charset).is_none()
    {
        return unknown(charset);
    }
    // the servers tell even this variable's value in the characters it asks for
    if let Some(charset) = state.charset("character_set_results")
        && !charset.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return unknown("ucs2 or utf16");
    }
    if let Some(mode) = state.get("sql_mode").map(|mode| mode.trim_matches('\''))
        && SqlMode::from_value(mode).is_none()
    {
        let message = format!(
            "Variable 'sql_mode' can't be set to the value of '{mode}': under ORACLE and MSSQL the servers read \
             another SQL than the proxy does"
        );
        return Err(Failure::new(1231, "42000", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MYSQL: ServerFamily = ServerFamily::MySql(90_704);
    const MARIADB: ServerFamily = ServerFamily::MariaDb(101_119);

    #[test]
    fn a_collation_is_told_only_where_it_is_not_the_default() {
        let names = |charset, collation, family| names(charset, collation, family);
        assert_eq!(names("'utf8mb4'", "'utf8mb4_general_ci'", MARIADB), None);
        assert_eq!(names("'utf8mb4'", "'utf8mb4_0900_ai_ci'", MYSQL), None);
        assert_eq!(
            names("'utf8mb4'", "'utf8mb4_general_ci'", MYSQL).as_deref(),
            Some("'utf8mb4' COLLATE 'utf8mb4_general_ci'")
        );
        assert_eq!(
            names("'latin1'", "'latin1_swedish_ci'", MYSQL).as_deref(),
            Some("'latin1' COLLATE 'latin1_swedish_ci'")
        );
    }

    #[test]
    fn a_variable_set_after_names_moves_itself_alone() {
        let told = ["'utf8mb4'", "'latin1'", "NULL", "'latin1_bin'"].map(str::to_owned);
        let mut state = SessionState::default();
        state.set_names(Some("'utf8mb4' COLLATE 'utf8mb4_bin'"));
        let mut before = state.clone();
        let item = SetItem::Variable {
            scope: crate::sql::VariableScope::Session,
            name: "character_set_results".to_owned(),
            value: (0, 0),
            is_literal: true,
            is_default: false,
        };
        keep(&item, &told, &mut state, MYSQL);
        before.set("character_set_results", "NULL");
        assert_eq!(state, before);
        assert_eq!(state.charset("character_set_client"), Some("utf8mb4"));
        assert_eq!(state.charset("character_set_results"), Some("NULL"));
    }
}
