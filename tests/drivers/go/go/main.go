// go-sql-driver: without -interpolate every statement with parameters is prepared, executed and closed.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	. "shardgate-drivers/cells"
)

var interpolate = flag.Bool("interpolate", false, "the driver puts values into the text")

func open(dsn ...func(*mysql.Config)) *sql.DB {
	config := Config()
	config.InterpolateParams = *interpolate
	for _, change := range dsn {
		change(config)
	}
	return Got(sql.Open("mysql", config.FormatDSN()))
}

// one is a connection of its own.
func one(dsn ...func(*mysql.Config)) *sql.Conn {
	return Got(open(dsn...).Conn(ctx))
}

var ctx = context.Background()

type runner interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// exec runs a statement on the table; rows affected and last id.
func exec(on runner, statement string, values ...any) (int64, int64) {
	result := Got(on.ExecContext(ctx, strings.ReplaceAll(statement, "{t}", Table), values...))
	return Got(result.RowsAffected()), Got(result.LastInsertId())
}

func ask[T any](on runner, statement string, values ...any) (value T) {
	Must(on.QueryRowContext(ctx, strings.ReplaceAll(statement, "{t}", Table), values...).Scan(&value))
	return
}

func put(on runner, key int64, warehouse int) int64 {
	_, id := exec(on, "INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, ?)", key, warehouse)
	return id
}

func count(on runner, key int64) int {
	return ask[int](on, "SELECT COUNT(*) FROM {t} WHERE sku_id = ?", key)
}

func connect() {
	conn := one()
	Same(ask[string](conn, "SELECT DATABASE()"), Config().DBName)
	Must(conn.PingContext(ctx))
	Must(conn.Close())
}

func plain() {
	conn, key := one(), Sku()
	run := func(statement string) int64 {
		affected, _ := exec(conn, strings.ReplaceAll(statement, "{key}", fmt.Sprint(key)))
		return affected
	}
	Same(run("INSERT INTO {t} (sku_id, warehouse_id, name, qty) VALUES ({key}, 1, 'new', 7)"), int64(1))
	Same(run("UPDATE {t} SET qty = qty + 1 WHERE sku_id = {key}"), int64(1))
	Same(ask[int](conn, fmt.Sprintf("SELECT qty FROM {t} WHERE sku_id = %d", key)), 8)
	Same(run("DELETE FROM {t} WHERE sku_id = {key}"), int64(1))
	Same(count(conn, key), 0)
}

func prepared() {
	conn, key := one(), Sku()
	statement := func(text string) *sql.Stmt {
		return Got(conn.PrepareContext(ctx, strings.ReplaceAll(text, "{t}", Table)))
	}
	insert := statement("INSERT INTO {t} (sku_id, warehouse_id, name, price) VALUES (?, ?, ?, ?)")
	read := statement("SELECT name, price FROM {t} WHERE sku_id = ? AND warehouse_id = ?")
	for n, name := range []any{"a", nil, []byte("c"), Text} {
		Got(insert.Exec(key, n, name, 1.5))
		var got sql.NullString
		var price float64
		// the key in all the types that a program may have it in
		for _, same := range []any{key, uint64(key), fmt.Sprint(key), float64(key), int32(key)} {
			Must(read.QueryRow(same, n).Scan(&got, &price))
			Same(got.Valid, name != nil)
			Same(price, 1.5)
		}
	}
	Must(insert.Close())
	Must(read.Close())
	limited := statement("SELECT warehouse_id FROM {t} WHERE sku_id = ? AND warehouse_id IN (?, ?, ?) ORDER BY 1 LIMIT ?")
	rows := Got(limited.Query(key, 1, 2, 3, 2))
	seen := 0
	for rows.Next() {
		seen++
	}
	Must(rows.Err())
	Same(seen, 2)
	Same(count(conn, key), 4)
}

func affected() {
	for _, found := range []bool{false, true} {
		conn, key := one(func(c *mysql.Config) { c.ClientFoundRows = found }), Sku()
		put(conn, key, 1)
		same, _ := exec(conn, "UPDATE {t} SET qty = ? WHERE sku_id = ?", 0, key)
		Same(same == 1, found)
		changed, _ := exec(conn, "UPDATE {t} SET qty = ? WHERE sku_id = ?", 1, key)
		Same(changed, int64(1))
	}
}

