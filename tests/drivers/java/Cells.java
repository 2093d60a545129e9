import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** The cells as a program of any JDBC driver writes them; Use*.java say what differs from driver to driver. */
abstract class Cells {
    static final String TABLE = System.getenv("DB_TABLE");
    static final String DATABASE = System.getenv("DB_NAME");
    static final boolean SHARDED = !Objects.requireNonNullElse(System.getenv("DB_SHARDED"), "").isEmpty();
    static final String TEXT = "Grüße, 漢字, 😀, \\ ' \" % \n\t";
    private static final Pattern ACTUAL = Pattern.compile("\\b(item|inv_stock|inv_reservation)_\\d+|\\becom_\\d");
    private static long nextSku = Long.parseLong(System.getenv("DB_SKU"));

    /** The driver's url with further properties (`&a=b`). */
    abstract String url(String properties);

    /** What makes it prepare on the server, and batches travel as one statement. */
    abstract String prepares();

    abstract String rewrites();

    Connection connect(String properties) throws SQLException {
        return java.sql.DriverManager.getConnection(url(properties), System.getenv("DB_USER"), System.getenv("DB_PASSWORD"));
    }

    Connection connect() throws SQLException {
        return connect("");
    }

    static String address() {
        return System.getenv("DB_HOST") + ":" + System.getenv("DB_PORT") + "/" + DATABASE + "?connectTimeout=10000";
    }

    // ---- the cells ----

    void connectCell() throws Exception {
        try (var connection = connect()) {
            same(connection.getCatalog(), DATABASE);
            same(connection.isValid(5), true);
            same(one(connection, "SELECT DATABASE()"), DATABASE);
        }
    }

    void plain() throws Exception {
        long key = sku();
        try (var connection = connect(); var statement = connection.createStatement()) {
            same(statement.executeUpdate("INSERT INTO " + TABLE + " (sku_id, warehouse_id, name, qty) VALUES (" + key + ", 1, 'new', 7)"), 1);
            same(statement.executeUpdate("UPDATE " + TABLE + " SET qty = qty + 1 WHERE sku_id = " + key), 1);
            same(one(connection, "SELECT qty FROM " + TABLE + " WHERE sku_id = " + key), 8);
            same(statement.executeUpdate("DELETE FROM " + TABLE + " WHERE sku_id = " + key), 1);
            same(count(connection, key), 0L);
        }
    }

    void prepared() throws Exception {
        for (String properties : List.of("", prepares())) {
            long key = sku();
            try (var connection = connect(properties);
                    var insert = connection.prepareStatement("INSERT INTO " + TABLE + " (sku_id, warehouse_id, name, price) VALUES (?, ?, ?, ?)");
                    var read = connection.prepareStatement("SELECT name, price FROM " + TABLE + " WHERE sku_id = ? AND warehouse_id = ?")) {
                Object[] names = {"a", null, TEXT, "d"};
                for (int n = 0; n < names.length; n++) {
                    set(insert, key, n, names[n], n == 1 ? null : new BigDecimal("1.500000"));
                    same(insert.executeUpdate(), 1);
                    // the key in all the types that a program may have it in (a double in a text is 5.0 and no key)
                    Object number = properties.isEmpty() ? BigDecimal.valueOf(key) : (double) key;
                    for (Object sameKey : new Object[] {key, (int) key, Long.toString(key), number}) {
                        set(read, sameKey, n);
                        try (var rows = read.executeQuery()) {
                            same(rows.next(), true);
                            same(rows.getString(1), names[n]);
                            same(rows.getBigDecimal(2), n == 1 ? null : new BigDecimal("1.500000"));
                            same(rows.next(), false);
                        }
                    }
                }
                same(update(connection, "UPDATE " + TABLE + " SET qty = qty + ? WHERE sku_id = ?", 1, key), 4);
                same(update(connection, "DELETE FROM " + TABLE + " WHERE sku_id = ? AND warehouse_id IN (?, ?)", key, 1, 2), 2);
            }
        }
    }

