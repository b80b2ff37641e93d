"""Actions of a worker on a day, as operations of a push and as single requests."""

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
    """One connection of a worker's phone, and the rows of the worker's grid."""

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
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        address = urlsplit(self.base)
        self.connection = http.client.HTTPConnection(
            address.hostname or "127.0.0.1", address.port, timeout=60
        )

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        request_headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        } | headers
        self.connection.request(method, f"/api/v1{path}", body, request_headers)
        response = self.connection.getresponse()
        body_bytes = response.read()
        if response.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {response.status} {body_bytes[:600]!r}")
        return gzip.decompress(body_bytes) if response.headers["Content-Encoding"] == "gzip" else body_bytes


@dataclass(frozen=True, slots=True)
class Deed:
    """An action of a worker: as an operation of a push, and as a single request."""

    operation: dict[str, Any]
    method: str
    path: str
    body: dict[str, Any]


def _visit(phone: Phone, home: str) -> Deed:
    visit_id = str(uuid7())
    fields = {"outcome": "done", "note": "一切都好，下月再来"}
    return Deed(
        {"entity": "visit", "op": "create", "id": visit_id, "patch": {"household_id": home} | fields},
        "POST",
        f"/households/{home}/visits",
        {"id": visit_id} | fields,
    )


def _change(entity: str, row_id: str, name: str, value: str, rows: dict[str, Any]) -> Deed:
    version, old_value = rows[row_id]
    rows[row_id] = (version + 1, value)
    operation = {"entity": entity, "op": "patch", "id": row_id, "base_version": version}
    operation |= {"patch": {name: value}, "base": {name: old_value}}
    return Deed(operation, "PATCH", f"/{entity}s/{row_id}", {name: value})


def _report(phone: Phone) -> Deed:
    incident_id = str(uuid7())
    lon, lat = phone.lot.choice(phone.places)
    fields = {"lon": lon, "lat": lat, "category": "E-litter", "description": "路边有垃圾，请尽快处理"}
    return Deed(
        {"entity": "incident", "op": "report", "id": incident_id, "patch": fields},
        "POST",
        "/incidents",
        {"id": incident_id} | fields,
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
    """Return that many actions of each kind in random order. No row is changed twice."""

    def rows(table: str, column: str) -> dict[str, Any]:
        cursor = connection.execute(
            sql.SQL("select id::text, version, {} from {} where grid_id = %s").format(
                sql.Identifier(column), sql.Identifier(table)
            ),
            [phone.grid],
        )
        return {row[0]: (row[1], row[2]) for row in cursor}

    actions: list[Deed] = []
    lot, size = phone.lot, OPERATIONS
    homes, people = rows("household", "label"), rows("resident", "phone")
    visited, renamed, phoned = (lot.sample(of, size) for of in (phone.homes, phone.homes, phone.people))
    makers: dict[str, Callable[[int], Deed]] = {
        "visit": lambda n: _visit(phone, visited[n]),
        "household": lambda n: _change("household", renamed[n], "label", f"甲{lot.randrange(10**6)}", homes),
        "resident": lambda n: _change(
            "resident", phoned[n], "phone", f"139{lot.randrange(10**8):08}", people
        ),
        "report": lambda _: _report(phone),
        "transition": lambda _: _transition(phone),
    }
    for kind, number in shares.items():
        actions += [makers[kind](n) for n in range(number)]
    lot.shuffle(actions)
    connection.rollback()
    return actions


def bodies(phone: Phone, actions: Sequence[Deed]) -> list[dict[str, Any]]:
    """Return the actions as operations of a push."""
    ops = []
    for action in actions:
        phone.seq += 1
        at = datetime.now(UTC).isoformat()
        ops.append(action.operation | {"op_id": str(uuid7()), "device_seq": phone.seq, "client_at": at})
    return ops
