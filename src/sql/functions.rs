//! The functions that MySQL 9 and MariaDB 10.11 bring along, and words that stand before a parenthesis and call nothing.

/// Whether a lower-case word calls nothing of the user's when a parenthesis follows it.
pub fn is_builtin(word: &str) -> bool {
    BUILTIN.binary_search(&word).is_ok()
}

/// Sorted, lower-case. A function that is missing here is taken for one with side effects.
#[rustfmt::skip] // one a line would be six pages
const BUILTIN: &[&str] = &[
    "abs", "acos", "adddate", "addtime", "aes_decrypt", "aes_encrypt", "against", "all", "and",
    "any", "any_value", "as", "asc", "ascii", "asin", "atan", "atan2", "avg", "benchmark",
    "between", "bigint", "bin", "bin_to_uuid", "binary", "bit", "bit_and", "bit_count",
    "bit_length", "bit_or", "bit_xor", "blob", "by", "can_access_column", "can_access_database",
    "can_access_table", "can_access_user", "can_access_view", "case", "cast", "ceil", "ceiling",
    "char", "char_length", "character", "character_length", "charset", "check", "chr", "coalesce",
    "coercibility", "collation", "column_add", "column_check", "column_create", "column_delete",
    "column_exists", "column_get", "column_json", "column_list", "columns", "compress", "concat",
    "concat_operator_oracle", "concat_ws", "connection_id", "conv", "convert", "convert_tz", "cos",
    "cot", "count", "crc32", "crc32c", "cross", "cume_dist", "curdate", "current_date",
    "current_role", "current_time", "current_timestamp", "current_user", "curtime", "database",
    "date", "date_add", "date_format", "date_sub", "datediff", "datetime", "day", "dayname",
    "dayofmonth", "dayofweek", "dayofyear", "dec", "decimal", "decode", "decode_histogram",
    "decode_oracle", "default", "degrees", "dense_rank", "des_decrypt", "des_encrypt", "desc",
    "distance_euclidean", "distinct", "distinctrow", "div", "double", "else", "elt", "encode",
    "encrypt", "end", "escape", "except", "exists", "exp", "export_set", "extract", "extractvalue",
    "false", "field", "filter", "find_in_set", "first_value", "fixed", "float", "floor", "for",
    "force", "format", "format_bytes", "format_pico_time", "found_rows", "from", "from_base64",
    "from_days", "from_unixtime", "from_vector", "full", "geomcollection", "geometrycollection",
    "get_format", "get_lock", "greatest", "group", "group_concat", "grouping", "gtid_subset",
    "gtid_subtract", "having", "hex", "hour", "icu_version", "if", "ifnull", "ignore", "in",
    "index", "inet6_aton", "inet6_ntoa", "inet_aton", "inet_ntoa", "inner", "insert", "instr",
    "int", "integer", "intersect", "interval", "into", "is", "is_free_lock", "is_ipv4",
    "is_ipv4_compat", "is_ipv4_mapped", "is_ipv6", "is_used_lock", "is_uuid", "isnull", "join",
    "json_array", "json_array_append", "json_array_insert", "json_array_intersect", "json_arrayagg",
    "json_compact", "json_contains", "json_contains_path", "json_depth", "json_detailed",
    "json_duality_object", "json_equals", "json_exists", "json_extract", "json_insert",
    "json_key_value", "json_keys", "json_length", "json_loose", "json_merge", "json_merge_patch",
    "json_merge_preserve", "json_normalize", "json_object", "json_object_filter_keys",
    "json_object_to_array", "json_objectagg", "json_overlaps", "json_pretty", "json_query",
    "json_quote", "json_remove", "json_replace", "json_schema_valid",
    "json_schema_validation_report", "json_search", "json_set", "json_storage_free",
    "json_storage_size", "json_table", "json_type", "json_unquote", "json_valid", "json_value",
    "kdf", "key", "lag", "last_day", "last_insert_id", "last_value", "lastval", "lateral", "lcase",
    "lead", "least", "left", "length", "lengthb", "like", "limit", "linestring", "ln", "load_file",
    "localtime", "localtimestamp", "locate", "log", "log10", "log2", "longtext", "lower", "lpad",
    "lpad_oracle", "ltrim", "ltrim_oracle", "make_set", "makedate", "maketime", "master_gtid_wait",
    "master_pos_wait", "match", "max", "mbrcontains", "mbrcoveredby", "mbrcovers", "mbrdisjoint",
    "mbrequal", "mbrequals", "mbrintersects", "mbroverlaps", "mbrtouches", "mbrwithin", "md5",
    "median", "medium", "mediumint", "microsecond", "mid", "min", "minute", "mod", "mode", "month",
    "monthname", "multilinestring", "multipoint", "multipolygon", "name_const", "natural",
    "natural_sort_key", "nchar", "nested", "nextval", "not", "now", "nth_value", "ntile", "null",
    "nullif", "number", "numeric", "nvarchar", "nvl", "nvl2", "oct", "octet_length", "of", "offset",
    "old_password", "on", "only", "or", "ord", "order", "outer", "over", "partition", "password",
    "path", "percent_rank", "percentile_cont", "percentile_disc", "period_add", "period_diff", "pi",
    "point", "polygon", "position", "pow", "power", "precision", "primary", "ps_current_thread_id",
    "ps_thread_id", "quarter", "quote", "radians", "rand", "random_bytes", "rank", "real",
    "recursive", "references", "regexp", "regexp_instr", "regexp_like", "regexp_replace",
    "regexp_substr", "release_all_locks", "release_lock", "repeat", "replace", "replace_oracle",
    "returning", "reverse", "right", "rlike", "roles_graphml", "rollup", "round", "row",
    "row_count", "row_number", "rows", "rpad", "rpad_oracle", "rtrim", "rtrim_oracle", "schema",
    "sec_to_time", "second", "select", "separator", "session_user", "set", "setval", "sformat",
    "sha", "sha1", "sha2", "sign", "signed", "sin", "sleep", "smallint", "some", "soundex",
    "sounds", "source_pos_wait", "space", "sqrt", "st_area", "st_asbinary", "st_asgeojson",
    "st_astext", "st_aswkb", "st_aswkt", "st_boundary", "st_buffer", "st_buffer_strategy",
    "st_centroid", "st_collect", "st_contains", "st_convexhull", "st_crosses", "st_difference",
    "st_dimension", "st_disjoint", "st_distance", "st_distance_sphere", "st_endpoint",
    "st_envelope", "st_equals", "st_exteriorring", "st_frechetdistance", "st_geohash",
    "st_geomcollfromtext", "st_geomcollfromwkb", "st_geometrycollectionfromtext",
    "st_geometrycollectionfromwkb", "st_geometryfromtext", "st_geometryfromwkb", "st_geometryn",
    "st_geometrytype", "st_geomfromgeojson", "st_geomfromtext", "st_geomfromwkb",
    "st_hausdorffdistance", "st_interiorringn", "st_intersection", "st_intersects", "st_isclosed",
    "st_isempty", "st_isring", "st_issimple", "st_isvalid", "st_latfromgeohash", "st_latitude",
    "st_length", "st_linefromtext", "st_linefromwkb", "st_lineinterpolatepoint",
    "st_lineinterpolatepoints", "st_linestringfromtext", "st_linestringfromwkb",
    "st_longfromgeohash", "st_longitude", "st_makeenvelope", "st_mlinefromtext", "st_mlinefromwkb",
    "st_mpointfromtext", "st_mpointfromwkb", "st_mpolyfromtext", "st_mpolyfromwkb",
    "st_numgeometries", "st_numinteriorring", "st_numinteriorrings", "st_numpoints", "st_overlaps",
    "st_pointatdistance", "st_pointfromgeohash", "st_pointfromtext", "st_pointfromwkb", "st_pointn",
    "st_pointonsurface", "st_polyfromtext", "st_polyfromwkb", "st_polygonfromtext",
    "st_polygonfromwkb", "st_relate", "st_simplify", "st_srid", "st_startpoint", "st_swapxy",
    "st_symdifference", "st_touches", "st_transform", "st_union", "st_validate", "st_within",
    "st_x", "st_y", "statement_digest", "statement_digest_text", "std", "stddev", "stddev_pop",
    "stddev_samp", "str_to_date", "straight_join", "strcmp", "string_to_vector", "subdate",
    "substr", "substr_oracle", "substring", "substring_index", "substring_oracle", "subtime", "sum",
    "sys_guid", "sysdate", "system_user", "table", "tan", "text", "then", "time", "time_format",
    "time_to_sec", "timediff", "timestamp", "timestampadd", "timestampdiff", "tinyint", "to",
    "to_base64", "to_char", "to_days", "to_seconds", "to_vector", "trim", "trim_oracle", "true",
    "truncate", "ucase", "uncompress", "uncompressed_length", "unhex", "union", "unique",
    "unix_timestamp", "unsigned", "update", "updatexml", "upper", "use", "user", "using",
    "utc_date", "utc_time", "utc_timestamp", "uuid", "uuid_short", "uuid_to_bin",
    "validate_password_strength", "value", "values", "var_pop", "var_samp", "varbinary", "varchar",
    "variance", "varying", "vec_distance", "vec_distance_cosine", "vec_distance_euclidean",
    "vec_fromtext", "vec_totext", "vector", "vector_dim", "vector_to_string", "version",
    "wait_for_executed_gtid_set", "wait_until_sql_thread_after_gtids", "week", "weekday",
    "weekofyear", "weight_string", "when", "where", "with", "within", "xor", "year", "yearweek",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_lower_case() {
        assert!(BUILTIN.is_sorted());
        assert!(
            BUILTIN
                .iter()
                .all(|word| *word == word.to_ascii_lowercase())
        );
        assert!(is_builtin("count") && is_builtin("in") && !is_builtin("my_function"));
    }
}
