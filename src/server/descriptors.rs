//! File descriptors: as many as the system gives, and a warning where the limits of the configuration need more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Listeners, the runtime's own, logs, marks of the key generators, connections for KILL and probes.
const OWN: u64 = 256;

/// What the process may come to hold open at once: every client, every connection of every pool, and its own.
fn needed(config: &Config) -> u64 {
    let sources = config
        .databases
        .iter()
        .flat_map(|database| &database.sources);
    let pooled: usize = sources.map(|source| source.pool.max).sum();
    let clients = config.options.limits.max_connections;
    OWN.saturating_add(clients.saturating_add(pooled) as u64)
}

/// Raises the soft limit to the hard one, as most systems start a process with 1,024; the warning of a limit that stays
/// too low.
pub(super) fn raise(config: &Config) -> Option<String> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(error = %error, "the limit of open files stays as it is");
            return shortage(config, limit.current);
        }
    }
    shortage(config, limit.maximum)
}

/// A warning if a process started as this one could not hold all that the configuration allows.
#[must_use]
pub fn descriptor_shortage(config: &Config) -> Option<String> {
    shortage(config, getrlimit(Resource::Nofile).maximum)
}

/// `None` as a limit is without bound.
fn shortage(config: &Config, limit: Option<u64>) -> Option<String> {
    let needed = needed(config);
    let limit = limit.filter(|limit| *limit < needed)?;
    Some(format!(
        "limits.maxConnections and the pools together may need {needed} open files, and the system gives this process \
         {limit}: raise the hard limit (LimitNOFILE= of the service, ulimit -Hn), or lower maxConnections"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Options;

    fn config() -> Config {
        Config {
            options: Options::default(),
            accounts: Vec::new(),
            databases: Vec::new(),
            warnings: Vec::new(),
            accepted_without_effect: Vec::new(),
        }
    }

    #[test]
    fn a_limit_below_what_clients_may_need_is_told() {
        // contract 11: 10,000 clients
        let config = config();
        assert_eq!(needed(&config), 10_256);
        assert_eq!(shortage(&config, None), None);
        assert_eq!(shortage(&config, Some(10_256)), None);
        let told = shortage(&config, Some(4_096)).unwrap();
        assert!(told.contains("10256") && told.contains("4096"), "{told}");
    }

    #[test]
    fn the_soft_limit_is_the_hard_one_after_the_start() {
        let config = config();
        let told = raise(&config);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert_eq!(told, descriptor_shortage(&config));
    }
}
