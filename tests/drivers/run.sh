#!/bin/sh
# Runs one driver's program, after install.sh NAME: run.sh NAME [cell...]. The place to work on is in DB_HOST, DB_PORT, DB_USER, DB_PASSWORD,
# DB_NAME, DB_TABLE and DB_SKU; it prints `cell<TAB>ok|fail|skip<TAB>detail` lines.
set -eu
. "$(dirname "$0")/places.sh"
driver=$1; shift

limited() { exec timeout -k 5 180 "$@"; }
java_with() { # jars program...
    jars=$1; shift
    limited java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -cp "$store/java:$store/$jars/*" "$@"
}

case $driver in
    pymysql|mysqlclient|connector-python|asyncmy|sqlalchemy|django)
        limited "$store/python/bin/python" "$folder/python/use_$(echo "$driver" | tr - _).py" "$@" ;;
    node-*)
        NODE_PATH=$store/node/node_modules; export NODE_PATH
        limited node "$folder/node/use_${driver#node-}.js" "$@" ;;
    go|gorm) limited "$store/$driver" "$@" ;;
    go-interpolate) limited "$store/go" -interpolate "$@" ;;
    connector-j-*) java_with "java-${driver##*-}" UseConnectorJ "$@" ;;
    mariadb-j) java_with java-9 UseMariadbJ "$@" ;;
    mysql-async|sqlx) limited "$store/rust/debug/$driver" "$@" ;;
    php-mysqli) limited php "$folder/php/use_mysqli.php" "$@" ;;
    php-pdo) limited php "$folder/php/use_pdo.php" "$@" ;;
    php-pdo-emulate) PDO_EMULATE=1 limited php "$folder/php/use_pdo.php" "$@" ;;
    ruby-mysql2) limited ruby "$folder/ruby/use_mysql2.rb" "$@" ;;
    perl-*) limited perl "$folder/perl/use_dbd.pl" "${driver#perl-}" "$@" ;;
esac