    void affected() throws Exception {
        for (boolean changed : new boolean[] {false, true}) {
            long key = sku();
            try (var connection = connect("&useAffectedRows=" + changed)) {
                put(connection, key, 1);
                same(update(connection, "UPDATE " + TABLE + " SET qty = 0 WHERE sku_id = ?", key), changed ? 0 : 1);
                same(update(connection, "UPDATE " + TABLE + " SET qty = 1 WHERE sku_id = ?", key), 1);
            }
        }
    }

    void batch() throws Exception {
        for (String properties : List.of("", prepares(), rewrites(), prepares() + rewrites())) {
            long key = sku();
            try (var connection = connect(properties);
                    var insert = connection.prepareStatement("INSERT INTO " + TABLE + " (sku_id, warehouse_id, qty) VALUES (?, ?, ?)");
                    var update = connection.prepareStatement("UPDATE " + TABLE + " SET qty = ? WHERE sku_id = ? AND warehouse_id = ?")) {
                for (int n = 0; n < 100; n++) {
                    set(insert, key, n, n);
                    insert.addBatch();
                    set(update, 2 * n, key, n);
                    update.addBatch();
                }
                same(insert.executeBatch().length, 100);
                same(update.executeBatch().length, 100);
                same(((Number) one(connection, "SELECT SUM(qty) FROM " + TABLE + " WHERE sku_id = " + key)).intValue(), 9900);
            }
        }
    }

    void batchFails() throws Exception {
        for (String properties : List.of("", rewrites())) {
            long key = sku();
            try (var connection = connect(properties);
                    var insert = connection.prepareStatement("INSERT INTO " + TABLE + " (sku_id, warehouse_id) VALUES (?, ?)")) {
                for (int warehouse : new int[] {1, 2, 1}) {
                    set(insert, key, warehouse);
                    insert.addBatch();
                }
                same(code(insert::executeBatch), 1062);
                put(connection, key, 9);
            } catch (BatchUpdateException unexpected) {
                throw new AssertionError(unexpected);
            }
        }
    }

    /** How many keys the driver tells of three that one statement generated. */
    abstract int keysOfThreeRows();

    void keys() throws Exception {
        for (String properties : List.of("", prepares())) {
            long key = sku();
            String sql = "INSERT INTO " + TABLE + " (sku_id, warehouse_id) VALUES (?, 1), (?, 2), (?, 3)";
            try (var connection = connect(properties);
                    var insert = connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
                set(insert, key, key, key);
                insert.executeUpdate();
                List<Long> told = new ArrayList<>();
                try (var keys = insert.getGeneratedKeys()) {
                    while (keys.next()) {
                        told.add(keys.getLong(1));
                    }
                }
                List<Object> ids = column(connection, "SELECT id FROM " + TABLE + " WHERE sku_id = " + key + " ORDER BY warehouse_id");
                same(told, ids.subList(0, keysOfThreeRows()));
            }
        }
    }

    void transaction() throws Exception {
        long key = sku();
        try (var connection = connect(); var other = connect()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            other.setAutoCommit(false);
            for (boolean commit : new boolean[] {false, true}) {
                put(connection, key, 1);
                same(count(other, key), 0L);
                other.rollback();
                if (commit) {
                    connection.commit();
                } else {
                    connection.rollback();
                }
                same(count(other, key), commit ? 1L : 0L);
                other.rollback();
            }
            same(connection.getTransactionIsolation(), Connection.TRANSACTION_READ_COMMITTED);
            connection.setReadOnly(true);
            same(count(connection, key), 1L);
            connection.rollback();
        }
    }

    void savepoint() throws Exception {
        long key = sku();
        try (var connection = connect()) {
            connection.setAutoCommit(false);
            put(connection, key, 1);
            Savepoint here = connection.setSavepoint("here");
            put(connection, key, 2);
            connection.rollback(here);
            connection.releaseSavepoint(here);
            connection.commit();
            same(count(connection, key), 1L);
        }
    }

