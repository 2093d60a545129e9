# each in a transaction that is rolled back; the tables are compared before that
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5)
+ INSERT INTO inv_stock VALUES (1, {a}, 8, 5, 0, 0, '2026-01-02 03:04:05')
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5), (2, {a}, 8, 6)
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5), (2, {n}, 8, 6)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5), (2, {o}, 8, 6)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5)
+ INSERT IGNORE INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5)
+ INSERT LOW_PRIORITY IGNORE inv_stock (id, sku_id, warehouse_id, stock) VALUE (1, {a}, 8, 5)
+ INSERT HIGH_PRIORITY INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5)
INSERT DELAYED INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5)
+ INSERT INTO inv_stock SET id = 1, sku_id = {a}, warehouse_id = 8, stock = 5
+ INSERT inv_stock SET inv_stock.id = 1, inv_stock.sku_id = {a}, warehouse_id = 8, stock = 5
+ INSERT INTO ecommerce.inv_stock (inv_stock.id, inv_stock.sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES ROW(1, {a}, 8, 5)
INSERT INTO inv_stock PARTITION (p0) (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5)
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, '{a}', '8', 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}.0, 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, '{a} ', 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a} + 0, 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, (SELECT {a}), 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, id, 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, NULL, 8, 5)
INSERT INTO inv_stock (id, warehouse_id, stock) VALUES (1, 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, DEFAULT, 8, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8)
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock, stock) VALUES (1, {a}, 8, 5, 5)
INSERT INTO inv_stock (id, sku_id, warehouse_id, nothing) VALUES (1, {a}, 8, 5)
INSERT INTO inv_stock () VALUES ()
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, (SELECT MAX(stock) FROM inv_reservation WHERE sku_id = {a}))
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, (SELECT MAX(qty) FROM inv_reservation WHERE sku_id = {a}))
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) ON DUPLICATE KEY UPDATE stock = stock + 7
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) ON DUPLICATE KEY UPDATE stock = VALUES(stock), reserved = inv_stock.reserved + 1
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) ON DUPLICATE KEY UPDATE sku_id = VALUES(sku_id), stock = 9
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) ON DUPLICATE KEY UPDATE sku_id = sku_id + 1
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) ON DUPLICATE KEY UPDATE sku_id = {o}
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) AS new ON DUPLICATE KEY UPDATE stock = new.stock
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 5) AS new (w, x, y, z) ON DUPLICATE KEY UPDATE stock = z + 1
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5) RETURNING id, sku_id
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5) RETURNING *
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) SELECT 1, {a}, 8, 5
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) SELECT id + 1, sku_id, 8, stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
+ INSERT INTO inv_reservation (id, order_no, sku_id, warehouse_id, qty) SELECT id + 1000000, CONCAT(order_no, 'x'), sku_id, warehouse_id, qty FROM inv_reservation WHERE sku_id = {a}
INSERT INTO inv_reservation (id, order_no, sku_id, warehouse_id, qty) SELECT id + 1000000, CONCAT(order_no, 'x'), {o}, warehouse_id, qty FROM inv_reservation WHERE sku_id = {a}
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) (SELECT 1, {a}, 8, 5)
+ INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) WITH c AS (SELECT 1) SELECT 1, {a}, 8, 5 FROM c
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) TABLE inv_stock
INSERT INTO inv_stock TABLE inv_stock
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) SELECT * FROM (VALUES ROW(1, {a}, 8, 5)) v
+ INSERT INTO meaning_audit (id, sku_id) SELECT id, sku_id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
INSERT INTO meaning_audit (id, sku_id) SELECT id, sku_id FROM inv_stock
+ INSERT INTO meaning_audit (id, sku_id) SELECT MAX(id) + 1, (SELECT COUNT(*) FROM inv_reservation WHERE sku_id = {a}) FROM meaning_audit
+ REPLACE INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 77)
+ REPLACE LOW_PRIORITY inv_stock SET id = 1, sku_id = {a}, warehouse_id = 1, stock = 77
REPLACE DELAYED INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 1, 77)
+ REPLACE INTO inv_stock (id, sku_id, warehouse_id, stock) SELECT 1, {a}, 1, 77
REPLACE INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (1, {a}, 8, 5) RETURNING id
+ INSERT INTO meaning_token VALUES (900, 'fresh', 1)
+ INSERT INTO meaning_token VALUES (900, 'a\'b', 1)
INSERT INTO meaning_token VALUES (900, 'fresh ', 1)
INSERT INTO meaning_token VALUES (900, 5, 1)
INSERT INTO meaning_token VALUES (900, 0x616263, 1)
INSERT INTO meaning_token VALUES (900, _utf8mb4'abc', 1)
INSERT INTO meaning_token VALUES (900, 'a' 'bc', 1)
+ INSERT INTO meaning_period VALUES (900, 120, 'x')
+ INSERT INTO meaning_period VALUES (900, 120, 'x'), (901, 130, 'y')
INSERT INTO meaning_period VALUES (900, 120, 'x'), (901, 230, 'y')
INSERT INTO meaning_period VALUES (900, 120.4, 'x')
+ INSERT INTO meaning_period VALUES (900, '120', 'x')
INSERT INTO meaning_period VALUES (900, 1e2, 'x')
+ UPDATE inv_stock SET stock = stock - 1 WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE inv_stock SET stock = stock - 1, version = version + 1 WHERE sku_id = {a} AND warehouse_id = 1 AND stock >= 0
+ UPDATE inv_stock s SET s.stock = 7 WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ UPDATE ecommerce.inv_stock AS s SET s.stock = 7 WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ UPDATE LOW_PRIORITY IGNORE inv_stock SET stock = 7 WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE IGNORE inv_stock SET stock = 7 WHERE sku_id = {a} AND warehouse_id = 1
UPDATE inv_stock SET stock = DEFAULT WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE inv_stock SET reserved = DEFAULT WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE inv_stock SET stock = 7 WHERE sku_id = {a}
UPDATE inv_stock SET stock = 7 WHERE warehouse_id = 1
UPDATE inv_stock SET stock = 7
UPDATE inv_stock SET stock = 7 WHERE sku_id = {a} OR 1
UPDATE inv_stock SET stock = 7 WHERE sku_id NOT IN ({a})
UPDATE inv_stock SET stock = 7 WHERE sku_id = {a} AND warehouse_id = 1 /*! OR 1 */
UPDATE inv_stock SET stock = 7 WHERE sku_id = '{a} ' AND warehouse_id = 1
UPDATE inv_stock SET stock = 7 WHERE sku_id = {a}.0 AND warehouse_id = 1
+ UPDATE inv_stock SET stock = 7 WHERE (sku_id, warehouse_id) IN (({a}, 1), ({a}, 2))
+ UPDATE inv_stock SET sku_id = {a} WHERE sku_id = {a} AND warehouse_id = 1
UPDATE inv_stock SET sku_id = {o} WHERE sku_id = {a} AND warehouse_id = 1
UPDATE inv_stock SET sku_id = sku_id WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE inv_stock SET id = 5, sku_id = {a}, warehouse_id = 1, stock = 3, reserved = 2, version = 9 WHERE sku_id = {a} AND warehouse_id = 1
UPDATE inv_stock SET warehouse_id = 9 WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE inv_stock SET stock = 7 WHERE sku_id = {a} AND warehouse_id = 1 ORDER BY id LIMIT 1
+ UPDATE inv_reservation SET qty = 7 WHERE sku_id = {a} ORDER BY id LIMIT 2
+ UPDATE inv_reservation SET qty = 7 WHERE sku_id IN ({a}, {n}) ORDER BY id DESC LIMIT 2
UPDATE inv_reservation SET qty = 7 LIMIT 1
+ UPDATE inv_reservation SET qty = (SELECT stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1) WHERE sku_id = {a}
+ UPDATE inv_reservation SET qty = 7 WHERE sku_id = {a} AND EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = inv_reservation.sku_id AND s.warehouse_id = 1)
UPDATE inv_reservation SET qty = 7 WHERE id IN (SELECT id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
+ UPDATE inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id SET s.stock = 7, r.qty = 8 WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ UPDATE inv_stock s, inv_reservation r SET s.stock = 7 WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = s.sku_id
+ UPDATE inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id SET s.stock = 7 WHERE s.sku_id = {a} AND s.warehouse_id = 1
UPDATE inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id AND s.sku_id = {a} AND s.warehouse_id = 1 SET s.stock = 7
UPDATE inv_stock s JOIN inv_reservation r SET s.stock = 7 WHERE s.sku_id = {a} AND s.warehouse_id = 1
UPDATE inv_stock s JOIN inv_reservation r ON r.warehouse_id = s.warehouse_id SET r.qty = 7 WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ UPDATE inv_reservation r NATURAL JOIN inv_stock s SET r.qty = 7 WHERE r.sku_id = {a} AND s.sku_id = {a} AND s.warehouse_id = 1
+ UPDATE inv_reservation r JOIN dict_region d ON d.id = r.warehouse_id SET r.qty = d.id WHERE r.sku_id = {a}
UPDATE dict_region d JOIN inv_reservation r ON d.id = r.warehouse_id SET d.name = 'x' WHERE r.sku_id = {a}
+ UPDATE inv_reservation r JOIN (SELECT MAX(id) top FROM inv_reservation WHERE sku_id = {a}) m ON m.top = r.id SET r.qty = 7 WHERE r.sku_id = {a}
+ UPDATE meaning_audit m JOIN inv_reservation r ON r.sku_id = m.sku_id SET m.note = 'x' WHERE r.sku_id = {a}
WITH c AS (SELECT MAX(id) top FROM inv_reservation WHERE sku_id = {a}) UPDATE inv_reservation SET qty = 7 WHERE sku_id = {a} AND id = (SELECT top FROM c)
UPDATE inv_stock PARTITION (p0) SET stock = 1 WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE inv_stock USE INDEX (uk_sku_wh) SET stock = 1 WHERE sku_id = {a} AND warehouse_id = 1
UPDATE inv_stock FOR PORTION OF p FROM 1 TO 2 SET stock = 1 WHERE sku_id = {a} AND warehouse_id = 1
+ UPDATE meaning_token SET n = 9 WHERE token = 'abc'
+ UPDATE meaning_token SET n = 9 WHERE token = 'it\'s'
+ UPDATE meaning_token SET n = 9 WHERE token = 'it''s'
+ UPDATE meaning_token SET n = 9 WHERE token = '\a\b\c'
+ UPDATE meaning_token SET n = 9, token = 'abc' WHERE token = 'abc'
UPDATE meaning_token SET token = 'xyz' WHERE token = 'abc'
+ UPDATE meaning_period SET note = 'z' WHERE num BETWEEN 0 AND 50
UPDATE meaning_period SET note = 'z' WHERE num NOT BETWEEN 0 AND 50
+ UPDATE meaning_period SET note = 'z' WHERE num >= 100 AND num < 200
UPDATE meaning_period SET num = 8 WHERE num = 7
+ DELETE FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
+ DELETE FROM ecommerce.inv_stock WHERE ecommerce.inv_stock.sku_id = {a} AND warehouse_id = 1
DELETE FROM inv_stock AS s WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ DELETE LOW_PRIORITY QUICK IGNORE FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
+ DELETE FROM inv_reservation WHERE sku_id = {a}
+ DELETE FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 1
+ DELETE FROM inv_reservation WHERE sku_id = {a} AND id NOT IN (SELECT id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
DELETE FROM inv_reservation WHERE sku_id = {a} RETURNING id, order_no
+ DELETE FROM inv_reservation WHERE sku_id IN ({a}, {n})
DELETE FROM inv_reservation WHERE sku_id IN ({a}, {o})
DELETE FROM inv_reservation WHERE sku_id <> {a}
DELETE FROM inv_reservation WHERE NOT sku_id = {a}
DELETE FROM inv_reservation WHERE sku_id = {a} || 1
DELETE FROM inv_reservation WHERE sku_id = '{a}x'
DELETE FROM inv_reservation
DELETE FROM inv_reservation LIMIT 1
+ DELETE inv_reservation FROM inv_reservation WHERE sku_id = {a}
+ DELETE inv_reservation.* FROM inv_reservation WHERE sku_id = {a}
+ DELETE r FROM inv_reservation r WHERE r.sku_id = {a}
+ DELETE r FROM inv_reservation r JOIN inv_stock s ON s.sku_id = r.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ DELETE r, s FROM inv_reservation r JOIN inv_stock s ON s.sku_id = r.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ DELETE r.*, s.* FROM inv_reservation r, inv_stock s WHERE s.sku_id = r.sku_id AND s.sku_id = {a} AND s.warehouse_id = 1
+ DELETE FROM r USING inv_reservation r JOIN dict_region d ON d.id = r.warehouse_id WHERE r.sku_id = {a}
+ DELETE FROM inv_reservation USING inv_reservation WHERE inv_reservation.sku_id = {a}
+ DELETE FROM r, s USING inv_reservation AS r JOIN inv_stock AS s USING (sku_id) WHERE r.sku_id = {a} AND s.warehouse_id = 1
DELETE r FROM inv_reservation r LEFT JOIN inv_stock s ON s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {a} WHERE s.id IS NULL
+ DELETE r FROM inv_reservation r LEFT JOIN inv_stock s ON s.sku_id = r.sku_id AND s.warehouse_id = 9 WHERE r.sku_id = {a} AND s.id IS NULL
DELETE r FROM inv_reservation r JOIN inv_stock s ON s.warehouse_id = r.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ DELETE ecommerce.inv_reservation FROM ecommerce.inv_reservation WHERE ecommerce.inv_reservation.sku_id = {a}
+ DELETE m FROM meaning_audit m JOIN inv_reservation r ON r.sku_id = m.sku_id WHERE r.sku_id = {a}
WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) DELETE FROM inv_reservation WHERE sku_id = {a} AND id IN (SELECT id FROM c)
DELETE FROM inv_reservation PARTITION (p0) WHERE sku_id = {a}
DELETE FROM inv_reservation FOR PORTION OF p FROM 1 TO 2 WHERE sku_id = {a}
DELETE HISTORY FROM inv_reservation
DELETE FROM inv_reservation BEFORE SYSTEM_TIME '2026-01-01'
+ DELETE FROM meaning_token WHERE token = 'abc'
+ DELETE FROM meaning_token WHERE token = 'ABC'
DELETE FROM meaning_token WHERE token = 'abc '
DELETE FROM meaning_token WHERE token = 'it\'s' OR token = 'abc'
+ DELETE FROM meaning_period WHERE num = 7
+ DELETE FROM meaning_period WHERE num > 600
DELETE FROM meaning_period WHERE num NOT BETWEEN 0 AND 600
+ DELETE FROM meaning_audit WHERE sku_id = {a}
+ UPDATE meaning_audit SET note = 'x'
TRUNCATE inv_reservation_nothing
