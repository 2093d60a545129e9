//! Columns of the answers that we give in a server's place, as the family's servers describe them.
//!
//! Measured on MariaDB 10.11 and MySQL 9.7: the packets of the same statements sent to a server alone. The differential
//! tests hold every line of these tables to both families.

use crate::protocol::ColumnDefinition;
use crate::sql::ServerFamily;

use super::result_charset::ResultCharset;

const LONG: u8 = 0x03;
const DOUBLE: u8 = 0x05;
const LONGLONG: u8 = 0x08;
const LONG_BLOB: u8 = 0xFB;
const VAR_STRING: u8 = 0xFD;
const STRING: u8 = 0xFE;

/// NOT_NULL
const REQUIRED: u16 = 0x0001;
/// NOT_NULL, BINARY: a number
const NUMBER: u16 = 0x0081;
/// NOT_NULL, UNSIGNED, BINARY
const UNSIGNED: u16 = 0x00A1;
/// UNSIGNED, BINARY: a system variable
const VARIABLE: u16 = 0x00A0;
/// NOT_NULL, NO_DEFAULT
const SCHEMA_TABLE: u16 = 0x1001;
/// NOT_NULL, BINARY, NO_DEFAULT: a view over MySQL's dictionary
const DICTIONARY: u16 = 0x1081;
/// as before, and PART_KEY: the view's table itself
const DICTIONARY_TABLE: u16 = 0x5081;

/// One column.
#[derive(Clone, Copy, Debug)]
struct Spec {
    title: &'static str,
    kind: u8,
    /// Characters of a text, else bytes.
    length: u32,
    flags: u16,
    /// Collation where no character set for results is asked for.
    own: u16,
    decimals: u8,
    origin: Option<Origin>,
}

/// The table that a column says it comes from; without an own name it has the title's.
#[derive(Clone, Copy, Debug)]
struct Origin {
    schema: &'static str,
    table: &'static str,
    org_table: &'static str,
    org_name: Option<&'static str>,
}

/// `utf8mb3_general_ci`, `utf8mb3_bin` and `latin1_swedish_ci`
const SYSTEM: u16 = 33;
const SYSTEM_BINARY: u16 = 83;
const LATIN1: u16 = 8;
/// A text's decimals are the family's.
const OF_FAMILY: u8 = 0xFF;

const fn column(title: &'static str, kind: u8, length: u32, flags: u16) -> Spec {
    Spec {
        title,
        kind,
        length,
        flags,
        own: SYSTEM,
        decimals: 0,
        origin: None,
    }
}

const fn text(title: &'static str, length: u32, flags: u16) -> Spec {
    Spec {
        decimals: OF_FAMILY,
        ..column(title, VAR_STRING, length, flags)
    }
}

impl Spec {
    const fn from(
        mut self,
        schema: &'static str,
        table: &'static str,
        org_table: &'static str,
        org_name: Option<&'static str>,
    ) -> Self {
        self.origin = Some(Origin {
            schema,
            table,
            org_table,
            org_name,
        });
        self.decimals = 0;
        self
    }

    const fn own(mut self, collation: u16) -> Self {
        self.own = collation;
        self
    }
}

const INFORMATION: &str = "information_schema";

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Warnings,
    WarningCount,
    ErrorCount,
    Tables { is_full: bool, is_by_name: bool },
    OpenTables,
    Databases { is_by_name: bool },
    Processes { is_full: bool },
    Grants,
}

fn mariadb(shown: Shown) -> Vec<Spec> {
    match shown {
        Shown::Tables { is_full, .. } => {
            let name = text("", 73, SCHEMA_TABLE).from(
                INFORMATION,
                "TABLE_NAMES",
                "TABLE_NAMES",
                Some("TABLE_NAME"),
            );
            let kind = text("Table_type", 64, SCHEMA_TABLE).from(
                INFORMATION,
                "TABLE_NAMES",
                "TABLE_NAMES",
                Some("TABLE_TYPE"),
            );
            if is_full {
                vec![name, kind]
            } else {
                vec![name]
            }
        }
        Shown::OpenTables => open_tables(SCHEMA_TABLE, [1, 4]),
        Shown::Databases { .. } => {
            vec![text("", 64, SCHEMA_TABLE).from(
                INFORMATION,
                "SCHEMATA",
                "SCHEMATA",
                Some("SCHEMA_NAME"),
            )]
        }
        Shown::Processes { is_full } => {
            let mut columns = processes(is_full, [11, 128, 64, 7]);
            columns.push(Spec {
                decimals: 3,
                ..column("Progress", DOUBLE, 7, NUMBER)
            });
            columns
        }
        Shown::Warnings => warnings(4),
        other => of_both(other),
    }
}

