-- Statements of the stock service, as its batch jobs send them.

-- one shelf
SELECT stock, reserved, version
  FROM inv_stock
 WHERE sku_id = :sku AND warehouse_id = :warehouse;

-- optimistic lock, as the seed of the shop writes it
UPDATE inv_stock
   SET stock = stock - :qty, version = version + 1
 WHERE sku_id = :sku AND warehouse_id = :warehouse AND version = :version AND stock >= :qty;

-- everything in a warehouse: no SKU
SELECT sku_id, stock
  FROM inv_stock
 WHERE warehouse_id = :warehouse AND stock < 10;

-- a nightly report that runs on a replica of its own, around the proxy
SELECT warehouse_id, SUM(stock) FROM inv_stock GROUP BY warehouse_id; -- shardgate-lint: ignore missing-sharding-value runs at a replica, around the proxy

-- the value is computed
SELECT stock FROM inv_stock WHERE sku_id = :sku + 0 AND warehouse_id = 1;

-- moves a row to another SKU
UPDATE inv_stock SET sku_id = 2 WHERE sku_id = 1 AND warehouse_id = 1;

-- a physical table
SELECT COUNT(*) FROM inv_stock_17;

-- shardgate-lint: ignore needs-merge nothing of the kind is here any more
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 1;
