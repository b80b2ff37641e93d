"""What has to be said of an entity for its rows to travel."""

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
    """Who gets the rows, at which instant; the jurisdictions whose rules are hers, with their time zones."""

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
    """`buckets`: kind -> (SQL of the bucket's id, or "" where the reader has one of the kind; condition to be in it).

    `sources`: for kinds of which one row may stand in several buckets, what to select from instead, a row for each.
    `until`: SQL of the instant from which the row is held no more. `quiet`: a row that stands in a bucket but is hidden
    is not even named as gone where this holds.
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


def form(sql: str) -> Clause:
    return lambda _: (f"json_build_object({sql})", {})


def within(permission: Permission, column: str) -> Clause:
    """Visible where the reader holds the permission over the place of the row."""
    return lambda reader: reach(reader.actor, permission, column, now=reader.now)


def own_jurisdictions(column: str) -> Clause:
    return lambda _: (f"{column} = any(cast(:ruled as uuid[]))", {})


# So long after it ended a row is still held.
CLOSED_KEPT, VISITS_KEPT, TIMES_KEPT = "interval '30 days'", "interval '60 days'", "interval '7 days'"
# So long she is told why work went from her to somebody else.
TOLD_WHY = "interval '12 hours'"
# The end of a day where the row's jurisdiction is.
DAY_AFTER = (
    "cast({day} + 1 as timestamp) at time zone coalesce(cast(:zones as jsonb) ->> cast({of} as text), 'UTC')"
)
