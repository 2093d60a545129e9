//! mysql_async: `query` in text, `exec` prepared, the statement kept by the connection.

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};
use mysql_async::prelude::{FromRow, Query, Queryable, WithParams};
use mysql_async::{Conn, Error, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, TxOpts, Value};
use shardgate_drivers::{Result, TEXT, anyhow, bytes, is_logical, is_sharded, on_table, place, run, same, sku};

fn opts() -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname(place("DB_HOST"))
        .tcp_port(place("DB_PORT").parse().unwrap_or(3307))
        .user(Some(place("DB_USER")))
        .pass(Some(place("DB_PASSWORD")))
        .db_name(Some(place("DB_NAME")))
        // or it asks for the server's socket and goes round the proxy
        .prefer_socket(false)
}

async fn open() -> Result<Conn> {
    Ok(Conn::new(opts()).await?)
}

async fn put(conn: &mut impl Queryable, key: i64, warehouse: i32) -> Result<()> {
    Ok(conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, ?)"), (key, warehouse)).await?)
}

async fn ask<T: FromRow + Send + 'static>(conn: &mut impl Queryable, sql: &str, values: impl Into<Params> + Send) -> Result<T> {
    conn.exec_first(on_table(sql), values).await?.ok_or_else(|| anyhow!("no row"))
}

async fn count(conn: &mut impl Queryable, key: i64) -> Result<i64> {
    ask(conn, "SELECT COUNT(*) FROM {t} WHERE sku_id = ?", (key,)).await
}

/// The server's number of an error.
fn number<T>(outcome: std::result::Result<T, Error>) -> Result<u16> {
    match outcome {
        Err(Error::Server(error)) => {
            is_logical(&error.message)?;
            Ok(error.code)
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err(anyhow!("no error")),
    }
}

async fn connect() -> Result<()> {
    let mut conn = open().await?;
    let (name, id): (String, u32) = ask(&mut conn, "SELECT DATABASE(), CONNECTION_ID()", ()).await?;
    same(name, place("DB_NAME"))?;
    same(id, conn.id())?;
    conn.ping().await?;
    Ok(conn.disconnect().await?)
}

async fn plain() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    conn.query_drop(on_table(&format!("INSERT INTO {{t}} (sku_id, warehouse_id, name, qty) VALUES ({key}, 1, 'new', 7)"))).await?;
    conn.query_drop(on_table(&format!("UPDATE {{t}} SET qty = qty + 1 WHERE sku_id = {key}"))).await?;
    same(conn.affected_rows(), 1)?;
    let rows: Vec<(String, i32)> = conn.query(on_table(&format!("SELECT name, qty FROM {{t}} WHERE sku_id = {key}"))).await?;
    same(rows, vec![("new".into(), 8)])?;
    conn.query_drop(on_table(&format!("DELETE FROM {{t}} WHERE sku_id = {key}"))).await?;
    same(conn.affected_rows(), 1)
}

async fn prepared() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let insert = conn.prep(on_table("INSERT INTO {t} (sku_id, warehouse_id, name) VALUES (?, ?, ?)")).await?;
    let read = conn.prep(on_table("SELECT name FROM {t} WHERE sku_id = ? AND warehouse_id = ?")).await?;
    for (n, name) in [Some("a"), None, Some(TEXT)].into_iter().enumerate() {
        conn.exec_drop(&insert, (key, n, name)).await?;
        same(conn.affected_rows(), 1)?;
        // the key in all the types that a program may have it in
        let keys = [Value::Int(key), Value::UInt(key.unsigned_abs()), Value::from(key.to_string()), Value::Double(key as f64)];
        for same_key in keys {
            let rows: Vec<Option<String>> = conn.exec(&read, (same_key, n)).await?;
            same(rows, vec![name.map(str::to_owned)])?;
        }
    }
    conn.close(insert).await?;
    conn.close(read).await?;
    same(count(&mut conn, key).await?, 3)
}

async fn affected() -> Result<()> {
    for found in [false, true] {
        let (mut conn, key) = (Conn::new(opts().client_found_rows(found)).await?, sku());
        put(&mut conn, key, 1).await?;
        conn.exec_drop(on_table("UPDATE {t} SET qty = ? WHERE sku_id = ?"), (0, key)).await?;
        same(conn.affected_rows(), u64::from(found))?;
        same(conn.info().into_owned(), "Rows matched: 1  Changed: 0  Warnings: 0".to_owned())?;
    }
    Ok(())
}

async fn batch() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    // one prepared statement, executed row by row
    conn.exec_batch(on_table("INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, ?)"), (0..100).map(|n| (key, n))).await?;
    same(count(&mut conn, key).await?, 100)
}

async fn keys() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    put(&mut conn, key, 1).await?;
    let id = conn.last_insert_id();
    same(ask::<Option<u64>>(&mut conn, "SELECT id FROM {t} WHERE sku_id = ?", (key,)).await?, id)
}