    void reserve() throws Exception {
        long key = sku();
        try (var connection = connect(prepares())) {
            update(connection, "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 10)", key, 1);
            connection.setAutoCommit(false);
            update(connection, "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, ?, ?)", "order-" + key, key, 1, 3);
            same(update(connection, "UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = ? AND stock - reserved >= ?", 3, key, 1, 3), 1);
            update(connection, "INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", "{\"sku\": " + key + "}");
            connection.commit();
            same(one(connection, "SELECT s.reserved FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = " + key + " AND s.warehouse_id = 1"), 3);
        }
    }

    /** How a statement asks for rows one by one instead of all at once. */
    abstract int streamingFetchSize();

    void stream() throws Exception {
        long key = sku();
        fill(key);
        try (var connection = connect(); var statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(streamingFetchSize());
            long bytes = 0;
            put(connection, key, 5000);
            try (var rows = statement.executeQuery("SELECT body FROM " + TABLE + " WHERE body IS NOT NULL AND sku_id = " + key)) {
                while (rows.next()) {
                    bytes += rows.getBytes(1).length;
                }
            }
            same(bytes, 2_500_000L);
            // left half way
            statement.executeQuery("SELECT body FROM " + TABLE + " WHERE sku_id = " + key).close();
            same(count(connection, key), 5001L);
        }
    }

    /** Properties with which rows come from a cursor of the server, or null if the driver has no such thing. */
    abstract String cursors();

    void cursor() throws Exception {
        if (cursors() == null) {
            throw new Skip("the driver opens no cursors");
        }
        long key = sku();
        fill(key);
        try (var connection = connect(cursors())) {
            put(connection, key, 5000);
            try (var read = connection.prepareStatement("SELECT warehouse_id, body FROM " + TABLE + " WHERE body IS NOT NULL AND sku_id = ? ORDER BY warehouse_id")) {
                read.setFetchSize(100);
                set(read, key);
                try (var rows = read.executeQuery()) {
                    for (int n = 0; n < 5000; n++) {
                        same(rows.next(), true);
                        same(rows.getInt(1), n);
                        // another statement between two portions
                        if (n % 1000 == 500) {
                            same(count(connection, key), 5001L);
                        }
                    }
                    same(rows.next(), false);
                }
                set(read, key);
                read.executeQuery().close();
            }
            same(count(connection, key), 5001L);
        }
    }

    void timeout() throws Exception {
        for (String properties : List.of("", prepares())) {
            long key = sku();
            try (var connection = connect(properties); var slow = connection.prepareStatement(slow())) {
                put(connection, key, 1);
                slow.setQueryTimeout(1);
                set(slow, key);
                try {
                    slow.executeQuery().close();
                    throw new AssertionError("no error");
                } catch (SQLTimeoutException expected) {
                    // the connection goes on
                }
                same(count(connection, key), 1L);
            }
        }
    }

    void cancel() throws Exception {
        long key = sku();
        try (var connection = connect(); var slow = connection.prepareStatement(slow())) {
            put(connection, key, 1);
            set(slow, key);
            Thread canceler = new Thread(() -> {
                try {
                    Thread.sleep(500);
                    slow.cancel();
                } catch (Exception fault) {
                    fault.printStackTrace();
                }
            });
            canceler.start();
            // Connector/J gives an exception of its own, without a number
            int number = code(slow::executeQuery);
            same(number == 1317 || number == 0, true);
            canceler.join();
            same(count(connection, key), 1L);
        }
    }

    void reconnect() throws Exception {
        try (var pool = pool(1, ""); var other = connect()) {
            try (var connection = pool.getConnection()) {
                update(other, "KILL " + one(connection, "SELECT CONNECTION_ID()"));
                Thread.sleep(200);
                code(() -> one(connection, "SELECT 1"));
            }
            try (var connection = pool.getConnection()) {
                same(((Number) one(connection, "SELECT 1")).intValue(), 1);
            }
        }
    }

