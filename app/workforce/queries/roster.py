"""SQL of the roster: who is planned where and where nobody is, who is there now, and shifts by the sheet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Uuid, any_, bindparam, select, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.workforce.models import Shift
from app.workforce.queries.periods import end_of, period, start_of
from app.workforce.queries.visible import visible, visible_area, visible_binds, works_in
from app.workforce.rules.roster import Span
from app.workforce.rules.sheets import Change, KnownShift

_WITHIN = "ARRAY(select p.path from area_version p where p.area_id = :within and upper_inf(p.valid))"

# Who looks after grid `g` in the period, but for :left_out; their shifts; and the wanted times that neither cover.
_COVER = """
  cross join lateral (
    select coalesce(json_agg(json_build_object('worker_id', w.id, 'worker_name', w.name, 'role', r.role,
             'since', lower(r.valid), 'until', upper(r.valid)) order by r.role, w.name, r.id), '[]') people,
           coalesce(range_agg(r.valid), '{}') looked_after
    from responsibility r join worker w on w.id = r.worker_id and w.deleted_at is null
    where r.area_id = g.id and r.deleted_at is null and w.id <> all(cast(:left_out as uuid[]))
      and r.valid && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))) responsible
  cross join lateral (
    select coalesce(json_agg(json_build_object('id', t.id, 'worker_id', t.worker_id, 'worker_name', t.name,
             'since', lower(t.during), 'until', upper(t.during), 'note', t.note, 'version', t.version)
             order by lower(t.during), t.name, t.id), '[]') shifts,
           coalesce(range_agg(t.covered), '{}') covered
    from (
      select s.id, s.worker_id, w.name, s.during, s.note, s.version, range_agg(s.during * r.valid) covered
      from responsibility r join worker w on w.id = r.worker_id and w.deleted_at is null
      join shift s on s.worker_id = w.id and s.deleted_at is null and s.during && r.valid
        and s.during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
      where r.area_id = g.id and r.deleted_at is null and w.id <> all(cast(:left_out as uuid[]))
      group by s.id, w.id) t) planned
"""
_GAPS = """
  (select coalesce(json_agg(json_build_object('since', lower(gap), 'until', upper(gap), 'reason', reason)
            order by lower(gap)), '[]')
   from (
     select unnest(wanted.times - responsible.looked_after) gap, 'nobody_responsible' reason
     union all
     select unnest(wanted.times * responsible.looked_after - planned.covered), 'nobody_planned') gaps)
