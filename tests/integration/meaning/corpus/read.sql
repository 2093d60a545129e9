# One statement a line. {a} a SKU, {n} one of the same slot, {s} one of the same data source, {o} one of another,
# {g} one above 2^53. `+ ` before a statement: it is answered by both families of servers and must be through the proxy.

# SELECT: list, modifiers, clauses
+ SELECT * FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT inv_stock.* FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT ecommerce.inv_stock.* FROM ecommerce.inv_stock WHERE ecommerce.inv_stock.sku_id = {a} AND warehouse_id = 1
+ SELECT `inv_stock`.`stock` FROM `ecommerce`.`inv_stock` WHERE `sku_id` = {a} AND `warehouse_id` = 1
+ SELECT s.* FROM inv_stock s WHERE s.sku_id = {a} AND s.warehouse_id = 1
+ SELECT s.*, s.id AS x, 1 one, 'two' AS 'two' FROM inv_stock AS s WHERE s.sku_id = {a} AND s.warehouse_id = 1
SELECT STOCK, Reserved FROM INV_STOCK WHERE SKU_ID = {a} AND WAREHOUSE_ID = 1
+ SELECT ALL stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT DISTINCT warehouse_id FROM inv_reservation WHERE sku_id = {a}
+ SELECT DISTINCTROW warehouse_id, status FROM inv_reservation WHERE sku_id = {a}
+ SELECT HIGH_PRIORITY SQL_SMALL_RESULT SQL_BIG_RESULT SQL_BUFFER_RESULT id FROM inv_reservation WHERE sku_id = {a}
+ SELECT SQL_NO_CACHE id FROM inv_reservation WHERE sku_id = {a}
SELECT SQL_CACHE id FROM inv_reservation WHERE sku_id = {a}
+ SELECT STRAIGHT_JOIN r.id FROM inv_reservation r JOIN dict_region d ON d.id = r.warehouse_id WHERE r.sku_id = {a}
+ SELECT SQL_CALC_FOUND_ROWS id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 1
+ SELECT COUNT(*) FROM inv_reservation WHERE sku_id = {a}
+ SELECT COUNT(DISTINCT warehouse_id, status), SUM(DISTINCT qty), AVG(qty), MIN(id), MAX(id) FROM inv_reservation WHERE sku_id = {a}
+ SELECT GROUP_CONCAT(DISTINCT order_no ORDER BY order_no DESC SEPARATOR ';') FROM inv_reservation WHERE sku_id = {a}
+ SELECT BIT_AND(qty), BIT_OR(qty), BIT_XOR(qty), STD(qty), VAR_POP(qty) FROM inv_reservation WHERE sku_id = {a}
SELECT JSON_ARRAYAGG(id), JSON_OBJECTAGG(id, qty) FROM inv_stock JOIN (SELECT 1 qty) q WHERE sku_id = {a} AND warehouse_id = 1
+ SELECT warehouse_id, COUNT(*) FROM inv_reservation WHERE sku_id = {a} GROUP BY warehouse_id
+ SELECT warehouse_id, COUNT(*) n FROM inv_reservation WHERE sku_id = {a} GROUP BY warehouse_id HAVING n > 0 ORDER BY n DESC, 1
+ SELECT warehouse_id, status, SUM(qty) FROM inv_reservation WHERE sku_id = {a} GROUP BY warehouse_id, status WITH ROLLUP
SELECT warehouse_id, SUM(qty) FROM inv_reservation WHERE sku_id = {a} GROUP BY ROLLUP (warehouse_id)
SELECT warehouse_id FROM inv_reservation WHERE sku_id = {a} GROUP BY warehouse_id ASC
+ SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY order_no COLLATE utf8mb4_bin DESC, id LIMIT 2
+ SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 1, 2
+ SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 2 OFFSET 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} LIMIT 0
+ SELECT id FROM inv_reservation WHERE sku_id = {a} LIMIT 18446744073709551615
SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY
SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id FETCH FIRST 2 ROWS ONLY
SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY warehouse_id FETCH FIRST 1 ROW WITH TIES
SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 2 ROWS EXAMINED 10000
SELECT id FROM inv_reservation WHERE sku_id = {a} AND ROWNUM() < 3
SELECT id FROM inv_reservation WHERE sku_id = {a} PROCEDURE ANALYSE()
+ SELECT id FROM inv_reservation WHERE sku_id = {a} HAVING id > 0
+ SELECT id, qty AS sku_id FROM inv_reservation WHERE sku_id = {a}
SELECT id, qty AS sku_id FROM inv_reservation HAVING sku_id = {a}
+ SELECT id AS warehouse_id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 ORDER BY warehouse_id
+ SELECT sku_id + 0 AS sku_id FROM inv_reservation WHERE sku_id = {a} GROUP BY sku_id
SELECT 1 FROM inv_reservation WHERE sku_id = {a} INTO @x
+ SELECT MAX(id), MIN(id) INTO @x, @y FROM inv_reservation WHERE sku_id = {a}
+ SELECT id INTO @x FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} FOR UPDATE
+ SELECT id FROM inv_reservation WHERE sku_id = {a} FOR UPDATE NOWAIT
+ SELECT id FROM inv_reservation WHERE sku_id = {a} FOR UPDATE SKIP LOCKED
SELECT id FROM inv_reservation WHERE sku_id = {a} FOR UPDATE WAIT 3
SELECT id FROM inv_reservation WHERE sku_id = {a} FOR SHARE
SELECT id FROM inv_reservation WHERE sku_id = {a} FOR SHARE SKIP LOCKED
+ SELECT id FROM inv_reservation WHERE sku_id = {a} LOCK IN SHARE MODE
SELECT id FROM inv_reservation WHERE sku_id = {a} LOCK IN SHARE MODE NOWAIT
SELECT r.id FROM inv_reservation r JOIN dict_region d ON d.id = r.warehouse_id WHERE r.sku_id = {a} FOR UPDATE OF r
SELECT r.id FROM inv_reservation r JOIN dict_region d ON d.id = r.warehouse_id WHERE r.sku_id = {a} FOR UPDATE OF r FOR SHARE OF d
SELECT id FROM inv_reservation WHERE sku_id = {a} FOR UPDATE OF inv_reservation NOWAIT
SELECT id FROM inv_reservation WHERE sku_id = {a} FOR UPDATE OF ecommerce.inv_reservation
SELECT id FROM inv_reservation FOR UPDATE
+ SELECT id FROM inv_reservation USE INDEX (PRIMARY) WHERE sku_id = {a}
+ SELECT id FROM inv_reservation r USE INDEX () WHERE r.sku_id = {a}
+ SELECT id FROM inv_reservation AS r FORCE INDEX FOR ORDER BY (uk_order_sku) WHERE r.sku_id = {a} ORDER BY order_no
SELECT id FROM inv_reservation IGNORE KEY FOR JOIN (uk_order_sku), USE INDEX FOR GROUP BY (PRIMARY) WHERE sku_id = {a}
+ SELECT id FROM inv_reservation IGNORE INDEX (uk_order_sku) USE INDEX (PRIMARY) WHERE sku_id = {a}
SELECT id FROM inv_reservation PARTITION (p0) WHERE sku_id = {a}
SELECT id FROM inv_reservation PARTITION (p0, p1) AS r WHERE r.sku_id = {a}
+ SELECT /*+ MAX_EXECUTION_TIME(5000) NO_INDEX_MERGE(inv_reservation) */ id FROM inv_reservation WHERE sku_id = {a}
+ SELECT /*+ SET_VAR(sql_mode='ANSI_QUOTES') */ id FROM inv_reservation WHERE sku_id = {a} AND "a" = 'a'
+ SELECT /*+ QB_NAME(q1) JOIN_ORDER(r) */ id FROM inv_reservation r WHERE r.sku_id = {a}
+ (SELECT id FROM inv_reservation WHERE sku_id = {a})
+ ((SELECT id FROM inv_reservation WHERE sku_id = {a}))
+ (SELECT id FROM inv_reservation WHERE sku_id = {a}) LIMIT 1
+ ((SELECT id FROM inv_reservation WHERE sku_id = {a}) ORDER BY id) LIMIT 1
+ (SELECT id FROM inv_reservation WHERE sku_id = {a} ORDER BY id LIMIT 3) ORDER BY id DESC LIMIT 1
+ SELECT id FROM (inv_reservation) WHERE sku_id = {a}
+ SELECT id FROM (((inv_reservation r))) WHERE r.sku_id = {a}
+ SELECT id FROM inv_reservation WHERE (((sku_id))) = ((({a})))
+ SELECT 1 FROM DUAL WHERE EXISTS (SELECT 1 FROM inv_reservation WHERE sku_id = {a})
+ SELECT 1 WHERE EXISTS (SELECT 1 FROM inv_reservation WHERE sku_id = {a})
SELECT 1 FROM dual, inv_reservation WHERE sku_id = {a}
+ SELECT t.id FROM inv_reservation t WHERE t.sku_id = {a} AND t . `warehouse_id` = 1 AND t.`sku_id`= {a}
SELECT .inv_reservation.id FROM inv_reservation WHERE sku_id = {a}
SELECT id FROM .inv_reservation WHERE sku_id = {a}
+ SELECT id FROM{}inv_reservation WHERE sku_id = {a}
+ SELECT{f}id{f}FROM inv_reservation WHERE sku_id={a}
TABLE inv_reservation
TABLE dict_region ORDER BY id LIMIT 1
VALUES ROW(1, 2), ROW(3, 4)
VALUES (1, 2), (3, 4)
VALUES ROW((SELECT COUNT(*) FROM inv_reservation WHERE sku_id = {a}))
SELECT * FROM (VALUES ROW(1, {a})) v (x, y) JOIN inv_reservation r ON r.sku_id = v.y
SELECT * FROM (VALUES (1, {a})) v
SELECT * FROM (TABLE dict_region) d ORDER BY id

