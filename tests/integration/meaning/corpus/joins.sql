# joins of all kinds
+ SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s INNER JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s CROSS JOIN inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {a}
+ SELECT s.id, r.id FROM inv_stock s, inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = s.sku_id
SELECT s.id, r.id FROM inv_stock s, inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s STRAIGHT_JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s STRAIGHT_JOIN inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {n}
SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r ON r.warehouse_id = s.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r ON r.sku_id > s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r USING (sku_id) WHERE s.sku_id = {a} AND s.warehouse_id = 1
SELECT id FROM inv_stock s JOIN inv_reservation r USING (sku_id, warehouse_id) WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r USING (sku_id, warehouse_id) WHERE sku_id = {a} AND warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s JOIN inv_reservation r USING (warehouse_id) WHERE s.sku_id = {a} AND warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r USING (sku_id) WHERE sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s RIGHT JOIN inv_reservation r USING (sku_id) WHERE sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s NATURAL JOIN inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT * FROM inv_stock s NATURAL JOIN inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {a}
+ SELECT s.id, r.id FROM inv_stock s NATURAL LEFT JOIN inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {a}
+ SELECT s.id, r.id FROM inv_stock s NATURAL RIGHT OUTER JOIN inv_reservation r WHERE r.sku_id = {a} AND s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s NATURAL INNER JOIN inv_reservation r WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT OUTER JOIN inv_reservation r ON r.sku_id = {a} WHERE s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id AND s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r ON s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {a}
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = {a} WHERE s.sku_id = r.sku_id AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE r.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r ON r.sku_id = s.sku_id AND r.status = 9 WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.id IS NULL
+ SELECT s.id, r.id FROM inv_reservation r RIGHT JOIN inv_stock s ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_reservation r RIGHT JOIN inv_stock s ON r.sku_id = {a} AND s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, r.id FROM inv_stock s FULL OUTER JOIN inv_reservation r ON r.sku_id = s.sku_id WHERE s.sku_id = {a}
+ SELECT s.id, r.id, d.name FROM inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id JOIN dict_region d ON d.id = s.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s JOIN (inv_reservation r JOIN dict_region d ON d.id = r.warehouse_id) ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN (inv_reservation r, dict_region d) ON r.sku_id = s.sku_id AND d.id = r.warehouse_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN (inv_reservation r JOIN inv_reservation q ON q.sku_id = r.sku_id) ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM inv_stock s LEFT JOIN inv_reservation r LEFT JOIN dict_region d ON d.id = r.warehouse_id ON r.sku_id = s.sku_id WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM (inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id) WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id, r.id FROM (inv_stock s, inv_reservation r) WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND r.sku_id = {a}
+ SELECT s.id FROM ((inv_stock s) JOIN (dict_region d) ON d.id = s.warehouse_id) WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.id FROM inv_stock s JOIN inv_stock t JOIN inv_reservation r WHERE s.sku_id = {a} AND s.warehouse_id = 1 AND t.sku_id = {a} AND t.warehouse_id = 2 AND r.sku_id = {a}
SELECT s.id FROM inv_stock s JOIN dict_region d RIGHT JOIN inv_reservation r ON r.sku_id = {a} WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.id = b.id WHERE a.sku_id = {a} AND b.sku_id = {a}
+ SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.warehouse_id = b.warehouse_id WHERE a.sku_id = {a} AND b.sku_id = {n}
+ SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.warehouse_id = b.warehouse_id WHERE a.sku_id = {a} AND b.sku_id = {s}
SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.warehouse_id = b.warehouse_id WHERE a.sku_id = {a} AND b.sku_id = {o}
SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.sku_id = b.sku_id + 0 WHERE a.sku_id = {a}
SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.sku_id <=> b.sku_id WHERE a.sku_id = {a}
SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON (a.sku_id, a.id) = (b.sku_id, b.id) WHERE a.sku_id = {a}
SELECT a.id, b.id FROM inv_reservation a JOIN inv_reservation b ON a.sku_id = b.sku_id OR 1 WHERE a.sku_id = {a}
+ SELECT a.id, b.id, c.id FROM inv_reservation a JOIN inv_reservation b ON a.sku_id = b.sku_id JOIN inv_reservation c ON c.sku_id = b.sku_id AND c.id = a.id WHERE c.sku_id = {a}
+ SELECT inv_reservation.id FROM inv_stock inv_reservation WHERE inv_reservation.sku_id = {a} AND inv_reservation.warehouse_id = 1
+ SELECT inv_reservation.id FROM inv_stock AS inv_reservation JOIN inv_reservation AS inv_stock ON inv_stock.sku_id = inv_reservation.sku_id WHERE inv_reservation.sku_id = {a} AND inv_reservation.warehouse_id = 1
+ SELECT d.name FROM dict_region d LEFT JOIN inv_reservation r ON r.warehouse_id = d.id AND r.sku_id = {a} ORDER BY 1
+ SELECT d.name FROM dict_region d LEFT JOIN inv_reservation r ON r.warehouse_id = d.id WHERE r.sku_id = {a} ORDER BY 1
+ SELECT d.name FROM dict_region d JOIN dict_currency c ON 1 = 1
+ SELECT m.id, r.id FROM meaning_audit m JOIN inv_reservation r ON r.sku_id = m.sku_id WHERE m.sku_id = {a}
+ SELECT m.id, r.id FROM meaning_audit m LEFT JOIN inv_reservation r ON r.sku_id = {a} AND r.sku_id = m.sku_id
SELECT m.id, r.id FROM meaning_audit m JOIN inv_reservation r ON r.sku_id = m.sku_id WHERE r.sku_id = {o}
SELECT t.id, r.id FROM meaning_token t JOIN inv_reservation r ON r.order_no = t.token WHERE r.sku_id = {a}
SELECT p.id, r.id FROM meaning_period p JOIN inv_reservation r ON r.qty = p.num WHERE r.sku_id = {a} AND p.num = 0
+ SELECT p.id, q.id FROM meaning_period p JOIN meaning_period q ON q.num = p.num WHERE p.num = 7
+ SELECT p.id, q.id FROM meaning_period p JOIN meaning_period q ON q.num = p.num WHERE p.num BETWEEN 0 AND 50

