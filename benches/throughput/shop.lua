-- One shop's load for sysbench: a point select by the whole key, or a guarded update of one row.
sysbench.cmdline.options = {
   skus = {"SKUs in the table", 20000},
   kind = {"select or update", "select"},
}

function thread_init()
   connection = sysbench.sql.driver():connect()
end

function thread_done()
   connection:disconnect()
end

local statements = {
   select = "SELECT id, stock, reserved, version FROM inv_stock WHERE sku_id = %d AND warehouse_id = 1",
   update = "UPDATE inv_stock SET reserved = reserved + 1, version = version + 1 "
      .. "WHERE sku_id = %d AND warehouse_id = 1 AND stock - reserved >= 1",
}

function event()
   connection:query(statements[sysbench.opt.kind]:format(sysbench.rand.uniform(1, sysbench.opt.skus)))
end
