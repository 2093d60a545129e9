//! Inline suppressions: `-- shardgate-lint: ignore RULE[,RULE] REASON`.

use crate::sql::Lexed;

use super::mapped::Mapped;

const BEGIN: &str = "shardgate-lint:";

/// A suppression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Names of rules, or their codes.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Where it stands in the source: first byte, and behind the last.
    pub source: (usize, usize),
}

/// The suppressions in a text's comments.
#[must_use]
pub fn marks(text: &Mapped, lexed: &Lexed) -> Vec<Mark> {
    let comments = lexed.comments.iter().filter_map(|comment| {
        let (start, end) = (comment.start as usize, comment.end as usize);
        let bytes = text.bytes.get(start..end)?;
        let words = String::from_utf8_lossy(bytes);
        let (_, rest) = words.split_once(BEGIN)?;
        let (rules, reason) = read(rest.trim_end_matches("*/").trim());
        Some(Mark {
            rules,
            reason,
            source: (text.source(start), text.source_end(end)),
        })
    });
    comments.collect()
}

/// `ignore a,b because`; another word than `ignore` names no rule.
fn read(rest: &str) -> (Vec<String>, String) {
    let Some(rest) = rest.strip_prefix("ignore") else {
        return (Vec::new(), rest.to_owned());
    };
    let rest = rest.trim_start();
    let (rules, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let names = rules.split(',').filter(|name| !name.is_empty());
    (names.map(str::to_owned).collect(), reason.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode, lex};

    #[test]
    fn suppressions_stand_in_comments_only() {
        let cases: [(&str, &[(&str, &str)]); 6] = [
            (
                "-- shardgate-lint: ignore a,b for a reason\nSELECT 1",
                &[("a b", "for a reason")],
            ),
            (
                "SELECT 1 /* shardgate-lint: ignore 20090 known */",
                &[("20090", "known")],
            ),
            ("SELECT 1 # shardgate-lint: ignore a", &[("a", "")]),
            ("SELECT '-- shardgate-lint: ignore a b'", &[]),
            ("-- shardgate-lint: skip this", &[("", "skip this")]),
            ("-- about shardgate", &[]),
        ];
        for (text, expected) in cases {
            let mut lexed = Lexed::default();
            lex(
                text.as_bytes(),
                SqlMode::default(),
                ServerFamily::MySql(80_400),
                &mut lexed,
            )
            .unwrap();
            let found = marks(&Mapped::straight(text.as_bytes(), 0), &lexed);
            let found: Vec<_> = found
                .iter()
                .map(|mark| (mark.rules.join(" "), mark.reason.as_str()))
                .collect();
            let found: Vec<_> = found
                .iter()
                .map(|(rules, reason)| (rules.as_str(), *reason))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
