#!/bin/sh
# Installs what building and testing need, and only what is missing. No service is started: the server package
# taken is the one without a service (Debian and Ubuntu split it), and our servers run in temporary folders.
set -eu

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

packages=""
need() { # program package...
    program=$1; shift
    have "$program" || packages="$packages $*"
}

have cargo || { echo "setup: Rust is missing: https://rustup.rs or apt-get install rustup" >&2; exit 1; }
need cc gcc libc6-dev
need make make
need mariadbd mariadb-server-core mariadb-client
need mariadb-install-db mariadb-server-core
need mariadb mariadb-client
# a release wants servers alone
if [ "${1:-}" != servers ]; then
    # counts instructions, for benches/instructions
    need valgrind valgrind
    # a library that shifts a process's clock, for the test of the clock fuse
    [ -n "$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null)" ] || packages="$packages libfaketime"
fi
if [ "${1:-}" = bench ]; then
    need haproxy haproxy
fi
if [ "${1:-}" = peers ]; then
    need java default-jre-headless
    need mvn maven
fi

[ -n "$packages" ] || exit 0
if ! have apt-get; then
    echo "setup: please install what these Debian packages hold:$packages" >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
    have sudo || { echo "setup: as root: apt-get install$packages" >&2; exit 1; }
    as_root=sudo
fi
echo "setup: installing$packages"
# a package with a service (haproxy) must not start it: this policy stands only while we install
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages
