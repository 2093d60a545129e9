-- Everyday statements of a shop, all of them served (contract 4.10). A line is `KIND: statement`:
--   one    one node of each table
--   fan    one data source, in which a table is a derived table of several actual ones
--   join   several data sources, whose answers follow each other
--   write  changes rows, on one node or on several of one data source; rolled back by the test
-- {a} and {b} lie in one data source and not in one table, {c} and {d} in two others. Each read runs as a text and as
-- a prepared statement with a `?` for each of these names. Where a statement has ORDER BY, it leaves no two rows equal.

-- stock of a SKU
one: SELECT stock, reserved FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
one: SELECT * FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 2
one: SELECT stock - reserved AS available FROM inv_stock WHERE sku_id = {b} AND warehouse_id = 3
one: SELECT id FROM inv_stock WHERE (sku_id, warehouse_id) = ({a}, 1)
one: SELECT COUNT(*) FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 AND stock >= 5
one: SELECT inv_stock.* FROM inv_stock WHERE inv_stock.sku_id = {a} AND inv_stock.warehouse_id = 1
one: SELECT ecommerce.inv_stock.stock FROM ecommerce.inv_stock WHERE ecommerce.inv_stock.sku_id = {a} AND warehouse_id = 4
one: SELECT s.stock FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id IN (1)
one: SELECT 1 FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 LIMIT 1
one: SELECT EXISTS (SELECT 1 FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1) AS has_row
one: SELECT IFNULL((SELECT stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 99), 0) AS stock
one: SELECT stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 FOR UPDATE
one: SELECT version FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 LOCK IN SHARE MODE
one: SELECT stock FROM inv_stock FORCE INDEX (uk_sku_wh) WHERE sku_id = {a} AND warehouse_id = 1
one: SELECT CASE WHEN stock > 100 THEN 'much' WHEN stock > 0 THEN 'some' ELSE 'none' END AS level FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1

