//! sqlx: every query with values is prepared, the statement kept by the connection.

use std::time::Duration;

use futures_util::TryStreamExt;
use shardgate_drivers::{Result, TEXT, anyhow, bytes, is_logical, is_sharded, on_table, place, run, same, sku};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlPoolOptions, MySqlSslMode};
use sqlx::types::chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sqlx::types::{BigDecimal, Json};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, Row, SqlSafeStr, Statement, TypeInfo};

fn options() -> MySqlConnectOptions {
    MySqlConnectOptions::new()
        .host(&place("DB_HOST"))
        .port(place("DB_PORT").parse().unwrap_or(3307))
        .username(&place("DB_USER"))
        .password(&place("DB_PASSWORD"))
        .database(&place("DB_NAME"))
        .ssl_mode(MySqlSslMode::Disabled)
}

async fn open() -> Result<MySqlConnection> {
    Ok(MySqlConnection::connect_with(&options()).await?)
}

/// A statement of ours on the table.
fn sql(text: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(on_table(text))
}

async fn put(conn: &mut MySqlConnection, key: i64, warehouse: i32) -> std::result::Result<u64, sqlx::Error> {
    let insert = sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, ?)"));
    Ok(insert.bind(key).bind(warehouse).execute(conn).await?.last_insert_id())
}

async fn count(conn: &mut MySqlConnection, key: i64) -> Result<i64> {
    Ok(sqlx::query_scalar(sql("SELECT COUNT(*) FROM {t} WHERE sku_id = ?")).bind(key).fetch_one(conn).await?)
}

/// The server's number of an error.
fn number<T>(outcome: std::result::Result<T, sqlx::Error>) -> Result<u16> {
    let error = outcome.err().ok_or_else(|| anyhow!("no error"))?;
    let Some(answer) = error.as_database_error() else {
        return Err(error.into());
    };
    is_logical(answer.message())?;
    Ok(answer.downcast_ref::<MySqlDatabaseError>().number())
}

async fn connect() -> Result<()> {
    let mut conn = open().await?;
    same(sqlx::query_scalar::<_, String>("SELECT DATABASE()").fetch_one(&mut conn).await?, place("DB_NAME"))?;
    conn.ping().await?;
    Ok(conn.close().await?)
}

async fn plain() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    // without values: in text
    let run = async |conn: &mut MySqlConnection, text: &str| {
        conn.execute(sqlx::raw_sql(sql(&text.replace("{key}", &key.to_string())))).await.map(|done| done.rows_affected())
    };
    same(run(&mut conn, "INSERT INTO {t} (sku_id, warehouse_id, name, qty) VALUES ({key}, 1, 'new', 7)").await?, 1)?;
    same(run(&mut conn, "UPDATE {t} SET qty = qty + 1 WHERE sku_id = {key}").await?, 1)?;
    same(run(&mut conn, "DELETE FROM {t} WHERE sku_id = {key}").await?, 1)?;
    same(count(&mut conn, key).await?, 0)
}

async fn prepared() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    for (n, name) in (0_i32..).zip([Some("a"), None, Some(TEXT)]) {
        let insert = sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, name) VALUES (?, ?, ?)"));
        same(insert.bind(key).bind(n).bind(name).execute(&mut conn).await?.rows_affected(), 1)?;
        // the key in all the types that a program may have it in
        let read = || sqlx::query_scalar::<_, Option<String>>(sql("SELECT name FROM {t} WHERE sku_id = ? AND warehouse_id = ?"));
        let wanted = name.map(str::to_owned);
        same(read().bind(key).bind(n).fetch_one(&mut conn).await?, wanted.clone())?;
        same(read().bind(key.unsigned_abs()).bind(n).fetch_one(&mut conn).await?, wanted.clone())?;
        same(read().bind(key.to_string()).bind(n).fetch_one(&mut conn).await?, wanted.clone())?;
        same(read().bind(key as f64).bind(n).fetch_one(&mut conn).await?, wanted)?;
    }
    same(count(&mut conn, key).await?, 3)
}

