-- Statements on sharded tables without a sharding value for the databases' level: none may reach a server.
SELECT * FROM inv_stock
SELECT COUNT(*) FROM inv_stock
SELECT COUNT(*) FROM ecommerce.inv_stock
SELECT * FROM `inv_stock` LIMIT 1
SELECT * FROM INV_STOCK
SELECT * FROM inv_stock WHERE warehouse_id = 1
SELECT * FROM inv_stock WHERE warehouse_id IN (1, 2)
SELECT SUM(stock) FROM inv_stock GROUP BY warehouse_id
SELECT DISTINCT warehouse_id FROM inv_stock
SELECT * FROM inv_stock WHERE sku_id > 0
SELECT * FROM inv_stock WHERE sku_id >= 5 AND sku_id <= 5
SELECT * FROM inv_stock WHERE sku_id BETWEEN 5 AND 5
SELECT * FROM inv_stock WHERE sku_id <> 5
SELECT * FROM inv_stock WHERE sku_id != 5
SELECT * FROM inv_stock WHERE NOT (sku_id <> 5)
SELECT * FROM inv_stock WHERE NOT sku_id = 5
SELECT * FROM inv_stock WHERE sku_id NOT IN (5)
SELECT * FROM inv_stock WHERE sku_id NOT BETWEEN 4 AND 6
SELECT * FROM inv_stock WHERE sku_id IS NOT NULL
SELECT * FROM inv_stock WHERE sku_id LIKE '5'
SELECT * FROM inv_stock WHERE sku_id + 0 = 5
SELECT * FROM inv_stock WHERE sku_id = 4 + 1
SELECT * FROM inv_stock WHERE sku_id = 5 OR warehouse_id = 1
SELECT * FROM inv_stock WHERE sku_id = 5 OR 1 = 1
SELECT * FROM inv_stock WHERE sku_id = 5 XOR warehouse_id = 1
SELECT * FROM inv_stock WHERE sku_id = 5 || warehouse_id = 1
SELECT * FROM inv_stock WHERE ABS(sku_id) = 5
SELECT * FROM inv_stock WHERE CAST(sku_id AS CHAR) = '5'
SELECT * FROM inv_stock WHERE sku_id = '5abc'
SELECT * FROM inv_stock WHERE sku_id = 5e0
SELECT * FROM inv_stock WHERE sku_id = 0x05
SELECT * FROM inv_stock WHERE sku_id = TRUE
SELECT * FROM inv_stock WHERE sku_id = stock
SELECT * FROM inv_stock WHERE sku_id = @sku
SELECT * FROM inv_stock WHERE sku_id IN (5, stock)
SELECT * FROM inv_stock WHERE sku_id IN (SELECT 5)
SELECT * FROM inv_stock WHERE sku_id = (SELECT 5)
SELECT * FROM inv_stock WHERE sku_id = ANY (SELECT 5)
SELECT * FROM inv_stock WHERE EXISTS (SELECT 1 FROM dict_region WHERE id = inv_stock.sku_id)
SELECT * FROM inv_stock WHERE 'sku_id' = 5
SELECT 'sku_id = 5' FROM inv_stock
SELECT * FROM inv_stock /* WHERE sku_id = 5 AND warehouse_id = 1 */
SELECT * FROM inv_stock s WHERE EXISTS (SELECT 1 FROM inv_reservation r WHERE r.sku_id = 5)
SELECT * FROM inv_stock a JOIN inv_stock b ON a.id = b.id WHERE a.sku_id = 5 AND a.warehouse_id = 1
SELECT * FROM inv_stock a LEFT JOIN inv_reservation b ON a.sku_id = 5 AND b.sku_id = 5
SELECT * FROM dict_region LEFT JOIN inv_stock ON inv_stock.sku_id = dict_region.id
SELECT * FROM (SELECT * FROM inv_stock LIMIT 3) t WHERE sku_id = 5
SELECT (SELECT COUNT(*) FROM inv_stock)
SELECT * FROM dict_region WHERE id IN (SELECT sku_id FROM inv_stock)
SELECT 1 UNION SELECT stock FROM inv_stock
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 1 UNION SELECT stock FROM inv_stock
WITH t AS (SELECT * FROM inv_stock LIMIT 5) SELECT * FROM t WHERE sku_id = 5
SELECT * FROM inv_stock ORDER BY stock DESC LIMIT 10
SELECT * FROM inv_stock FOR UPDATE
SELECT * FROM inv_stock LOCK IN SHARE MODE
SELECT MAX(id) FROM inv_reservation
SELECT * FROM inv_reservation WHERE order_no = 'A1'
SELECT * FROM inv_reservation WHERE id = 5
SELECT * FROM inv_reservation WHERE warehouse_id = 1 AND status = 0
UPDATE inv_stock SET stock = 0
UPDATE inv_stock SET stock = 0 WHERE warehouse_id = 99
UPDATE inv_stock SET stock = 0 WHERE sku_id > 5 LIMIT 1
UPDATE IGNORE inv_stock SET stock = 0
UPDATE LOW_PRIORITY inv_stock SET stock = 0 WHERE warehouse_id = 99
UPDATE inv_stock s SET s.stock = 0 WHERE s.stock > 100
UPDATE inv_stock, dict_region SET inv_stock.stock = 0 WHERE dict_region.id = inv_stock.sku_id
UPDATE inv_reservation SET status = 2 WHERE status = 0
DELETE FROM inv_stock
DELETE FROM inv_stock WHERE warehouse_id = 99
DELETE FROM inv_stock LIMIT 1
DELETE inv_stock FROM inv_stock JOIN dict_region ON dict_region.id = inv_stock.sku_id
DELETE FROM inv_reservation WHERE order_no = 'A1'
INSERT INTO inv_stock (warehouse_id, stock) VALUES (1, 1)
INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (NULL, 1, 1)
INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (4 + 1, 1, 1)
INSERT INTO inv_stock (sku_id, warehouse_id, stock) SELECT 5, 1, 1
INSERT INTO inv_stock SELECT * FROM inv_stock
INSERT INTO dict_region (id, name) SELECT sku_id, 'x' FROM inv_stock
REPLACE INTO inv_reservation (order_no, warehouse_id, qty) VALUES ('A1', 1, 1)
SELECT * FROM /*! inv_stock */ WHERE warehouse_id = 1
SELECT /*!50000 * FROM inv_stock */
SELECT 1; SELECT * FROM inv_stock
TABLE inv_stock
HANDLER inv_stock OPEN
LOAD DATA INFILE '/tmp/x' INTO TABLE inv_stock
DO (SELECT COUNT(*) FROM inv_stock)
SET @x = (SELECT COUNT(*) FROM inv_stock)
CREATE TABLE stolen AS SELECT * FROM inv_stock
CREATE VIEW stolen AS SELECT * FROM inv_stock
