//! What a read is: the SELECTs that only the primary may answer, in one table for code and docs (contract 8.1).

use std::fmt::Write;

use crate::sql::Facts;

/// One kind of read that is the primary's.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrimaryRead {
    what: &'static str,
    example: &'static str,
    why: &'static str,
    is_it: fn(&Facts) -> bool,
}

impl PrimaryRead {
    /// Whether a SELECT with these facts is one of them.
    pub(super) fn is_any(facts: &Facts) -> bool {
        PRIMARY_READS.iter().any(|read| (read.is_it)(facts))
    }
}

const PRIMARY_READS: &[PrimaryRead] = &[
    PrimaryRead {
        what: "a locking read, at any depth",
        example: "SELECT stock FROM inv_stock WHERE sku_id = 1 FOR UPDATE",
        why: "a lock on a replica locks nothing that a writer meets",
        is_it: |facts| facts.is_locking,
    },
    PrimaryRead {
        what: "`SELECT ... INTO`",
        example: "SELECT stock FROM inv_stock WHERE sku_id = 1 INTO @stock",
        why: "what is kept is used to write",
        is_it: |facts| facts.has_into,
    },
    PrimaryRead {
        what: "`LAST_INSERT_ID()`, `@@identity`",
        example: "SELECT LAST_INSERT_ID()",
        why: "it tells of the session's own write",
        is_it: |facts| facts.mentions_last_insert_id,
    },
    PrimaryRead {
        what: "`FOUND_ROWS()`",
        example: "SELECT FOUND_ROWS()",
        why: "it tells of the statement before",
        is_it: |facts| facts.calls_found_rows,
    },
    PrimaryRead {
        what: "`ROW_COUNT()`",
        example: "SELECT ROW_COUNT()",
        why: "it tells of the statement before",
        is_it: |facts| facts.calls_row_count,
    },
    PrimaryRead {
        what: "`SQL_CALC_FOUND_ROWS`",
        example: "SELECT SQL_CALC_FOUND_ROWS stock FROM inv_stock WHERE sku_id = 1 LIMIT 1",
        why: "its rows and the number asked for next are to be one server's",
        is_it: |facts| facts.has_calc_found_rows,
    },
    PrimaryRead {
        what: "`GET_LOCK()` and its kin",
        example: "SELECT GET_LOCK('stock', 1)",
        why: "all sessions look for a lock in one place",
        is_it: |facts| facts.uses_user_locks,
    },
    PrimaryRead {
        what: "a user variable assigned",
        example: "SELECT @n := stock FROM inv_stock WHERE sku_id = 1",
        why: "what is kept is used to write",
        is_it: |facts| facts.assigns_user_variable,
    },
    PrimaryRead {
        what: "a function with effects, a sequence's next value, a stored function of unknown nature",
        example: "SELECT reserve(1, 2)",
        why: "it may write: whatever is not built in counts as writing",
        is_it: |facts| facts.may_have_side_effects,
    },
];

const HEAD: &str = "\
# What is a read

This page is printed from the table that routes (`UPDATE_DOCS=1 cargo test --lib route::primary_read` rewrites it).

A replica serves a SELECT, SHOW or EXPLAIN SELECT outside of transactions, and in a READ ONLY transaction where
`transactionalReadQueryStrategy` says FIXED, or DYNAMIC, which is the same: one snapshot is one server's. Everything else
is the primary's, and so are these reads:

| a read that is the primary's | for instance | why |
|---|---|---|
";

const TAIL: &str = "
The session decides too. Its reads go to the primary

- in a transaction that is not READ ONLY, and with `autocommit = 0`;
- for `readYourWritesMs` after its last write to the same group; with `readYourWrites: gtid` until a replica holds that
  write, which then serves;
- behind a write in the same text (`UPDATE ...; SELECT ...`), whatever the window;
- while it holds a lock, a temporary table, a HANDLER or a cursor on a connection of the primary;
- with a hint: `/* shardgate: primary */`, `/*+ PROXY_DS=primary */`, `WRITE_ROUTE_ONLY=true`.

`/* shardgate: stale */` is the opposite: a replica may answer however far it is behind, and whatever the session wrote;
not one that is declared delayed or was disabled by hand. A statement of the table above does not become a replica's by
it.
";

/// The page of reads.
#[must_use]
pub fn reads_markdown() -> String {
    let mut page = HEAD.to_owned();
    for read in PRIMARY_READS {
        // writing to a String cannot fail
        let _ = writeln!(
            page,
            "| {} | `{}` | {} |",
            read.what, read.example, read.why
        );
    }
    page.push_str(TAIL);
    page
}

#[cfg(test)]
mod tests {
    use super::super::purpose::needs_primary;
    use super::*;
    use crate::sql::{Lexed, ServerFamily, SqlMode, analyze, lex};

    fn needs(text: &str, read: Option<&PrimaryRead>) -> bool {
        let mode = SqlMode::default();
        let mut lexed = Lexed::default();
        lex(
            text.as_bytes(),
            mode,
            ServerFamily::MySql(90_000),
            &mut lexed,
        )
        .unwrap();
        let range = 0..lexed.tokens.len();
        let statement = analyze(text.as_bytes(), &lexed, range, mode);
        if let Some(read) = read {
            assert!((read.is_it)(&statement.facts), "{text}");
        }
        needs_primary(&statement.kind, &statement.facts)
    }

    #[test]
    fn every_example_is_what_its_row_says_and_goes_to_the_primary() {
        // contract 8.1
        for read in PRIMARY_READS {
            assert!(needs(read.example, Some(read)), "{}", read.example);
        }
        for plain in [
            "SELECT stock FROM inv_stock WHERE sku_id = 1",
            "SELECT COUNT(*), MAX(stock), NOW() FROM inv_stock WHERE sku_id = 1",
            "SHOW TABLES",
            "EXPLAIN SELECT stock FROM inv_stock WHERE sku_id = 1",
        ] {
            assert!(!needs(plain, None), "{plain}");
        }
        for other in [
            "SELECT NEXT VALUE FOR s",
            "SELECT NEXTVAL(s)",
            "SELECT SLEEP(1)",
            "SELECT * FROM (SELECT 1 FROM t FOR UPDATE) x",
            "SELECT 1 FROM t LOCK IN SHARE MODE",
            "SELECT 1 FROM t INTO OUTFILE 'x'",
            "DO RELEASE_LOCK('x')",
        ] {
            assert!(needs(other, None), "{other}");
        }
    }

    #[test]
    fn the_page_of_reads_is_what_routes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reads.md");
        let page = reads_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/reads.md is old: run UPDATE_DOCS=1 cargo test --lib route::primary_read"
        );
    }
}
