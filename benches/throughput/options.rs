//! How much is measured, from the command line.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::load::{Kind, Loader};

/// What is measured when no part is named; soak takes too long for that.
const USUAL: [&str; 9] = [
    "compare", "many", "bulk", "logins", "idle", "sessions", "choice", "split", "probes",
];
const QUICK: [&str; 5] = ["compare", "many", "bulk", "logins", "idle"];
const LOADS: &str =
    "select,prepared,cycle,rows,update,update-prepared,update-64,update-prepared-64,reserve-64";
const QUICK_LOADS: &str = "select,prepared,rows,update,update-prepared,reserve-64";
const PEER_LOADS: &str = "select,prepared,update,update-prepared,select-1000";

/// A further shardgate to be compared.
#[derive(Debug, Clone)]
pub struct Binary {
    pub label: String,
    pub program: PathBuf,
}

/// Which tables the clients ask that no proxy routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// The same actual ones that shardgate's statements end at.
    Sharded,
    /// Unsharded ones beside them.
    One,
}

impl Tables {
    pub fn word(self) -> &'static str {
        match self {
            Tables::Sharded => "sharded",
            Tables::One => "one",
        }
    }
}

/// How much is measured.
#[derive(Debug)]
pub struct Options {
    program: Option<PathBuf>,
    /// How clients wait, as far as it can hold them.
    pub loader: Loader,
    pub tables: Tables,
    pub rounds: usize,
    /// Whether a short round that does not count goes before the others.
    pub has_warm_round: bool,
    /// How often processes are started to look at their memory.
    pub idle_rounds: usize,
    /// Of each measurement.
    pub time: Duration,
    /// Before each measurement.
    pub warm: Duration,
    /// Of loads that name no number.
    pub connections: usize,
    pub skus: u32,
    /// The most connections to each data source, shardgate's and a peer's.
    pub pool: u32,
    parts: Vec<String>,
    /// Loads of the part compare.
    pub loads: Vec<(Kind, usize)>,
    /// Loads of the part many.
    pub many: Vec<(Kind, usize)>,
    targets: Option<Vec<String>>,
    pub binaries: Vec<Binary>,
    /// Whether ShardingSphere-Proxy is among the targets.
    pub has_peers: bool,
    /// How long a peer is warmed up by each load before it is measured.
    pub peer_warm: Duration,
    /// Size of the large result.
    pub bulk_mib: u32,
    /// Sessions that keep prepared statements; 0 leaves that part out.
    pub sessions: usize,
    /// Sessions that rest.
    pub idle_sessions: usize,
    /// Statements of the soak.
    pub statements: u64,
    /// How long probes are watched.
    pub probe_seconds: u64,
    pub is_eof_deprecated: bool,
    /// Name of the report's files.
    pub output: String,
}

impl Options {
    pub fn parse(arguments: &[String]) -> Result<Options, Box<dyn Error>> {
        let is_quick = has(arguments, "--quick");
        let has_peers = has(arguments, "--peers");
        let pick = |usual: f64, quick: f64| if is_quick { quick } else { usual };
        let connections = number(arguments, "--connections", 16)?;
        let (parts, loads, output) = match (has_peers, is_quick) {
            (true, _) => (&["compare"][..], PEER_LOADS, "peers"),
            (_, true) => (&QUICK[..], QUICK_LOADS, "quick"),
            _ => (&USUAL[..], LOADS, "report"),
        };
        let many = number(
            arguments,
            "--many",
            if is_quick { "1000" } else { "1000,10000" }.to_owned(),
        )?;
        let many: Vec<String> = many.split(',').map(|n| format!("select-{n}")).collect();
        let time = number(arguments, "--seconds", pick(5.0, 1.0))?;
        let warm = number(arguments, "--warm", pick(0.5, 0.25))?;
        let rounds = number(arguments, "--rounds", if is_quick { 3 } else { 5 })?;
        Ok(Options {
            program: named(arguments, "--program").map(PathBuf::from),
            loader: loader(arguments)?,
            tables: tables(arguments)?,
            rounds,
            has_warm_round: !is_quick,
            idle_rounds: rounds.min(if is_quick { 1 } else { 3 }),
            time: Duration::try_from_secs_f64(time)?,
            warm: Duration::try_from_secs_f64(warm)?,
            connections,
            skus: number(arguments, "--skus", 20_000)?,
            pool: number(arguments, "--pool", 16)?,
            parts: named(arguments, "--part").map_or_else(|| words(&parts.join(",")), words),
            loads: parse_loads(named(arguments, "--loads").unwrap_or(loads), connections)?,
            many: parse_loads(&many.join(","), connections)?,
            targets: named(arguments, "--targets").map(words),
            binaries: binaries(arguments)?,
            has_peers,
            peer_warm: Duration::try_from_secs_f64(number(arguments, "--peer-warm", 30.0)?)?,
            bulk_mib: number(arguments, "--bulk-mib", if is_quick { 256 } else { 1024 })?,
            sessions: number(arguments, "--sessions", 10_000)?,
            idle_sessions: number(
                arguments,
                "--idle-sessions",
                if is_quick { 1000 } else { 5000 },
            )?,
            statements: number(arguments, "--statements", 10_000_000)?,
            probe_seconds: number(arguments, "--probe-seconds", 20)?,
            is_eof_deprecated: has(arguments, "--deprecate-eof"),
            output: number(arguments, "--output", output.to_owned())?,
        })
    }

