//! The shape of an analyzed DML statement: tables, query blocks, conditions, rows.
//!
//! All `*_token` fields are indices into [`super::Lexed::tokens`].

/// How a statement uses a table reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Usage {
    /// It is read.
    Read,
    /// It is the target of INSERT, REPLACE, UPDATE or DELETE.
    Write,
}

/// One mention of a table in FROM, JOIN, UPDATE, DELETE, INSERT or DDL.
///
/// CTE names and derived tables are not table references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRef {
    /// Schema qualifier without quotes, as written.
    pub schema: Option<String>,
    /// Table name without quotes, as written.
    pub name: String,
    /// Token of the schema qualifier.
    pub schema_token: Option<u32>,
    /// Token of the name.
    pub name_token: u32,
    /// Alias without quotes, if one is written.
    pub alias: Option<String>,
    /// Last token of the factor before an alias could be added (name, or `PARTITION (...)`).
    pub last_token: u32,
    /// An alias may be added behind `last_token` on both server families.
    pub takes_alias: bool,
    /// Index into the statement's blocks.
    pub block: u16,
    /// Read or written.
    pub usage: Usage,
    /// An outer join may put NULLs in the place of its rows.
    pub is_nullable: bool,
}

impl TableRef {
    /// The name that columns are qualified with: the alias, else the table's name.
    #[must_use]
    pub fn exposed_name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// A column's qualifier that names a table reference without alias, `inv_stock.` or `ecommerce.inv_stock.`;
/// also the targets of `DELETE t FROM t`, and the alias behind a schema in `ecommerce.alias.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualifier {
    /// Index into the statement's tables.
    pub table: u16,
    /// Token of the schema part.
    pub schema_token: Option<u32>,
    /// Token of the table part.
    pub name_token: u32,
}

/// Which table a column belongs to, as far as the text alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Qualified, or the only table in scope: index into the statement's tables.
    Table(u16),
    /// Unqualified with several tables in the block (index), or with outer blocks that may own it:
    /// only the schema can tell.
    Unqualified(u16),
    /// A column of what this block gives: a derived table, or a WITH that is read here.
    Derived(u16),
    /// A column of a table function, or a qualifier that is not found.
    Foreign,
}

/// A bare column in a condition or assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    /// Where it belongs.
    pub binding: Binding,
    /// Name without quotes, as written.
    pub name: String,
}

/// A value in a condition, row or assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// One literal token (`Integer`, `Decimal`, `Float`, `Text`, ...), with a folded sign;
    /// parentheses around it are dropped. What it is worth is decided by the column's type.
    Literal {
        /// The literal.
        token: u32,
        /// An odd number of minus signs stands before it.
        is_negative: bool,
    },
    /// `?`, counted from 0 over the whole statement.
    Parameter(u16),
    /// `NULL`
    Null,
    /// `DEFAULT`
    Default,
    /// Anything else: no value known.
    Expression,
}

/// A predicate of a conjunction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// `column = v`, `column <=> v`, `column IN (v, ...)`, never negated.
    In {
        /// The column.
        column: ColumnRef,
        /// One or more values.
        values: Vec<Operand>,
        /// `<=>`
        is_null_safe: bool,
    },
    /// `(c1, c2) = (v1, v2)`, `(c1, c2) IN ((v1, v2), ...)`; each row is as long as `columns`.
    RowIn {
        /// The columns.
        columns: Vec<ColumnRef>,
        /// The rows.
        rows: Vec<Vec<Operand>>,
    },
    /// `column < v`, `column BETWEEN a AND b` ...; bounds carry whether they are inclusive.
    Range {
        /// The column.
        column: ColumnRef,
        /// Lower bound.
        lower: Option<(Operand, bool)>,
        /// Upper bound.
        upper: Option<(Operand, bool)>,
    },
    /// `a.x = b.y`, also of USING and NATURAL joins.
    Same {
        /// One side.
        left: ColumnRef,
        /// The other.
        right: ColumnRef,
    },
    /// `OR` of conjunctions. An arm without any usable predicate is an empty list:
    /// then the whole knows nothing.
    AnyOf(Vec<Vec<Predicate>>),
}

/// Which table references a condition restricts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restricts {
    /// Every table of its block (WHERE, ON of inner joins).
    Block,
    /// Only these (the ON of an outer join restricts its nullable side).
    Tables(Vec<u16>),
}

