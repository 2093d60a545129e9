# The commands of the house. `make demo` and `make test` need nothing but Rust: scripts/setup.sh fetches the rest.

CARGO ?= cargo
# the measuring program has a profile of its own and is told what to measure: what users are given
RELEASE = $(or $(CARGO_TARGET_DIR),target)/dist/shardgate
BENCH = $(CARGO) bench --profile loader --bench throughput -- --program $(RELEASE)
# the demo's further arguments: make demo ARGS="--port 3308"
ARGS ?=
# names of tests/drivers/list.txt; all without
DRIVERS ?=

.PHONY: release demo test counts test-faults lint lint-time bench bench-quick bench-peers bench-setup test-clients test-drivers test-suites planted fuzz setup

## a private farm of servers, the layout of config/, the proxy on port 3307 and a tour
demo: setup
	$(CARGO) run --bin shardgate -- demo $(ARGS)

## the program that users are given, target/dist/shardgate: built by a profile of its own work
## (a quarter of an hour; PGO=0 builds it without, in four minutes)
release:
	scripts/release.sh

## everything that must hold before a change is merged
test: setup lint
	$(CARGO) test --all-targets
	$(CARGO) test --doc
	scripts/counts.sh

## what a statement costs in instructions and allocations, held to benches/instructions/baseline.txt;
## UPDATE_COUNTS=1 writes it and the table in docs/performance.md anew
counts: setup
	scripts/counts.sh

## format, clippy, licences and advisories
lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	scripts/advisories.sh

## direct, HAProxy and shardgate in interleaved rounds, about half an hour; docs/performance.md says what it tells.
## Parts and loads by name: make bench ARGS="--part compare --loads select,update-64"
bench: bench-setup
	$(BENCH) $(ARGS)

## the same in less than three minutes, once the program is built: fewer loads, shorter rounds
bench-quick: bench-setup
	$(BENCH) --quick $(ARGS)

## the real ShardingSphere-Proxy 5.1.0 in the same rounds; fetches it, needs a JVM and Maven
bench-peers: bench-setup
	scripts/setup.sh peers
	scripts/peers.sh
	$(BENCH) --peers $(ARGS)

## what is measured is what users are given, with a note of where it comes from
bench-setup: setup release
	scripts/setup.sh bench

## replicas and primaries that lag, hang, break and change, on every family installed: what clients saw, as a table;
## FAULT names a part of one fault's name
test-faults: setup
	$(CARGO) build --bin shardgate
	SHARDGATE_TEST_FAULTS=all SHARDGATE_TEST_FAULT="$(FAULT)" $(CARGO) test --test replication $(if $(FAULT),every_fault) -- --nocapture --test-threads=1

## how long `shardgate lint` takes for 10,000 statements and for a log of 1 GiB
lint-time:
	$(CARGO) build --release --bin shardgate
	scripts/lint_time.sh

## drivers and command-line clients nobody here wrote; fetches PyMySQL and go-sql-driver
test-clients: setup
	$(CARGO) build --bin shardgate
	SHARDGATE_TEST_CLIENTS=1 $(CARGO) test --test integration clients:: -- --nocapture

## the drivers' own public suites, directly and through the proxy, on every family installed; ARGS names some of them
test-suites: setup
	$(CARGO) build --bin shardgate
	SHARDGATE_TEST_SUITES=$(or $(ARGS),all) $(CARGO) test --test integration suites:: -- --nocapture

## each wrong reading of contract 4.9, planted into a debug build: the random statements must find it
planted: setup
	$(CARGO) test --features planted-faults --target-dir target/planted --test integration meaning::planted -- --nocapture

## what peers send, thought of by a fuzzer, ten minutes for each target; needs cargo-fuzz and a C++ compiler
fuzz:
	fuzz/run.sh $(ARGS)

## drivers and ORMs of seven languages, each task on a single and a sharded table, on every family of servers;
## fetches languages and drivers. Some of them: make test-drivers DRIVERS="go pymysql"
test-drivers: setup
	tests/drivers/install.sh $(DRIVERS)
	$(CARGO) build --bin shardgate
	SHARDGATE_TEST_DRIVERS="$(or $(DRIVERS),all)" $(CARGO) test --test integration drivers::every -- --nocapture

setup:
	scripts/setup.sh
