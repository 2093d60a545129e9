# mysql2, the gem beneath Rails: query in text, prepare by the binary protocol; MariaDB's C library does the rest.
require "bigdecimal"
require "date"
require "json"
require "mysql2"

TABLE = ENV.fetch("DB_TABLE")
SHARDED = !ENV.fetch("DB_SHARDED", "").empty?
TEXT = "Grüße, 漢字, 😀, \\ ' \" % \n\t"
$sku = ENV.fetch("DB_SKU").to_i

def sku = $sku += 1

def connect(**options)
  Mysql2::Client.new(host: ENV["DB_HOST"], port: ENV["DB_PORT"].to_i, username: ENV["DB_USER"], password: ENV["DB_PASSWORD"],
                     database: ENV["DB_NAME"], encoding: "utf8mb4", database_timezone: :utc, cast_booleans: false, **options)
end

def same(got, wanted)
  raise "got #{got.inspect[0, 200]}, wanted #{wanted.inspect[0, 200]}" unless got == wanted
end

def logical(text)
  raise "actual name in #{text}" if text =~ /\b(item|inv_stock|inv_reservation)_\d+|\becom_\d/
end

def number
  yield
rescue Mysql2::Error => error
  logical(error.message)
  error.error_number
else
  raise "no error"
end

def put(client, key, warehouse, columns = {})
  row = { sku_id: key, warehouse_id: warehouse, **columns }
  client.prepare("INSERT INTO #{TABLE} (#{row.keys.join(", ")}) VALUES (#{(["?"] * row.size).join(", ")})").execute(*row.values)
  client.last_id
end

def read(client, columns, key, warehouse = 1)
  client.prepare("SELECT #{columns} FROM #{TABLE} WHERE sku_id = ? AND warehouse_id = ?").execute(key, warehouse, as: :array).first
end

def count(client, key) = client.query("SELECT COUNT(*) FROM #{TABLE} WHERE sku_id = #{key}", as: :array).first.first

# prepared and by text
def round_trip(columns)
  client, key = connect, sku
  put(client, key, 1, columns)
  put(client, key, 2, columns.transform_values { nil })
  names = columns.keys.join(", ")
  same(read(client, names, key), columns.values)
  same(client.query("SELECT #{names} FROM #{TABLE} WHERE sku_id = #{key} AND warehouse_id = 1", as: :array).first, columns.values)
  same(read(client, names, key, 2).uniq, [nil])
end

