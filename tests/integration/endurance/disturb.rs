//! Those who kill statements, connections and servers, and who watches that the run goes on.

use std::thread;
use std::time::{Duration, Instant};

use shardgate::lab::{Farm, Server};

use crate::oracle::Dice;
use crate::support::ask;

use super::run::Run;
use super::victims::Target;

const PAUSE: Duration = Duration::from_millis(2);
/// How long no statement at all may be answered: longer than a lock wait, and than a server's start.
const STANDSTILL: Duration = Duration::from_secs(180);
/// Each data source's own pools are back before the next server dies.
const RECOVERY: Duration = Duration::from_secs(2);

/// KILL QUERY and KILL CONNECTION, spread over the run, until enough of each took effect.
pub fn kill(run: &Run<'_>) {
    let mut conn = run.proxy.connect();
    let mut dice = Dice::new(run.plan.seed ^ 0xDEAD);
    let (queries, connections) = run.plan.kills_of_each();
    while !run.is_over() {
        thread::sleep(PAUSE);
        let done = run.victims.effective();
        let due = run.answered() * run.plan.kills / run.plan.statements;
        let target = match (done.0 < queries, done.1 < connections) {
            (true, true) if dice.roll(2) == 0 => Target::Query,
            (_, true) => Target::Connection,
            (true, false) => Target::Query,
            (false, false) => return,
        };
        if done.0 + done.1 >= due {
            continue;
        }
        let client = usize::try_from(dice.roll(run.plan.clients.try_into().unwrap())).unwrap();
        let Some(id) = run.victims.session_of(client) else {
            continue;
        };
        let number = run.victims.announce(id, target);
        let word = match target {
            Target::Query => "QUERY",
            Target::Connection => "CONNECTION",
        };
        match ask(&mut conn, format!("KILL {word} {id}")) {
            // 1094: it has left already
            Ok(_) => run.victims.answered(id, number),
            Err(refusal) if refusal.code == 1094 => run.victims.answered(id, number),
            Err(refusal) => run.violation(format!("KILL {word}: {refusal:?}")),
        }
    }
}

/// Kills servers without warning and starts them again, spread over the run: primaries and replicas by turns.
pub fn restart(run: &Run<'_>, farm: &mut Farm) {
    let restarts = run.plan.restarts;
    for round in 0..restarts {
        let due = run.plan.statements * (round + 1) / (restarts + 1);
        while run.answered() < due {
            if run.is_over() {
                return;
            }
            thread::sleep(PAUSE);
        }
        let server = nth(farm, round);
        run.outages.begin();
        server.kill();
        if let Err(error) = server.restart() {
            run.violation(format!("a server did not come back: {error}"));
            return;
        }
        run.outages.end();
        thread::sleep(RECOVERY);
    }
}

/// Primary, replica of another pair, primary of that pair, and so on.
fn nth(farm: &mut Farm, round: usize) -> &mut Server {
    let pairs = farm.pairs_mut();
    let at = round.div_ceil(2) % pairs.len();
    if round.is_multiple_of(2) {
        &mut pairs[at].primary
    } else {
        pairs[at].replica.as_mut().unwrap()
    }
}

/// Ends the run when all was done, or when nothing moves any more.
pub fn watch(run: &Run<'_>) {
    let (mut last, mut moved) = (0, Instant::now());
    while !run.is_over() {
        thread::sleep(PAUSE * 10);
        let answered = run.answered();
        if answered >= run.plan.statements && run.is_disturbed_enough() {
            run.end();
        }
        if answered != last {
            (last, moved) = (answered, Instant::now());
        } else if moved.elapsed() > STANDSTILL {
            run.violation(format!("nothing was answered any more after {answered}"));
        }
    }
}
