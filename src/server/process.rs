//! The running process: listeners, signals, reload, shutdown.

use std::fs::{self, Metadata};
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::{self, Board};
use crate::backend::{Pool, PoolKey};
use crate::config::{self, Config};
use crate::kernel::{Kernel, KillSwitches};
use crate::keygen::{KeyGenerators, SystemClock};
use crate::metrics::Metrics;
use crate::session::{Awake, House, Limits, LoginGate, LoginPlaces, Throttle};

use super::build;
use super::connection::{ConnectionIds, Shared, client};
use super::descriptors;
use super::error::ServerError;
use super::pools::Pools;
use super::reactors::Reactors;

/// Connections that the system keeps until they are accepted.
const BACKLOG: u32 = 4096;
/// Metadata is read again this often (contract 4.2).
const METADATA_INTERVAL: Duration = Duration::from_secs(30);
/// How often `watch: true` looks at the files.
const WATCH_INTERVAL: Duration = Duration::from_secs(2);
/// Pause after an accept that failed, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the command line says.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Folder of the configuration.
    pub config: PathBuf,
    /// A reload may move rows (`--accept-layout`).
    pub accepts_layout: bool,
}

struct Process {
    options: ServeOptions,
    config: Config,
    pools: Pools,
    generators: Arc<KeyGenerators>,
    kernel: Arc<Kernel>,
    gate: Arc<ArcSwap<LoginGate>>,
    throttle: Arc<Throttle>,
    board: Arc<Board>,
    tracker: TaskTracker,
    /// Ends the background tasks.
    stop: CancellationToken,
    generation: u64,
}

/// Serves until SIGTERM or SIGINT; SIGHUP reloads.
///
/// # Errors
/// The configuration has faults, or an address cannot be listened on. A data source that is down is no error:
/// its statements are refused until it is up (contract 8.6).
pub async fn run(options: ServeOptions, config: Config) -> Result<(), ServerError> {
    if let Some(shortage) = descriptors::raise(&config) {
        tracing::warn!("{shortage}");
    }
    let tracker = TaskTracker::new();
    let stop = CancellationToken::new();
    let metrics = Arc::new(Metrics::new());
    let generators = Arc::new(KeyGenerators::new(data_dir(&options.config, &config)));
    let pools = Pools::next(
        &Pools::default(),
        &config.databases,
        config.options.worker_id,
        &tracker,
        &stop,
    );
    let listener = listen(config.options.listen)?;
    let context = Arc::new(build::context(&config, &pools, &generators, 1).await?);
    let limits = &config.options.limits;
    let throttle = Arc::new(Throttle::new(limits.max_failed_logins_per_minute));
    let gate = build::gate(&config, &context, &metrics, &throttle, None)?;
    let switches = Arc::new(KillSwitches::default());
    let board = Arc::new(Board::new(
        Arc::clone(&metrics),
        Arc::clone(&switches),
        pools.list(),
        pools.groups(),
        Arc::clone(&generators),
    ));
    let kernel = Arc::new(Kernel::new(
        context,
        metrics,
        switches,
        Arc::clone(&board) as _,
    ));
    kernel.refresh_metadata(&kernel.context()).await;
    if let Some(address) = config.options.admin_listen {
        tracker.spawn(admin::serve(
            listen(address)?,
            Arc::clone(&board),
            stop.clone(),
        ));
    }
    let gate = Arc::new(ArcSwap::from_pointee(gate));
    let shared = Arc::new(Shared {
        house: House {
            kernel: Arc::clone(&kernel),
            gate: Arc::clone(&gate),
            limits: Limits {
                idle: Duration::from_millis(limits.idle_timeout_ms),
                idle_in_transaction: Duration::from_millis(limits.idle_transaction_timeout_ms),
                max_command_bytes: limits.max_statement_bytes,
            },
            aside: Handle::current(),
            awake: Awake::default(),
        },
        ids: ConnectionIds::new(config.options.worker_id),
        places: LoginPlaces::new(limits.max_handshakes),
        connections: Arc::new(Semaphore::new(limits.max_connections)),
        reactors: Reactors::start(threads(&config))?,
        clients: TaskTracker::new(),
    });
    tracker.spawn(keep_marks(Arc::clone(&generators), stop.clone()));
    tracker.spawn(poll_metadata(Arc::clone(&kernel), stop.clone()));
    for (_, pool) in pools.list() {
        tracker.spawn(meet(pool, stop.clone()));
    }
    tracing::info!(address = %config.options.listen, databases = ?kernel.context().names, "ready for clients");
    let process = Process {
        options,
        config,
        pools,
        generators,
        kernel,
        gate,
        throttle,
        board,
        tracker,
        stop,
        generation: 1,
    };
    process.accept(listener, shared).await
}

impl Process {
    async fn accept(
        mut self,
        listener: TcpListener,
        shared: Arc<Shared>,
    ) -> Result<(), ServerError> {
        let mut signals = Signals::listen()?;
        let mut looks = tokio::time::interval(WATCH_INTERVAL);
        let mut seen = newest_change(&self.options.config);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((tcp, _)) => {
                        shared.clients.spawn(client(Arc::clone(&shared), tcp));
                    }
                    Err(error) => {
                        tracing::warn!(error = %error, "a client could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                _ = signals.reload.recv() => self.reload().await,
                _ = looks.tick(), if self.config.options.is_watching => {
                    let now = newest_change(&self.options.config);
                    if now != seen {
                        seen = now;
                        self.reload().await;
                    }
                }
                _ = signals.terminate.recv() => break,
                _ = signals.interrupt.recv() => break,
            }
        }
        drop(listener);
        self.drain(&shared).await;
        Ok(())
    }