-- stock of a SKU over all warehouses
fan: SELECT SUM(stock) AS total FROM inv_stock WHERE sku_id = {a}
fan: SELECT SUM(stock), SUM(reserved), COUNT(*) FROM inv_stock WHERE sku_id = {a}
fan: SELECT SUM(stock - reserved) AS available FROM inv_stock WHERE sku_id = {b}
fan: SELECT * FROM inv_stock WHERE sku_id = {a}
fan: SELECT * FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id
fan: SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a} ORDER BY stock DESC, warehouse_id
fan: SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a} ORDER BY stock DESC, warehouse_id LIMIT 2
fan: SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id LIMIT 1, 2
fan: SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id LIMIT 2 OFFSET 2
fan: SELECT warehouse_id FROM inv_stock WHERE sku_id = {a} AND stock >= 20
fan: SELECT MAX(stock), MIN(stock), AVG(stock) FROM inv_stock WHERE sku_id = {a}
fan: SELECT COUNT(*) FROM inv_stock WHERE sku_id = {a}
fan: SELECT COUNT(*) AS n FROM inv_stock WHERE sku_id = {a} AND stock > 0
fan: SELECT COUNT(DISTINCT warehouse_id) FROM inv_stock WHERE sku_id = {a}
fan: SELECT DISTINCT version FROM inv_stock WHERE sku_id = {a}
fan: SELECT version, COUNT(*) FROM inv_stock WHERE sku_id = {a} GROUP BY version
fan: SELECT version, SUM(stock) AS total FROM inv_stock WHERE sku_id = {a} GROUP BY version HAVING SUM(stock) > 5 ORDER BY version
fan: SELECT warehouse_id % 2 AS odd, SUM(stock) FROM inv_stock WHERE sku_id = {a} GROUP BY odd WITH ROLLUP
fan: SELECT GROUP_CONCAT(warehouse_id ORDER BY warehouse_id SEPARATOR ',') AS houses FROM inv_stock WHERE sku_id = {a}
fan: SELECT s.warehouse_id, s.stock FROM inv_stock AS s WHERE s.sku_id = {a} AND s.warehouse_id IN (1, 2, 3, 4) ORDER BY s.warehouse_id
fan: SELECT s.* FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id BETWEEN 1 AND 3 ORDER BY s.id
fan: SELECT inv_stock.warehouse_id, inv_stock.stock FROM inv_stock WHERE inv_stock.sku_id = {a} ORDER BY inv_stock.warehouse_id
fan: SELECT ecommerce.inv_stock.stock FROM ecommerce.inv_stock WHERE ecommerce.inv_stock.sku_id = {a} ORDER BY ecommerce.inv_stock.id
fan: SELECT `stock` FROM `inv_stock` WHERE `sku_id` = {a} AND `warehouse_id` > 2 ORDER BY `warehouse_id`
fan: SELECT stock FROM inv_stock USE INDEX (uk_sku_wh) WHERE sku_id = {a} ORDER BY warehouse_id
fan: SELECT stock FROM inv_stock s FORCE INDEX FOR JOIN (uk_sku_wh) WHERE s.sku_id = {a} ORDER BY warehouse_id
fan: SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a} AND stock - reserved >= 10 ORDER BY warehouse_id LIMIT 1
fan: SELECT warehouse_id FROM inv_stock WHERE sku_id = {a} AND (warehouse_id = 1 OR warehouse_id = 3 OR stock > 15) ORDER BY warehouse_id
fan: SELECT IF(SUM(stock) > 0, 'in stock', 'sold out') AS state FROM inv_stock WHERE sku_id = {a}
fan: SELECT COALESCE(SUM(stock), 0) AS total FROM inv_stock WHERE sku_id = {a} AND warehouse_id > 90
fan: SELECT SQL_CALC_FOUND_ROWS warehouse_id FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id LIMIT 2
fan: SELECT id, updated_at FROM inv_stock WHERE sku_id = {a} AND updated_at >= '2026-01-01' ORDER BY id
fan: SELECT * FROM inv_stock WHERE sku_id = {a} AND version NOT IN (7, 8) ORDER BY id
fan: SELECT * FROM inv_stock WHERE sku_id = {a} AND NOT warehouse_id = 2 ORDER BY id
fan: SELECT * FROM inv_stock WHERE sku_id = {a} AND stock IS NOT NULL ORDER BY id
fan: SELECT * FROM inv_stock WHERE {a} = sku_id AND 2 <= warehouse_id ORDER BY id
fan: SELECT COUNT(stock), COUNT(DISTINCT stock) FROM inv_stock WHERE sku_id = {a}
fan: SELECT stock AS units, units_of.reserved FROM inv_stock units_of WHERE sku_id = {a} ORDER BY units, id
fan: SELECT warehouse_id, stock, stock * 1.19 AS gross FROM inv_stock WHERE sku_id = {a} ORDER BY 1
fan: SELECT 1 FROM inv_stock WHERE sku_id = {a} LIMIT 1

-- window functions
fan: SELECT warehouse_id, stock, RANK() OVER (ORDER BY stock DESC) AS place FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id
fan: SELECT warehouse_id, SUM(stock) OVER (ORDER BY warehouse_id) AS running FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id
fan: SELECT warehouse_id, stock, LAG(stock) OVER (ORDER BY warehouse_id) AS before_it FROM inv_stock WHERE sku_id = {a} ORDER BY warehouse_id
fan: SELECT warehouse_id, ROW_NUMBER() OVER w AS n FROM inv_stock WHERE sku_id = {a} WINDOW w AS (ORDER BY stock, id) ORDER BY n
fan: SELECT * FROM (SELECT warehouse_id, ROW_NUMBER() OVER (ORDER BY stock DESC, id) AS n FROM inv_stock WHERE sku_id = {a}) t WHERE n <= 2 ORDER BY n

