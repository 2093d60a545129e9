//! Java's `hashCode` of the values that ShardingSphere hashes.

use crate::model::ShardingValue;

/// `hashCode` as ShardingSphere's literal of the value has it: integers as Integer, Long or
/// BigInteger by their size, texts as String over UTF-16 (contract 4.3).
pub(super) fn hash_code(value: &ShardingValue) -> i32 {
    match value {
        ShardingValue::Int(number) => integer(*number),
        ShardingValue::Text(text) => string(text),
    }
}

fn integer(number: i128) -> i32 {
    if let Ok(small) = i32::try_from(number) {
        return small;
    }
    if let Ok(long) = i64::try_from(number) {
        let bits = long.cast_unsigned();
        return low_word(u128::from(bits ^ (bits >> 32)));
    }
    big_integer(number)
}

/// `BigInteger.hashCode`: 31 * h + word over the magnitude's big-endian words, times the sign.
fn big_integer(number: i128) -> i32 {
    let magnitude = number.unsigned_abs();
    let hash = [96, 64, 32, 0]
        .into_iter()
        .map(|shift| low_word(magnitude >> shift))
        .fold(0_i32, |hash, word| hash.wrapping_mul(31).wrapping_add(word));
    if number < 0 {
        hash.wrapping_neg()
    } else {
        hash
    }
}

fn string(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// The lowest 32 bits, as Java's `(int)` takes them.
fn low_word(bits: u128) -> i32 {
    u32::try_from(bits & u128::from(u32::MAX))
        .unwrap_or_default()
        .cast_signed()
}

#[cfg(test)]
mod tests {
    use super::hash_code;
    use crate::model::ShardingValue;

    #[test]
    fn integers_hash_by_their_width() {
        for (number, hash) in [
            (5, 5),
            (-1, -1),
            (2_147_483_648, i32::MIN),
            (4_294_967_295, -1),
            (4_294_967_296, 1),
            (i128::from(i64::MAX), i32::MIN),
            (18_446_744_073_709_551_616, 961),
        ] {
            assert_eq!(hash_code(&ShardingValue::Int(number)), hash, "{number}");
        }
    }

    #[test]
    fn strings_hash_over_utf16_units() {
        assert_eq!(hash_code(&ShardingValue::Text("hello".into())), 99_162_322);
        assert_eq!(
            hash_code(&ShardingValue::Text("😀".into())),
            0xD83D * 31 + 0xDE00
        );
    }
}
