#!/bin/sh
# Brings what `make bench-peers` runs beside shardgate: ShardingSphere-Proxy's jars by name from the configured Maven
# repository, and a library that keeps it on 127.0.0.1. Everything lands under target/peers.
set -eu
cd "$(dirname "$0")/.."
peers=${CARGO_TARGET_DIR:-target}/peers
mkdir -p "$peers"
peers=$(cd "$peers" && pwd)
source=benches/throughput/peers

if [ ! -e "$peers/shardingsphere.done" ]; then
    echo "peers: fetching ShardingSphere-Proxy with its dependencies"
    mvn -q -B -f "$source/pom.xml" dependency:copy-dependencies -DoutputDirectory="$peers/shardingsphere"
    touch "$peers/shardingsphere.done"
fi
if [ ! -e "$peers/loopback.so" ] || [ "$source/loopback.c" -nt "$peers/loopback.so" ]; then
    cc -O2 -Wall -Wextra -shared -fPIC -o "$peers/loopback.so" "$source/loopback.c" -ldl
fi
