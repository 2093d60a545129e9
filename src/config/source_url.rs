//! `jdbc:mysql://host:port/schema?parameters`, taken apart.

/// The parts of a data source's url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUrl<'a> {
    /// Host name or address, without brackets.
    pub host: &'a str,
    /// Port, 3306 if not given.
    pub port: u16,
    /// Schema at the server.
    pub schema: &'a str,
    /// Parameters in their order.
    pub parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> SourceUrl<'a> {
    /// Takes a url apart.
    ///
    /// # Errors
    /// What is wrong and what to write instead.
    pub fn parse(url: &'a str) -> Result<Self, (String, String)> {
        const SHAPE: &str = "write jdbc:mysql://host:3306/schema or mysql://host:3306/schema";
        let fault = |message: &str| (message.to_owned(), SHAPE.to_owned());
        let plain = url.strip_prefix("jdbc:").unwrap_or(url);
        let rest = plain
            .strip_prefix("mysql://")
            .or_else(|| plain.strip_prefix("mariadb://"))
            .ok_or_else(|| fault("the url is not one of MySQL or MariaDB"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (address, schema) = place
            .split_once('/')
            .ok_or_else(|| fault("the url names no schema"))?;
        if schema.is_empty() || schema.contains('/') {
            return Err(fault("the url names no schema"));
        }
        if address.contains('@') {
            return Err((
                "the url holds an account".to_owned(),
                "write it in username and password, so that no message shows it".to_owned(),
            ));
        }
        if address.contains(',') {
            return Err((
                "the url names several hosts".to_owned(),
                "declare one data source per server and group them by !READWRITE_SPLITTING"
                    .to_owned(),
            ));
        }
        let (host, port) =
            split_port(address).ok_or_else(|| fault("host or port cannot be read"))?;
        Ok(Self {
            host,
            port,
            schema,
            parameters: parameters(query),
        })
    }
}

fn split_port(address: &str) -> Option<(&str, u16)> {
    let (host, port) = match address.strip_prefix('[') {
        Some(inner) => {
            let (host, rest) = inner.split_once(']')?;
            (
                host,
                if rest.is_empty() {
                    "3306"
                } else {
                    rest.strip_prefix(':')?
                },
            )
        }
        None => address.split_once(':').unwrap_or((address, "3306")),
    };
    let port = port.parse().ok().filter(|port| *port > 0)?;
    (!host.is_empty()).then_some((host, port))
}

fn parameters(query: &str) -> Vec<(&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_schemes_and_all_parts_are_read() {
        let url = SourceUrl::parse("jdbc:mysql://10.0.1.10:3307/ecom?useSSL=false&a=b").unwrap();
        assert_eq!(
            (url.host, url.port, url.schema),
            ("10.0.1.10", 3307, "ecom")
        );
        assert_eq!(url.parameters, [("useSSL", "false"), ("a", "b")]);
        let url = SourceUrl::parse("mysql://db/ecom").unwrap();
        assert_eq!((url.host, url.port, url.schema), ("db", 3306, "ecom"));
        let url = SourceUrl::parse("mysql://[::1]:3308/ecom").unwrap();
        assert_eq!((url.host, url.port), ("::1", 3308));
    }

    #[test]
    fn wrong_urls_say_what_to_write() {
        for (url, word) in [
            ("jdbc:postgresql://h/db", "MySQL"),
            ("mysql://h:3306", "schema"),
            ("mysql://h:3306/", "schema"),
            ("mysql://h:x/db", "port"),
            ("mysql://h:0/db", "port"),
            ("mysql:///db", "host"),
            ("mysql://u:p@h/db", "account"),
            ("mysql://a,b/db", "several hosts"),
        ] {
            let (message, remedy) = SourceUrl::parse(url).unwrap_err();
            assert!(message.contains(word), "{url}: {message}");
            assert!(!remedy.is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_url_panics(url in "(jdbc:)?mysql://[\\PC]{0,30}") {
            let _ = SourceUrl::parse(&url);
        }
    }
}
