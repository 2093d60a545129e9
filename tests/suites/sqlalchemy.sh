#!/bin/sh
# SQLAlchemy's suite for dialects and its tests of MySQL's, from its source archive; the driver is PyMySQL. Reports
# `pass|fail|skip<TAB>test`.
set -eu
. ./places.sh
version=$(sed -n 's/^SQLAlchemy==//p' sqlalchemy.txt)

here=$PWD
venv=$SUITE_STORE/python
copy=$SUITE_STORE/sqlalchemy-$version
if [ ! -d "$copy" ]; then
    [ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
    pip="$venv/bin/pip --quiet --disable-pip-version-check"
    $pip install -r sqlalchemy.txt
    # the archive is not built: the wheel is installed, and the archive gives its tests
    $pip download --no-deps --no-build-isolation --no-binary sqlalchemy -d "$SUITE_STORE" "SQLAlchemy==$version"
    tar -xzf "$SUITE_STORE/sqlalchemy-$version.tar.gz" -C "$SUITE_STORE"
    sed -i 's/^requirement_cls = .*/requirement_cls = sqlalchemy_requirements:OneDatabase/' "$copy/setup.cfg"
fi

cd "$copy"
PYTHONPATH=$here limited "$venv/bin/python" -m pytest -p no:cacheprovider -v --tb=short --maxfail=100000 --color=no \
    --dburi "mysql+pymysql://$DB_USER:$DB_PASSWORD@127.0.0.1:$DB_PORT/test?charset=utf8mb4" \
    test/dialect/test_suite.py test/dialect/mysql >"$SUITE_LOG" 2>&1 || true
# a class's name holds driver and version of the server
sed -n 's/^\(test[^ ]*::.*\) \(PASSED\|FAILED\|ERROR\|SKIPPED\|XFAIL\|XPASS\)\( (.*)\)\{0,1\}\( *\[ *[0-9]*%\]\)\{0,1\}$/\2\t\1/p' "$SUITE_LOG" |
    sed 's,_\(mysql\|mariadb\)+[a-z0-9_]*::,::,' | lower