# derived tables, LATERAL, JSON_TABLE
+ SELECT * FROM (SELECT id, sku_id FROM inv_reservation WHERE sku_id = {a}) d
SELECT * FROM (SELECT id, sku_id FROM inv_reservation) d WHERE d.sku_id = {a}
+ SELECT * FROM (SELECT id, sku_id AS k FROM inv_reservation WHERE sku_id = {a}) d WHERE k = {o}
SELECT * FROM (SELECT id FROM inv_reservation WHERE sku_id = {a} LIMIT 2) d (x) WHERE x > 0
+ SELECT d.x FROM (SELECT id AS x FROM inv_reservation WHERE sku_id = {a}) AS d JOIN inv_stock s ON s.sku_id = {a} AND s.warehouse_id = 1 WHERE s.id < d.x
+ SELECT * FROM (SELECT * FROM (SELECT * FROM inv_reservation WHERE sku_id = {a}) x) y
+ SELECT * FROM ((SELECT id FROM inv_reservation WHERE sku_id = {a}) UNION (SELECT id FROM inv_reservation WHERE sku_id = {n})) u
SELECT * FROM (SELECT id FROM inv_reservation WHERE sku_id = {a} UNION ALL SELECT id FROM inv_reservation WHERE sku_id = {o}) u
SELECT s.id, l.top FROM inv_stock s, LATERAL (SELECT MAX(r.id) top FROM inv_reservation r WHERE r.sku_id = s.sku_id) l WHERE s.sku_id = {a} AND s.warehouse_id = 1
SELECT s.id, l.top FROM inv_stock s LEFT JOIN LATERAL (SELECT MAX(r.id) top FROM inv_reservation r WHERE r.sku_id = s.sku_id) l ON TRUE WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT r.id, j.v FROM inv_reservation r JOIN JSON_TABLE('[1, 2]', '$[*]' COLUMNS (v INT PATH '$')) j ON j.v = r.warehouse_id WHERE r.sku_id = {a}
+ SELECT r.id, j.n FROM inv_reservation r, JSON_TABLE('[{"a": 1}]', '$[*]' COLUMNS (n FOR ORDINALITY, a INT PATH '$.a' DEFAULT '0' ON EMPTY NULL ON ERROR)) AS j WHERE r.sku_id = {a}
+ SELECT j.v FROM JSON_TABLE('[{"x": [1, 2]}]', '$[*]' COLUMNS (NESTED PATH '$.x[*]' COLUMNS (v INT PATH '$'))) j
SELECT r.id FROM inv_reservation r WHERE r.sku_id IN (SELECT v FROM JSON_TABLE('[{a}]', '$[*]' COLUMNS (v BIGINT PATH '$')) j)

