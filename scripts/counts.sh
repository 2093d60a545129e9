#!/bin/sh
# What a statement costs in instructions and allocations, held to benches/instructions/baseline.txt.
# Our code is compiled as for a release, in the folder of the tests, so that only it is compiled once more.
set -eu
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null 2>&1 || { echo "counts NOT RUN: valgrind is missing: scripts/setup.sh installs it" >&2; exit 1; }
# the incremental build of a program that is optimized is another one, and slower
export CARGO_INCREMENTAL=0
exec "${CARGO:-cargo}" bench --profile dev --config benches/instructions/profile.toml --bench instructions "$@"