    void charset() throws Exception {
        roundTrip(Map.of("name", TEXT));
        long key = sku();
        try (var connection = connect(); var statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO " + TABLE + " (sku_id, warehouse_id, name) VALUES (" + key + ", 1, '漢😀')");
            same(one(connection, "SELECT HEX(name) FROM " + TABLE + " WHERE name = '漢😀' AND sku_id = " + key), "E6BCA2F09F9880");
        }
    }

    /** Properties for a connection in latin1, or null. */
    abstract String latin1();

    void latin1Cell() throws Exception {
        if (latin1() == null) {
            throw new Skip("the driver speaks utf8mb4 only");
        }
        long key = sku();
        try (var connection = connect(latin1())) {
            update(connection, "INSERT INTO " + TABLE + " (sku_id, warehouse_id, name, latin) VALUES (?, 1, ?, ?)", key, "é", "é");
            same(one(connection, "SELECT CONCAT(HEX(name), HEX(latin)) FROM " + TABLE + " WHERE sku_id = " + key), "C3A9E9");
            same(one(connection, "SELECT name FROM " + TABLE + " WHERE sku_id = " + key), "é");
        }
    }

    LocalDateTime moment() throws SQLException {
        return LocalDateTime.of(2024, 2, 29, 23, 59, 58, 123_456_000);
    }

    void dates() throws Exception {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("day", Date.valueOf("2024-02-29"));
        values.put("moment", moment());
        roundTrip(values);
        long key = sku();
        Timestamp stamp = Timestamp.valueOf("2024-02-29 12:00:01");
        for (String properties : List.of("", prepares())) {
            try (var connection = connect(properties)) {
                update(connection, "REPLACE INTO " + TABLE + " (sku_id, warehouse_id, stamp, day, born, span) VALUES (?, 1, ?, ?, ?, ?)", key, stamp, Date.valueOf("2024-02-29"), 1999, "-100:02:03.5");
                try (var read = connection.prepareStatement("SELECT stamp, day, born, CAST(span AS CHAR) FROM " + TABLE + " WHERE sku_id = ?")) {
                    set(read, key);
                    try (var rows = read.executeQuery()) {
                        rows.next();
                        same(rows.getTimestamp(1), stamp);
                        same(rows.getDate(2).toString(), "2024-02-29");
                        same(rows.getInt(3), 1999);
                        same(rows.getString(4), "-100:02:03.500");
                    }
                }
            }
        }
    }

    void numbers() throws Exception {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("price", new BigDecimal("-12345678901234.567891"));
        values.put("ratio", 0.1);
        values.put("big", "18446744073709551615");
        roundTrip(values);
        roundTrip(Map.of("qty", Integer.MIN_VALUE));
    }

    void json() throws Exception {
        long key = sku();
        try (var connection = connect()) {
            update(connection, "INSERT INTO " + TABLE + " (sku_id, warehouse_id, doc) VALUES (?, 1, ?)", key, "{\"a\": \"ü😀\", \"b\": [1, null]}");
            try (var statement = connection.createStatement(); var rows = statement.executeQuery("SELECT doc FROM " + TABLE + " WHERE sku_id = " + key)) {
                rows.next();
                same(rows.getString(1), "{\"a\": \"ü😀\", \"b\": [1, null]}");
            }
        }
    }

    void bit() throws Exception {
        roundTrip(Map.of("flag", true));
        roundTrip(Map.of("bits", new byte[] {0x0a, (byte) 0xbc}));
    }

    void blob() throws Exception {
        byte[] bytes = new byte[1 << 20];
        for (int n = 0; n < bytes.length; n++) {
            bytes[n] = (byte) n;
        }
        roundTrip(Map.of("body", bytes));
        // as a stream: long data, packet by packet
        long key = sku();
        try (var connection = connect(prepares());
                var insert = connection.prepareStatement("INSERT INTO " + TABLE + " (sku_id, warehouse_id, body) VALUES (?, 1, ?)")) {
            insert.setLong(1, key);
            insert.setBinaryStream(2, new java.io.ByteArrayInputStream(bytes));
            same(insert.executeUpdate(), 1);
            same(Arrays.equals((byte[]) one(connection, "SELECT body FROM " + TABLE + " WHERE sku_id = " + key), bytes), true);
        }
    }

