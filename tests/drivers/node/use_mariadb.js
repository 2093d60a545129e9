// MariaDB's driver: query() in text, execute() prepared, batch() by the server's bulk command where it has one.
'use strict';
const assert = require('node:assert/strict');
const mariadb = require('mariadb');
const { run, place, TABLE } = require('./cells');

const options = {
  ...place, allowPublicKeyRetrieval: true, bigIntAsNumber: false, insertIdAsNumber: false, checkNumberRange: false,
  supportBigNumbers: true, bigNumberStrings: true, bitOneIsBoolean: false, autoJsonMap: false, foundRows: true,
};

function answer(result) {
  if (!Array.isArray(result)) {
    return { rows: [], affected: result.affectedRows, insertId: result.insertId };
  }
  return { rows: result, columns: result.meta };
}

run({
  connect: () => mariadb.createConnection(options),
  run: async (connection, sql, values) => answer(await connection.query(sql, values)),
  prepared: async (connection, sql, values) => answer(await connection.execute(sql, values)),
  batch: (connection, columns, rows) =>
    connection.batch(`INSERT INTO ${TABLE} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`, rows),
  stream: (connection, sql) => connection.queryStream(sql),
  pool: (size) => mariadb.createPool({ ...options, connectionLimit: size }),
  id: (connection) => Number(connection.threadId),
  big: (digits) => digits,
  bit: (value) => Buffer.from([value]),
  column: (column) => `${column.name()} ${column.type.replace('BIGINT', 'LONGLONG')} ${column.orgTable()}`,
  reset: (connection) => connection.reset(),
  // the driver itself refuses it towards MySQL
  changeUser: (connection, user) => connection.info.isMariaDB() && connection.changeUser(user),
  cells: ({ put, count, slow, sku, errorOf }) => ({
    async timeout() {
      // `SET max_statement_time` when it connects; MySQL's servers have no such variable, and the driver says so
      const connection = await mariadb.createConnection({ ...options, socketTimeout: 1000 });
      const key = sku();
      await put(connection, key, 1);
      await errorOf(connection.query(slow(key)));
      const other = await mariadb.createConnection(options);
      await put(other, key, 2);
      assert.equal(await count(other, key), 2);
      other.destroy();
    },
    async multi() {
      const connection = await mariadb.createConnection({ ...options, multipleStatements: true });
      const results = await connection.query('SELECT 1 AS a; SET @x = 2; SELECT @x AS b');
      assert.deepEqual([Number(results[0][0].a), Number(results[2][0].b)], [1, 2]);
      await connection.end();
    },
  }),
});
