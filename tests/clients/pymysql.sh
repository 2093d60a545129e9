#!/bin/sh
# PyMySQL in a virtual environment of its own.
set -eu
venv=${TMPDIR:-/tmp}/shardgate-pymysql-$(id -u)
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import pymysql, cryptography' 2>/dev/null || "$venv/bin/pip" install --quiet 'pymysql[rsa]==1.1.1'
exec "$venv/bin/python" pymysql_smoke.py
