//! Keys of the sharding rule.

use super::Class::{Honored, Refused, WithoutEffect};
use super::{Line, Scope};

pub(super) fn rows(scope: Scope) -> &'static [Line] {
    match scope {
        Scope::Sharding => SHARDING,
        Scope::Table => TABLE,
        Scope::AutoTable => AUTO_TABLE,
        Scope::Strategy => STRATEGY,
        Scope::Standard => STANDARD,
        Scope::Complex => COMPLEX,
        Scope::HintStrategy => HINT_STRATEGY,
        Scope::KeyGenerate => KEY_GENERATE,
        Scope::KeyGenerateNamed => KEY_GENERATE_NAMED,
        Scope::Audit => AUDIT,
        Scope::HashModProps => HASH_MOD,
        Scope::ModProps => MOD,
        Scope::InlineProps => INLINE,
        Scope::ComplexInlineProps => COMPLEX_INLINE,
        Scope::HintInlineProps => HINT_INLINE,
        Scope::BoundaryRangeProps => BOUNDARY_RANGE,
        Scope::VolumeRangeProps => VOLUME_RANGE,
        Scope::IntervalProps => INTERVAL,
        Scope::AutoIntervalProps => AUTO_INTERVAL,
        Scope::ComplexIntervalProps => COMPLEX_INTERVAL,
        Scope::ConsistentHashProps => CONSISTENT_HASH,
        Scope::ListProps => LIST,
        Scope::SnowflakeProps => SNOWFLAKE,
        Scope::UuidProps => UUID,
        _ => &[],
    }
}

const SHARDING: &[Line] = &[
    (
        Honored,
        "tables",
        "sharded tables with a strategy for databases and one for tables",
    ),
    (
        Honored,
        "autoTables",
        "sharded tables whose nodes are numbered through",
    ),
    (
        Honored,
        "bindingTables",
        "list of `a, b`: tables sharded alike, joined node by node",
    ),
    (
        Honored,
        "broadcastTables",
        "list of broadcast tables, as versions before 5.4 wrote it",
    ),
    (
        Honored,
        "defaultDatabaseStrategy",
        "for tables without databaseStrategy",
    ),
    (
        Honored,
        "defaultTableStrategy",
        "for tables without tableStrategy",
    ),
    (
        Honored,
        "defaultKeyGenerateStrategy",
        "for tables without keyGenerateStrategy",
    ),
    (
        Honored,
        "defaultAuditStrategy",
        "for tables without auditStrategy",
    ),
    (
        Honored,
        "defaultShardingColumn",
        "for standard strategies without shardingColumn",
    ),
    (Honored, "shardingAlgorithms", "algorithms by name"),
    (Honored, "keyGenerators", "key generators by name"),
    (
        Honored,
        "keyGenerateStrategies",
        "generated columns by name, as later versions write them",
    ),
    (Honored, "auditors", "auditors by name"),
    (
        WithoutEffect,
        "shardingCache",
        "routes are cached by the statement's shape",
    ),
    (WithoutEffect, "scaling", "there is no migration by DistSQL"),
    (
        WithoutEffect,
        "defaultScalingName",
        "there is no migration by DistSQL",
    ),
    (
        WithoutEffect,
        "scalingName",
        "there is no migration by DistSQL",
    ),
];

const TABLE: &[Line] = &[
    (
        Honored,
        "actualDataNodes",
        "inline expression of `source.table`, such as ds_${0..7}.t_${0..15}",
    ),
    (
        Honored,
        "databaseStrategy",
        "how values lead to a data source",
    ),
    (
        Honored,
        "tableStrategy",
        "how values lead to a table within it",
    ),
    (
        Honored,
        "keyGenerateStrategy",
        "column that the proxy fills",
    ),
    (Honored, "auditStrategy", "auditors"),
    (
        Honored,
        "columns",
        "types of columns by name, such as sku_id: bigint; default: the servers' metadata",
    ),
    (
        Honored,
        "allowFullRoute",
        "what may run without sharding value: false (default), read, all; up to `maxRouteNodes`, and answered as fan-outs are (see docs/fan-out.md, docs/writes.md)",
    ),
    (
        Honored,
        "maxRouteNodes",
        "most nodes of one statement for each table in it; default 32; more is 29006, of writes 29008",
    ),
    (
        Honored,
        "allowSplitWrite",
        "true = a write may go to several data sources, not atomic; default false (see docs/writes.md)",
    ),
    (
        Honored,
        "normalize",
        "exact or ascii_ci: how a string sharding column compares; default: only binary collations",
    ),
    (WithoutEffect, "logicTable", "the key above names the table"),
];

