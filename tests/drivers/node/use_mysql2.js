// mysql2: query() puts the values into the text, execute() prepares on the server and keeps the statement.
'use strict';
const assert = require('node:assert/strict');
const mysql = require('mysql2/promise');
const { run, place } = require('./cells');

const options = { ...place, supportBigNumbers: true, typeCast: true, jsonStrings: true };

const answer = ([result, columns]) =>
  Array.isArray(result) ? { rows: result, columns } : { rows: [], affected: result.affectedRows, insertId: result.insertId };

run({
  connect: () => mysql.createConnection(options),
  run: async (connection, sql, values) => answer(await connection.query(sql, values)),
  prepared: async (connection, sql, values) => answer(await connection.execute(sql, values)),
  batch: (connection, columns, rows) =>
    connection.query(`INSERT INTO ${process.env.DB_TABLE} (${columns.join(', ')}) VALUES ?`, [rows]),
  stream: (connection, sql) => connection.connection.query(sql).stream({ highWaterMark: 10 }),
  pool: (size) => mysql.createPool({ ...options, connectionLimit: size }),
  id: (connection) => connection.threadId ?? connection.connection.threadId,
  big: (digits) => digits,
  bit: (value) => Buffer.from([value]),
  column: (column) => `${column.name} ${TYPES[column.columnType]} ${column.orgTable}`,
  reset: (connection) => connection.reset(),
  changeUser: (connection, user) => connection.changeUser(user),
  cells: ({ put, count, slow, sku, errorOf }) => ({
    async timeout(connection) {
      const key = sku();
      await put(connection, key, 1);
      const error = await errorOf(connection.query({ sql: slow(key), timeout: 1000 }));
      assert.equal(error.code, 'PROTOCOL_SEQUENCE_TIMEOUT');
      // the statement goes on; the connection is of no use before it ends
      const other = await mysql.createConnection(options);
      await put(other, key, 2);
      assert.equal(await count(other, key), 2);
      other.destroy();
    },
    async multi() {
      const connection = await mysql.createConnection({ ...options, multipleStatements: true });
      const [results] = await connection.query('SELECT 1 AS a; SET @x = 2; SELECT @x AS b');
      assert.deepEqual([results[0][0].a, Number(results[2][0].b)], [1, 2]);
      await connection.end();
    },
    async latin1() {
      const key = sku();
      const connection = await mysql.createConnection({ ...options, charset: 'latin1_swedish_ci' });
      await put(connection, key, 1, { name: 'é ß', latin: 'é ß' });
      const [[row]] = await connection.query(`SELECT name, latin, HEX(name) AS hex FROM ${process.env.DB_TABLE} WHERE sku_id = ${key}`);
      assert.deepEqual({ ...row }, { name: 'é ß', latin: 'é ß', hex: 'C3A920C39F' });
      await connection.end();
    },
  }),
});

const TYPES = { 8: 'LONGLONG', 12: 'DATETIME', 246: 'NEWDECIMAL', 252: 'BLOB', 253: 'VAR_STRING' };
