-- What tools ask when they connect, and what they read of the tables. One statement each, ended by `;;` at a line's end.
-- [listing]: rows about tables that other tests make are left out before both sides are compared.
-- [shape]: the values are each server's own (times, sizes): only the columns' names are compared, and the number of rows.
-- [mysql], [mariadb]: what the tool asks of that family alone.

-- Connector/J: the session's variables at login, then DatabaseMetaData
[shape] [mysql] /* mysql-connector-j-9.1.0 (Revision: cf2917ea44ae2e43a4514a33771035aa99de73be) */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS character_set_results, @@character_set_server AS character_set_server, @@collation_server AS collation_server, @@collation_connection AS collation_connection, @@init_connect AS init_connect, @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS net_write_timeout, @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout;;
[shape] [mariadb] /* mysql-connector-j-9.1.0 (Revision: cf2917ea44ae2e43a4514a33771035aa99de73be) */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS character_set_results, @@character_set_server AS character_set_server, @@collation_server AS collation_server, @@collation_connection AS collation_connection, @@init_connect AS init_connect, @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS net_write_timeout, @@performance_schema AS performance_schema, @@query_cache_size AS query_cache_size, @@query_cache_type AS query_cache_type, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@tx_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout;;
[listing] SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, CASE WHEN TABLE_TYPE='BASE TABLE' THEN CASE WHEN TABLE_SCHEMA = 'mysql' OR TABLE_SCHEMA = 'performance_schema' OR TABLE_SCHEMA = 'sys' THEN 'SYSTEM TABLE' ELSE 'TABLE' END WHEN TABLE_TYPE='TEMPORARY' THEN 'LOCAL_TEMPORARY' ELSE TABLE_TYPE END AS TABLE_TYPE, TABLE_COMMENT AS REMARKS, NULL AS TYPE_CAT FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'ecommerce' HAVING TABLE_TYPE IN ('TABLE','VIEW',null,null,null) ORDER BY TABLE_TYPE, TABLE_SCHEMA, TABLE_NAME;;
SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, COLUMN_NAME, UPPER(DATA_TYPE), COLUMN_DEFAULT, ORDINAL_POSITION, IS_NULLABLE, IF(EXTRA LIKE '%auto_increment%', 'YES', 'NO') AS IS_AUTOINCREMENT FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'ecommerce' AND TABLE_NAME LIKE 'inv\_stock' ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION;;
SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, COLUMN_NAME, SEQ_IN_INDEX AS KEY_SEQ, 'PRIMARY' AS PK_NAME FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = 'ecommerce' AND TABLE_NAME = 'inv_reservation' AND INDEX_NAME='PRIMARY' ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;;
SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, NON_UNIQUE, NULL AS INDEX_QUALIFIER, INDEX_NAME, 3 AS TYPE, SEQ_IN_INDEX AS ORDINAL_POSITION, COLUMN_NAME, COLLATION AS ASC_OR_DESC FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = 'ecommerce' AND TABLE_NAME = 'inv_stock' ORDER BY NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX;;
[shape] SELECT DISTINCT A.REFERENCED_TABLE_SCHEMA AS PKTABLE_CAT, A.REFERENCED_TABLE_NAME AS PKTABLE_NAME, A.TABLE_NAME AS FKTABLE_NAME, A.CONSTRAINT_NAME AS FK_NAME, R.UPDATE_RULE FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE A JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS B USING (TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME) JOIN INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS R ON (R.CONSTRAINT_NAME = B.CONSTRAINT_NAME AND R.TABLE_NAME = B.TABLE_NAME AND R.CONSTRAINT_SCHEMA = B.TABLE_SCHEMA) WHERE B.CONSTRAINT_TYPE = 'FOREIGN KEY' AND A.TABLE_SCHEMA='ecommerce' AND A.TABLE_NAME='inv_stock' AND A.REFERENCED_TABLE_SCHEMA IS NOT NULL ORDER BY A.REFERENCED_TABLE_SCHEMA, A.REFERENCED_TABLE_NAME, A.ORDINAL_POSITION;;
SHOW FULL COLUMNS FROM `inv_stock` FROM `ecommerce` LIKE '%';;
[shape] SHOW KEYS FROM `inv_stock` FROM `ecommerce`;;
[listing] SHOW FULL TABLES FROM `ecommerce` LIKE '%';;
SHOW CREATE TABLE `ecommerce`.`inv_stock`;;
SELECT @@session.transaction_read_only;;
SET SESSION TRANSACTION READ WRITE;;

-- HikariCP and connection pools
SELECT 1;;
/* ping */ SELECT 1;;
SET autocommit=1;;