"""


def roster(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    since: datetime,
    until: datetime,
    wanted: Sequence[Span],
    within: UUID | None = None,
    grid_ids: Sequence[UUID] | None = None,
    left_out: Sequence[UUID] = (),
    only_gaps: bool = False,
    after: list[str] | None = None,
    limit: int,
) -> RowMapping:
    """A page of the grids in scope by (code, id): who looks after each, who is planned, and where nobody is."""
    sql = f"""
      with wanted as (select cast(:wanted as tstzmultirange) times),
      grid as (
        select v.area_id id, v.code, v.name from area_version v
        where upper_inf(v.valid) and v.level = 'grid' and {visible_area("v.area_id")}
          and (cast(:within as uuid) is null or v.path <@ any({_WITHIN}))
          and (cast(:grid_ids as uuid[]) is null or v.area_id = any(cast(:grid_ids as uuid[])))
          and (cast(:after_code as text) is null or (v.code, v.area_id) > (:after_code, cast(:after_id as uuid)))),
      page as (
        select g.id, g.code, json_build_object('grid', json_build_object('id', g.id, 'code', g.code, 'name', g.name),
                 'responsible', responsible.people, 'shifts', planned.shifts, 'gaps', {_GAPS}) item
        from grid g cross join wanted {_COVER}
        where not :only_gaps or not isempty(wanted.times - planned.covered)
        order by g.code, g.id limit :limit + 1),
      shown as (select * from page order by code, id limit :limit)
      select (select coalesce(json_agg(item order by code, id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[code, id::text] from shown order by code desc, id desc limit 1) last_key
    """
    after_code, after_id = after or (None, None)
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=False)
    binds |= {"since": since, "until": until, "within": within, "limit": limit, "only_gaps": only_gaps}
    binds |= {"after_code": after_code, "after_id": after_id, "left_out": list(left_out)}
    binds |= {"grid_ids": None if grid_ids is None else list(grid_ids), "wanted": _multirange(wanted)}
    return session.execute(text(sql), binds).mappings().one()


def _multirange(spans: Sequence[Span]) -> str:
    return "{" + ",".join(f"[{since.isoformat()},{until.isoformat()})" for since, until in spans) + "}"


# Who is on duty or should be: her duty, her shift of now, and when she first came in it.
_PRESENT = """
  worker w
  left join worker_load l on l.worker_id = w.id
  left join worker_position wp on wp.worker_id = w.id
  left join duty d on d.worker_id = w.id and d.deleted_at is null and d.during @> cast(:scope_now as timestamptz)
  left join shift s on s.worker_id = w.id and s.deleted_at is null and s.during @> cast(:scope_now as timestamptz)
  left join substitution u on u.worker_id = w.id and u.deleted_at is null
    and u.during @> cast(:scope_now as timestamptz)
  left join worker b on b.id = u.substitute_id
  left join lateral (
    select min(lower(c.during)) at from duty c
    where c.worker_id = w.id and c.deleted_at is null and c.during && s.during and not isempty(c.during)) came on true
"""
_STATE = """
  case when d.id is not null and s.id is null then 'unplanned'
       when d.id is not null and came.at > lower(s.during) + :tolerance then 'late'
       when d.id is not null then 'as_planned'
       when came.at is not null then 'left'
       else 'absent' end
"""
_ON_DUTY_ITEM = f"""
  json_build_object(
    'id', w.id, 'name', w.name, 'state', {_STATE}, 'on_duty', d.id is not null, 'on_duty_since', lower(d.during),
    'shift', case when s.id is not null then json_build_object(
      'id', s.id, 'since', lower(s.during), 'until', upper(s.during), 'note', s.note) end,
    'late_s', case when s.id is not null then round(extract(epoch from greatest(
      coalesce(came.at, cast(:scope_now as timestamptz)) - lower(s.during), interval '0'))) end,
    'substituted_by', case when u.id is not null then json_build_object(
      'id', b.id, 'name', b.name, 'until', upper(u.during)) end,
    'open_work', coalesce(l.open_work, 0), 'capacity', w.capacity,
    'position_age_s', case when d.id is not null
      then round(extract(epoch from cast(:scope_now as timestamptz) - wp.at)) end,
    'has_device', exists (
      select 1 from device v join session t on t.device_id = v.id
      where v.account_id = w.id and v.revoked_at is null and t.revoked_at is null
        and t.expires_at > cast(:scope_now as timestamptz)),
    'grids', (
      select coalesce(json_agg(json_build_object(
        'id', g.area_id, 'code', g.code, 'name', g.name, 'role', r.role,
        'covered_by', (
          select coalesce(json_agg(json_build_object('id', cw.id, 'name', cw.name, 'role', cr.role)
                   order by cw.name, cw.id, cr.role), '[]')
          from responsibility cr join worker cw on cw.id = cr.worker_id and cw.deleted_at is null
          join duty cd on cd.worker_id = cw.id and cd.deleted_at is null
            and cd.during @> cast(:scope_now as timestamptz)
          where cr.area_id = g.area_id and cr.deleted_at is null
            and cr.valid @> cast(:scope_now as timestamptz))) order by g.code, r.role), '[]')
      from responsibility r join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
      where r.worker_id = w.id and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz)))
"""


def on_duty(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    tolerance: timedelta,
    within: UUID | None,
    states: Sequence[str] | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page, by (name, id), of the workers in scope who are on duty or planned to be; never where they are."""
    sql = f"""
      with page as (
        select w.name, w.id, {_ON_DUTY_ITEM} item
        from {_PRESENT}
        where w.deleted_at is null and (d.id is not null or s.id is not null or u.id is not null) and {visible()}
          and (cast(:within as uuid) is null or {works_in(_WITHIN)})
          and (cast(:states as text[]) is null or {_STATE} = any(cast(:states as text[])))
          and (cast(:after_name as text) is null or (w.name, w.id) > (:after_name, cast(:after_id as uuid)))
        order by w.name, w.id limit :limit + 1),
      shown as (select * from page order by name, id limit :limit)
      select (select coalesce(json_agg(item order by name, id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[name, id::text] from shown order by name desc, id desc limit 1) last_key
    """
    after_name, after_id = after or (None, None)
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=True)
    binds |= {"within": within, "tolerance": tolerance, "limit": limit}
    binds |= {"states": None if states is None else list(states)}
    binds |= {"after_name": after_name, "after_id": after_id}
    return session.execute(text(sql), binds).mappings().one()


