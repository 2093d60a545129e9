//! Medians of the rounds, and of the ratios within each round, as Markdown.

use std::fmt::Write;

use crate::load::Kind;
use crate::round::Round;

/// The rounds of one load.
pub struct Rounds<'a> {
    rounds: Vec<&'a Round>,
}

impl<'a> Rounds<'a> {
    pub fn of(rounds: &'a [Round], kind: Kind, clients: usize) -> Rounds<'a> {
        let own = rounds
            .iter()
            .filter(|round| round.kind == kind && round.clients == clients);
        Rounds {
            rounds: own.collect(),
        }
    }

    fn each<'s>(&'s self, target: &'s str) -> impl Iterator<Item = &'a Round> + 's {
        self.rounds
            .iter()
            .copied()
            .filter(move |round| round.target == target)
    }

    pub fn median(&self, target: &str, figure: impl Fn(&Round) -> Option<f64>) -> f64 {
        median(self.each(target).filter_map(figure))
    }

    /// The median of the ratios within each round.
    pub fn ratio(&self, target: &str, base: &str, figure: impl Fn(&Round) -> Option<f64>) -> f64 {
        let pairs = self.each(target).filter_map(|one| {
            let other = self.each(base).find(|other| other.number == one.number)?;
            Some(figure(one)? / figure(other)?)
        });
        median(pairs)
    }

    pub fn has(&self, target: &str) -> bool {
        self.each(target).next().is_some()
    }

    fn targets(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for round in &self.rounds {
            if !names.contains(&round.target.as_str()) {
                names.push(&round.target);
            }
        }
        // each was first in some round
        names.sort_by_key(|name| (rank(name), *name));
        names
    }

    /// The load's table.
    pub fn markdown(&self, kind: Kind, clients: usize) -> String {
        let loader = self.rounds.first().map_or("", |round| round.loader.word());
        let mut text = format!("## {}, {clients} clients, loader {loader}\n\n", kind.name());
        text.push_str(
            "| | a second | x direct | x haproxy | p50 ms | x haproxy | p99 ms | x haproxy | CPU us | x haproxy | RSS MiB | longest wait ms | jobs of a client |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for target in self.targets() {
            self.line(target, &mut text);
        }
        text.push_str(
            "\nCPU us a job as user + system:\n\n| | proxy | server | x haproxy | loader | idle % |\n|---|---|---|---|---|---|\n",
        );
        for target in self.targets() {
            self.shares(target, &mut text);
        }
        self.notes(clients, &mut text);
        text
    }

    fn line(&self, target: &str, text: &mut String) {
        let per_second = |round: &Round| Some(round.measured.per_second());
        let p50 = |round: &Round| Some(round.measured.p50_ms);
        let p99 = |round: &Round| Some(round.measured.p99_ms);
        let cpu = |round: &Round| round.measured.cpu_us();
        let longest = self
            .each(target)
            .map(|round| round.measured.longest_ms)
            .fold(0.0, f64::max);
        let least = self.each(target).map(|round| round.measured.least).min();
        let most = self.each(target).map(|round| round.measured.most).max();
        let cells = [
            target.to_owned(),
            cell(self.median(target, per_second), 0),
            cell(self.ratio(target, "direct", per_second), 2),
            cell(self.ratio(target, "haproxy", per_second), 2),
            cell(self.median(target, p50), 2),
            cell(self.ratio(target, "haproxy", p50), 2),
            cell(self.median(target, p99), 2),
            cell(self.ratio(target, "haproxy", p99), 2),
            cell(self.median(target, cpu), 1),
            cell(self.ratio(target, "haproxy", cpu), 2),
            cell(
                self.median(target, |round| round.measured.cost.rss_kib) / 1024.0,
                1,
            ),
            cell(longest, 0),
            format!("{}..{}", least.unwrap_or(0), most.unwrap_or(0)),
        ];
        // writing to a String cannot fail
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }

    /// Where the machine's time went.
    fn shares(&self, target: &str, text: &mut String) {
        let pair = |user: f64, system: f64| {
            if user.is_nan() {
                cell(user, 1)
            } else {
                format!("{} + {}", cell(user, 1), cell(system, 1))
            }
        };
        let server = |round: &Round| {
            let (user, system) = round.measured.server_us();
            Some(user + system)
        };
        let cells = [
            target.to_owned(),
            pair(
                self.median(target, |round| round.measured.user_us()),
                self.median(target, |round| round.measured.system_us()),
            ),
            pair(
                self.median(target, |round| Some(round.measured.server_us().0)),
                self.median(target, |round| Some(round.measured.server_us().1)),
            ),
            cell(self.ratio(target, "haproxy", server), 2),
            cell(
                self.median(target, |round| Some(round.measured.loader_us())),
                1,
            ),
            cell(
                self.median(target, |round| Some(round.measured.cost.idle * 100.0)),
                0,
            ),
        ];
        // writing to a String cannot fail
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }

    fn notes(&self, clients: usize, text: &mut String) {
        for target in self.targets() {
            let held = self.each(target).map(|round| round.held).min();
            if let Some(held) = held.filter(|held| *held < clients) {
                let _ = writeln!(
                    text,
                    "\n{target} held {held} clients: it may not open more descriptors here (`ulimit -Hn`)."
                );
            }
            let errors: u64 = self.each(target).map(|round| round.measured.errors).sum();
            if let Some(error) = self
                .each(target)
                .find_map(|round| round.measured.first_error.as_ref())
            {
                let _ = writeln!(
                    text,
                    "\n{target}: {errors} jobs failed, the first one: {error}"
                );
            }
        }
    }
}

fn rank(name: &str) -> usize {
    let order = ["direct", "haproxy", "shardgate"];
    let place = order.iter().position(|known| *known == name);
    place.unwrap_or(order.len())
}

/// A figure with so many decimals; a dash where there is none.
pub fn cell(figure: f64, decimals: usize) -> String {
    if figure.is_nan() {
        "-".to_owned()
    } else {
        format!("{figure:.decimals$}")
    }
}

/// Not a number if there is nothing to take it of.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}
