//! A value that a server has told, written as a SQL literal that gives the same value back.

use crate::protocol::ColumnDefinition;

const DECIMAL: u8 = 0x00;
const TINY: u8 = 0x01;
const DOUBLE: u8 = 0x05;
const FLOAT: u8 = 0x04;
const LONGLONG: u8 = 0x08;
const INT24: u8 = 0x09;
const YEAR: u8 = 0x0D;
const NEWDECIMAL: u8 = 0xF6;

/// A system variable's value: numbers as they are, anything else quoted.
pub(super) fn of_variable(value: Option<&[u8]>) -> String {
    let Some(value) = value else {
        return "NULL".to_owned();
    };
    let text = String::from_utf8_lossy(value);
    let is_number = !text.is_empty()
        && text
            .strip_prefix('-')
            .unwrap_or(&text)
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number {
        text.into_owned()
    } else {
        quoted(value)
    }
}

/// A user variable's value by the type of its column; `hex` are its bytes in its own character set.
pub(super) fn of_user_variable(
    column: &ColumnDefinition,
    value: Option<&[u8]>,
    hex: &str,
    charset: &str,
    collation: &str,
) -> String {
    let Some(value) = value else {
        return "NULL".to_owned();
    };
    let text = String::from_utf8_lossy(value);
    match column.column_type {
        DECIMAL | TINY..=0x03 | LONGLONG | INT24 | YEAR | NEWDECIMAL => text.into_owned(),
        FLOAT | DOUBLE if text.contains(['e', 'E']) => text.into_owned(),
        FLOAT | DOUBLE => format!("{text}e0"),
        _ if charset == "binary" => format!("_binary x'{hex}'"),
        _ => format!("_{charset} x'{hex}' COLLATE {collation}"),
    }
}

/// A quoted string that reads the same under every `sql_mode`.
fn quoted(value: &[u8]) -> String {
    if value
        .iter()
        .all(|byte| (0x20..0x7F).contains(byte) && *byte != b'\'' && *byte != b'\\')
    {
        return format!("'{}'", String::from_utf8_lossy(value));
    }
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("CONVERT(x'{hex}' USING utf8mb4)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_keep_their_kind() {
        assert_eq!(of_variable(Some(b"8")), "8");
        assert_eq!(of_variable(Some(b"+00:00")), "'+00:00'");
        assert_eq!(of_variable(Some(b"")), "''");
        assert_eq!(of_variable(None), "NULL");
    }

    #[test]
    fn user_variables_keep_type_and_bytes() {
        let integer = ColumnDefinition::integer("a");
        assert_eq!(
            of_user_variable(&integer, Some(b"-5"), "", "binary", "binary"),
            "-5"
        );
        let text = ColumnDefinition::text("a");
        assert_eq!(
            of_user_variable(&text, Some(b"a'b"), "612762", "latin1", "latin1_bin"),
            "_latin1 x'612762' COLLATE latin1_bin"
        );
        assert_eq!(
            of_user_variable(&text, Some(b"\xff"), "FF", "binary", "binary"),
            "_binary x'FF'"
        );
        assert_eq!(
            of_user_variable(&text, None, "", "utf8mb4", "utf8mb4_bin"),
            "NULL"
        );
    }

    #[test]
    fn doubles_stay_doubles_with_and_without_an_exponent() {
        let double = ColumnDefinition {
            column_type: DOUBLE,
            ..ColumnDefinition::integer("a")
        };
        assert_eq!(
            of_user_variable(&double, Some(b"1e20"), "", "binary", "binary"),
            "1e20"
        );
        assert_eq!(
            of_user_variable(&double, Some(b"0.5"), "", "binary", "binary"),
            "0.5e0"
        );
    }
}
