"""Statements that store day plans, and read them as JSON for a reader.

Cases and personal fields that the reader may not see are left out.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Text,
    Uuid,
    bindparam,
    literal_column,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor, Permission
from app.core.db import Fragment, unscoped
from app.households import service as households
from app.households.models import Household, Premises
from app.incidents.scope import case_visibility
from app.planning.models import DayPlan
from app.workforce import service as workforce
from app.workforce.scope import area_reach

_HOUSEHOLD_H = aliased(Household, name="h")
_PREMISES_P = aliased(Premises, name="p")


@lru_cache
def _visible_elements(elements: Any, is_case_visible: ColumnElement[bool]) -> Fragment:
    """Return SQL (FROM and WHERE) that reads the stops of a plan which the actor may see.

    Stops for cases that the actor may not see are left out. Each row has `e.stop` (jsonb) and `e.n` (position). The caller
    can append more conditions with `and`.

    Args:
        elements: Column with the list of stops (jsonb).
        is_case_visible: SQL condition on `Incident` that the actor sees the case.
    """
    return Fragment(
        """jsonb_array_elements({elements}) with ordinality e(stop, n)
          where (e.stop ->> 'kind' not in ('verify', 'handle', 'check')
                 or exists (select from incident
                            where incident.id = cast(e.stop ->> 'id' as uuid) and incident.deleted_at is null
                              and {is_case_visible}))""",
        elements=elements,
        is_case_visible=is_case_visible,
    )


@lru_cache
def _device_plan(plan: Any, is_case_visible: ColumnElement[bool]) -> Fragment:
    names = (
        "id",
        "day",
        "since",
        "until",
        "more_due",
        "solver",
        "solver_note",
        "travel_basis",
        "cause",
        "made_at",
    )
    return Fragment(
        """json_build_object('id', {id}, 'day', {day}, 'since', {since}, 'until', {until},
          'stops', (select coalesce(json_agg(e.stop order by e.n), '[]') from {stops}),
          'left_out', (select coalesce(json_agg(e.stop order by e.n), '[]') from {left_out}),
          'more_due', {more_due}, 'solver', {solver}, 'solver_note', {solver_note},
          'travel_basis', {travel_basis}, 'cause', {cause}, 'made_at', {made_at})""",
        stops=_visible_elements(plan.stops, is_case_visible),
        left_out=_visible_elements(plan.left_out, is_case_visible),
        **{name: getattr(plan, name) for name in names},
    )


def device_plan(
    actor: Actor, now: datetime, plan: Any = DayPlan
) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return (SQL column with a plan as JSON for the worker's device, its binds).

    Args:
        plan: The mapped class `DayPlan` or an alias of it.
    """
    visibility = case_visibility(actor, now)
    return _device_plan(plan, visibility.condition()), visibility.binds


class _Shape(NamedTuple):
    """SQL expressions for the parts of a plan that not every reader may see.

    Readers with the same rights have equal expressions and differ only in their binds. Statements are therefore built once for
    each set of expressions, and cached.

    Attributes:
        is_worker_directed: Condition that the reader may see the worker's plan.
        is_case_visible, is_household_visible: Conditions that the reader may see the case or household of a stop.
        address, label: Columns of the household, masked if the reader may not read them.
    """

    is_worker_directed: ColumnElement[bool]
    is_case_visible: ColumnElement[bool]
    is_household_visible: ColumnElement[bool]
    address: ColumnElement[Any]
    label: ColumnElement[Any]


def _shape(actor: Actor, now: datetime) -> tuple[_Shape, dict[str, Any]]:
    """Return the SQL expressions for what the actor may read in a plan, and their bind values."""
    is_worker_directed, worker_binds = workforce.directed_workers(actor, now)
    cases = case_visibility(actor, now)
    register = area_reach(actor, Permission.HOUSEHOLD_READ, now)
    address, _, address_binds = households.address_on_maps(actor, now, _PREMISES_P)
    label, label_binds = households.label_on_maps(actor, now, _HOUSEHOLD_H)
    shape = _Shape(
        is_worker_directed, cases.condition(), register.condition(_HOUSEHOLD_H.scope_path), address, label
    )
    return shape, worker_binds | cases.binds | register.binds | address_binds | label_binds


_ADDRESS_OF_VISIBLE = "address of a visible household, masked by the rule of addresses"


def _stop_with_details(shape: _Shape) -> Fragment:
    """Return the SQL column (jsonb) with a stop and the details of its household or case.

    Personal fields are masked if the reader may not see them.
    """
    return Fragment(
        """(e.stop || jsonb_build_object(
          'household', case when e.stop ->> 'kind' = 'visit' then (
            select jsonb_build_object('id', h.id, 'label', {label}, 'address', {address})
            from household h join premises p on p.id = h.premises_id
            where h.id = cast(e.stop ->> 'id' as uuid) and h.deleted_at is null and {is_household_visible}) end,
          'incident', case when e.stop ->> 'kind' in ('verify', 'handle', 'check') then (
            select jsonb_build_object('id', incident.id, 'case_no', incident.case_no, 'category', incident.category,
                                      'status', incident.status, 'due_at', incident.due_at)
            from incident where incident.id = cast(e.stop ->> 'id' as uuid) and {is_case_visible}) end))""",
        label=shape.label,
        address=shape.address,
        is_household_visible=shape.is_household_visible,
        is_case_visible=shape.is_case_visible,
    )