const AUTO_TABLE: &[Line] = &[
    (
        Honored,
        "actualDataSources",
        "inline expression of data sources, such as ds_${0..7}",
    ),
    (
        Honored,
        "shardingStrategy",
        "how values lead to a table number",
    ),
    (
        Honored,
        "keyGenerateStrategy",
        "column that the proxy fills",
    ),
    (Honored, "auditStrategy", "auditors"),
    (
        Honored,
        "columns",
        "types of columns by name, such as sku_id: bigint; default: the servers' metadata",
    ),
    (
        Honored,
        "allowFullRoute",
        "what may run without sharding value: false (default), read, all; up to `maxRouteNodes`, and answered as fan-outs are (see docs/fan-out.md, docs/writes.md)",
    ),
    (
        Honored,
        "maxRouteNodes",
        "most nodes of one statement for each table in it; default 32; more is 29006, of writes 29008",
    ),
    (
        Honored,
        "allowSplitWrite",
        "true = a write may go to several data sources, not atomic; default false (see docs/writes.md)",
    ),
    (
        Honored,
        "normalize",
        "exact or ascii_ci: how a string sharding column compares; default: only binary collations",
    ),
    (
        Honored,
        "slotPlacement",
        "slots by data source, such as rw_0: 0-7,16; default: equal runs in the listed order",
    ),
    (WithoutEffect, "logicTable", "the key above names the table"),
];

const STRATEGY: &[Line] = &[
    (Honored, "standard", "one column; exactly one of these four"),
    (
        Honored,
        "complex",
        "several columns; exactly one of these four",
    ),
    (
        Honored,
        "hint",
        "a comment in the statement; exactly one of these four",
    ),
    (
        Honored,
        "none",
        "values say nothing; exactly one of these four",
    ),
];

const STANDARD: &[Line] = &[
    (
        Honored,
        "shardingColumn",
        "the column; default: defaultShardingColumn",
    ),
    (
        Honored,
        "shardingAlgorithmName",
        "a name of shardingAlgorithms",
    ),
];

const COMPLEX: &[Line] = &[
    (
        Honored,
        "shardingColumns",
        "the columns, separated by commas, in the order they are hashed",
    ),
    (
        Honored,
        "shardingAlgorithmName",
        "a name of shardingAlgorithms",
    ),
];

const HINT_STRATEGY: &[Line] = &[(
    Honored,
    "shardingAlgorithmName",
    "a name of shardingAlgorithms",
)];

const KEY_GENERATE: &[Line] = &[
    (Honored, "column", "the column that is filled"),
    (Honored, "keyGeneratorName", "a name of keyGenerators"),
];

const KEY_GENERATE_NAMED: &[Line] = &[
    (Honored, "keyGenerateType", "column (default)"),
    (Honored, "keyGeneratorName", "a name of keyGenerators"),
    (Honored, "logicTable", "the table"),
    (Honored, "keyGenerateColumn", "the column that is filled"),
    (
        Refused,
        "keyGenerateSequence",
        "MySQL has no sequences: write keyGenerateColumn",
    ),
];

const AUDIT: &[Line] = &[
    (Honored, "auditorNames", "list of names of auditors"),
    (
        Honored,
        "allowHintDisable",
        "true (default) = the hint DISABLE_AUDIT_NAMES is taken from users with the right",
    ),
];

const HASH_MOD: &[Line] = &[
    (Honored, "sharding-count", "number of targets"),
    (
        Honored,
        "hash",
        "java (default, ShardingSphere's) or xxh3 (any number of columns, even spread)",
    ),
    (
        Honored,
        "seed",
        "xxh3 only: 0 (default) to 18446744073709551615",
    ),
    (
        Honored,
        "slot-count",
        "xxh3 in autoTables only: number of slots that move as a whole",
    ),
    (
        Honored,
        "slot-columns",
        "xxh3 in autoTables only: columns that choose the slot",
    ),
    (
        Honored,
        "numericText",
        "value (default: '5' is 5) or java_text ('5' is hashed as text, as ShardingSphere did)",
    ),
    (
        WithoutEffect,
        "normalize-numeric-int-range",
        "integers are always hashed by value",
    ),
];

const MOD: &[Line] = &[
    (Honored, "sharding-count", "number of targets"),
    (
        Honored,
        "start-offset",
        "characters to skip at the start; default 0",
    ),
    (
        Honored,
        "stop-offset",
        "characters to skip at the end; default 0",
    ),
    (
        Honored,
        "zero-padding",
        "true = pad target numbers with zeros; default false",
    ),
];

