#!/bin/sh
# Builds the program that is given to users, target/dist/shardgate: laid out by a profile of its own work, so that what
# a statement passes lies together. Three steps: a build that counts its branches, a minute under the loads of
# `make bench`, the build that reads the counts. The counts are kept for as long as the sources are the same.
# Without llvm-profdata (rustup component add llvm-tools) the program is built without a profile, and says so.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
host=$(rustc -vV | sed -n 's/^host: //p')
tools=$(rustc --print sysroot)/lib/rustlib/$host/bin
place=$target/dist

keep() { # program note
    mkdir -p "$place"
    # a run under way keeps the program that it has begun with
    cp "$1" "$place/shardgate.new"
    mv "$place/shardgate.new" "$place/shardgate"
    commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
    [ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit="$commit+"
    echo "$2, commit $commit" >"$place/shardgate.note"
    echo "release: $place/shardgate ($(cat "$place/shardgate.note"))"
}

# the host is named so that the flags are not those of build scripts and macros, which would count too
build() { # flags folder
    RUSTFLAGS="${RUSTFLAGS:-} $1" "$cargo" build --release --bin shardgate --target "$host" --target-dir "$2"
}

[ -x "$tools/llvm-profdata" ] || ! command -v rustup >/dev/null 2>&1 || rustup component add llvm-tools || true
if [ ! -x "$tools/llvm-profdata" ]; then
    echo "release: no llvm-profdata beside rustc (rustup component add llvm-tools): built without a profile" >&2
    "$cargo" build --release --bin shardgate
    keep "$target/release/shardgate" "profile release, without a profile of its work"
    exit 0
fi

# of the sources, the compiler and the loads
key=$( (rustc -vV; cat Cargo.toml Cargo.lock scripts/release.sh; find src benches/throughput config -type f | LC_ALL=C sort | xargs cat) | sha256sum | cut -c 1-16)
counts=$target/pgo/$key.profdata
if [ ! -s "$counts" ]; then
    scripts/setup.sh
    raw=$target/pgo/raw
    rm -rf "$raw"
    mkdir -p "$raw"
    build "-Cprofile-generate=$raw" "$target/pgo"
    echo "release: a minute under load"
    "$cargo" bench --profile loader --bench throughput -- --program "$target/pgo/$host/release/shardgate" \
        --part compare,many,bulk,logins,split --loads select,prepared,cycle,rows,update,update-prepared,reserve-64 \
        --targets shardgate --many 1000 --bulk-mib 64 --rounds 1 --seconds 2 --output pgo >"$raw/load.log" 2>&1 ||
        { tail -n 20 "$raw/load.log"; exit 1; }
    rm -f "$target"/pgo/*.profdata
    "$tools/llvm-profdata" merge -o "$counts.new" "$raw"/*.profraw
    mv "$counts.new" "$counts"
fi
build "-Cprofile-use=$counts" "$target/dist/build"
keep "$target/dist/build/$host/release/shardgate" "profile release, by a profile of its work"
