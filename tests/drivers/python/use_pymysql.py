"""PyMySQL: text protocol only, values put into the statement by the driver."""
import pymysql
import pymysql.cursors
from pymysql.constants import CLIENT

import dbapi
from cells import DATABASE, HOST, PASSWORD, PORT, USER


class PyMySQL(dbapi.Driver):
    errors = pymysql.MySQLError

    def connect(self, autocommit=True, charset="utf8mb4", found_rows=False, read_timeout=None):
        return pymysql.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE,
                               autocommit=autocommit, charset=charset, read_timeout=read_timeout,
                               client_flag=CLIENT.FOUND_ROWS if found_rows else 0)

    def unbuffered(self, connection):
        return connection.cursor(pymysql.cursors.SSCursor)


PyMySQL().run()