# sub-queries
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND id IN (SELECT id FROM inv_reservation WHERE sku_id = {a})
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND id NOT IN (SELECT id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
SELECT id FROM inv_reservation WHERE sku_id = {a} AND id IN (SELECT id FROM inv_reservation)
SELECT id FROM inv_reservation WHERE id IN (SELECT id FROM inv_reservation WHERE sku_id = {a})
SELECT id FROM inv_reservation WHERE sku_id IN (SELECT sku_id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
SELECT id FROM inv_reservation WHERE sku_id = (SELECT sku_id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
SELECT id FROM inv_reservation r WHERE EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id = 1)
SELECT id FROM inv_reservation r WHERE EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = r.sku_id AND s.sku_id = {a} AND s.warehouse_id = 1)
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = r.sku_id AND s.warehouse_id = r.warehouse_id)
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND r.warehouse_id = 1 AND EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = r.sku_id AND s.warehouse_id = r.warehouse_id)
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND NOT EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id = 9)
SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND EXISTS (SELECT 1 FROM inv_reservation x WHERE x.sku_id = {o})
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND EXISTS (SELECT 1 FROM inv_reservation x WHERE x.sku_id = {s})
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND qty >= ALL (SELECT qty FROM inv_reservation x WHERE x.sku_id = r.sku_id)
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND qty = ANY (SELECT qty FROM inv_reservation x WHERE x.sku_id = {a})
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND qty > SOME (SELECT 0 UNION SELECT 1)
+ SELECT id, (SELECT COUNT(*) FROM inv_reservation x WHERE x.sku_id = r.sku_id AND x.id < r.id) n FROM inv_reservation r WHERE r.sku_id = {a}
SELECT id, (SELECT COUNT(*) FROM inv_reservation) n FROM inv_reservation r WHERE r.sku_id = {a}
+ SELECT (SELECT MAX(id) FROM inv_reservation WHERE sku_id = {a}), (SELECT MIN(id) FROM inv_reservation WHERE sku_id = {n})
SELECT (SELECT MAX(id) FROM inv_reservation WHERE sku_id = {a}), (SELECT MIN(id) FROM inv_reservation WHERE sku_id = {o})
+ SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY (SELECT stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1), id
+ SELECT warehouse_id, COUNT(*) FROM inv_reservation WHERE sku_id = {a} GROUP BY warehouse_id HAVING COUNT(*) >= (SELECT COUNT(*) FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
+ SELECT id FROM inv_reservation r WHERE r.sku_id = {a} AND id IN (SELECT x.id FROM inv_reservation x WHERE x.sku_id = r.sku_id AND EXISTS (SELECT 1 FROM inv_stock s WHERE s.sku_id = x.sku_id AND s.warehouse_id = 1))
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND EXISTS (SELECT 1 FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND EXISTS (SELECT 1 FROM dict_region WHERE sku_id = {o})
+ SELECT id FROM meaning_audit WHERE EXISTS (SELECT 1 FROM inv_reservation WHERE inv_reservation.sku_id = {a} AND meaning_audit.sku_id = inv_reservation.sku_id)
+ SELECT id FROM meaning_audit WHERE sku_id IN (SELECT sku_id FROM inv_reservation WHERE sku_id = {a})
+ SELECT EXISTS (SELECT 1 FROM inv_reservation WHERE sku_id = {a}) AS x, NOT EXISTS (SELECT 1 FROM inv_reservation WHERE sku_id = {a}) AS y
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND (qty, status) IN (SELECT qty, status FROM inv_reservation WHERE sku_id = {a})
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND id = (SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 1 FOR UPDATE)

# UNION, INTERSECT, EXCEPT
+ SELECT id FROM inv_reservation WHERE sku_id = {a} UNION SELECT id FROM inv_reservation WHERE sku_id = {a}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} UNION ALL SELECT id FROM inv_reservation WHERE sku_id = {n}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} UNION ALL SELECT id FROM inv_reservation WHERE sku_id = {s}
SELECT id FROM inv_reservation WHERE sku_id = {a} UNION ALL SELECT id FROM inv_reservation WHERE sku_id = {o}
SELECT id FROM inv_reservation WHERE sku_id = {a} UNION ALL SELECT id FROM inv_reservation
+ SELECT id FROM inv_reservation WHERE sku_id = {a} UNION DISTINCT SELECT id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 ORDER BY id LIMIT 2
+ (SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 1) UNION (SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id DESC LIMIT 1)
+ (SELECT id FROM inv_reservation WHERE sku_id = {a}) UNION ALL (SELECT 1) ORDER BY 1 LIMIT 2 OFFSET 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} INTERSECT SELECT id FROM inv_reservation WHERE sku_id = {a}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} INTERSECT ALL SELECT id FROM inv_reservation WHERE sku_id = {a}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} EXCEPT SELECT id FROM inv_reservation WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} EXCEPT ALL SELECT id FROM inv_reservation WHERE sku_id = {n}
SELECT id FROM inv_reservation WHERE sku_id = {a} MINUS SELECT id FROM inv_reservation WHERE sku_id = {n}
+ SELECT 1 UNION SELECT 2 INTERSECT SELECT id FROM inv_reservation WHERE sku_id = {a}
+ (SELECT 1 UNION SELECT id FROM inv_reservation WHERE sku_id = {a}) EXCEPT SELECT 1
+ SELECT 1 UNION (SELECT id FROM inv_reservation WHERE sku_id = {a} UNION SELECT 2)
SELECT id FROM inv_reservation WHERE sku_id = {a} UNION TABLE dict_region
SELECT id FROM inv_reservation WHERE sku_id = {a} UNION VALUES ROW(1), ROW(2)
+ SELECT id FROM inv_reservation WHERE sku_id = {a} UNION SELECT id FROM dict_region FOR UPDATE
SELECT id FROM inv_reservation WHERE sku_id = {a} UNION SELECT 1 INTO @x

