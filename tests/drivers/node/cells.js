// The cells that both drivers run. A driver gives:
//   connect(options), run(connection, sql, values) and prepared(connection, sql, values), which return
//   { rows, affected, insertId, columns }, stream(connection, sql), pool(), id(connection).
'use strict';
const assert = require('node:assert/strict');

const env = process.env;
const TABLE = env.DB_TABLE;
const place = {
  host: env.DB_HOST, port: Number(env.DB_PORT), user: env.DB_USER, password: env.DB_PASSWORD, database: env.DB_NAME,
};
const TEXT = 'Grüße, 漢字, 😀, \\ \' " % \n\t';
const BYTES = Buffer.from(Array.from({ length: 1 << 20 }, (_, n) => n % 256));
const DOCUMENT = { name: 'ü😀', list: [1, 2.5, null, true], nested: { a: 'b"c' } };

let nextSku = Number(env.DB_SKU);
const sku = () => ++nextSku;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isLogical = (text) => assert.doesNotMatch(String(text), /\b(item|inv_stock|inv_reservation)_\d+|\becom_\d/);
const errorOf = (promise) => promise.then(() => assert.fail('no error'), (error) => error);

function cells(driver) {
  const insert = (columns) => `INSERT INTO ${TABLE} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  const put = (connection, key, warehouse, columns = {}, run = driver.run) => {
    const row = { sku_id: key, warehouse_id: warehouse, ...columns };
    return run(connection, insert(Object.keys(row)), Object.values(row));
  };
  const row = async (connection, sql, values, run = driver.run) => {
    const { rows } = await run(connection, sql, values);
    assert.equal(rows.length, 1);
    return { ...rows[0] };
  };
  const count = async (connection, key) =>
    Number((await row(connection, `SELECT COUNT(*) AS n FROM ${TABLE} WHERE sku_id = ?`, [key])).n);
  const slow = (key) => `SELECT SLEEP(20) FROM ${TABLE} WHERE sku_id = ${key}`;

  const lifeOfARow = (run) => async (connection) => {
    const key = sku();
    for (let turn = 0; turn < 3; turn++) {
      assert.equal((await put(connection, key, turn, { name: 'new', qty: 7 }, run)).affected, 1);
      const read = [`SELECT name, qty, price FROM ${TABLE} WHERE sku_id = ? AND warehouse_id = ?`, [key, turn], run];
      assert.deepEqual(await row(connection, ...read), { name: 'new', qty: 7, price: null });
      const update = `UPDATE ${TABLE} SET qty = qty + ?, name = ? WHERE sku_id = ? AND warehouse_id = ?`;
      assert.equal((await run(connection, update, [1, 'old', key, turn])).affected, 1);
      assert.deepEqual(await row(connection, ...read), { name: 'old', qty: 8, price: null });
    }
    assert.equal((await run(connection, `DELETE FROM ${TABLE} WHERE sku_id = ?`, [key])).affected, 3);
    assert.equal(await count(connection, key), 0);
  };

  const roundTrip = async (connection, columns, run) => {
    const key = sku();
    const nulls = Object.fromEntries(Object.keys(columns).map((name) => [name, null]));
    await put(connection, key, 1, columns, run);
    await put(connection, key, 2, nulls, run);
    const read = `SELECT ${Object.keys(columns).join(', ')} FROM ${TABLE} WHERE sku_id = ? AND warehouse_id = ?`;
    assert.deepEqual(await row(connection, read, [key, 1], run), columns);
    assert.deepEqual(await row(connection, read, [key, 2], run), nulls);
  };
  // by text and by the binary protocol: both must tell the same
  const bothWays = (columns) => async (connection) => {
    await roundTrip(connection, columns, driver.run);
    await roundTrip(connection, columns, driver.prepared);
  };

  return {
    async connect(connection) {
      const got = await row(connection, 'SELECT VERSION() AS version, DATABASE() AS db, CONNECTION_ID() AS id');
      assert.equal(got.db, place.database);
      assert.equal(Number(got.id), driver.id(connection));
    },
    plain: lifeOfARow(driver.run),
    async prepared(connection) {
      await lifeOfARow(driver.prepared)(connection);
      // one number in several types, and types that change from one execution to the next
      const key = sku();
      await put(connection, key, 1, { name: null }, driver.prepared);
      await put(connection, key, 2, { name: 'text' }, driver.prepared);
      const read = `SELECT name FROM ${TABLE} WHERE sku_id = ? AND warehouse_id = ?`;
      for (const value of [key, String(key), BigInt(key)]) {
        assert.deepEqual(await row(connection, read, [value, 2], driver.prepared), { name: 'text' });
      }
    },
    async affected(connection) {
      const key = sku();
      await put(connection, key, 1, { qty: 5 });
      const update = `UPDATE ${TABLE} SET qty = ? WHERE sku_id = ?`;
      // rows found, not rows changed
      assert.equal((await driver.run(connection, update, [5, key])).affected, 1);
      assert.equal((await driver.prepared(connection, update, [6, key])).affected, 1);
    },
    async batch(connection) {
      const key = sku();
      await driver.batch(connection, ['sku_id', 'warehouse_id', 'qty'], Array.from({ length: 100 }, (_, n) => [key, n, n]));
      assert.equal(await count(connection, key), 100);
    },
    async pipelined(connection) {
      // sent without waiting; the answers come in order
      const key = sku();
      await Promise.all(Array.from({ length: 50 }, (_, n) => put(connection, key, n, {}, driver.prepared)));
      const tokens = Array.from({ length: 50 }, (_, n) => `token ${n}`);
      const got = await Promise.all(tokens.map((token) => row(connection, 'SELECT ? AS token', [token])));
      assert.deepEqual(got.map(({ token }) => token), tokens);
      assert.equal(await count(connection, key), 50);
    },
    async keys(connection) {
      const key = sku();
      for (const run of [driver.run, driver.prepared]) {
        const { insertId } = await put(connection, key, 1, {}, run);
        const found = await row(connection, `SELECT CAST(id AS CHAR) AS id FROM ${TABLE} WHERE sku_id = ?`, [key]);
        assert.equal(String(insertId), found.id);
        await driver.run(connection, `DELETE FROM ${TABLE} WHERE sku_id = ?`, [key]);
      }
    },
    async transaction(connection) {
      const key = sku();
      const other = await driver.connect();
      await other.beginTransaction();
      for (const [end, rows] of [['rollback', 0], ['commit', 1]]) {
        await connection.beginTransaction();
        await put(connection, key, 1);
        assert.equal(await count(other, key), 0);
        await other.rollback();
        await connection[end]();
        await other.beginTransaction();
        assert.equal(await count(other, key), rows);
      }
      await other.end();
    },
    async savepoint(connection) {
      const key = sku();
      await connection.beginTransaction();
      await put(connection, key, 1);
      await driver.run(connection, 'SAVEPOINT here');
      await put(connection, key, 2);
      await driver.run(connection, 'ROLLBACK TO SAVEPOINT here');
      await connection.commit();
      assert.equal(await count(connection, key), 1);
    },
    async reserve(connection) {
      const key = sku();
      const run = (sql, values) => driver.prepared(connection, sql, values);
      await run('INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, 1, 10)', [key]);
      await connection.beginTransaction();
      await run('INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, 1, ?)', [`order-${key}`, key, 3]);
      const taken = await run('UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = 1 AND stock - reserved >= ?', [3, key, 3]);
      assert.equal(taken.affected, 1);
      await run("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", [JSON.stringify({ key })]);
      await connection.commit();
      const left = await row(connection, 'SELECT s.stock, s.reserved, r.qty FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = ? AND s.warehouse_id = 1', [key]);
      assert.deepEqual(left, { stock: 10, reserved: 3, qty: 3 });
    },
    async stream(connection) {
      const key = sku();
      for (let start = 0; start < 5000; start += 1000) {
        await driver.batch(connection, ['sku_id', 'warehouse_id', 'body'],
          Array.from({ length: 1000 }, (_, n) => [key, start + n, Buffer.alloc(500, 'x')]));
      }
      let bytes = 0;
      for await (const item of driver.stream(connection, `SELECT warehouse_id, body FROM ${TABLE} WHERE sku_id = ${key}`)) {
        bytes += item.body.length;
      }
      assert.equal(bytes, 5000 * 500);
    },
    async cancel(connection) {
      const key = sku();
      const other = await driver.connect();
      await put(connection, key, 1);
      for (const run of [driver.run, driver.prepared]) {
        const running = errorOf(run(connection, slow(key), []));
        await pause(500);
        await driver.run(other, `KILL QUERY ${driver.id(connection)}`);
        assert.equal((await running).errno, 1317);
        assert.equal(await count(connection, key), 1);
      }
      await other.end();
    },
    async reconnect() {
      const pool = driver.pool(1);
      const connection = await pool.getConnection();
      const other = await driver.connect();
      connection.on('error', () => {});
      await driver.run(other, `KILL ${driver.id(connection)}`);
      await pause(200);
      await errorOf(driver.run(connection, 'SELECT 1'));
      connection.release();
      const again = await pool.getConnection();
      assert.equal(Number((await row(again, 'SELECT 1 AS one')).one), 1);
      again.release();
      await Promise.all([other.end(), pool.end()]);
    },
    charset: bothWays({ name: TEXT }),
    async dates(connection) {
      await bothWays({
        day: new Date(2024, 1, 29), moment: new Date(2024, 1, 29, 23, 59, 58, 123), stamp: new Date(2024, 1, 29, 12, 0, 1),
        born: 1999,
      })(connection);
      const key = sku();
      for (const [turn, run] of [driver.run, driver.prepared].entries()) {
        await put(connection, key, turn, { span: '-100:02:03.5' }, run);
        const { span } = await row(connection, `SELECT span FROM ${TABLE} WHERE sku_id = ? AND warehouse_id = ?`, [key, turn], run);
        // how many zeros follow is the driver's taste
        assert.match(span, /^-100:02:03\.50*$/);
      }
    },
    async numbers(connection) {
      await bothWays({ price: '-12345678901234.567891', ratio: 0.1, big: driver.big('18446744073709551615') })(connection);
    },
    async json(connection) {
      const key = sku();
      await put(connection, key, 1, { doc: JSON.stringify(DOCUMENT) });
      for (const run of [driver.run, driver.prepared]) {
        const { doc } = await row(connection, `SELECT doc FROM ${TABLE} WHERE sku_id = ?`, [key], run);
        assert.deepEqual(typeof doc === 'string' ? JSON.parse(doc) : doc, DOCUMENT);
      }
    },
    async bit(connection) {
      await bothWays({ flag: driver.bit(1), bits: Buffer.from([0x0a, 0xbc]) })(connection);
    },
    async blob(connection) {
      await bothWays({ body: BYTES })(connection);
    },
    async columns(connection) {
      for (const run of [driver.run, driver.prepared]) {
        const { columns } = await run(connection, `SELECT i.id, name AS title, price, moment, body FROM ${TABLE} i WHERE sku_id = ?`, [sku()]);
        assert.deepEqual(columns.map(driver.column), [
          `id LONGLONG ${TABLE}`, `title VAR_STRING ${TABLE}`, `price NEWDECIMAL ${TABLE}`, `moment DATETIME ${TABLE}`, `body BLOB ${TABLE}`,
        ]);
      }
    },
    async schema(connection) {
      const { rows: tables } = await driver.run(connection, 'SHOW TABLES');
      const names = tables.flatMap((table) => Object.values(table));
      assert.ok(names.includes(TABLE));
      isLogical(names);
      const { rows: columns } = await driver.run(connection,
        'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position', [TABLE]);
      assert.deepEqual(columns.slice(0, 3).map(({ name }) => name), ['id', 'sku_id', 'warehouse_id']);
      const create = await row(connection, `SHOW CREATE TABLE ${TABLE}`);
      assert.ok(create['Create Table'].startsWith(`CREATE TABLE \`${TABLE}\``));
      isLogical(create['Create Table']);
    },
    async session(connection) {
      await driver.run(connection, "SET time_zone = '+09:30', @mine = 'my own'");
      for (let turn = 0; turn < 5; turn++) {
        assert.deepEqual(await row(connection, 'SELECT @@time_zone AS zone, @mine AS mine'), { zone: '+09:30', mine: 'my own' });
      }
      await driver.reset(connection);
      const fresh = await row(connection, 'SELECT @@time_zone AS zone, @mine AS mine');
      assert.notEqual(fresh.zone, '+09:30');
      assert.equal(fresh.mine, null);
      await driver.changeUser(connection, place);
      assert.equal((await row(connection, 'SELECT DATABASE() AS db')).db, place.database);
    },
    async pool() {
      const key = sku();
      const pool = driver.pool(8);
      await Promise.all(Array.from({ length: 16 }, async (_, worker) => {
        const connection = await pool.getConnection();
        await put(connection, key, worker);
        for (let n = 0; n < 25; n++) {
          const token = `${worker}-${n}`;
          const run = n % 2 ? driver.run : driver.prepared;
          const got = await row(connection, `SELECT ? AS token FROM ${TABLE} WHERE sku_id = ? AND warehouse_id = ?`, [token, key, worker], run);
          assert.equal(got.token, token);
        }
        connection.release();
      }));
      await pool.end();
    },
    async errors(connection) {
      const key = sku();
      await put(connection, key, 1);
      for (const run of [driver.run, driver.prepared]) {
        const twice = await errorOf(put(connection, key, 1, {}, run));
        assert.equal(twice.errno, 1062);
        isLogical(twice.message);
        assert.equal((await errorOf(run(connection, `SELECT nothing FROM ${TABLE} WHERE sku_id = ?`, [key]))).errno, 1054);
        assert.equal((await errorOf(run(connection, 'SELEC 1', []))).errno, 1064);
        if (env.DB_SHARDED) {
          assert.equal((await errorOf(run(connection, `SELECT * FROM ${TABLE} WHERE warehouse_id = ?`, [1]))).errno, 20090);
        }
      }
      assert.equal(await count(connection, key), 1);
    },
    ...driver.cells?.({ put, count, slow, sku, errorOf }),
  };
}

// Each cell has a connection of its own.
async function run(driver) {
  const only = process.argv.slice(2);
  for (const [cell, action] of Object.entries(cells(driver))) {
    if (only.length && !only.includes(cell)) continue;
    let connection;
    try {
      connection = await driver.connect();
      await action(connection);
      console.log(`${cell}\tok\t`);
    } catch (error) {
      const line = /cells\.js:(\d+)|use_\w+\.js:(\d+)/.exec(error.stack)?.[0];
      console.log(`${cell}\tfail\t${String(error.message).replace(/\s+/g, ' ')} (${line})`);
    } finally {
      connection?.destroy();
    }
  }
  console.log('end\tok\t');
  process.exit(0);
}

module.exports = { run, place, TABLE };