async fn transaction() -> Result<()> {
    let (mut conn, mut other, key) = (open().await?, open().await?, sku());
    for commits in [false, true] {
        let mut tx = conn.start_transaction(TxOpts::default()).await?;
        put(&mut tx, key, 1).await?;
        let mut reader = other.start_transaction(TxOpts::default()).await?;
        same(count(&mut reader, key).await?, 0)?;
        reader.rollback().await?;
        if commits { tx.commit().await? } else { tx.rollback().await? }
        let mut reader = other.start_transaction(TxOpts::default()).await?;
        same(count(&mut reader, key).await?, i64::from(commits))?;
        reader.rollback().await?;
    }
    Ok(())
}

async fn savepoint() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let mut tx = conn.start_transaction(TxOpts::default()).await?;
    put(&mut tx, key, 1).await?;
    tx.query_drop("SAVEPOINT here").await?;
    put(&mut tx, key, 2).await?;
    tx.query_drop("ROLLBACK TO SAVEPOINT here").await?;
    tx.commit().await?;
    same(count(&mut conn, key).await?, 1)
}

async fn reserve() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    conn.exec_drop("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 10)", (key, 1)).await?;
    let mut tx = conn.start_transaction(TxOpts::default()).await?;
    tx.exec_drop("INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)", (format!("order-{key}"), key, 1, 3)).await?;
    tx.exec_drop("UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?", (3, key, 1, 3)).await?;
    same(tx.affected_rows(), 1)?;
    tx.exec_drop("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", (format!("{{\"sku\": {key}}}"),)).await?;
    tx.commit().await?;
    same(ask::<i32>(&mut conn, "SELECT reserved FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?", (key, 1)).await?, 3)
}

async fn stream() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    for start in (0..5000).step_by(1000) {
        let rows: Vec<String> = (start..start + 1000).map(|n| format!("({key}, {n}, REPEAT('x', 500))")).collect();
        conn.query_drop(on_table(&format!("INSERT INTO {{t}} (sku_id, warehouse_id, body) VALUES {}", rows.join(", ")))).await?;
    }
    let mut bytes = 0;
    let mut result = conn.exec_iter(on_table("SELECT body FROM {t} WHERE sku_id = ?"), (key,)).await?;
    while let Some(mut row) = result.next().await? {
        bytes += row.take::<Vec<u8>, _>(0).map_or(0, |body| body.len());
    }
    drop(result);
    same(bytes, 5000 * 500)?;
    same(count(&mut conn, key).await?, 5000)
}

async fn timeout() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    put(&mut conn, key, 1).await?;
    // the future is dropped, and with it the connection's use
    let slow = on_table("SELECT SLEEP(20) FROM {t} WHERE sku_id = ?").with((key,)).ignore(&mut conn);
    same(tokio::time::timeout(Duration::from_secs(1), slow).await.is_err(), true)?;
    let mut conn = open().await?;
    put(&mut conn, key, 2).await?;
    same(count(&mut conn, key).await?, 2)
}

async fn cancel() -> Result<()> {
    let (mut conn, mut other, key) = (open().await?, open().await?, sku());
    put(&mut conn, key, 1).await?;
    let kill = format!("KILL QUERY {}", conn.id());
    let killer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        other.query_drop(kill).await
    });
    let slow = conn.exec_first::<i32, _, _>(on_table("SELECT SLEEP(20) FROM {t} WHERE sku_id = ?"), (key,)).await;
    same(number(slow)?, 1317)?;
    killer.await??;
    same(count(&mut conn, key).await?, 1)
}

async fn reconnect() -> Result<()> {
    let limits = PoolConstraints::new(1, 1).ok_or_else(|| anyhow!("limits"))?;
    let pool = Pool::new(opts().pool_opts(PoolOpts::default().with_constraints(limits)));
    let conn = pool.get_conn().await?;
    open().await?.query_drop(format!("KILL {}", conn.id())).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(conn);
    same(ask::<i32>(&mut pool.get_conn().await?, "SELECT 1", ()).await?, 1)?;
    Ok(pool.disconnect().await?)
}

async fn charset() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id, name) VALUES (?, 1, ?)"), (key, TEXT)).await?;
    same(ask::<String>(&mut conn, "SELECT name FROM {t} WHERE sku_id = ? AND name = ?", (key, TEXT)).await?, TEXT.to_owned())
}

async fn dates() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let day = NaiveDate::from_ymd_opt(2024, 2, 29).ok_or_else(|| anyhow!("date"))?;
    let moment = day.and_hms_micro_opt(23, 59, 58, 123_456).ok_or_else(|| anyhow!("time"))?;
    let span = Value::Time(true, 4, 4, 2, 3, 500_000);
    conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id, day, moment, span, born) VALUES (?, 1, ?, ?, ?, ?)"), (key, day, moment, span.clone(), 1999)).await?;
    let told: (NaiveDate, NaiveDateTime, Value, u16) = ask(&mut conn, "SELECT day, moment, span, born FROM {t} WHERE sku_id = ?", (key,)).await?;
    same(told, (day, moment, span, 1999))
}