    /** What it calls BIT(1). */
    abstract int typeOfFlag();

    void columns() throws Exception {
        for (String properties : List.of("", prepares())) {
            try (var connection = connect(properties);
                    var read = connection.prepareStatement("SELECT i.id, name AS title, price, moment, body, big, flag FROM " + TABLE + " i WHERE sku_id = ?")) {
                set(read, sku());
                try (var rows = read.executeQuery()) {
                    ResultSetMetaData data = rows.getMetaData();
                    List<String> told = new ArrayList<>();
                    for (int n = 1; n <= data.getColumnCount(); n++) {
                        told.add(data.getColumnLabel(n) + " " + data.getColumnName(n) + " " + data.getTableName(n) + " " + data.getColumnType(n) + " " + data.isNullable(n));
                    }
                    same(told, List.of("id id " + TABLE + " " + Types.BIGINT + " 0", "title name " + TABLE + " " + Types.VARCHAR + " 1",
                            "price price " + TABLE + " " + Types.DECIMAL + " 1", "moment moment " + TABLE + " " + Types.TIMESTAMP + " 1",
                            "body body " + TABLE + " " + Types.LONGVARBINARY + " 1", "big big " + TABLE + " " + Types.BIGINT + " 1",
                            "flag flag " + TABLE + " " + typeOfFlag() + " 1"));
                    same(data.getCatalogName(1), DATABASE);
                    same(data.getScale(3), 6);
                }
            }
        }
    }

    void schema() throws Exception {
        try (var connection = connect()) {
            DatabaseMetaData data = connection.getMetaData();
            same(told(data.getTables(DATABASE, null, TABLE, new String[] {"TABLE"}), "TABLE_NAME"), List.of(TABLE));
            List<String> tables = told(data.getTables(DATABASE, null, "%", null), "TABLE_NAME");
            same(tables.stream().filter(TABLE::equals).count(), 1L);
            isLogical(tables.toString());
            same(told(data.getColumns(DATABASE, null, TABLE, "%"), "COLUMN_NAME").subList(0, 3), List.of("id", "sku_id", "warehouse_id"));
            same(told(data.getPrimaryKeys(DATABASE, null, TABLE), "COLUMN_NAME"), List.of("id"));
            same(told(data.getIndexInfo(DATABASE, null, TABLE, false, true), "INDEX_NAME"), List.of("PRIMARY", "uk_item", "uk_item", "idx_item_name", "idx_item_name"));
            same(told(data.getImportedKeys(DATABASE, null, TABLE), "PKCOLUMN_NAME"), List.of());
            same(told(data.getExportedKeys(DATABASE, null, TABLE), "PKCOLUMN_NAME"), List.of());
            isLogical(told(data.getCatalogs(), "TABLE_CAT").toString());
            told(data.getProcedures(DATABASE, null, "%"), "PROCEDURE_NAME");
            told(data.getTypeInfo(), "TYPE_NAME");
            told(data.getBestRowIdentifier(DATABASE, null, TABLE, DatabaseMetaData.bestRowSession, true), "COLUMN_NAME");
        }
    }

    void session() throws Exception {
        try (var pool = pool(1, "&sessionVariables=time_zone='-09:30'")) {
            for (int turn = 0; turn < 5; turn++) {
                try (var connection = pool.getConnection()) {
                    same(one(connection, "SELECT @@time_zone"), "-09:30");
                    connection.setReadOnly(turn % 2 == 0);
                    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                    connection.setAutoCommit(false);
                }
                // what the pool has set back
                try (var connection = pool.getConnection()) {
                    same(connection.isReadOnly(), false);
                    same(connection.getAutoCommit(), true);
                    same(one(connection, "SELECT @@autocommit").toString(), "1");
                }
            }
        }
    }

