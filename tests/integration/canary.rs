//! The canary: after each thing that a session can change, the next session on the same backend connection sees a clean
//! state, and the first one, moved to another connection, still sees its own (contract 3.1, 3.2).
//!
//! What is changed stands in `canary/states.txt`, which a DBA can read and add to.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use mysql::Conn;
use shardgate::lab::Family;

use crate::support::{House, ask, house, number, render};

const STATES: &str = include_str!("canary/states.txt");
/// The issue of the contract: at least so many changes are seen and kept.
const AT_LEAST: usize = 40;

/// One block of the file.
#[derive(Debug, Default)]
struct State {
    name: String,
    acts: Vec<String>,
    probe: String,
    own: Option<String>,
    end: Option<String>,
    refused: Option<String>,
    family: Option<String>,
    is_pinned: bool,
    is_once: bool,
    is_alike: bool,
    is_closed: bool,
    without: Option<String>,
}

impl State {
    fn read(block: &str) -> Option<State> {
        let mut state = State::default();
        for line in block.lines().filter(|line| !line.starts_with('#')) {
            let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
            let rest = rest.trim();
            match key {
                "name" => state.name = rest.to_owned(),
                "do" => state.acts.push(rest.to_owned()),
                "probe" => state.probe = rest.to_owned(),
                "own" => state.own = Some(rest.to_owned()),
                "end" => state.end = Some(rest.to_owned()),
                "refused" => state.refused = Some(format!("ERR {rest}")),
                "family" => state.family = Some(rest.to_owned()),
                "pinned" => state.is_pinned = true,
                "once" => state.is_once = true,
                "closed" => state.is_closed = true,
                "alike" => state.is_alike = true,
                "without" => state.without = Some(rest.to_owned()),
                "setup" => {}
                other => panic!("states.txt: unknown word {other:?} in {line:?}"),
            }
        }
        (!state.acts.is_empty()).then_some(state)
    }

    fn is_for(&self, family: Family) -> bool {
        match self.family.as_deref() {
            Some("mariadb") => family == Family::Mariadb,
            Some("mysql") => family == Family::Mysql,
            _ => true,
        }
    }

    fn act(&self, conn: &mut Conn) -> Vec<String> {
        self.acts.iter().map(|act| told(conn, act)).collect()
    }

    /// What a session without a proxy is told.
    fn direct(&self, house: &House) -> String {
        let mut conn = house.direct();
        let id = i64::from(conn.connection_id());
        self.act(&mut conn);
        let told = told(&mut conn, &self.probe);
        drop(conn);
        // its locks go with it
        kill_backend(house, id);
        told
    }
}

/// An answer as one line: fields with `|` between, rows with `;` between.
fn told(conn: &mut Conn, sql: &str) -> String {
    match ask(conn, sql) {
        Ok(answer) => {
            let rows = answer.sets.iter().flat_map(|set| &set.rows);
            let rows: Vec<String> = rows
                .map(|row| row.iter().map(render).collect::<Vec<_>>().join("|"))
                .collect();
            rows.join(";")
        }
        Err(refusal) => format!("ERR {}", refusal.code),
    }
}

/// The server's id of the pool's one connection.
fn backend_id(conn: &mut Conn) -> i64 {
    number(
        conn,
        "SELECT CONNECTION_ID(), IS_USED_LOCK('of nobody at all')",
    )
}

