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
/// Those of the character sets of [`Charset::OneByte`], in both families.
const ONE_BYTE: &[(u16, &str)] = &[
    (2, "latin2_czech_cs"),
    (3, "dec8_swedish_ci"),
    (4, "cp850_general_ci"),
    (6, "hp8_english_ci"),
    (7, "koi8r_general_ci"),
    (9, "latin2_general_ci"),
    (14, "cp1251_bulgarian_ci"),
    (16, "hebrew_general_ci"),
    (18, "tis620_thai_ci"),
    (20, "latin7_estonian_cs"),
    (21, "latin2_hungarian_ci"),
    (22, "koi8u_general_ci"),
    (23, "cp1251_ukrainian_ci"),
    (25, "greek_general_ci"),
    (26, "cp1250_general_ci"),
    (27, "latin2_croatian_ci"),
    (29, "cp1257_lithuanian_ci"),
    (30, "latin5_turkish_ci"),
    (32, "armscii8_general_ci"),
    (34, "cp1250_czech_cs"),
    (36, "cp866_general_ci"),
    (37, "keybcs2_general_ci"),
    (38, "macce_general_ci"),
    (39, "macroman_general_ci"),
    (40, "cp852_general_ci"),
    (41, "latin7_general_ci"),
    (42, "latin7_general_cs"),
    (43, "macce_bin"),
    (44, "cp1250_croatian_ci"),
    (50, "cp1251_bin"),
    (51, "cp1251_general_ci"),
    (52, "cp1251_general_cs"),
    (53, "macroman_bin"),
    (57, "cp1256_general_ci"),
    (58, "cp1257_bin"),
    (59, "cp1257_general_ci"),
    (64, "armscii8_bin"),
    (66, "cp1250_bin"),
    (67, "cp1256_bin"),
    (68, "cp866_bin"),
    (69, "dec8_bin"),
    (70, "greek_bin"),
    (71, "hebrew_bin"),
    (72, "hp8_bin"),
    (73, "keybcs2_bin"),
    (74, "koi8r_bin"),
    (75, "koi8u_bin"),
    (77, "latin2_bin"),
    (78, "latin5_bin"),
    (79, "latin7_bin"),
    (80, "cp850_bin"),
    (81, "cp852_bin"),
    (89, "tis620_bin"),
    (92, "geostd8_general_ci"),
    (93, "geostd8_bin"),
    (99, "cp1250_polish_ci"),
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
    let mut all = COMMON.iter().chain(ONE_BYTE).chain(own);
    if let Some((_, name)) = all.find(|(known, _)| *known == id) {
        return Some((*name).to_owned());
    }
    BY_LANGUAGE.iter().find_map(|(first, charset)| {
        let language = LANGUAGES.get(usize::from(id.checked_sub(*first)?))?;
        (!language.is_empty()).then(|| format!("{charset}_{language}"))
    })
}

/// The collation of a character set of [`Charset::OneByte`].
pub(super) fn one_byte_collation(id: u8) -> Option<&'static str> {
    let (_, name) = ONE_BYTE.iter().find(|(known, _)| *known == u16::from(id))?;
    Some(name)
}

/// The collation's id, if it is below 256; the older names `utf8_*` too.
#[must_use]
pub fn collation_id(name: &str, is_mariadb: bool) -> Option<u16> {
    let mut name = name.to_ascii_lowercase();
    if let Some(rest) = name.strip_prefix("utf8_") {
        name = format!("utf8mb3_{rest}");
    }
    let own = if is_mariadb { MARIADB } else { MYSQL };
    let mut all = COMMON.iter().chain(ONE_BYTE).chain(own);
    if let Some((id, _)) = all.find(|(_, known)| *known == name) {
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
            Self::OneByte(name) => one_byte_default(name),
        }
    }
}

/// Of those that a language alone uses, the default is its own; of the others it is the general one.
fn one_byte_default(charset: &str) -> u16 {
    match charset {
        "dec8" => 3,
        "hp8" => 6,
        "tis620" => 18,
        "latin5" => 30,
        _ => {
            let is_general =
                |(_, name): &&(u16, &str)| name.strip_suffix("_general_ci") == Some(charset);
            ONE_BYTE.iter().find(is_general).map_or(0, |(id, _)| *id)
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
    fn a_login_in_a_character_set_of_one_byte_is_read() {
        let cp1257 = Charset::from_collation(58).unwrap();
        assert_eq!(cp1257, Charset::OneByte("cp1257"));
        assert_eq!(Charset::from_name("CP1257"), Some(cp1257));
        assert_eq!(collation_name(58, true).as_deref(), Some("cp1257_bin"));
        assert_eq!(cp1257.default_collation(false), 59);
        for (id, name) in ONE_BYTE {
            let charset = Charset::from_name(name.split_once('_').unwrap().0).unwrap();
            let default = charset.default_collation(true);
            assert!(ONE_BYTE.iter().any(|(id, _)| *id == default), "{id} {name}");
        }
        // swe7, gbk, sjis, big5: a quote may hide inside of a character
        for id in [10, 82, 28, 13, 1] {
            assert_eq!(Charset::from_collation(id), None, "{id}");
        }
    }

    #[test]
    fn a_family_knows_its_own_collations_only() {
        assert_eq!(collation_name(255, true), None);
        assert_eq!(collation_name(28, true), None);
        assert_eq!(collation_id("utf8mb4_croatian_ci", true), None);
        assert_eq!(collation_id("utf8mb4_", true), None);
    }
}
