"""MySQL Connector/Python in pure Python; its prepared cursors use the binary protocol."""
import mysql.connector
from mysql.connector.constants import ClientFlag

import dbapi
from cells import DATABASE, HOST, PASSWORD, PORT, USER


class ConnectorPython(dbapi.Driver):
    errors = mysql.connector.Error

    def connect(self, autocommit=True, charset="utf8mb4", found_rows=False, read_timeout=None):
        flag = ClientFlag.FOUND_ROWS if found_rows else -ClientFlag.FOUND_ROWS
        # against MariaDB its own default collation, utf8mb4_0900_ai_ci, is not to be had
        collation = {"utf8mb4": "utf8mb4_general_ci", "latin1": "latin1_swedish_ci"}[charset]
        return mysql.connector.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE,
                                       autocommit=autocommit, charset=charset, collation=collation, use_pure=True,
                                       read_timeout=read_timeout, client_flags=[flag])

    def prepared(self, connection):
        return connection.cursor(prepared=True)

    def id(self, connection):
        return connection.connection_id

    def again(self, connection):
        connection.reconnect()

    def abandon(self, connection, cursor):
        # it must be read to its end, or the next statement is refused by the driver
        cursor.fetchall()


ConnectorPython().run()
