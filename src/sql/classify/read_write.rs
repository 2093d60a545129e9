//! ShardingSphere's statements about read-write groups, as far as there is something of the kind here.

use super::verb::Class;
use crate::sql::reader::Reader;
use crate::sql::statement::{Kind, ProxyStatement};

/// `[group] ENABLE | DISABLE member [FROM database]`, behind ALTER READWRITE_SPLITTING RULE.
pub(super) fn alter(reader: &mut Reader<'_>) -> Option<Class> {
    let verbs = ["ENABLE", "DISABLE"];
    let (group, verb) = match reader.take_any(&verbs) {
        Some(verb) => (None, verb),
        None => (Some(reader.name()?.value), reader.take_any(&verbs)?),
    };
    let name = reader.name()?.value;
    let database = from(reader)?;
    Some(Class::plain(Kind::Proxy(ProxyStatement::SetMember {
        group,
        name,
        database,
        is_disabled: verb == "DISABLE",
    })))
}

/// `RULES [FROM database]` or `RULE group [FROM database]`, behind SHOW STATUS FROM READWRITE_SPLITTING.
pub(super) fn show(reader: &mut Reader<'_>) -> Option<Class> {
    let group = match reader.take_any(&["RULES", "RULE"])? {
        "RULE" => Some(reader.name()?.value),
        _ => None,
    };
    let database = from(reader)?;
    Some(Class::plain(Kind::Proxy(ProxyStatement::ShowReplicas {
        group,
        database,
    })))
}

/// What may stand at the end; the outer `None` = something else does.
fn from(reader: &mut Reader<'_>) -> Option<Option<String>> {
    let database = if reader.take("FROM") {
        Some(reader.name()?.value)
    } else {
        None
    };
    reader.is_done().then_some(database)
}
