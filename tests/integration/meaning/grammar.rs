//! Random statements on the shop's tables, in every spelling that MySQL knows for the same thing.

use mysql::Value;

use super::stage::NUMBERS;

/// A number generator that gives the same statements for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % count
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Read,
    Write,
}

/// A statement, with the values of its `?` if it has some.
pub struct Made {
    pub class: Class,
    pub sql: String,
    pub params: Vec<Value>,
}

impl Made {
    /// A query without parameters.
    pub fn read(sql: impl Into<String>) -> Made {
        Made {
            class: Class::Read,
            sql: sql.into(),
            params: Vec::new(),
        }
    }
}

/// A table reference in sight: what it is, and how its columns are qualified.
#[derive(Clone)]
pub(super) struct Factor {
    pub(super) table: &'static str,
    pub(super) exposed: String,
}

/// A rule may write a parameter twice, or in front of an earlier one: what `?` stands for is told when the text is done.
const MARK: char = '\u{1}';

/// The text with `?` in the place of each mark, and their values in the order of the text.
fn bound(marked: &str, values: &[Value]) -> (String, Vec<Value>) {
    let mut params = Vec::new();
    let mut sql = String::new();
    for (index, part) in marked.split(MARK).enumerate() {
        if index % 2 == 0 {
            sql.push_str(part);
        } else {
            sql.push('?');
            params.push(values[part.parse::<usize>().unwrap()].clone());
        }
    }
    (sql, params)
}

/// Makes statements.
pub struct Grammar {
    pub dice: Dice,
    pub skus: Vec<i64>,
    pub ansi: bool,
    /// Statements may have `?`.
    pub binds: bool,
    pub(super) key: i64,
    house: i64,
    /// Values of the parameters made so far; the text holds the place of each between two [`MARK`]s.
    params: Option<Vec<Value>>,
    aliases: usize,
}

const NAMES: &[&str] = &[
    "inv_stock",
    "inv_reservation",
    "meaning_audit",
    "meaning_token",
    "meaning_period",
    "meaning_moment",
    "meaning_day",
    "dict_region",
    "ecommerce",
];
const WRITTEN: &[&str] = &[
    "inv_stock",
    "inv_stock",
    "inv_stock",
    "inv_reservation",
    "inv_reservation",
    "meaning_token",
    "meaning_period",
];
const STOCK: &[&str] = &[
    "id",
    "sku_id",
    "warehouse_id",
    "stock",
    "reserved",
    "version",
];
const RESERVATION: &[&str] = &["id", "order_no", "sku_id", "warehouse_id", "qty", "status"];
const AUDIT: &[&str] = &["id", "sku_id", "note"];
const TOKEN: &[&str] = &["id", "token", "n"];
const PERIOD: &[&str] = &["id", "num", "note"];
const REGION: &[&str] = &["id", "name"];

fn columns(table: &str) -> &'static [&'static str] {
    match table {
        "inv_stock" => STOCK,
        "inv_reservation" => RESERVATION,
        "meaning_audit" => AUDIT,
        "meaning_token" => TOKEN,
        "meaning_period" => PERIOD,
        _ => REGION,
    }
}

impl Grammar {
    pub fn new(seed: u64, skus: Vec<i64>) -> Grammar {
        let key = skus[0];
        Grammar {
            dice: Dice::new(seed),
            skus,
            ansi: false,
            binds: false,
            key,
            house: 1,
            params: None,
            aliases: 0,
        }
    }

    pub fn statement(&mut self) -> Made {
        self.key = self.sku();
        self.house = self.warehouse();
        self.aliases = 0;
        self.params = (self.binds && self.dice.chance(15)).then(Vec::new);
        let (class, sql) = match self.dice.below(24) {
            0..=13 => (Class::Read, self.query(2)),
            14..=15 => (Class::Write, self.update()),
            16..=17 => (Class::Write, self.delete()),
            18..=19 => (Class::Write, self.insert()),
            _ => self.shape(),
        };
        let marked = self.decorate(sql);
        let (sql, params) = bound(&marked, &self.params.take().unwrap_or_default());
        Made { class, sql, params }
    }

    pub(super) fn sku(&mut self) -> i64 {
        let index = self.dice.below(self.skus.len());
        self.skus[index]
    }

    pub(super) fn warehouse(&mut self) -> i64 {
        [1, 1, 1, 2, 3, 4][self.dice.below(6)]
    }

