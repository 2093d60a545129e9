#!/bin/sh
# Installs what the named drivers need (all of list.txt without names) and only what is missing: Debian packages for
# languages, the rest in target/drivers with the versions that this folder pins.
# --possible NAME: only says by its exit code whether the language is here.
set -eu
. "$(dirname "$0")/places.sh"

have() { command -v "$1" >/dev/null 2>&1; }

possible() {
    case $1 in
        python) have python3 && python3 -c 'import venv, ensurepip' 2>/dev/null ;;
        node) have node && have npm ;;
        go) have go ;;
        java) have javac && have mvn ;;
        rust) have cargo ;;
        php) have php && php -m | grep -q mysqli && php -m | grep -q pdo_mysql ;;
        ruby) have ruby && ruby -e 'require "mysql2"' 2>/dev/null ;;
        perl) perl -MDBD::mysql -MDBD::MariaDB -e 1 2>/dev/null ;;
    esac
}

packages() {
    case $1 in
        # mysqlclient is compiled
        python) echo python3 python3-venv python3-dev ;;
        node) echo nodejs npm ;;
        go) echo golang-go ;;
        java) echo default-jdk-headless maven ;;
        php) echo php-cli php-mysql ;;
        ruby) echo ruby ruby-mysql2 ;;
        perl) echo perl libdbd-mysql-perl libdbd-mariadb-perl ;;
    esac
}

if [ "${1:-}" = --possible ]; then
    possible "$(language "$2")"
    exit
fi

[ $# -gt 0 ] || set -- $(sed '/^#/d; s/ .*//' "$folder/list.txt")
languages=$(for driver; do language "$driver"; done | sort -u)

missing=""
for language in $languages; do
    possible "$language" || missing="$missing $(packages "$language")"
done
for driver; do
    if [ "$driver" = mysqlclient ] || [ "$driver" = django ]; then
        have pkg-config && pkg-config --exists libmariadb || missing="$missing libmariadb-dev gcc pkg-config"
    fi
done
if [ -n "$missing" ]; then
    have apt-get || { echo "drivers: please install what these Debian packages hold:$missing" >&2; exit 1; }
    as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    echo "drivers: installing$missing"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi

mkdir -p "$store"
current() { # stamp file...: whether the stamp is of these files as they are
    stamp=$store/$1.stamp; shift
    [ "$(cat "$@" | cksum)" = "$(cat "$stamp" 2>/dev/null)" ]
}
done_with() { # stamp file...
    stamp=$store/$1.stamp; shift
    cat "$@" | cksum >"$stamp"
}

for language in $languages; do
    case $language in
        python)
            [ -x "$store/python/bin/pip" ] || python3 -m venv "$store/python"
            for driver; do
                list=$folder/python/$driver.txt
                [ -f "$list" ] || continue
                current "$driver" "$list" || "$store/python/bin/pip" install -q --disable-pip-version-check -r "$list"
                done_with "$driver" "$list"
            done ;;
        node)
            if ! current node "$folder/node/package-lock.json"; then
                mkdir -p "$store/node"
                cp "$folder/node/package.json" "$folder/node/package-lock.json" "$store/node"
                npm --prefix "$store/node" ci --silent --no-audit --no-fund
                done_with node "$folder/node/package-lock.json"
            fi ;;
        go)
            for driver; do
                case $driver in
                    go*) (cd "$folder/go" && go build -o "$store/${driver%%-*}" "./${driver%%-*}") ;;
                esac
            done ;;
        java)
            for version in 8 9; do
                pom=$folder/java/pom.xml
                current "java-$version" "$pom" && continue
                mvn -q -B -f "$pom" "-Pconnector-j-$version" dependency:copy-dependencies \
                    "-DoutputDirectory=$store/java-$version"
                done_with "java-$version" "$pom"
            done
            mkdir -p "$store/java"
            javac -encoding UTF-8 -cp "$store/java-9/*" -d "$store/java" "$folder"/java/*.java ;;
        rust)
            cargo build -q --manifest-path "$folder/rust/Cargo.toml" --target-dir "$store/rust" ;;
    esac
done