-- a cart inside of one data source
fan: SELECT sku_id, SUM(stock) FROM inv_stock WHERE sku_id IN ({a}, {b}) GROUP BY sku_id ORDER BY sku_id
fan: SELECT * FROM inv_stock WHERE sku_id IN ({a}, {b}) ORDER BY id
fan: SELECT * FROM inv_stock WHERE sku_id = {a} OR sku_id = {b} ORDER BY id
fan: SELECT sku_id, stock FROM inv_stock WHERE (sku_id, warehouse_id) IN (({a}, 1), ({b}, 2)) ORDER BY sku_id
fan: SELECT sku_id, stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 OR sku_id = {b} AND warehouse_id = 2 ORDER BY sku_id
fan: SELECT sku_id, MIN(warehouse_id) FROM inv_stock WHERE sku_id IN ({a}, {b}) AND stock > 0 GROUP BY sku_id ORDER BY sku_id
fan: SELECT COUNT(*) FROM inv_stock WHERE sku_id IN ({a}, {b}, {a})
fan: SELECT sku_id, warehouse_id FROM inv_stock WHERE sku_id IN ({a}, {b}) AND warehouse_id = 1 ORDER BY sku_id
fan: SELECT order_no, qty FROM inv_reservation WHERE sku_id IN ({a}, {b}) ORDER BY order_no, sku_id
fan: SELECT sku_id, SUM(qty) FROM inv_reservation WHERE sku_id IN ({a}, {b}) AND status = 0 GROUP BY sku_id ORDER BY sku_id
fan: SELECT status, COUNT(*) FROM inv_reservation WHERE sku_id IN ({a}, {b}) GROUP BY status ORDER BY status
fan: SELECT * FROM inv_reservation WHERE sku_id IN ({a}, {b}) AND order_no = 'o-1' ORDER BY id
fan: SELECT * FROM inv_reservation WHERE sku_id IN ({a}, {b}) AND order_no LIKE 'o-%' ORDER BY order_no DESC, id LIMIT 3
fan: SELECT SUM(total) FROM (SELECT sku_id, SUM(stock) AS total FROM inv_stock WHERE sku_id IN ({a}, {b}) GROUP BY sku_id) t

-- a cart over several data sources
join: SELECT * FROM inv_stock WHERE sku_id IN ({a}, {b}, {c}, {d})
join: SELECT sku_id, warehouse_id, stock FROM inv_stock WHERE sku_id IN ({a}, {c}) AND warehouse_id = 1
join: SELECT sku_id, warehouse_id, stock - reserved AS available FROM inv_stock WHERE sku_id IN ({a}, {c}, {d}) AND stock > reserved
join: SELECT s.sku_id, s.stock FROM inv_stock s WHERE s.sku_id = {a} OR s.sku_id = {c} OR s.sku_id = {d}
join: SELECT sku_id, stock FROM inv_stock WHERE (sku_id, warehouse_id) IN (({a}, 1), ({c}, 2), ({d}, 3))
join: SELECT sku_id, stock FROM inv_stock WHERE (sku_id = {a} AND warehouse_id = 1) OR (sku_id = {c} AND warehouse_id = 2)
join: SELECT order_no, sku_id, qty FROM inv_reservation WHERE sku_id IN ({a}, {c}) AND status = 0
join: SELECT order_no FROM inv_reservation WHERE sku_id IN ({a}, {b}, {c}, {d}) AND order_no = 'o-2'
join: SELECT s.sku_id, r.name FROM inv_stock s JOIN dict_region r ON r.id = s.warehouse_id WHERE s.sku_id IN ({a}, {c})
join: SELECT s.sku_id, r.name FROM inv_stock s LEFT JOIN dict_region r ON r.id = s.warehouse_id WHERE s.sku_id IN ({a}, {c})
join: SELECT s.sku_id, s.stock, r.order_no FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id IN ({a}, {c})
join: SELECT s.sku_id, s.warehouse_id, r.order_no FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id WHERE s.sku_id IN ({a}, {b}, {c})
join: SELECT s.sku_id FROM inv_stock s WHERE s.sku_id IN ({a}, {c}) AND s.warehouse_id IN (SELECT id FROM dict_region WHERE name = 'north')
join: SELECT UPPER(order_no) AS no, qty * 2 AS twice FROM inv_reservation WHERE sku_id IN ({c}, {d})
join: SELECT * FROM inv_stock WHERE sku_id IN ({a}, {c}) AND 1 = 0