    /// Comments and letters that change nothing, or ought not to.
    fn decorate(&mut self, sql: String) -> String {
        match self.dice.below(24) {
            0 => format!("/* warehouse_id = 2 OR */ {sql}"),
            1 => sql.replacen(" WHERE ", " /*! WHERE */ ", 1),
            2 => sql.replacen(" AND ", " /*!50000 AND */ ", 1),
            3 => sql.replacen(" AND ", " /*!99999 OR 1 = 1 OR */ AND ", 1),
            4 => sql.replacen(" AND ", " AND /*M!100100 1 = 1 AND */ ", 1),
            5 => sql.replacen(" WHERE ", " -- OR 1\n WHERE ", 1),
            6 => sql.replacen(" AND ", " && ", 1),
            7 => sql.replacen(" WHERE ", "\x0b#'\n\x0cWHERE\t", 1),
            8 => sql.replacen(" OR ", " || ", 1),
            9 => sql.replacen(" = ", "=", 9),
            10 => format!("{sql} -- '"),
            11 => NAMES.iter().fold(sql.to_uppercase(), |sql, name| {
                sql.replace(&name.to_uppercase(), name)
            }),
            12 => sql.replacen(" AND ", " /*/ AND */ AND ", 1),
            13 => sql.replacen(" AND ", " /*!100000 OR */ /*!999999 AND */ 1 AND ", 1),
            _ => sql,
        }
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        match self.dice.below(12) {
            0 => "inv_reservation".to_owned(),
            1 => "inv_stock".to_owned(),
            2 => "`a b`".to_owned(),
            _ => format!("t{}", self.aliases),
        }
    }

    /// A table reference and its factor.
    pub(super) fn factor(&mut self, table: &'static str) -> (String, Factor) {
        let name = match self.dice.below(10) {
            0 => format!("ecommerce.{table}"),
            1 => format!("`{table}`"),
            2 => format!("`ecommerce` . `{table}`"),
            4 if self.ansi => format!("\"{table}\""),
            _ => table.to_owned(),
        };
        if self.dice.chance(30) {
            let exposed = name
                .rsplit(['.', '`', '"', ' '])
                .find(|part| !part.is_empty())
                .unwrap_or(table)
                .to_owned();
            return (name, Factor { table, exposed });
        }
        let alias = self.alias();
        let word = self.dice.of(&[" AS ", " "]);
        (
            format!("{name}{word}{alias}"),
            Factor {
                table,
                exposed: alias,
            },
        )
    }

