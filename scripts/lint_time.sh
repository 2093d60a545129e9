#!/bin/sh
# How long lint takes for 10,000 statements and for a log of 1 GiB; needs a release build.
set -eu
cd "$(dirname "$0")/.."
program=${1:-target/release/shardgate}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk 'BEGIN {
  for (n = 0; n < 2500; n++) {
    printf "SELECT stock, reserved FROM inv_stock WHERE sku_id = %d AND warehouse_id = %d;\n", n, n % 7
    printf "UPDATE inv_stock SET stock = stock - 1 WHERE sku_id = :sku AND warehouse_id = :w AND version = %d;\n", n
    printf "SELECT s.stock, r.qty FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = %d AND s.warehouse_id = 1;\n", n
    printf "SELECT COUNT(*) FROM inv_stock WHERE warehouse_id = %d;\n", n
  }
}' > "$folder/statements.sql"
echo "10,000 statements:"
time "$program" lint --config config --format json "$folder/statements.sql" > "$folder/out.json" || test $? -eq 1
grep '"statements"' "$folder/out.json"
awk 'BEGIN {
  print "# Time: 2026-01-01T00:00:00.000000Z\n# User@Host: a[a] @ b []  Id: 1"
  text = sprintf("%4000s", "")
  for (n = 0; n < 262144; n++)
    printf "# Time: 2026-01-01T00:00:00.000000Z\n# User@Host: a[a] @ b []  Id: 1\nSET timestamp=1;\nSELECT stock /* %s */ FROM inv_stock WHERE warehouse_id = %d;\n", text, n
}' > "$folder/slow.log"
ls -l "$folder/slow.log" | awk '{ print $5, "bytes of slow log:" }'
time "$program" lint --config config "$folder/slow.log" | tail -1
