"""SQLAlchemy over PyMySQL. The mapped primary key holds the sharding column: every UPDATE and DELETE then names it."""
import datetime
import threading

from sqlalchemy import BigInteger, Integer, String, URL, create_engine, exc, func, inspect, insert, select, text
from sqlalchemy import LargeBinary, Date, JSON, Numeric, Double, update, delete, MetaData, Table
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from cells import (BYTES, DATABASE, DATES, DOCUMENT, HOST, NUMBERS, PASSWORD, PORT, SHARDED, TABLE, TEXT, USER,
                   error_of, is_logical, run, same, sku)

URL = URL.create("mysql+pymysql", USER, PASSWORD, HOST, PORT, DATABASE, {"charset": "utf8mb4"})
engine = create_engine(URL, pool_pre_ping=True, pool_size=8)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = TABLE
    sku_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    warehouse_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # left out of INSERT: the proxy, or the server, generates it
    id: Mapped[int | None] = mapped_column(BigInteger, server_default=text("0"))
    name: Mapped[str | None] = mapped_column(String(100))
    qty: Mapped[int] = mapped_column(Integer, default=0)
    price = mapped_column(Numeric(20, 6))
    ratio = mapped_column(Double)
    big = mapped_column(mysql.BIGINT(unsigned=True))
    flag = mapped_column(mysql.BIT(1))
    bits = mapped_column(mysql.BIT(12))
    day = mapped_column(Date)
    moment = mapped_column(mysql.DATETIME(fsp=6))
    stamp = mapped_column(mysql.TIMESTAMP)
    span = mapped_column(mysql.TIME(fsp=3))
    born = mapped_column(mysql.YEAR)
    doc = mapped_column(JSON)
    body = mapped_column(LargeBinary)


def count(session, key):
    return session.scalar(select(func.count()).select_from(Item).where(Item.sku_id == key))


def connect():
    with engine.connect() as connection:
        same(connection.scalar(text("SELECT DATABASE()")), DATABASE)
        assert connection.dialect.server_version_info > (8,)


def plain():
    key = sku()
    with Session(engine) as session:
        session.add(Item(sku_id=key, warehouse_id=1, name="new", qty=7))
        session.commit()
        item = session.get_one(Item, (key, 1))
        same((item.name, item.qty), ("new", 7))
        item.name, item.qty = "old", Item.qty + 1
        session.commit()
        same((item.name, item.qty), ("old", 8))
        session.delete(item)
        session.commit()
        same(session.get(Item, (key, 1)), None)


def affected():
    key = sku()
    with Session(engine) as session:
        session.add(Item(sku_id=key, warehouse_id=1, qty=5))
        session.commit()
        # rows found, not rows changed: the ORM relies on it
        same(session.execute(update(Item).where(Item.sku_id == key).values(qty=5)).rowcount, 1)
        same(session.execute(delete(Item).where(Item.sku_id == key)).rowcount, 1)
        session.commit()


def batch():
    key = sku()
    with Session(engine) as session:
        session.add_all(Item(sku_id=key, warehouse_id=n, qty=n) for n in range(100))
        session.commit()
        session.execute(insert(Item), [{"sku_id": key, "warehouse_id": n, "qty": n} for n in range(100, 200)])
        session.commit()
        same(count(session, key), 200)


def keys():
    key = sku()
    with engine.begin() as connection:
        result = connection.execute(text(f"INSERT INTO {TABLE} (sku_id, warehouse_id) VALUES (:sku, 1)"), {"sku": key})
        same(connection.scalar(select(Item.id).where(Item.sku_id == key)), result.lastrowid)


def transaction():
    key = sku()
    with Session(engine) as session, Session(engine) as other:
        for end, rows in ((session.rollback, 0), (session.commit, 1)):
            session.execute(insert(Item).values(sku_id=key, warehouse_id=1))
            same(count(other, key), 0)
            other.rollback()
            end()
            same(count(other, key), rows)
            other.rollback()


def savepoint():
    key = sku()
    with Session(engine) as session:
        session.add(Item(sku_id=key, warehouse_id=1))
        session.flush()
        try:
            with session.begin_nested():
                session.execute(insert(Item).values(sku_id=key, warehouse_id=1))
        except exc.IntegrityError:
            pass
        with session.begin_nested():
            session.add(Item(sku_id=key, warehouse_id=2))
        session.commit()
        same(count(session, key), 2)


