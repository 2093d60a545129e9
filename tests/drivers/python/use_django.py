"""Django over mysqlclient. Rows are changed by `filter(sku_id=...)`, since `save()` names the primary key alone."""
import threading

import django
from django.conf import settings

from cells import (BYTES, DATABASE, DATES, DOCUMENT, HOST, NUMBERS, PASSWORD, PORT, SHARDED, TABLE, TEXT, USER, error_of,
                   is_logical, run, same, sku)

settings.configure(USE_TZ=False, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", DATABASES={"default": {
    "ENGINE": "django.db.backends.mysql", "HOST": HOST, "PORT": PORT, "USER": USER, "PASSWORD": PASSWORD,
    "NAME": DATABASE, "OPTIONS": {"charset": "utf8mb4"}, "CONN_HEALTH_CHECKS": True}})
django.setup()

from django.core.management import call_command  # noqa: E402 after setup
from django.db import DatabaseError, IntegrityError, connection, models, transaction as db  # noqa: E402


class Item(models.Model):
    sku_id = models.BigIntegerField()
    warehouse_id = models.IntegerField()
    name = models.CharField(max_length=100, null=True)
    qty = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    ratio = models.FloatField(null=True)
    big = models.PositiveBigIntegerField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    stamp = models.DateTimeField(null=True)
    born = models.IntegerField(null=True)
    doc = models.JSONField(null=True)
    body = models.BinaryField(null=True)

    class Meta:
        app_label = "shop"
        db_table = TABLE


items = Item.objects


def connect():
    with connection.cursor() as cursor:
        cursor.execute("SELECT DATABASE()")
        same(cursor.fetchone(), (DATABASE,))


def plain():
    key = sku()
    items.create(sku_id=key, warehouse_id=1, name="new", qty=7)
    item = items.get(sku_id=key, warehouse_id=1)
    same((item.name, item.qty), ("new", 7))
    same(items.filter(sku_id=key).update(name="old", qty=models.F("qty") + 1), 1)
    same(list(items.filter(sku_id=key).values_list("name", "qty")), [("old", 8)])
    same(items.filter(sku_id=key).delete()[0], 1)
    same(items.filter(sku_id=key).exists(), False)


def affected():
    key = sku()
    items.create(sku_id=key, warehouse_id=1, qty=5)
    same(items.filter(sku_id=key).update(qty=5), 1)


def batch():
    key = sku()
    items.bulk_create([Item(sku_id=key, warehouse_id=n, qty=n) for n in range(100)])
    same(items.filter(sku_id=key).aggregate(n=models.Count("id"), most=models.Max("qty")), {"n": 100, "most": 99})
    items.bulk_create([Item(sku_id=key, warehouse_id=n, qty=5) for n in range(10)], update_conflicts=True,
                      update_fields=["qty"])
    same(items.filter(sku_id=key, qty=5).count(), 10)


def keys():
    item = items.create(sku_id=sku(), warehouse_id=1)
    same(items.get(sku_id=item.sku_id).id, item.id)


def transaction():
    key = sku()
    try:
        with db.atomic():
            items.create(sku_id=key, warehouse_id=1)
            raise KeyError
    except KeyError:
        same(items.filter(sku_id=key).count(), 0)
    with db.atomic():
        items.create(sku_id=key, warehouse_id=1)
        same(items.select_for_update().filter(sku_id=key).count(), 1)
    same(items.filter(sku_id=key).count(), 1)


def savepoint():
    key = sku()
    with db.atomic():
        items.create(sku_id=key, warehouse_id=1)
        try:
            with db.atomic():
                items.create(sku_id=key, warehouse_id=1)
        except IntegrityError:
            pass
        with db.atomic():
            items.create(sku_id=key, warehouse_id=2)
    same(items.filter(sku_id=key).count(), 2)


def stream():
    key = sku()
    for start in range(0, 5000, 1000):
        items.bulk_create([Item(sku_id=key, warehouse_id=n, body=b"x" * 500) for n in range(start, start + 1000)])
    same(sum(len(item.body) for item in items.filter(sku_id=key).iterator(100)), 5000 * 500)


def reconnect():
    key = sku()
    items.create(sku_id=key, warehouse_id=1)
    identity = connection.connection.thread_id()
    killer = connection.copy()
    with killer.cursor() as cursor:
        cursor.execute(f"KILL {identity}")
    killer.close()
    error_of(DatabaseError, lambda: items.filter(sku_id=key).count())
    connection.close_if_unusable_or_obsolete()
    items.create(sku_id=key, warehouse_id=2)
    same(items.filter(sku_id=key).count(), 2)


def round_trip(columns):
    key = sku()
    items.create(sku_id=key, warehouse_id=1, **columns)
    items.create(sku_id=key, warehouse_id=2)
    same(items.filter(sku_id=key, warehouse_id=1).values(*columns).get(), columns)
    same(set(items.filter(sku_id=key, warehouse_id=2).values_list(*columns).get()) - {0, None}, set())


def charset():
    round_trip({"name": TEXT})


def dates():
    round_trip({name: DATES[name] for name in ("day", "moment", "stamp", "born")})


def numbers():
    round_trip(NUMBERS)


def json():
    key = sku()
    items.create(sku_id=key, warehouse_id=1, doc=DOCUMENT)
    same(items.get(sku_id=key).doc, DOCUMENT)
    same(items.filter(sku_id=key, doc__nested__a='b"c').count(), 1)


def blob():
    round_trip({"body": BYTES})


def schema():
    introspection = connection.introspection
    with connection.cursor() as cursor:
        names = [table.name for table in introspection.get_table_list(cursor)]
        same(names.count(TABLE), 1)
        is_logical(names)
        same(introspection.get_relations(cursor, TABLE), {})


def inspectdb():
    """Reads a row of each table to learn its columns."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, TABLE)
        same(constraints["uk_item"]["columns"], ["sku_id", "warehouse_id"])
        same(connection.introspection.get_primary_key_columns(cursor, TABLE), ["id"])
        columns = connection.introspection.get_table_description(cursor, TABLE)
        same([column.name for column in columns][:3], ["id", "sku_id", "warehouse_id"])
    lines = []
    call_command("inspectdb", TABLE, stdout=type("Lines", (), {"write": lambda _, line="": lines.append(line)})())
    assert any("class Item" in line for line in lines), lines


def session():
    with connection.cursor() as cursor:
        for _ in range(3):
            cursor.execute("SELECT @@autocommit, " + ("@@tx_isolation" if connection.mysql_is_mariadb
                                                      else "@@transaction_isolation"))
            same(cursor.fetchone(), (1, "READ-COMMITTED"))


def pool():
    key, faults = sku(), []

    def work(worker):
        items.create(sku_id=key, warehouse_id=worker, name=f"worker {worker}")
        for _ in range(25):
            got = items.get(sku_id=key, warehouse_id=worker).name
            if got != f"worker {worker}":
                faults.append(got)
        connection.close()
    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    same(faults, [])


def errors():
    item = items.create(sku_id=sku(), warehouse_id=1)
    number, message = error_of(IntegrityError, lambda: items.create(sku_id=item.sku_id, warehouse_id=1))
    same(number, 1062)
    is_logical(message)
    if SHARDED:
        same(error_of(DatabaseError, lambda: list(items.all()))[0], 20090)
        same(error_of(DatabaseError, item.save)[0], 20090)
    same(items.filter(sku_id=item.sku_id).count(), 1)


run({cell.__name__: cell for cell in (
    connect, plain, affected, batch, keys, transaction, savepoint, stream, reconnect, charset, dates, numbers, json,
    blob, schema, inspectdb, session, pool, errors)})
