//! ENUM and SET in reads of several nodes: where their text alone matters the answer is that of one server, elsewhere
//! the read is refused (contract 4.10).

use crate::support::{Proxy, ProxyOptions, ask, refusal, rows, shop};

const BODY: &str = "(id INT PRIMARY KEY, buyer INT NOT NULL, \
                    status ENUM('new','paid','5','done') NOT NULL, tags SET('b','a','c') NULL)";
const ROWS: &str = "(1,1,'paid','a,b'),(2,1,'new',''),(3,2,'done','c'),(4,2,'paid',NULL),(5,3,'5','b'),(6,3,'new','a')";

/// `+` is served as by one server, `-` is refused.
const STATEMENTS: &str = "\
+ SELECT id, status FROM orders WHERE buyer IN (1, 2, 3)
+ SELECT status, id FROM orders WHERE buyer IN (1, 2, 3) ORDER BY id DESC
+ SELECT o.id, o.status, o.tags FROM orders o WHERE o.buyer IN (1, 2, 3) ORDER BY o.id LIMIT 3
+ SELECT * FROM orders WHERE buyer IN (1, 2, 3)
+ SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status = 'paid' ORDER BY 1
+ SELECT COUNT(*) FROM orders WHERE buyer IN (1, 2, 3) AND status IN ('paid', 'new')
+ SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status NOT IN ('paid', 'new') ORDER BY id
+ SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND (status <> 'paid' OR id = 1) ORDER BY id
+ SELECT SUM(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) FROM orders WHERE buyer IN (1, 2, 3)
+ SELECT SUM(IF(status = 'paid', id, 0)) FROM orders WHERE buyer IN (1, 2, 3)
+ SELECT buyer, COUNT(*) FROM orders WHERE buyer IN (1, 2, 3) AND status = 'nosuch' GROUP BY buyer
+ SELECT id FROM (orders) WHERE buyer IN (1, 2, 3) ORDER BY id
+ SELECT id FROM ((orders o)) WHERE o.buyer IN (1, 2, 3) ORDER BY id
+ SELECT a.id FROM (orders a) JOIN (orders b) ON b.id = a.id WHERE a.buyer IN (1, 2, 3) AND b.buyer IN (1, 2) ORDER BY a.id
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) ORDER BY status
- SELECT id, status FROM orders WHERE buyer IN (1, 2, 3) ORDER BY 2
- SELECT id, status FROM orders WHERE buyer IN (1, 2, 3) ORDER BY (2)
- SELECT status FROM orders WHERE buyer IN (1, 2, 3) ORDER BY ((1)) DESC
- SELECT id, status AS s FROM orders WHERE buyer IN (1, 2, 3) ORDER BY s
- SELECT *, status FROM orders WHERE buyer IN (1, 2, 3) ORDER BY id
- SELECT * FROM orders WHERE buyer IN (1, 2, 3) ORDER BY 3
- SELECT status + 0 FROM orders WHERE buyer IN (1, 2, 3)
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status = 2
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status = '5'
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status > 'new'
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND NOT status = 'paid'
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND id BETWEEN 1 AND status = 'paid'
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status = 'paid' + 0
- SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND tags = 'a,b'
- SELECT DISTINCT status FROM orders WHERE buyer IN (1, 2, 3)
- SELECT status, COUNT(*) FROM orders WHERE buyer IN (1, 2, 3) GROUP BY status
- SELECT MAX(status) FROM orders WHERE buyer IN (1, 2, 3)
- SELECT (SELECT status FROM orders WHERE buyer IN (1, 2) AND id = 1) + 0
- SELECT status FROM orders WHERE buyer IN (1, 2) UNION SELECT status FROM orders WHERE buyer IN (2, 3)
- SELECT s.status + 0 FROM (SELECT status FROM orders WHERE buyer IN (1, 2, 3)) s
- SELECT a.id FROM orders a JOIN orders b USING (status) WHERE a.buyer IN (1, 2) AND b.buyer IN (1, 2)
- SELECT FIND_IN_SET('a', tags) FROM orders WHERE buyer IN (1, 2, 3)
";

fn proxy() -> Proxy {
    let shop = shop();
    let account = shop.farm.account();
    let (user, password) = (&account.user, &account.password);
    let server = &shop.farm.pair_of(0).primary;
    server
        .sql(&format!(
            "CREATE DATABASE IF NOT EXISTS enums; GRANT ALL ON enums.* TO '{user}'@'127.0.0.1'; USE enums; \
             DROP TABLE IF EXISTS orders_0, orders_1; CREATE TABLE orders_0 {BODY}; CREATE TABLE orders_1 {BODY}"
        ))
        .unwrap();
    shop.plain
        .sql(&format!(
            "CREATE DATABASE IF NOT EXISTS enums; USE enums; DROP TABLE IF EXISTS orders; \
             CREATE TABLE orders {BODY}; INSERT INTO orders VALUES {ROWS}"
        ))
        .unwrap();
    let text = format!(
        "databaseName: enums\ndataSources:\n  one: {{ url: mysql://127.0.0.1:{}/enums, username: {user}, password: {password} }}\n\
         rules:\n- !SHARDING\n  tables:\n    orders:\n      actualDataNodes: one.orders_${{0..1}}\n      \
         tableStrategy: {{ standard: {{ shardingColumn: buyer, shardingAlgorithmName: m }} }}\n  \
         shardingAlgorithms:\n    m: {{ type: MOD, props: {{ sharding-count: 2 }} }}\n",
        server.port()
    );
    let options = ProxyOptions {
        files: vec![("enums.yaml", text)],
        ..ProxyOptions::default()
    };
    Proxy::start(&shop.farm, &options)
}

#[test]
fn enums_are_served_by_several_nodes_where_their_text_alone_matters_contract_4_10() {
    let proxy = proxy();
    let (mut direct, mut through) = (shop().direct(), proxy.connect());
    for conn in [&mut direct, &mut through] {
        ask(conn, "USE enums").unwrap();
    }
    ask(&mut through, format!("INSERT INTO orders VALUES {ROWS}")).unwrap();
    let mut faults = Vec::new();
    for line in STATEMENTS.lines() {
        let (sign, sql) = line.split_once(' ').unwrap();
        if sign == "-" {
            let told = refusal(&mut through, sql);
            if told.code != 29006 {
                faults.push(format!("{sql}: {told:?}"));
            }
            continue;
        }
        match ask(&mut through, sql) {
            Err(told) => faults.push(format!("{sql}: {told:?}")),
            Ok(_) => {
                let (mut left, mut right) = (rows(&mut direct, sql), rows(&mut through, sql));
                if !sql.contains("ORDER BY") {
                    left.sort();
                    right.sort();
                }
                if left != right || left.is_empty() != sql.contains("nosuch") {
                    faults.push(format!("{sql}: {left:?}, {right:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
