#!/usr/bin/env python3
"""mariadb and mysql, in batch and interactively under a terminal: what a person types on the first day.

MYSQL_CLIENT names a mysql program of one's own, with the words before it (a dynamic linker, say)."""
import os
import pty
import re
import select
import subprocess
import sys
import time

import programs

SKU = os.environ["PROXY_SKU"]
DATABASE = os.environ["PROXY_DATABASE"]
SILENCE = 20
STOCK = f"SELECT stock FROM inv_stock WHERE sku_id = {SKU} AND warehouse_id = 7"


def batch(client, sql, *more):
    command = [*client.words(), *more, DATABASE, "-e", sql]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


class Terminal:
    """A client under a terminal; everything that it has shown."""

    def __init__(self, client):
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", MYSQL_HISTFILE="/dev/null")
            # completion on: asks for the columns of every table at connect and at USE
            command = [*client.words(), "--auto-rehash", DATABASE]
            os.execvp(command[0], command)

    def until(self, pattern):
        """What comes up to `pattern`."""
        start, deadline = len(self.shown), time.time() + SILENCE
        while not (found := re.compile(pattern).search(self.shown, start)):
            ready, _, _ = select.select([self.terminal], [], [], max(deadline - time.time(), 0))
            assert ready, f"no {pattern!r} in {self.shown!r}"
            try:
                chunk = os.read(self.terminal, 65536)
            except OSError:  # the client has ended
                chunk = b""
            assert chunk, f"no {pattern!r} in {self.shown!r}"
            self.shown += chunk.decode(errors="replace")
        return self.shown[start:found.end()]

    def say(self, text, pattern):
        """Types a line; what comes up to `pattern` and then the prompt."""
        os.write(self.terminal, text.encode())
        return self.until(f"(?s)(?:{pattern}).*{PROMPT}")

    def ends_with(self, text):
        os.write(self.terminal, text.encode())
        self.until("Bye")
        _, status = os.waitpid(self.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status


PROMPT = r"(?:MariaDB|MySQL|mysql) ?(?:\[[\w() ]+\])?> (?:\x1b\[\w*)*$"


def session(client, farewell):
    """One interactive session from login to quit."""
    terminal = Terminal(client)
    terminal.until(PROMPT)
    cipher = "Cipher in use" if os.environ.get("PROXY_CA") else "Not in use"
    for line in ["status\n", "\\s\n"]:
        terminal.say(line, rf"Current database:\s+{DATABASE}.*SSL:\s+{cipher}.*Server version:\s+\S+.*--------------")
    terminal.say(f"USE {DATABASE}\n", "Database changed")
    terminal.say("SHOW DATABASES;\n", rf"\b{DATABASE}\b.* in set")
    terminal.say("SHOW TABLES;\n", r"\binv_stock\b.*\boutbox\b.* in set")
    terminal.say("DESCRIBE inv_stock;\n", r"\bwarehouse_id\b.* in set")
    # a table's name and, known by COM_FIELD_LIST alone, a column's name, completed with the tabulator
    done = terminal.say(f"SELECT inv_stock.wareh\t FROM inv_st\t WHERE sku_id = {SKU} AND warehouse_id = 7;\n", " in set|ERROR")
    assert re.search(r"\|\s+7 \|", done), done
    terminal.say(f"SELECT stock FROM inv_stock\nWHERE sku_id = {SKU}\nAND warehouse_id = 7 FOR UPDATE;\n", r"\|\s+3 \|.*1 row in set")
    terminal.say("SELECT * FROM inv_stock;\n", "ERROR 20090")
    terminal.say("SELEKT;\n", "ERROR 1064")
    terminal.say("SHOW WARNINGS;\n", "Error.*1064.* in set")
    terminal.say("BEGIN;\n", "Query OK")
    terminal.say(f"UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {SKU} AND warehouse_id = 7;\n", "Query OK, 1 row affected.*Rows matched: 1  Changed: 1  Warnings: 0")
    terminal.say("ROLLBACK;\n", "Query OK")
    terminal.say("\\u nowhere\n", "ERROR 1049")
    terminal.say(f"\\u {DATABASE}\n", "Database changed")
    terminal.say("\\r\n", "Connection id:")
    terminal.say(f"{STOCK};\n", r"\|\s+3 \|.*1 row in set")
    terminal.ends_with(farewell)
    for wrong in ["Lost connection", "Malformed", "gone away", "2013", "2027"]:
        assert wrong not in terminal.shown, (wrong, terminal.shown)


def check(client):
    insert = batch(client, f"INSERT IGNORE INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({SKU}, 7, 3)")
    assert insert.returncode == 0, insert.stderr
    hinted = f"/*+ PROXY_DS=primary */ {STOCK}"
    read = batch(client, hinted, "--comments", "-N")
    assert read.stdout.strip() == "3", (read.stdout, read.stderr)
    refused = batch(client, "SELECT * FROM inv_stock WHERE warehouse_id = 7")
    assert refused.returncode == 1 and "20090" in refused.stderr, refused.stderr
    wrong = subprocess.run([*client.words(password="wrong"), DATABASE, "-e", "SELECT 1"], capture_output=True, text=True, timeout=60)
    assert wrong.returncode == 1 and "1045" in wrong.stderr, wrong.stderr
    salted = client.words(f"salted_{client.family}", os.environ["PROXY_SALTED_PASSWORD"])
    # without TLS MySQL's client encrypts the password only when told to, MariaDB's does so anyway
    key = [] if client.family == "mariadb" or os.environ.get("PROXY_CA") else ["--get-server-public-key"]
    for more in [key, []]:
        login = subprocess.run([*salted, *more, "-N", DATABASE, "-e", "SELECT 1"], capture_output=True, text=True, timeout=60)
        assert login.stdout.strip() == "1", (more, login.stderr)
    for farewell in ["\\q\n", "quit\n"]:
        session(client, farewell)
    print(client.version(), "ok")


def main():
    clients = programs.clients()
    if not clients:
        print("command line: not run (no client installed)")
    for client in clients:
        check(client)


sys.exit(main())
