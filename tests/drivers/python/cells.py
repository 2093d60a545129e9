"""What the Python programs share: the place they work on, their report, and the values they send around."""
import datetime
import decimal
import os
import re
import sys
import traceback

HOST = os.environ["DB_HOST"]
PORT = int(os.environ["DB_PORT"])
USER = os.environ["DB_USER"]
PASSWORD = os.environ["DB_PASSWORD"]
DATABASE = os.environ["DB_NAME"]
TABLE = os.environ["DB_TABLE"]
SHARDED = bool(os.environ.get("DB_SHARDED"))

_next_sku = int(os.environ["DB_SKU"])

TEXT = "Grüße, 漢字, 😀, \\ ' \" % \n\t"
BYTES = bytes(range(256)) * 4096
DATES = {
    "day": datetime.date(2024, 2, 29),
    "moment": datetime.datetime(2024, 2, 29, 23, 59, 58, 123456),
    "stamp": datetime.datetime(2024, 2, 29, 12, 0, 1),
    "span": -datetime.timedelta(hours=100, minutes=2, seconds=3),
    "born": 1999,
}
NUMBERS = {
    "price": decimal.Decimal("-12345678901234.567891"),
    "ratio": 0.1,
    "big": 2**64 - 1,
    "qty": -(2**31),
}
DOCUMENT = {"name": "ü😀", "list": [1, 2.5, None, True], "nested": {"a": "b\"c"}}


class Skip(Exception):
    """The driver has no such thing."""


def sku():
    """A SKU that nothing else uses."""
    global _next_sku
    _next_sku += 1
    return _next_sku


def same(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def is_logical(text):
    """No actual table or schema shows."""
    leak = re.search(r"\b(item|inv_stock|inv_reservation)_\d+|\becom_\d", str(text))
    assert leak is None, f"actual name {leak and leak[0]} in {text}"


def error_of(errors, action):
    """Number and text of the error that `action` must raise."""
    try:
        action()
    except errors as error:
        error = getattr(error, "orig", None) or error.__cause__ or error
        return error.args[0], str(error)
    raise AssertionError("no error")


def report(cell, action):
    """Runs a cell and prints its line."""
    try:
        action()
    except Skip as reason:
        print(cell, "skip", reason, sep="\t", flush=True)
    except Exception as error:  # noqa: BLE001 a red cell, whatever it was
        at = traceback.extract_tb(error.__traceback__)[1:2]
        line = at[0].lineno if at else "?"
        detail = f"{type(error).__name__}: {error} (line {line})"
        print(cell, "fail", " ".join(detail.split()), sep="\t", flush=True)
        if os.environ.get("DB_TRACE"):
            traceback.print_exc()
    else:
        print(cell, "ok", "", sep="\t", flush=True)


def run(cells):
    only = sys.argv[1:]
    for cell, action in cells.items():
        if not only or cell in only:
            report(cell, action)
    print("end\tok\t")