CELLS = {
  connect: lambda {
    client = connect
    same(client.query("SELECT DATABASE() AS db, CONNECTION_ID() AS id").first, { "db" => ENV["DB_NAME"], "id" => client.thread_id })
    same(client.ping, true)
  },
  plain: lambda {
    client, key = connect, sku
    client.query("INSERT INTO #{TABLE} (sku_id, warehouse_id, name, qty) VALUES (#{key}, 1, 'new', 7)")
    client.query("UPDATE #{TABLE} SET qty = qty + 1 WHERE sku_id = #{key}")
    same(client.affected_rows, 1)
    same(client.query("SELECT name, qty FROM #{TABLE} WHERE sku_id = #{key}").to_a, [{ "name" => "new", "qty" => 8 }])
    client.query("DELETE FROM #{TABLE} WHERE sku_id = #{key}")
    same(count(client, key), 0)
  },
  prepared: lambda {
    client, key = connect, sku
    insert = client.prepare("INSERT INTO #{TABLE} (sku_id, warehouse_id, name) VALUES (?, ?, ?)")
    select = client.prepare("SELECT name FROM #{TABLE} WHERE sku_id = ? AND warehouse_id = ?")
    ["a", nil, TEXT].each_with_index do |name, n|
      insert.execute(key, n, name)
      same(insert.affected_rows, 1)
      # a BigDecimal would travel as 0.5e7, which is no key
      [key, key.to_s, key.to_f].each { |one| same(select.execute(one, n).to_a, [{ "name" => name }]) }
    end
    insert.close
    select.close
    same(count(client, key), 3)
  },
  affected: lambda {
    # rows found: Rails relies on it
    client, key = connect(flags: Mysql2::Client::FOUND_ROWS), sku
    put(client, key, 1)
    client.query("UPDATE #{TABLE} SET qty = 0 WHERE sku_id = #{key}")
    same(client.affected_rows, 1)
  },
  batch: lambda {
    client, key = connect, sku
    client.query("INSERT INTO #{TABLE} (sku_id, warehouse_id) VALUES #{(0...100).map { |n| "(#{key}, #{n})" }.join(", ")}")
    same(client.affected_rows, 100)
  },
  keys: lambda {
    client, key = connect, sku
    id = put(client, key, 1)
    same(read(client, "id", key), [id])
  },
  transaction: lambda {
    client, other, key = connect, connect, sku
    { "ROLLBACK" => 0, "COMMIT" => 1 }.each do |ending, rows|
      client.query("BEGIN")
      put(client, key, 1)
      [0, rows].each_with_index do |seen, turn|
        client.query(ending) if turn == 1
        other.query("BEGIN")
        same(count(other, key), seen)
        other.query("ROLLBACK")
      end
    end
  },
  savepoint: lambda {
    client, key = connect, sku
    client.query("BEGIN")
    put(client, key, 1)
    client.query("SAVEPOINT active_record_1")
    put(client, key, 2)
    client.query("ROLLBACK TO SAVEPOINT active_record_1")
    client.query("RELEASE SAVEPOINT active_record_1")
    client.query("COMMIT")
    same(count(client, key), 1)
  },
  reserve: lambda {
    client, key = connect, sku
    client.prepare("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, 1, 10)").execute(key)
    client.query("BEGIN")
    client.prepare("INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, 1, 3)").execute("order-#{key}", key)
    take = client.prepare("UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?")
    take.execute(3, key, 1, 3)
    same(take.affected_rows, 1)
    client.prepare("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())").execute({ sku: key }.to_json)
    client.query("COMMIT")
    same(client.query("SELECT reserved FROM inv_stock WHERE sku_id = #{key} AND warehouse_id = 1").first, { "reserved" => 3 })
  },
  stream: lambda {
    client, key = connect, sku
    (0...5).each { |t| client.query("INSERT INTO #{TABLE} (sku_id, warehouse_id, body) VALUES #{(t * 1000...t * 1000 + 1000).map { |n| "(#{key}, #{n}, REPEAT('x', 500))" }.join(", ")}") }
    bytes = 0
    client.query("SELECT body FROM #{TABLE} WHERE sku_id = #{key}", stream: true, cache_rows: false).each { |row| bytes += row["body"].size }
    same(bytes, 2_500_000)
    same(count(client, key), 5000)
  },
  timeout: lambda {
    client, key = connect(read_timeout: 1), sku
    put(client, key, 1)
    number { client.query("SELECT SLEEP(20) FROM #{TABLE} WHERE sku_id = #{key}") }
    client = connect
    put(client, key, 2)
    same(count(client, key), 2)
  },
  cancel: lambda {
    client, other, key = connect, connect, sku
    put(client, key, 1)
    killer = Thread.new { sleep 0.5; other.query("KILL QUERY #{client.thread_id}") }
    same(number { client.query("SELECT SLEEP(20) FROM #{TABLE} WHERE sku_id = #{key}").to_a }, 1317)
    killer.join
    same(count(client, key), 1)
  },
  reconnect: lambda {
    client, other, key = connect, connect, sku
    other.query("KILL #{client.thread_id}")
    sleep 0.2
    same(client.ping, false)
    client = connect
    put(client, key, 1)
    same(count(client, key), 1)
  },
  charset: lambda {
    round_trip(name: TEXT)
    client, key = connect, sku
    client.query("INSERT INTO #{TABLE} (sku_id, warehouse_id, name) VALUES (#{key}, 1, '#{client.escape(TEXT)}')")
    same(read(client, "HEX(name)", key), [TEXT.unpack1("H*").upcase])
  },
  latin1: lambda {
    client, key = connect(encoding: "latin1"), sku
    client.query("INSERT INTO #{TABLE} (sku_id, warehouse_id, name, latin) VALUES (#{key}, 1, '\xE9', '\xE9')".b)
    same(client.query("SELECT HEX(name), HEX(latin) FROM #{TABLE} WHERE sku_id = #{key}", as: :array).first, %w[C3A9 E9])
  },
  dates: -> { round_trip(day: Date.new(2024, 2, 29), moment: Time.utc(2024, 2, 29, 23, 59, 58, 123_456), stamp: Time.utc(2024, 2, 29, 12, 0, 1), born: 1999) },
  numbers: -> { round_trip(price: BigDecimal("-12345678901234.567891"), ratio: 0.1) },
  json: lambda {
    client, key = connect, sku
    put(client, key, 1, doc: '{"name": "ü😀", "list": [1, null]}')
    same(JSON.parse(read(client, "doc", key).first), { "name" => "ü😀", "list" => [1, nil] })
  },
  bit: lambda {
    client, key = connect, sku
    put(client, key, 1, flag: 1, bits: 0xabc)
    same(read(client, "flag, bits", key), ["\x01".b, "\x0a\xbc".b])
  },
  blob: -> { round_trip(body: ((0..255).to_a.pack("C*") * 4096).b) },
  columns: lambda {
    client = connect
    asked = "SELECT i.id, name AS title, price FROM #{TABLE} i WHERE sku_id = #{sku}"
    same(client.query(asked).fields, %w[id title price])
    same(client.prepare(asked).execute.fields, %w[id title price])
  },
  schema: lambda {
    client = connect
    # what Rails asks to learn its tables, columns, keys and indexes
    tables = client.query("SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'", as: :array).map(&:first)
    same(tables.count(TABLE), 1)
    logical(tables.join(" "))
    same(client.query("SHOW FULL FIELDS FROM #{TABLE}").map { |row| row["Field"] }.first(3), %w[id sku_id warehouse_id])
    same(client.query("SHOW KEYS FROM #{TABLE}").map { |row| row["Key_name"] }.uniq, %w[PRIMARY uk_item idx_item_name])
    asked = "SELECT column_name FROM information_schema.statistics WHERE index_name = 'PRIMARY' AND table_schema = database() AND table_name = '#{TABLE}' ORDER BY seq_in_index"
    same(client.query(asked, as: :array).to_a, [["id"]])
  },
  session: lambda {
    client = connect(init_command: "SET @@SESSION.sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), @@SESSION.sql_auto_is_null = 0, @@SESSION.wait_timeout = 2147483")
    5.times { same(client.query("SELECT @@sql_mode LIKE '%STRICT_ALL_TABLES%' AS strict, @@wait_timeout AS wait").first, { "strict" => 1, "wait" => 2_147_483 }) }
  },
  pool: lambda {
    key = sku
    (0...8).map do |worker|
      Thread.new do
        Thread.current.report_on_exception = false
        client = connect
        put(client, key, worker, name: "worker #{worker}")
        20.times { same(read(client, "name", key, worker), ["worker #{worker}"]) }
      end
    end.each(&:join)
  },
  multi: lambda {
    client = connect(flags: Mysql2::Client::MULTI_STATEMENTS)
    same(client.query("SELECT 1 AS a; SELECT 2 AS a").first, { "a" => 1 })
    same(client.next_result, true)
    same(client.store_result.first, { "a" => 2 })
  },
  errors: lambda {
    client, key = connect, sku
    put(client, key, 1)
    same(number { put(client, key, 1) }, 1062)
    same(number { read(client, "nothing", key) }, 1054)
    same(number { client.query("SELEC 1") }, 1064)
    same(number { client.prepare("SELECT * FROM #{TABLE} WHERE warehouse_id = ?").execute(1) }, 20_090) if SHARDED
    same(count(client, key), 1)
  },
}.freeze

$stdout.sync = true
CELLS.each do |cell, action|
  next unless ARGV.empty? || ARGV.include?(cell.to_s)

  action.call
  puts "#{cell}\tok\t"
rescue StandardError => error
  line = error.backtrace.grep(/use_mysql2.*CELLS|use_mysql2.*block/).first.to_s[/:(\d+)/, 1]
  puts "#{cell}\tfail\t#{error.message.split.join(" ")} (line #{line})"
end
puts "end\tok\t"
