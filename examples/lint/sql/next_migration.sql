-- a migration that is under review: SKUs get letters
ALTER TABLE inv_stock MODIFY COLUMN sku_id VARCHAR(32) NOT NULL;