/// One predicate of a block's conjunction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What must hold.
    pub predicate: Predicate,
    /// For whom.
    pub restricts: Restricts,
}

/// Where a query block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// The statement's own block (also of UPDATE, DELETE, INSERT).
    Root,
    /// A further arm of UNION, INTERSECT, EXCEPT beside its parent's.
    SetArm,
    /// A derived table in FROM.
    Derived,
    /// A common table expression.
    Cte,
    /// A sub-query in an expression; may see the parent's columns.
    SubQuery,
}

/// What a block does beside filtering; needed to know if answers of several nodes could be joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts, each read alone"
)]
pub struct BlockTraits {
    /// DISTINCT
    pub is_distinct: bool,
    /// GROUP BY or HAVING
    pub has_group_by: bool,
    /// An aggregate function
    pub has_aggregate: bool,
    /// A window function
    pub has_window: bool,
    /// ORDER BY
    pub has_order_by: bool,
    /// LIMIT, OFFSET or FETCH
    pub has_limit: bool,
    /// UNION, INTERSECT or EXCEPT
    pub has_set_operation: bool,
}

/// How the rows of a plain SELECT in FROM or WITH are seen: each is a row of its tables, and nothing but one block
/// reads them, so that what restricts them there restricts its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlet {
    /// The block that reads it.
    pub into: u16,
    /// Its columns that are bare columns, by their names there.
    pub columns: Vec<(String, ColumnRef)>,
    /// It has a column of this name that is no bare column.
    pub computed: Vec<String>,
    /// What it has `*` of.
    pub wildcards: Vec<Binding>,
}

/// One query block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Enclosing block.
    pub parent: Option<u16>,
    /// Conjunction of predicates; what is not understood is left out (it can only restrict further).
    pub conditions: Vec<Condition>,
    /// Facts about the block.
    pub traits: BlockTraits,
    /// Where its rows go on as they are.
    pub outlet: Option<Outlet>,
}

/// `SELECT`, `TABLE`, `VALUES`, with CTEs and set operations. Block 0 is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All blocks; `TableRef::block` points here.
    pub blocks: Vec<Block>,
    /// First and last token of each item of a SELECT list whose column the server names by the item's text, and in
    /// which a table is named: an edit there would show in the answer.
    pub labels: Vec<(u32, u32)>,
}

/// `column = value` of SET or ON DUPLICATE KEY UPDATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Target.
    pub column: ColumnRef,
    /// Token of the column's name.
    pub column_token: u32,
    /// Assigned value.
    pub value: Operand,
    /// `VALUES(c)` or `alias.c` of the row alias: the column `c`, for ON DUPLICATE KEY UPDATE.
    pub inserted_column: Option<String>,
}

/// One row of VALUES.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Token of `(`.
    pub open_token: u32,
    /// Token of `)`.
    pub close_token: u32,
    /// Values in order; each with its first and last token.
    pub values: Vec<(Operand, u32, u32)>,
}

/// Where INSERT takes its rows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsertSource {
    /// `VALUES (...), (...)` or `VALUES ROW(...)`
    Rows(Vec<Row>),
    /// `SET a = 1, b = 2`: the columns are in `Insert::columns`, one row; `open_token` is SET,
    /// `close_token` the last token of the last value.
    Set(Row),
    /// `INSERT ... SELECT`: the block of the select.
    Select(u16),
}

/// One item of the select list of `INSERT ... SELECT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// A literal, `?` or NULL.
    Value(Operand),
    /// A bare column, in each row as the conditions of its block let it through.
    Column(ColumnRef),
    /// `*` over this table: all its columns that are not invisible.
    All(u16),
    /// Anything else: one column of which nothing is known.
    Other,
}

/// INSERT or REPLACE. Block 0 is the root (holds the target, no conditions).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// REPLACE
    pub is_replace: bool,
    /// IGNORE
    pub is_ignore: bool,
    /// Target: index into the statement's tables.
    pub table: u16,
    /// Column list as written with each name's token; `None` without list.
    pub columns: Option<Vec<(String, u32)>>,
    /// Token of the `(` and `)` of the column list.
    pub column_list: Option<(u32, u32)>,
    /// Rows.
    pub source: InsertSource,
    /// The select list; empty without one, and where its items cannot be counted.
    pub selected: Vec<Selected>,
    /// ON DUPLICATE KEY UPDATE.
    pub on_duplicate: Vec<Assignment>,
    /// All blocks.
    pub blocks: Vec<Block>,
}

