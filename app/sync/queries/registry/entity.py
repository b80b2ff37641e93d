"""The class of a synchronised entity, and helpers to define one."""

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
    """The account for which rows are read, with the time of reading and its jurisdictions.

    `zones`: time zone of each jurisdiction of the account, by id.
    """

    actor: Actor
    now: datetime
    zones: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def binds(self) -> dict[str, Any]:
        """The bind values that every entity may use.

        `me`: account id. `now`: time of reading. `zones`: time zones as JSON. `ruled`: ids of the jurisdictions.
        """
        zones = orjson.dumps({str(key): zone for key, zone in self.zones.items()}).decode()
        return {"me": self.actor.id, "now": self.now, "zones": zones, "ruled": list(self.zones)}


class Clause(NamedTuple):
    """An SQL expression that depends on the reader, with its bind values.

    Readers who differ only in bind values have the same object as `element`. So a compiled statement can be cached and used
    for all of them.
    """

    element: ColumnElement[Any]
    binds: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """The rule that decides which rows of an entity are in buckets of one kind, such as `grid`.

    Attributes:
        id: Column with the id of the bucket. None: the reader has only one bucket of this kind.
        condition: Condition that a row is in the bucket.
        source: FROM clause, if a row may be in several buckets of this kind. None: the FROM clause of the entity.
    """

    id: Any = None
    condition: ColumnElement[bool] = field(default_factory=true)
    source: FromClause | Fragment | None = None


_ALWAYS = Clause(true(), {})


def _always(_: Reader) -> Clause:
    return _ALWAYS


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A synchronised entity: one kind of rows that devices store.

    Attributes:
        source: FROM clause. Subqueries in the other attributes that refer to it are correlated.
        buckets: Which buckets (groups of rows that a device synchronises, such as one for each grid) a row is in, by kind.
        item: Function that returns the content of a row as JSON.
        live: Condition that a row exists (is not deleted).
        permission: Permission without which a reader gets no rows. None: no permission is needed.
        visible: Function that returns the condition that the reader may see a row.
        until: Instant after which devices delete the row. None: never.
        quiet: Condition on a row that the reader may not see. If it is true, devices are not even told that the row was
            removed.
        unscoped: Tables that are read without their rule of visibility, each with the reason.
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
        """Return the FROM clause with which the rows in buckets of a kind are selected."""
        bucket_source = self.buckets[kind].source
        return self.source if bucket_source is None else bucket_source


def json_object(**members: Any) -> ColumnElement[Any]:
    """Return the SQL expression `json_build_object` with these members, in this order."""
    names: Iterator[ColumnElement[Any]] = (literal_column(f"'{name}'") for name in members)
    return func.json_build_object(*chain.from_iterable(zip(names, members.values(), strict=True)))


def same_for_all(element: ColumnElement[Any]) -> Callable[[Reader], Clause]:
    """Return a function that maps each reader to the same SQL expression.

    It is for entities whose rows do not depend on the reader.
    """
    clause = Clause(element, {})
    return lambda _: clause


@lru_cache(maxsize=1_000)
def visible_within(permission: Permission, path: Any) -> Callable[[Reader], Clause]:
    """Return a function that maps a reader to the condition that they may see rows of an area.

    The reader may see a row if they have `permission` in the area of the row. `path`: column with the path of this area.
    """

    def visible(reader: Reader) -> Clause:
        """Return the condition for one reader that they may see rows of the area."""
        area = area_reach(reader.actor, permission, reader.now)
        return Clause(area.condition(path), area.binds)

    return visible


def visible_in_own_jurisdictions(jurisdiction_id: Any) -> Callable[[Reader], Clause]:
    """Return a function that maps a reader to a condition on the jurisdiction of a row.

    The condition is true if the row is of one of the reader's jurisdictions.
    """
    return same_for_all(jurisdiction_id == any_(_OWN_JURISDICTIONS))


def as_geojson(location: Any) -> Fragment:
    """Return the SQL expression for a geometry (WGS 84) as GeoJSON with 7 decimals."""
    return Fragment("ST_AsGeoJSON({location}, 7)::json", location=location)


def after(instant: Any, interval: str) -> Fragment:
    """Return the SQL expression for an instant plus an interval."""
    return Fragment("{instant} + {interval}", instant=instant, interval=literal_column(interval))


def end_of_day(day: Any, jurisdiction_id: Any) -> Fragment:
    """Return the SQL expression for the end of a day in the time zone of the jurisdiction."""
    return Fragment(
        """cast({day} + 1 as timestamp) at time zone
             coalesce(cast({zones} as jsonb) ->> cast({jurisdiction_id} as text), 'UTC')""",
        day=day,
        zones=_ZONES,
        jurisdiction_id=jurisdiction_id,
    )


def is_true(element: Any) -> ColumnElement[Any]:
    """Return a condition that is false, and not NULL, if the given condition is NULL."""
    return func.coalesce(element, literal_column("false"))


# Time for which devices store a row after it ended.
CLOSED_RETENTION = "interval '30 days'"
VISIT_RETENTION = "interval '60 days'"
RESOLVED_RETENTION = "interval '7 days'"
# Time for which a worker sees the reason why a rule withdrew work from them.
REASON_SHOWN = "interval '12 hours'"
