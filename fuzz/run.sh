#!/bin/sh
# Runs the fuzz targets one after the other: fuzz/run.sh [seconds each] [targets...]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
[ "$#" = 0 ] || shift
[ "$#" != 0 ] || set -- analysis execute framing handshake hint lexer relay response statement
status=0
for target; do
    mkdir -p "fuzz/grown/$target" "fuzz/artifacts/$target"
    log=fuzz/grown/$target.log
    cargo fuzz run -s none "$target" "fuzz/grown/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
        -dict=fuzz/sql.dict -print_final_stats=1 >"$log" 2>&1 || status=1
    echo "$target: $(grep -E '#[0-9]+.*(DONE|cov:)' "$log" | tail -n 1)"
    grep -E 'SUMMARY|panicked|Test unit written' "$log" || true
done
exit "$status"