const INLINE: &[Line] = &[
    (Honored, "algorithm-expression", "such as t_${sku_id % 16}"),
    (
        Honored,
        "allow-range-query-with-inline-sharding",
        "true = a range goes to all targets; default false",
    ),
];

const COMPLEX_INLINE: &[Line] = &[
    (
        Honored,
        "algorithm-expression",
        "such as t_${(sku_id + warehouse_id) % 16}",
    ),
    (Honored, "sharding-columns", "the columns it names"),
    (
        Honored,
        "allow-range-query-with-inline-sharding",
        "true = a range goes to all targets; default false",
    ),
];

const HINT_INLINE: &[Line] = &[(
    Honored,
    "algorithm-expression",
    "such as t_${value % 16}; default ${value}",
)];

const BOUNDARY_RANGE: &[Line] = &[(
    Honored,
    "sharding-ranges",
    "ascending bounds, separated by commas",
)];

const VOLUME_RANGE: &[Line] = &[
    (Honored, "range-lower", "lower bound"),
    (Honored, "range-upper", "upper bound"),
    (Honored, "sharding-volume", "values per target"),
];

const INTERVAL: &[Line] = &[
    (
        Honored,
        "datetime-pattern",
        "pattern of the values, such as yyyy-MM-dd HH:mm:ss",
    ),
    (Honored, "datetime-lower", "first moment"),
    (Honored, "datetime-upper", "last moment"),
    (
        Honored,
        "sharding-suffix-pattern",
        "pattern of the table's suffix, such as yyyyMM",
    ),
    (
        Honored,
        "datetime-interval-amount",
        "length of a step; default 1",
    ),
    (
        Honored,
        "datetime-interval-unit",
        "unit of a step; default DAYS",
    ),
];

const AUTO_INTERVAL: &[Line] = &[
    (
        Honored,
        "datetime-lower",
        "first moment, yyyy-MM-dd HH:mm:ss",
    ),
    (
        Honored,
        "datetime-upper",
        "last moment, yyyy-MM-dd HH:mm:ss",
    ),
    (Honored, "sharding-seconds", "length of a step"),
];

const COMPLEX_INTERVAL: &[Line] = &[
    (
        Honored,
        "datetime-column",
        "which of shardingColumns is the moment",
    ),
    (
        Honored,
        "tail-expression",
        "what follows the date in a table's name, by the other columns, such as _${user_id % 2}",
    ),
    (
        Honored,
        "datetime-pattern",
        "pattern of the values, such as yyyy-MM-dd HH:mm:ss",
    ),
    (Honored, "datetime-lower", "first moment"),
    (Honored, "datetime-upper", "last moment"),
    (
        Honored,
        "sharding-suffix-pattern",
        "pattern of the date in the table's name, such as yyyyMM",
    ),
    (
        Honored,
        "datetime-interval-amount",
        "length of a step; default 1",
    ),
    (
        Honored,
        "datetime-interval-unit",
        "unit of a step; default DAYS",
    ),
];

const CONSISTENT_HASH: &[Line] = &[
    (Honored, "sharding-count", "number of targets"),
    (
        Honored,
        "virtual-nodes",
        "points of each target on the ring, 1 to 100000; default 160",
    ),
    (Honored, "seed", "of the hash; default 0"),
];

const LIST: &[Line] = &[
    (
        Honored,
        "list",
        "a line `target: value, value` for each target, or several with ; between",
    ),
    (
        Honored,
        "default-target",
        "target of values that are not listed; without it they are refused",
    ),
];

const SNOWFLAKE: &[Line] = &[
    (
        Honored,
        "worker-id",
        "0 to 1023, unlike any other process's, or `hostname`; default: shardgate.workerId",
    ),
    (
        Honored,
        "max-vibration-offset",
        "0 to 4095: highest first sequence number of a millisecond; default 1; 4095 to shard by id",
    ),
    (
        Honored,
        "max-tolerate-time-difference-milliseconds",
        "a clock set back by up to this is waited out; default 5",
    ),
    (
        Honored,
        "epoch-time-zone",
        "zone of the epoch 2016-11-01 00:00, the JVM's where ids exist already; default UTC",
    ),
    (
        Honored,
        "epoch-millis",
        "epoch in ms since 1970 UTC, instead of epoch-time-zone",
    ),
];

const UUID: &[Line] = &[(
    Honored,
    "version",
    "4 = random, as ShardingSphere's (default); 7 = the time in front, so that a primary key grows at its end",
)];
