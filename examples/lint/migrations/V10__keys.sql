-- after V2, although its name sorts before it
ALTER TABLE inv_reservation DROP INDEX uk_order, ADD UNIQUE KEY uk_order_sku (order_no, sku_id);
CREATE UNIQUE INDEX uk_warehouse ON inv_stock (warehouse_id, version);
ALTER TABLE inv_stock MODIFY COLUMN id BIGINT NOT NULL AUTO_INCREMENT;