    /// Compiles the folder aside; what is invalid, or would move rows unasked, changes nothing (contract 1.5).
    async fn reload(&mut self) {
        match self.next_context().await {
            Ok(()) => {
                self.kernel.metrics().reloads.inc();
                tracing::info!(generation = self.generation, "configuration reloaded");
            }
            Err(reason) => {
                self.kernel.metrics().failed_reloads.inc();
                tracing::error!(reason, "reload refused: the old configuration stays");
            }
        }
    }

    async fn next_context(&mut self) -> Result<(), String> {
        let config =
            config::load(&self.options.config, &environment).map_err(|faults| listed(&faults))?;
        if !self.options.accepts_layout {
            for database in &config.databases {
                let old = self
                    .config
                    .databases
                    .iter()
                    .find(|old| old.database.name == database.database.name);
                if let Some(change) =
                    old.and_then(|old| config::layout_change(&old.database, &database.database))
                {
                    return Err(format!(
                        "{change}; start with --accept-layout if the rows have been moved"
                    ));
                }
            }
        }
        let ignored = self.config.options.needs_restart(&config.options);
        if !ignored.is_empty() {
            tracing::warn!(
                keys = ignored.join(", "),
                "changed keys that are read at the start only: they need a restart"
            );
        }
        let pools = Pools::next(
            &self.pools,
            &config.databases,
            self.config.options.worker_id,
            &self.tracker,
            &self.stop,
        );
        let generation = self.generation + 1;
        let context = build::context(&config, &pools, &self.generators, generation)
            .await
            .map_err(|error| error.to_string())?;
        let gate = build::gate(
            &config,
            &context,
            self.kernel.metrics(),
            &self.throttle,
            Some(&self.gate.load()),
        )
        .map_err(|error| error.to_string())?;
        let context = Arc::new(context);
        self.kernel.refresh_metadata(&context).await;
        self.kernel.publish(context);
        self.gate.store(Arc::new(gate));
        self.board.watch(pools.list(), pools.groups());
        self.pools.close_all_but(&pools);
        self.pools = pools;
        self.config = config;
        self.generation = generation;
        Ok(())
    }

    /// Idle clients go at once, busy ones after their statement or transaction, all by the deadline.
    async fn drain(self, shared: &Shared) {
        let clients = &shared.clients;
        let patience = Duration::from_millis(self.config.options.limits.shutdown_timeout_ms);
        tracing::info!(clients = clients.len(), "draining");
        self.board.drain();
        self.kernel.switches().drain();
        clients.close();
        let ended = tokio::time::timeout(patience, clients.wait()).await;
        if ended.is_err() {
            tracing::warn!(
                clients = clients.len(),
                "clients are cut off at the shutdown deadline"
            );
        }
        self.stop.cancel();
        self.tracker.close();
        if ended.is_ok() {
            // nobody draws a key any more
            let generators = Arc::clone(&self.generators);
            if let Err(error) = tokio::task::spawn_blocking(move || generators.rest()).await {
                tracing::warn!(error = %error, "the high-water marks stay ahead");
            }
        }
        if tokio::time::timeout(Duration::from_secs(2), self.tracker.wait())
            .await
            .is_err()
        {
            tracing::warn!("background tasks are cut off");
        }
    }
}

struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, ServerError> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// The most threads that nobody has asked for: a pool of default size has a connection for each.
const MOST_BY_DEFAULT: u16 = 64;

/// How many threads serve sessions. By default one for each core: fewer cost a little less CPU, and leave cores idle while
/// statements wait (docs/adr/0010).
fn threads(config: &Config) -> u16 {
    config.options.threads.unwrap_or_else(|| {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        u16::try_from(cores).map_or(MOST_BY_DEFAULT, |cores| cores.min(MOST_BY_DEFAULT))
    })
}

async fn keep_marks(generators: Arc<KeyGenerators>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = generators.keep(SystemClock) => {}
    }
}

/// Where the process keeps what outlives it.
fn data_dir(folder: &Path, config: &Config) -> PathBuf {
    let written = config.options.data_dir.as_deref();
    folder.join(written.unwrap_or(Path::new("data")))
}

async fn poll_metadata(kernel: Arc<Kernel>, stop: CancellationToken) {
    let mut interval = tokio::time::interval(METADATA_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval.tick().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = interval.tick() => kernel.refresh_metadata(&kernel.context()).await,
        }
    }
}

/// A first connection, so that /readyz knows from the start which data sources are down (contract 8.6).
async fn meet(pool: Arc<Pool>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        met = pool.acquire(PoolKey { has_found_rows: false }, 0) => match met {
            Ok(guard) => guard.release(),
            Err(error) => tracing::warn!(error = %error, "a data source is not there at start"),
        },
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    let open = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        // a restart must not wait for connections of the last run to time out
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|source| ServerError::Listen { address, source })
}

/// Names, sizes and times of the folder's files: whether anything was changed, added or removed.
fn newest_change(folder: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            // what the process keeps in a folder beside them is no change of its own
            let metadata = fs::metadata(entry.path()).ok().filter(Metadata::is_file)?;
            Some((entry.path(), metadata.len(), metadata.modified().ok()))
        })
        .collect();
    files.sort();
    files
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn listed(faults: &[config::Fault]) -> String {
    faults
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Loads a folder with the process's environment.
///
/// # Errors
/// Every fault of all files.
pub fn load(folder: &Path) -> Result<Config, ServerError> {
    config::load(folder, &environment).map_err(ServerError::Config)
}
