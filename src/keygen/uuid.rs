//! UUID keys.

use aws_lc_rs::rand;

use super::KeyError;

/// A random UUID (version 4) as ShardingSphere writes it: 32 hexadecimal digits, no dashes.
///
/// # Errors
/// The operating system gives no random numbers.
pub fn new_uuid() -> Result<String, KeyError> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
    let mut number = u128::from_be_bytes(bytes);
    number = number & !(0xF << 76) | 0x4 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    Ok(format!("{number:032x}"))
}

#[cfg(test)]
mod tests {
    use super::new_uuid;

    #[test]
    fn a_uuid_has_32_digits_with_version_and_variant_and_never_repeats() {
        let (one, two) = (new_uuid().unwrap(), new_uuid().unwrap());
        assert_eq!(one.len(), 32);
        assert_eq!(one.as_bytes()[12], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[16]));
        assert_ne!(one, two);
    }
}
