//! SHOW PROCESSLIST: the sessions of this process, not the servers' connections.

use std::sync::Arc;

use crate::execute::Downstream;
use crate::metrics::StatementClass;
use crate::protocol::{TextResult, TextRow};
use crate::sql::{ServerFamily, word_is};

use super::own_column::Shown;
use super::session_context::{Diagnostic, SessionContext};
use super::show::text;
use super::walk::{Job, Kernel, Served};

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    /// Connection id.
    pub id: u64,
    /// User.
    pub user: Arc<str>,
    /// Address that the client came from.
    pub host: String,
    /// Current logical database.
    pub database: Option<Arc<str>>,
    /// A statement runs now.
    pub is_running: bool,
    /// Seconds since it began, or since the last one ended.
    pub seconds: u64,
    /// The running statement, or its beginning if it is long.
    pub info: Option<Vec<u8>>,
}

/// Without FULL no more characters of a statement are shown.
const SHORT: usize = 100;
/// From this version on MySQL says with every SHOW PROCESSLIST that it will go.
const DEPRECATED: u32 = 80_035;

impl Kernel {
    pub(super) fn processes<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let is_full = word_is(job.text, job.lexed, 1, "FULL");
        let family = job.context.family;
        let rows = self.switches.list().into_iter();
        let visible = rows.filter(|row| session.rights.is_admin || row.user == session.user);
        let result = TextResult {
            columns: job.columns(Shown::Processes { is_full }, "", session),
            rows: visible
                .map(|row| shown(row, is_full, family, session.id))
                .collect(),
        };
        session.row_count = -1;
        let mut warnings = 0;
        if matches!(family, ServerFamily::MySql(version) if version >= DEPRECATED) {
            session.diagnostics = vec![deprecated()];
            warnings = 1;
        } else {
            session.leave_warnings(job);
        }
        Self::answer_own(job, session, client, result, warnings);
        Ok(StatementClass::Session)
    }
}

fn shown(row: ProcessRow, is_full: bool, family: ServerFamily, own: u64) -> TextRow {
    let is_mariadb = matches!(family, ServerFamily::MariaDb(_));
    let (command, state) = match (row.is_running, row.id == own) {
        (true, true) if is_mariadb => ("Query", "starting"),
        (true, true) => ("Query", "init"),
        (true, false) => ("Query", "executing"),
        (false, _) => ("Sleep", ""),
    };
    let info = row.info.map(|info| {
        if is_full {
            return info;
        }
        let short: String = String::from_utf8_lossy(&info).chars().take(SHORT).collect();
        short.into_bytes()
    });
    let mut shown = vec![
        text(&row.id.to_string()),
        text(&row.user),
        text(&row.host),
        row.database.as_deref().and_then(text),
        text(command),
        text(&row.seconds.to_string()),
        text(state),
        info,
    ];
    if is_mariadb {
        shown.push(text("0.000"));
    }
    shown
}

fn deprecated() -> Diagnostic {
    Diagnostic {
        level: "Warning".to_owned(),
        code: 1287,
        message: b"'INFORMATION_SCHEMA.PROCESSLIST' is deprecated and will be removed in a future release. Please use \
                   performance_schema.processlist instead"
            .to_vec(),
    }
}
