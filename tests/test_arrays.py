"""Arrays sent to PostgreSQL in binary format arrive unchanged."""

import math
import random
from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import text

from app.core import binary_arrays, db
from app.core.actor import SYSTEM


def round_trip(array: binary_arrays.Array, kind: str) -> list:
    sql = text(f"select pg_typeof(:a)::text kind, cast(:a as {kind}[]) a")
    with db.transaction(SYSTEM) as session:
        row = session.execute(sql, {"a": array}).one()
    assert row.kind.startswith(kind)
    return row.a


def test_float_array_round_trips_unchanged(app):
    lot = random.Random(7)
    values = [
        0.0,
        -0.0,
        1e-308,
        -1.7e308,
        120.1234567,
        math.inf,
        *(lot.uniform(-180, 180) for _ in range(600)),
    ]
    assert round_trip(binary_arrays.floats(values), "double precision") == values
    with_nulls = [None, *values, None, 0.0, None]
    assert round_trip(binary_arrays.floats(with_nulls), "double precision") == with_nulls
    assert round_trip(binary_arrays.floats([None]), "double precision") == [None]
    assert round_trip(binary_arrays.floats([]), "double precision") == []
    whole = [1, 2, -3]  # phones send whole numbers too
    assert round_trip(binary_arrays.floats(whole), "double precision") == whole


def test_instant_array_round_trips_to_the_microsecond(app):
    values = [
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1971, 1, 1, tzinfo=UTC),
        datetime(8999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 11, 25, 16, 0, 0, 1, tzinfo=timezone(timedelta(hours=8))),
    ]
    assert round_trip(binary_arrays.instants(values), "timestamp with time zone") == values
    assert round_trip(binary_arrays.instants([]), "timestamp with time zone") == []


def test_boolean_array_round_trips_unchanged(app):
    values = [True, False, False, True] * 200
    assert round_trip(binary_arrays.booleans(values), "boolean") == values