fn kill_backend(house: &House, id: i64) {
    let server = house.server();
    // it may be closed already
    let _ = server.sql(&format!("KILL {id}"));
    let deadline = Instant::now() + Duration::from_secs(10);
    let count = format!("SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id}");
    while server.value(&count).unwrap() != "0" {
        assert!(Instant::now() < deadline, "connection {id} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn canary_house() -> &'static House {
    static READY: OnceLock<()> = OnceLock::new();
    let house = house();
    READY.get_or_init(|| {
        for schema in house.schemas() {
            let mut conn = house.direct_to(schema);
            for line in STATES.lines() {
                if let Some(sql) = line.strip_prefix("setup ") {
                    ask(&mut conn, sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
                }
            }
        }
        // what is made past the proxy it learns when it reads again
        ask(&mut house.connect(), "REFRESH TABLE METADATA").unwrap();
    });
    house
}

#[test]
fn whatever_a_session_changes_is_its_own_and_goes_where_it_goes() {
    let house = canary_house();
    let _turn = house.turn();
    let wanted = std::env::var("SHARDGATE_TEST_CANARY").unwrap_or_default();
    let states = STATES.split("\n\n").filter_map(State::read);
    let states = states
        .filter(|state| state.is_for(house.server().family()) && state.name.contains(&wanted));
    let (mut faults, mut changed) = (Vec::new(), 0);
    for state in states {
        let before = faults.len();
        if state.refused.is_some() {
            refused(house, &state, &mut faults);
        } else if state.is_pinned {
            pinned(house, &state, &mut faults);
        } else {
            carried(house, &state, &mut faults);
        }
        changed += usize::from(faults.len() == before && state.refused.is_none());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        changed >= AT_LEAST || !wanted.is_empty(),
        "only {changed} changes"
    );
}

/// The connection goes round: to the next session and back, and the session to a new one.
fn carried(house: &House, state: &State, faults: &mut Vec<String>) {
    let direct = state.direct(house);
    let (mut one, mut two) = (house.connect(), house.connect());
    let clean = told(&mut two, &state.probe);
    let before = backend_id(&mut two);
    let acts = state.act(&mut one);
    let own = state.own.clone().unwrap_or_else(|| direct.clone());
    let mut check = |what: &str, found: String, expected: &str| {
        if found != expected {
            let name = &state.name;
            faults.push(format!(
                "{name}: {what}: {found:?}, not {expected:?} (the acts were told {acts:?})"
            ));
        }
    };
    let without = state.without.as_ref().unwrap_or(&own);
    check("a session without a proxy", direct, without);
    if let Some(end) = &state.end {
        // whatever is left open is seen by its own session before it is given back
        check("its own", told(&mut one, &state.probe), &own);
        told(&mut one, end);
        check(
            "the next session, afterwards",
            told(&mut two, &state.probe),
            &clean,
        );
        return;
    }
    check("the next session", told(&mut two, &state.probe), &clean);
    let after = backend_id(&mut two);
    if !state.is_once && !state.is_closed {
        check(
            "the connection of the next session",
            after.to_string(),
            &before.to_string(),
        );
    }
    if !state.is_once {
        check(
            "its own, on the same connection",
            told(&mut one, &state.probe),
            &own,
        );
    }
    kill_backend(house, backend_id(&mut two));
    check(
        "its own, on another connection",
        told(&mut one, &state.probe),
        &own,
    );
    check(
        "the next session, on that one",
        told(&mut two, &state.probe),
        &clean,
    );
    if (own == clean) != state.is_alike {
        faults.push(format!("{}: the probe shows nothing: {own:?}", state.name));
    }
}

/// The connection stays with its session, and is closed or clean when the next one gets it.
fn pinned(house: &House, state: &State, faults: &mut Vec<String>) {
    let direct = state.direct(house);
    let (mut one, mut two) = (house.connect(), house.connect());
    let clean = told(&mut two, &state.probe);
    let acts = state.act(&mut one);
    let own = state.own.clone().unwrap_or_else(|| direct.clone());
    let mut check = |what: &str, found: String, expected: &str| {
        if found != expected {
            let name = &state.name;
            faults.push(format!(
                "{name}: {what}: {found:?}, not {expected:?} (the acts were told {acts:?})"
            ));
        }
    };
    let without = state.without.as_ref().unwrap_or(&own);
    check("a session without a proxy", direct, without);
    check("its own", told(&mut one, &state.probe), &own);
    check("its own again", told(&mut one, &state.probe), &own);
    match &state.end {
        Some(end) => {
            told(&mut one, end);
            check(
                "the next session, after its end",
                told(&mut two, &state.probe),
                &clean,
            );
        }
        None => {
            drop(one);
            check(
                "the next session, after the session",
                told_in_the_end(&mut two, state, &clean),
                &clean,
            );
            one = house.connect();
        }
    }
    // what is lost with its connection must not be missed in silence
    state.act(&mut one);
    let held = house.backend_ids();
    for id in held {
        kill_backend(house, id);
    }
    let found = match ask_or_broken(&mut one, &state.probe) {
        Some(found) => found,
        None => "broken".to_owned(),
    };
    if found == clean && found != own && !found.starts_with("ERR") {
        check("after its connection was lost", found, "an error");
    }
    drop(one);
    check(
        "the next session, after the loss",
        told_in_the_end(&mut two, state, &clean),
        &clean,
    );
}

/// As [`told`]; a lock is the whole server's, which frees it when it has noticed that its connection is closed.
fn told_in_the_end(conn: &mut Conn, state: &State, expected: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let found = told(conn, &state.probe);
        let may_change = state.probe.contains("_LOCK(") && Instant::now() < deadline;
        if found == expected || !may_change {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The answer as a line; `None` if the connection is gone.
fn ask_or_broken(conn: &mut Conn, sql: &str) -> Option<String> {
    use mysql::prelude::Queryable;
    match conn.query_iter(sql) {
        Ok(result) => {
            let rows: Vec<String> = result
                .filter_map(Result::ok)
                .map(|row| {
                    let row = row.unwrap();
                    row.iter().map(render).collect::<Vec<_>>().join("|")
                })
                .collect();
            Some(rows.join(";"))
        }
        Err(mysql::Error::MySqlError(error)) => Some(format!("ERR {}", error.code)),
        Err(_) => None,
    }
}

/// Refused as a whole, and nothing of it is seen by anybody.
fn refused(house: &House, state: &State, faults: &mut Vec<String>) {
    let (mut one, mut two) = (house.connect(), house.connect());
    let clean = told(&mut two, &state.probe);
    let expected = state.refused.clone().unwrap_or_default();
    for found in state.act(&mut one) {
        if found != expected {
            faults.push(format!("{}: {found:?}, not {expected:?}", state.name));
        }
    }
    for (who, conn) in [("its own", &mut one), ("the next session", &mut two)] {
        let found = told(conn, &state.probe);
        if found != clean {
            faults.push(format!("{}: {who}: {found:?}, not {clean:?}", state.name));
        }
    }
}
