# Sourced by install.sh and run.sh: where drivers are installed, and which language a driver belongs to.
folder=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$folder/../.." && pwd)
store=${CARGO_TARGET_DIR:-$root/target}/drivers
PATH=$PATH:/usr/local/go/bin
export PATH

language() { # driver
    case $1 in
        pymysql|mysqlclient|connector-python|asyncmy|sqlalchemy|django) echo python ;;
        node-*) echo node ;;
        go|go-interpolate|gorm) echo go ;;
        connector-j-*|mariadb-j) echo java ;;
        mysql-async|sqlx) echo rust ;;
        php-*) echo php ;;
        ruby-*) echo ruby ;;
        perl-*) echo perl ;;
        *) echo "no driver $1" >&2; return 1 ;;
    esac
}
