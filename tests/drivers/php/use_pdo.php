<?php
// PDO: prepared on the server, values as strings; with PDO_EMULATE=1 PDO puts them into the text, quoted.
require __DIR__ . '/cells.php';

function connect(array $options = [], string $charset = 'utf8mb4'): PDO
{
    $place = 'mysql:host=' . getenv('DB_HOST') . ';port=' . getenv('DB_PORT') . ';dbname=' . getenv('DB_NAME') . ";charset=$charset";
    return new PDO($place, getenv('DB_USER'), getenv('DB_PASSWORD'), $options + [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_EMULATE_PREPARES => (bool) getenv('PDO_EMULATE'),
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_NUM,
    ]);
}

function ask(PDO $pdo, string $sql, array $values = []): PDOStatement
{
    $statement = $pdo->prepare($sql);
    $statement->execute($values);
    return $statement;
}

function put(PDO $pdo, int $key, int $warehouse, array $columns = []): string
{
    $row = ['sku_id' => $key, 'warehouse_id' => $warehouse] + $columns;
    ask($pdo, 'INSERT INTO ' . TABLE . ' (' . implode(', ', array_keys($row)) . ') VALUES (:' . implode(', :', array_keys($row)) . ')', $row);
    return $pdo->lastInsertId();
}

function read(PDO $pdo, string $columns, int $key, int $warehouse = 1): array|false
{
    return ask($pdo, "SELECT $columns FROM " . TABLE . ' WHERE sku_id = ? AND warehouse_id = ?', [$key, $warehouse])->fetch();
}

function tally(PDO $pdo, int $key): int
{
    return (int) ask($pdo, 'SELECT COUNT(*) FROM ' . TABLE . ' WHERE sku_id = ?', [$key])->fetchColumn();
}

function number(callable $action): int
{
    try {
        $action();
    } catch (PDOException $error) {
        is_logical($error->getMessage());
        return $error->errorInfo[1];
    }
    throw new Exception('no error');
}

function round_trip(array $columns): void
{
    [$pdo, $key] = [connect(), sku()];
    put($pdo, $key, 1, $columns);
    put($pdo, $key, 2, array_map(fn () => null, $columns));
    same(read($pdo, implode(', ', array_keys($columns)), $key), array_values($columns));
    same(read($pdo, implode(', ', array_keys($columns)), $key, 2), array_map(fn () => null, array_values($columns)));
}

