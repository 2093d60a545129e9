//! The clock fuse of a running proxy whose clock is really shifted, by libfaketime (contract 9.2).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mysql::Conn;
use shardgate::lab::free_port;

use crate::support::{Proxy, ProxyOptions, ask, number, refusal, rows, shop, value};

/// Nobody else's worker id: others take theirs from a port.
const LAYOUT: (&str, &str) = (
    "      type: SNOWFLAKE\n      props:\n",
    "      type: SNOWFLAKE\n      props:\n        worker-id: 1023\n",
);
const HOUR_BACK: &str = "-3600";
const RIGHT: &str = "+0";

/// A folder that outlives the proxies, with the file that tells them the time.
struct Shifted {
    folder: tempfile::TempDir,
}

impl Shifted {
    fn new() -> Shifted {
        let folder = tempfile::tempdir().unwrap();
        let shifted = Shifted { folder };
        shifted.shift(RIGHT);
        shifted
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("faketime")
    }

    /// Moves the clock of the proxies against the machine's, in seconds.
    fn shift(&self, by: &str) {
        // renamed, so that nobody reads half of it
        let next = self.folder.path().join("next");
        fs::write(&next, by).unwrap();
        fs::rename(next, self.file()).unwrap();
    }

    fn proxy(&self) -> Proxy {
        let environment = [
            ("LD_PRELOAD", library()),
            ("FAKETIME_TIMESTAMP_FILE", self.file()),
            ("FAKETIME_NO_CACHE", PathBuf::from("1")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", PathBuf::from("1")),
        ];
        let options = ProxyOptions {
            layout: vec![LAYOUT],
            settings: format!(
                "  dataDir: {}\n",
                self.folder.path().join("state").display()
            ),
            environment: environment
                .map(|(name, value)| (name, value.display().to_string()))
                .to_vec(),
            ..ProxyOptions::default()
        };
        Proxy::start(&shop().farm, &options)
    }
}

/// `make setup` installs it.
fn library() -> PathBuf {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut folders = below(Path::new("/usr/lib"));
    folders.extend(["/usr/lib".into(), "/usr/local/lib".into()]);
    let library = folders
        .iter()
        .map(|folder| folder.join("faketime/libfaketime.so.1"))
        .find(|path| path.exists());
    library.expect("libfaketime is missing: make setup installs it")
}

fn insert(conn: &mut Conn) -> u64 {
    let sku = shop().sku();
    let sql = format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)");
    ask(conn, sql).unwrap().insert_id()
}

fn refused(conn: &mut Conn) -> u16 {
    refusal(
        conn,
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 1, 1)",
    )
    .code
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_hour_back_opens_the_fuse_and_the_rest_is_served() {
    let shifted = Shifted::new();
    let proxy = shifted.proxy();
    let mut conn = proxy.connect();
    let first = insert(&mut conn);
    assert!(proxy.get("/readyz").starts_with("HTTP/1.1 200"));

    shifted.shift(HOUR_BACK);
    wait_until("/readyz fails by itself", || {
        proxy.get("/readyz").starts_with("HTTP/1.1 503")
    });
    let told = proxy.get("/readyz");
    assert!(told.contains("worker 1023: clock moved back"), "{told}");
    assert_eq!(refused(&mut conn), 10440);
    assert_eq!(refusal(&mut conn, "SELECT SNOWFLAKE()").code, 10440);
    let metrics = proxy.get("/metrics");
    let is_open = |metrics: &str| {
        let mut lines = metrics.lines();
        lines.any(|line| {
            line.starts_with("shardgate_keygen_fuse_open{worker=\"1023\"") && line.ends_with(" 1")
        })
    };
    assert!(is_open(&metrics), "{metrics}");
    assert_eq!(number(&mut conn, "SELECT 5"), 5);
    let sku = shop().sku();
    let own_key = format!(
        "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES ({sku}, {sku}, 1, 1)"
    );
    ask(&mut conn, own_key).expect("a key that is given needs none of ours");
    let row = rows(&mut conn, "SHOW SHARDGATE KEYS").remove(0);
    assert_eq!((&*row[0], &*row[6]), ("1023", "open"));
    assert_eq!(
        proxy.log().matches("the key fuse is open").count(),
        1,
        "once an opening"
    );

    // an operator's command
    let mut app = proxy.connect_as_app();
    assert_eq!(refusal(&mut app, "CLOSE KEY FUSE").code, 1227);
    ask(&mut conn, "CLOSE KEY FUSE").unwrap();
    let second = insert(&mut conn);
    assert!(second > first, "{second} after {first}");
    assert!(proxy.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(!is_open(&proxy.get("/metrics")));
    let none = refusal(&mut conn, "CLOSE KEY FUSE");
    assert!(none.message.contains("no key fuse is open"), "{none:?}");

    // and by itself, when the clock is past the mark
    shifted.shift(RIGHT);
    proxy.wait_for_log("the clock is past the mark");
    assert!(insert(&mut conn) > second);
}

#[test]
fn a_restart_with_the_clock_behind_the_mark_makes_no_key_until_it_is_past() {
    let shifted = Shifted::new();
    let proxy = shifted.proxy();
    let first = insert(&mut proxy.connect());
    // kill -9
    drop(proxy);
    shifted.shift(HOUR_BACK);
    let proxy = shifted.proxy();
    let mut conn = proxy.connect();
    let told = proxy.get("/readyz");
    assert!(
        told.starts_with("HTTP/1.1 503") && told.contains("the mark of the last run"),
        "{told}"
    );
    assert_eq!(refused(&mut conn), 10440);
    assert_eq!(value(&mut conn, "SELECT 'served'"), "served");
    shifted.shift(RIGHT);
    wait_until("the fuse closes", || {
        proxy.get("/readyz").starts_with("HTTP/1.1 200")
    });
    assert!(insert(&mut conn) > first);
}

#[test]
fn a_second_process_on_the_same_mark_does_not_start() {
    let shifted = Shifted::new();
    let proxy = shifted.proxy();
    let folder = tempfile::tempdir().unwrap();
    let files = fs::read_dir(proxy.folder()).unwrap().flatten();
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|is| is == "yaml");
    for path in files.map(|entry| entry.path()).filter(is_yaml) {
        let mut text = fs::read_to_string(&path).unwrap();
        for port in [proxy.port(), proxy.admin_port()] {
            let other = free_port().unwrap();
            let (from, to) = (
                format!("127.0.0.1:{port}\n"),
                format!("127.0.0.1:{other}\n"),
            );
            text = text.replace(&from, &to);
        }
        fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_shardgate"))
        .args(["serve", "--config"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("keygen-1023.mark is in use by another process"),
        "{said}"
    );
}
