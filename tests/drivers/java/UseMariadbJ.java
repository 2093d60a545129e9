import java.sql.Types;

/** MariaDB Connector/J, towards both families. */
final class UseMariadbJ extends Cells {
    @Override
    String url(String properties) {
        return "jdbc:mariadb://" + address() + "&allowPublicKeyRetrieval=true" + properties;
    }

    @Override
    String prepares() {
        return "&useServerPrepStmts=true";
    }

    @Override
    String rewrites() {
        return "&useBulkStmts=true";
    }

    @Override
    int streamingFetchSize() {
        return 10;
    }

    @Override
    String cursors() {
        return null;
    }

    @Override
    String latin1() {
        return null;
    }

    @Override
    int keysOfThreeRows() {
        return 1;
    }

    @Override
    int typeOfFlag() {
        return Types.BOOLEAN;
    }

    public static void main(String[] cells) {
        new UseMariadbJ().run(cells);
    }
}
