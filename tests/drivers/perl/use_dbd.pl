# DBI with DBD::mysql or DBD::MariaDB (the first argument): do and prepare, in text or prepared on the server.
use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use DBI;
use JSON::PP;
use Time::HiRes qw(sleep);

my $driver = { mysql => 'mysql', mariadb => 'MariaDB' }->{ shift @ARGV };
my $own    = lc $driver;                       # the prefix of the driver's own attributes
my ($table, $sharded, $last) = ($ENV{DB_TABLE}, $ENV{DB_SHARDED}, $ENV{DB_SKU});
my $text = "Grüße, 漢字, 😀, \\ ' \" % \n\t";
binmode STDOUT, ':utf8';
$| = 1;

sub sku { ++$last }

sub connected {
    my %options = @_;
    my $place = "DBI:$driver:host=$ENV{DB_HOST};port=$ENV{DB_PORT};database=$ENV{DB_NAME}";
    my %utf8  = $driver eq 'mysql' ? (mysql_enable_utf8mb4 => 1) : ();
    DBI->connect($place, $ENV{DB_USER}, $ENV{DB_PASSWORD}, { RaiseError => 1, PrintError => 0, %utf8, %options });
}

# a connection that prepares on the server
sub preparing { connected("${own}_server_prepare" => 1, @_) }

