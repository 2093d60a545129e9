//! Statements for a private server, sent by the command-line client over the unix socket.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::LabError;

/// Runs `sql` (any number of statements) as root and returns the rows of all results, columns as text.
/// NULL is the word `NULL`. The client program is used so that the laboratory needs no driver, ours least of all.
pub(super) fn run(
    client: &Path,
    socket: &Path,
    port: u16,
    sql: &str,
) -> Result<Vec<Vec<String>>, LabError> {
    let failed = |detail: String| LabError::Sql { port, detail };
    let mut child = Command::new(client)
        .args([
            "--no-defaults",
            "--user=root",
            "--batch",
            "--skip-column-names",
            "--default-character-set=utf8mb4",
        ])
        .args(["--binary-mode", "--comments", "--max-allowed-packet=1G"])
        .arg("--socket")
        .arg(socket)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(LabError::io(format!("running {}", client.display())))?;
    let stdin = child.stdin.take();
    let (output, written) = std::thread::scope(|scope| {
        let writer =
            scope.spawn(move || stdin.map_or(Ok(()), |mut pipe| pipe.write_all(sql.as_bytes())));
        (child.wait_with_output(), writer.join())
    });
    let output = output.map_err(LabError::io("waiting for the command-line client"))?;
    if !output.status.success() {
        return Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    if !matches!(written, Ok(Ok(()))) {
        return Err(failed("the client closed its input early".to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| line.split('\t').map(unescape).collect())
        .collect())
}

/// Undoes the escapes of `--batch`: `\t`, `\n`, `\0` and `\\`.
fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('0') => text.push('\0'),
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_the_client_are_undone() {
        assert_eq!(unescape(r"a\tb\nc\\d\0"), "a\tb\nc\\d\0");
    }
}