-- joins with dictionaries
one: SELECT s.stock, r.name FROM inv_stock s JOIN dict_region r ON r.id = s.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
fan: SELECT s.warehouse_id, r.name, s.stock FROM inv_stock s JOIN dict_region r ON r.id = s.warehouse_id WHERE s.sku_id = {a} ORDER BY s.warehouse_id
fan: SELECT r.name, SUM(s.stock) AS total FROM inv_stock s JOIN dict_region r ON r.id = s.warehouse_id WHERE s.sku_id IN ({a}, {b}) GROUP BY r.name ORDER BY r.name
fan: SELECT r.id, r.name, COALESCE(s.stock, 0) AS stock FROM dict_region r LEFT JOIN inv_stock s ON s.warehouse_id = r.id AND s.sku_id = {a} ORDER BY r.id
fan: SELECT r.name FROM dict_region r WHERE NOT EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id = r.id) ORDER BY r.id
fan: SELECT r.name, (SELECT SUM(stock) FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id = r.id) AS stock FROM dict_region r ORDER BY r.id
fan: SELECT name FROM dict_region WHERE id IN (SELECT warehouse_id FROM inv_stock WHERE sku_id = {a} AND stock > 5) ORDER BY id
fan: SELECT s.warehouse_id, c.code FROM inv_stock s CROSS JOIN dict_currency c WHERE s.sku_id = {a} AND c.code IN ('EUR', 'CNY') ORDER BY s.warehouse_id, c.code
fan: SELECT name, stock FROM inv_stock, dict_region WHERE inv_stock.warehouse_id = dict_region.id AND inv_stock.sku_id = {a} ORDER BY dict_region.id
fan: SELECT s.warehouse_id FROM inv_stock s RIGHT JOIN dict_region r ON r.id = s.warehouse_id AND s.sku_id = {a} ORDER BY r.id

-- stock beside reservations
one: SELECT s.stock, r.qty FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.order_no = 'o-1'
one: SELECT SUM(qty) FROM inv_reservation WHERE sku_id = {a} AND status = 0
one: SELECT * FROM inv_reservation WHERE sku_id = {a} ORDER BY id
one: SELECT * FROM inv_reservation WHERE sku_id = {a} AND order_no = 'o-1'
one: SELECT order_no, qty FROM inv_reservation WHERE sku_id = {a} AND status IN (0, 1) AND expire_at < '2027-01-01' ORDER BY order_no LIMIT 10
one: SELECT status, SUM(qty) FROM inv_reservation WHERE sku_id = {a} GROUP BY status ORDER BY status
one: SELECT COUNT(*) FROM inv_reservation WHERE sku_id = {a} AND warehouse_id = 1 AND expire_at < NOW()
one: SELECT r.order_no FROM inv_reservation r WHERE r.sku_id = {a} AND EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = r.sku_id AND s.warehouse_id = 1 AND s.stock >= r.qty) ORDER BY r.order_no
fan: SELECT s.warehouse_id, s.stock, SUM(r.qty) AS held FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id WHERE s.sku_id = {a} GROUP BY s.warehouse_id, s.stock ORDER BY s.warehouse_id
fan: SELECT s.warehouse_id, COUNT(r.id) AS orders FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id WHERE s.sku_id = {a} GROUP BY s.warehouse_id ORDER BY s.warehouse_id
fan: SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r USING (sku_id, warehouse_id) WHERE s.sku_id IN ({a}, {b}) ORDER BY s.id, r.id
fan: SELECT a.warehouse_id, b.warehouse_id FROM inv_stock a JOIN inv_stock b ON b.sku_id = a.sku_id AND b.stock > a.stock WHERE a.sku_id = {a} ORDER BY 1, 2
fan: SELECT s.warehouse_id FROM inv_stock s WHERE s.sku_id = {a} AND s.reserved < (SELECT COALESCE(SUM(r.qty), 0) FROM inv_reservation r WHERE r.sku_id = {a} AND r.warehouse_id = s.warehouse_id) ORDER BY s.warehouse_id
fan: SELECT s.warehouse_id FROM inv_stock s WHERE s.sku_id = {a} AND s.stock > (SELECT AVG(t.stock) FROM inv_stock t WHERE t.sku_id = s.sku_id) ORDER BY s.warehouse_id
fan: SELECT s.warehouse_id FROM inv_stock s WHERE s.sku_id = {a} AND s.stock = (SELECT MAX(stock) FROM inv_stock WHERE sku_id = {a}) ORDER BY s.warehouse_id
fan: SELECT SUM(s.stock) - COALESCE((SELECT SUM(qty) FROM inv_reservation WHERE sku_id = {a} AND status = 0), 0) AS free FROM inv_stock s WHERE s.sku_id = {a}