sub same {
    my ($got, $wanted) = map { ref $_ ? JSON::PP->new->canonical->allow_nonref->encode($_) : $_ // 'NULL' } @_;
    $got eq $wanted or die 'got ' . substr($got, 0, 200) . ', wanted ' . substr($wanted, 0, 200) . "\n";
}

sub is_logical { my $told = "@_"; $told =~ /\b(?:item|inv_stock|inv_reservation)_\d+|\becom_\d/ and die "actual name in $told\n" }

# the number of the error that the action ends with
sub number {
    my ($db, $action) = @_;
    eval { $action->(); 1 } and die "no error\n";
    is_logical($@);
    $db->err // die $@;
}

sub put {
    my ($db, $key, $warehouse, %row) = @_;
    my @names = sort keys %row;
    my $names = join ', ', 'sku_id', 'warehouse_id', @names;
    $db->do("INSERT INTO $table ($names) VALUES (" . join(', ', ('?') x (2 + @names)) . ')', undef, $key, $warehouse, @row{@names});
    $db->last_insert_id(undef, undef, $table, 'id');
}

sub taken {
    my ($db, $columns, $key, $warehouse) = @_;
    $db->selectrow_arrayref("SELECT $columns FROM $table WHERE sku_id = ? AND warehouse_id = ?", undef, $key, $warehouse // 1);
}

sub tally { my ($db, $key) = @_; $db->selectrow_array("SELECT COUNT(*) FROM $table WHERE sku_id = ?", undef, $key) }

# in text and prepared
sub round_trip {
    my %row = @_;
    for my $db (connected(), preparing()) {
        my $key   = sku();
        my @names = sort keys %row;
        put($db, $key, 1, %row);
        put($db, $key, 2, map { $_ => undef } @names);
        same(join('|', @{ taken($db, join(', ', @names), $key) }), join('|', @row{@names}));
        same(taken($db, join(', ', @names), $key, 2), [ map { undef } @names ]);
    }
}

sub rows { my ($key, $from, $to, $more) = @_; join ', ', map { "($key, $_" . ($more // '') . ')' } $from .. $to }

my @cells = (
    connect => sub {
        my $db = connected();
        same([ $db->selectrow_array('SELECT DATABASE(), CONNECTION_ID()') ], [ $ENV{DB_NAME}, $db->{"${own}_thread_id"} ]);
        same($db->ping ? 1 : 0, 1);
    },
    plain => sub {
        my ($db, $key) = (connected(), sku());
        same($db->do("INSERT INTO $table (sku_id, warehouse_id, name, qty) VALUES ($key, 1, 'new', 7)"), 1);
        same($db->do("UPDATE $table SET qty = qty + 1 WHERE sku_id = $key"), 1);
        same(join(' ', @{ taken($db, 'name, qty', $key) }), 'new 8');
        same($db->do("DELETE FROM $table WHERE sku_id = $key"), 1);
    },
    prepared => sub {
        my ($db, $key) = (preparing(), sku());
        my $insert = $db->prepare("INSERT INTO $table (sku_id, warehouse_id, name) VALUES (?, ?, ?)");
        my $read   = $db->prepare("SELECT name FROM $table WHERE sku_id = ? AND warehouse_id = ?");
        my $n      = 0;
        for my $name ('a', undef, $text) {
            same($insert->execute($key, ++$n, $name), 1);
            for my $type (DBI::SQL_INTEGER, DBI::SQL_VARCHAR) {
                $read->bind_param(1, $key, $type);
                $read->bind_param(2, $n, DBI::SQL_INTEGER);
                $read->execute;
                same($read->fetchall_arrayref, [ [$name] ]);
            }
        }
        same(tally($db, $key), 3);
    },
    affected => sub {
        # rows found, as both drivers have it from the start
        my ($db, $key) = (connected(), sku());
        put($db, $key, 1);
        same($db->do("UPDATE $table SET qty = 0 WHERE sku_id = ?", undef, $key), 1);
    },
    batch => sub {
        my ($db, $key) = (connected(), sku());
        same($db->do("INSERT INTO $table (sku_id, warehouse_id) VALUES " . rows($key, 1, 100)), 100);
        my $insert = preparing()->prepare("INSERT INTO $table (sku_id, warehouse_id, qty) VALUES (?, ?, ?)");
        same($insert->execute_array({}, $key, [ 101 .. 200 ], 5), 100);
    },
    keys => sub {
        for my $db (connected(), preparing()) {
            my $key = sku();
            same(put($db, $key, 1), taken($db, 'id', $key)->[0]);
        }
    },
    transaction => sub {
        my ($db, $other, $key) = (connected(AutoCommit => 0), connected(AutoCommit => 0), sku());
        for my $end ('rollback', 'commit') {
            put($db, $key, 1);
            same(tally($other, $key), 0);
            $other->rollback;
            $db->$end;
            same(tally($other, $key), $end eq 'commit' ? 1 : 0);
            $other->rollback;
        }
    },
    savepoint => sub {
        my ($db, $key) = (connected(), sku());
        $db->begin_work;
        put($db, $key, 1);
        $db->do('SAVEPOINT here');
        put($db, $key, 2);
        $db->do('ROLLBACK TO SAVEPOINT here');
        $db->commit;
        same(tally($db, $key), 1);
    },
    reserve => sub {
        my ($db, $key) = (preparing(), sku());
        $db->do('INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, 1, 10)', undef, $key);
        $db->begin_work;
        $db->do('INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES (?, ?, 1, ?)', undef, "order-$key", $key, 3);
        same($db->do('UPDATE inv_stock SET reserved = reserved + ? WHERE sku_id = ? AND warehouse_id = 1 AND stock - reserved >= ?', undef, 3, $key, 3), 1);
        $db->do("INSERT INTO outbox (event_type, payload, created_at) VALUES ('reserved', ?, NOW())", undef, "{\"sku\": $key}");
        $db->commit;
        same($db->selectrow_array('SELECT reserved FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1', undef, $key), 3);
    },
    stream => sub {
        $driver eq 'MariaDB' and die "skip its mariadb_use_result gives no rows\n";
        my ($db, $key) = (connected(), sku());
        $db->do("INSERT INTO $table (sku_id, warehouse_id, body) VALUES " . rows($key, $_ * 1000, $_ * 1000 + 999, ", REPEAT('x', 500)")) for 0 .. 4;
        my $read = $db->prepare("SELECT body FROM $table WHERE sku_id = $key", { "${own}_use_result" => 1 });
        $read->execute;
        my $bytes = 0;
        while (my ($body) = $read->fetchrow_array) { $bytes += length $body }
        same($bytes, 5000 * 500);
        same(tally($db, $key), 5000);
    },
    cancel => sub {
        my ($db, $key) = (connected(), sku());
        put($db, $key, 1);
        my $id = $db->{"${own}_thread_id"};
        my $pid = fork // die $!;
        if (!$pid) {
            sleep 0.5;
            $db->{InactiveDestroy} = 1;
            connected()->do("KILL QUERY $id");
            require POSIX;
            POSIX::_exit(0);
        }
        same(number($db, sub { $db->selectrow_array("SELECT SLEEP(20) FROM $table WHERE sku_id = $key") }), 1317);
        waitpid $pid, 0;
        same(tally($db, $key), 1);
    },
    reconnect => sub {
        my ($db, $other, $key) = (connected("${own}_auto_reconnect" => 1), connected(), sku());
        $other->do('KILL ' . $db->{"${own}_thread_id"});
        sleep 0.2;
        eval { tally($db, $key) };
        same($db->ping ? 1 : 0, 1);
        put($db, $key, 1);
        same(tally($db, $key), 1);
    },
    charset => sub {
        round_trip(name => $text);
        my ($db, $key) = (connected(), sku());
        put($db, $key, 1, name => $text);
        same(taken($db, 'HEX(name)', $key)->[0], uc unpack 'H*', encode_utf8($text));
    },
    dates => sub { round_trip(day => '2024-02-29', moment => '2024-02-29 23:59:58.123456', stamp => '2024-02-29 12:00:01', span => '-100:02:03.500', born => '1999') },
    numbers => sub { round_trip(price => '-12345678901234.567891', big => '18446744073709551615') },
    json => sub {
        my ($db, $key) = (preparing(), sku());
        put($db, $key, 1, doc => '{"list": [1, null], "name": "ü"}');
        same(JSON::PP->new->decode(taken($db, 'CAST(doc AS CHAR)', $key)->[0]), { list => [ 1, undef ], name => 'ü' });
    },
    bit => sub {
        my ($db, $key) = (preparing(), sku());
        $db->do("INSERT INTO $table (sku_id, warehouse_id, flag, bits) VALUES (?, 1, ? + 0, ? + 0)", undef, $key, 1, 0xabc);
        same(join(' ', map { unpack 'H*', $_ } @{ taken($db, 'flag, bits', $key) }), '01 0abc');
    },
    blob => sub {
        my $bytes = join('', map { chr } 0 .. 255) x 4096;
        for my $db (connected(), preparing()) {
            my $key    = sku();
            my $insert = $db->prepare("INSERT INTO $table (sku_id, warehouse_id, body) VALUES (?, 1, ?)");
            $insert->bind_param(1, $key);
            $insert->bind_param(2, $bytes, DBI::SQL_BLOB);
            $insert->execute;
            taken($db, 'body', $key)->[0] eq $bytes or die "other bytes\n";
        }
    },
    columns => sub {
        for my $db (connected(), preparing()) {
            my $read = $db->prepare("SELECT i.id, name AS title, price FROM $table i WHERE sku_id = ?");
            $read->execute(sku());
            same($read->{NAME}, [qw(id title price)]);
            same(join(' ', map { $_ ? 1 : 0 } @{ $read->{NULLABLE} }), '0 1 1');
            same($read->{"${own}_table"}, [ ('i') x 3 ]);
        }
    },
    schema => sub {
        my $db = connected();
        my @tables = map { s/.*\.//r =~ s/`//gr } $db->tables(undef, $ENV{DB_NAME}, '%', 'TABLE');
        same(scalar(grep { $_ eq $table } @tables), 1);
        is_logical(@tables);
        my $columns = $db->selectall_arrayref("SHOW COLUMNS FROM $table", { Slice => {} });
        same(join(' ', map { $_->{Field} } @$columns[ 0 .. 2 ]), 'id sku_id warehouse_id');
        same(join(' ', $db->primary_key(undef, undef, $table)), 'id');
    },
    session => sub {
        my $db = connected("${own}_init_command" => "SET time_zone = '+09:30', \@mine = 'my own'");
        same([ $db->selectrow_array('SELECT @@time_zone, @mine') ], [ '+09:30', 'my own' ]) for 1 .. 5;
    },
    errors => sub {
        for my $db (connected(), preparing()) {
            my $key = sku();
            put($db, $key, 1);
            same(number($db, sub { put($db, $key, 1) }), 1062);
            same(number($db, sub { taken($db, 'nothing', $key) }), 1054);
            same(number($db, sub { $db->do('SELEC 1') }), 1064);
            same(number($db, sub { $db->do("UPDATE $table SET qty = 1 WHERE warehouse_id = ?", undef, 1) }), 20090) if $sharded;
            same(tally($db, $key), 1);
        }
    },
);

while (my ($cell, $action) = splice @cells, 0, 2) {
    next if @ARGV && !grep { $_ eq $cell } @ARGV;
    my $fault = eval { $action->(); 1 } ? '' : $@;
    my $word = $fault =~ s/^skip // ? 'skip' : $fault ? 'fail' : 'ok';
    print "$cell\t$word\t" . join(' ', split ' ', $fault) . "\n";
}
print "end\tok\t\n";
