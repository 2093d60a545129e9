CREATE TABLE inv_stock (
  id           BIGINT    NOT NULL PRIMARY KEY,
  sku_id       BIGINT    NOT NULL,
  warehouse_id INT       NOT NULL,
  stock        INT       NOT NULL,
  UNIQUE KEY uk_sku_wh (sku_id, warehouse_id)
) ENGINE=InnoDB;

CREATE TABLE inv_reservation (
  id           BIGINT      NOT NULL PRIMARY KEY,
  order_no     VARCHAR(64) NOT NULL,
  sku_id       BIGINT      NOT NULL,
  warehouse_id INT         NOT NULL,
  qty          INT         NOT NULL,
  UNIQUE KEY uk_order (order_no),
  CONSTRAINT fk_stock FOREIGN KEY (sku_id, warehouse_id) REFERENCES inv_stock (sku_id, warehouse_id)
) ENGINE=InnoDB;

CREATE TABLE outbox (
  id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_type VARCHAR(32) NOT NULL,
  payload    JSON        NOT NULL,
  created_at DATETIME    NOT NULL,
  status     TINYINT     NOT NULL DEFAULT 0
) ENGINE=InnoDB;

CREATE TABLE dict_region (id INT NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL);
CREATE TABLE day_end (day DATE NOT NULL PRIMARY KEY, closed_at DATETIME NOT NULL);
CREATE TABLE counters (name VARCHAR(32) NOT NULL PRIMARY KEY, value BIGINT NOT NULL);
