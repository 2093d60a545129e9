#!/bin/sh
# mysql_async's inline tests, as they lie in its crate, over TLS; reports `pass|fail|skip<TAB>test`. One change: tables
# that the tests create in the schema mysql are created in the one that they log in to.
set -eu
. ./places.sh
version=0.37.1

copy=$SUITE_STORE/mysql_async-$version
if [ ! -e "$copy/suite" ]; then
    fetch=$SUITE_STORE/fetch
    mkdir -p "$fetch/src"
    : >"$fetch/src/lib.rs"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nmysql_async = "=%s"\n[workspace]\n' \
        "$version" >"$fetch/Cargo.toml"
    source=$(cargo metadata --quiet --format-version 1 --manifest-path "$fetch/Cargo.toml" |
        grep -o '"manifest_path":"[^"]*/mysql_async-[^"]*/Cargo.toml"' | head -n 1 | cut -d '"' -f 4)
    cp -r "$(dirname "$source")" "$SUITE_STORE"
    printf '\n[workspace]\n' >>"$copy/Cargo.toml"
    grep -rl 'mysql\.\(tmp\|issue\|foo\|found_rows\)' "$copy/src" |
        xargs sed -i 's/\bmysql\.\(tmp\|issue\|foo\|found_rows\)\b/asynctest.\1/g'
    unset CARGO_TARGET_DIR
    (cd "$copy" && CARGO_PROFILE_TEST_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0 cargo test --quiet --locked --lib --no-run \
        --no-default-features --features default-rustls-ring,binlog)
    ln -s "$(find "$copy/target/debug/deps" -name 'mysql_async-*' -type f -perm -u+x | head -n 1)" "$copy/suite"
fi

cd "$copy"
DATABASE_URL="mysql://$DB_USER:$DB_PASSWORD@127.0.0.1:$DB_PORT/asynctest?prefer_socket=false" SSL=true \
    limited ./suite --test-threads=4 >"$SUITE_LOG" 2>&1 || true
sed -n 's/^test \(.*\) \.\.\. \(ok\|FAILED\|ignored\).*$/\2\t\1/p' "$SUITE_LOG" |
    sed 's/^ok\t/PASS\t/; s/^FAILED\t/FAIL\t/; s/^ignored\t/SKIP\t/' | lower
