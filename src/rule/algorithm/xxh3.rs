//! XXH3-64 of sharding values, byte for byte as contract 4.3 lays them out.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::model::ShardingValue;

/// The hash of one column's value, or of several columns' in their order.
pub(super) fn hash(seed: u64, values: &[&ShardingValue]) -> Result<u64, String> {
    match values {
        [ShardingValue::Text(text)] => Ok(xxh3_64_with_seed(text.as_bytes(), seed)),
        [ShardingValue::Int(number)] => Ok(xxh3_64_with_seed(&integer(*number)?.0, seed)),
        [ShardingValue::Int(one), ShardingValue::Int(other)] => {
            // as below, without a buffer from the heap: the most common key of two columns
            let ((one, one_tag), (other, other_tag)) = (integer(*one)?, integer(*other)?);
            let mut bytes = [0; 18];
            let (left, right) = bytes.split_at_mut(9);
            for (half, tag, digits) in [(left, one_tag, one), (right, other_tag, other)] {
                if let Some((first, rest)) = half.split_first_mut() {
                    *first = tag;
                    rest.copy_from_slice(&digits);
                }
            }
            Ok(xxh3_64_with_seed(&bytes, seed))
        }
        several => {
            let mut bytes = Vec::with_capacity(several.len() * 16);
            for value in several {
                append(&mut bytes, value)?;
            }
            Ok(xxh3_64_with_seed(&bytes, seed))
        }
    }
}

/// One tag byte and the value.
fn append(bytes: &mut Vec<u8>, value: &ShardingValue) -> Result<(), String> {
    match value {
        ShardingValue::Int(number) => {
            let (digits, tag) = integer(*number)?;
            bytes.push(tag);
            bytes.extend_from_slice(&digits);
        }
        ShardingValue::Text(text) => {
            let length = u32::try_from(text.len())
                .map_err(|_| "the text is longer than 4 GiB".to_owned())?;
            bytes.push(0x01);
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    Ok(())
}

/// Eight bytes, little-endian, and the tag: i64 where it fits, else u64.
fn integer(number: i128) -> Result<([u8; 8], u8), String> {
    if let Ok(signed) = i64::try_from(number) {
        return Ok((signed.to_le_bytes(), 0x00));
    }
    match u64::try_from(number) {
        Ok(unsigned) => Ok((unsigned.to_le_bytes(), 0x02)),
        Err(_) => Err("it is outside BIGINT and BIGINT UNSIGNED".to_owned()),
    }
}