-- WITH and UNION
fan: WITH own AS (SELECT * FROM inv_stock WHERE sku_id = {a}) SELECT COUNT(*), SUM(stock) FROM own
fan: WITH own AS (SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a}) SELECT o.warehouse_id, r.name FROM own o JOIN dict_region r ON r.id = o.warehouse_id ORDER BY o.warehouse_id
fan: WITH a AS (SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a}), b AS (SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {b}) SELECT a.warehouse_id, a.stock, b.stock FROM a JOIN b ON b.warehouse_id = a.warehouse_id ORDER BY 1
fan: WITH RECURSIVE houses AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM houses WHERE n < 5) SELECT n, COALESCE(s.stock, 0) AS stock FROM houses LEFT JOIN inv_stock s ON s.warehouse_id = n AND s.sku_id = {a} ORDER BY n
fan: SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {a} UNION ALL SELECT warehouse_id, stock FROM inv_stock WHERE sku_id = {b}
fan: SELECT warehouse_id FROM inv_stock WHERE sku_id = {a} UNION SELECT warehouse_id FROM inv_reservation WHERE sku_id = {a} ORDER BY 1
fan: (SELECT warehouse_id FROM inv_stock WHERE sku_id = {a} ORDER BY stock DESC, id LIMIT 1) UNION ALL (SELECT warehouse_id FROM inv_stock WHERE sku_id = {b} ORDER BY stock, id LIMIT 1)
fan: SELECT t.warehouse_id, t.total FROM (SELECT warehouse_id, SUM(stock) AS total FROM inv_stock WHERE sku_id IN ({a}, {b}) GROUP BY warehouse_id) t WHERE t.total > 10 ORDER BY t.warehouse_id
fan: SELECT (SELECT COUNT(*) FROM inv_stock WHERE sku_id = {a}) AS rows_a, (SELECT COUNT(*) FROM inv_stock WHERE sku_id = {b}) AS rows_b
fan: SELECT (SELECT COUNT(*) FROM inv_stock WHERE sku_id = {a})
one: WITH own AS (SELECT * FROM inv_reservation WHERE sku_id = {a}) SELECT COUNT(*) FROM own
one: SELECT 'stock' AS what, SUM(stock) AS n FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 UNION ALL SELECT 'held', SUM(qty) FROM inv_reservation WHERE sku_id = {a}

