"""asyncmy: asyncio. All cells but `pool` run one after the other, each connection on a loop of its own."""
import asyncio

import asyncmy
import asyncmy.cursors
from asyncmy.constants import CLIENT

import dbapi
from cells import DATABASE, HOST, PASSWORD, PORT, TABLE, USER, same, sku

PLACE = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD, "database": DATABASE}


class Waiting:
    """A cursor or connection whose coroutines are waited for."""

    def __init__(self, loop, inner):
        self.loop, self.inner = loop, inner

    def __getattr__(self, name):
        value = getattr(self.inner, name)
        return self.waited(value) if callable(value) else value

    def waited(self, function):
        def call(*arguments):
            result = function(*arguments)
            return self.loop.run_until_complete(result) if asyncio.iscoroutine(result) else result
        return call

    def cursor(self, *kind):
        return Waiting(self.loop, self.inner.cursor(*kind))


class Prepared:
    """A prepared statement looks like a cursor."""

    def __init__(self, connection):
        self.connection, self.statements = connection, {}

    def execute(self, sql, values):
        loop, sql = self.connection.loop, sql.replace("%s", "?")
        if sql not in self.statements:
            self.statements[sql] = Waiting(loop, self.connection.prepare(sql))
        result = self.statements[sql].execute(values)
        self.rows, self.rowcount = list(result.rows or ()), result.affected_rows

    def fetchone(self):
        return self.rows.pop(0) if self.rows else None

    def fetchall(self):
        rows, self.rows = self.rows, []
        return rows


class Asyncmy(dbapi.Driver):
    errors = asyncmy.errors.MySQLError

    def connect(self, autocommit=True, charset="utf8mb4", found_rows=False, read_timeout=None):
        loop = asyncio.new_event_loop()
        flag = CLIENT.FOUND_ROWS if found_rows else 0
        connecting = asyncmy.connect(**PLACE, autocommit=autocommit, charset=charset, client_flag=flag,
                                     read_timeout=read_timeout)

        async def connect():
            return await connecting
        return Waiting(loop, loop.run_until_complete(connect()))

    def prepared(self, connection):
        return Prepared(connection)

    def unbuffered(self, connection):
        return connection.cursor(asyncmy.cursors.SSCursor)

    def cell_pool(self):
        asyncio.run(self.pool())

    async def pool(self):
        key = sku()
        async with asyncmy.create_pool(**PLACE, minsize=1, maxsize=8, autocommit=True) as pool:
            async def work(worker):
                async with pool.acquire() as connection, connection.cursor() as cursor:
                    await cursor.execute(f"INSERT INTO {TABLE} (sku_id, warehouse_id) VALUES (%s, %s)", (key, worker))
                    for n in range(25):
                        token = f"{worker}-{n}"
                        await cursor.execute(f"SELECT %s FROM {TABLE} WHERE sku_id = %s AND warehouse_id = %s",
                                             (token, key, worker))
                        same(await cursor.fetchone(), (token,))
            await asyncio.gather(*map(work, range(16)))


Asyncmy().run()
