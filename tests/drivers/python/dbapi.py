"""The cells as a program of any DB-API driver writes them; use_*.py say what differs from driver to driver."""
import json
import threading
import time

from cells import (BYTES, DATABASE, DATES, DOCUMENT, NUMBERS, SHARDED, TABLE, TEXT, Skip, error_of, is_logical, run,
                   same, sku)


class Driver:
    """One driver: `connect(**options)` understands autocommit, charset, found_rows and read_timeout."""

    errors = Exception

    def connect(self, **options):
        raise NotImplementedError

    def prepared(self, connection):
        """A cursor whose statements are prepared on the server."""
        raise Skip("no prepared statements")

    def unbuffered(self, connection):
        """A cursor that reads rows while the server sends them."""
        return connection.cursor()

    def id(self, connection):
        return connection.thread_id()

    def again(self, connection):
        """Connects a connection again that was lost."""
        connection.ping(True)

    # ---- the cells ----

    def cell_connect(self):
        connection = self.connect()
        version, database, identity = self.row(connection, "SELECT VERSION(), DATABASE(), CONNECTION_ID()")
        assert version
        same(database, DATABASE)
        same(identity, self.id(connection))
        connection.close()

    def cell_plain(self):
        connection, key = self.connect(), sku()
        self.life_of_a_row(connection.cursor(), key)

    def cell_prepared(self):
        connection = self.connect()
        self.life_of_a_row(self.prepared(connection), sku())
        cursor, key = self.prepared(connection), sku()
        insert = f"INSERT INTO {TABLE} (sku_id, warehouse_id, name, price, moment) VALUES (%s, %s, %s, %s, %s)"
        cursor.execute(insert, (key, 1, None, None, None))
        cursor.execute(insert, (key, 2, TEXT, NUMBERS["price"], DATES["moment"]))
        cursor.execute(insert, (key, 3, "3", 3, None))
        cursor = self.prepared(connection)
        select = f"SELECT name, price, moment FROM {TABLE} WHERE sku_id = %s AND warehouse_id = %s"
        for value in (key, str(key)):
            cursor.execute(select, (value, 2))
            same(tuple(cursor.fetchone()), (TEXT, NUMBERS["price"], DATES["moment"]))
            same(cursor.fetchone(), None)

    def cell_affected(self):
        key = sku()
        for found_rows, expected in ((False, 0), (True, 1)):
            connection = self.connect(found_rows=found_rows)
            self.put(connection, key, 1, qty=5)
            cursor = connection.cursor()
            where = f"WHERE sku_id = {key} AND warehouse_id = 1"
            cursor.execute(f"UPDATE {TABLE} SET qty = 5 {where}")
            same(cursor.rowcount, expected)
            cursor.execute(f"UPDATE {TABLE} SET qty = 6 {where}")
            same(cursor.rowcount, 1)
            cursor.execute(f"DELETE FROM {TABLE} {where}")
            same(cursor.rowcount, 1)

    def cell_batch(self):
        connection, key = self.connect(), sku()
        cursor = connection.cursor()
        cursor.executemany(
            f"INSERT INTO {TABLE} (sku_id, warehouse_id, qty) VALUES (%s, %s, %s)", [(key, n, n) for n in range(100)])
        same(cursor.rowcount, 100)
        same(self.row(connection, f"SELECT COUNT(*), MAX(qty) FROM {TABLE} WHERE sku_id = {key}"), (100, 99))

    def cell_keys(self):
        connection, key = self.connect(), sku()
        first = self.put(connection, key, 1)
        same(self.row(connection, f"SELECT id FROM {TABLE} WHERE sku_id = {key}"), (first,))
        same(self.row(connection, "SELECT LAST_INSERT_ID()"), (first,))
        cursor = connection.cursor()
        cursor.execute(f"INSERT INTO {TABLE} (sku_id, warehouse_id) VALUES ({key}, 2), ({key}, 3), ({key}, 4)")
        second = cursor.lastrowid
        cursor.execute(f"SELECT id FROM {TABLE} WHERE sku_id = {key} AND warehouse_id IN (2, 3, 4) ORDER BY id")
        same([id for (id,) in cursor.fetchall()], [second, second + 1, second + 2])

    def cell_transaction(self):
        connection, other, key = self.connect(autocommit=False), self.connect(autocommit=False), sku()
        for end, rows in ((connection.rollback, 0), (connection.commit, 1)):
            self.put(connection, key, 1)
            same(self.count(other, key), 0)
            other.rollback()
            end()
            same(self.count(other, key), rows)
            other.rollback()

    def cell_savepoint(self):
        connection, key = self.connect(autocommit=False), sku()
        self.put(connection, key, 1)
        connection.cursor().execute("SAVEPOINT here")
        self.put(connection, key, 2)
        connection.cursor().execute("ROLLBACK TO SAVEPOINT here")
        connection.cursor().execute("RELEASE SAVEPOINT here")
        connection.commit()
        same(self.count(connection, key), 1)

    def cell_reserve(self):
        """What a shop does: reserve, count, and tell, all or nothing."""
        connection, key = self.connect(autocommit=False), sku()
        cursor = connection.cursor()
        cursor.execute("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (%s, 1, 10)", (key,))
        connection.commit()
        cursor.execute("INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (%s, %s, 1, 3)",
                       (f"order-{key}", key))
        cursor.execute("UPDATE inv_stock SET reserved = reserved + %s "
                       "WHERE sku_id = %s AND warehouse_id = 1 AND stock - reserved >= %s", (3, key, 3))
        same(cursor.rowcount, 1)
        cursor.execute("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', %s, NOW())",
                       (json.dumps({"sku": key}),))
        connection.commit()
        same(self.row(connection, "SELECT s.stock, s.reserved, r.qty FROM inv_stock s JOIN inv_reservation r "
                                  f"ON r.sku_id = s.sku_id WHERE s.sku_id = {key} AND s.warehouse_id = 1"), (10, 3, 3))

    def cell_stream(self):
        connection, key = self.connect(), sku()
        cursor = connection.cursor()
        for start in range(0, 5000, 1000):
            cursor.executemany(f"INSERT INTO {TABLE} (sku_id, warehouse_id, name, body) VALUES (%s, %s, %s, %s)",
                               [(key, n, f"row {n}", "x" * 500) for n in range(start, start + 1000)])
        cursor = self.unbuffered(connection)
        cursor.execute(f"SELECT warehouse_id, name, body FROM {TABLE} WHERE sku_id = {key}")
        seen, total = 0, 0
        for warehouse, name, body in iter(cursor.fetchone, None):
            same((name, len(body)), (f"row {warehouse}", 500))
            seen, total = seen + 1, total + warehouse
        same((seen, total), (5000, 5000 * 4999 // 2))
        cursor.close()
        # left half way
        connection = self.connect()
        self.put(connection, key, 5000)
        cursor = self.unbuffered(connection)
        cursor.execute(f"SELECT warehouse_id, body FROM {TABLE} WHERE sku_id = {key}")
        cursor.fetchone()
        self.abandon(connection, cursor)
        same(self.count(connection, key), 5001)

    def cell_timeout(self):
        connection, key = self.connect(read_timeout=1), sku()
        self.put(connection, key, 1)
        error_of(self.errors, lambda: self.row(connection, self.slow(key)))
        connection = self.connect()
        self.put(connection, key, 2)
        same(self.count(connection, key), 2)

    def cell_cancel(self):
        connection, other, key = self.connect(), self.connect(), sku()
        self.put(connection, key, 1)
        threading.Thread(target=self.later, args=(other, f"KILL QUERY {self.id(connection)}")).start()
        number, _ = error_of(self.errors, lambda: self.row(connection, self.slow(key)))
        same(number, 1317)
        same(self.count(connection, key), 1)

    def cell_reconnect(self):
        connection, other, key = self.connect(), self.connect(), sku()
        self.put(connection, key, 1)
        other.cursor().execute(f"KILL {self.id(connection)}")
        time.sleep(0.2)
        error_of(self.errors, lambda: self.count(connection, key))
        self.again(connection)
        self.put(connection, key, 2)
        same(self.count(connection, key), 2)

    def cell_charset(self):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1, name=TEXT)
        connection.cursor().execute(f"INSERT INTO {TABLE} (sku_id, warehouse_id, name) VALUES ({key}, 2, '漢😀')")
        row = self.row(connection, f"SELECT name, CHAR_LENGTH(name) FROM {TABLE} WHERE sku_id = {key} AND warehouse_id = 1")
        same(row, (TEXT, len(TEXT)))
        row = self.row(connection, f"SELECT name, HEX(name) FROM {TABLE} WHERE sku_id = {key} AND name = '漢😀'")
        same(row, ("漢😀", "漢😀".encode().hex().upper()))

    def cell_latin1(self):
        connection, key = self.connect(charset="latin1"), sku()
        self.put(connection, key, 1, name="é ß", latin="é ß")
        where = f"FROM {TABLE} WHERE sku_id = {key}"
        same(self.row(connection, f"SELECT name, latin {where}"), ("é ß", "é ß"))
        same(self.row(connection, f"SELECT HEX(name), HEX(latin) {where}"), ("C3A920C39F", "E920DF"))

    def cell_dates(self):
        self.round_trip(DATES)

    def cell_numbers(self):
        self.round_trip(NUMBERS)

    def cell_json(self):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1, doc=json.dumps(DOCUMENT))
        (text,) = self.row(connection, f"SELECT doc FROM {TABLE} WHERE sku_id = {key}")
        same(json.loads(text), DOCUMENT)
        same(self.row(connection, f"SELECT JSON_VALUE(doc, '$.nested.a') FROM {TABLE} WHERE sku_id = {key}"), ('b"c',))

    def cell_bit(self):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1, flag=1, bits=0xABC)
        flag, bits = self.row(connection, f"SELECT flag, bits FROM {TABLE} WHERE sku_id = {key}")
        as_number = lambda value: value if isinstance(value, int) else int.from_bytes(value, "big")
        same((as_number(flag), as_number(bits)), (1, 0xABC))

    def cell_blob(self):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1, body=BYTES)
        row = self.row(connection, f"SELECT body, LENGTH(body), SHA2(body, 256) = SHA2(%s, 256) FROM {TABLE} WHERE sku_id = {key}", (BYTES,))
        assert row == (BYTES, len(BYTES), 1), [str(value)[:40] for value in row]

    def cell_columns(self):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1)
        cursor = connection.cursor()
        cursor.execute(f"SELECT i.id, name AS title, price, moment, body, 1 + 1 AS two FROM {TABLE} i WHERE sku_id = {key}")
        same([column[0] for column in cursor.description], ["id", "title", "price", "moment", "body", "two"])
        # the numbers of the protocol: LONGLONG, VAR_STRING, NEWDECIMAL, DATETIME, BLOB
        same([column[1] for column in cursor.description][:5], [8, 253, 246, 12, 252])
        same([bool(column[6]) for column in cursor.description][:3], [False, True, True])

    def cell_schema(self):
        connection = self.connect()
        cursor = connection.cursor()
        cursor.execute("SHOW TABLES")
        tables = [name for (name,) in cursor.fetchall()]
        same(tables.count(TABLE), 1)
        is_logical(tables)
        cursor.execute(f"SHOW FULL COLUMNS FROM {TABLE}")
        same([row[0] for row in cursor.fetchall()][:3], ["id", "sku_id", "warehouse_id"])
        cursor.execute(f"SHOW KEYS FROM {TABLE}")
        keys = cursor.fetchall()
        same({(row[0], row[2]) for row in keys}, {(TABLE, "PRIMARY"), (TABLE, "uk_item"), (TABLE, "idx_item_name")})
        _, create = self.row(connection, f"SHOW CREATE TABLE {TABLE}")
        assert create.startswith(f"CREATE TABLE `{TABLE}`"), create
        is_logical(create)
        same(self.row(connection, "SELECT table_schema, table_name, column_key FROM information_schema.columns WHERE "
                                  f"table_schema = DATABASE() AND table_name = '{TABLE}' AND column_name = 'id'"),
             (DATABASE, TABLE, "PRI"))

    def cell_session(self):
        connection, other = self.connect(), self.connect()
        asked = "SELECT @@time_zone, @mine, @@sql_mode"
        before = self.row(other, asked)
        for statement in ("SET time_zone = '+09:30'", "SET @mine = 'my own'", "SET sql_mode = 'ANSI_QUOTES'"):
            connection.cursor().execute(statement)
        for _ in range(5):
            same(self.row(connection, asked), ("+09:30", "my own", "ANSI_QUOTES"))
            same(self.row(other, asked), before)

    def cell_pool(self):
        """Eight at once: each gets its own answers."""
        key, faults = sku(), []

        def work(worker):
            connection = self.connect()
            self.put(connection, key, worker)
            for n in range(25):
                token = f"{worker}-{n}"
                (got,) = self.row(connection, f"SELECT %s FROM {TABLE} "
                                            "WHERE sku_id = %s AND warehouse_id = %s", (token, key, worker))
                if got != token:
                    faults.append((got, token))

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same(faults, [])

    def cell_errors(self):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1)
        number, text = error_of(self.errors, lambda: self.put(connection, key, 1))
        same(number, 1062)
        is_logical(text)
        same(error_of(self.errors, lambda: self.row(connection, f"SELECT nothing FROM {TABLE} WHERE sku_id = 1"))[0], 1054)
        same(error_of(self.errors, lambda: self.row(connection, "SELEC 1"))[0], 1064)
        if SHARDED:
            number, text = error_of(self.errors, lambda: self.row(connection, f"SELECT * FROM {TABLE}"))
            same(number, 20090)
            assert "sku_id" in text, text
        same(self.count(connection, key), 1)

    # ---- their hands ----

    def life_of_a_row(self, cursor, key):
        """Insert, read, update, delete."""
        cursor.execute(f"INSERT INTO {TABLE} (sku_id, warehouse_id, name, qty) VALUES (%s, %s, %s, %s)", (key, 1, "new", 7))
        same(cursor.rowcount, 1)
        read = (f"SELECT name, qty, price FROM {TABLE} WHERE sku_id = %s AND warehouse_id = %s", (key, 1))
        cursor.execute(*read)
        same(tuple(cursor.fetchone()), ("new", 7, None))
        same(cursor.fetchone(), None)
        cursor.execute(f"UPDATE {TABLE} SET qty = qty + %s, name = %s WHERE sku_id = %s", (1, "old", key))
        same(cursor.rowcount, 1)
        cursor.execute(*read)
        same([tuple(row) for row in cursor.fetchall()], [("old", 8, None)])
        cursor.execute(f"DELETE FROM {TABLE} WHERE sku_id = %s AND warehouse_id = %s", (key, 1))
        same(cursor.rowcount, 1)
        cursor.execute(*read)
        same(cursor.fetchall(), type(cursor.fetchall())())

    def put(self, connection, key, warehouse, **columns):
        """Inserts a row; its id."""
        columns = {"sku_id": key, "warehouse_id": warehouse, **columns}
        cursor = connection.cursor()
        cursor.execute(f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
                       tuple(columns.values()))
        return cursor.lastrowid

    def row(self, connection, sql, values=None):
        cursor = connection.cursor()
        cursor.execute(sql, values) if values else cursor.execute(sql)
        rows = cursor.fetchall()
        same(len(rows), 1)
        return tuple(rows[0])

    def count(self, connection, key):
        return self.row(connection, f"SELECT COUNT(*) FROM {TABLE} WHERE sku_id = {key}")[0]

    def round_trip(self, columns):
        connection, key = self.connect(), sku()
        self.put(connection, key, 1, **columns)
        self.put(connection, key, 2, **{name: None for name in columns if name != "qty"})
        names = ", ".join(columns)
        where = f"FROM {TABLE} WHERE sku_id = {key} AND warehouse_id ="
        same(self.row(connection, f"SELECT {names} {where} 1"), tuple(columns.values()))
        nulls = tuple(0 if name == "qty" else None for name in columns)
        same(self.row(connection, f"SELECT {names} {where} 2"), nulls)

    def slow(self, key):
        return f"SELECT SLEEP(20) FROM {TABLE} WHERE sku_id = {key}"

    def later(self, connection, sql):
        time.sleep(0.5)
        connection.cursor().execute(sql)

    def abandon(self, connection, cursor):
        """Gives up a result half way."""
        cursor.close()

    def run(self):
        run({name[5:]: getattr(self, name) for name in Driver.__dict__ if name.startswith("cell_")})