-- conditions around a derived table or WITH
one: SELECT * FROM (SELECT * FROM inv_reservation) t WHERE t.sku_id = {a} ORDER BY t.id
one: SELECT t.order_no FROM (SELECT order_no, sku_id AS item FROM inv_reservation WHERE status = 0) t WHERE t.item = {a} ORDER BY t.order_no
fan: SELECT * FROM (SELECT * FROM inv_stock) t WHERE t.sku_id = {a} ORDER BY t.id
fan: SELECT SUM(t.free) FROM (SELECT sku_id, stock - reserved AS free FROM inv_stock) t WHERE t.sku_id = {a}
fan: WITH own AS (SELECT sku_id, warehouse_id, stock FROM inv_stock) SELECT warehouse_id, stock FROM own WHERE sku_id = {a} ORDER BY warehouse_id
fan: SELECT r.order_no, t.stock FROM inv_reservation r JOIN (SELECT * FROM inv_stock WHERE stock > 0) t ON t.sku_id = r.sku_id AND t.warehouse_id = r.warehouse_id WHERE r.sku_id = {a} ORDER BY r.order_no, t.stock
fan: SELECT r.order_no, t.stock FROM inv_reservation r LEFT JOIN (SELECT * FROM inv_stock WHERE stock > 15) t ON t.sku_id = r.sku_id AND t.warehouse_id = r.warehouse_id WHERE r.sku_id = {a} ORDER BY r.order_no, t.stock

-- writes
write: UPDATE inv_stock SET stock = stock - 1 WHERE sku_id = {a} AND warehouse_id = 1 AND stock >= 1
write: UPDATE inv_stock SET stock = stock - 1, version = version + 1 WHERE sku_id = {a} AND warehouse_id = 1 AND version = 0
write: UPDATE inv_stock SET reserved = reserved + 2 WHERE sku_id = {a} AND warehouse_id = 2 AND stock - reserved >= 2
write: UPDATE inv_stock SET id = 5, sku_id = {a}, warehouse_id = 1, stock = 7, reserved = 1, version = 3 WHERE sku_id = {a} AND warehouse_id = 1
write: UPDATE `inv_stock` SET `sku_id` = {a}, `stock` = 9 WHERE `inv_stock`.`sku_id` = {a} AND `inv_stock`.`warehouse_id` = 2
write: UPDATE inv_stock s SET s.stock = 0 WHERE s.sku_id = {a} AND s.warehouse_id = 3 LIMIT 1
write: UPDATE inv_reservation SET status = 1 WHERE sku_id = {a} AND order_no = 'o-1' AND status = 0
write: UPDATE inv_reservation SET status = 2 WHERE sku_id = {a} AND expire_at < '2027-01-01' ORDER BY id LIMIT 2
write: UPDATE inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id SET s.reserved = s.reserved - r.qty WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.order_no = 'o-1'
write: UPDATE inv_stock SET stock = 0 WHERE sku_id = {a}
write: UPDATE inv_stock SET stock = stock + 1 WHERE sku_id IN ({a}, {b}) AND warehouse_id < 3
write: DELETE FROM inv_reservation WHERE sku_id = {a} AND order_no = 'o-1'
write: DELETE FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 4
write: DELETE FROM inv_stock WHERE sku_id = {a}
write: DELETE FROM inv_reservation WHERE sku_id IN ({a}, {b}) AND status = 2
write: DELETE r FROM inv_reservation r WHERE r.sku_id = {a} AND r.status = 2
write: INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (901, {a}, 21, 5)
write: INSERT INTO inv_stock SET id = 902, sku_id = {a}, warehouse_id = 22, stock = 5
write: INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (903, {a}, 1, 5) ON DUPLICATE KEY UPDATE stock = stock + VALUES(stock)
write: INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (904, {a}, 1, 5) ON DUPLICATE KEY UPDATE sku_id = VALUES(sku_id), warehouse_id = VALUES(warehouse_id), stock = VALUES(stock)
write: INSERT IGNORE INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (905, {a}, 1, 5)
write: INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (906, {a}, 31, 1), (907, {a}, 32, 2), (908, {a}, 33, 3), (909, {a}, 34, 4)
write: INSERT INTO inv_reservation (id, order_no, sku_id, warehouse_id, qty) VALUES (911, 'n-1', {a}, 1, 1), (912, 'n-2', {a}, 2, 2)
write: REPLACE INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (913, {a}, 1, 50)
