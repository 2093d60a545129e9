//! The catalogue as a page of Markdown.

use std::fmt::Write;

use super::{Class, Scope, rows};

const HEAD: &str = "\
# Configuration reference

This page is printed from the key catalogue in `src/config/catalogue`; a test keeps it equal
(`UPDATE_DOCS=1 cargo test --lib config::` rewrites it).

`--config DIR` names a folder with `server.yaml` (or `global.yaml`) and one file per logical database: any
other `*.yaml` that has `databaseName` (or `schemaName`). `${NAME}` in capitals is replaced by the environment
variable in every value, before anything else is read. Every fault is reported at once with file, line, column and
path; a key that is not on this page is a fault.

Three things can become of a key:

- **honored**: it does what it says;
- **without effect**: it may stand, since ignoring it changes neither results nor safety; `shardgate check` lists it;
- **refused**: it may not stand, since ignoring it would change results or safety.

Rules that are refused as a whole: `!ENCRYPT`, `!MASK`, `!SHADOW`, `!DB_DISCOVERY`, `!COMPATIBLE_ENCRYPT`, `!TRAFFIC`.

Without users (`authority.users`), `root` with password `root` may log in, as in ShardingSphere-Proxy, but shardgate
then listens on 127.0.0.1 only; to declare another address without users is a fault.

Parameters of a url that are not on this page are the JDBC driver's and have no effect.
";

/// The whole page.
#[must_use]
pub fn reference_markdown() -> String {
    let mut page = HEAD.to_owned();
    for scope in Scope::ALL
        .iter()
        .filter(|scope| rows(**scope).next().is_some())
    {
        // writing to a String cannot fail
        let _ = write!(
            page,
            "\n## {}\n\n| key | | meaning |\n|---|---|---|\n",
            scope.title()
        );
        for row in rows(*scope) {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} |",
                row.key,
                class_word(row.class),
                row.note.replace('|', "\\|")
            );
        }
    }
    page
}

fn class_word(class: Class) -> &'static str {
    match class {
        Class::Honored => "honored",
        Class::WithoutEffect => "without effect",
        Class::Refused => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::reference_markdown;

    #[test]
    fn the_reference_page_is_what_the_code_prints() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        let page = reference_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/configuration.md is old: run UPDATE_DOCS=1 cargo test --lib config::"
        );
    }
}
