-- One shop's load for sysbench: a point select by the whole key, as text or prepared, or a guarded update of one row.
sysbench.cmdline.options = {
   skus = {"SKUs in the table", 20000},
   kind = {"select, prepared, cycle or update", "select"},
}

local statements = {
   select = "SELECT id, stock, reserved, version FROM inv_stock WHERE sku_id = %d AND warehouse_id = 1",
   update = "UPDATE inv_stock SET reserved = reserved + 1, version = version + 1 "
      .. "WHERE sku_id = %d AND warehouse_id = 1 AND stock - reserved >= 1",
}
local parameterized = "SELECT id, stock, reserved, version FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1"

local function prepare()
   statement = connection:prepare(parameterized)
   sku = statement:bind_create(sysbench.sql.type.BIGINT)
   statement:bind_param(sku)
end

function thread_init()
   connection = sysbench.sql.driver():connect()
   if sysbench.opt.kind == "prepared" then
      prepare()
   end
end

function thread_done()
   if sysbench.opt.kind == "prepared" then
      statement:close()
   end
   connection:disconnect()
end

function event()
   local number = sysbench.rand.uniform(1, sysbench.opt.skus)
   local kind = sysbench.opt.kind
   if kind == "cycle" then
      prepare()
   end
   if kind == "cycle" or kind == "prepared" then
      sku:set(number)
      statement:execute()
   else
      connection:query(statements[kind]:format(number))
   end
   if kind == "cycle" then
      statement:close()
   end
end