    void poolCell() throws Exception {
        long key = sku();
        ExecutorService workers = Executors.newFixedThreadPool(16);
        try (var pool = pool(8, prepares())) {
            List<Future<?>> all = new ArrayList<>();
            for (int worker = 0; worker < 16; worker++) {
                int mine = worker;
                all.add(workers.submit(() -> {
                    try (var connection = pool.getConnection();
                            var read = connection.prepareStatement("SELECT ? FROM " + TABLE + " WHERE sku_id = ? AND warehouse_id = ?")) {
                        put(connection, key, mine);
                        for (int n = 0; n < 25; n++) {
                            set(read, mine + "-" + n, key, mine);
                            try (var rows = read.executeQuery()) {
                                rows.next();
                                same(rows.getString(1), mine + "-" + n);
                            }
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            workers.shutdown();
        }
    }

    void multi() throws Exception {
        try (var connection = connect("&allowMultiQueries=true"); var statement = connection.createStatement()) {
            same(statement.execute("SELECT 1; SET @x = 2; SELECT @x"), true);
            same(statement.getMoreResults(), false);
            same(statement.getMoreResults(), true);
            try (var rows = statement.getResultSet()) {
                rows.next();
                same(rows.getInt(1), 2);
            }
        }
    }

    void errors() throws Exception {
        for (String properties : List.of("", prepares())) {
            long key = sku();
            try (var connection = connect(properties)) {
                put(connection, key, 1);
                same(code(() -> put(connection, key, 1)), 1062);
                same(code(() -> update(connection, "UPDATE " + TABLE + " SET nothing = 1 WHERE sku_id = ?", key)), 1054);
                same(code(() -> update(connection, "SELEC ?", key)), 1064);
                if (SHARDED) {
                    same(code(() -> update(connection, "UPDATE " + TABLE + " SET qty = 1 WHERE warehouse_id = ?", 1)), 20090);
                }
                same(count(connection, key), 1L);
            }
        }
    }

    // ---- their hands ----

    static long sku() {
        return ++nextSku;
    }

    static String slow() {
        return "SELECT SLEEP(20) FROM " + TABLE + " WHERE sku_id = ?";
    }

    HikariDataSource pool(int size, String properties) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url(properties));
        config.setUsername(System.getenv("DB_USER"));
        config.setPassword(System.getenv("DB_PASSWORD"));
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    void fill(long key) throws SQLException {
        try (var connection = connect(rewrites());
                var insert = connection.prepareStatement("INSERT INTO " + TABLE + " (sku_id, warehouse_id, body) VALUES (?, ?, ?)")) {
            for (int n = 0; n < 5000; n++) {
                set(insert, key, n, new byte[500]);
                insert.addBatch();
                if (n % 1000 == 999) {
                    insert.executeBatch();
                }
            }
        }
    }

    static void set(PreparedStatement statement, Object... values) throws SQLException {
        for (int n = 0; n < values.length; n++) {
            statement.setObject(n + 1, values[n]);
        }
    }

    static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            set(statement, values);
            return statement.executeUpdate();
        }
    }

    static int put(Connection connection, long key, int warehouse) throws SQLException {
        return update(connection, "INSERT INTO " + TABLE + " (sku_id, warehouse_id) VALUES (?, ?)", key, warehouse);
    }

    static Object one(Connection connection, String sql) throws SQLException {
        List<Object> column = column(connection, sql);
        same(column.size(), 1);
        return column.get(0);
    }

    static List<Object> column(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(sql)) {
            List<Object> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getObject(1));
            }
            return all;
        }
    }