async fn affected() -> Result<()> {
    // rows found, not rows changed
    let (mut conn, key) = (open().await?, sku());
    put(&mut conn, key, 1).await?;
    let update = sqlx::query(sql("UPDATE {t} SET qty = ? WHERE sku_id = ?"));
    same(update.bind(0).bind(key).execute(&mut conn).await?.rows_affected(), 1)
}

async fn batch() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let mut insert = sqlx::QueryBuilder::<sqlx::MySql>::new(on_table("INSERT INTO {t} (sku_id, warehouse_id) "));
    insert.push_values(0..100, |mut row, n| {
        row.push_bind(key).push_bind(n);
    });
    same(insert.build().execute(&mut conn).await?.rows_affected(), 100)
}

async fn keys() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let id = put(&mut conn, key, 1).await?;
    let read = sqlx::query_scalar::<_, i64>(sql("SELECT id FROM {t} WHERE sku_id = ?"));
    same(read.bind(key).fetch_one(&mut conn).await?.unsigned_abs(), id)
}

async fn transaction() -> Result<()> {
    let (mut conn, mut other, key) = (open().await?, open().await?, sku());
    for commits in [false, true] {
        let mut tx = conn.begin().await?;
        put(&mut tx, key, 1).await?;
        let mut reader = other.begin().await?;
        same(count(&mut reader, key).await?, 0)?;
        reader.rollback().await?;
        if commits { tx.commit().await? } else { tx.rollback().await? }
        let mut reader = other.begin().await?;
        same(count(&mut reader, key).await?, i64::from(commits))?;
        reader.rollback().await?;
    }
    Ok(())
}

async fn savepoint() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let mut tx = conn.begin().await?;
    put(&mut tx, key, 1).await?;
    let mut inner = tx.begin().await?;
    put(&mut inner, key, 2).await?;
    inner.rollback().await?;
    let mut inner = tx.begin().await?;
    put(&mut inner, key, 3).await?;
    inner.commit().await?;
    tx.commit().await?;
    same(count(&mut conn, key).await?, 2)
}

async fn reserve() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    sqlx::query("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 10)").bind(key).bind(1).execute(&mut conn).await?;
    let mut tx = conn.begin().await?;
    sqlx::query("INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)").bind(format!("order-{key}")).bind(key).bind(1).bind(3).execute(&mut *tx).await?;
    let taken = sqlx::query("UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?").bind(3).bind(key).bind(1).bind(3).execute(&mut *tx).await?;
    same(taken.rows_affected(), 1)?;
    sqlx::query("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())").bind(format!("{{\"sku\": {key}}}")).execute(&mut *tx).await?;
    tx.commit().await?;
    let read = sqlx::query_scalar::<_, i32>("SELECT reserved FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?");
    same(read.bind(key).bind(1).fetch_one(&mut conn).await?, 3)
}

async fn stream() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    for start in (0..5000).step_by(1000) {
        let mut insert = sqlx::QueryBuilder::<sqlx::MySql>::new(on_table("INSERT INTO {t} (sku_id, warehouse_id, body) "));
        insert.push_values(start..start + 1000, |mut row, n| {
            row.push_bind(key).push_bind(n).push_bind(vec![b'x'; 500]);
        });
        insert.build().execute(&mut conn).await?;
    }
    let mut bytes = 0;
    let mut rows = sqlx::query(sql("SELECT body FROM {t} WHERE sku_id = ?")).bind(key).fetch(&mut conn);
    while let Some(row) = rows.try_next().await? {
        bytes += row.try_get::<Vec<u8>, _>(0)?.len();
    }
    drop(rows);
    same(bytes, 5000 * 500)?;
    same(count(&mut conn, key).await?, 5000)
}