/// UPDATE, one or several tables. Block 0 holds the tables and WHERE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// SET list.
    pub assignments: Vec<Assignment>,
    /// All blocks.
    pub blocks: Vec<Block>,
}

/// DELETE, one or several tables. Block 0 holds the tables and WHERE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// Tables that lose rows: indices into the statement's tables.
    pub targets: Vec<u16>,
    /// All blocks.
    pub blocks: Vec<Block>,
}

/// A fact about a text that the tokens alone show; conservative (a name that could be the function counts).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts, each read alone"
)]
pub struct Facts {
    /// FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE at any depth.
    pub is_locking: bool,
    /// INTO OUTFILE, DUMPFILE or a variable.
    pub has_into: bool,
    /// LAST_INSERT_ID or @@last_insert_id, @@identity is mentioned.
    pub mentions_last_insert_id: bool,
    /// The word RETURNING stands in it.
    pub mentions_returning: bool,
    /// FOUND_ROWS() is called.
    pub calls_found_rows: bool,
    /// ROW_COUNT() is called.
    pub calls_row_count: bool,
    /// SNOWFLAKE() is called, without a schema in front.
    pub calls_snowflake: bool,
    /// CONNECTION_ID() or @@pseudo_thread_id is mentioned.
    pub mentions_connection_id: bool,
    /// SQL_CALC_FOUND_ROWS
    pub has_calc_found_rows: bool,
    /// GET_LOCK, RELEASE_LOCK, RELEASE_ALL_LOCKS, IS_USED_LOCK, IS_FREE_LOCK.
    pub uses_user_locks: bool,
    /// GET_LOCK itself.
    pub takes_user_lock: bool,
    /// A user variable is read.
    pub reads_user_variable: bool,
    /// A user variable is assigned (`:=`, INTO @x).
    pub assigns_user_variable: bool,
    /// UUID, RAND, SYSDATE, ... : differs by server (contract 4.7).
    pub differs_by_server: bool,
    /// NOW, CURRENT_TIMESTAMP, ... : fixed by a replayed `SET timestamp`.
    pub uses_now: bool,
    /// SLEEP, BENCHMARK, NEXTVAL, LASTVAL, SETVAL, MASTER_POS_WAIT ... or a call of a function that is not built in:
    /// side effects possible, belongs to the primary.
    pub may_have_side_effects: bool,
    /// A function that is not built in is called, or could be.
    pub calls_unknown: bool,
}

/// The scope of a system variable in SET or `@@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableScope {
    /// SESSION, LOCAL, `@@session.`, or none.
    Session,
    /// GLOBAL
    Global,
    /// PERSIST, PERSIST_ONLY
    Persist,
}

/// One assignment of a SET statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetItem {
    /// `SET [scope] name = value`; `is_default` for `= DEFAULT`. The value is the token range first..=last.
    Variable {
        /// Scope.
        scope: VariableScope,
        /// Lower-case name, without `@@`.
        name: String,
        /// First and last token of the value.
        value: (u32, u32),
        /// `= DEFAULT`
        is_default: bool,
        /// The value is one literal, one word (ON, utf8mb4), or `DEFAULT`; otherwise an expression to be evaluated.
        is_literal: bool,
    },
    /// `SET @name = value`
    User {
        /// Name without `@` and quotes, lower-case (they compare without case).
        name: String,
        /// First and last token of the value.
        value: (u32, u32),
        /// The value is one literal.
        is_literal: bool,
    },
    /// `SET NAMES x [COLLATE y]`; `None` = DEFAULT.
    Names {
        /// Character set, lower-case.
        charset: Option<String>,
        /// Collation, lower-case.
        collation: Option<String>,
    },
    /// `SET CHARACTER SET x`, `SET CHARSET x`; `None` = DEFAULT.
    CharacterSet {
        /// Character set, lower-case.
        charset: Option<String>,
    },
    /// `SET [scope] TRANSACTION ...`; `None` scope = only the next transaction.
    Transaction {
        /// SESSION / GLOBAL, `None` for the next transaction only.
        scope: Option<VariableScope>,
        /// `READ-COMMITTED` etc., as the variable spells it.
        isolation: Option<&'static str>,
        /// READ ONLY = true, READ WRITE = false.
        is_read_only: Option<bool>,
    },
}

