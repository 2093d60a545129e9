//! Every kind of refusal: number, SQLSTATE, cause and remedy, in one table.

use std::fmt::Write;

/// One row a kind; the enum and its list are made of it, so that none can be forgotten.
macro_rules! refusal_codes {
    ($($name:ident = $number:literal $sqlstate:literal: $cause:literal, $remedy:literal;)+) => {
        /// Every kind of refusal (contract 5.3).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum RefusalCode {
            $(#[doc = $cause] $name,)+
        }

        impl RefusalCode {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Error number and SQLSTATE on the wire.
            #[must_use]
            pub const fn number(self) -> (u16, &'static str) {
                match self {
                    $(Self::$name => ($number, $sqlstate),)+
                }
            }

            /// What leads to it.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self {
                    $(Self::$name => $cause,)+
                }
            }

            /// What to do about it.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(Self::$name => $remedy,)+
                }
            }
        }
    };
}

refusal_codes! {
    NoShardingValue = 20090 "42000":
        "No value of a sharding column is known for a sharded table, so the statement would run on every node; or its value leads nowhere.",
        "Add the column that the message names with `=` or `IN` and an exact value of its type. A table whose rule says `allowFullRoute` is exempt.";
    ShardingColumnUpdated = 20031 "44000":
        "An UPDATE or ON DUPLICATE KEY UPDATE would change a sharding column, and with it the node that the row belongs to.",
        "Delete the row and insert it anew, or leave the column out of SET.";
    LimitOverNodes = 20036 "42000":
        "UPDATE or DELETE with LIMIT would hit several nodes, each with a limit of its own.",
        "Give all sharding columns, so that one node is left, or write one value of them at a time.";
    UnsupportedOnSharded = 20030 "0A000":
        "A kind of statement that one server would have to answer for a table that lies on several: LOCK TABLES, HANDLER, LOAD DATA, a view or routine over it, renaming it.",
        "Do what the message says; for a single node there is the hint `/* shardgate: data_source=<name> */`.";
    TablesNotTogether = 20035 "0A000":
        "A write names several sharded tables, or changes another table than the sharded one, and they do not come to lie on one node.",
        "Give every sharded table its own sharding value, or compare their sharding columns with `=`; else write table by table.";
    RowOverNodes = 20056 "44000":
        "A row of an INSERT gives a sharding column something that is no exact value, so that the row could belong to several nodes.",
        "Write the value itself instead of an expression.";
    KeyMissing = 20020 "44000":
        "A row of an INSERT has no sharding value, or NULL.",
        "Give the column a value, or let a key generator fill it.";
    InsertSelect = 20034 "44000":
        "INSERT ... SELECT into a sharded table whose rows' node is known only after reading, or lies elsewhere than what is read.",
        "Select literals for the sharding columns, or hold them to one value in the WHERE of the SELECT, so that all lies on one node (docs/writes.md); else read first, then insert the values.";
    HintDataSource = 12200 "42000":
        "A hint names a data source that the logical database does not have.",
        "Take one of the names in the message.";
    ClockMovedBack = 10440 "HY000":
        "No key can be generated: the clock stands behind the last id by more than is tolerated, ids in the table are ahead of the clock, or the high-water mark cannot be kept on disk.",
        "Correct time synchronization, or the epoch of the key generator; keys are generated again once the clock is past the mark, or after an admin's `CLOSE KEY FUSE`. See generated keys in operations.md. Until then give the keys yourself.";
    SecondWriter = 29001 "25000":
        "A transaction that writes to one data source would write to a second one, or to a broadcast table, which could not be ended as one.",
        "The transaction is still usable: commit it first, or keep its rows under one sharding value. `crossShard: allow` gives up atomicity.";
    NotUnderstood = 29002 "42000":
        "A statement names a sharded table in a way that is not understood with certainty.",
        "Say it in plainer SQL, as the message says what was in the way.";
    ActualName = 29003 "42000":
        "A statement names an actual table or schema, such as inv_stock_3.",
        "Use the logical name. With the right to hints: `/* shardgate: data_source=<name> */`.";
    UnknownHint = 29004 "42000":
        "A hint has a key or a value that is not known.",
        "Correct its spelling; the message lists what there is.";
    NoRight = 29005 "42000":
        "The user has no right to the hint, or to the DDL.",
        "Let the user have `hints: true`, `ddl: true` or `ddl: all` in server.yaml, or take another user.";
    NeedsMerge = 29006 "0A000":
        "A read is allowed to touch several nodes, but their answers would have to be merged, or a derived table of them is not the table, or they are more than `maxRouteNodes`.",
        "Give the sharding columns that the message names, or one value of them at a time; or leave out what the message says is in the way (docs/fan-out.md).";
    PinnedElsewhere = 29007 "HY000":
        "A statement needs state that this session holds on another data source, or a write would have to run on a server that takes none since the session holds state there: a lock, a temporary table, a user variable.",
        "Run it without that state, or in another session; resetting the connection gives the state up.";
    WriteOverNodes = 29008 "0A000":
        "A write would hit nodes in several data sources or too many nodes, depends on the order of rows over several nodes, or would give each copy of a broadcast table another value.",
        "Give the sharding columns that the message names, or write one value of them at a time; `allowSplitWrite: true` on the table's rule gives up atomicity, `maxRouteNodes` allows more nodes (docs/writes.md). Compute values such as UUID() in the application.";
    OutcomeUnknown = 29009 "08S01":
        "The connection was lost after a write or a COMMIT was sent and before it was answered: it may or may not have happened. A write over several data sources was committed in some and not in others.",
        "Read back before you repeat it. It is never repeated by the proxy.";
    PoolTimeout = 29010 "HY000":
        "No connection to the data source became free in time, or too many statements wait for one.",
        "Try again; if it lasts, look for long transactions, then raise `maxPoolSize`.";
    SourceDown = 29011 "HY000":
        "The data source cannot be reached, or the connection to it was lost before anything was decided.",
        "Try again; a transaction is to be repeated from its beginning. Look at the server.";
    TwoWriters = 29012 "HY000":
        "Two servers of a read-write group accept writes, and neither replicates from the other.",
        "Make one of them a replica; the group takes writes again by itself.";
    DigestDenied = 29013 "42000":
        "The statement's digest is on the list of denied digests.",
        "Take it off the list, or change the statement.";
    DdlPartlyDone = 29014 "HY000":
        "DDL, or a write to a broadcast table, succeeded on some nodes and failed on others.",
        "`SHOW WARNINGS` has a row a node. Remove the cause; DDL is then run again, nodes that are done are left alone. Copies of a broadcast table that differ must be repaired.";
    LocalOutsideTransaction = 29015 "42000":
        "A local table is inserted into before its transaction wrote anywhere, or read without saying where.",
        "Write the sharded row first, in the same transaction; for reading add `/* shardgate: data_source=<name> */`.";
    UnknownDatabase = 1049 "42000":
        "There is no logical database of this name.",
        "`SHOW DATABASES` lists them.";
    UnknownTable = 1146 "42S02":
        "There is no table of this name.",
        "`SHOW TABLES` lists them; a new one is created through the proxy.";
    UnknownColumn = 1054 "42S22":
        "A table has no column of this name.",
        "Correct the name; after DDL that went around the proxy: `REFRESH TABLE METADATA`.";
    Syntax = 1064 "42000":
        "The text is no statement.",
        "Correct it where the message points.";
    ColumnCount = 1136 "21S01":
        "A row of an INSERT has another number of values than the table or the column list has columns.",
        "Give a column list, and a value for each.";
    NotSupported = 1235 "42000":
        "This version does not serve the statement.",
        "The message says what is in the way, and what to write instead where there is something.";
}