    /// The shardgate that is measured.
    pub fn program(&self) -> Result<&Path, Box<dyn Error>> {
        let how = "`make bench` builds the release's and measures that, `make bench ARGS=\"--part compare\"` a part of it";
        let program = self.program.as_deref().ok_or_else(|| {
            format!("no --program: cargo's own build beside a bench is not a release; {how}")
        })?;
        if program.is_file() {
            Ok(program)
        } else {
            Err(format!(
                "--program {}: there is no such file; {how}",
                program.display()
            )
            .into())
        }
    }

    pub fn wants(&self, part: &str) -> bool {
        self.parts.iter().any(|wanted| wanted == part)
    }

    /// Whether a target is among those asked for.
    pub fn is_target(&self, name: &str) -> bool {
        let asked = self.targets.as_ref();
        asked.is_none_or(|asked| asked.iter().any(|wanted| wanted == name))
    }

    /// The most clients of any load that will be run.
    pub fn most_clients(&self) -> usize {
        let many = self.many.iter().filter(|_| self.wants("many"));
        let loads = self.loads.iter().filter(|_| self.wants("compare"));
        let clients = many.chain(loads).map(|(_, clients)| *clients);
        let idle = if self.wants("idle") {
            self.idle_sessions
        } else {
            0
        };
        clients.max().unwrap_or(0).max(idle)
    }
}

/// `select`, `update-64`: a kind, and how many clients if not the usual number.
fn parse_loads(text: &str, connections: usize) -> Result<Vec<(Kind, usize)>, Box<dyn Error>> {
    let load = |word: &str| {
        let (kind, clients) = match word.rsplit_once('-') {
            Some((kind, clients)) if clients.parse::<usize>().is_ok() => {
                (kind, clients.parse().ok())
            }
            _ => (word, None),
        };
        let kind = Kind::of_word(kind).ok_or_else(|| format!("there is no load '{word}'"))?;
        Ok((kind, clients.unwrap_or(connections)))
    };
    text.split(',').map(load).collect()
}

fn binaries(arguments: &[String]) -> Result<Vec<Binary>, Box<dyn Error>> {
    let mut binaries = Vec::new();
    for pair in arguments.windows(2).filter(|pair| pair[0] == "--binary") {
        let (label, program) = pair[1].split_once('=').ok_or("--binary wants LABEL=PATH")?;
        binaries.push(Binary {
            label: label.to_owned(),
            program: PathBuf::from(program),
        });
    }
    Ok(binaries)
}

fn loader(arguments: &[String]) -> Result<Loader, Box<dyn Error>> {
    let word = named(arguments, "--loader").unwrap_or(Loader::Threads.word());
    let loader = Loader::of_word(word);
    loader.ok_or_else(|| format!("--loader takes threads or events, not '{word}'").into())
}

fn tables(arguments: &[String]) -> Result<Tables, Box<dyn Error>> {
    match named(arguments, "--tables") {
        None | Some("sharded") => Ok(Tables::Sharded),
        Some("one") => Ok(Tables::One),
        Some(word) => Err(format!("--tables takes sharded or one, not '{word}'").into()),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

fn has(arguments: &[String], name: &str) -> bool {
    arguments.iter().any(|word| word == name)
}

fn number<T: FromStr>(arguments: &[String], name: &str, default: T) -> Result<T, Box<dyn Error>> {
    let Some(text) = named(arguments, name) else {
        return Ok(default);
    };
    text.parse()
        .map_err(|_| format!("{name} does not take '{text}'").into())
}

fn named<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|word| word == name)?;
    arguments.get(at + 1).map(String::as_str)
}
