"""What a worker does on a day, as operations of a push and as calls by themselves."""

import gzip
import http.client
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from app.core.ids import uuid7

OPERATIONS = 100
# Of a hundred operations on a day.
MIX = {"visit": 40, "resident": 20, "household": 15, "report": 15, "transition": 10}


@dataclass(slots=True)
class Phone:
    """One connection of a worker's phone, and what her grid has."""

    base: str
    token: str
    worker: str
    grid: str
    homes: list[str]
    people: list[str]
    places: list[tuple[float, float]]
    lot: random.Random
    seq: int = 0
    cases: list[str] = field(default_factory=list)
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        place = urlsplit(self.base)
        self.line = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | headers
        self.line.request(method, f"/api/v1{path}", body, sent)
        answer = self.line.getresponse()
        found = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {found[:600]!r}")
        return gzip.decompress(found) if answer.headers["Content-Encoding"] == "gzip" else found


@dataclass(frozen=True, slots=True)
class Deed:
    """What a worker did: as an operation of a push, and as a call by itself."""

    operation: dict[str, Any]
    method: str
    path: str
    body: dict[str, Any]


def _visit(phone: Phone, home: str) -> Deed:
    made = str(uuid7())
    said = {"outcome": "done", "note": "一切都好，下月再来"}
    return Deed(
        {"entity": "visit", "op": "create", "id": made, "patch": {"household_id": home} | said},
        "POST",
        f"/households/{home}/visits",
        {"id": made} | said,
    )


def _change(entity: str, row_id: str, name: str, value: str, known: dict[str, Any]) -> Deed:
    version, old = known[row_id]
    known[row_id] = (version + 1, value)
    operation = {"entity": entity, "op": "patch", "id": row_id, "base_version": version}
    operation |= {"patch": {name: value}, "base": {name: old}}
    return Deed(operation, "PATCH", f"/{entity}s/{row_id}", {name: value})


def _report(phone: Phone) -> Deed:
    made = str(uuid7())
    lon, lat = phone.lot.choice(phone.places)
    said = {"lon": lon, "lat": lat, "category": "E-litter", "description": "路边有垃圾，请尽快处理"}
    return Deed(
        {"entity": "incident", "op": "report", "id": made, "patch": said},
        "POST",
        "/incidents",
        {"id": made} | said,
    )


def _transition(phone: Phone) -> Deed:
    case = phone.cases.pop()
    return Deed(
        {"entity": "incident", "op": "transition", "id": case, "patch": {"action": "start"}},
        "POST",
        f"/incidents/{case}/transitions",
        {"action": "start"},
    )


def deeds(connection: psycopg.Connection, phone: Phone, shares: dict[str, int]) -> list[Deed]:
    """So many of each kind in the order of a day: by lot. No row is changed twice."""

    def rows(table: str, column: str) -> dict[str, Any]:
        found = connection.execute(
            sql.SQL("select id::text, version, {} from {} where grid_id = %s").format(
                sql.Identifier(column), sql.Identifier(table)
            ),
            [phone.grid],
        )
        return {row[0]: (row[1], row[2]) for row in found}

    made: list[Deed] = []
    lot, size = phone.lot, OPERATIONS
    homes, people = rows("household", "label"), rows("resident", "phone")
    visited, renamed, called = (lot.sample(of, size) for of in (phone.homes, phone.homes, phone.people))
    makers: dict[str, Callable[[int], Deed]] = {
        "visit": lambda n: _visit(phone, visited[n]),
        "household": lambda n: _change("household", renamed[n], "label", f"甲{lot.randrange(10**6)}", homes),
        "resident": lambda n: _change(
            "resident", called[n], "phone", f"139{lot.randrange(10**8):08}", people
        ),
        "report": lambda _: _report(phone),
        "transition": lambda _: _transition(phone),
    }
    for kind, number in shares.items():
        made += [makers[kind](n) for n in range(number)]
    lot.shuffle(made)
    connection.rollback()
    return made


def bodies(phone: Phone, done: Sequence[Deed]) -> list[dict[str, Any]]:
    """Operations as they stand in a push."""
    ops = []
    for deed in done:
        phone.seq += 1
        at = datetime.now(UTC).isoformat()
        ops.append(deed.operation | {"op_id": str(uuid7()), "device_seq": phone.seq, "client_at": at})
    return ops
