//! The tables of `docs/drivers.md`, as rows of fields.

const PAGE: &str = include_str!("../../../docs/drivers.md");

/// The rows of the first table behind `heading`, without code marks.
pub fn documented(heading: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let (_, section) = PAGE.split_once(heading).unwrap();
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let fields = row.trim_matches('|').split('|');
        fields.map(|field| field.trim().trim_matches('`')).collect()
    })
}

/// A field is `*`, a name, or several with commas between.
pub fn covers_name(field: &str, name: &str) -> bool {
    field == "*" || field.split(", ").any(|one| one == name)
}
