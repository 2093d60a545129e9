<?php
// mysqli over mysqlnd: query() in text, execute_query() and prepare() by the binary protocol.
require __DIR__ . '/cells.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function connect(int $flags = 0, string $charset = 'utf8mb4'): mysqli
{
    $link = mysqli_init();
    $link->options(MYSQLI_OPT_INT_AND_FLOAT_NATIVE, 1);
    $link->real_connect(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), (int) getenv('DB_PORT'), null, $flags);
    $link->set_charset($charset);
    return $link;
}

function put(mysqli $link, int $key, int $warehouse, array $columns = []): int|string
{
    $row = ['sku_id' => $key, 'warehouse_id' => $warehouse] + $columns;
    $link->execute_query('INSERT INTO ' . TABLE . ' (' . implode(', ', array_keys($row)) . ') VALUES (' . implode(', ', array_fill(0, count($row), '?')) . ')', array_values($row));
    return $link->insert_id;
}

function read(mysqli $link, string $columns, int $key, int $warehouse = 1): ?array
{
    return $link->execute_query("SELECT $columns FROM " . TABLE . ' WHERE sku_id = ? AND warehouse_id = ?', [$key, $warehouse])->fetch_row();
}

function tally(mysqli $link, int $key): int
{
    return (int) $link->query('SELECT COUNT(*) FROM ' . TABLE . " WHERE sku_id = $key")->fetch_row()[0];
}

function number(callable $action): int
{
    try {
        $action();
    } catch (mysqli_sql_exception $error) {
        is_logical($error->getMessage());
        return $error->getCode();
    }
    throw new Exception('no error');
}

/** By execute_query() and by text. */
function round_trip(array $columns): void
{
    [$link, $key] = [connect(), sku()];
    put($link, $key, 1, $columns);
    put($link, $key, 2, array_map(fn () => null, $columns));
    same(read($link, implode(', ', array_keys($columns)), $key), array_values($columns));
    same(read($link, implode(', ', array_keys($columns)), $key, 2), array_map(fn () => null, array_values($columns)));
    $text = $link->query('SELECT ' . implode(', ', array_keys($columns)) . ' FROM ' . TABLE . " WHERE sku_id = $key AND warehouse_id = 1")->fetch_row();
    same($text, array_values($columns));
}

