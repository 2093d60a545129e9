//! UUID keys.

use aws_lc_rs::rand;

use super::{Clock, KeyError};

/// A random UUID (version 4) as ShardingSphere writes it: 32 hexadecimal digits, no dashes.
///
/// # Errors
/// The operating system gives no random numbers.
pub fn new_uuid() -> Result<String, KeyError> {
    Ok(written(random()?, 4))
}

/// A UUID of version 7 in the same form: 48 bits of Unix milliseconds in front of random ones, so that a primary key
/// grows at its end. Within a millisecond the order is random, and a clock that moves back takes the order with it.
///
/// # Errors
/// The operating system gives no random numbers.
pub fn new_uuid_v7(clock: &impl Clock) -> Result<String, KeyError> {
    let time = u128::from(clock.now_ms() & 0xFFFF_FFFF_FFFF) << 80;
    Ok(written(random()? & (u128::MAX >> 48) | time, 7))
}

fn random() -> Result<u128, KeyError> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
    Ok(u128::from_be_bytes(bytes))
}

/// Version and variant of RFC 9562 in their places.
fn written(number: u128, version: u128) -> String {
    let number = number & !(0xF << 76) | version << 76;
    let number = number & !(0x3 << 62) | 0x2 << 62;
    format!("{number:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(u64);

    impl Clock for At {
        fn now_ms(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_uuid_has_32_digits_with_version_and_variant_and_never_repeats() {
        let clock = At(5);
        for (version, ids) in [
            (b'4', [new_uuid(), new_uuid()]),
            (b'7', [new_uuid_v7(&clock), new_uuid_v7(&clock)]),
        ] {
            let [one, two] = ids.map(Result::unwrap);
            assert_eq!(one.len(), 32);
            assert_eq!(one.as_bytes()[12], version);
            assert!(b"89ab".contains(&one.as_bytes()[16]));
            assert_ne!(one, two);
        }
    }

    #[test]
    fn version_7_begins_with_the_time_as_in_the_rfcs_example() {
        // RFC 9562, A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F is of 2022-02-22 19:22:22 UTC
        let id = new_uuid_v7(&At(1_645_557_742_000)).unwrap();
        assert!(id.starts_with("017f22e279b07"), "{id}");
        assert!(new_uuid_v7(&At(1_645_557_742_001)).unwrap() > id);
    }
}
