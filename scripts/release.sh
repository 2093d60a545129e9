#!/bin/sh
# Builds the program that is given to users, target/dist/shardgate: laid out by a profile of its own work, so that what
# a statement passes lies together (docs/adr/0012). Three steps: a build that counts its branches, a minute under the loads
# of `make bench`, the build that reads the counts. Counts are kept for as long as sources, compiler and flags are the same.
# Without llvm-profdata (rustup component add llvm-tools), without servers to ask, or with PGO=0, the program is built
# without a profile, and says so. Flags of RUSTFLAGS are kept, those of cargo's configuration files are not read.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/pgo"
target=$(cd "$target" && pwd)
host=$(rustc -vV | sed -n 's/^host: //p')
sysroot=$(rustc --print sysroot)
merge=$sysroot/lib/rustlib/$host/bin/llvm-profdata
place=$target/dist

# two runs in one folder would take each other's files
exec 9>"$target/pgo/lock"
flock 9

keep() { # program note
    mkdir -p "$place"
    # a run under way keeps the program that it has begun with
    cp -p "$1" "$place/shardgate.new"
    mv "$place/shardgate.new" "$place/shardgate"
    commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
    [ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit="$commit+"
    echo "$2, commit $commit" >"$place/shardgate.note"
    echo "release: $place/shardgate ($(cat "$place/shardgate.note"))"
}

without_a_profile() { # why
    echo "release: $1: built without a profile" >&2
    "$cargo" build --release --bin shardgate --target "$host" --target-dir "$target"
    keep "$target/$host/release/shardgate" "profile release, without a profile of its work"
    exit 0
}

[ "${PGO:-1}" != 0 ] || without_a_profile "PGO=0"
case $sysroot in
*/toolchains/*) [ -x "$merge" ] || rustup component add llvm-tools || true ;;
esac
[ -x "$merge" ] || without_a_profile "no llvm-profdata beside rustc (rustup component add llvm-tools)"

# cargo splits RUSTFLAGS at blanks, which folders may hold; these it splits at this byte
unit=$(printf '\037')
own=${CARGO_ENCODED_RUSTFLAGS-$(echo "${RUSTFLAGS:-}" | tr -s ' ' "$unit")}
own=${own%"$unit"}
own=${own#"$unit"}
# the host is named so that the flags are not those of build scripts and macros, which would count too
build() { # flag folder
    CARGO_ENCODED_RUSTFLAGS=${own:+$own$unit}$1 "$cargo" build --release --bin shardgate --target "$host" --target-dir "$2"
}

key=$( (
    rustc -vV
    echo "$own"
    env | grep '^CARGO_PROFILE_' | LC_ALL=C sort || true
    cat Cargo.toml Cargo.lock scripts/release.sh config/ecommerce.yaml examples/ecommerce.sql
    find src benches/throughput -type f | LC_ALL=C sort | while read -r file; do cat "$file"; done
) | sha256sum | cut -c 1-16)
counts=$target/pgo/$key.profdata
if [ ! -s "$counts" ]; then
    scripts/setup.sh servers || without_a_profile "what its work needs could not be installed"
    raw=$target/pgo/raw
    # what an older profile has left is of no use to this one
    rm -rf "$raw" "$place/build"
    rm -f "$target"/pgo/*.profdata
    mkdir -p "$raw"
    build "-Cprofile-generate=$raw" "$target/pgo"
    CARGO_TARGET_DIR=$target "$cargo" bench --profile loader --bench throughput --no-run
    echo "release: a minute under load"
    LLVM_PROFILE_FILE=$raw/%p.profraw CARGO_TARGET_DIR=$target \
        "$cargo" bench --profile loader --bench throughput -- --program "$target/pgo/$host/release/shardgate" \
        --part compare,many,bulk,logins,split --loads select,prepared,cycle,rows,update,update-prepared,reserve-64 \
        --targets shardgate --many 1000 --bulk-mib 64 --rounds 1 --seconds 2 --output pgo >"$raw/load.log" 2>&1 || {
        tail -n 20 "$raw/load.log" >&2
        without_a_profile "it could not be put to work"
    }
    # of the loads, and of the split reads
    [ "$(find "$raw" -name '*.profraw' | wc -l)" -ge 2 ] || without_a_profile "a process has left no counts"
    "$merge" merge -o "$counts.new" "$raw"/*.profraw
    mv "$counts.new" "$counts"
fi
build "-Cprofile-use=$counts" "$place/build"
keep "$place/build/$host/release/shardgate" "profile release, by a profile of its work"
