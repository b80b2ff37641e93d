"""SQL of plans: storing them, and reading them as JSON under the visibility rules of cases and households."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import sql_text
from app.households import service as households
from app.incidents import service as incidents
from app.workforce import service as workforce

CASE_KINDS = "('verify', 'handle', 'check')"


def _visible_elements(actor: Actor, now: datetime, column: str) -> tuple[str, dict[str, Any]]:
    """Return SQL for the elements `e.stop` of a list, numbered `e.n`, without cases that the actor does not see."""
    visible, binds = incidents.on_phones(actor, now)
    return (
        f"""jsonb_array_elements({column}) with ordinality e(stop, n)
          where (e.stop ->> 'kind' not in {CASE_KINDS}
                 or exists (select 1 from incident i
                            where i.id = cast(e.stop ->> 'id' as uuid) and i.deleted_at is null and {visible}))""",
        binds,
    )


def device_plan_sql(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return SQL, with binds, for a plan `p` as the worker's device stores it."""
    stops, binds = _visible_elements(actor, now, "p.stops")
    left_out, _ = _visible_elements(actor, now, "p.left_out")
    return (
        f"""json_build_object('id', p.id, 'day', p.day, 'since', p.since, 'until', p.until,
          'stops', (select coalesce(json_agg(e.stop order by e.n), '[]') from {stops}),
          'left_out', (select coalesce(json_agg(e.stop order by e.n), '[]') from {left_out}),
          'more_due', p.more_due, 'solver', p.solver, 'solver_note', p.solver_note,
          'travel_basis', p.travel_basis, 'cause', p.cause, 'made_at', p.made_at)""",
        binds,
    )