async fn numbers() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let price = "-12345678901234.567891";
    conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id, price, ratio, big, qty) VALUES (?, 1, ?, ?, ?, ?)"), (key, price, 0.1, u64::MAX, i32::MIN)).await?;
    let told: (String, f64, u64, i32) = ask(&mut conn, "SELECT price, ratio, big, qty FROM {t} WHERE sku_id = ?", (key,)).await?;
    same(told, (price.to_owned(), 0.1, u64::MAX, i32::MIN))
}

async fn json() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    let document = r#"{"a": "ü😀", "b": [1, null]}"#;
    conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id, doc) VALUES (?, 1, ?)"), (key, document)).await?;
    same(ask::<String>(&mut conn, "SELECT doc FROM {t} WHERE sku_id = ?", (key,)).await?, document.to_owned())
}

async fn bit() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id, flag, bits) VALUES (?, 1, ?, ?)"), (key, true, 0xabc)).await?;
    same(ask::<(Vec<u8>, Vec<u8>)>(&mut conn, "SELECT flag, bits FROM {t} WHERE sku_id = ?", (key,)).await?, (vec![1], vec![0x0a, 0xbc]))
}

async fn blob() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    conn.exec_drop(on_table("INSERT INTO {t} (sku_id, warehouse_id, body) VALUES (?, 1, ?)"), (key, bytes())).await?;
    same(ask::<Vec<u8>>(&mut conn, "SELECT body FROM {t} WHERE sku_id = ?", (key,)).await? == bytes(), true)
}

async fn columns() -> Result<()> {
    let mut conn = open().await?;
    let sql = on_table("SELECT i.id, name AS title, price FROM {t} i WHERE sku_id = ?");
    for columns in [conn.prep(&sql).await?.columns().to_vec(), conn.exec_iter(&sql, (sku(),)).await?.columns_ref().to_vec()] {
        let told: Vec<String> = columns.iter().map(|column| format!("{} {} {} {}", column.name_str(), column.org_name_str(), column.org_table_str(), column.decimals())).collect();
        let table = place("DB_TABLE");
        same(told, vec![format!("id id {table} 0"), format!("title name {table} 0"), format!("price price {table} 6")])?;
    }
    Ok(())
}

async fn schema() -> Result<()> {
    let mut conn = open().await?;
    let tables: Vec<String> = conn.query("SHOW TABLES").await?;
    same(tables.iter().filter(|name| **name == place("DB_TABLE")).count(), 1)?;
    is_logical(&tables.join(" "))?;
    let asked = "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND column_key = 'PRI'";
    same(ask::<String>(&mut conn, asked, (place("DB_NAME"), place("DB_TABLE"))).await?, "id".to_owned())
}

async fn session() -> Result<()> {
    let mut conn = Conn::new(opts().init(vec!["SET time_zone = '+09:30', @mine = 'my own'"])).await?;
    for _ in 0..5 {
        same(ask::<(String, String)>(&mut conn, "SELECT @@time_zone, @mine", ()).await?, ("+09:30".into(), "my own".into()))?;
    }
    conn.reset().await?;
    Ok(())
}

async fn pool() -> Result<()> {
    let limits = PoolConstraints::new(1, 8).ok_or_else(|| anyhow!("limits"))?;
    let (pool, key) = (Pool::new(opts().pool_opts(PoolOpts::default().with_constraints(limits))), sku());
    let workers: Vec<_> = (0..16).map(|worker| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut conn = pool.get_conn().await?;
            put(&mut conn, key, worker).await?;
            for n in 0..25 {
                let token = format!("{worker}-{n}");
                let told: String = ask(&mut conn, "SELECT ? FROM {t} WHERE sku_id = ? AND warehouse_id = ?", (&token, key, worker)).await?;
                same(told, token)?;
            }
            Ok::<_, shardgate_drivers::Fault>(())
        })
    }).collect();
    for worker in workers {
        worker.await??;
    }
    Ok(pool.disconnect().await?)
}

async fn multi() -> Result<()> {
    let mut conn = open().await?;
    let mut result = conn.query_iter("SELECT 1; SET @x = 2; SELECT @x").await?;
    same(result.collect::<i32>().await?, vec![1])?;
    result.collect::<i32>().await?;
    same(result.collect::<i32>().await?, vec![2])
}

async fn errors() -> Result<()> {
    let (mut conn, key) = (open().await?, sku());
    put(&mut conn, key, 1).await?;
    let mut fails = async |sql: &str, value: i64| number(conn.exec_drop(on_table(sql), (value,)).await);
    same(fails("INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, 1)", key).await?, 1062)?;
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
        charset, dates, numbers, json, bit, blob, columns, schema, session, pool, multi, errors);
}