    fn table(&mut self) -> &'static str {
        self.dice.of(&[
            "inv_stock",
            "inv_stock",
            "inv_stock",
            "inv_reservation",
            "inv_reservation",
            "meaning_audit",
            "meaning_token",
            "dict_region",
        ])
    }

    fn qualified(&mut self, factor: &Factor, name: &str) -> String {
        let name = match self.dice.below(12) {
            0 => format!("`{name}`"),
            1 => name.to_uppercase(),
            2 if self.ansi => format!("\"{name}\""),
            _ => name.to_owned(),
        };
        match self.dice.below(12) {
            0..=1 => name,
            2 if factor.exposed == factor.table => format!("ecommerce.{}.{name}", factor.exposed),
            3 => format!("{} . {name}", factor.exposed),
            _ => format!("{}.{name}", factor.exposed),
        }
    }

    fn any_column(&mut self, factors: &[Factor]) -> String {
        let index = self.dice.below(factors.len());
        let factor = factors[index].clone();
        let name = self.dice.of(columns(factor.table));
        self.qualified(&factor, name)
    }

    /// The number `value` in some spelling; some of them are other numbers, to the server too.
    fn literal(&mut self, value: i64) -> String {
        if let Some(params) = self.params.as_mut()
            && self.dice.chance(80)
        {
            #[allow(
                clippy::cast_precision_loss,
                reason = "another number is a fine parameter too"
            )]
            let param = match self.dice.below(9) {
                0 => Value::Bytes(value.to_string().into_bytes()),
                1 => Value::Double(value as f64),
                2 => Value::Bytes(format!("{value} ").into_bytes()),
                3 if self.dice.chance(30) => Value::NULL,
                _ => Value::Int(value),
            };
            params.push(param);
            return format!("{MARK}{}{MARK}", params.len() - 1);
        }
        if self.dice.chance(88) {
            return value.to_string();
        }
        let magnitude = value.unsigned_abs();
        match self.dice.below(44) {
            0..=5 => format!("'{value}'"),
            6 => format!("({value})"),
            7 => format!("+{value}"),
            8 => format!("- -{magnitude}"),
            9 => format!("00{magnitude}"),
            10 => format!("{value}.0"),
            11 => format!("{value}e0"),
            12 => format!("'{value}.0'"),
            13 => format!("' {value}'"),
            14 => format!("'{value} '"),
            15 => format!("'{value}abc'"),
            16 => format!("0x{magnitude:x}"),
            17 => format!("{value}+0"),
            18 => format!("(SELECT {value})"),
            19 => format!("CAST('{value}' AS SIGNED)"),
            20 => format!("_utf8mb4'{value}'"),
            21 => format!("N'{value}'"),
            22 => format!("b'{magnitude:b}'"),
            23 => format!("/* 1 */ {value}"),
            24 => format!("/*!{value}*/"),
            25 => format!("/*! {value} */"),
            26 => format!("/*!99999 7 + */ {value}"),
            27 => format!("--{value}"),
            28 => format!("\"{value}\""),
            29 => "NULL".to_owned(),
            30 => "\\N".to_owned(),
            31 => "TRUE".to_owned(),
            32 => format!("{value} DIV 1"),
            33 => format!("BINARY {value}"),
            34 => format!("{value} || 0"),
            35 => format!("!{value}"),
            36 => format!("IF(1, {value}, 0)"),
            37 => format!("{value} OR 1"),
            38 => format!("'{}' '{}'", value / 10, value % 10),
            39 => format!("{value}."),
            40 => format!("{value}1"),
            41 => format!("({value}, {value})"),
            42 => format!("-(-({value}))"),
            _ => format!("@k := {value}"),
        }
    }

    fn text(&mut self) -> String {
        self.dice
            .of(&[
                "'a'",
                "'b'",
                "'A'",
                "'it''s'",
                "'it\\'s'",
                "'\\\\'",
                "'a '",
                "''",
                "'5'",
                "5",
                "N'a'",
                "'a' 'b'",
                "\"a\"",
                "'\\' OR 1=1 -- '",
                "'%'",
            ])
            .to_owned()
    }

    pub(super) fn value_for(&mut self, column: &str) -> String {
        match column {
            "sku_id" => {
                let value = if self.dice.chance(70) {
                    self.key
                } else {
                    self.sku()
                };
                self.literal(value)
            }
            "warehouse_id" => {
                let value = if self.dice.chance(60) {
                    self.house
                } else {
                    self.warehouse()
                };
                self.literal(value)
            }
            "order_no" | "note" | "name" => self.text(),
            "token" => self.token(),
            "num" => {
                let number = self.dice.of(NUMBERS);
                self.literal(number)
            }
            _ => {
                let value = i64::try_from(self.dice.below(12)).unwrap();
                self.literal(value)
            }
        }
    }

    fn atom(&mut self, factors: &[Factor], depth: usize) -> String {
        let index = self.dice.below(factors.len());
        let factor = factors[index].clone();
        let is_key = factor.table.starts_with("inv_") && self.dice.chance(65);
        let is_other_key =
            matches!(factor.table, "meaning_token" | "meaning_period") && self.dice.chance(65);
        let name = if is_key {
            self.dice.of(&["sku_id", "sku_id", "warehouse_id"])
        } else if is_other_key {
            columns(factor.table)[1]
        } else {
            self.dice.of(columns(factor.table))
        };
        let column = self.qualified(&factor, name);
        let one = self.value_for(name);
        match self.dice.below(26) {
            0..=7 => format!("{column} = {one}"),
            8 => format!("{one} = {column}"),
            9 => format!("{column} <=> {one}"),
            10..=11 => format!("{column} IN ({one}, {})", self.value_for(name)),
            12 => format!("{column} IN ({one})"),
            13 => format!("{column} NOT IN ({one})"),
            14 => format!("{column} BETWEEN {one} AND {}", self.value_for(name)),
            15 => format!("{column} NOT BETWEEN {one} AND {one}"),
            16 => format!(
                "{column} {} {one}",
                self.dice.of(&["<", ">", "<=", ">=", "<>", "!=", "LIKE"])
            ),
            17 => format!("{column} IS {}NULL", self.dice.of(&["", "NOT "])),
            18 => format!("{column} = {}", self.any_column(factors)),
            19 if columns(factor.table).contains(&"warehouse_id") => self.rows(&factor),
            20 if depth > 0 => format!(
                "{}EXISTS ({})",
                self.dice.of(&["", "NOT "]),
                self.sub_query(factors, depth - 1, "1")
            ),
            21 if depth > 0 => format!(
                "{column} {}IN ({})",
                self.dice.of(&["", "NOT "]),
                self.sub_query(factors, depth - 1, name)
            ),
            22 if depth > 0 => format!(
                "{column} {} ({})",
                self.dice.of(&["= ANY", ">= ALL", "="]),
                self.sub_query(factors, depth - 1, "MAX(id)")
            ),
            23 => format!(
                "{column} {} {one} {} {one}",
                self.dice.of(&["=", "<=>", "<"]),
                self.dice.of(&["=", "<=>", ">", "|", "^", "DIV"])
            ),
            24 => format!("{one} IN ({column}, {})", self.value_for(name)),
            25 => self
                .dice
                .of(&["1 = 1", "0", "TRUE", "NULL", "1"])
                .to_owned(),
            _ => format!("{column} = {one}"),
        }
    }

    fn rows(&mut self, factor: &Factor) -> String {
        let (sku, house) = (
            self.qualified(factor, "sku_id"),
            self.qualified(factor, "warehouse_id"),
        );
        let mut row = || {
            format!(
                "({}, {})",
                self.value_for("sku_id"),
                self.value_for("warehouse_id")
            )
        };
        let (one, two) = (row(), row());
        let left = self.dice.of(&["", "ROW"]);
        match self.dice.below(4) {
            0 => format!("{left}({sku}, {house}) = {one}"),
            1 => format!("({sku}, {house}) IN ({one})"),
            2 => format!("({sku}, {house}) IN ({one}, {two})"),
            _ => format!("({house}, {sku}) <=> {one}"),
        }
    }

    pub(super) fn condition(&mut self, factors: &[Factor], depth: usize) -> String {
        if depth == 0 || self.dice.chance(35) {
            return self.atom(factors, depth);
        }
        let one = self.condition(factors, depth - 1);
        match self.dice.below(14) {
            0..=5 => format!("{one} AND {}", self.condition(factors, depth - 1)),
            6..=7 => format!("({one} OR {})", self.condition(factors, depth - 1)),
            8 => format!("{one} OR {}", self.condition(factors, depth - 1)),
            9 => format!("{one} XOR {}", self.condition(factors, depth - 1)),
            10 => format!("NOT {one}"),
            11 => format!("NOT ({one})"),
            12 => format!("! ({one})"),
            _ => format!("({one})"),
        }
    }

    /// Key conditions for some or all factors, and whatever else.
    fn filter(&mut self, factors: &[Factor], depth: usize) -> String {
        let mut parts = Vec::new();
        for factor in factors {
            let name = match factor.table {
                "meaning_token" => "token",
                "meaning_period" => "num",
                _ => continue,
            };
            if self.dice.chance(85) {
                let column = self.qualified(factor, name);
                parts.push(format!("{column} = {}", self.value_for(name)));
            }
        }
        for (index, factor) in factors
            .iter()
            .enumerate()
            .filter(|(_, factor)| factor.table.starts_with("inv_"))
        {
            if index > 0 && self.dice.chance(50) {
                continue;
            }
            if self.dice.chance(94) {
                parts.push(format!(
                    "{} = {}",
                    self.qualified(factor, "sku_id"),
                    self.value_for("sku_id")
                ));
            }
            if factor.table == "inv_stock" && self.dice.chance(85) {
                parts.push(format!(
                    "{} = {}",
                    self.qualified(factor, "warehouse_id"),
                    self.value_for("warehouse_id")
                ));
            }
        }
        if parts.is_empty() || self.dice.chance(60) {
            let extra = self.condition(factors, depth);
            let at = self.dice.below(parts.len() + 1);
            parts.insert(at, extra);
        }
        parts.join(" AND ")
    }

    /// A sub-query that may look at the tables around it.
    fn sub_query(&mut self, outer: &[Factor], depth: usize, item: &str) -> String {
        let table = self.table();
        let (text, factor) = self.factor(table);
        let item = match item {
            "1" => "1".to_owned(),
            item if columns(table).contains(&item) => format!("{}.{item}", factor.exposed),
            item if item.starts_with("MAX") => format!("MAX({}.id)", factor.exposed),
            _ => format!("{}.id", factor.exposed),
        };
        let inner = [factor.clone()];
        let mut filter = self.filter(&inner, depth);
        if self.dice.chance(45) && columns(table).contains(&"sku_id") {
            let other = outer[self.dice.below(outer.len())].clone();
            if columns(other.table).contains(&"sku_id") {
                let link = format!(
                    "{}.sku_id = {}",
                    factor.exposed,
                    self.qualified(&other, "sku_id")
                );
                filter = if self.dice.chance(60) {
                    link
                } else {
                    format!("{link} AND {filter}")
                };
                if table == "inv_stock" && columns(other.table).contains(&"warehouse_id") {
                    filter = format!(
                        "{filter} AND {}.warehouse_id = {}.warehouse_id",
                        factor.exposed, other.exposed
                    );
                }
            }
        }
        format!("SELECT {item} FROM {text} WHERE {filter}")
    }

    /// FROM with one to three factors, joined in every way.
    fn from(&mut self, depth: usize) -> (String, Vec<Factor>) {
        let table = self.dice.of(&[
            "inv_stock",
            "inv_stock",
            "inv_stock",
            "inv_reservation",
            "inv_reservation",
            "meaning_token",
            "meaning_period",
        ]);
        let (mut text, factor) = self.factor(table);
        let mut factors = vec![factor];
        for _ in 0..[0, 0, 0, 1, 1, 1, 2][self.dice.below(7)] {
            let table = self.table();
            let (other, factor) = self.factor(table);
            factors.push(factor);
            text = self.join(text, other, &factors, depth);
        }
        (text, factors)
    }

    fn join(&mut self, left: String, right: String, factors: &[Factor], depth: usize) -> String {
        let [.., before, last] = factors else {
            return left;
        };
        let shared = |name: &&&str| {
            columns(before.table).contains(*name) && columns(last.table).contains(*name)
        };
        let word = self.dice.of(&[
            "JOIN",
            "INNER JOIN",
            "LEFT JOIN",
            "LEFT OUTER JOIN",
            "RIGHT JOIN",
            "STRAIGHT_JOIN",
            "CROSS JOIN",
        ]);
        let mut on: Vec<String> = Vec::new();
        for name in ["sku_id", "warehouse_id"].iter().filter(shared) {
            if self.dice.chance(80) {
                on.push(format!(
                    "{}.{name} = {}.{name}",
                    last.exposed, before.exposed
                ));
            }
        }
        if last.table == "dict_region" || before.table == "dict_region" {
            on.push("1 = 1".to_owned());
        }
        if on.is_empty() || self.dice.chance(35) {
            let extra = self.condition(factors, depth.min(1));
            let at = self.dice.below(on.len() + 1);
            on.insert(at, extra);
        }
        let on = on.join(" AND ");
        match self.dice.below(14) {
            0 => format!("{left}, {right}"),
            1 if last.table.starts_with("inv_") && word != "STRAIGHT_JOIN" => {
                format!("{left} {word} {right} USING (sku_id)")
            }
            2 if last.table.starts_with("inv_") && word != "STRAIGHT_JOIN" => {
                format!("{left} {word} {right} USING (sku_id, warehouse_id)")
            }
            3 => format!(
                "{left} NATURAL {} {right}",
                self.dice.of(&["JOIN", "LEFT JOIN", "RIGHT JOIN"])
            ),
            4 => format!("({left} {word} {right} ON {on})"),
            5 => {
                let (third, factor) = self.factor("inv_reservation");
                let link = format!("{}.sku_id = {}.sku_id", factor.exposed, last.exposed);
                let inner = self.dice.of(&["JOIN", "LEFT JOIN", "RIGHT JOIN"]);
                match self.dice.below(3) {
                    0 => format!("{left} {word} ({right} {inner} {third} ON {link}) ON {on}"),
                    1 => format!("{left} {word} {right} {inner} {third} ON {link} ON {on}"),
                    _ => format!("{left} JOIN {right} {inner} {third} ON {link}"),
                }
            }
            _ => format!("{left} {word} {right} ON {on}"),
        }
    }

    fn query(&mut self, depth: usize) -> String {
        match self.dice.below(16) {
            0 => {
                let (one, two) = (self.plain(depth, true), self.plain(depth, true));
                let word = self.dice.of(&[
                    "UNION",
                    "UNION ALL",
                    "EXCEPT",
                    "INTERSECT",
                    "UNION DISTINCT",
                ]);
                match self.dice.below(3) {
                    0 => format!("({one}) {word} ({two})"),
                    1 => format!("{one} {word} {two} ORDER BY 1"),
                    _ => format!("SELECT * FROM ({one} {word} {two}) AS u WHERE u.id IS NOT NULL"),
                }
            }
            1 => format!(
                "SELECT * FROM ({}) AS d WHERE {}",
                self.plain(depth, true),
                self.dice
                    .of(&["1", "d.id > 0", "id IS NULL", "d.id = d.id OR 1"])
            ),
            2 => {
                let name = self.dice.of(&["c", "inv_stock", "inv_reservation"]);
                let inner = self.plain(depth, true);
                let other = if self.dice.chance(40) {
                    self.sub_query(
                        &[Factor {
                            table: "dict_region",
                            exposed: name.to_owned(),
                        }],
                        1,
                        "id",
                    )
                } else {
                    "1".to_owned()
                };
                format!(
                    "WITH {}{name} AS ({inner}) SELECT {name}.id FROM {name} WHERE id > 0 OR id IN ({other})",
                    self.dice.of(&["", "RECURSIVE "])
                )
            }
            3 => {
                let (text, factors) = self.from(depth);
                let item = self.sub_query(&factors, 1, "MAX(id)");
                let filter = self.filter(&factors, depth);
                format!(
                    "SELECT {}.id, ({item}) FROM {text} WHERE {filter}",
                    factors[0].exposed
                )
            }
            4 => {
                let inner = self.plain(depth, true);
                let (text, factors) = self.from(1);
                let filter = self.filter(&factors, 1);
                format!(
                    "SELECT d.id, {}.id FROM {text} {} ({inner}) AS d ON d.id = {}.id WHERE {filter}",
                    factors[0].exposed,
                    self.dice.of(&["JOIN", "LEFT JOIN"]),
                    factors[0].exposed
                )
            }
            _ => self.plain(depth, false),
        }
    }

    /// One SELECT; `one` column called `id` if it is part of something.
    fn plain(&mut self, depth: usize, one: bool) -> String {
        let (text, factors) = self.from(depth);
        let filter = self.filter(&factors, depth);
        let first = factors[0].exposed.clone();
        if one {
            return format!("SELECT {first}.id FROM {text} WHERE {filter}");
        }
        match self.dice.below(12) {
            0 => format!(
                "SELECT COUNT(*), SUM({first}.id), MIN({first}.sku_id) FROM {text} WHERE {filter}"
            ),
            1 => format!(
                "SELECT {first}.warehouse_id AS sku_id, COUNT(*) n FROM {text} WHERE {filter} GROUP BY {first}.warehouse_id HAVING n > 0 AND sku_id > 1"
            ),
            2 => format!("SELECT DISTINCT {first}.sku_id FROM {text} WHERE {filter}"),
            3 => {
                let order: Vec<String> = factors
                    .iter()
                    .map(|factor| format!("{}.id", factor.exposed))
                    .collect();
                let order = order.join(", ");
                format!(
                    "SELECT {order} FROM {text} WHERE {filter} ORDER BY {order} LIMIT {}",
                    self.dice.of(&["1", "2", "1, 2", "2 OFFSET 1", "0"])
                )
            }
            4 => format!(
                "SELECT {first}.id, ROW_NUMBER() OVER (PARTITION BY {first}.sku_id ORDER BY {first}.id) FROM {text} WHERE {filter}"
            ),
            5 => format!(
                "SELECT {first}.id FROM {text} WHERE {filter} {}",
                self.dice.of(&["FOR UPDATE", "LOCK IN SHARE MODE"])
            ),
            6 => format!(
                "SELECT {}, {} AS stock, {first}.* FROM {text} WHERE {filter}",
                self.any_column(&factors),
                self.any_column(&factors)
            ),
            7 => format!(
                "SELECT SQL_NO_CACHE HIGH_PRIORITY {first}.id FROM {text} WHERE {filter} ORDER BY {first}.id DESC"
            ),
            8 => format!(
                "SELECT {first}.sku_id + 1 AS stock FROM {text} WHERE {filter} HAVING EXISTS (SELECT 1 FROM inv_reservation r WHERE r.sku_id = stock)"
            ),
            _ => format!("SELECT * FROM {text} WHERE {filter}"),
        }
    }

    fn update(&mut self) -> String {
        let depth = 1 + self.dice.below(2);
        let (text, factors) = if self.dice.chance(70) {
            let table = self.dice.of(WRITTEN);
            let (text, factor) = self.factor(table);
            (text, vec![factor])
        } else {
            self.from(1)
        };
        let filter = self.filter(&factors, depth);
        let target = factors[self.dice.below(factors.len())].clone();
        let name = match target.table {
            "inv_stock" => {
                self.dice
                    .of(&["stock", "reserved", "version", "warehouse_id", "sku_id"])
            }
            "inv_reservation" => self.dice.of(&["qty", "status", "sku_id", "order_no"]),
            "meaning_token" => self.dice.of(&["n", "token"]),
            "meaning_period" => self.dice.of(&["note", "num"]),
            _ => "id",
        };
        let column = self.qualified(&target, name);
        let value = match self.dice.below(4) {
            0 => format!("{column} + 1"),
            1 => format!("({})", self.sub_query(&factors, 1, "MAX(id)")),
            _ => self.value_for(name),
        };
        let tail = match self.dice.below(6) {
            0 if factors.len() == 1 => format!(" ORDER BY {}.id LIMIT 1", target.exposed),
            _ => String::new(),
        };
        format!(
            "UPDATE {}{text} SET {column} = {value} WHERE {filter}{tail}",
            self.dice.of(&["", "", "LOW_PRIORITY ", "IGNORE "])
        )
    }

    fn delete(&mut self) -> String {
        let depth = 1 + self.dice.below(2);
        if self.dice.chance(60) {
            let table = self.dice.of(WRITTEN);
            let factor = Factor {
                table,
                exposed: table.to_owned(),
            };
            let filter = self.filter(std::slice::from_ref(&factor), depth);
            let tail = if self.dice.chance(25) {
                " ORDER BY id LIMIT 1"
            } else {
                ""
            };
            let name = self.dice.of(&["", "ecommerce."]);
            return format!("DELETE FROM {name}{table} WHERE {filter}{tail}");
        }
        let (text, factors) = self.from(1);
        let filter = self.filter(&factors, depth);
        let target = factors[self.dice.below(factors.len())].exposed.clone();
        match self.dice.below(3) {
            0 => format!("DELETE FROM {target} USING {text} WHERE {filter}"),
            1 => format!("DELETE {target}.* FROM {text} WHERE {filter}"),
            _ => format!("DELETE {target} FROM {text} WHERE {filter}"),
        }
    }

    fn insert(&mut self) -> String {
        let verb = self.dice.of(&[
            "INSERT INTO",
            "INSERT IGNORE INTO",
            "REPLACE INTO",
            "INSERT",
        ]);
        let id = 900_000_000 + self.dice.below(1000);
        let (sku, house, amount) = (
            self.value_for("sku_id"),
            self.value_for("warehouse_id"),
            self.value_for("stock"),
        );
        let (text, factor) = self.factor("inv_stock");
        let name = text.split([' ']).next().unwrap_or("inv_stock").to_owned();
        let name = if name == "`ecommerce`" {
            "ecommerce.inv_stock".to_owned()
        } else {
            name
        };
        drop(factor);
        let mut sql = match self.dice.below(5) {
            0 => format!(
                "{verb} {name} SET id = {id}, sku_id = {sku}, warehouse_id = {house}, stock = {amount}"
            ),
            1 => format!(
                "{verb} {name} (stock, warehouse_id, sku_id, id) VALUES ({amount}, {house}, {sku}, {id}), (1, {house}, {sku}, {id} + 1)"
            ),
            2 => format!(
                "{verb} {name} VALUES ({id}, {sku}, {house}, {amount}, 0, 0, '2026-01-02 03:04:05')"
            ),
            _ => format!(
                "{verb} {name} (id, sku_id, `warehouse_id`, stock) VALUES ({id}, {sku}, {house}, {amount})"
            ),
        };
        if verb != "REPLACE INTO" && self.dice.chance(35) {
            sql.push_str(self.dice.of(&[
                " ON DUPLICATE KEY UPDATE stock = VALUES(stock)",
                " ON DUPLICATE KEY UPDATE stock = stock + 1, sku_id = VALUES(sku_id)",
                " ON DUPLICATE KEY UPDATE sku_id = VALUES(stock)",
                " ON DUPLICATE KEY UPDATE inv_stock.stock = inv_stock.stock + VALUES(inv_stock.stock)",
            ]));
        }
        sql
    }
}
