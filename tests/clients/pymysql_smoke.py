"""PyMySQL through the proxy: login twice, rows by key, transactions, generated ids, errors, character sets."""
import os

import pymysql

SKU = int(os.environ["PROXY_SKU"])
AUTHORITY = os.environ.get("PROXY_CA")
TLS = {"ssl_ca": AUTHORITY, "ssl_verify_cert": True, "ssl_verify_identity": True} if AUTHORITY else {"ssl_disabled": True}


def connect(user=os.environ["PROXY_USER"], password=os.environ["PROXY_PASSWORD"], **more):
    return pymysql.connect(
        host=os.environ["PROXY_HOST"],
        port=int(os.environ["PROXY_PORT"]),
        user=user,
        password=password,
        database=os.environ["PROXY_DATABASE"],
        **TLS,
        **more,
    )


def main():
    for _ in range(2):
        connect().close()
        connect("salted_pymysql", os.environ["PROXY_SALTED_PASSWORD"]).close()
    conn = connect()
    assert conn._secure == bool(AUTHORITY)
    with conn.cursor() as cursor:
        cursor.execute("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (%s, %s, %s)", (SKU, 1, 10))
        assert cursor.rowcount == 1 and cursor.lastrowid > 0
        cursor.execute("SELECT LAST_INSERT_ID()")
        assert cursor.fetchone()[0] > 0
        conn.commit()
        cursor.execute("SELECT id, stock, updated_at FROM inv_stock WHERE sku_id = %s AND warehouse_id = %s FOR UPDATE", (SKU, 1))
        assert cursor.fetchone()[1] == 10
        conn.rollback()
        cursor.execute("UPDATE inv_stock SET stock = stock - 1 WHERE sku_id = %s AND warehouse_id = %s", (SKU, 1))
        conn.rollback()
        cursor.execute("SELECT stock FROM inv_stock WHERE sku_id = %s AND warehouse_id = %s FOR UPDATE", (str(SKU), "1"))
        assert cursor.fetchone() == (10,)
        conn.commit()
        cursor.execute("SELECT 'ä€😀', NULL, 1.5, x'00ff'")
        assert cursor.fetchone()[0] == "ä€😀"
        for code, sql in [(20090, "SELECT * FROM inv_stock"), (1146, "SELECT * FROM nowhere_at_all"), (1064, "SELEKT")]:
            try:
                cursor.execute(sql)
            except pymysql.MySQLError as error:
                assert error.args[0] == code, error
            else:
                raise AssertionError(sql)
    conn.select_db(os.environ["PROXY_DATABASE"])
    conn.ping()
    with connect(cursorclass=pymysql.cursors.SSDictCursor).cursor() as cursor:
        cursor.execute("SELECT sku_id, stock FROM inv_stock WHERE sku_id = %s AND warehouse_id IN (1)", (SKU,))
        cursor.fetchall()
    connect(charset="latin1").close()
    connect(autocommit=True, client_flag=pymysql.constants.CLIENT.FOUND_ROWS | pymysql.constants.CLIENT.MULTI_STATEMENTS).close()
    print("pymysql", pymysql.VERSION_STRING, "ok")


main()
