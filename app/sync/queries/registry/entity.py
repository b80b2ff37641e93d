"""Definition of a synchronised entity, and helpers to write one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    true,
)

from app.core.actor import Actor, Permission
from app.core.db import Base, Fragment
from app.workforce.scope import area_reach

# Binds that any entity may use. Each has a value, None, so that an element can be compiled to text before it is executed.
ME = bindparam("me", None, Uuid())
NOW = bindparam("now", None, DateTime(timezone=True))
_ZONES = bindparam("zones", None, Text())
_OWN_JURISDICTIONS = bindparam("ruled", None, ARRAY(Uuid()))


@dataclass(frozen=True, slots=True)
class Reader:
    """The account that reads, the instant, and the time zones of its jurisdictions by id."""

    actor: Actor
    now: datetime
    zones: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def binds(self) -> dict[str, Any]:
        """The binds that any entity may use.

        `me`, `now`, `zones` as JSON, and `ruled`, the ids of the jurisdictions.
        """
        zones = orjson.dumps({str(key): zone for key, zone in self.zones.items()}).decode()
        return {"me": self.actor.id, "now": self.now, "zones": zones, "ruled": list(self.zones)}


class Clause(NamedTuple):
    """An element that depends on the reader, and its binds.

    The same object for all readers of one shape.
    """

    element: ColumnElement[Any]
    binds: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """Membership of the rows of an entity in the buckets of one kind.

    Attributes:
        id: Id of the bucket. None: the reader has one bucket of this kind, and all rows are in it.
        condition: Condition of a member.
        source: FROM clause, where a row may be in several buckets of this kind. None: that of the entity.
    """

    id: Any = None
    condition: ColumnElement[bool] = field(default_factory=true)
    source: FromClause | Fragment | None = None


_ALWAYS = Clause(true(), {})


def _always(_: Reader) -> Clause:
    return _ALWAYS


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """An entity: a kind of rows that devices store.

    Attributes:
        source: FROM clause. A sub-select of the other elements that refers to it is correlated.
        item: The content of a row as JSON.
        live: Condition of a row that exists.
        visible: Condition of a row that the reader may see: the rule of the table's owner.
        until: Instant after which devices drop the row. None: never.
        quiet: Condition under which a hidden row in the bucket is not even reported as removed.
        unscoped: Tables that the statements read without their rule of visibility, each with the reason.
    """

    name: str
    source: type[Base] | FromClause | Fragment | Any
    id: Any
    buckets: Mapping[str, Bucket]
    item: Callable[[Reader], Clause]
    version: Any
    live: ColumnElement[bool]
    permission: Permission | None = None
    visible: Callable[[Reader], Clause] = _always
    until: ColumnElement[Any] | None = None
    quiet: ColumnElement[bool] = field(default_factory=lambda: literal_column("false"))
    unscoped: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, kind: str) -> Any:
        """Return the FROM clause of the rows in buckets of this kind."""
        bucket_source = self.buckets[kind].source
        return self.source if bucket_source is None else bucket_source


def json_object(**members: Any) -> ColumnElement[Any]:
    """Return `json_build_object` of these members, in this order."""
    names: Iterator[ColumnElement[Any]] = (literal_column(f"'{name}'") for name in members)
    return func.json_build_object(*chain.from_iterable(zip(names, members.values(), strict=True)))


def same_for_all(element: ColumnElement[Any]) -> Callable[[Reader], Clause]:
    """Return the element as one that does not depend on the reader."""
    clause = Clause(element, {})
    return lambda _: clause


@lru_cache(maxsize=1_000)
def visible_within(permission: Permission, path: Any) -> Callable[[Reader], Clause]:
    """Return a clause: the reader holds `permission` over the area path."""

    def visible(reader: Reader) -> Clause:
        """Return the condition for the reader."""
        area = area_reach(reader.actor, permission, reader.now)
        return Clause(area.condition(path), area.binds)

    return visible


def visible_in_own_jurisdictions(jurisdiction_id: Any) -> Callable[[Reader], Clause]:
    """Return a clause: the row is of a jurisdiction of the reader."""
    return same_for_all(jurisdiction_id == any_(_OWN_JURISDICTIONS))


def as_geojson(location: Any) -> Fragment:
    """Return a geometry (WGS 84) as GeoJSON with 7 decimals."""
    return Fragment("ST_AsGeoJSON({location}, 7)::json", location=location)


def after(instant: Any, interval: str) -> Fragment:
    """Return the instant this long after another."""
    return Fragment("{instant} + {interval}", instant=instant, interval=literal_column(interval))


def end_of_day(day: Any, jurisdiction_id: Any) -> Fragment:
    """Return the instant at which a day ends where the jurisdiction is."""
    return Fragment(
        """cast({day} + 1 as timestamp) at time zone
             coalesce(cast({zones} as jsonb) ->> cast({jurisdiction_id} as text), 'UTC')""",
        day=day,
        zones=_ZONES,
        jurisdiction_id=jurisdiction_id,
    )


def is_true(element: Any) -> ColumnElement[Any]:
    """Return the SQL condition with NULL replaced by false."""
    return func.coalesce(element, literal_column("false"))


# Time for which devices store a row after it ended.
CLOSED_RETENTION = "interval '30 days'"
VISIT_RETENTION = "interval '60 days'"
RESOLVED_RETENTION = "interval '7 days'"
# Time for which a worker sees the reason why a rule withdrew work from them.
REASON_SHOWN = "interval '12 hours'"