_GEOJSON = """json_build_object('type', 'FeatureCollection', 'properties', json_build_object({summary}),
  'features', (
    select coalesce(json_agg(f.feature order by f.n), '[]') from (
      select 0 n, json_build_object('type', 'Feature', 'id', day_plan.id, 'geometry', ST_AsGeoJSON(
          ST_MakeLine(ST_SetSRID(ST_MakePoint(cast(e.stop ->> 'lon' as float), cast(e.stop ->> 'lat' as float)),
                                 4326) order by e.n), 7)::json,
          'properties', json_build_object('kind', 'route', 'travel_basis', day_plan.travel_basis)) feature
      from {stops} and e.stop ->> 'lon' is not null having count(*) > 1
      union all
      select e.n, json_build_object('type', 'Feature', 'id', e.stop ->> 'id', 'geometry',
          case when e.stop ->> 'lon' is not null then json_build_object('type', 'Point', 'coordinates',
            json_build_array(e.stop -> 'lon', e.stop -> 'lat')) end, 'properties', {stop})
      from {stops}) f))"""
_JSON = """json_build_object({summary},
  'stops', (select coalesce(json_agg({stop} order by e.n), '[]') from {stops}))"""


@lru_cache
def _plan(shape: _Shape, is_geojson: bool) -> Fragment:
    stop = _stop_with_details(shape)
    summary = Fragment(
        """'id', day_plan.id, 'worker', json_build_object('id', worker.id, 'name', worker.name), 'day', day_plan.day,
          'since', day_plan.since, 'until', day_plan.until, 'more_due', day_plan.more_due, 'solver', day_plan.solver,
          'solver_note', day_plan.solver_note, 'travel_basis', day_plan.travel_basis, 'cause', day_plan.cause,
          'made_at', day_plan.made_at,
          'left_out', (select coalesce(json_agg({stop} order by e.n), '[]') from {left_out}),
          'version', day_plan.version""",
        stop=stop,
        left_out=_visible_elements(DayPlan.left_out, shape.is_case_visible),
    )
    body = Fragment(
        _GEOJSON if is_geojson else _JSON,
        summary=summary,
        stop=stop,
        stops=_visible_elements(DayPlan.stops, shape.is_case_visible),
    )
    statement = Fragment(
        """
        select day_plan.version, {body} body from day_plan join worker on worker.id = day_plan.worker_id
        where day_plan.worker_id = :worker_id and day_plan.day = :day and day_plan.deleted_at is null
          and {is_worker_directed}
        """,
        body=body,
        is_worker_directed=shape.is_worker_directed,
    )
    return unscoped(statement, premises=_ADDRESS_OF_VISIBLE)


def plan(
    session: Session, actor: Actor, worker_id: UUID, *, day: date, now: datetime, is_geojson: bool
) -> RowMapping | None:
    """Return the plan of a day as JSON, or None if there is none that the actor may see.

    Columns: `version`, and `body` (JSON bytes).
    """
    shape, binds = _shape(actor, now)
    binds = binds | {"worker_id": worker_id, "day": day}
    return session.execute(_plan(shape, is_geojson), binds).mappings().one_or_none()


