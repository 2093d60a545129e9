#!/bin/sh
# mariadb-dump of a single table, read back under another name.
set -eu
command -v mariadb-dump >/dev/null 2>&1 || { echo "dump: not run (mariadb-dump is not installed)"; exit 0; }
login="--no-defaults -h$PROXY_HOST -P$PROXY_PORT -u$PROXY_USER -p$PROXY_PASSWORD"
sql() { mariadb $login -N "$PROXY_DATABASE" -e "$1"; }
table=dumped_$PROXY_SKU
sql "CREATE TABLE $table (a INT PRIMARY KEY, b VARCHAR(20)); INSERT INTO $table VALUES (1, 'one'), (2, NULL), (3, 'it''s')"
file=$(mktemp)
trap 'rm -f "$file"' EXIT
mariadb-dump $login --single-transaction --skip-lock-tables "$PROXY_DATABASE" "$table" >"$file"
sql "DROP TABLE $table"
mariadb $login "$PROXY_DATABASE" <"$file"
[ "$(sql "SELECT COUNT(*), MAX(b) FROM $table FOR UPDATE")" = "$(printf '3\tone')" ]
sql "DROP TABLE $table"
echo "mariadb-dump ok"