# values and their spellings
+ SELECT id FROM inv_reservation WHERE sku_id = '{a}'
+ SELECT id FROM inv_reservation WHERE sku_id = "{a}"
SELECT id FROM inv_reservation WHERE sku_id = '{a} '
SELECT id FROM inv_reservation WHERE sku_id = ' {a}'
SELECT id FROM inv_reservation WHERE sku_id = '{a}abc'
SELECT id FROM inv_reservation WHERE sku_id = '0{a}'
SELECT id FROM inv_reservation WHERE sku_id = '+{a}'
SELECT id FROM inv_reservation WHERE sku_id = '{a}.0'
SELECT id FROM inv_reservation WHERE sku_id = '{a}e0'
SELECT id FROM inv_reservation WHERE sku_id = {a}.0
SELECT id FROM inv_reservation WHERE sku_id = {a}.
SELECT id FROM inv_reservation WHERE sku_id = {a}e0
SELECT id FROM inv_reservation WHERE sku_id = {a}E+0
+ SELECT id FROM inv_reservation WHERE sku_id = 00{a}
+ SELECT id FROM inv_reservation WHERE sku_id = +{a}
+ SELECT id FROM inv_reservation WHERE sku_id = - -{a}
+ SELECT id FROM inv_reservation WHERE sku_id = -(-{a})
SELECT id FROM inv_reservation WHERE sku_id = !{a}
SELECT id FROM inv_reservation WHERE sku_id = ~{a}
SELECT id FROM inv_reservation WHERE sku_id = {a} + 0
SELECT id FROM inv_reservation WHERE sku_id = {a} | 0
SELECT id FROM inv_reservation WHERE sku_id = {a} DIV 1
SELECT id FROM inv_reservation WHERE sku_id = {a} MOD 100000000
SELECT id FROM inv_reservation WHERE sku_id = {a} ^ 0
SELECT id FROM inv_reservation WHERE sku_id = {a} << 0
SELECT id FROM inv_reservation WHERE sku_id = ABS({a})
SELECT id FROM inv_reservation WHERE sku_id = CAST({a} AS UNSIGNED)
SELECT id FROM inv_reservation WHERE sku_id = CAST('{a}' AS CHAR(20) CHARACTER SET latin1)
SELECT id FROM inv_reservation WHERE sku_id = CONVERT('{a}', SIGNED)
SELECT id FROM inv_reservation WHERE sku_id = CONVERT('{a}' USING utf8mb4)
SELECT id FROM inv_reservation WHERE sku_id = BINARY '{a}'
SELECT id FROM inv_reservation WHERE BINARY sku_id = '{a}'
SELECT id FROM inv_reservation WHERE BINARY sku_id = {a}
SELECT id FROM inv_reservation WHERE sku_id = _utf8mb4'{a}'
SELECT id FROM inv_reservation WHERE sku_id = _latin1 '{a}'
SELECT id FROM inv_reservation WHERE sku_id = _utf8mb4'{a}' COLLATE utf8mb4_bin
SELECT id FROM inv_reservation WHERE sku_id = N'{a}'
SELECT id FROM inv_reservation WHERE sku_id = '' '{a}'
SELECT id FROM inv_reservation WHERE sku_id = '{a}' ''
SELECT id FROM inv_reservation WHERE sku_id = '{a}' COLLATE utf8mb4_bin
SELECT id FROM inv_reservation WHERE sku_id = x'05'
SELECT id FROM inv_reservation WHERE sku_id = 0x05
SELECT id FROM inv_reservation WHERE sku_id = b'101'
SELECT id FROM inv_reservation WHERE sku_id = 0b101
SELECT id FROM inv_reservation WHERE sku_id = TRUE
+ SELECT id FROM inv_reservation WHERE sku_id = NULL
SELECT id FROM inv_reservation WHERE sku_id <=> NULL
SELECT id FROM inv_reservation WHERE sku_id IS NULL
SELECT id FROM inv_reservation WHERE sku_id = \N
SELECT id FROM inv_reservation WHERE sku_id = DEFAULT(sku_id)
SELECT id FROM inv_reservation WHERE sku_id = @unset
SELECT id FROM inv_reservation WHERE sku_id = (@v := {a})
SELECT id FROM inv_reservation WHERE sku_id = @@auto_increment_increment
SELECT id FROM inv_reservation WHERE sku_id = (SELECT {a})
SELECT id FROM inv_reservation WHERE sku_id = (SELECT {a} FROM DUAL)
+ SELECT id FROM inv_reservation WHERE sku_id = (({a}))
SELECT id FROM inv_reservation WHERE sku_id = ({a}, {a})
+ SELECT id FROM inv_reservation WHERE (sku_id) = ({a})
+ SELECT id FROM inv_reservation WHERE {a} = sku_id
SELECT id FROM inv_reservation WHERE sku_id = 18446744073709551616
SELECT id FROM inv_reservation WHERE sku_id = -18446744073709551616
+ SELECT id FROM inv_reservation WHERE sku_id = 9223372036854775808
+ SELECT id FROM inv_reservation WHERE sku_id = {g}
+ SELECT id FROM inv_reservation WHERE sku_id = '{g}'
SELECT id FROM inv_reservation WHERE sku_id = {g}.0
SELECT id FROM inv_reservation WHERE sku_id = {g}e0
+ SELECT id FROM inv_reservation WHERE sku_id IN ('{g}', 1)
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) = ('{g}', 1)
SELECT id FROM inv_reservation WHERE sku_id = DATE '2026-01-01'
SELECT id FROM inv_reservation WHERE sku_id = TIMESTAMP'2026-01-01 00:00:00'
SELECT id FROM inv_reservation WHERE sku_id = {ts '2026-01-01 00:00:00'}
SELECT id FROM inv_reservation WHERE sku_id = 1_000
SELECT id FROM inv_reservation WHERE sku_id = '{a}\0'
+ SELECT id FROM inv_reservation WHERE sku_id = '\{a}'
+ SELECT * FROM meaning_token WHERE token = 'abc'
+ SELECT * FROM meaning_token WHERE token = "abc"
+ SELECT * FROM meaning_token WHERE token = 'ABC'
SELECT * FROM meaning_token WHERE token = 'abc '
+ SELECT * FROM meaning_token WHERE token = 'it''s'
+ SELECT * FROM meaning_token WHERE token = 'it\'s'
+ SELECT * FROM meaning_token WHERE token = "it's"
+ SELECT * FROM meaning_token WHERE token = '\a\b\c'
+ SELECT * FROM meaning_token WHERE token = 'a\\b'
+ SELECT * FROM meaning_token WHERE token = 'a\nb'
+ SELECT * FROM meaning_token WHERE token = 'say "hi"'
+ SELECT * FROM meaning_token WHERE token = "say ""hi"""
+ SELECT * FROM meaning_token WHERE token = '50%'
+ SELECT * FROM meaning_token WHERE token = '50\%'
SELECT * FROM meaning_token WHERE token LIKE '50\%'
SELECT * FROM meaning_token WHERE token LIKE 'abc'
SELECT * FROM meaning_token WHERE token = 5
+ SELECT * FROM meaning_token WHERE token = '5'
SELECT * FROM meaning_token WHERE token = '5 '
+ SELECT * FROM meaning_token WHERE token = 'né'
SELECT * FROM meaning_token WHERE token = N'né'
SELECT * FROM meaning_token WHERE token = _utf8mb4'né'
SELECT * FROM meaning_token WHERE token = _latin1'abc'
SELECT * FROM meaning_token WHERE token = _utf8mb4 0x616263
SELECT * FROM meaning_token WHERE token = 0x616263
SELECT * FROM meaning_token WHERE token = x'616263'
SELECT * FROM meaning_token WHERE token = 'a' 'bc'
SELECT * FROM meaning_token WHERE token = CONCAT('a', 'bc')
SELECT * FROM meaning_token WHERE token = 'abc' COLLATE utf8mb4_general_ci
SELECT * FROM meaning_token WHERE token COLLATE utf8mb4_general_ci = 'abc'
+ SELECT * FROM meaning_token WHERE token IN ('abc', 'it''s')
SELECT * FROM meaning_token WHERE token BETWEEN 'abc' AND 'abc'
SELECT * FROM meaning_token WHERE token > 'abc' AND token < 'abd'
SELECT * FROM meaning_token WHERE token = TRUE
+ SELECT * FROM meaning_token WHERE token = ''
+ SELECT * FROM meaning_token WHERE token = 'ABC' OR token = 'abc'
SELECT * FROM meaning_token WHERE token SOUNDS LIKE 'abc'
SELECT * FROM meaning_token WHERE token REGEXP '^abc$'
SELECT * FROM meaning_token WHERE MATCH (token) AGAINST ('abc')
SELECT * FROM meaning_token WHERE token = DATE '2026-01-01'

