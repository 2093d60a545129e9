//! Collations by the number that a login and a column definition carry, for the character sets that we read.

use super::charset::Charset;

/// Ids and names as `information_schema.COLLATIONS` of MariaDB 10.11 and MySQL 9.7 list them, ids below 256: a login
/// names no other.
const COMMON: &[(u16, &str)] = &[
    (5, "latin1_german1_ci"),
    (8, "latin1_swedish_ci"),
    (11, "ascii_general_ci"),
    (15, "latin1_danish_ci"),
    (31, "latin1_german2_ci"),
    (33, "utf8mb3_general_ci"),
    (45, "utf8mb4_general_ci"),
    (46, "utf8mb4_bin"),
    (47, "latin1_bin"),
    (48, "latin1_general_ci"),
    (49, "latin1_general_cs"),
    (63, "binary"),
    (65, "ascii_bin"),
    (83, "utf8mb3_bin"),
    (94, "latin1_spanish_ci"),
    (223, "utf8mb3_general_mysql500_ci"),
];
const MARIADB: &[(u16, &str)] = &[
    (213, "utf8mb3_croatian_mysql561_ci"),
    (245, "utf8mb4_croatian_mysql561_ci"),
];
const MYSQL: &[(u16, &str)] = &[
    (76, "utf8mb3_tolower_ci"),
    (213, "utf8mb3_croatian_ci"),
    (245, "utf8mb4_croatian_ci"),
    (255, "utf8mb4_0900_ai_ci"),
];
/// The languages of ids from 192 (utf8mb3) and from 224 (utf8mb4).
const LANGUAGES: [&str; 24] = [
    "unicode_ci",
    "icelandic_ci",
    "latvian_ci",
    "romanian_ci",
    "slovenian_ci",
    "polish_ci",
    "estonian_ci",
    "spanish_ci",
    "swedish_ci",
    "turkish_ci",
    "czech_ci",
    "danish_ci",
    "lithuanian_ci",
    "slovak_ci",
    "spanish2_ci",
    "roman_ci",
    "persian_ci",
    "esperanto_ci",
    "hungarian_ci",
    "sinhala_ci",
    "german2_ci",
    // differs by family
    "",
    "unicode_520_ci",
    "vietnamese_ci",
];
const BY_LANGUAGE: [(u16, &str); 2] = [(192, "utf8mb3"), (224, "utf8mb4")];

/// The collation's name as servers of today say it; `None` for ids that the family does not know, or of character sets
/// that we do not read.
#[must_use]
pub fn collation_name(id: u8, is_mariadb: bool) -> Option<String> {
    let id = u16::from(id);
    let own = if is_mariadb { MARIADB } else { MYSQL };
    if let Some((_, name)) = COMMON.iter().chain(own).find(|(known, _)| *known == id) {
        return Some((*name).to_owned());
    }
    BY_LANGUAGE.iter().find_map(|(first, charset)| {
        let language = LANGUAGES.get(usize::from(id.checked_sub(*first)?))?;
        (!language.is_empty()).then(|| format!("{charset}_{language}"))
    })
}

/// The collation's id, if it is below 256; the older names `utf8_*` too.
#[must_use]
pub fn collation_id(name: &str, is_mariadb: bool) -> Option<u16> {
    let mut name = name.to_ascii_lowercase();
    if let Some(rest) = name.strip_prefix("utf8_") {
        name = format!("utf8mb3_{rest}");
    }
    let own = if is_mariadb { MARIADB } else { MYSQL };
    if let Some((id, _)) = COMMON.iter().chain(own).find(|(_, known)| *known == name) {
        return Some(*id);
    }
    BY_LANGUAGE.iter().find_map(|(first, charset)| {
        let language = name.strip_prefix(charset)?.strip_prefix('_')?;
        let at = LANGUAGES.iter().position(|known| *known == language)?;
        (!language.is_empty()).then_some(first + u16::try_from(at).ok()?)
    })
}

impl Charset {
    /// The id of the collation that the servers take for a character set alone; `utf8mb4` differs by family.
    #[must_use]
    pub fn default_collation(self, is_mariadb: bool) -> u16 {
        match self {
            Self::Utf8mb4 if is_mariadb => 45,
            Self::Utf8mb4 => 255,
            Self::Utf8mb3 => 33,
            Self::Latin1 => 8,
            Self::Ascii => 11,
            Self::Binary => 63,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_lead_to_each_other() {
        for is_mariadb in [true, false] {
            for id in 1..=255 {
                let Some(name) = collation_name(id, is_mariadb) else {
                    continue;
                };
                assert_eq!(
                    collation_id(&name, is_mariadb),
                    Some(u16::from(id)),
                    "{name}"
                );
                let charset = Charset::from_collation(id).unwrap();
                assert!(name.starts_with(charset.name()), "{name}");
            }
        }
        assert_eq!(collation_id("utf8_unicode_ci", true), Some(192));
        assert_eq!(
            collation_name(247, false).as_deref(),
            Some("utf8mb4_vietnamese_ci")
        );
    }

    #[test]
    fn a_family_knows_its_own_collations_only() {
        assert_eq!(collation_name(255, true), None);
        assert_eq!(collation_name(28, true), None);
        assert_eq!(collation_id("utf8mb4_croatian_ci", true), None);
        assert_eq!(collation_id("utf8mb4_", true), None);
    }
}
