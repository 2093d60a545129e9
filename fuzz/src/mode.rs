//! The `sql_mode` that a byte of the input chooses.

use shardgate::sql::SqlMode;

/// The modes that change how a text is read, one a bit.
pub fn sql_mode(choice: u8) -> SqlMode {
    SqlMode {
        ansi_quotes: choice & 1 != 0,
        no_backslash_escapes: choice & 2 != 0,
        pipes_as_concat: choice & 4 != 0,
        high_not_precedence: choice & 8 != 0,
        ..SqlMode::default()
    }
}
