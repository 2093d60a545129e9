"""mysqlclient (MySQLdb): the C client library beneath Python."""
import MySQLdb
import MySQLdb.cursors
from MySQLdb.constants import CLIENT

import dbapi
from cells import DATABASE, HOST, PASSWORD, PORT, USER


class MySQLClient(dbapi.Driver):
    errors = MySQLdb.MySQLError

    def connect(self, autocommit=True, charset="utf8mb4", found_rows=False, read_timeout=0):
        return MySQLdb.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE,
                               autocommit=autocommit, charset=charset, read_timeout=read_timeout,
                               client_flag=CLIENT.FOUND_ROWS if found_rows else 0)

    def unbuffered(self, connection):
        return connection.cursor(MySQLdb.cursors.SSCursor)

    def again(self, connection):
        # its ping no longer connects again; a program opens another
        connection.__init__(**self.options())

    def options(self):
        return {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD, "database": DATABASE,
                "autocommit": True, "charset": "utf8mb4"}


MySQLClient().run()
