//! How texts of a string sharding column are made equal where the server calls them equal, and which collations need that.

use std::borrow::Cow;

/// `normalize:` of a string sharding column (contract 4.2): a collation that calls two spellings
/// equal would otherwise let them lie on two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// `exact`: the application always writes one spelling; texts are taken as they are.
    Exact,
    /// `ascii_ci`: A to Z become small, blanks at the end are cut; a text with any character
    /// outside of printable ASCII is no value known.
    AsciiCi,
}

/// Collations whose equality of printable ASCII texts `ascii_ci` holds, behind the character set's name
/// In others letters may be equal that are not the same (`i` and `j`, `i` and `y`, `ccs` and `cscs`).
const ASCII_FOLDED: &[&str] = &[
    "general_ci",
    "general_nopad_ci",
    "unicode_ci",
    "unicode_nopad_ci",
    "unicode_520_ci",
    "unicode_520_nopad_ci",
    "0900_ai_ci",
    "0900_as_ci",
    "0900_as_cs",
    "bin",
    "nopad_bin",
    "0900_bin",
];
const ASCII_CHARSETS: &[&str] = &["ascii", "latin1", "utf8", "utf8mb3", "utf8mb4"];

impl Normalize {
    /// Reads the word of the configuration.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "ascii_ci" => Some(Self::AsciiCi),
            _ => None,
        }
    }

    /// Whether texts that a column of this collation calls equal are folded to one.
    #[must_use]
    pub fn folds(self, collation: &str) -> bool {
        let is_folded = || {
            collation.split_once('_').is_some_and(|(charset, rest)| {
                ASCII_CHARSETS.contains(&charset) && ASCII_FOLDED.contains(&rest)
            })
        };
        match self {
            // a promise of the application's, whatever the collation
            Self::Exact => true,
            Self::AsciiCi => {
                collation == "binary" || collation == "latin1_swedish_ci" || is_folded()
            }
        }
    }

    /// The text to hash; `None` if this folding cannot say which texts are its equals.
    #[must_use]
    pub fn apply(self, text: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Exact => Some(Cow::Borrowed(text)),
            Self::AsciiCi if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => None,
            Self::AsciiCi => Some(Cow::Owned(text.trim_end_matches(' ').to_ascii_lowercase())),
        }
    }
}

/// What is known of how a server compares the texts of a string sharding column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Which texts are equal is known.
    Told {
        /// But for blanks at the end, which the server does not compare.
        pads: bool,
    },
    /// The collation calls different texts equal, and the rule does not say how they are folded.
    Loose,
    /// Neither the collation nor a folding is known.
    Unknown,
}

impl Comparison {
    /// By the rule's `normalize` and the column's collation, as far as they are known (contract 4.2).
    #[must_use]
    pub fn of(normalize: Option<Normalize>, collation: Option<&str>) -> Self {
        match (normalize, collation) {
            (Some(folding), Some(name)) if !folding.folds(name) => Self::Loose,
            // an application's one spelling may still end with blanks that the server does not compare
            (Some(Normalize::Exact), name) => Self::Told {
                pads: name.is_some_and(pads_blanks),
            },
            (Some(Normalize::AsciiCi), _) => Self::Told { pads: false },
            (None, None) => Self::Unknown,
            (None, Some(name)) if is_binary(name) => Self::Told {
                pads: pads_blanks(name),
            },
            (None, Some(_)) => Self::Loose,
        }
    }
}

fn is_binary(collation: &str) -> bool {
    collation == "binary" || collation.ends_with("_bin")
}

/// `binary`, MySQL's `*_0900_*` and `MariaDB`'s `*_nopad_*` compare blanks at the end, the others do not.
fn pads_blanks(collation: &str) -> bool {
    collation != "binary" && !collation.contains("_0900_") && !collation.contains("_nopad_")
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Normalize};

    #[test]
    fn a_collation_that_nobody_has_told_is_not_taken_for_exact_contract_4_2() {
        let of = Comparison::of;
        assert_eq!(of(None, None), Comparison::Unknown);
        assert_eq!(of(None, Some("utf8mb4_general_ci")), Comparison::Loose);
        for (collation, pads) in [
            ("binary", false),
            ("utf8mb4_bin", true),
            ("utf8mb4_0900_bin", false),
            ("latin1_nopad_bin", false),
        ] {
            assert_eq!(
                of(None, Some(collation)),
                Comparison::Told { pads },
                "{collation}"
            );
        }
        let (exact, folded) = (Some(Normalize::Exact), Some(Normalize::AsciiCi));
        assert_eq!(of(exact, None), Comparison::Told { pads: false });
        assert_eq!(
            of(exact, Some("utf8mb4_general_ci")),
            Comparison::Told { pads: true }
        );
        assert_eq!(
            of(folded, Some("utf8mb4_general_ci")),
            Comparison::Told { pads: false }
        );
        assert_eq!(of(folded, Some("utf8mb4_roman_ci")), Comparison::Loose);
    }

    #[test]
    fn ascii_ci_makes_equal_spellings_one_and_refuses_the_rest() {
        assert_eq!(Normalize::AsciiCi.apply("AbC  ").as_deref(), Some("abc"));
        assert_eq!(Normalize::AsciiCi.apply("é"), None);
        // collations of Unicode leave control characters out
        assert_eq!(Normalize::AsciiCi.apply("a\u{1}"), None);
        assert_eq!(Normalize::Exact.apply("AbC ").as_deref(), Some("AbC "));
    }

    #[test]
    fn ascii_ci_is_for_collations_that_it_folds_exactly() {
        for collation in [
            "utf8mb4_general_ci",
            "utf8mb4_0900_ai_ci",
            "latin1_swedish_ci",
            "ascii_general_ci",
            "utf8mb3_bin",
        ] {
            assert!(Normalize::AsciiCi.folds(collation), "{collation}");
        }
        for collation in [
            "utf8mb4_roman_ci",
            "utf8mb4_lithuanian_ci",
            "utf8mb4_hu_0900_ai_ci",
            "latin1_german2_ci",
            "sjis_japanese_ci",
        ] {
            assert!(!Normalize::AsciiCi.folds(collation), "{collation}");
        }
    }
}
