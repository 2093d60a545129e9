//! A worker id: a number, or the one at the end of the host's name.

use super::cursor::Cursor;

/// Stands for the number at the end of the host's name.
const HOSTNAME: &str = "hostname";
const REMEDY: &str = "write a number from 0 to 1023, ${NAME} of the environment, or let the host's name end in -0, -1 ... as those of \
                      a StatefulSet do";

/// Reads `3`, or `hostname`.
pub(super) fn read(at: &Cursor<'_>) -> Option<u16> {
    if at.scalar().is_none_or(|text| text != HOSTNAME) {
        return at.number(0..=1023_u16);
    }
    let name = rustix::system::uname();
    let name = name.nodename().to_string_lossy();
    let worker = ordinal(&name);
    if worker.is_none() {
        at.fault(
            format!("the host's name {name} ends in no number from 0 to 1023 behind a -"),
            REMEDY,
        );
    }
    worker
}

/// `shardgate-3` is 3; a domain behind it does not count.
fn ordinal(name: &str) -> Option<u16> {
    let host = name.split_once('.').map_or(name, |(host, _)| host);
    let (_, digits) = host.rsplit_once('-')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| *number <= 1023);
    number.filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn the_number_at_the_end_of_a_host_is_its_worker_id() {
        for (name, expected) in [
            ("shardgate-3", Some(3)),
            ("shardgate-0.shardgate.prod.svc.cluster.local", Some(0)),
            ("shop-proxy-1023", Some(1023)),
            ("shardgate-1024", None),
            ("shardgate", None),
            ("shardgate3", None),
            ("shardgate-", None),
            ("shardgate-+3", None),
            ("shardgate-3a", None),
            ("shardgate-65539", None),
            ("10.0.0-3", None),
            ("", None),
        ] {
            assert_eq!(ordinal(name), expected, "{name}");
        }
    }
}
