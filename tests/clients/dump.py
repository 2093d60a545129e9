#!/usr/bin/env python3
"""mariadb-dump and mysqldump: a single table, read back; one shard of a sharded table; all of it, which is refused.

MYSQL_DUMP and MYSQL_CLIENT name programs of one's own, with the words before them (a dynamic linker, say)."""
import os
import subprocess
import sys

import programs

SKU = os.environ["PROXY_SKU"]
DATABASE = os.environ["PROXY_DATABASE"]
SNAPSHOT = ["--single-transaction", "--skip-lock-tables"]
ROWS = "1\tone\n2\tNULL\n3\tit's\n"


def run(command, stdin=None):
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120)


def sql(client, text):
    done = run([*client.words(), "-N", DATABASE, "-e", text])
    assert done.returncode == 0, (text, done.stderr)
    return done.stdout.decode()


def ways(dumper):
    """In one snapshot and without locks; with a lock, as by default. A dump with GTIDs restores one server alone."""
    if dumper.family == "mysql":
        gtid = "--set-gtid-purged=OFF"
        return [SNAPSHOT + [gtid, "--no-tablespaces", "--column-statistics=0"], SNAPSHOT + [gtid], [gtid]]
    return [SNAPSHOT, SNAPSHOT + ["--hex-blob", "--complete-insert"], []]


def dump(dumper, *more):
    done = run([*dumper.words(), *more])
    return done.returncode, done.stdout, done.stderr.decode()


def dumped(dumper, *more):
    code, out, err = dump(dumper, *more)
    assert code == 0, (more, err)
    assert b"-- Dump completed" in out, (more, out)
    return out


def single_table(dumper, client, table, more):
    """A dump restored through the proxy says the same."""
    sql(client, f"CREATE TABLE {table} (a INT PRIMARY KEY, b VARCHAR(20)); INSERT INTO {table} VALUES (1, 'one'), (2, NULL), (3, 'it''s')")
    assert b"INSERT INTO" in dumped(dumper, DATABASE, table)
    text = dumped(dumper, *more, DATABASE, table)
    sql(client, f"DROP TABLE {table}")
    restored = run([*client.words(), DATABASE], text)
    assert restored.returncode == 0, restored.stderr
    assert sql(client, f"SELECT a, b FROM {table} ORDER BY a FOR UPDATE") == ROWS
    sql(client, f"DROP TABLE {table}")


def sharded_table(dumper, client):
    """With the key the rows of that key under the logical name; without it a reason."""
    snapshot = ways(dumper)[0]
    sql(client, f"INSERT IGNORE INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({SKU}, 8, 5)")
    key = f"sku_id={SKU} and warehouse_id=8"
    text = dumped(dumper, *snapshot, f"--where={key}", DATABASE, "inv_stock").decode()
    assert "CREATE TABLE `inv_stock` (" in text and "INSERT INTO `inv_stock` VALUES" in text, text
    assert "inv_stock_" not in text, text
    # the table as a whole can be neither locked nor altered for one key
    loose = ["--no-create-info", "--complete-insert", "--skip-add-locks", "--skip-disable-keys"]
    rows = dumped(dumper, *snapshot, *loose, f"--where={key}", DATABASE, "inv_stock")
    assert f"{SKU},8,5".encode() in rows, rows
    sql(client, f"DELETE FROM inv_stock WHERE {key}")
    restored = run([*client.words(), DATABASE], rows)
    assert restored.returncode == 0, restored.stderr
    assert sql(client, f"SELECT stock FROM inv_stock WHERE {key} FOR UPDATE") == "5\n"
    # nor can all of it be read or, which comes first by default, locked
    refused = [(snapshot, "20090"), ([*snapshot, "--where=warehouse_id=8"], "20090"), ([], "20030"), ([f"--where={key}"], "20030")]
    for more, reason in refused:
        code, _, err = dump(dumper, *more, DATABASE, "inv_stock")
        assert code != 0 and reason in err and "inv_stock" in err, (more, code, err)


def main():
    clients = {client.family: client for client in programs.clients()}
    for dumper in programs.dumpers():
        client = clients.get(dumper.family)
        if client is None:
            print(dumper.family, "dump: not run (no client of that family)")
            continue
        for n, more in enumerate(ways(dumper)):
            single_table(dumper, client, f"dumped_{SKU}_{dumper.family}_{n}", more)
        sharded_table(dumper, client)
        print(dumper.version(), "ok")


sys.exit(main())
