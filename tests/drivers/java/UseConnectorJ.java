import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;

/** MySQL Connector/J. */
final class UseConnectorJ extends Cells {
    @Override
    String url(String properties) {
        return "jdbc:mysql://" + address() + "&sslMode=PREFERRED&allowPublicKeyRetrieval=true&nullDatabaseMeansCurrent=true" + properties;
    }

    @Override
    String prepares() {
        return "&useServerPrepStmts=true&cachePrepStmts=true";
    }

    @Override
    String rewrites() {
        return "&rewriteBatchedStatements=true";
    }

    @Override
    int streamingFetchSize() {
        return Integer.MIN_VALUE;
    }

    @Override
    String cursors() {
        return "&useCursorFetch=true";
    }

    @Override
    String latin1() {
        return "&characterEncoding=ISO-8859-1";
    }

    @Override
    int keysOfThreeRows() {
        return 3;
    }

    @Override
    int typeOfFlag() {
        return Types.BIT;
    }

    /** It takes MariaDB's version (5.5.5-10.11) for that of a server without fractions of seconds. */
    @Override
    LocalDateTime moment() throws SQLException {
        try (var connection = connect()) {
            boolean isOld = connection.getMetaData().getDatabaseProductVersion().contains("MariaDB");
            return super.moment().truncatedTo(isOld ? ChronoUnit.SECONDS : ChronoUnit.MICROS);
        }
    }

    public static void main(String[] cells) {
        new UseConnectorJ().run(cells);
    }
}
