# meaning_moment is cut by days of `at` DATETIME, meaning_day by a hash of `day` DATE
SELECT * FROM meaning_moment WHERE at = '2026-01-02 00:00:00'
SELECT * FROM meaning_moment WHERE at = '2026-01-02'
SELECT * FROM meaning_moment WHERE at = '2026-01-02 00:00:00.000'
SELECT * FROM meaning_moment WHERE at = '2026-1-2'
SELECT * FROM meaning_moment WHERE at = '20260102'
SELECT * FROM meaning_moment WHERE at = 20260102
SELECT * FROM meaning_moment WHERE at = '2026-01-02T00:00:00'
SELECT * FROM meaning_moment WHERE at = DATE '2026-01-02'
SELECT * FROM meaning_moment WHERE at = TIMESTAMP '2026-01-02 00:00:00'
SELECT * FROM meaning_moment WHERE at = '2026-01-01 23:59:59'
SELECT * FROM meaning_moment WHERE at = '2026-01-01 23:59:59.9'
SELECT * FROM meaning_moment WHERE at = '2026-01-01 24:00:00'
SELECT * FROM meaning_moment WHERE at = '2026-01-02 00:00:00 '
SELECT * FROM meaning_moment WHERE at = '2026-01-02 00:00'
SELECT * FROM meaning_moment WHERE at = '2026-01-02 00:00:00+00:00'
SELECT * FROM meaning_moment WHERE at IN ('2026-01-02 00:00:00', '2026-01-02 12:30:00')
SELECT * FROM meaning_moment WHERE at IN ('2026-01-02 00:00:00', '2026-01-05 23:59:59')
SELECT * FROM meaning_moment WHERE at BETWEEN '2026-01-02' AND '2026-01-02 23:59:59'
SELECT * FROM meaning_moment WHERE at BETWEEN '2026-01-02' AND '2026-01-02 23:59:59.999'
SELECT * FROM meaning_moment WHERE at >= '2026-01-01' AND at < '2026-01-02'
SELECT * FROM meaning_moment WHERE at >= '2026-01-01 00:00:00' AND at <= '2026-01-02 00:00:00'
SELECT * FROM meaning_moment WHERE at > '2026-01-01 23:59:58' AND at < '2026-01-02 00:00:00.5'
SELECT * FROM meaning_moment WHERE at > '2026-01-05' AND at < '2026-01-06'
SELECT * FROM meaning_moment WHERE at < '2026-01-01'
SELECT * FROM meaning_moment WHERE at > '2026-01-20'
SELECT * FROM meaning_moment WHERE at NOT BETWEEN '2026-01-02' AND '2026-01-03'
SELECT * FROM meaning_moment WHERE DATE(at) = '2026-01-02'
SELECT * FROM meaning_moment WHERE at LIKE '2026-01-02%'
SELECT * FROM meaning_moment WHERE at = '2026-02-30'
SELECT * FROM meaning_moment WHERE at = ''
INSERT INTO meaning_moment VALUES (900, '2026-01-03 10:00:00', 1)
INSERT INTO meaning_moment VALUES (900, '2026-01-03', 1)
INSERT INTO meaning_moment VALUES (900, '2026-01-05 23:59:59.9', 1)
INSERT INTO meaning_moment VALUES (900, '2026-01-05 23:59:59.4', 1)
INSERT INTO meaning_moment VALUES (900, '2026-01-05 23:59:58.9', 1)
INSERT INTO meaning_moment VALUES (900, '2026-01-05T10:00:00', 1)
INSERT INTO meaning_moment VALUES (900, 20260105, 1)
INSERT INTO meaning_moment VALUES (900, NOW(), 1)
INSERT INTO meaning_moment VALUES (900, '2026-01-03 10:00:00', 1), (901, '2026-01-03 11:00:00', 2)
UPDATE meaning_moment SET n = 9 WHERE at = '2026-01-02 00:00:00'
UPDATE meaning_moment SET n = 9 WHERE at BETWEEN '2026-01-02' AND '2026-01-02 23:59:59'
UPDATE meaning_moment SET at = '2026-01-03 00:00:00' WHERE at = '2026-01-02 00:00:00'
DELETE FROM meaning_moment WHERE at >= '2026-01-01' AND at < '2026-01-02'
SELECT * FROM meaning_day WHERE day = '2026-01-02'
SELECT * FROM meaning_day WHERE day = '2026-01-02 00:00:00'
SELECT * FROM meaning_day WHERE day = '2026-01-02 00:00:00.0'
SELECT * FROM meaning_day WHERE day = '2026-01-02 10:00:00'
SELECT * FROM meaning_day WHERE day = DATE '2026-01-02'
SELECT * FROM meaning_day WHERE day = '20260102'
SELECT * FROM meaning_day WHERE day = 20260102
SELECT * FROM meaning_day WHERE day IN ('2026-01-02', '2026-01-02 00:00:00')
SELECT * FROM meaning_day WHERE day BETWEEN '2026-01-02' AND '2026-01-02'
SELECT * FROM meaning_day d JOIN meaning_moment m ON m.at = d.day WHERE d.day = '2026-01-02'
INSERT INTO meaning_day VALUES (900, '2026-01-09', 1)
INSERT INTO meaning_day VALUES (900, '2026-01-09 00:00:00', 1)
INSERT INTO meaning_day VALUES (900, '2026-01-09 10:00:00', 1)
INSERT INTO meaning_day VALUES (900, '2026-01-08 23:59:59.9', 1)
UPDATE meaning_day SET n = 5 WHERE day = '2026-01-02 00:00:00'
DELETE FROM meaning_day WHERE day = '2026-01-02'
