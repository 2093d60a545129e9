-- Tables of the recommended layout (config/ecommerce.yaml), as the application sees them.
-- Run them through the proxy: it creates every actual table on every server.

CREATE TABLE inv_stock (
  id           BIGINT    NOT NULL PRIMARY KEY,
  sku_id       BIGINT    NOT NULL,
  warehouse_id INT       NOT NULL,
  stock        INT       NOT NULL,
  reserved     INT       NOT NULL DEFAULT 0,
  version      INT       NOT NULL DEFAULT 0,
  updated_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  UNIQUE KEY uk_sku_wh (sku_id, warehouse_id)
) ENGINE=InnoDB;

CREATE TABLE inv_reservation (
  id           BIGINT      NOT NULL PRIMARY KEY,
  order_no     VARCHAR(64) NOT NULL,
  sku_id       BIGINT      NOT NULL,
  warehouse_id INT         NOT NULL,
  qty          INT         NOT NULL,
  expire_at    TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP,
  status       TINYINT     NOT NULL DEFAULT 0 COMMENT '0 reserved, 1 committed, 2 canceled',
  UNIQUE KEY uk_order_sku (order_no, sku_id)
) ENGINE=InnoDB;

CREATE TABLE outbox (
  id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_type VARCHAR(32) NOT NULL,
  payload    JSON        NOT NULL,
  created_at DATETIME    NOT NULL,
  status     TINYINT     NOT NULL DEFAULT 0
) ENGINE=InnoDB;

CREATE TABLE dict_currency (
  code     CHAR(3)     NOT NULL PRIMARY KEY,
  name     VARCHAR(64) NOT NULL,
  decimals TINYINT     NOT NULL DEFAULT 2
) ENGINE=InnoDB;

CREATE TABLE dict_region (
  id   INT         NOT NULL PRIMARY KEY,
  name VARCHAR(64) NOT NULL
) ENGINE=InnoDB;
