//! Hints of a statement as routing wants them.

use crate::sql::{self, Hints, Lexed};

use super::input::Wishes;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;

/// Hints read from a text.
#[derive(Clone, Debug)]
pub struct Asked(Hints);

impl Asked {
    /// Reads the leading comments.
    ///
    /// # Errors
    /// An unknown key is an error, not a silent nothing (29004).
    pub fn of(text: &[u8], lexed: &Lexed) -> Result<Self, Refusal> {
        match sql::hints(text, lexed, &(0..lexed.tokens.len())) {
            Ok(hints) if hints.skip_sql_rewrite => {
                Err(unserved("SKIP_SQL_REWRITE", "name the data source instead"))
            }
            Ok(hints) if !hints.database_values.is_empty() || !hints.table_values.is_empty() => {
                Err(unserved(
                    "SHARDING_DATABASE_VALUE and SHARDING_TABLE_VALUE",
                    "write the value into the condition",
                ))
            }
            Ok(hints) => Ok(Self(hints)),
            Err(error) => Err(Refusal::new(RefusalCode::UnknownHint, error.to_string())),
        }
    }

    /// What they ask.
    #[must_use]
    pub fn wishes(&self) -> Wishes<'_> {
        Wishes {
            data_source: self.0.data_source.as_deref(),
            primary: self.0.primary_only,
            full_route: self.0.full_route,
            disabled_auditors: &self.0.disable_audit_names,
        }
    }
}

/// A hint that is known and would change the answer, but is not served: never a silent nothing.
fn unserved(key: &str, remedy: &str) -> Refusal {
    Refusal::new(
        RefusalCode::UnknownHint,
        format!("the hint {key} is not served: {remedy}"),
    )
}