# WITH
+ WITH c AS (SELECT id, sku_id FROM inv_reservation WHERE sku_id = {a}) SELECT * FROM c
WITH c AS (SELECT id, sku_id FROM inv_reservation) SELECT * FROM c WHERE sku_id = {a}
+ WITH c (x, y) AS (SELECT id, sku_id FROM inv_reservation WHERE sku_id = {a}) SELECT x FROM c WHERE y = {a}
+ WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}), d AS (SELECT * FROM c WHERE id > 0) SELECT COUNT(*) FROM d JOIN c ON c.id = d.id
+ WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) SELECT id FROM inv_reservation WHERE sku_id = {a} AND id IN (SELECT id FROM c)
+ WITH inv_reservation AS (SELECT 1 AS id, 2 AS sku_id) SELECT * FROM inv_reservation
+ WITH inv_reservation AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) SELECT * FROM inv_reservation
+ WITH inv_reservation AS (SELECT 1 AS id) SELECT * FROM ecommerce.inv_reservation WHERE sku_id = {a}
+ WITH inv_stock AS (SELECT * FROM inv_reservation WHERE sku_id = {a}) SELECT id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
WITH INV_RESERVATION AS (SELECT 1 AS id) SELECT * FROM inv_reservation WHERE sku_id = {a}
+ WITH RECURSIVE c AS (SELECT 1 n UNION ALL SELECT n + 1 FROM c WHERE n < 3) SELECT n, r.id FROM c JOIN inv_reservation r ON r.warehouse_id = c.n WHERE r.sku_id = {a}
+ WITH RECURSIVE c AS (SELECT MIN(id) id FROM inv_reservation WHERE sku_id = {a} UNION ALL SELECT r.id FROM c JOIN inv_reservation r ON r.id = c.id + 1 WHERE r.sku_id = {a}) SELECT * FROM c
WITH c AS (SELECT {a} AS k) SELECT r.id FROM inv_reservation r JOIN c ON c.k = r.sku_id
WITH c AS (SELECT {a} AS k) SELECT r.id FROM inv_reservation r WHERE r.sku_id = (SELECT k FROM c)
+ SELECT * FROM (WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) SELECT * FROM c) d
SELECT id FROM inv_reservation WHERE sku_id = {a} AND id IN (WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) SELECT id FROM c)
+ WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) (SELECT * FROM c UNION SELECT 1)
+ WITH c AS (SELECT id FROM inv_reservation WHERE sku_id = {a}) SELECT * FROM c UNION ALL SELECT * FROM c ORDER BY id LIMIT 3
WITH c AS (DELETE FROM inv_reservation WHERE sku_id = {a} RETURNING id) SELECT * FROM c

