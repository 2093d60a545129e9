-- Routines and clean-up of single tables go through; those that name sharded tables do not.
DELIMITER $$
CREATE PROCEDURE close_day(IN day DATE)
BEGIN
  INSERT INTO day_end (day, closed_at) VALUES (day, NOW());
  UPDATE counters SET value = value + 1 WHERE name = 'days';
END$$

CREATE PROCEDURE empty_shelves()
BEGIN
  SELECT sku_id FROM inv_stock WHERE stock = 0;
END$$
DELIMITER ;

DELETE FROM inv_reservation WHERE expire_at < NOW() LIMIT 1000;
DELETE FROM inv_reservation WHERE sku_id = %(sku)s AND expire_at < NOW() LIMIT 1000;
LOCK TABLES inv_stock WRITE;
INSERT INTO dict_currency (code, name) VALUES ('EUR', 'Euro');
