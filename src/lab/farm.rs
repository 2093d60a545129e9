//! Several primaries with their replicas, carrying the schemas of a sharded layout.

use std::fmt::Write;
use std::thread;

use super::distribution::{Distribution, Family};
use super::error::LabError;
use super::replication;
use super::server::{Server, ServerSpec};
use super::template::Template;

/// How long replicas may take to catch up, in seconds.
const CATCH_UP: u32 = 60;

/// What farm to start.
#[derive(Debug, Clone)]
pub struct FarmSpec {
    /// The server program of all of them.
    pub distribution: Distribution,
    /// How many primaries; at least one.
    pub primaries: usize,
    /// Whether each primary has a replica.
    pub replicas: bool,
    /// The schemas, in the order of the logical data sources; schema i lives on primary i % primaries.
    pub schemas: Vec<String>,
    /// An account for the proxy and the tests, with all rights on the schemas.
    pub account: Account,
    /// Flush at every commit.
    pub durable: bool,
    /// Further options of every server.
    pub options: Vec<String>,
}

impl FarmSpec {
    /// Two primaries with a replica each, carrying `ecom_0` to `ecom_7`, for the account app.
    pub fn new(distribution: Distribution) -> FarmSpec {
        FarmSpec {
            distribution,
            primaries: 2,
            replicas: true,
            schemas: (0..8).map(|n| format!("ecom_{n}")).collect(),
            account: Account {
                user: "app".into(),
                password: "app-secret".into(),
            },
            durable: false,
            options: Vec::new(),
        }
    }
}

/// A user of the private servers, from 127.0.0.1 only.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// A primary and the server that follows it.
pub struct Pair {
    /// Where writes go.
    pub primary: Server,
    /// Read-only, if the farm has replicas.
    pub replica: Option<Server>,
}

/// Servers of a whole sharded layout. Dropping it stops them all and removes their folders.
pub struct Farm {
    spec: FarmSpec,
    pairs: Vec<Pair>,
}

/// A table of which each schema holds an equal run: actual table n lies in schema n * schemas / count.
#[derive(Debug, Clone, Copy)]
pub struct ShardedTable<'a> {
    /// Logical name; the actual tables are called `name_0`, `name_1` and so on.
    pub name: &'a str,
    /// How many actual tables in all.
    pub count: usize,
    /// What stands in the parentheses of CREATE TABLE and after them.
    pub body: &'a str,
}

impl Farm {
    /// Starts all servers at once, creates schemas and account, and sets the replicas to follow.
    ///
    /// # Errors
    /// The first server's fault; the others are stopped.
    pub fn start(spec: FarmSpec) -> Result<Farm, LabError> {
        let template = Template::create(&spec.distribution)?;
        let servers = start_all(&spec, &template)?;
        let mut servers = servers.into_iter();
        let mut pairs = Vec::new();
        while let Some(primary) = servers.next() {
            let replica = if spec.replicas { servers.next() } else { None };
            pairs.push(Pair { primary, replica });
        }
        let farm = Farm { spec, pairs };
        farm.furnish()?;
        Ok(farm)
    }

    /// The pairs, primaries in order.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The pairs, to be stopped, killed and restarted.
    pub fn pairs_mut(&mut self) -> &mut [Pair] {
        &mut self.pairs
    }

    /// The pair that carries schema `n`.
    pub fn pair_of(&self, n: usize) -> &Pair {
        &self.pairs[n % self.pairs.len()]
    }

    /// The schemas' names in order.
    pub fn schemas(&self) -> &[String] {
        &self.spec.schemas
    }

    /// The account that was created.
    pub fn account(&self) -> &Account {
        &self.spec.account
    }