def stream():
    key = sku()
    with Session(engine) as session:
        for start in range(0, 5000, 1000):
            session.execute(insert(Item), [{"sku_id": key, "warehouse_id": n, "body": b"x" * 500}
                                           for n in range(start, start + 1000)])
        rows = session.execute(select(Item.warehouse_id, Item.body).where(Item.sku_id == key)
                               .execution_options(stream_results=True, yield_per=100))
        same(sum(len(body) for _, body in rows), 5000 * 500)
        session.rollback()


def reconnect():
    with engine.connect() as connection, engine.connect() as other:
        identity = connection.scalar(text("SELECT CONNECTION_ID()"))
        other.execute(text(f"KILL {identity}"))
        _, message = error_of(exc.DBAPIError, lambda: connection.scalar(text("SELECT 1")))
        assert connection.invalidated, message
        connection.rollback()
        same(connection.scalar(text("SELECT 1")), 1)


def round_trip(columns):
    key = sku()
    with Session(engine) as session:
        session.add(Item(sku_id=key, warehouse_id=1, **columns))
        session.commit()
        item = session.get_one(Item, (key, 1))
        same({name: getattr(item, name) for name in columns}, columns)
        session.add(Item(sku_id=key, warehouse_id=2))
        session.commit()
        item = session.get_one(Item, (key, 2))
        same({getattr(item, name) for name in columns} - {0, None}, set())


def charset():
    round_trip({"name": TEXT})


def dates():
    round_trip({**DATES, "span": datetime.time(10, 2, 3, 4000)})


def numbers():
    round_trip(NUMBERS)


def json():
    key = sku()
    with Session(engine) as session:
        session.add(Item(sku_id=key, warehouse_id=1, doc=DOCUMENT))
        session.commit()
        same(session.get_one(Item, (key, 1)).doc, DOCUMENT)
        path = select(Item.doc["nested"]["a"].as_string()).where(Item.sku_id == key)
        same(session.scalar(path), 'b"c')


def bit():
    round_trip({"flag": 1, "bits": 0xABC})


def blob():
    round_trip({"body": BYTES})


def schema():
    inspector = inspect(engine)
    names = inspector.get_table_names()
    same(names.count(TABLE), 1)
    is_logical(names)
    same([column["name"] for column in inspector.get_columns(TABLE)][:3], ["id", "sku_id", "warehouse_id"])
    same(inspector.get_pk_constraint(TABLE)["constrained_columns"], ["id"])
    same({index["name"] for index in inspector.get_indexes(TABLE)}, {"uk_item", "idx_item_name"})
    same(inspector.get_unique_constraints(TABLE)[0]["column_names"], ["sku_id", "warehouse_id"])
    same(inspector.get_foreign_keys(TABLE), [])
    same(inspector.has_table(TABLE), True)
    same(inspector.has_table("nothing"), False)
    same(inspector.get_view_names(), [])
    table = Table(TABLE, MetaData(), autoload_with=engine)
    same(table.c.price.type.scale, 6)


def session():
    serial = engine.execution_options(isolation_level="SERIALIZABLE")
    with serial.connect() as connection:
        for _ in range(3):
            same(connection.get_isolation_level(), "SERIALIZABLE")
    with engine.connect() as connection:
        same(connection.get_isolation_level(), connection.default_isolation_level)


def pool():
    key, faults = sku(), []

    def work(worker):
        with Session(engine) as session:
            session.execute(insert(Item).values(sku_id=key, warehouse_id=worker, name=f"worker {worker}"))
            session.commit()
            for _ in range(25):
                got = session.scalar(select(Item.name).where(Item.sku_id == key, Item.warehouse_id == worker))
                session.rollback()
                if got != f"worker {worker}":
                    faults.append(got)
    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    same(faults, [])


def errors():
    key = sku()
    with Session(engine) as session:
        session.execute(insert(Item).values(sku_id=key, warehouse_id=1))
        again = insert(Item).values(sku_id=key, warehouse_id=1)
        number, message = error_of(exc.IntegrityError, lambda: session.execute(again))
        same(number, 1062)
        is_logical(message)
        if SHARDED:
            number, _ = error_of(exc.DBAPIError, lambda: session.scalars(select(Item)).all())
            same(number, 20090)
        same(count(session, key), 1)
        session.rollback()


run({cell.__name__: cell for cell in (
    connect, plain, affected, batch, keys, transaction, savepoint, stream, reconnect, charset, dates, numbers, json,
    bit, blob, schema, session, pool, errors)})