async fn timeout() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    put(&mut conn, key, 1).await?;
    let slow = sqlx::query(sql("SELECT SLEEP(20) FROM {t} WHERE sku_id = ?")).bind(key).execute(&mut conn);
    same(tokio::time::timeout(Duration::from_secs(1), slow).await.is_err(), true)?;
    let mut conn = open().await?;
    put(&mut conn, key, 2).await?;
    same(count(&mut conn, key).await?, 2)
}

async fn cancel() -> Result<()> {
    let (mut conn, mut other, key) = (open().await?, open().await?, sku());
    put(&mut conn, key, 1).await?;
    let id: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut conn).await?;
    let killer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        other.execute(sqlx::raw_sql(AssertSqlSafe(format!("KILL QUERY {id}")))).await.map(drop)
    });
    let slow = sqlx::query(sql("SELECT SLEEP(20) FROM {t} WHERE sku_id = ?")).bind(key).fetch_all(&mut conn).await;
    same(number(slow)?, 1317)?;
    killer.await??;
    same(count(&mut conn, key).await?, 1)
}

async fn reconnect() -> Result<()> {
    let pool = MySqlPoolOptions::new().max_connections(1).connect_with(options()).await?;
    let id: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&pool).await?;
    open().await?.execute(sqlx::raw_sql(AssertSqlSafe(format!("KILL {id}")))).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    same(sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&pool).await?, 1)
}

async fn charset() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, name) VALUES (?, 1, ?)")).bind(key).bind(TEXT).execute(&mut conn).await?;
    let read = sqlx::query_scalar::<_, String>(sql("SELECT name FROM {t} WHERE sku_id = ? AND name = ?"));
    same(read.bind(key).bind(TEXT).fetch_one(&mut conn).await?, TEXT.to_owned())
}

async fn dates() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let day = NaiveDate::from_ymd_opt(2024, 2, 29).ok_or_else(|| anyhow!("date"))?;
    let moment = day.and_hms_micro_opt(23, 59, 58, 123_456).ok_or_else(|| anyhow!("time"))?;
    let stamp = day.and_hms_opt(12, 0, 1).ok_or_else(|| anyhow!("time"))?.and_utc();
    let insert = sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, day, moment, stamp, born) VALUES (?, 1, ?, ?, ?, ?)"));
    insert.bind(key).bind(day).bind(moment).bind(stamp).bind(1999).execute(&mut conn).await?;
    let read = sqlx::query_as::<_, (NaiveDate, NaiveDateTime, DateTime<Utc>, u16)>(sql("SELECT day, moment, stamp, born FROM {t} WHERE sku_id = ?"));
    same(read.bind(key).fetch_one(&mut conn).await?, (day, moment, stamp, 1999))
}

async fn numbers() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let price: BigDecimal = "-12345678901234.567891".parse()?;
    let insert = sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, price, ratio, big, qty) VALUES (?, 1, ?, ?, ?, ?)"));
    insert.bind(key).bind(&price).bind(0.1).bind(u64::MAX).bind(i32::MIN).execute(&mut conn).await?;
    let read = sqlx::query_as::<_, (BigDecimal, f64, u64, i32)>(sql("SELECT price, ratio, big, qty FROM {t} WHERE sku_id = ?"));
    same(read.bind(key).fetch_one(&mut conn).await?, (price, 0.1, u64::MAX, i32::MIN))
}

async fn json() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let document = ("ü😀".to_owned(), vec![Some(1), None]);
    let insert = sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, doc) VALUES (?, 1, ?)"));
    insert.bind(key).bind(Json(&document)).execute(&mut conn).await?;
    let read = sqlx::query(sql("SELECT doc FROM {t} WHERE sku_id = ?"));
    let row = read.bind(key).fetch_one(&mut conn).await?;
    // MariaDB's JSON is a text
    let told: Json<(String, Vec<Option<i32>>)> = row.try_get_unchecked(0)?;
    same(told.0, document)
}