    /// Every server, primaries and replicas.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        self.pairs
            .iter()
            .flat_map(|pair| std::iter::once(&pair.primary).chain(&pair.replica))
    }

    /// Creates all actual tables of a sharded table.
    ///
    /// # Errors
    /// [`LabError::Sql`] of the first table refused.
    pub fn create_sharded(&self, table: ShardedTable<'_>) -> Result<(), LabError> {
        let mut scripts = vec![String::new(); self.pairs.len()];
        for n in 0..table.count {
            let place = n * self.spec.schemas.len() / table.count;
            let schema = &self.spec.schemas[place];
            let script = &mut scripts[place % self.pairs.len()];
            // writing to a String cannot fail
            let _ = writeln!(
                script,
                "CREATE TABLE `{schema}`.`{}_{n}` {};",
                table.name, table.body
            );
        }
        self.run_on_primaries(&scripts)
    }

    /// Runs `sql` in every schema.
    ///
    /// # Errors
    /// [`LabError::Sql`] of the first schema that refuses it.
    pub fn run_in_schemas(&self, sql: &str) -> Result<(), LabError> {
        let mut scripts = vec![String::new(); self.pairs.len()];
        for (n, schema) in self.spec.schemas.iter().enumerate() {
            let _ = writeln!(scripts[n % self.pairs.len()], "USE `{schema}`;\n{sql};");
        }
        self.run_on_primaries(&scripts)
    }

    fn run_on_primaries(&self, scripts: &[String]) -> Result<(), LabError> {
        thread::scope(|scope| {
            let runs: Vec<_> = self
                .pairs
                .iter()
                .zip(scripts)
                .map(|(pair, script)| scope.spawn(move || pair.primary.sql(script).map(drop)))
                .collect();
            runs.into_iter()
                .try_for_each(|run| run.join().unwrap_or(Ok(())))
        })
    }

    /// Waits until every replica has all that its primary has committed by now.
    ///
    /// # Errors
    /// [`LabError::Replication`] if one does not catch up within a minute.
    pub fn catch_up(&self) -> Result<(), LabError> {
        self.pairs.iter().try_for_each(|pair| match &pair.replica {
            Some(replica) => replication::catch_up(replica, &pair.primary, CATCH_UP),
            None => Ok(()),
        })
    }

    /// A planned change of the primary: the old one is set read-only, its replica gets everything, takes the writes, and
    /// the old one follows it. The pair keeps its names.
    ///
    /// # Errors
    /// [`LabError::Sql`], [`LabError::Replication`]; nothing is done for a pair without a replica.
    pub fn switch_over(&self, pair: &Pair) -> Result<(), LabError> {
        let Some(replica) = &pair.replica else {
            return Ok(());
        };
        replication::set_read_only(&pair.primary, true)?;
        replication::catch_up(replica, &pair.primary, CATCH_UP)?;
        replication::detach(replica)?;
        replication::set_read_only(replica, false)?;
        replication::rejoin(&pair.primary, replica)
    }

    /// Stops every server; their folders go with them.
    pub fn stop(mut self) {
        thread::scope(|scope| {
            for pair in &mut self.pairs {
                scope.spawn(|| pair.primary.stop());
                if let Some(replica) = &mut pair.replica {
                    scope.spawn(|| replica.stop());
                }
            }
        });
    }

    /// Replicas follow first, so that schemas and account reach them by replication.
    fn furnish(&self) -> Result<(), LabError> {
        for pair in &self.pairs {
            if let Some(replica) = &pair.replica {
                replication::follow(replica, &pair.primary)?;
            }
        }
        for (at, pair) in self.pairs.iter().enumerate() {
            let mut sql = grants(&self.spec.account, pair.primary.family());
            for schema in self.spec.schemas.iter().skip(at).step_by(self.pairs.len()) {
                let _ = write!(
                    sql,
                    "CREATE DATABASE `{schema}`; GRANT ALL ON `{schema}`.* TO '{}'@'127.0.0.1';",
                    self.spec.account.user
                );
            }
            pair.primary.sql(&sql)?;
        }
        self.catch_up()
    }
}

/// The rights that a proxy's account needs beyond its schemas: to see replication and to read the servers' variables.
pub(super) fn grants(Account { user, password }: &Account, family: Family) -> String {
    let see_replication = match family {
        Family::Mariadb => "REPLICATION CLIENT, SLAVE MONITOR",
        Family::Mysql => "REPLICATION CLIENT",
    };
    format!(
        "CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY '{password}';\
         GRANT {see_replication}, PROCESS ON *.* TO '{user}'@'127.0.0.1';"
    )
}

fn start_all(spec: &FarmSpec, template: &Template) -> Result<Vec<Server>, LabError> {
    let count = spec.primaries.max(1) * if spec.replicas { 2 } else { 1 };
    thread::scope(|scope| {
        let starts: Vec<_> = (1..=count)
            .map(|n| {
                let server = ServerSpec {
                    distribution: spec.distribution.clone(),
                    server_id: u32::try_from(n).unwrap_or(u32::MAX),
                    durable: spec.durable,
                    options: spec.options.clone(),
                };
                scope.spawn(move || Server::start_from(template, server))
            })
            .collect();
        starts
            .into_iter()
            .map(|start| {
                start.join().unwrap_or_else(|_| {
                    Err(LabError::Start {
                        port: 0,
                        detail: "the starting thread ended early".to_owned(),
                    })
                })
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_farm_replicates_its_schemas_and_spreads_its_tables() {
        for distribution in Distribution::installed() {
            let farm = Farm::start(FarmSpec::new(distribution)).unwrap();
            farm.create_sharded(ShardedTable {
                name: "t",
                count: 128,
                body: "(a INT PRIMARY KEY)",
            })
            .unwrap();
            farm.run_in_schemas(
                "CREATE TABLE dict (a INT PRIMARY KEY); INSERT INTO dict VALUES (1)",
            )
            .unwrap();
            farm.catch_up().unwrap();
            for n in 0..8 {
                let pair = farm.pair_of(n);
                let sql = format!(
                    "SELECT GROUP_CONCAT(table_name ORDER BY LENGTH(table_name), table_name) FROM information_schema.tables \
                     WHERE table_schema = 'ecom_{n}' AND table_name LIKE 't\\_%'"
                );
                let tables: Vec<String> = (n * 16..n * 16 + 16).map(|t| format!("t_{t}")).collect();
                let replica = pair.replica.as_ref().unwrap();
                assert_eq!(replica.value(&sql).unwrap(), tables.join(","));
                assert_eq!(
                    replica
                        .value(&format!("SELECT a FROM ecom_{n}.dict"))
                        .unwrap(),
                    "1"
                );
                assert!(replica.value("SELECT @@global.read_only").unwrap() == "1");
            }
            let folders: Vec<_> = farm
                .servers()
                .map(|server| server.folder().to_path_buf())
                .collect();
            farm.stop();
            assert_eq!(folders.len(), 4);
            assert!(folders.iter().all(|folder| !folder.exists()));
        }
    }
}