run_cells([
    'connect' => function () {
        $link = connect();
        same($link->query('SELECT DATABASE()')->fetch_row(), [getenv('DB_NAME')]);
        same((int) $link->query('SELECT CONNECTION_ID()')->fetch_row()[0], $link->thread_id);
        same(is_string($link->stat()), true);
        $link->close();
    },
    'plain' => function () {
        [$link, $key] = [connect(), sku()];
        $link->query('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, name, qty) VALUES ($key, 1, 'new', 7)");
        same($link->affected_rows, 1);
        $link->query('UPDATE ' . TABLE . " SET qty = qty + 1 WHERE sku_id = $key");
        same($link->query('SELECT name, qty FROM ' . TABLE . " WHERE sku_id = $key")->fetch_all(MYSQLI_ASSOC), [['name' => 'new', 'qty' => 8]]);
        $link->query('DELETE FROM ' . TABLE . " WHERE sku_id = $key");
        same(tally($link, $key), 0);
    },
    'prepared' => function () {
        [$link, $key] = [connect(), sku()];
        $insert = $link->prepare('INSERT INTO ' . TABLE . ' (sku_id, warehouse_id, name) VALUES (?, ?, ?)');
        $read = $link->prepare('SELECT name FROM ' . TABLE . ' WHERE sku_id = ? AND warehouse_id = ?');
        foreach (['a', null, TEXT] as $n => $name) {
            $insert->bind_param('iis', $key, $n, $name);
            $insert->execute();
            same($insert->affected_rows, 1);
            foreach (['ii', 'si', 'di', 'ss'] as $types) {
                $read->bind_param($types, $key, $n);
                $read->execute();
                same($read->get_result()->fetch_all(), [[$name]]);
            }
        }
        $insert->close();
        $read->close();
        same(tally($link, $key), 3);
    },
    'affected' => function () {
        foreach ([0, MYSQLI_CLIENT_FOUND_ROWS] as $flag) {
            [$link, $key] = [connect($flag), sku()];
            put($link, $key, 1, ['qty' => 5]);
            $link->query('UPDATE ' . TABLE . " SET qty = 5 WHERE sku_id = $key");
            same($link->affected_rows, $flag ? 1 : 0);
            same($link->info, 'Rows matched: 1  Changed: 0  Warnings: 0');
        }
    },
    'batch' => function () {
        [$link, $key] = [connect(), sku()];
        $rows = implode(', ', array_map(fn ($n) => "($key, $n, $n)", range(0, 99)));
        $link->query('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, qty) VALUES $rows");
        same([$link->affected_rows, $link->info], [100, 'Records: 100  Duplicates: 0  Warnings: 0']);
    },
    'keys' => function () {
        [$link, $key] = [connect(), sku()];
        $id = put($link, $key, 1);
        same(read($link, 'id', $key), [$id]);
        $link->query('INSERT INTO ' . TABLE . " (sku_id, warehouse_id) VALUES ($key, 2), ($key, 3)");
        $id = $link->insert_id;
        same([read($link, 'id', $key, 2), read($link, 'id', $key, 3)], [[$id], [$id + 1]]);
    },
    'transaction' => function () {
        [$link, $other, $key] = [connect(), connect(), sku()];
        foreach (['rollback' => 0, 'commit' => 1] as $end => $rows) {
            $link->begin_transaction();
            put($link, $key, 1);
            $other->begin_transaction();
            same(tally($other, $key), 0);
            $other->rollback();
            $link->$end();
            $other->begin_transaction();
            same(tally($other, $key), $rows);
            $other->rollback();
        }
        $link->autocommit(false);
        put($link, $key, 2);
        $link->rollback();
        same(tally($link, $key), 1);
    },
    'savepoint' => function () {
        [$link, $key] = [connect(), sku()];
        $link->begin_transaction();
        put($link, $key, 1);
        $link->savepoint('here');
        put($link, $key, 2);
        $link->query('ROLLBACK TO SAVEPOINT here');
        $link->release_savepoint('here');
        $link->commit();
        same(tally($link, $key), 1);
    },
    'reserve' => function () {
        [$link, $key] = [connect(), sku()];
        $link->execute_query('INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 10)', [$key, 1]);
        $link->begin_transaction();
        $link->execute_query('INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)', ["order-$key", $key, 1, 3]);
        $link->execute_query('UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?', [3, $key, 1, 3]);
        same($link->affected_rows, 1);
        $link->execute_query("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", [json_encode(['sku' => $key])]);
        $link->commit();
        same($link->query("SELECT reserved FROM inv_stock WHERE sku_id = $key AND warehouse_id = 1")->fetch_row(), [3]);
    },
    'stream' => function () {
        [$link, $key] = [connect(), sku()];
        foreach (range(0, 4) as $thousand) {
            $rows = implode(', ', array_map(fn ($n) => "($key, $n, REPEAT('x', 500))", range($thousand * 1000, $thousand * 1000 + 999)));
            $link->query('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, body) VALUES $rows");
        }
        $bytes = 0;
        foreach ($link->query('SELECT body FROM ' . TABLE . " WHERE sku_id = $key", MYSQLI_USE_RESULT) as $row) {
            $bytes += strlen($row['body']);
        }
        same($bytes, 5000 * 500);
        // left half way
        $result = $link->query('SELECT body FROM ' . TABLE . " WHERE sku_id = $key", MYSQLI_USE_RESULT);
        $result->fetch_row();
        $result->free();
        same(tally($link, $key), 5000);
    },
    'cursor' => function () {
        [$link, $key] = [connect(), sku()];
        $rows = implode(', ', array_map(fn ($n) => "($key, $n)", range(0, 299)));
        $link->query('INSERT INTO ' . TABLE . " (sku_id, warehouse_id) VALUES $rows");
        $read = $link->prepare('SELECT warehouse_id FROM ' . TABLE . ' WHERE sku_id = ? ORDER BY warehouse_id');
        $read->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
        $read->bind_param('i', $key);
        $read->execute();
        $read->bind_result($warehouse);
        for ($n = 0; $n < 300; $n++) {
            same([$read->fetch(), $warehouse], [true, $n]);
            if ($n % 100 === 50) {
                same(tally($link, $key), 300);
            }
        }
        same($read->fetch(), null);
        $read->close();
    },
    'timeout' => function () {
        $link = mysqli_init();
        $link->options(MYSQLI_OPT_READ_TIMEOUT, 1);
        $link->real_connect(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), (int) getenv('DB_PORT'));
        $key = sku();
        put($link, $key, 1);
        @number(fn () => $link->query('SELECT SLEEP(20) FROM ' . TABLE . " WHERE sku_id = $key"));
        $link = connect();
        put($link, $key, 2);
        same(tally($link, $key), 2);
    },
    'cancel' => function () {
        [$link, $other, $key] = [connect(), connect(), sku()];
        put($link, $key, 1);
        $link->query('SELECT SLEEP(20) FROM ' . TABLE . " WHERE sku_id = $key", MYSQLI_ASYNC);
        usleep(500_000);
        $other->query("KILL QUERY $link->thread_id");
        same(number(fn () => $link->reap_async_query()->fetch_row()), 1317);
        same(tally($link, $key), 1);
    },
    'reconnect' => function () {
        [$link, $other, $key] = [connect(), connect(), sku()];
        // kill() is a command that MySQL 9 no longer has
        str_contains($link->server_info, 'MariaDB') ? $other->kill($link->thread_id) : $other->query("KILL $link->thread_id");
        usleep(200_000);
        @number(fn () => $link->query('SELECT 1'));
        $link->real_connect(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), (int) getenv('DB_PORT'));
        put($link, $key, 1);
        same(tally($link, $key), 1);
    },
    'charset' => function () {
        round_trip(['name' => TEXT]);
        [$link, $key] = [connect(), sku()];
        $link->query('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, name) VALUES ($key, 1, '" . $link->real_escape_string(TEXT) . "')");
        same(read($link, 'HEX(name)', $key), [strtoupper(bin2hex(TEXT))]);
    },
    'latin1' => function () {
        [$link, $key] = [connect(charset: 'latin1'), sku()];
        put($link, $key, 1, ['name' => "\xe9", 'latin' => "\xe9"]);
        same(read($link, 'name, latin, HEX(name), HEX(latin)', $key), ["\xe9", "\xe9", 'C3A9', 'E9']);
    },
    'dates' => fn () => round_trip(['day' => '2024-02-29', 'moment' => '2024-02-29 23:59:58.123456', 'stamp' => '2024-02-29 12:00:01', 'span' => '-100:02:03.500']),
    'numbers' => fn () => round_trip(['price' => '-12345678901234.567891', 'ratio' => 0.1, 'big' => '18446744073709551615']),
    'json' => function () {
        [$link, $key] = [connect(), sku()];
        put($link, $key, 1, ['doc' => DOCUMENT]);
        same(json_decode(read($link, 'doc', $key)[0], true), json_decode(DOCUMENT, true));
    },
    'bit' => function () {
        [$link, $key] = [connect(), sku()];
        // execute_query() sends texts, and a text is not a number for BIT
        $link->execute_query('INSERT INTO ' . TABLE . ' (sku_id, warehouse_id, flag, bits) VALUES (?, 1, ? + 0, ? + 0)', [$key, 1, 0xabc]);
        same(read($link, 'flag, bits', $key), [1, 0xabc]);
        same($link->query('SELECT flag + 0, bits + 0 FROM ' . TABLE . " WHERE sku_id = $key")->fetch_row(), [1, 0xabc]);
    },
    'blob' => function () {
        $bytes = str_repeat(implode('', array_map('chr', range(0, 255))), 4096);
        round_trip(['body' => $bytes]);
        // as long data, packet by packet
        [$link, $key, $null] = [connect(), sku(), null];
        $insert = $link->prepare('INSERT INTO ' . TABLE . ' (sku_id, warehouse_id, body) VALUES (?, 1, ?)');
        $insert->bind_param('ib', $key, $null);
        foreach (str_split($bytes, 100_000) as $part) {
            $insert->send_long_data(1, $part);
        }
        $insert->execute();
        same(read($link, 'body', $key), [$bytes]);
    },
    'columns' => function () {
        $link = connect();
        $asked = 'SELECT i.id, name AS title, price, moment, body FROM ' . TABLE . ' i WHERE sku_id = ' . sku();
        $told = fn ($result) => array_map(fn ($field) => "$field->name $field->orgname $field->orgtable $field->table $field->type $field->decimals", $result->fetch_fields());
        $wanted = ['id id ' . TABLE . ' i 8 0', 'title name ' . TABLE . ' i 253 0', 'price price ' . TABLE . ' i 246 6', 'moment moment ' . TABLE . ' i 12 6', 'body body ' . TABLE . ' i 252 0'];
        same($told($link->query($asked)), $wanted);
        same($told($link->execute_query($asked, [])), $wanted);
        same($told($link->prepare($asked)->result_metadata()), $wanted);
    },
    'schema' => function () {
        $link = connect();
        $tables = array_column($link->query('SHOW TABLES')->fetch_all(), 0);
        same(count(array_keys($tables, TABLE)), 1);
        is_logical(implode(' ', $tables));
        same(array_slice(array_column($link->query('DESCRIBE ' . TABLE)->fetch_all(), 0), 0, 3), ['id', 'sku_id', 'warehouse_id']);
        same($link->execute_query("SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND column_key = 'PRI'", [getenv('DB_NAME'), TABLE])->fetch_all(), [['id']]);
    },
    'session' => function () {
        $link = connect();
        $link->query("SET time_zone = '+09:30', @mine = 'my own'");
        foreach (range(1, 5) as $_) {
            same($link->execute_query('SELECT @@time_zone, @mine')->fetch_row(), ['+09:30', 'my own']);
        }
        $link->change_user(getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'));
        same($link->query("SELECT @@time_zone <> '+09:30', @mine")->fetch_row(), [1, null]);
    },
    'multi' => function () {
        $link = connect();
        $link->multi_query('SELECT 1; SET @x = 2; SELECT @x');
        $seen = [];
        do {
            $result = $link->store_result();
            $seen[] = $result ? (int) $result->fetch_row()[0] : null;
        } while ($link->more_results() && $link->next_result());
        same($seen, [1, null, 2]);
    },
    'errors' => function () {
        [$link, $key] = [connect(), sku()];
        put($link, $key, 1);
        same(number(fn () => put($link, $key, 1)), 1062);
        same(number(fn () => read($link, 'nothing', $key)), 1054);
        same(number(fn () => $link->query('SELEC 1')), 1064);
        if (SHARDED) {
            same(number(fn () => $link->execute_query('SELECT * FROM ' . TABLE . ' WHERE warehouse_id = ?', [1])), 20090);
        }
        same(tally($link, $key), 1);
    },
]);
