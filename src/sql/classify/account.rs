//! Accounts, roles and privileges.

use super::verb::Class;
use crate::sql::statement::{Ddl, DdlKind, Kind};

/// GRANT, REVOKE, SET PASSWORD and the like: every server decides for itself.
pub(super) fn grant() -> Class {
    Class::plain(Kind::Ddl(Ddl {
        kind: DdlKind::Account,
        is_temporary: false,
        is_conditional: false,
        reads_tables: false,
        constraints: Vec::new(),
    }))
}