# --- shifts by the sheet --------------------------------------------------------------------


def lock_workers_named(
    session: Session, actor: Actor, names: Sequence[str], *, now: datetime
) -> dict[str, UUID]:
    """Those in the actor's reach among workers named by user name (in lower case) or id, held for this transaction."""
    sql = f"""
      select w.id, lower(a.username) username from worker w join account a on a.id = w.id
      where w.deleted_at is null and {visible()}
        and (lower(a.username) = any(cast(:names as text[])) or cast(w.id as text) = any(cast(:names as text[])))
      order by w.id for no key update of w
    """
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, includes_self=False) | {"names": list(names)}
    result: dict[str, UUID] = {}
    for row in session.execute(text(sql), binds):
        result |= {row.username: row.id, str(row.id): row.id}
    return result


_SHIFTS_OF = select(
    Shift.id,
    Shift.worker_id,
    start_of(Shift.during).label("since"),
    end_of(Shift.during).label("until"),
    Shift.note,
).where(
    Shift.worker_id == any_(bindparam("worker_ids", type_=ARRAY(Uuid()))),
    Shift.deleted_at.is_(None),
    Shift.during.overlaps(period()),
)


def shifts_of(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> list[KnownShift]:
    """Return the planned shifts of workers that touch a period."""
    binds = {"worker_ids": list(worker_ids), "since": since, "until": until}
    return [KnownShift(**row) for row in session.execute(_SHIFTS_OF, binds).mappings()]


# One statement for a sheet of thousands of rows.
_INSERT_SHIFTS = sql_text("""
  insert into shift (id, worker_id, during, note)
  select planned.id, planned.worker_id, tstzrange(planned.since, planned.until), planned.note
  from unnest(cast(:ids as uuid[]), cast(:worker_ids as uuid[]), cast(:since as timestamptz[]),
              cast(:until as timestamptz[]), cast(:notes as text[])) planned(id, worker_id, since, until, note)
""")
_SET_NOTES = sql_text("""
  update shift set note = changed.note
  from unnest(cast(:ids as uuid[]), cast(:notes as text[])) changed(id, note)
  where shift.id = changed.id
""")


def insert_shifts(session: Session, changes: Sequence[Change]) -> None:
    """Store the shifts of planned rows."""
    binds = {
        "ids": [change.shift_id for change in changes],
        "worker_ids": [change.worker_id for change in changes],
        "since": [change.row.since for change in changes],
        "until": [change.row.until for change in changes],
        "notes": [change.row.note for change in changes],
    }
    session.execute(_INSERT_SHIFTS, binds)


def set_notes(session: Session, changes: Sequence[Change]) -> None:
    """Store the notes of changed rows in their shifts."""
    binds: dict[str, Any] = {"ids": [change.shift_id for change in changes]}
    session.execute(_SET_NOTES, binds | {"notes": [change.row.note for change in changes]})


def sheet_of_shifts(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    since: datetime,
    until: datetime,
    within: UUID | None,
    worker_id: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The planned shifts in scope that touch a period, at most one more than `limit`, by worker and start."""
    sql = f"""
      select a.username worker, w.name, lower(s.during) since, upper(s.during) until, s.note
      from shift s join worker w on w.id = s.worker_id join account a on a.id = w.id
      where s.deleted_at is null and w.deleted_at is null and {visible()}
        and s.during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
        and (cast(:worker_id as uuid) is null or s.worker_id = :worker_id)
        and (cast(:within as uuid) is null or {works_in(_WITHIN)})
      order by a.username, lower(s.during) limit :limit + 1
    """
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, includes_self=False)
    binds |= {"since": since, "until": until, "within": within, "worker_id": worker_id, "limit": limit}
    return [dict(row) for row in session.execute(text(sql), binds).mappings()]
