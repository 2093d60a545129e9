//! The keys of each spelling and what they set.

use super::read::{HintError, HintValue, Hints};

/// Sharding values of one statement; each is compared with those before it.
const MOST_VALUES: usize = 256;

const OWN_KEYS: &str = "primary, stale, full_route, data_source=<name>";
const PROXY_KEYS: &str = "PRIMARY_ONLY=true, FULL_ROUTE=true, DATA_SOURCE=<name>";
const PROXY_HINTS: &str = "PROXY_HINT(...), PROXY_DS=<primary or a data source>";
const SHARDINGSPHERE_KEYS: &str = "SHARDING_DATABASE_VALUE, SHARDING_TABLE_VALUE, WRITE_ROUTE_ONLY, DATA_SOURCE_NAME, \
                                   SKIP_SQL_REWRITE, DISABLE_AUDIT_NAMES, SKIP_METADATA_VALIDATE";

/// `primary, stale, full_route, data_source=ds_3`, separated by commas or blanks.
pub(super) fn own(text: &str, hints: &mut Hints) -> Result<(), HintError> {
    for item in text
        .split([',', ' ', '\t', '\r', '\n'])
        .filter(|item| !item.is_empty())
    {
        let (key, value) = pair(item);
        match key.to_ascii_lowercase().as_str() {
            "primary" => hints.primary_only = truth(key, value)?,
            "stale" => hints.takes_stale = truth(key, value)?,
            "full_route" => hints.full_route = truth(key, value)?,
            "data_source" => hints.data_source = Some(name(key, value)?),
            _ => return Err(unknown(key, OWN_KEYS)),
        }
    }
    Ok(())
}

/// `PROXY_HINT(PRIMARY_ONLY=true)`, `PROXY_DS=primary`
pub(super) fn proxy(text: &str, hints: &mut Hints) -> Result<(), HintError> {
    if let Some((head, inner)) = text.split_once('(') {
        if !head.trim().eq_ignore_ascii_case("proxy_hint") {
            return Err(unknown(head.trim(), PROXY_HINTS));
        }
        let inner = inner.strip_suffix(')').ok_or_else(|| HintError::Form {
            text: text.to_owned(),
        })?;
        return pairs(inner).try_for_each(|(key, value)| proxy_pair(key, value, hints));
    }
    pairs(text).try_for_each(|(key, value)| {
        if !key.eq_ignore_ascii_case("proxy_ds") {
            return Err(unknown(key, PROXY_HINTS));
        }
        let source = name(key, value)?;
        if source.eq_ignore_ascii_case("primary") {
            hints.primary_only = true;
        } else {
            hints.data_source = Some(source);
        }
        Ok(())
    })
}

fn proxy_pair(key: &str, value: Option<&str>, hints: &mut Hints) -> Result<(), HintError> {
    match key.to_ascii_uppercase().as_str() {
        "PRIMARY_ONLY" => hints.primary_only = truth(key, value)?,
        "FULL_ROUTE" => hints.full_route = truth(key, value)?,
        "DATA_SOURCE" => hints.data_source = Some(name(key, value)?),
        _ => return Err(unknown(key, PROXY_KEYS)),
    }
    Ok(())
}

/// `KEY=value, t.KEY=value`; keys as in ShardingSphere or in camel case.
pub(super) fn shardingsphere(text: &str, hints: &mut Hints) -> Result<(), HintError> {
    for (key, value) in pairs(text) {
        let (table, plain) = match key.rsplit_once('.') {
            Some((table, plain)) => (Some(table.trim().to_owned()), plain),
            None => (None, key),
        };
        let folded = plain.replace('_', "").to_ascii_lowercase();
        let is_value = matches!(
            folded.as_str(),
            "shardingdatabasevalue" | "shardingtablevalue"
        );
        if table.is_some() && !is_value {
            return Err(unknown(key, SHARDINGSPHERE_KEYS));
        }
        match folded.as_str() {
            "shardingdatabasevalue" => push(&mut hints.database_values, table, name(key, value)?)?,
            "shardingtablevalue" => push(&mut hints.table_values, table, name(key, value)?)?,
            "writerouteonly" => hints.primary_only = truth(key, value)?,
            "datasourcename" => hints.data_source = Some(name(key, value)?),
            "skipsqlrewrite" => hints.skip_sql_rewrite = truth(key, value)?,
            // names are looked up by the servers, not here: there is nothing to leave out
            "skipmetadatavalidate" => {
                truth(key, value)?;
            }
            "disableauditnames" => {
                let names = name(key, value)?;
                hints
                    .disable_audit_names
                    .extend(names.split_whitespace().map(str::to_ascii_lowercase));
            }
            "shadow" | "usetraffic" | "trafficlabel" => {
                return Err(HintError::Unsupported {
                    key: key.to_owned(),
                });
            }
            _ => return Err(unknown(key, SHARDINGSPHERE_KEYS)),
        }
    }
    Ok(())
}

/// A repeated key overwrites.
fn push(
    values: &mut Vec<HintValue>,
    table: Option<String>,
    value: String,
) -> Result<(), HintError> {
    let is_same = |known: &HintValue| match (&known.table, &table) {
        (Some(known), Some(table)) => known.eq_ignore_ascii_case(table),
        (known, table) => known.is_none() && table.is_none(),
    };
    values.retain(|known| !is_same(known));
    if values.len() == MOST_VALUES {
        return Err(HintError::TooMany { most: MOST_VALUES });
    }
    values.push(HintValue { table, value });
    Ok(())
}

fn pairs(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(pair)
}

fn pair(item: &str) -> (&str, Option<&str>) {
    match item.split_once('=') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None => (item.trim(), None),
    }
}

/// A key alone counts as true.
fn truth(key: &str, value: Option<&str>) -> Result<bool, HintError> {
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(wrong(key, value, "true or false")),
    }
}

fn name(key: &str, value: Option<&str>) -> Result<String, HintError> {
    match value {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(wrong(key, value, "a value behind '='")),
    }
}

fn wrong(key: &str, value: Option<&str>, wanted: &'static str) -> HintError {
    HintError::Value {
        key: key.to_owned(),
        value: value.unwrap_or_default().to_owned(),
        wanted,
    }
}

fn unknown(key: &str, known: &'static str) -> HintError {
    HintError::UnknownKey {
        key: key.to_owned(),
        known,
    }
}