fn mysql(shown: Shown) -> Vec<Spec> {
    match shown {
        Shown::Tables {
            is_full,
            is_by_name,
        } => {
            let (name, kind) = if is_by_name {
                (
                    text("", 64, DICTIONARY_TABLE).from(INFORMATION, "TABLES", "tbl", None),
                    column("Table_type", STRING, 11, 0x5189).from(
                        INFORMATION,
                        "TABLES",
                        "tbl",
                        None,
                    ),
                )
            } else {
                (
                    text("", 64, DICTIONARY).from("", "TABLES", "tables", None),
                    column("Table_type", STRING, 11, 0x1181).from("", "TABLES", "tables", None),
                )
            };
            let (name, kind) = (name.own(SYSTEM_BINARY), kind.own(SYSTEM_BINARY));
            if is_full {
                vec![name, kind]
            } else {
                vec![name]
            }
        }
        Shown::OpenTables => open_tables(REQUIRED, [2, 5]),
        Shown::Databases { is_by_name } => {
            let name = if is_by_name {
                text("", 64, DICTIONARY_TABLE).from(INFORMATION, "SCHEMATA", "sch", None)
            } else {
                text("", 64, DICTIONARY).from("", "SCHEMATA", "schemata", None)
            };
            vec![name.own(SYSTEM_BINARY)]
        }
        Shown::Processes { is_full } => processes(is_full, [22, 32, 255, 8]),
        Shown::Warnings => warnings(5),
        other => of_both(other),
    }
}

fn of_both(shown: Shown) -> Vec<Spec> {
    match shown {
        Shown::WarningCount => vec![column("@@session.warning_count", LONGLONG, 21, VARIABLE)],
        Shown::ErrorCount => vec![column("@@session.error_count", LONGLONG, 21, VARIABLE)],
        // "Grants for" is put before the account's name
        _ => vec![text("", 1024, REQUIRED).own(LATIN1)],
    }
}

fn warnings(code: u32) -> Vec<Spec> {
    vec![
        text("Level", 7, REQUIRED),
        column("Code", LONG, code, UNSIGNED),
        text("Message", 512, REQUIRED),
    ]
}

fn open_tables(flags: u16, lengths: [u32; 2]) -> Vec<Spec> {
    let from = |spec: Spec| spec.from(INFORMATION, "OPEN_TABLES", "OPEN_TABLES", None);
    vec![
        from(text("Database", 64, flags)),
        from(text("Table", 64, flags)),
        from(column("In_use", LONGLONG, lengths[0], flags)),
        from(column("Name_locked", LONGLONG, lengths[1], flags)),
    ]
}

fn processes(is_full: bool, [id, user, host, time]: [u32; 4]) -> Vec<Spec> {
    let info = if is_full {
        Spec {
            decimals: OF_FAMILY,
            ..column("Info", LONG_BLOB, 1 << 30, 0)
        }
    } else {
        text("Info", 100, 0)
    };
    vec![
        column("Id", LONGLONG, id, NUMBER),
        text("User", user, REQUIRED),
        text("Host", host, REQUIRED),
        text("db", 64, 0),
        text("Command", 16, REQUIRED),
        column("Time", LONG, time, NUMBER),
        text("State", 30, 0),
        info,
    ]
}

/// The column definitions of an answer; `title` is the first column's, where it is not always the same.
pub(super) fn columns(
    shown: Shown,
    title: &str,
    family: ServerFamily,
    charset: ResultCharset,
) -> Vec<ColumnDefinition> {
    let (specs, decimals) = match family {
        ServerFamily::MariaDb(_) => (mariadb(shown), 39),
        ServerFamily::MySql(_) => (mysql(shown), 31),
    };
    let define = |spec: Spec| definition(spec, title, decimals, charset);
    specs.into_iter().map(define).collect()
}

fn definition(spec: Spec, title: &str, decimals: u8, charset: ResultCharset) -> ColumnDefinition {
    let title = if spec.title.is_empty() {
        title
    } else {
        spec.title
    };
    let title = charset.encode(title.as_bytes()).into_owned();
    let collation = if charset.is_own() {
        spec.own
    } else {
        charset.collation
    };
    // a text in the narrow character set that is its own
    let width = if charset.is_own() && spec.own == LATIN1 {
        1
    } else {
        charset.width
    };
    let (charset, length) = match spec.kind {
        VAR_STRING | STRING => (collation, spec.length * width),
        LONG_BLOB => (collation, spec.length.saturating_mul(width.max(3))),
        _ => (ColumnDefinition::CHARSET_BINARY, spec.length),
    };
    let name = |name: &str| name.as_bytes().to_vec();
    let origin = spec.origin;
    ColumnDefinition {
        schema: origin.map_or_else(Vec::new, |origin| name(origin.schema)),
        table: origin.map_or_else(Vec::new, |origin| name(origin.table)),
        org_table: origin.map_or_else(Vec::new, |origin| name(origin.org_table)),
        org_name: origin.map_or_else(Vec::new, |origin| {
            origin.org_name.map_or_else(|| title.clone(), name)
        }),
        name: title,
        catalog: name("def"),
        charset,
        length,
        column_type: spec.kind,
        flags: spec.flags,
        decimals: if spec.decimals == OF_FAMILY {
            decimals
        } else {
            spec.decimals
        },
        tail: Vec::new(),
    }
}