func batch() {
	conn, key := one(), Sku()
	values := []any{}
	for n := range 100 {
		values = append(values, key, n, n)
	}
	rows, _ := exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, qty) VALUES "+
		strings.TrimSuffix(strings.Repeat("(?, ?, ?),", 100), ","), values...)
	Same(rows, int64(100))
	Same(ask[int](conn, "SELECT SUM(qty) FROM {t} WHERE sku_id = ?", key), 4950)
}

func keys() {
	conn, key := one(), Sku()
	id := put(conn, key, 1)
	Same(ask[int64](conn, "SELECT id FROM {t} WHERE sku_id = ?", key), id)
	Same(ask[int64](conn, "SELECT LAST_INSERT_ID()"), id)
	_, first := exec(conn, "INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, 2), (?, 3), (?, 4)", key, key, key)
	Same(ask[int](conn, "SELECT COUNT(*) FROM {t} WHERE sku_id = ? AND id BETWEEN ? AND ?", key, first, first+2), 3)
}

func transaction() {
	db, other, key := open(), one(), Sku()
	seen := func() int {
		tx := Got(other.BeginTx(ctx, nil))
		defer tx.Rollback()
		return count(tx, key)
	}
	for _, commit := range []bool{false, true} {
		tx := Got(db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted}))
		put(tx, key, 1)
		Same(seen(), 0)
		if commit {
			Must(tx.Commit())
			Same(seen(), 1)
		} else {
			Must(tx.Rollback())
			Same(seen(), 0)
		}
	}
}

func savepoint() {
	tx, key := Got(one().BeginTx(ctx, nil)), Sku()
	put(tx, key, 1)
	exec(tx, "SAVEPOINT here")
	put(tx, key, 2)
	exec(tx, "ROLLBACK TO SAVEPOINT here")
	Same(count(tx, key), 1)
	Must(tx.Commit())
}

func reserve() {
	conn, key := one(), Sku()
	exec(conn, "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 10)", key, 1)
	tx := Got(conn.BeginTx(ctx, nil))
	exec(tx, "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)", fmt.Sprint("order-", key), key, 1, 3)
	rows, _ := exec(tx, "UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?", 3, key, 1, 3)
	Same(rows, int64(1))
	exec(tx, "INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", fmt.Sprintf(`{"sku": %d}`, key))
	Must(tx.Commit())
	Same(ask[int](conn, "SELECT s.reserved FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = ? AND s.warehouse_id = ?", key, 1), 3)
}

func stream() {
	conn, key := one(), Sku()
	body := strings.Repeat("x", 500)
	for start := 0; start < 5000; start += 1000 {
		values := []any{}
		for n := start; n < start+1000; n++ {
			values = append(values, key, n, body)
		}
		exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, body) VALUES "+
			strings.TrimSuffix(strings.Repeat("(?, ?, ?),", 1000), ","), values...)
	}
	rows := Got(conn.QueryContext(ctx, "SELECT body FROM "+Table+" WHERE sku_id = ?", key))
	total := 0
	for rows.Next() {
		var body []byte
		Must(rows.Scan(&body))
		total += len(body)
	}
	Must(rows.Err())
	Same(total, 5000*500)
	// left half way: the driver reads the rest
	rows = Got(conn.QueryContext(ctx, "SELECT body FROM "+Table+" WHERE sku_id = ?", key))
	rows.Next()
	Must(rows.Close())
	Same(count(conn, key), 5000)
}

func timeout() {
	db, key := open(), Sku()
	put(db, key, 1)
	soon, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	// the driver closes the connection, the pool opens another
	err := db.QueryRowContext(soon, "SELECT SLEEP(20) FROM "+Table+" WHERE sku_id = ?", key).Scan(new(int))
	Same(err, context.DeadlineExceeded)
	put(db, key, 2)
	Same(count(db, key), 2)
}

func cancel() {
	conn, other, key := one(), one(), Sku()
	put(conn, key, 1)
	id := ask[uint64](conn, "SELECT CONNECTION_ID()")
	go func() {
		time.Sleep(500 * time.Millisecond)
		exec(other, fmt.Sprint("KILL QUERY ", id))
	}()
	err := conn.QueryRowContext(ctx, "SELECT SLEEP(20) FROM "+Table+" WHERE sku_id = ?", key).Scan(new(int))
	Same(Number(err), 1317)
	Same(count(conn, key), 1)
}

