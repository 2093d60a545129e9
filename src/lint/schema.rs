//! Columns from CREATE TABLE files and folders of migrations.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crate::model::Schema;
use crate::sql::{ServerFamily, SqlMode};
use crate::verdict::Read;

use super::definition::{History, changes};
use super::source::{Item, SourceKind, read, walk};

/// Why a schema cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: the schema cannot be read: {cause}")]
pub struct SchemaFault {
    /// The file or folder.
    path: String,
    /// Why.
    cause: io::Error,
}

/// Adds the columns that files and folders define to what is known. A folder of migrations is applied in the order of
/// their versions (`V1__x.sql`, `V1.2__y.sql`), repeatable ones (`R__x.sql`) last; undo files (`U1__x.sql`) are left
/// out; files with other names come first, by name.
///
/// # Errors
/// A path that cannot be read.
pub fn read_schema(
    paths: &[PathBuf],
    mode: SqlMode,
    family: ServerFamily,
    schema: &mut Schema,
) -> Result<(), SchemaFault> {
    let mut history = History::default();
    for path in paths {
        let files = walk(path).map_err(|(path, cause)| fault(&path, cause))?;
        let mut files: Vec<PathBuf> = files.into_iter().map(|found| found.path).collect();
        files.retain(|file| file == path || is_migration(file));
        files.sort_by_cached_key(|file| order(file));
        for file in files {
            apply(&file, mode, family, &mut history).map_err(|cause| fault(&file, cause))?;
        }
    }
    history.write_into(schema);
    Ok(())
}

fn fault(path: &Path, cause: io::Error) -> SchemaFault {
    SchemaFault {
        path: path.display().to_string(),
        cause,
    }
}

fn apply(
    file: &Path,
    mode: SqlMode,
    family: ServerFamily,
    history: &mut History,
) -> io::Result<()> {
    let reader = BufReader::new(File::open(file)?);
    read(SourceKind::Sql, reader, &mut |item| {
        let Item::Text(written) = item else {
            return;
        };
        let text = &written.text.bytes;
        let text = text.strip_suffix(b";").unwrap_or(text);
        if let Ok(read) = Read::new(text, mode, family) {
            changes(text, &read)
                .iter()
                .for_each(|target| history.apply(target));
        }
    })
}

fn is_migration(file: &Path) -> bool {
    let is_sql = file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    is_sql && !matches!(order(file), Order::Undo)
}

/// When a file is applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Named(PathBuf),
    Version(Vec<u64>),
    Repeatable(String),
    Undo,
}

fn order(file: &Path) -> Order {
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let Some((head, rest)) = name.split_once("__") else {
        return Order::Named(file.to_owned());
    };
    let number = head.get(1..).unwrap_or_default();
    let version: Option<Vec<u64>> = number
        .split(['.', '_'])
        .map(|part| part.parse().ok())
        .collect();
    match (head.chars().next(), version) {
        (Some('R'), _) if number.is_empty() => Order::Repeatable(rest.to_owned()),
        (Some('V' | 'B'), Some(version)) => Order::Version(version),
        (Some('U'), Some(_)) => Order::Undo,
        _ => Order::Named(file.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_applied_in_the_order_of_their_versions() {
        let names = [
            "V10__a.sql",
            "V2__b.sql",
            "R__view.sql",
            "V2.1__c.sql",
            "V2_0_5__d.sql",
            "base.sql",
            "V1__e.sql",
        ];
        let mut files: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        files.sort_by_cached_key(|file| order(file));
        let sorted: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(
            sorted,
            [
                "base.sql",
                "V1__e.sql",
                "V2__b.sql",
                "V2_0_5__d.sql",
                "V2.1__c.sql",
                "V10__a.sql",
                "R__view.sql"
            ]
        );
        assert!(!is_migration(Path::new("U2__b.sql")));
    }
}
