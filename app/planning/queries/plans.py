"""Plans as they are stored, and as people see them: JSON made by PostgreSQL, under the clauses of the other doors."""

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

CASES = "('verify', 'handle', 'check')"


def _seen_elements(actor: Actor, now: datetime, column: str) -> tuple[str, dict[str, Any]]:
    """SQL for the elements `e.stop` of a list, in order of `e.n`: without cases that the actor does not see."""
    seen, binds = incidents.on_phones(actor, now)
    return (
        f"""jsonb_array_elements({column}) with ordinality e(stop, n)
          where (e.stop ->> 'kind' not in {CASES}
                 or exists (select 1 from incident i
                            where i.id = cast(e.stop ->> 'id' as uuid) and i.deleted_at is null and {seen}))""",
        binds,
    )


def on_phone(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """For audiences: a plan `p` as its worker's phone holds it; others are named by id. With the binds."""
    stops, binds = _seen_elements(actor, now, "p.stops")
    left, _ = _seen_elements(actor, now, "p.left_out")
    return (
        f"""json_build_object('id', p.id, 'day', p.day, 'since', p.since, 'until', p.until,
          'stops', (select coalesce(json_agg(e.stop order by e.n), '[]') from {stops}),
          'left_out', (select coalesce(json_agg(e.stop order by e.n), '[]') from {left}),
          'more_due', p.more_due, 'solver', p.solver, 'solver_note', p.solver_note,
          'travel_basis', p.travel_basis, 'cause', p.cause, 'made_at', p.made_at)""",
        binds,
    )


def _shown(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for a stop `e.stop` with what it is about, masked like everywhere else."""
    seen, binds = incidents.on_phones(actor, now)
    there, more = households.on_maps(actor, "h.scope_path", now)
    address, _, masks = households.address_on_maps(actor, now)
    _, label, more_masks = households.names_on_maps(actor, now)
    stop = f"""(e.stop || jsonb_build_object(
      'household', case when e.stop ->> 'kind' = 'visit' then (
        select jsonb_build_object('id', h.id, 'label', {label}, 'address', {address})
        from household h join premises p on p.id = h.premises_id
        where h.id = cast(e.stop ->> 'id' as uuid) and h.deleted_at is null and {there}) end,
      'incident', case when e.stop ->> 'kind' in {CASES} then (
        select jsonb_build_object('id', i.id, 'case_no', i.case_no, 'category', i.category, 'status', i.status,
                                  'due_at', i.due_at)
        from incident i where i.id = cast(e.stop ->> 'id' as uuid) and {seen}) end))"""
    return stop, binds | more | masks | more_masks


def plan(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    *,
    day: date,
    now: datetime,
    is_geojson: bool,
) -> RowMapping | None:
    """A plan in the actor's reach: `version`, and `body` as JSON bytes. None: there is none."""
    stop, binds = _shown(actor, now)
    stops, more = _seen_elements(actor, now, "d.stops")
    left, _ = _seen_elements(actor, now, "d.left_out")
    reach, reach_binds = workforce.directed(actor, now)
    about = f"""'id', d.id, 'worker', json_build_object('id', w.id, 'name', w.name), 'day', d.day,
      'since', d.since, 'until', d.until, 'more_due', d.more_due, 'solver', d.solver, 'solver_note', d.solver_note,
      'travel_basis', d.travel_basis, 'cause', d.cause, 'made_at', d.made_at,
      'left_out', (select coalesce(json_agg({stop} order by e.n), '[]') from {left}), 'version', d.version"""
    if is_geojson:
        body = f"""json_build_object('type', 'FeatureCollection', 'properties', json_build_object({about}),
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
        body = f"json_build_object({about}, 'stops', (select coalesce(json_agg({stop} order by e.n), '[]') from {stops}))"
    sql = f"""
      select d.version, {body} body from day_plan d join worker w on w.id = d.worker_id
      where d.worker_id = :worker_id and d.day = :day and d.deleted_at is null and {reach}
    """
    binds |= more | reach_binds | {"worker_id": worker_id, "day": day}
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
    """A page of the plans of a day in reach, by id: what stands in them, never what came of it."""
    reach, binds = workforce.directed(actor, now)
    stops, more = _seen_elements(actor, now, "d.stops")
    left, _ = _seen_elements(actor, now, "d.left_out")
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
                'left_out', (select count(*) from {left} and e.stop ->> 'kind' not in ('break', 'gap')),
                'version', d.version) order by d.id), '[]')
              from page d where d.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    binds |= more | {"day": day, "within": within, "after": after, "limit": limit, "now": now}
    return session.execute(sql_text(sql), binds).mappings().one()


def _not_older(seen: str, than: str) -> str:
    """SQL for a snapshot that was taken no earlier than another one, by what it had seen end.

    The oldest that runs (xmin) stands still as long as anybody's transaction does, so it tells nothing by itself;
    what had begun (xmax), and of that what still ran (xip), go on all the same.
    """
    of = "(pg_snapshot_xmin({0}), pg_snapshot_xmax({0}), -(select count(*) from pg_snapshot_xip({0})))".format
    return f"{of(f'cast({seen} as pg_snapshot)')} >= {of(f'cast({than} as pg_snapshot)')}"


def keep(session: Session, values: dict[str, Any]) -> UUID | None:
    """Store a plan in place of the one of the day, unless that one was made of what is newer; its id."""
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
    given = values | {
        "stops": orjson.dumps(values["stops"], default=str).decode(),
        "left_out": orjson.dumps(values["left_out"], default=str).decode(),
    }
    found: UUID | None = session.scalar(sql_text(sql), given)
    return found


def note_seen(session: Session, plan_id: UUID, *, seen: str, watched: list[str]) -> None:
    """Nothing of what changed changes the plan."""
    sql = f"""update day_plan set seen = :seen, watched = cast(:watched as text[])
              where id = :id and {_not_older(":seen", "seen")}"""
    session.execute(sql_text(sql), {"id": plan_id, "seen": seen, "watched": watched})