func reconnect() {
	db, other := open(), one()
	db.SetMaxOpenConns(1)
	exec(other, fmt.Sprint("KILL ", ask[uint64](db, "SELECT CONNECTION_ID()")))
	time.Sleep(200 * time.Millisecond)
	// the driver sees that its idle connection is closed and takes a new one
	Same(ask[int](db, "SELECT 1"), 1)
}

func charset() {
	conn, key := one(), Sku()
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, name) VALUES (?, 1, ?)", key, Text)
	Same(ask[string](conn, "SELECT name FROM {t} WHERE sku_id = ?", key), Text)
	Same(ask[string](conn, "SELECT HEX(name) FROM {t} WHERE sku_id = ?", key), fmt.Sprintf("%X", Text))
	Same(ask[int](conn, "SELECT COUNT(*) FROM {t} WHERE sku_id = ? AND name = ?", key, Text), 1)
}

func latin1() {
	conn, key := one(func(c *mysql.Config) { c.Collation = "latin1_swedish_ci"; c.InterpolateParams = false }), Sku()
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, name, latin) VALUES (?, 1, ?, ?)", key, "\xe9", "\xe9")
	Same(ask[string](conn, "SELECT CONCAT(HEX(name), HEX(latin)) FROM {t} WHERE sku_id = ?", key), "C3A9E9")
	Same(ask[string](conn, "SELECT name FROM {t} WHERE sku_id = ?", key), "\xe9")
}

func dates() {
	conn, key := one(), Sku()
	moment := time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.UTC)
	day, stamp := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 12, 0, 1, 0, time.UTC)
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, day, moment, stamp, span, born) VALUES (?, 1, ?, ?, ?, ?, ?)",
		key, day, moment, stamp, "-100:02:03", 1999)
	put(conn, key, 2)
	Same(ask[time.Time](conn, "SELECT moment FROM {t} WHERE sku_id = ? AND warehouse_id = 1", key), moment)
	Same(ask[time.Time](conn, "SELECT day FROM {t} WHERE sku_id = ? AND warehouse_id = 1", key), day)
	Same(ask[time.Time](conn, "SELECT stamp FROM {t} WHERE sku_id = ? AND warehouse_id = 1", key), stamp)
	Same(ask[string](conn, "SELECT span FROM {t} WHERE sku_id = ? AND warehouse_id = 1", key), "-100:02:03.000")
	Same(ask[int](conn, "SELECT born FROM {t} WHERE sku_id = ? AND warehouse_id = 1", key), 1999)
	Same(ask[sql.NullTime](conn, "SELECT moment FROM {t} WHERE sku_id = ? AND warehouse_id = 2", key), sql.NullTime{})
}

func numbers() {
	conn, key := one(), Sku()
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, price, ratio, big, qty) VALUES (?, 1, ?, ?, ?, ?)",
		key, "-12345678901234.567891", 0.1, ^uint64(0), -2147483648)
	Same(ask[string](conn, "SELECT price FROM {t} WHERE sku_id = ?", key), "-12345678901234.567891")
	Same(ask[float64](conn, "SELECT ratio FROM {t} WHERE sku_id = ?", key), 0.1)
	Same(ask[uint64](conn, "SELECT big FROM {t} WHERE sku_id = ?", key), ^uint64(0))
	Same(ask[int](conn, "SELECT qty FROM {t} WHERE sku_id = ?", key), -2147483648)
}

func documents() {
	conn, key := one(), Sku()
	document := map[string]any{"name": "ü😀", "list": []any{1.0, 2.5, nil, true}, "nested": map[string]any{"a": "b\"c"}}
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, doc) VALUES (?, 1, ?)", key, string(Got(json.Marshal(document))))
	var got map[string]any
	Must(json.Unmarshal(ask[[]byte](conn, "SELECT doc FROM {t} WHERE sku_id = ?", key), &got))
	Same(got, document)
}

func bit() {
	conn, key := one(), Sku()
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, flag, bits) VALUES (?, 1, ?, ?)", key, true, 0xabc)
	Same(ask[[]byte](conn, "SELECT flag FROM {t} WHERE sku_id = ?", key), []byte{1})
	Same(ask[[]byte](conn, "SELECT bits FROM {t} WHERE sku_id = ?", key), []byte{0x0a, 0xbc})
}