async fn bit() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let insert = sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, flag, bits) VALUES (?, 1, ?, ?)"));
    insert.bind(key).bind(true).bind(0xabc).execute(&mut conn).await?;
    let read = sqlx::query_as::<_, (bool, u16)>(sql("SELECT flag, bits FROM {t} WHERE sku_id = ?"));
    same(read.bind(key).fetch_one(&mut conn).await?, (true, 0xabc))
}

async fn blob() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    sqlx::query(sql("INSERT INTO {t} (sku_id, warehouse_id, body) VALUES (?, 1, ?)")).bind(key).bind(bytes()).execute(&mut conn).await?;
    let read = sqlx::query_scalar::<_, Vec<u8>>(sql("SELECT body FROM {t} WHERE sku_id = ?"));
    same(read.bind(key).fetch_one(&mut conn).await? == bytes(), true)
}

async fn columns() -> Result<()> {
    let mut conn = open().await?;
    let statement = conn.prepare(sql("SELECT i.id, name AS title, price, moment, body, big FROM {t} i WHERE sku_id = ?").into_sql_str()).await?;
    let told: Vec<String> = statement.columns().iter().map(|column| format!("{} {}", column.name(), column.type_info().name())).collect();
    same(told, ["id BIGINT", "title VARCHAR", "price DECIMAL", "moment DATETIME", "body BLOB", "big BIGINT UNSIGNED"].map(str::to_owned).to_vec())
}

async fn schema() -> Result<()> {
    let mut conn = open().await?;
    let tables: Vec<String> = sqlx::query_scalar("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()").fetch_all(&mut conn).await?;
    same(tables.iter().filter(|name| **name == place("DB_TABLE")).count(), 1)?;
    is_logical(&tables.join(" "))
}

async fn session() -> Result<()> {
    let mut conn = MySqlConnection::connect_with(&options().timezone(Some("+09:30".to_owned()))).await?;
    conn.execute("SET @mine = 'my own'").await?;
    for _ in 0..5 {
        let told: (String, String, bool) = sqlx::query_as("SELECT @@time_zone, @mine, @@sql_mode LIKE '%PIPES_AS_CONCAT%'").fetch_one(&mut conn).await?;
        same(told, ("+09:30".into(), "my own".into(), true))?;
    }
    Ok(())
}

async fn pool() -> Result<()> {
    let (pool, key) = (MySqlPoolOptions::new().max_connections(8).connect_with(options()).await?, sku());
    let workers: Vec<_> = (0..16).map(|worker| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut conn = pool.acquire().await?;
            put(&mut conn, key, worker).await?;
            for n in 0..25 {
                let token = format!("{worker}-{n}");
                let read = sqlx::query_scalar::<_, String>(sql("SELECT ? FROM {t} WHERE sku_id = ? AND warehouse_id = ?"));
                same(read.bind(&token).bind(key).bind(worker).fetch_one(&mut *conn).await?, token)?;
            }
            Ok::<_, shardgate_drivers::Fault>(())
        })
    }).collect();
    for worker in workers {
        worker.await??;
    }
    Ok(())
}

async fn errors() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    put(&mut conn, key, 1).await?;
    same(number(put(&mut conn, key, 1).await)?, 1062)?;
    let mut fails = async |text: &str, value: i64| number(sqlx::query(sql(text)).bind(value).execute(&mut conn).await);
    same(fails("SELECT nothing FROM {t} WHERE sku_id = ?", key).await?, 1054)?;
    same(fails("SELEC ?", key).await?, 1064)?;
    if is_sharded() {
        same(fails("SELECT * FROM {t} WHERE warehouse_id = ?", 1).await?, 20090)?;
    }
    same(count(&mut conn, key).await?, 1)
}

#[tokio::main]
async fn main() {
    run!(connect, plain, prepared, affected, batch, keys, transaction, savepoint, reserve, stream, timeout, cancel, reconnect,
        charset, dates, numbers, json, bit, blob, columns, schema, session, pool, errors);
}