/// What a SHOW statement asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// SHOW DATABASES / SCHEMAS [LIKE 'x' | WHERE ..]
    Databases,
    /// SHOW [FULL] TABLES [FROM db]; also OPEN TABLES and TABLE STATUS.
    Tables {
        /// FULL
        is_full: bool,
        /// SHOW TABLE STATUS
        is_status: bool,
        /// FROM db
        database: Option<String>,
    },
    /// SHOW COLUMNS / FIELDS / INDEX / KEYS / CREATE TABLE: the table is in `Statement::tables[0]`.
    OfTable,
    /// SHOW CREATE DATABASE name
    CreateDatabase(String),
    /// SHOW WARNINGS / COUNT(*) WARNINGS [LIMIT ..]
    Warnings,
    /// SHOW ERRORS / COUNT(*) ERRORS
    Errors,
    /// SHOW [FULL] PROCESSLIST
    ProcessList,
    /// SHOW [SESSION|GLOBAL] VARIABLES, STATUS, COLLATION, CHARACTER SET, ENGINES, PLUGINS, ... : nothing of a table; any node.
    Server,
    /// Replication, binary logs, grants of others, and whatever else concerns one server.
    Other,
}

/// How DDL acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DdlKind {
    /// CREATE TABLE, with `is_temporary` in [`Ddl`].
    CreateTable,
    /// ALTER TABLE
    AlterTable,
    /// DROP TABLE
    DropTable,
    /// TRUNCATE [TABLE]
    Truncate,
    /// RENAME TABLE
    RenameTable,
    /// CREATE INDEX
    CreateIndex,
    /// DROP INDEX
    DropIndex,
    /// CREATE / ALTER / DROP VIEW
    View,
    /// PROCEDURE, FUNCTION, TRIGGER, EVENT
    Routine,
    /// CREATE / ALTER / DROP DATABASE
    Database,
    /// USER, ROLE, GRANT, REVOKE, SET PASSWORD
    Account,
    /// ANALYZE, OPTIMIZE, CHECK, CHECKSUM, REPAIR TABLE
    Maintenance,
    /// Sequences, servers, tablespaces and the rest.
    Other,
}

/// A DDL statement; its tables are in `Statement::tables`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ddl {
    /// What it does.
    pub kind: DdlKind,
    /// TEMPORARY
    pub is_temporary: bool,
    /// IF EXISTS / IF NOT EXISTS
    pub is_conditional: bool,
    /// CREATE TABLE ... LIKE / SELECT, or another form that reads tables.
    pub reads_tables: bool,
    /// Names of FOREIGN KEY and CHECK constraints with their tokens.
    pub constraints: Vec<(String, u32)>,
}