run_cells([
    'connect' => fn () => same(connect()->query('SELECT DATABASE()')->fetch(), [getenv('DB_NAME')]),
    'plain' => function () {
        [$pdo, $key] = [connect(), sku()];
        same($pdo->exec('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, name, qty) VALUES ($key, 1, 'new', 7)"), 1);
        same($pdo->exec('UPDATE ' . TABLE . " SET qty = qty + 1 WHERE sku_id = '$key'"), 1);
        same($pdo->query('SELECT name, qty FROM ' . TABLE . " WHERE sku_id = $key")->fetchAll(), [['new', 8]]);
        same($pdo->exec('DELETE FROM ' . TABLE . " WHERE sku_id = $key"), 1);
    },
    'prepared' => function () {
        [$pdo, $key] = [connect(), sku()];
        $insert = $pdo->prepare('INSERT INTO ' . TABLE . ' (sku_id, warehouse_id, name) VALUES (?, ?, ?)');
        $read = $pdo->prepare('SELECT name FROM ' . TABLE . ' WHERE sku_id = :sku AND warehouse_id = :warehouse LIMIT :most');
        foreach (['a', null, TEXT] as $n => $name) {
            $insert->execute([$key, $n, $name]);
            same($insert->rowCount(), 1);
            foreach ([PDO::PARAM_INT, PDO::PARAM_STR] as $type) {
                $read->bindValue('sku', $key, $type);
                $read->bindValue('warehouse', $n, $type);
                $read->bindValue('most', 5, PDO::PARAM_INT);
                $read->execute();
                same($read->fetchAll(), [[$name]]);
            }
        }
        same(ask($pdo, 'UPDATE ' . TABLE . ' SET qty = ? WHERE sku_id = ?', [1, $key])->rowCount(), 3);
        same(ask($pdo, 'DELETE FROM ' . TABLE . ' WHERE sku_id = ?', [$key])->rowCount(), 3);
    },
    'affected' => function () {
        foreach ([false, true] as $found) {
            [$pdo, $key] = [connect([PDO::MYSQL_ATTR_FOUND_ROWS => $found]), sku()];
            put($pdo, $key, 1);
            same(ask($pdo, 'UPDATE ' . TABLE . ' SET qty = ? WHERE sku_id = ?', [0, $key])->rowCount(), $found ? 1 : 0);
        }
    },
    'batch' => function () {
        [$pdo, $key] = [connect(), sku()];
        $values = array_merge(...array_map(fn ($n) => [$key, $n, $n], range(0, 99)));
        $rows = implode(', ', array_fill(0, 100, '(?, ?, ?)'));
        same(ask($pdo, 'INSERT INTO ' . TABLE . " (sku_id, warehouse_id, qty) VALUES $rows", $values)->rowCount(), 100);
    },
    'keys' => function () {
        [$pdo, $key] = [connect(), sku()];
        $id = put($pdo, $key, 1);
        same((string) read($pdo, 'id', $key)[0], $id);
    },
    'transaction' => function () {
        [$pdo, $other, $key] = [connect(), connect(), sku()];
        foreach (['rollBack' => 0, 'commit' => 1] as $end => $rows) {
            $pdo->beginTransaction();
            put($pdo, $key, 1);
            same($pdo->inTransaction(), true);
            $other->beginTransaction();
            same(tally($other, $key), 0);
            $other->rollBack();
            $pdo->$end();
            same($pdo->inTransaction(), false);
            $other->beginTransaction();
            same(tally($other, $key), $rows);
            $other->rollBack();
        }
    },
    'savepoint' => function () {
        [$pdo, $key] = [connect(), sku()];
        $pdo->beginTransaction();
        put($pdo, $key, 1);
        $pdo->exec('SAVEPOINT here');
        put($pdo, $key, 2);
        $pdo->exec('ROLLBACK TO SAVEPOINT here');
        $pdo->commit();
        same(tally($pdo, $key), 1);
    },
    'reserve' => function () {
        [$pdo, $key] = [connect(), sku()];
        ask($pdo, 'INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 10)', [$key, 1]);
        $pdo->beginTransaction();
        ask($pdo, 'INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)', ["order-$key", $key, 1, 3]);
        same(ask($pdo, 'UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?', [3, $key, 1, 3])->rowCount(), 1);
        ask($pdo, "INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", [json_encode(['sku' => $key])]);
        $pdo->commit();
        same(ask($pdo, 'SELECT reserved FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?', [$key, 1])->fetch(), [3]);
    },
    'stream' => function () {
        [$pdo, $key] = [connect([PDO::MYSQL_ATTR_USE_BUFFERED_QUERY => false]), sku()];
        foreach (range(0, 4) as $thousand) {
            $rows = implode(', ', array_map(fn ($n) => "($key, $n, REPEAT('x', 500))", range($thousand * 1000, $thousand * 1000 + 999)));
            $pdo->exec('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, body) VALUES $rows");
        }
        $bytes = 0;
        $result = ask($pdo, 'SELECT body FROM ' . TABLE . ' WHERE sku_id = ?', [$key]);
        foreach ($result as [$body]) {
            $bytes += strlen($body);
        }
        same($bytes, 5000 * 500);
        $result = ask($pdo, 'SELECT body FROM ' . TABLE . ' WHERE sku_id = ?', [$key]);
        $result->fetch();
        $result->closeCursor();
        $result = null;
        same(tally($pdo, $key), 5000);
    },
    'reconnect' => function () {
        [$pdo, $other, $key] = [connect(), connect(), sku()];
        $other->exec('KILL ' . $pdo->query('SELECT CONNECTION_ID()')->fetchColumn());
        usleep(200_000);
        @number(fn () => $pdo->query('SELECT 1'));
        $pdo = connect();
        put($pdo, $key, 1);
        same(tally($pdo, $key), 1);
    },
    'charset' => function () {
        round_trip(['name' => TEXT]);
        [$pdo, $key] = [connect(), sku()];
        $pdo->exec('INSERT INTO ' . TABLE . " (sku_id, warehouse_id, name) VALUES ($key, 1, " . $pdo->quote(TEXT) . ')');
        same(read($pdo, 'HEX(name)', $key), [strtoupper(bin2hex(TEXT))]);
    },
    'latin1' => function () {
        [$pdo, $key] = [connect(charset: 'latin1'), sku()];
        put($pdo, $key, 1, ['name' => "\xe9", 'latin' => "\xe9"]);
        same(read($pdo, 'name, latin, HEX(name), HEX(latin)', $key), ["\xe9", "\xe9", 'C3A9', 'E9']);
    },
    'dates' => fn () => round_trip(['day' => '2024-02-29', 'moment' => '2024-02-29 23:59:58.123456', 'stamp' => '2024-02-29 12:00:01', 'span' => '-100:02:03.500']),
    'numbers' => fn () => round_trip(['price' => '-12345678901234.567891', 'ratio' => 0.1, 'big' => '18446744073709551615']),
    'json' => function () {
        [$pdo, $key] = [connect(), sku()];
        put($pdo, $key, 1, ['doc' => DOCUMENT]);
        same(json_decode(read($pdo, 'doc', $key)[0], true), json_decode(DOCUMENT, true));
    },
    'bit' => function () {
        [$pdo, $key] = [connect(), sku()];
        // a text is not a number for BIT
        ask($pdo, 'INSERT INTO ' . TABLE . ' (sku_id, warehouse_id, flag, bits) VALUES (?, 1, ? + 0, ? + 0)', [$key, 1, 0xabc]);
        same(array_map('intval', read($pdo, 'flag + 0, bits + 0', $key)), [1, 0xabc]);
    },
    'blob' => fn () => round_trip(['body' => str_repeat(implode('', array_map('chr', range(0, 255))), 4096)]),
    'columns' => function () {
        $result = ask(connect(), 'SELECT i.id, name AS title, price FROM ' . TABLE . ' i WHERE sku_id = ?', [sku()]);
        $told = array_map(fn ($n) => $result->getColumnMeta($n), [0, 1, 2]);
        same(array_column($told, 'name'), ['id', 'title', 'price']);
        same(array_column($told, 'native_type'), ['LONGLONG', 'VAR_STRING', 'NEWDECIMAL']);
        same([$told[0]['flags'], $told[2]['precision'], $told[0]['table']], [['not_null', 'primary_key'], 6, 'i']);
    },
    'schema' => function () {
        $pdo = connect();
        $tables = $pdo->query('SHOW TABLES')->fetchAll(PDO::FETCH_COLUMN);
        same(count(array_keys($tables, TABLE)), 1);
        is_logical(implode(' ', $tables));
        same(ask($pdo, "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND column_key = 'PRI'", [getenv('DB_NAME'), TABLE])->fetchAll(), [['id']]);
    },
    'session' => function () {
        $pdo = connect([PDO::MYSQL_ATTR_INIT_COMMAND => "SET time_zone = '+09:30', @mine = 'my own'"]);
        foreach (range(1, 5) as $_) {
            same(ask($pdo, 'SELECT @@time_zone, @mine')->fetch(), ['+09:30', 'my own']);
        }
    },
    'multi' => function () {
        if (!getenv('PDO_EMULATE')) {
            throw new Skip('several statements only when emulated');
        }
        $result = connect()->query('SELECT 1; SELECT 2');
        same((int) $result->fetchColumn(), 1);
        same($result->nextRowset(), true);
        same((int) $result->fetchColumn(), 2);
    },
    'errors' => function () {
        [$pdo, $key] = [connect(), sku()];
        put($pdo, $key, 1);
        same(number(fn () => put($pdo, $key, 1)), 1062);
        same(number(fn () => read($pdo, 'nothing', $key)), 1054);
        same(number(fn () => ask($pdo, 'SELEC 1')), 1064);
        if (SHARDED) {
            same(number(fn () => ask($pdo, 'SELECT * FROM ' . TABLE . ' WHERE warehouse_id = ?', [1])), 20090);
        }
        same(tally($pdo, $key), 1);
    },
]);