func blob() {
	conn, key := one(), Sku()
	data := make([]byte, 1<<20)
	for n := range data {
		data[n] = byte(n)
	}
	exec(conn, "INSERT INTO {t} (sku_id, warehouse_id, body) VALUES (?, 1, ?)", key, data)
	Same(bytes.Equal(ask[[]byte](conn, "SELECT body FROM {t} WHERE sku_id = ?", key), data), true)
}

func columns() {
	conn := one()
	rows := Got(conn.QueryContext(ctx, "SELECT i.id, name AS title, price, moment, body, big FROM "+Table+" i WHERE sku_id = ?", Sku()))
	defer rows.Close()
	told := []string{}
	for _, column := range Got(rows.ColumnTypes()) {
		nullable, _ := column.Nullable()
		told = append(told, fmt.Sprint(column.Name(), " ", column.DatabaseTypeName(), " ", nullable))
	}
	Same(told, []string{"id BIGINT false", "title VARCHAR true", "price DECIMAL true", "moment DATETIME true", "body BLOB true", "big UNSIGNED BIGINT true"})
}

func schema() {
	conn := one()
	rows, tables := Got(conn.QueryContext(ctx, "SHOW TABLES")), " "
	for rows.Next() {
		var name string
		Must(rows.Scan(&name))
		tables += name + " "
	}
	Must(rows.Err())
	Same(strings.Count(tables, " "+Table+" "), 1)
	IsLogical(tables)
	Same(ask[string](conn, "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_key = 'PRI'", Table), "id")
}

func session() {
	conn, other := one(func(c *mysql.Config) { c.Params = map[string]string{"time_zone": "'+09:30'"} }), one()
	exec(conn, "SET @mine = 'my own'")
	for range 5 {
		Same(ask[string](conn, "SELECT CONCAT(@@time_zone, ' ', @mine)"), "+09:30 my own")
		Same(ask[bool](other, "SELECT @@time_zone <> '+09:30' AND @mine IS NULL"), true)
	}
}

func pool() {
	db, key := open(), Sku()
	db.SetMaxOpenConns(8)
	var all sync.WaitGroup
	faults := make(chan string, 1000)
	for worker := range 16 {
		all.Add(1)
		go func() {
			defer all.Done()
			defer func() {
				if fault := recover(); fault != nil {
					faults <- fmt.Sprint(fault)
				}
			}()
			conn := Got(db.Conn(ctx))
			defer conn.Close()
			put(conn, key, worker)
			for n := range 25 {
				token := fmt.Sprint(worker, "-", n)
				Same(ask[string](conn, "SELECT ? FROM {t} WHERE sku_id = ? AND warehouse_id = ?", token, key, worker), token)
			}
		}()
	}
	all.Wait()
	close(faults)
	for fault := range faults {
		panic(fault)
	}
}

func failures() {
	conn, key := one(), Sku()
	put(conn, key, 1)
	fail := func(statement string, values ...any) int {
		rows, err := conn.QueryContext(ctx, strings.ReplaceAll(statement, "{t}", Table), values...)
		if err == nil {
			rows.Close()
		}
		return Number(err)
	}
	Same(fail("INSERT INTO {t} (sku_id, warehouse_id) VALUES (?, 1)", key), 1062)
	Same(fail("SELECT nothing FROM {t} WHERE sku_id = ?", key), 1054)
	Same(fail("SELEC ?", 1), 1064)
	if Sharded {
		Same(fail("SELECT * FROM {t} WHERE warehouse_id = ?", 1), 20090)
	}
	Same(count(conn, key), 1)
}

func main() {
	flag.Parse()
	Run([]Cell{
		{"connect", connect}, {"plain", plain}, {"prepared", prepared}, {"affected", affected}, {"batch", batch},
		{"keys", keys}, {"transaction", transaction}, {"savepoint", savepoint}, {"reserve", reserve}, {"stream", stream},
		{"timeout", timeout}, {"cancel", cancel}, {"reconnect", reconnect}, {"charset", charset}, {"latin1", latin1},
		{"dates", dates}, {"numbers", numbers}, {"json", documents}, {"bit", bit}, {"blob", blob}, {"columns", columns},
		{"schema", schema}, {"session", session}, {"pool", pool}, {"errors", failures},
	}, flag.Args())
}