-- MariaDB Connector/J
[shape] SELECT @@max_allowed_packet,@@system_time_zone,@@time_zone,@@auto_increment_increment;;
[shape] [mariadb] SELECT @@max_allowed_packet, @@wait_timeout, @@socket;;

-- DBeaver
[listing] SELECT * FROM (SELECT SCHEMA_NAME AS S FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ('ecommerce','information_schema')) s ORDER BY 1;;
SELECT DATABASE();;
[shape] SHOW ENGINES;;
[shape] SHOW CHARSET;;
[shape] SHOW COLLATION;;
SELECT @@GLOBAL.character_set_server,@@GLOBAL.collation_server;;
[listing] SHOW FULL TABLES FROM `ecommerce`;;
[shape] SHOW TABLE STATUS FROM `ecommerce` LIKE 'inv\_stock';;
[shape] SHOW TABLE STATUS FROM `ecommerce` WHERE Name = 'inv_reservation';;
SELECT cc.CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS cc, information_schema.TABLE_CONSTRAINTS tc WHERE cc.CONSTRAINT_SCHEMA = tc.CONSTRAINT_SCHEMA AND cc.CONSTRAINT_NAME = tc.CONSTRAINT_NAME AND tc.TABLE_SCHEMA='ecommerce' AND tc.TABLE_NAME='inv_stock' ORDER BY 1;;
SELECT * FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA='ecommerce' AND EVENT_OBJECT_TABLE='inv_stock';;
SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA='ecommerce' AND ROUTINE_NAME='none' ORDER BY ROUTINE_NAME;;
SELECT * FROM information_schema.EVENTS WHERE EVENT_SCHEMA='ecommerce';;
SELECT kc.CONSTRAINT_NAME,kc.TABLE_NAME,kc.COLUMN_NAME,kc.ORDINAL_POSITION FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE kc WHERE kc.TABLE_SCHEMA='ecommerce' AND kc.REFERENCED_TABLE_NAME IS NULL AND kc.TABLE_NAME='inv_stock' ORDER BY kc.CONSTRAINT_NAME,kc.ORDINAL_POSITION;;
SELECT * FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA='ecommerce' AND TABLE_NAME='inv_stock' AND PARTITION_NAME IS NOT NULL ORDER BY PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION;;
SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='ecommerce' AND TABLE_NAME IN ('inv_stock', 'inv_reservation', 'dict_region') ORDER BY TABLE_NAME, ORDINAL_POSITION;;

-- MySQL Workbench
[shape] SELECT current_user();;
SET SESSION sql_mode = 'STRICT_TRANS_TABLES';;
SET CHARACTER SET utf8;;
SET NAMES utf8mb4;;
[shape] SHOW SESSION STATUS LIKE 'Ssl_cipher';;
SHOW SESSION VARIABLES LIKE 'lower_case_table_names';;
SHOW SESSION VARIABLES LIKE 'sql_mode';;
[shape] SHOW SESSION VARIABLES LIKE 'version_comment';;
SELECT name, type FROM (SELECT TABLE_NAME AS name, TABLE_TYPE AS type FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'ecommerce') t WHERE name IN ('inv_stock','outbox') ORDER BY name;;
SHOW FUNCTION STATUS WHERE Db='ecommerce';;
SHOW PROCEDURE STATUS WHERE Db='none';;
SHOW FULL COLUMNS FROM `ecommerce`.`inv_reservation`;;
SHOW TRIGGERS FROM `ecommerce` LIKE 'inv_stock';;
SHOW EVENTS FROM `ecommerce`;;

