#!/usr/bin/env python3
"""mariadb and mysql, in batch and interactively under a terminal: what a person types on the first day.

MYSQL_CLIENT names a mysql program of one's own, with the words before it (a dynamic linker, say)."""
import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time

SKU = os.environ["PROXY_SKU"]
LOGIN = [f"-h{os.environ['PROXY_HOST']}", f"-P{os.environ['PROXY_PORT']}", f"-u{os.environ['PROXY_USER']}", f"-p{os.environ['PROXY_PASSWORD']}"]


def batch(client, sql, *more):
    command = [*client, "--no-defaults", *LOGIN, *more, os.environ["PROXY_DATABASE"], "-e", sql]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def interactive(client, lines):
    """Types each line when the prompt is there; returns all that was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(client[0], [*client, "--no-defaults", *LOGIN, os.environ["PROXY_DATABASE"]])
    shown = ""

    def read_until(quiet):
        nonlocal shown
        deadline = time.time() + 30
        while time.time() < deadline:
            ready, _, _ = select.select([terminal], [], [], quiet)
            if not ready:
                return
            try:
                chunk = os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                return
            if not chunk:
                return
            shown += chunk

    read_until(2)
    for line in lines:
        os.write(terminal, line.encode())
        read_until(0.7)
    os.waitpid(pid, 0)
    return shown


def check(name, client):
    version = subprocess.run([*client, "--version"], capture_output=True, text=True).stdout.strip()
    insert = batch(client, f"INSERT IGNORE INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({SKU}, 7, 3)")
    assert insert.returncode == 0, insert.stderr
    read = batch(client, f"/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {SKU} AND warehouse_id = 7", "--comments", "-N")
    assert read.stdout.strip() == "3", (read.stdout, read.stderr)
    refused = batch(client, "SELECT * FROM inv_stock WHERE warehouse_id = 7")
    assert refused.returncode == 1 and "20090" in refused.stderr, refused.stderr
    shown = interactive(
        client,
        [
            "status\n",
            "\\s\n",
            "USE ecommerce\n",
            "SHOW TABLES;\n",
            "SELECT * FROM inv_st\t WHERE sku_id = 1 AND warehouse_id = 1;\n",
            f"SELECT stock FROM inv_stock\nWHERE sku_id = {SKU}\nAND warehouse_id = 7;\n",
            "DESCRIBE inv_stock;\n",
            "SELECT * FROM inv_stock;\n",
            "quit\n",
        ],
    )
    for expected in ["inv_stock", "outbox", "Database changed", "warehouse_id", "20090"]:
        assert expected in shown, (name, expected, shown)
    assert "Lost connection" not in shown and "Malformed" not in shown, (name, shown)
    print(name, version, "ok")


def main():
    clients = {"mariadb": ["mariadb"]} if shutil.which("mariadb") else {}
    if os.environ.get("MYSQL_CLIENT"):
        clients["mysql"] = shlex.split(os.environ["MYSQL_CLIENT"])
    if not clients:
        print("command line: not run (no client installed)")
    for name, client in clients.items():
        check(name, client)


sys.exit(main())
