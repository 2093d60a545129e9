#!/bin/sh
# go-sql-driver's tests, as they lie in its module; reports `pass|fail|skip<TAB>test`, each subtest for itself.
set -eu
. ./places.sh
module=github.com/go-sql-driver/mysql@v1.10.1

PATH=$PATH:/usr/local/go/bin
copy=$SUITE_STORE/go
if [ ! -x "$copy/suite" ]; then
    mkdir -p "$copy"
    source=$(cd "$copy" && GOFLAGS=-mod=mod go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    cp -r "$source/." "$copy"
    chmod -R u+w "$copy"
    (cd "$copy" && go test -c -o suite .)
fi

# the one left out dials an address of the public network
cd "$copy"
MYSQL_TEST_USER=$DB_USER MYSQL_TEST_PASS=$DB_PASSWORD MYSQL_TEST_PROT=tcp MYSQL_TEST_ADDR=127.0.0.1:$DB_PORT \
    MYSQL_TEST_DBNAME=gotest MYSQL_TEST_CONCURRENT=1 \
    limited ./suite -test.v -test.skip '^TestConnectorReturnsTimeout$' >"$SUITE_LOG" 2>&1 || true
sed -n 's/^ *--- \(PASS\|FAIL\|SKIP\): \(.*\) ([0-9.]*s)$/\1\t\2/p' "$SUITE_LOG" | lower