# The page has the alias `day_plan`, so that the columns of the model are those of its rows.
@lru_cache
def _plans(is_worker_directed: ColumnElement[bool], is_case_visible: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
        with day_plan_page as materialized (
          select day_plan.*, worker.name worker_name, row_number() over (order by day_plan.id) page_place
          from day_plan join worker on worker.id = day_plan.worker_id
          where day_plan.day = :day and day_plan.deleted_at is null and {is_worker_directed}
            and (cast(:within as uuid) is null or exists (
              select 1 from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
              join area_version o on o.area_id = :within and upper_inf(o.valid)
              where r.worker_id = day_plan.worker_id and r.deleted_at is null
                and r.valid @> cast(:now as timestamptz) and v.path <@ o.path))
            and (cast(:after as uuid) is null or day_plan.id > :after)
          order by day_plan.id limit :limit + 1)
        select (select coalesce(json_agg(json_build_object('id', day_plan.id,
                  'worker', json_build_object('id', day_plan.worker_id, 'name', day_plan.worker_name),
                  'day', day_plan.day, 'since', day_plan.since, 'until', day_plan.until,
                  'more_due', day_plan.more_due, 'solver', day_plan.solver, 'solver_note', day_plan.solver_note,
                  'travel_basis', day_plan.travel_basis, 'cause', day_plan.cause, 'made_at', day_plan.made_at,
                  'stops', (select count(*) from {stops} and e.stop ->> 'kind' not in ('break', 'gap')),
                  'left_out', (select count(*) from {left_out} and e.stop ->> 'kind' not in ('break', 'gap')),
                  'version', day_plan.version) order by day_plan.id), '[]')
                from day_plan_page day_plan where day_plan.page_place <= :limit) items,
               (select array[id::text] from day_plan_page
                where page_place = :limit and (select count(*) from day_plan_page) > :limit) next_key
        """,
        is_worker_directed=is_worker_directed,
        stops=_visible_elements(DayPlan.stops, is_case_visible),
        left_out=_visible_elements(DayPlan.left_out, is_case_visible),
    )


def plans(
    session: Session,
    actor: Actor,
    *,
    day: date,
    within: UUID | None,
    after: UUID | None,
    now: datetime,
    limit: int,
) -> RowMapping:
    """Return a page of the plans of a day that the actor may see, by id.

    The stops of the plans are not included.
    """
    is_worker_directed, worker_binds = workforce.directed_workers(actor, now)
    cases = case_visibility(actor, now)
    binds = worker_binds | cases.binds
    binds |= {"day": day, "within": within, "after": after, "limit": limit, "now": now}
    return session.execute(_plans(is_worker_directed, cases.condition()), binds).mappings().one()


def _not_older(snapshot: Any, reference: Any) -> Fragment:
    """Return the SQL condition that one PostgreSQL snapshot is not older than another.

    It protects a plan from being replaced by one made from older data. A comparison of xmin is not enough, because xmin does
    not advance while an old transaction runs. xmax and the number of transactions in progress (xip) change in that time too.

    Args:
        snapshot: The snapshot that must not be older.
        reference: The other snapshot.
    """
    return Fragment("{snapshot} >= {reference}", snapshot=_progress(snapshot), reference=_progress(reference))


def _progress(snapshot: Any) -> Fragment:
    """Return an SQL row value that is greater for a newer snapshot, to compare two snapshots."""
    return Fragment(
        """(pg_snapshot_xmin(cast({snapshot} as pg_snapshot)), pg_snapshot_xmax(cast({snapshot} as pg_snapshot)),
            -(select count(*) from pg_snapshot_xip(cast({snapshot} as pg_snapshot))))""",
        snapshot=snapshot,
    )


_UPSERT_PLAN = Fragment(
    """
    insert into day_plan (id, worker_id, jurisdiction_id, profile_version_id, day, since, until, stops, left_out,
      more_due, solver, solver_note, travel_basis, cause, made_at, digest, seen, watched)
    values (:id, :worker_id, :jurisdiction_id, :profile_version_id, :day, :since, :until, cast(:stops as jsonb),
      cast(:left_out as jsonb), :more_due, :solver, :solver_note, :travel_basis, :cause, :made_at, :digest,
      :seen, cast(:watched as text[]))
    on conflict (worker_id, day) where deleted_at is null do update set
      jurisdiction_id = excluded.jurisdiction_id, profile_version_id = excluded.profile_version_id,
      since = excluded.since, until = excluded.until, stops = excluded.stops, left_out = excluded.left_out,
      more_due = excluded.more_due, solver = excluded.solver, solver_note = excluded.solver_note,
      travel_basis = excluded.travel_basis, cause = excluded.cause, made_at = excluded.made_at,
      digest = excluded.digest, seen = excluded.seen, watched = excluded.watched
    where {is_not_older}
    returning id
    """,
    is_not_older=_not_older(literal_column("excluded.seen"), DayPlan.seen),
)


def upsert_plan(session: Session, values: dict[str, Any]) -> UUID | None:
    """Insert or replace the plan of a day, and return its id.

    Returns None, and changes nothing, if the stored plan was made from a newer snapshot of the database.
    """
    binds = values | {
        "stops": orjson.dumps(values["stops"], default=str).decode(),
        "left_out": orjson.dumps(values["left_out"], default=str).decode(),
    }
    plan_id: UUID | None = session.scalar(_UPSERT_PLAN, binds)
    return plan_id


# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_NEW_SNAPSHOT = bindparam("new_snapshot", type_=Text())
_MARK_UNCHANGED = (
    update(DayPlan)
    .where(DayPlan.id == bindparam("of_id", type_=Uuid()), _not_older(_NEW_SNAPSHOT, DayPlan.seen))
    .values(seen=_NEW_SNAPSHOT, watched=bindparam("watched_buckets", type_=ARRAY(Text())))
)


def mark_unchanged(session: Session, plan_id: UUID, *, snapshot: str, watched_buckets: list[str]) -> None:
    """Store that changes in the database up to a newer snapshot do not affect a plan."""
    binds = {"of_id": plan_id, "new_snapshot": snapshot, "watched_buckets": watched_buckets}
    session.execute(_MARK_UNCHANGED, binds)