const HEAD: &str = "\
# Refusals

This page is printed from the table in `src/route/refusal_code.rs`; a test keeps it equal
(`UPDATE_DOCS=1 cargo test --lib route::` rewrites it).

A refused statement reaches no server, unless its row below says otherwise, and leaves the session usable, its
transaction too. The message names table and column, never a value. Numbers below 10000 are MySQL's, those from 10000
to 20999 are ShardingSphere's (5.5), those from 29001 are shardgate's own. `/metrics` counts refusals by number
(`shardgate_kernel_refusals_total`). Errors of the servers themselves pass through with logical names.

| number | SQLSTATE | cause | remedy |
|---|---|---|---|
";

/// The page of all refusals, in the order of their numbers.
#[must_use]
pub fn refusals_markdown() -> String {
    let mut codes = RefusalCode::ALL.to_vec();
    codes.sort_by_key(|code| code.number());
    let mut page = HEAD.to_owned();
    for code in codes {
        let (number, sqlstate) = code.number();
        // writing to a String cannot fail
        let _ = writeln!(
            page,
            "| {number} | {sqlstate} | {} | {} |",
            code.cause(),
            code.remedy()
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_number_of_its_own_and_a_sqlstate() {
        let numbers: BTreeSet<u16> = RefusalCode::ALL
            .iter()
            .map(|code| code.number().0)
            .collect();
        assert_eq!(numbers.len(), RefusalCode::ALL.len());
        for code in RefusalCode::ALL {
            let sqlstate = code.number().1;
            assert_eq!(sqlstate.len(), 5, "{code:?}");
            let is_state = sqlstate
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            assert!(is_state, "{code:?}");
        }
    }

    #[test]
    fn a_row_fits_in_a_table_of_markdown() {
        for code in RefusalCode::ALL {
            for cell in [code.cause(), code.remedy()] {
                assert!(
                    !cell.contains('|') && cell.ends_with('.'),
                    "{code:?}: {cell}"
                );
            }
        }
    }

    #[test]
    fn the_page_of_refusals_is_what_the_code_prints() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/refusals.md");
        let page = refusals_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/refusals.md is old: run UPDATE_DOCS=1 cargo test --lib route::"
        );
    }
}
