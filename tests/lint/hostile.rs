//! Sources that are broken, huge or made to hurt: an answer in bounded memory, with the place.

use std::fs::File;
use std::io::Write;

use super::program::{lint, lint_text};

#[test]
fn malformed_mappers_are_told_with_file_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (
            "open.xml",
            "<mapper namespace='a'>\n<select id='b'>SELECT 1\n",
            3,
        ),
        (
            "crossed.xml",
            "<mapper>\n<select id='b'><if test='c'></select></if></mapper>",
            2,
        ),
        (
            "entity.xml",
            "<!DOCTYPE mapper [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>\n<mapper>\n<select id='b'>&a;</select></mapper>",
            3,
        ),
        (
            "angle.xml",
            "<mapper>\n<select id='b'>a < b</select></mapper>",
            2,
        ),
    ];
    for (name, text, line) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let said = lint(&[path.to_str().unwrap()]);
        assert_eq!(said.code, 2, "{name}: {}", said.out);
        assert!(
            said.out.contains(&format!("{name}:{line}:")),
            "{name}: {}",
            said.out
        );
        assert!(!said.out.contains("root:"), "{}", said.out);
    }
}

#[test]
fn deep_elements_and_many_tests_end() {
    let deep = format!("<mapper><select id='a'>{}", "<if test='x'>".repeat(500_000));
    assert_eq!(lint_text(&["-"], &deep).code, 2);
    let many: String = (0..600)
        .map(|n| format!("<if test='x{n} != null'>AND a{n} = 1</if>"))
        .collect();
    let wide = format!(
        "<mapper><select id='a'>SELECT 1 FROM inv_stock WHERE sku_id = #{{a}} AND warehouse_id = 1 {many}</select></mapper>"
    );
    let said = lint_text(&["-"], &wide);
    assert!(said.code <= 1, "{}", said.err);
}

#[test]
fn bytes_that_are_no_text_are_told_once_and_read_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sql");
    std::fs::write(
        &path,
        b"SELECT '\xff\xfe' FROM dict_region;\nSELECT '\xff';\nSELECT stock FROM inv_stock;\n",
    )
    .unwrap();
    let said = lint(&[path.to_str().unwrap()]);
    assert_eq!(said.code, 1);
    assert_eq!(said.out.matches("not-judged").count(), 1, "{}", said.out);
    assert!(
        said.out.contains("a.sql:1:9: warning[not-judged]"),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("a.sql:3:19: error[missing-sharding-value]"),
        "{}",
        said.out
    );
}

/// 96 MiB, most of it one statement, through a process that may not have that much.
#[test]
fn a_large_log_streams_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.log");
    let mut file = File::create(&path).unwrap();
    let head =
        "# Time: 2026-01-01T00:00:00.000000Z\n# User@Host: a[a] @ b []  Id: 1\nSET timestamp=1;\n";
    writeln!(
        file,
        "{head}SELECT stock FROM inv_stock WHERE warehouse_id = 1;"
    )
    .unwrap();
    write!(file, "{head}SELECT '").unwrap();
    let block = "x".repeat(1024 * 1024);
    for _ in 0..96 {
        file.write_all(block.as_bytes()).unwrap();
    }
    writeln!(file, "';\n{head}DELETE FROM inv_stock;").unwrap();
    drop(file);
    let program = env!("CARGO_BIN_EXE_shardgate");
    let root = env!("CARGO_MANIFEST_DIR");
    // 96 MiB for all that the process maps beyond its program
    let script = format!(
        "ulimit -d 98304 && cd '{root}' && exec '{program}' lint '{}'",
        path.display()
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}");
    for told in [
        ":4:19: error[missing-sharding-value]",
        ":8:1: warning[not-judged]",
        ":12:13: error[missing-sharding-value]",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
}

#[test]
fn texts_of_a_gigabyte_of_nothing_special_are_cut_where_they_should() {
    // statements of all lengths around a chunk's edge
    let mut text = String::new();
    for length in (0..200).map(|n| 65_536 / 4 - 100 + n) {
        text.push_str(&format!("SELECT '{}';\n", "y".repeat(length)));
    }
    text.push_str("SELECT stock FROM inv_stock;\n");
    let said = lint_text(&["--as", "sql", "-"], &text);
    assert_eq!(said.code, 1);
    assert!(
        said.out.contains("-:201:19: error[missing-sharding-value]"),
        "{}",
        said.out
    );
    assert!(said.out.contains("in 201 statements"), "{}", said.out);
}