def _stop_with_details(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return SQL, with binds, for a stop `e.stop` with its household or case, personal fields masked."""
    visible, binds = incidents.on_phones(actor, now)
    is_household_visible, household_binds = households.on_maps(actor, "h.scope_path", now)
    address, _, masks = households.address_on_maps(actor, now)
    _, label, name_masks = households.names_on_maps(actor, now)
    stop = f"""(e.stop || jsonb_build_object(
      'household', case when e.stop ->> 'kind' = 'visit' then (
        select jsonb_build_object('id', h.id, 'label', {label}, 'address', {address})
        from household h join premises p on p.id = h.premises_id
        where h.id = cast(e.stop ->> 'id' as uuid) and h.deleted_at is null and {is_household_visible}) end,
      'incident', case when e.stop ->> 'kind' in {CASE_KINDS} then (
        select jsonb_build_object('id', i.id, 'case_no', i.case_no, 'category', i.category, 'status', i.status,
                                  'due_at', i.due_at)
        from incident i where i.id = cast(e.stop ->> 'id' as uuid) and {visible}) end))"""
    return stop, binds | household_binds | masks | name_masks


def plan(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    *,
    day: date,
    now: datetime,
    is_geojson: bool,
) -> RowMapping | None:
    """Return `version` and `body` (JSON bytes) of a plan that the actor may see, or None."""
    stop, binds = _stop_with_details(actor, now)
    stops, element_binds = _visible_elements(actor, now, "d.stops")
    left_out, _ = _visible_elements(actor, now, "d.left_out")
    reach, reach_binds = workforce.directed(actor, now)
    summary = f"""'id', d.id, 'worker', json_build_object('id', w.id, 'name', w.name), 'day', d.day,
      'since', d.since, 'until', d.until, 'more_due', d.more_due, 'solver', d.solver, 'solver_note', d.solver_note,
      'travel_basis', d.travel_basis, 'cause', d.cause, 'made_at', d.made_at,
      'left_out', (select coalesce(json_agg({stop} order by e.n), '[]') from {left_out}), 'version', d.version"""
    if is_geojson:
        body = f"""json_build_object('type', 'FeatureCollection', 'properties', json_build_object({summary}),
          'features', (
            select coalesce(json_agg(f.feature order by f.n), '[]') from (
              select 0 n, json_build_object('type', 'Feature', 'id', d.id, 'geometry', ST_AsGeoJSON(
                  ST_MakeLine(ST_SetSRID(ST_MakePoint(cast(e.stop ->> 'lon' as float), cast(e.stop ->> 'lat' as float)),
                                         4326) order by e.n), 7)::json,
                  'properties', json_build_object('kind', 'route', 'travel_basis', d.travel_basis)) feature
              from {stops} and e.stop ->> 'lon' is not null having count(*) > 1
              union all
              select e.n, json_build_object('type', 'Feature', 'id', e.stop ->> 'id', 'geometry',
                  case when e.stop ->> 'lon' is not null then json_build_object('type', 'Point', 'coordinates',
                    json_build_array(e.stop -> 'lon', e.stop -> 'lat')) end, 'properties', {stop})
              from {stops}) f))"""
    else:
        body = f"json_build_object({summary}, 'stops', (select coalesce(json_agg({stop} order by e.n), '[]') from {stops}))"
    sql = f"""
      select d.version, {body} body from day_plan d join worker w on w.id = d.worker_id
      where d.worker_id = :worker_id and d.day = :day and d.deleted_at is null and {reach}
    """
    binds |= element_binds | reach_binds | {"worker_id": worker_id, "day": day}
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


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
    """Return a page by id of the plans of a day that the actor may see, without their execution."""
    reach, binds = workforce.directed(actor, now)
    stops, element_binds = _visible_elements(actor, now, "d.stops")
    left_out, _ = _visible_elements(actor, now, "d.left_out")
    sql = f"""
      with page as materialized (
        select d.*, w.name worker_name, row_number() over (order by d.id) place
        from day_plan d join worker w on w.id = d.worker_id
        where d.day = :day and d.deleted_at is null and {reach}
          and (cast(:within as uuid) is null or exists (
            select 1 from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
            join area_version o on o.area_id = :within and upper_inf(o.valid)
            where r.worker_id = d.worker_id and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
              and v.path <@ o.path))
          and (cast(:after as uuid) is null or d.id > :after)
        order by d.id limit :limit + 1)
      select (select coalesce(json_agg(json_build_object('id', d.id,
                'worker', json_build_object('id', d.worker_id, 'name', d.worker_name), 'day', d.day,
                'since', d.since, 'until', d.until, 'more_due', d.more_due, 'solver', d.solver,
                'solver_note', d.solver_note, 'travel_basis', d.travel_basis, 'cause', d.cause, 'made_at', d.made_at,
                'stops', (select count(*) from {stops} and e.stop ->> 'kind' not in ('break', 'gap')),
                'left_out', (select count(*) from {left_out} and e.stop ->> 'kind' not in ('break', 'gap')),
                'version', d.version) order by d.id), '[]')
              from page d where d.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    binds |= element_binds | {"day": day, "within": within, "after": after, "limit": limit, "now": now}
    return session.execute(sql_text(sql), binds).mappings().one()


def _not_older(snapshot: str, reference: str) -> str:
    """Return SQL that is true if `snapshot` was taken no earlier than `reference`.

    xmin alone does not decide: it does not advance while any transaction runs. xmax and the number of transactions in
    progress (xip) advance all the same.
    """
    progress_of = (
        "(pg_snapshot_xmin({0}), pg_snapshot_xmax({0}), -(select count(*) from pg_snapshot_xip({0})))".format
    )
    return f"{progress_of(f'cast({snapshot} as pg_snapshot)')} >= {progress_of(f'cast({reference} as pg_snapshot)')}"


def upsert_plan(session: Session, values: dict[str, Any]) -> UUID | None:
    """Store the plan of a day and return its id; None if the stored plan has a newer snapshot."""
    sql = f"""
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
      where {_not_older("excluded.seen", "day_plan.seen")}
      returning id
    """
    binds = values | {
        "stops": orjson.dumps(values["stops"], default=str).decode(),
        "left_out": orjson.dumps(values["left_out"], default=str).decode(),
    }
    plan_id: UUID | None = session.scalar(sql_text(sql), binds)
    return plan_id


def mark_unchanged(session: Session, plan_id: UUID, *, snapshot: str, watched_buckets: list[str]) -> None:
    """Store that the changes up to `snapshot` do not change the plan."""
    sql = f"""update day_plan set seen = :seen, watched = cast(:watched as text[])
              where id = :id and {_not_older(":seen", "seen")}"""
    session.execute(sql_text(sql), {"id": plan_id, "seen": snapshot, "watched": watched_buckets})