-- SQLAlchemy
[shape] SELECT VERSION();;
SELECT DATABASE();;
[mysql] SELECT @@transaction_isolation;;
[mariadb] SELECT @@tx_isolation;;
SHOW VARIABLES LIKE 'sql_mode';;
SHOW VARIABLES LIKE 'lower_case_table_names';;
SELECT CAST('test plain returns' AS CHAR(60)) AS anon_1;;
SELECT CAST('test collated returns' AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin AS anon_1;;
DESCRIBE `ecommerce`.`inv_stock`;;
SHOW CREATE TABLE `inv_reservation`;;
[listing] SHOW FULL TABLES FROM `ecommerce`;;

-- Django
[shape] SELECT VERSION(), @@sql_mode, @@default_storage_engine, @@sql_auto_is_null, @@lower_case_table_names, CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL;;
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;;
[listing] SELECT table_name, table_type, table_comment FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name;;
SELECT column_name, data_type, CASE WHEN collation_name = 'utf8mb4_general_ci' THEN NULL ELSE collation_name END AS collation_name, CASE WHEN column_type LIKE '%% unsigned' THEN 1 ELSE 0 END AS is_unsigned, column_comment FROM information_schema.columns WHERE table_name = 'dict_region' AND table_schema = DATABASE() AND data_type = 'int';;
SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND table_name = 'inv_stock' ORDER BY constraint_name, ordinal_position;;
SELECT kc.`constraint_name`, kc.`column_name`, kc.`referenced_table_name`, kc.`referenced_column_name`, c.`constraint_type` FROM information_schema.key_column_usage AS kc, information_schema.table_constraints AS c WHERE kc.table_schema = DATABASE() AND (kc.referenced_table_schema = DATABASE() OR kc.referenced_table_schema IS NULL) AND c.table_schema = kc.table_schema AND c.constraint_name = kc.constraint_name AND c.constraint_type != 'CHECK' AND kc.table_name = 'inv_stock' AND c.table_name = kc.table_name ORDER BY kc.constraint_name, kc.`ordinal_position`;;
[shape] SHOW INDEX FROM `inv_stock`;;
SELECT engine FROM information_schema.tables WHERE table_name = 'inv_stock' AND table_schema = DATABASE();;
SELECT * FROM `inv_stock` WHERE sku_id = 1 AND warehouse_id = 1 LIMIT 1;;
SELECT column_name, referenced_table_name FROM information_schema.key_column_usage WHERE table_name = 'inv_reservation' AND table_schema = DATABASE() AND referenced_table_schema = DATABASE() AND referenced_table_name IS NOT NULL;;

-- Rails
SET  @@SESSION.sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'),  @@SESSION.sql_auto_is_null = 0, @@SESSION.wait_timeout = 2147483;;
[listing] SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY 1;;
[listing] SELECT table_name FROM (SELECT * FROM information_schema.tables WHERE table_schema = DATABASE()) _subquery WHERE _subquery.table_type IN ('BASE TABLE', 'VIEW') ORDER BY 1;;
SELECT column_name FROM information_schema.statistics WHERE index_name = 'PRIMARY' AND table_schema = database() AND table_name = 'inv_stock' ORDER BY seq_in_index;;
SHOW FULL FIELDS FROM `inv_stock`;;
[shape] SHOW KEYS FROM `inv_stock`;;
SELECT table_comment FROM information_schema.tables WHERE table_schema = database() AND table_name = 'inv_stock';;
SELECT fk.referenced_table_name AS 'to_table', fk.referenced_column_name AS 'primary_key', fk.column_name AS 'column', fk.constraint_name AS 'name', rc.update_rule AS 'on_update', rc.delete_rule AS 'on_delete' FROM information_schema.referential_constraints rc JOIN information_schema.key_column_usage fk USING (constraint_schema, constraint_name) WHERE fk.referenced_column_name IS NOT NULL AND fk.table_schema = database() AND fk.table_name = 'inv_reservation' AND rc.constraint_schema = database() AND rc.table_name = 'inv_reservation';;
SELECT @@max_allowed_packet > 1000;;

-- Prisma
[listing] SELECT DISTINCT BINARY table_info.table_name AS table_name, table_info.table_comment AS table_comment FROM information_schema.tables AS table_info WHERE table_info.table_schema = 'ecommerce' AND table_info.table_type = 'BASE TABLE' ORDER BY BINARY table_info.table_name;;
SELECT column_name COLLATE utf8_general_ci AS column_name, data_type, column_type, numeric_precision, numeric_scale, is_nullable, extra, table_name FROM information_schema.columns WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' ORDER BY ordinal_position;;
SELECT DISTINCT index_name AS index_name, non_unique AS non_unique, column_name AS column_name, seq_in_index AS seq_in_index, BINARY table_name AS table_name, sub_part AS partial, index_type AS index_type FROM information_schema.statistics WHERE table_schema = 'ecommerce' AND table_name = 'inv_reservation' ORDER BY index_name, seq_in_index;;
SELECT kcu.constraint_name, kcu.column_name FROM information_schema.key_column_usage AS kcu INNER JOIN information_schema.referential_constraints AS rc ON BINARY kcu.constraint_name = BINARY rc.constraint_name WHERE BINARY kcu.table_schema = 'ecommerce' AND BINARY rc.constraint_schema = 'ecommerce' AND kcu.referenced_column_name IS NOT NULL ORDER BY ordinal_position;;
[listing] SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'ecommerce';;

-- GORM
SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' AND table_type = 'BASE TABLE';;
SELECT SCHEMA_NAME FROM Information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'ecommerce%' ORDER BY SCHEMA_NAME='ecommerce' DESC LIMIT 1;;
SELECT count(*) FROM INFORMATION_SCHEMA.columns WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' AND column_name = 'reserved';;
SELECT column_name, column_default, is_nullable = 'YES', data_type, character_maximum_length, column_type, column_key, extra, column_comment, numeric_precision, numeric_scale, datetime_precision FROM information_schema.columns WHERE table_schema = 'ecommerce' AND table_name = 'inv_reservation' ORDER BY ORDINAL_POSITION;;
SELECT count(*) FROM information_schema.statistics WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' AND index_name = 'uk_sku_wh';;

-- phpMyAdmin, Laravel, Sequelize, TypeORM, Flyway
[listing] SELECT `TABLE_NAME` FROM `information_schema`.`TABLES` WHERE `TABLE_SCHEMA` = 'ecommerce' AND `TABLE_TYPE` = 'BASE TABLE' ORDER BY 1;;
[listing] select table_name as `name`, table_comment as `comment`, engine as `engine` from information_schema.tables where table_schema = 'ecommerce' and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') order by table_name;;
select column_name as `name`, data_type as `type_name`, column_type as `type`, is_nullable as `nullable`, extra as `extra` from information_schema.columns where table_schema = 'ecommerce' and table_name = 'outbox' order by ordinal_position asc;;
select index_name as `name`, group_concat(column_name order by seq_in_index) as `columns`, not non_unique as `unique` from information_schema.statistics where table_schema = 'ecommerce' and table_name = 'inv_stock' group by index_name, index_type, non_unique order by 1;;
SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME = 'inv_stock' AND TABLE_SCHEMA = 'ecommerce';;
SELECT `INFORMATION_SCHEMA`.`COLUMNS`.`COLUMN_NAME` FROM `INFORMATION_SCHEMA`.`COLUMNS` WHERE `COLUMNS`.`TABLE_SCHEMA` = 'ecommerce' AND `TABLE_NAME` = 'dict_region' ORDER BY `ORDINAL_POSITION`;;
SELECT EXISTS(SELECT 1 FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'flyway_schema_history');;
SELECT COUNT(*) FROM information_schema.columns c JOIN information_schema.tables t ON c.table_schema = t.table_schema AND c.table_name = t.table_name WHERE t.table_schema = 'ecommerce' AND t.table_name LIKE 'inv%';;
SELECT t.table_name, (SELECT COUNT(*) FROM information_schema.columns c WHERE c.table_name = t.table_name AND c.table_schema = t.table_schema) AS n FROM information_schema.tables t WHERE t.table_schema = 'ecommerce' AND t.table_name IN ('inv_stock', 'outbox') ORDER BY 1;;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' UNION SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'outbox' ORDER BY 1;;

-- mysqldump
[mysql] SELECT LOGFILE_GROUP_NAME, FILE_NAME, TOTAL_EXTENTS, INITIAL_SIZE, ENGINE, EXTRA FROM INFORMATION_SCHEMA.FILES WHERE ENGINE = 'ndbcluster' AND FILE_TYPE = 'UNDO LOG' AND FILE_NAME IS NOT NULL AND LOGFILE_GROUP_NAME IS NOT NULL AND LOGFILE_GROUP_NAME IN (SELECT DISTINCT LOGFILE_GROUP_NAME FROM INFORMATION_SCHEMA.FILES WHERE ENGINE = 'ndbcluster' AND FILE_TYPE = 'DATAFILE' AND TABLESPACE_NAME IN (SELECT DISTINCT TABLESPACE_NAME FROM INFORMATION_SCHEMA.PARTITIONS WHERE TABLE_SCHEMA IN ('ecommerce'))) GROUP BY LOGFILE_GROUP_NAME, FILE_NAME, ENGINE, TOTAL_EXTENTS, INITIAL_SIZE ORDER BY LOGFILE_GROUP_NAME;;
[mysql] SELECT DISTINCT TABLESPACE_NAME, FILE_NAME, LOGFILE_GROUP_NAME, EXTENT_SIZE, INITIAL_SIZE, ENGINE FROM INFORMATION_SCHEMA.FILES WHERE FILE_TYPE = 'DATAFILE' AND ENGINE = 'ndbcluster' AND TABLESPACE_NAME IN (SELECT DISTINCT TABLESPACE_NAME FROM INFORMATION_SCHEMA.PARTITIONS WHERE TABLE_SCHEMA IN ('ecommerce')) ORDER BY TABLESPACE_NAME, LOGFILE_GROUP_NAME;;
[mysql] SELECT COLUMN_NAME, JSON_EXTRACT(HISTOGRAM, '$."number-of-buckets-specified"') FROM information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = 'ecommerce' AND TABLE_NAME = 'inv_stock';;