# window functions
+ SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM inv_reservation WHERE sku_id = {a}
+ SELECT id, RANK() OVER (PARTITION BY warehouse_id ORDER BY qty DESC, id) FROM inv_reservation WHERE sku_id = {a}
+ SELECT id, SUM(qty) OVER w, AVG(qty) OVER (w) FROM inv_reservation WHERE sku_id = {a} WINDOW w AS (PARTITION BY warehouse_id)
+ SELECT id, SUM(qty) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM inv_reservation WHERE sku_id = {a}
+ SELECT id, SUM(qty) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM inv_reservation WHERE sku_id = {a}
+ SELECT id, SUM(qty) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM inv_reservation WHERE sku_id = {a}
SELECT id, LAG(qty, 1, 0) OVER (ORDER BY id), LEAD(qty) OVER (ORDER BY id), FIRST_VALUE(id) OVER (ORDER BY id) FROM inv_reservation WHERE sku_id = {a}
+ SELECT id, NTILE(2) OVER (ORDER BY id), PERCENT_RANK() OVER (ORDER BY id), CUME_DIST() OVER (ORDER BY id) FROM inv_reservation WHERE sku_id = {a}
SELECT id, NTH_VALUE(id, 2) FROM FIRST RESPECT NULLS OVER (ORDER BY id) FROM inv_reservation WHERE sku_id = {a}
SELECT id, COUNT(*) OVER () FROM inv_reservation
SELECT id, SUM(qty) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM inv_reservation WHERE sku_id = {a}

# what only one family knows
SELECT id FROM inv_reservation FOR SYSTEM_TIME ALL WHERE sku_id = {a}
SELECT id FROM inv_reservation FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01' WHERE sku_id = {a}
SELECT NEXT VALUE FOR meaning_sequence FROM inv_reservation WHERE sku_id = {a}
SELECT PREVIOUS VALUE FOR meaning_sequence
SELECT id FROM inv_reservation TABLESAMPLE SYSTEM (10) WHERE sku_id = {a}
SELECT id FROM inv_reservation WHERE sku_id = {a} QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1
SELECT MEDIAN(qty) OVER (PARTITION BY warehouse_id) FROM inv_reservation WHERE sku_id = {a}
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty) OVER (PARTITION BY warehouse_id) FROM inv_reservation WHERE sku_id = {a}
SELECT id, order_no ->> '$' FROM inv_reservation WHERE sku_id = {a}
SELECT GROUP_CONCAT(id ORDER BY id LIMIT 2) FROM inv_reservation WHERE sku_id = {a}
SELECT VALUE(id) FROM inv_reservation WHERE sku_id = {a}
SELECT GROUPING(warehouse_id), COUNT(*) FROM inv_reservation WHERE sku_id = {a} GROUP BY warehouse_id WITH ROLLUP
+ EXPLAIN SELECT id FROM inv_reservation WHERE sku_id = {a} AND 0
+ DESCRIBE inv_reservation
DO (SELECT COUNT(*) FROM inv_reservation WHERE sku_id = {a})
HANDLER inv_reservation OPEN
CALL meaning_nothing()
+ SELECT id FROM inv_reservation WHERE sku_id = {a}; SELECT id FROM inv_reservation WHERE sku_id = {n}
+ SELECT id FROM inv_reservation WHERE sku_id = {a}; SELECT id FROM inv_reservation WHERE sku_id = {o}
+ SELECT id FROM inv_reservation WHERE sku_id = {a};
+ SELECT ';' FROM inv_reservation WHERE sku_id = {a} AND order_no <> ';'