    static List<String> told(ResultSet rows, String column) throws SQLException {
        try (rows) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(column));
            }
            return all;
        }
    }

    static long count(Connection connection, long key) throws SQLException {
        return ((Number) one(connection, "SELECT COUNT(*) FROM " + TABLE + " WHERE sku_id = " + key)).longValue();
    }

    /** Writes values and NULLs, and reads them again, by text and by the binary protocol. */
    void roundTrip(Map<String, Object> values) throws SQLException {
        for (String properties : List.of("", prepares())) {
            long key = sku();
            for (var value : values.entrySet()) {
                String name = value.getKey();
                try (var connection = connect(properties);
                        var insert = connection.prepareStatement("INSERT INTO " + TABLE + " (sku_id, warehouse_id, " + name + ") VALUES (?, ?, ?)");
                        var read = connection.prepareStatement("SELECT " + name + " FROM " + TABLE + " WHERE sku_id = ? AND warehouse_id = ?")) {
                    int place = name.hashCode() % 1000 * 2;
                    set(insert, key, place, value.getValue());
                    insert.executeUpdate();
                    if (!name.equals("qty")) {
                        set(insert, key, place + 1, null);
                        insert.executeUpdate();
                    }
                    set(read, key, place);
                    try (var rows = read.executeQuery()) {
                        rows.next();
                        Object got = rows.getObject(1, value.getValue().getClass());
                        if (got instanceof byte[] bytes) {
                            same(Arrays.equals(bytes, (byte[]) value.getValue()), true);
                        } else {
                            same(got, value.getValue());
                        }
                    }
                    set(read, key, place + 1);
                    try (var rows = read.executeQuery()) {
                        same(rows.next() && rows.getObject(1) != null, false);
                    }
                }
            }
        }
    }

    static void same(Object got, Object wanted) {
        if (!Objects.equals(got, wanted)) {
            throw new AssertionError("got " + got + ", wanted " + wanted);
        }
    }

    static void isLogical(String text) {
        var leak = ACTUAL.matcher(text);
        if (leak.find()) {
            throw new AssertionError("actual name " + leak.group() + " in " + text);
        }
    }

    /** The number of the error that an action must end with. */
    static int code(Callable<?> action) throws Exception {
        try {
            action.call();
        } catch (SQLException error) {
            isLogical(error.getMessage());
            return error.getErrorCode();
        }
        throw new AssertionError("no error");
    }

    static class Skip extends Exception {
        Skip(String reason) {
            super(reason);
        }
    }

    interface Cell {
        void run() throws Exception;
    }

    void run(String... only) {
        Map<String, Cell> cells = new LinkedHashMap<>();
        cells.put("connect", this::connectCell);
        cells.put("plain", this::plain);
        cells.put("prepared", this::prepared);
        cells.put("affected", this::affected);
        cells.put("batch", this::batch);
        cells.put("batch_fails", this::batchFails);
        cells.put("keys", this::keys);
        cells.put("transaction", this::transaction);
        cells.put("savepoint", this::savepoint);
        cells.put("reserve", this::reserve);
        cells.put("stream", this::stream);
        cells.put("cursor", this::cursor);
        cells.put("timeout", this::timeout);
        cells.put("cancel", this::cancel);
        cells.put("reconnect", this::reconnect);
        cells.put("charset", this::charset);
        cells.put("latin1", this::latin1Cell);
        cells.put("dates", this::dates);
        cells.put("numbers", this::numbers);
        cells.put("json", this::json);
        cells.put("bit", this::bit);
        cells.put("blob", this::blob);
        cells.put("columns", this::columns);
        cells.put("schema", this::schema);
        cells.put("session", this::session);
        cells.put("pool", this::poolCell);
        cells.put("multi", this::multi);
        cells.put("errors", this::errors);
        var out = new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8);
        cells.forEach((name, cell) -> {
            if (only.length == 0 || List.of(only).contains(name)) {
                out.println(name + "\t" + outcome(cell));
            }
        });
        out.println("end\tok\t");
        System.exit(0);
    }

    private static String outcome(Cell cell) {
        try {
            cell.run();
            return "ok\t";
        } catch (Skip reason) {
            return "skip\t" + reason.getMessage();
        } catch (Throwable fault) {
            String line = Arrays.stream(fault.getStackTrace()).filter(frame -> frame.getFileName() != null && frame.getFileName().startsWith("Cells") && !frame.getMethodName().equals("same"))
                    .findFirst().map(frame -> " (line " + frame.getLineNumber() + ")").orElse("");
            return "fail\t" + fault.toString().replaceAll("\\s+", " ") + line;
        }
    }
}
