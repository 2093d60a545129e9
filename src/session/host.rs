//! The host part of an account's name.

use std::net::{IpAddr, Ipv4Addr};

/// Which addresses an account may log in from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// `%`
    Any,
    /// `localhost`: every loopback address.
    Loopback,
    /// An address with the bits that have to be equal: 32 or 128 for one address.
    Network(IpAddr, u8),
}

impl HostPattern {
    /// Reads `%`, `localhost`, an address, `10.0.%`, `10.0.0.0/16` or `10.0.0.0/255.255.0.0`.
    /// `None` for anything else; host names are not looked up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "%" || text.is_empty() {
            return Some(Self::Any);
        }
        if text.eq_ignore_ascii_case("localhost") {
            return Some(Self::Loopback);
        }
        if let Some(prefix) = text.strip_suffix(".%") {
            return wildcard(prefix);
        }
        let Some((address, mask)) = text.split_once('/') else {
            let address: IpAddr = text.parse().ok()?;
            return Some(Self::Network(address, width(address)));
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = mask.parse::<u8>().ok().or_else(|| netmask_bits(mask))?;
        (bits <= width(address)).then_some(Self::Network(address, bits))
    }

    /// Whether a client at `address` is meant.
    #[must_use]
    pub fn matches(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match *self {
            Self::Any => true,
            Self::Loopback => address.is_loopback(),
            Self::Network(network, bits) => match (network, address) {
                (IpAddr::V4(a), IpAddr::V4(b)) => {
                    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                    (a.to_bits() ^ b.to_bits()) & mask == 0
                }
                (IpAddr::V6(a), IpAddr::V6(b)) => {
                    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                    (a.to_bits() ^ b.to_bits()) & mask == 0
                }
                _ => false,
            },
        }
    }

    /// How narrow the pattern is; among those that match, the narrowest counts.
    pub(super) fn narrowness(&self) -> u8 {
        match *self {
            Self::Any => 0,
            Self::Loopback => u8::MAX,
            Self::Network(IpAddr::V4(_), bits) => 97 + bits,
            Self::Network(IpAddr::V6(_), bits) => 1 + bits,
        }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// `10.0` of `10.0.%`.
fn wildcard(prefix: &str) -> Option<HostPattern> {
    let mut octets = [0; 4];
    let mut bits = 0;
    for part in prefix.split('.') {
        *octets.get_mut(usize::from(bits / 8))? = part.parse::<u8>().ok()?;
        bits += 8;
    }
    (bits < 32).then_some(HostPattern::Network(Ipv4Addr::from(octets).into(), bits))
}

fn netmask_bits(mask: &str) -> Option<u8> {
    let mask = mask.parse::<Ipv4Addr>().ok()?.to_bits();
    let ones = mask.leading_ones();
    (mask.count_ones() == ones)
        .then(|| u8::try_from(ones).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_their_addresses_alone() {
        let cases = [
            ("%", "8.8.8.8", true),
            ("localhost", "127.0.0.1", true),
            ("localhost", "::1", true),
            ("localhost", "10.0.0.1", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "::ffff:10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.%", "10.0.9.9", true),
            ("10.0.%", "10.1.0.0", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/255.255.0.0", "10.1.0.1", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("fd00::/16", "fd00::1", true),
            ("fd00::/16", "fe00::1", false),
            ("fd00::/16", "10.0.0.1", false),
        ];
        for (pattern, address, expected) in cases {
            let matches = HostPattern::parse(pattern)
                .unwrap()
                .matches(address.parse().unwrap());
            assert_eq!(matches, expected, "{pattern} {address}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "db.example",
            "10.0.0.0/33",
            "10.%.1.%",
            "1.2.3.4.%",
            "10.0.0.0/255.0.255.0",
            "a%",
        ] {
            assert_eq!(HostPattern::parse(text), None, "{text}");
        }
    }
}
