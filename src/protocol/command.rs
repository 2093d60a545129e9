//! The first byte of a command packet.

/// One `COM_*` of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `COM_SLEEP`
    Sleep,
    /// `COM_QUIT`
    Quit,
    /// `COM_INIT_DB`
    InitDb,
    /// `COM_QUERY`
    Query,
    /// `COM_FIELD_LIST`
    FieldList,
    /// `COM_CREATE_DB`
    CreateDb,
    /// `COM_DROP_DB`
    DropDb,
    /// `COM_REFRESH`
    Refresh,
    /// `COM_SHUTDOWN`
    Shutdown,
    /// `COM_STATISTICS`
    Statistics,
    /// `COM_PROCESS_INFO`
    ProcessInfo,
    /// `COM_CONNECT`
    Connect,
    /// `COM_PROCESS_KILL`
    ProcessKill,
    /// `COM_DEBUG`
    Debug,
    /// `COM_PING`
    Ping,
    /// `COM_TIME`
    Time,
    /// `COM_DELAYED_INSERT`
    DelayedInsert,
    /// `COM_CHANGE_USER`
    ChangeUser,
    /// `COM_BINLOG_DUMP`
    BinlogDump,
    /// `COM_TABLE_DUMP`
    TableDump,
    /// `COM_CONNECT_OUT`
    ConnectOut,
    /// `COM_REGISTER_SLAVE`
    RegisterReplica,
    /// `COM_STMT_PREPARE`
    StmtPrepare,
    /// `COM_STMT_EXECUTE`
    StmtExecute,
    /// `COM_STMT_SEND_LONG_DATA`
    StmtSendLongData,
    /// `COM_STMT_CLOSE`
    StmtClose,
    /// `COM_STMT_RESET`
    StmtReset,
    /// `COM_SET_OPTION`
    SetOption,
    /// `COM_STMT_FETCH`
    StmtFetch,
    /// `COM_DAEMON`
    Daemon,
    /// `COM_BINLOG_DUMP_GTID`
    BinlogDumpGtid,
    /// `COM_RESET_CONNECTION`
    ResetConnection,
    /// `COM_CLONE`
    Clone,
}

/// Every command with its byte and its name in the manual.
const COMMANDS: &[(Command, u8, &str)] = &[
    (Command::Sleep, 0, "COM_SLEEP"),
    (Command::Quit, 1, "COM_QUIT"),
    (Command::InitDb, 2, "COM_INIT_DB"),
    (Command::Query, 3, "COM_QUERY"),
    (Command::FieldList, 4, "COM_FIELD_LIST"),
    (Command::CreateDb, 5, "COM_CREATE_DB"),
    (Command::DropDb, 6, "COM_DROP_DB"),
    (Command::Refresh, 7, "COM_REFRESH"),
    (Command::Shutdown, 8, "COM_SHUTDOWN"),
    (Command::Statistics, 9, "COM_STATISTICS"),
    (Command::ProcessInfo, 10, "COM_PROCESS_INFO"),
    (Command::Connect, 11, "COM_CONNECT"),
    (Command::ProcessKill, 12, "COM_PROCESS_KILL"),
    (Command::Debug, 13, "COM_DEBUG"),
    (Command::Ping, 14, "COM_PING"),
    (Command::Time, 15, "COM_TIME"),
    (Command::DelayedInsert, 16, "COM_DELAYED_INSERT"),
    (Command::ChangeUser, 17, "COM_CHANGE_USER"),
    (Command::BinlogDump, 18, "COM_BINLOG_DUMP"),
    (Command::TableDump, 19, "COM_TABLE_DUMP"),
    (Command::ConnectOut, 20, "COM_CONNECT_OUT"),
    (Command::RegisterReplica, 21, "COM_REGISTER_SLAVE"),
    (Command::StmtPrepare, 22, "COM_STMT_PREPARE"),
    (Command::StmtExecute, 23, "COM_STMT_EXECUTE"),
    (Command::StmtSendLongData, 24, "COM_STMT_SEND_LONG_DATA"),
    (Command::StmtClose, 25, "COM_STMT_CLOSE"),
    (Command::StmtReset, 26, "COM_STMT_RESET"),
    (Command::SetOption, 27, "COM_SET_OPTION"),
    (Command::StmtFetch, 28, "COM_STMT_FETCH"),
    (Command::Daemon, 29, "COM_DAEMON"),
    (Command::BinlogDumpGtid, 30, "COM_BINLOG_DUMP_GTID"),
    (Command::ResetConnection, 31, "COM_RESET_CONNECTION"),
    (Command::Clone, 32, "COM_CLONE"),
];

impl Command {
    /// The command of a packet's first byte; `None` for one that is not known, which is answered
    /// by error 1047 (contract 2.2).
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        COMMANDS
            .get(usize::from(byte))
            .map(|&(command, ..)| command)
    }

    /// The packet's first byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        self as u8
    }

    /// The manual's name, for metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        COMMANDS
            .get(usize::from(self.byte()))
            .map_or("COM_UNKNOWN", |&(.., name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_stands_at_its_byte() {
        for (index, &(command, byte, name)) in COMMANDS.iter().enumerate() {
            assert_eq!(index, usize::from(byte));
            assert_eq!(command.byte(), byte);
            assert_eq!(Command::from_byte(byte), Some(command));
            assert_eq!(command.name(), name);
        }
        assert_eq!(Command::from_byte(33), None);
        assert_eq!(Command::from_byte(0xFA), None);
    }
}
