//! How texts of a string sharding column are made equal where the server calls them equal.

use std::borrow::Cow;

/// `normalize:` of a string sharding column (contract 4.2): a collation that calls two spellings
/// equal would otherwise let them lie on two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// `exact`: the application always writes one spelling; texts are taken as they are.
    Exact,
    /// `ascii_ci`: A to Z become small, blanks at the end are cut; a text with any other
    /// character outside ASCII is no value known.
    AsciiCi,
}

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

    /// The text to hash; `None` if this folding cannot say which texts are its equals.
    #[must_use]
    pub fn apply(self, text: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Exact => Some(Cow::Borrowed(text)),
            Self::AsciiCi if !text.is_ascii() => None,
            Self::AsciiCi => Some(Cow::Owned(text.trim_end_matches(' ').to_ascii_lowercase())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Normalize;

    #[test]
    fn ascii_ci_makes_equal_spellings_one_and_refuses_the_rest() {
        assert_eq!(Normalize::AsciiCi.apply("AbC  ").as_deref(), Some("abc"));
        assert_eq!(Normalize::AsciiCi.apply("é"), None);
        assert_eq!(Normalize::Exact.apply("AbC ").as_deref(), Some("AbC "));
    }
}