# conditions
+ SELECT id FROM inv_reservation WHERE sku_id <=> {a}
+ SELECT id FROM inv_reservation WHERE {a} <=> sku_id
+ SELECT id FROM inv_reservation WHERE sku_id IN ({a})
+ SELECT id FROM inv_reservation WHERE sku_id IN ({a}, {a}, NULL)
+ SELECT id FROM inv_reservation WHERE sku_id IN ({a}, {n})
+ SELECT id FROM inv_reservation WHERE sku_id IN ({a}, {s})
+ SELECT id FROM inv_reservation WHERE sku_id IN ({a}, {o})
SELECT id FROM inv_reservation WHERE sku_id IN ({a}, warehouse_id)
SELECT id FROM inv_reservation WHERE sku_id IN ({a}, {o} + 0)
SELECT id FROM inv_reservation WHERE sku_id IN ({a}, sku_id)
SELECT id FROM inv_reservation WHERE sku_id IN ({a}, (SELECT {o}))
SELECT id FROM inv_reservation WHERE sku_id IN ({a}, '{o} ')
+ SELECT id FROM inv_reservation WHERE sku_id IN (NULL)
SELECT id FROM inv_reservation WHERE {a} IN (sku_id)
SELECT id FROM inv_reservation WHERE {a} IN (sku_id, warehouse_id)
SELECT id FROM inv_reservation WHERE sku_id NOT IN ({a})
SELECT id FROM inv_reservation WHERE NOT sku_id IN ({a})
SELECT id FROM inv_reservation WHERE NOT (sku_id NOT IN ({a}))
SELECT id FROM inv_reservation WHERE NOT (sku_id <> {a})
SELECT id FROM inv_reservation WHERE sku_id <> {a}
SELECT id FROM inv_reservation WHERE sku_id != {a}
SELECT id FROM inv_reservation WHERE sku_id BETWEEN {a} AND {a}
SELECT id FROM inv_reservation WHERE sku_id NOT BETWEEN {a} AND {a}
SELECT id FROM inv_reservation WHERE NOT sku_id BETWEEN {a} AND {a}
SELECT id FROM inv_reservation WHERE sku_id >= {a} AND sku_id <= {a}
SELECT id FROM inv_reservation WHERE sku_id > {a}
SELECT id FROM inv_reservation WHERE sku_id LIKE '{a}'
SELECT id FROM inv_reservation WHERE sku_id LIKE {a}
SELECT id FROM inv_reservation WHERE sku_id RLIKE {a}
SELECT id FROM inv_reservation WHERE sku_id IS TRUE
SELECT id FROM inv_reservation WHERE sku_id = {a} IS TRUE
SELECT id FROM inv_reservation WHERE (sku_id = {a}) = 1
SELECT id FROM inv_reservation WHERE (sku_id = {a}) <> 0
SELECT id FROM inv_reservation WHERE sku_id = {a} = 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND 1
SELECT id FROM inv_reservation WHERE sku_id = {a} OR 1 = 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} OR sku_id = {n}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} OR sku_id = {o}
SELECT id FROM inv_reservation WHERE sku_id = {a} OR warehouse_id = 1
SELECT id FROM inv_reservation WHERE sku_id = {a} || sku_id = {o}
SELECT id FROM inv_reservation WHERE sku_id = {a} || 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} && warehouse_id = 1
SELECT id FROM inv_reservation WHERE sku_id = {a} XOR warehouse_id = 1
SELECT id FROM inv_reservation WHERE sku_id = {a} XOR 0
SELECT id FROM inv_reservation WHERE warehouse_id = 1 XOR sku_id = {a} AND status = 1
SELECT id FROM inv_reservation WHERE NOT sku_id = {a}
SELECT id FROM inv_reservation WHERE ! sku_id = {a}
SELECT id FROM inv_reservation WHERE !(sku_id = {a})
SELECT id FROM inv_reservation WHERE NOT NOT sku_id = {a}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND NOT warehouse_id = 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND warehouse_id BETWEEN 1 AND 2 OR sku_id = {n}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND (warehouse_id = 1 OR warehouse_id = 2)
+ SELECT id FROM inv_reservation WHERE (sku_id = {a} AND warehouse_id = 1) OR (sku_id = {n} AND warehouse_id = 2)
SELECT id FROM inv_reservation WHERE (sku_id = {a} AND warehouse_id = 1) OR warehouse_id = 2
+ SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) = ({a}, 1)
+ SELECT id FROM inv_reservation WHERE ROW(sku_id, warehouse_id) = ROW({a}, 1)
+ SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) IN (({a}, 1), ({n}, 2))
+ SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) IN (({a}, 1), ({o}, 2))
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) <> ({a}, 1)
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) <=> ({a}, 1)
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) > ({a}, 1)
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) NOT IN (({a}, 1))
SELECT id FROM inv_reservation WHERE ((sku_id, warehouse_id), status) = (({a}, 1), 1)
+ SELECT id FROM inv_reservation WHERE (warehouse_id, sku_id) IN ((1, {a}), (NULL, {o}))
SELECT id FROM inv_reservation WHERE (sku_id, 1) = ({a}, 1)
SELECT id FROM inv_reservation WHERE ({a}, 1) = (sku_id, warehouse_id)
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) = (SELECT {a}, 1)
SELECT id FROM inv_reservation WHERE (sku_id, warehouse_id) IN (SELECT sku_id, warehouse_id FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1)
SELECT id FROM inv_reservation WHERE CASE WHEN 1 THEN sku_id = {a} END
SELECT id FROM inv_reservation WHERE CASE sku_id WHEN {a} THEN 1 ELSE 0 END
SELECT id FROM inv_reservation WHERE IF(sku_id = {a}, 1, 0)
SELECT id FROM inv_reservation WHERE COALESCE(sku_id, 0) = {a}
SELECT id FROM inv_reservation WHERE sku_id = {a} AND (id MEMBER OF ('[1, 2]')) = 0
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND order_no = 'a1' AND order_no LIKE 'a%' ESCAPE '|'
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND order_no NOT LIKE 'b%' AND order_no NOT REGEXP '^x'
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND expire_at > NOW() - INTERVAL 100 YEAR
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND expire_at > DATE_SUB(NOW(), INTERVAL '1:30' HOUR_MINUTE) - INTERVAL 1 DAY OR sku_id = {a}
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND expire_at BETWEEN '2026-01-01' AND '2027-01-01' + INTERVAL 1 DAY
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND EXTRACT(YEAR_MONTH FROM expire_at) > 0
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND TRIM(BOTH ' ' FROM order_no) <> TRIM(LEADING FROM ' x') AND SUBSTRING(order_no FROM 1 FOR 1) = 'a'
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND POSITION('a' IN order_no) = 1
SELECT id FROM inv_reservation WHERE sku_id = {a} AND CHAR(97 USING utf8mb4) = 'a'
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND INTERVAL(qty, 0, 1, 2) >= 0
SELECT id FROM inv_reservation WHERE sku_id = {a} AND WEIGHT_STRING('a' AS CHAR(2)) IS NOT NULL
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND GET_FORMAT(DATE, 'USA') IS NOT NULL
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND TIMESTAMPDIFF(SECOND, expire_at, NOW()) IS NOT NULL AND TIMESTAMPADD(DAY, 1, expire_at) IS NOT NULL
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND CONVERT(order_no, CHAR(10)) IS NOT NULL AND CAST(qty AS DECIMAL(10, 2)) >= 0
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND JSON_EXTRACT('{"a": 1}', '$.a') = 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND CURRENT_DATE > '2000-01-01' AND UTC_TIMESTAMP() > CURRENT_TIMESTAMP(3) - INTERVAL 1 YEAR
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND qty <=> NULL IS NOT NULL
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND qty IS NOT UNKNOWN
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND 1 < ALL (SELECT 2)
SELECT id FROM inv_reservation WHERE sku_id = {a} COLLATE utf8mb4_bin
+ SELECT id FROM inv_reservation WHERE sku_id = {a} AND warehouse_id = 1 -- OR 1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} # OR 1
SELECT id FROM inv_reservation WHERE sku_id = {a} --1
+ SELECT id FROM inv_reservation WHERE sku_id = {a} /* OR 1 */
SELECT id FROM inv_reservation WHERE sku_id = {a} /*! OR 1 */
SELECT id FROM inv_reservation WHERE sku_id = {a} /*!50000 OR 1 */
+ SELECT id FROM inv_reservation WHERE sku_id = {a} /*!99999 OR 1 */
SELECT id FROM inv_reservation WHERE sku_id = {a} /*M! OR 1 */
+ SELECT id FROM inv_reservation WHERE sku_id = /*! {a} */ /*!99999 + 1 */
+ SELECT /*!50000 id */ FROM inv_reservation WHERE sku_id = {a}
+ SELECT id FROM meaning_period WHERE num = 7
+ SELECT id FROM meaning_period WHERE num BETWEEN 0 AND 50
+ SELECT id FROM meaning_period WHERE num BETWEEN 99 AND 100
SELECT id FROM meaning_period WHERE num NOT BETWEEN 0 AND 99
+ SELECT id FROM meaning_period WHERE num BETWEEN 50 AND 0
SELECT id FROM meaning_period WHERE num BETWEEN NULL AND 5
+ SELECT id FROM meaning_period WHERE num BETWEEN '0' AND '50'
SELECT id FROM meaning_period WHERE num BETWEEN 0.5 AND 99.5
+ SELECT id FROM meaning_period WHERE num > -1 AND num < 100
+ SELECT id FROM meaning_period WHERE num >= 100 AND num <= 199
+ SELECT id FROM meaning_period WHERE 100 <= num AND 199 >= num
+ SELECT id FROM meaning_period WHERE num < 0
+ SELECT id FROM meaning_period WHERE num > 600
SELECT id FROM meaning_period WHERE num > 600 OR num = 650
+ SELECT id FROM meaning_period WHERE num IN (0, 7, 99)
+ SELECT id FROM meaning_period WHERE num IN (99, 100)
SELECT id FROM meaning_period WHERE num BETWEEN 0 AND num
SELECT id FROM meaning_period WHERE 5 BETWEEN num AND 100
SELECT id FROM meaning_period WHERE num BETWEEN SYMMETRIC 50 AND 0
SELECT id FROM meaning_period WHERE NOT num < 600
SELECT id FROM meaning_period WHERE num + 0 BETWEEN 0 AND 50
SELECT id FROM meaning_period WHERE num = 1 + 6
+ SELECT id FROM meaning_period WHERE num > 5 AND num > 650
