//! A server's family and numeric version, read from its version string.

/// Numeric version, compared by its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 10 of 10.11.6
    pub major: u16,
    /// 11 of 10.11.6
    pub minor: u16,
    /// 6 of 10.11.6
    pub patch: u16,
}

impl Version {
    /// A version by its parts.
    #[must_use]
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    fn parse(text: &str) -> Self {
        let mut parts = text.split('.').map(|part| {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            part[..digits].parse().unwrap_or(0)
        });
        let mut next = || parts.next().unwrap_or(0);
        Self {
            major: next(),
            minor: next(),
            patch: next(),
        }
    }
}

/// Which of the two server families answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// MySQL and what calls itself so.
    MySql(Version),
    /// MariaDB.
    MariaDb(Version),
}

impl Family {
    /// Reads the greeting's version string; MariaDB may prefix its own with `5.5.5-`.
    #[must_use]
    pub fn parse(server_version: &str) -> Self {
        if server_version.to_ascii_lowercase().contains("mariadb") {
            let own = server_version
                .strip_prefix("5.5.5-")
                .unwrap_or(server_version);
            Self::MariaDb(Version::parse(own))
        } else {
            Self::MySql(Version::parse(server_version))
        }
    }

    /// The numeric version.
    #[must_use]
    pub fn version(self) -> Version {
        match self {
            Self::MySql(version) | Self::MariaDb(version) => version,
        }
    }

    /// Whether it is MariaDB.
    #[must_use]
    pub fn is_mariadb(self) -> bool {
        matches!(self, Self::MariaDb(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_strings_are_told_apart() {
        let cases = [
            ("8.4.3", Family::MySql(Version::new(8, 4, 3))),
            ("9.7.4-0ubuntu1", Family::MySql(Version::new(9, 7, 4))),
            (
                "5.5.5-10.11.6-MariaDB-0+deb12u1",
                Family::MariaDb(Version::new(10, 11, 6)),
            ),
            (
                "11.4.2-MariaDB-log",
                Family::MariaDb(Version::new(11, 4, 2)),
            ),
            ("8", Family::MySql(Version::new(8, 0, 0))),
            ("", Family::MySql(Version::default())),
            ("99999999.x.é", Family::MySql(Version::default())),
        ];
        for (text, family) in cases {
            assert_eq!(Family::parse(text), family, "{text}");
        }
    }
}
