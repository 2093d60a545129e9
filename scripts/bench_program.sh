#!/bin/sh
# Builds the release's program and keeps it, with a note of its commit and profile, where `make bench` measures it:
# scripts/bench_program.sh target/bench/shardgate
set -eu
cd "$(dirname "$0")/.."
place=$1
"${CARGO:-cargo}" build --release --bin shardgate
mkdir -p "$(dirname "$place")"
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit="$commit+"
# a run under way keeps the program that it has begun with
cp "${CARGO_TARGET_DIR:-target}/release/shardgate" "$place.new"
mv "$place.new" "$place"
echo "profile release, commit $commit" >"$place.note"
