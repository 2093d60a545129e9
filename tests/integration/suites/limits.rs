//! The differences that `docs/drivers.md` documents.

const PAGE: &str = include_str!("../../../docs/drivers.md");
const HEADING: &str = "### Differences";

/// A row of the page's table: suite, servers, tests, cause.
struct Limit {
    suite: &'static str,
    family: &'static str,
    test: &'static str,
    cause: &'static str,
}

/// All of them.
pub struct Limits(Vec<Limit>);

impl Limits {
    /// Reads the table.
    pub fn documented() -> Limits {
        let (_, section) = PAGE.split_once(HEADING).unwrap();
        let rows = section
            .lines()
            .skip_while(|line| !line.starts_with("|---"))
            .skip(1)
            .take_while(|line| line.starts_with('|'));
        Limits(rows.map(limit).collect())
    }

    /// Why this test may differ, if it may.
    pub fn cause(&self, suite: &str, family: &str, test: &str) -> Option<&'static str> {
        let holds = |limit: &&Limit| {
            limit.suite == suite && names(limit.family, family) && covers(limit.test, test)
        };
        self.0.iter().find(holds).map(|limit| limit.cause)
    }
}

fn limit(row: &'static str) -> Limit {
    let mut fields = row.trim_matches('|').split('|').map(str::trim);
    let mut next = || fields.next().unwrap().trim_matches('`');
    Limit {
        suite: next(),
        family: next(),
        test: next(),
        cause: next(),
    }
}

/// A field is `*`, a name, or several with commas between.
fn names(field: &str, name: &str) -> bool {
    field == "*" || field.split(", ").any(|one| one == name)
}

/// A field is a test's name, or the beginning of several with a star behind it.
fn covers(field: &str, test: &str) -> bool {
    match field.strip_suffix('*') {
        Some(beginning) => test.starts_with(beginning),
        None => field == test,
    }
}