/// A statement that the proxy itself answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyStatement {
    /// `PREVIEW <sql>` or `EXPLAIN ROUTE <sql>`: first token of the inner statement.
    Preview {
        /// First token of the inner statement.
        first_token: u32,
        /// EXPLAIN ROUTE (tells the reasons too)
        is_route: bool,
    },
    /// `REFRESH TABLE METADATA`
    RefreshTableMetadata,
    /// `CLOSE KEY FUSE`
    CloseKeyFuse,
    /// `DISABLE MEMBER name` and `ENABLE MEMBER name`, and ShardingSphere's `ALTER READWRITE_SPLITTING RULE group DISABLE
    /// name FROM database`: a replica out of the reads by hand, and back.
    SetMember {
        /// The group, where it is named.
        group: Option<String>,
        /// The data source.
        name: String,
        /// The logical database; `None` = the current one.
        database: Option<String>,
        /// DISABLE
        is_disabled: bool,
    },
    /// ShardingSphere's `SHOW STATUS FROM READWRITE_SPLITTING RULES`, or `RULE group`, `FROM database`.
    ShowReplicas {
        /// The group, where it is named.
        group: Option<String>,
        /// The logical database; `None` = the current one.
        database: Option<String>,
    },
    /// `SHOW SHARDGATE <what>`: status tables; the lower-case rest.
    ShowStatus(String),
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No token at all (empty text, only comments).
    Empty,
    /// SELECT, WITH, TABLE, VALUES, parenthesised.
    Query(Query),
    /// INSERT, REPLACE
    Insert(Insert),
    /// UPDATE
    Update(Update),
    /// DELETE
    Delete(Delete),
    /// The parser did not understand a statement that it should; why. `Statement::tables` is empty:
    /// whoever routes looks at every name among the tokens.
    NotUnderstood(String),
    /// SET
    Set(Vec<SetItem>),
    /// USE db
    Use(String),
    /// BEGIN, START TRANSACTION
    Begin {
        /// READ ONLY / READ WRITE if said
        is_read_only: Option<bool>,
        /// WITH CONSISTENT SNAPSHOT
        is_snapshot: bool,
    },
    /// COMMIT [AND CHAIN] [RELEASE]
    Commit {
        /// AND CHAIN
        is_chain: bool,
        /// RELEASE
        is_release: bool,
    },
    /// ROLLBACK
    Rollback {
        /// AND CHAIN
        is_chain: bool,
        /// RELEASE
        is_release: bool,
    },
    /// SAVEPOINT name
    Savepoint(String),
    /// ROLLBACK TO [SAVEPOINT] name
    RollbackTo(String),
    /// RELEASE SAVEPOINT name
    ReleaseSavepoint(String),
    /// SHOW
    Show(Show),
    /// DESCRIBE / DESC / EXPLAIN table [column]: the table is `tables[0]`.
    Describe,
    /// EXPLAIN / DESCRIBE / ANALYZE of a statement: `first_token` of the inner one.
    Explain {
        /// First token of the explained statement.
        first_token: u32,
        /// The inner statement's kind, with tables and blocks in this statement.
        inner: Box<Kind>,
        /// EXPLAIN ANALYZE, MariaDB's ANALYZE: it runs.
        is_analyze: bool,
    },
    /// DDL
    Ddl(Ddl),
    /// LOCK TABLES
    LockTables,
    /// UNLOCK TABLES
    UnlockTables,
    /// CALL
    Call,
    /// DO
    Do,
    /// KILL [CONNECTION | QUERY] id
    Kill {
        /// KILL QUERY
        is_query: bool,
        /// The id, if it is an integer literal.
        id: Option<u64>,
    },
    /// PREPARE name FROM 'text' | @var
    Prepare,
    /// EXECUTE name
    Execute,
    /// DEALLOCATE / DROP PREPARE name
    Deallocate,
    /// HANDLER
    Handler,
    /// LOAD DATA / XML
    LoadData {
        /// LOCAL
        is_local: bool,
    },
    /// XA ...
    Xa,
    /// FLUSH, RESET, PURGE, CHANGE, START/STOP REPLICA, SHUTDOWN, INSTALL, CLONE, BINLOG ...
    Administrative,
    /// A statement of the proxy's own.
    Proxy(ProxyStatement),
    /// First word not known.
    Unknown,
}

impl Kind {
    /// It concerns the session alone: no rule decides about it, and what is prepared, executed or previewed in it is
    /// asked about by itself.
    #[must_use]
    pub fn concerns_session_alone(&self) -> bool {
        matches!(
            self,
            Self::Use(_)
                | Self::Begin { .. }
                | Self::Commit { .. }
                | Self::Rollback { .. }
                | Self::Savepoint(_)
                | Self::RollbackTo(_)
                | Self::ReleaseSavepoint(_)
                | Self::Kill { .. }
                | Self::Prepare
                | Self::Execute
                | Self::Deallocate
                | Self::Proxy(_)
                | Self::Show(Show::Warnings | Show::Errors)
        )
    }
}

/// One analyzed statement. Holds no literal's value: serves every text of the same shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: Kind,
    /// Every table reference, in order of their tokens.
    pub tables: Vec<TableRef>,
    /// Qualifiers that name a table reference which has no alias.
    pub qualifiers: Vec<Qualifier>,
    /// What the tokens alone show.
    pub facts: Facts,
    /// Number of `?`.
    pub parameters: u16,
    /// It holds text from an executable comment whose version gate lies between the backends' versions, or is unclosed.
    pub has_doubtful_comment: bool,
}
