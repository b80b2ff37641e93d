"""Arrays in PostgreSQL's binary format, for batches of positions.

psycopg can send arrays, too, as text or binary (`ListBinaryDumper`), but visits each value in Python. To store a batch of
positions took, as medians on two cores (processor time of this process, then the whole call to a local PostgreSQL):

| fixes in a batch | this module | psycopg, text | psycopg, binary |
|---|---|---|---|
| 20 | 0.31 ms, 1.5 ms | 0.63 ms, 3.1 ms | 0.60 ms, 3.2 ms |
| 500 | 0.64 ms, 9.7 ms | 4.0 ms, 14 ms | 4.0 ms, 20 ms |
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# Of each type: its own oid, its array's, the bytes of a value, and struct's letter for it.
_FLOAT8, _TIMESTAMPTZ, _BOOL = (701, 1022, 8, "d"), (1184, 1185, 8, "q"), (16, 1000, 1, "?")


@dataclass(frozen=True, slots=True)
class Array:
    """The bytes of an array in PostgreSQL's binary format."""

    data: bytes


class _Floats(Array):
    __slots__ = ()


class _Instants(Array):
    __slots__ = ()


class _Booleans(Array):
    __slots__ = ()


def floats(values: Sequence[float | None]) -> Array:
    """Return the values as a float8[]; None becomes NULL."""
    if None not in values:
        return _Floats(_packed(_FLOAT8, values))
    # Nulls have no bytes, so each value says how many it has.
    header = struct.pack(">iiIii", 1, 1, _FLOAT8[0], len(values), 1)
    null = struct.pack(">i", -1)
    return _Floats(header + b"".join([null if v is None else struct.pack(">id", 8, v) for v in values]))


def instants(values: Sequence[datetime]) -> Array:
    """Return the instants as a timestamptz[]."""
    return _Instants(_packed(_TIMESTAMPTZ, [(value - _EPOCH) // _MICROSECOND for value in values]))


def booleans(values: Sequence[bool]) -> Array:
    """Return the values as a boolean[]."""
    return _Booleans(_packed(_BOOL, values))


def _packed(kind: tuple[int, int, int, str], values: Sequence[Any]) -> bytes:
    oid, _, size, letter = kind
    if not values:
        return struct.pack(">iiI", 0, 0, oid)
    sizes_and_values: list[Any] = [size] * (2 * len(values))
    sizes_and_values[1::2] = values
    return struct.pack(f">iiIii{f'i{letter}' * len(values)}", 1, 0, oid, len(values), 1, *sizes_and_values)


def _dumper(array_oid: int) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = array_oid

        def dump(self, obj: Any) -> bytes:
            data: bytes = obj.data
            return data

    return ArrayDumper


for _kind, _oids in ((_Floats, _FLOAT8), (_Instants, _TIMESTAMPTZ), (_Booleans, _BOOL)):
    psycopg.adapters.register_dumper(_kind, _dumper(_oids[1]))
