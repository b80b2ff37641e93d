"""Definition of a synchronised entity, and helpers to write one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.core.actor import Actor, Permission
from app.workforce.scope import reach


@dataclass(frozen=True, slots=True)
class Reader:
    """The account that reads, the instant, and the time zones of its jurisdictions by id."""

    actor: Actor
    now: datetime
    zones: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def binds(self) -> dict[str, Any]:
        zones = orjson.dumps({str(key): zone for key, zone in self.zones.items()}).decode()
        return {"me": self.actor.id, "now": self.now, "zones": zones, "ruled": list(self.zones)}


Clause = Callable[[Reader], tuple[str, dict[str, Any]]]


def _always(_: Reader) -> tuple[str, dict[str, Any]]:
    return "true", {}


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity. `buckets`: kind -> (SQL of the bucket id, "" where the reader has one; condition of membership).

    `sources`: FROM clause by kind, for kinds of which a row may be in several buckets. `until`: SQL of the instant after which
    devices drop the row. `quiet`: condition under which a hidden row in the bucket is not even reported as removed.
    """

    name: str
    source: str
    id: str
    buckets: Mapping[str, tuple[str, str]]
    item: Clause
    version: str
    live: str = "true"
    permission: Permission | None = None
    visible: Clause = _always
    until: str = "cast(null as timestamptz)"
    quiet: str = "false"
    sources: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, kind: str) -> str:
        return self.sources.get(kind, self.source)


def json_object(sql: str) -> Clause:
    return lambda _: (f"json_build_object({sql})", {})


def visible_within(permission: Permission, column: str) -> Clause:
    """Return a clause: the reader holds `permission` over the scope path in `column`."""
    return lambda reader: reach(reader.actor, permission, column, now=reader.now)


def visible_in_own_jurisdictions(column: str) -> Clause:
    return lambda _: (f"{column} = any(cast(:ruled as uuid[]))", {})


# So long after it ended a row is still held.
CLOSED_RETENTION, VISIT_RETENTION, RESOLVED_RETENTION = (
    "interval '30 days'",
    "interval '60 days'",
    "interval '7 days'",
)
# So long she is told why work went from her to somebody else.
REASON_SHOWN = "interval '12 hours'"
# The end of a day where the row's jurisdiction is.
END_OF_DAY = (
    "cast({day} + 1 as timestamp) at time zone coalesce(cast(:zones as jsonb) ->> cast({of} as text), 'UTC')"
)
